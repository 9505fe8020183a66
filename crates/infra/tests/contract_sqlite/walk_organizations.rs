//! The part of the walk that leads through organizations.

use vestibule_domain::companies::{MaxDocuments, RenameCompany, SetMaxDocuments};
use vestibule_domain::kernel::UserId;
use vestibule_domain::organizations::{
    AcceptInvitation, ChangeOrganization, ChangeRole, CompanyChoice, DeleteOrganization,
    INVITATION_LIFETIME, INVITATION_RETENTION, Invite, InvitedRole, NewOrganization,
    OrganizationChanges, OrganizationName, OrganizationView, RemoveMember, RevokeInvitation, Role,
    SetDefault, Slug, SlugChoice, TransferOwnership,
};
use vestibule_domain::users::Account;
use vestibule_testkit::doubles::digest;
use vestibule_testkit::fixtures::{email, new_user};

use super::walk::{Walk, pages};

impl Walk {
    /// Leaves the user with a row in every table of organizations, and a second
    /// user behind.
    pub(super) async fn organizations(&self, user: UserId) {
        let first = self.organization(user, "Walk").await;
        let id = first.organization.id;
        let company = first.organization.company.id;
        let second = NewOrganization {
            company: CompanyChoice::Own(company),
            ..self.new_organization(user, "Second")
        };
        let organizations = &self.storage.organizations;
        let second = organizations.create(self.write(second)).await;
        let second = second.expect("create").organization;
        for page in pages(first.membership) {
            organizations.list(user, page).await.expect("list");
            let members = &self.storage.members;
            members.list(id, page).await.expect("list");
        }
        let number = first.organization.number;
        let found = organizations.by_number(user, number).await;
        assert_eq!(found.expect("by_number"), Some(first.clone()));
        organizations.default_of(user).await.expect("default_of");
        organizations.stakes(user).await.expect("stakes");
        let change = ChangeOrganization {
            actor: user,
            organization: id,
            expected: None,
            changes: OrganizationChanges {
                display_name: OrganizationName::parse("Changed").ok(),
                slug: Slug::parse("changed").ok(),
            },
        };
        let changed = organizations.change(self.write(change)).await;
        changed.expect("change");
        let set = SetDefault {
            user,
            organization: second.id,
        };
        let set = organizations.set_default(self.write(set)).await;
        set.expect("set_default");
        self.invitations(user, &first).await;
        self.companies(user, &first).await;
        let delete = DeleteOrganization {
            actor: user,
            organization: second.id,
            expected: None,
        };
        let deleted = organizations.delete(self.write(delete)).await;
        deleted.expect("delete");
    }

    fn new_organization(&self, user: UserId, name: &str) -> NewOrganization {
        let id = self.make.id();
        NewOrganization {
            id,
            user,
            membership: self.make.id(),
            display_name: OrganizationName::parse(name).expect("a name"),
            slug: SlugChoice::Generated(Slug::candidates(name, id)),
            company: CompanyChoice::New(self.make.id()),
            quota: 50,
        }
    }

    async fn organization(&self, user: UserId, name: &str) -> OrganizationView {
        let new = self.new_organization(user, name);
        let created = self.storage.organizations.create(self.write(new)).await;
        created.expect("create")
    }

    async fn invitations(&self, user: UserId, of: &OrganizationView) {
        let organization = of.organization.id;
        let account = Account {
            email_verified: true,
            ..self.make.account("bob")
        };
        let bob = account.id;
        let users = &self.storage.users;
        let registered = users.register(self.write(new_user(account.clone()))).await;
        registered.expect("register");
        let invite = |to: &str, token: &str| Invite {
            id: self.make.id(),
            actor: user,
            organization,
            email: email(to),
            role: InvitedRole::Admin,
            token: digest(token),
            expires_at: self.make.now().after(INVITATION_LIFETIME),
        };
        let invitations = &self.storage.invitations;
        for token in ["first", "second"] {
            let sent = invite(account.email.as_str(), token);
            let sent = invitations.invite(self.write(sent)).await;
            sent.expect("invite");
        }
        let now = self.make.now();
        invitations
            .by_token(digest("second"), now)
            .await
            .expect("by_token");
        let accept = AcceptInvitation {
            user: bob,
            token: digest("second"),
            membership: self.make.id(),
            quota: 50,
        };
        let joined = invitations.accept(self.write(accept)).await;
        joined.expect("accept");
        let other = invite("carol@example.com", "third");
        let sent = invitations.invite(self.write(other)).await;
        let sent = sent.expect("invite").invitation;
        for page in pages(sent.id) {
            invitations.list(organization, page).await.expect("list");
        }
        invitations.find(organization, sent.id).await.expect("find");
        let revoke = RevokeInvitation {
            actor: user,
            organization,
            invitation: sent.id,
        };
        invitations
            .revoke(self.write(revoke))
            .await
            .expect("revoke");
        let mut ended = invite("dan@example.com", "fourth");
        ended.expires_at = now.before(INVITATION_RETENTION * 2);
        let sent = invitations.invite(self.write(ended)).await;
        sent.expect("invite");
        let purged = self.storage.maintenance.purge(now, 10).await;
        assert_eq!(purged.expect("purge"), 1);
        self.members(user, bob, of).await;
    }

    async fn members(&self, user: UserId, bob: UserId, of: &OrganizationView) {
        let organization = of.organization.id;
        let members = &self.storage.members;
        members.find(organization, bob).await.expect("find");
        let common = self.storage.organizations.in_common(user, bob).await;
        assert!(common.expect("in_common"));
        let role = |actor, user, role| ChangeRole {
            actor,
            organization,
            user,
            expected: None,
            role,
        };
        let changed = members.change_role(self.write(role(user, bob, Role::Member)));
        changed.await.expect("change_role");
        let transfer = TransferOwnership {
            actor: user,
            organization,
            user: bob,
        };
        let passed = members.transfer(self.write(transfer)).await;
        passed.expect("transfer");
        let changed = members.change_role(self.write(role(bob, user, Role::Owner)));
        changed.await.expect("change_role");
        let remove = RemoveMember {
            actor: bob,
            organization,
            user: bob,
            expected: None,
        };
        members.remove(self.write(remove)).await.expect("remove");
    }

    async fn companies(&self, user: UserId, of: &OrganizationView) {
        let company = of.organization.company.id;
        let companies = &self.storage.companies;
        for page in pages(company) {
            companies.list(user, page).await.expect("list");
        }
        companies.find(user, company).await.expect("find");
        companies.of_member(user, company).await.expect("of_member");
        companies.find_any(company).await.expect("find_any");
        let rename = RenameCompany {
            user,
            company,
            expected: None,
            name: OrganizationName::parse("Holding").expect("a name"),
        };
        companies.rename(self.write(rename)).await.expect("rename");
        let set = SetMaxDocuments {
            company,
            expected: None,
            max_documents: MaxDocuments::parse(5).expect("a number"),
        };
        let set = companies.set_max_documents(self.write(set)).await;
        set.expect("set_max_documents");
    }
}
