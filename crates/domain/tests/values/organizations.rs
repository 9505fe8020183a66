//! Names, slugs, roles and the rules of organizations.

use proptest::prelude::*;
use uuid::Uuid;
use vestibule_domain::kernel::{InvitationId, OrganizationId, Timestamp, UserId};
use vestibule_domain::organizations::{
    AcceptFacts, CompanyFact, CreateFacts, INVITATION_LIFETIME, Invitation, InvitationStatus,
    InviteFacts, InvitePlan, InvitedRole, MemberFacts, OrganizationName, OrganizationNumber,
    OrganizationRule, OrganizationSummary, Permission, Role, Slug, SlugChoice, Stake, TransferPlan,
    UserRef, decide_accept, decide_create, decide_delete, decide_invite, decide_removal,
    decide_revoke, decide_role, decide_transfer, decide_update,
};
use vestibule_domain::personal_data::{DeletionPlan, DeletionRule, decide_deletion};
use vestibule_domain::users::{EmailAddress, Username};

const ROLES: [Option<Role>; 4] = [
    None,
    Some(Role::Member),
    Some(Role::Admin),
    Some(Role::Owner),
];

fn id(number: u128) -> OrganizationId {
    OrganizationId::from_uuid(Uuid::from_u128(number))
}

fn user(number: u128) -> UserId {
    UserId::from_uuid(Uuid::from_u128(number))
}

fn slug(text: &str) -> Slug {
    Slug::parse(text).expect("a slug")
}

fn first(name: &str) -> String {
    Slug::candidates(name, id(1))[0].to_string()
}

#[test]
fn a_slug_is_made_of_the_letters_of_any_script() {
    for (name, expected) in [
        ("Vinyl Dealers", "vinyl-dealers"),
        ("Müller & Söhne GmbH", "muller-sohne-gmbh"),
        ("Привет, мир", "privet-mir"),
        ("東京レコード", "dong-jing-rekodo"),
        ("Jane's  --  Records!", "janes-records"),
        ("  42  ", "42"),
        ("\u{e000}\u{e001}", "organization"),
        ("!!!", "organization"),
    ] {
        assert_eq!(first(name), expected, "of {name}");
    }
}

#[test]
fn candidates_are_numbered_then_bear_a_part_of_the_id() {
    let slugs = Slug::candidates(&"a".repeat(255), id(7));
    assert_eq!(slugs.len(), 10);
    assert_eq!(slugs[0].as_str(), "a".repeat(63));
    assert_eq!(slugs[1].as_str(), format!("{}-2", "a".repeat(61)));
    assert_eq!(slugs[8].as_str(), format!("{}-9", "a".repeat(61)));
    let text = id(7).to_string();
    assert!(slugs[9].as_str().ends_with(&text[text.len() - 8..]));
    assert_eq!(slugs[9].as_str().len(), 63);
}

proptest! {
    #[test]
    fn every_candidate_of_every_name_is_a_slug(name in any::<String>(), number in any::<u128>()) {
        let slugs = Slug::candidates(&name, id(number));
        for slug in &slugs {
            prop_assert_eq!(Slug::parse(slug.as_str()), Ok(slug.clone()));
            prop_assert!(!slug.as_str().starts_with('-') && !slug.as_str().ends_with('-'));
        }
        let distinct: std::collections::BTreeSet<_> = slugs.iter().collect();
        // A name may end in such a number itself.
        prop_assert!(distinct.len() + 1 >= slugs.len());
    }
}

#[test]
fn slugs_and_numbers_have_limits() {
    let refused = |text: &str| Slug::parse(text).expect_err("refused").code;
    assert_eq!(refused(" "), "required");
    assert_eq!(refused(&"a".repeat(64)), "too_long");
    for text in ["A", "a b", "ä", "a_b", "a.b", "a/b"] {
        assert_eq!(refused(text), "invalid_characters", "{text}");
    }
    assert_eq!(slug(" a-1 ").as_str(), "a-1");
    assert!(Slug::parse(&"-".repeat(63)).is_ok());
    assert!(OrganizationNumber::new(0).is_err());
    assert_eq!(
        OrganizationNumber::new(1).map(OrganizationNumber::get),
        Ok(1)
    );
    assert_eq!(
        OrganizationName::parse("").expect_err("blank").code,
        "required"
    );
    assert!(OrganizationName::parse(&"ä".repeat(255)).is_ok());
    assert!(OrganizationName::parse(&"ä".repeat(256)).is_err());
}

#[test]
fn the_table_of_permissions_is_that_of_the_contract() {
    let names = |role: Role| -> Vec<_> { role.permissions().iter().map(|p| p.as_str()).collect() };
    assert_eq!(
        names(Role::Owner),
        [
            "organization.update",
            "organization.delete",
            "members.read",
            "members.invite",
            "members.update",
            "members.remove",
        ]
    );
    assert_eq!(
        names(Role::Admin),
        [
            "organization.update",
            "members.read",
            "members.invite",
            "members.update",
            "members.remove",
        ]
    );
    assert_eq!(names(Role::Member), ["members.read"]);
    assert_eq!(Role::from(InvitedRole::Admin), Role::Admin);
    assert_eq!(Role::from(InvitedRole::Member), Role::Member);
}

#[test]
fn creation_needs_room_a_free_slug_and_an_own_company() {
    let facts = |memberships, taken: &[&str], company| CreateFacts {
        memberships,
        quota: 2,
        taken: taken.iter().map(|text| slug(text)).collect(),
        company,
    };
    let given = SlugChoice::Given(slug("acme"));
    let generated = SlugChoice::Generated(Slug::candidates("Acme", id(1)));
    let create = |choice: &SlugChoice, facts| decide_create(user(1), choice, &facts);
    assert_eq!(
        create(&given, facts(1, &[], CompanyFact::New)),
        Ok(slug("acme"))
    );
    assert_eq!(
        create(&given, facts(1, &["acme"], CompanyFact::New)),
        Err(OrganizationRule::SlugTaken)
    );
    assert_eq!(
        create(&generated, facts(0, &["acme", "acme-2"], CompanyFact::New)),
        Ok(slug("acme-3"))
    );
    assert_eq!(
        create(&given, facts(2, &[], CompanyFact::New)),
        Err(OrganizationRule::QuotaExceeded { quota: 2 })
    );
    assert!(create(&given, facts(0, &[], CompanyFact::OwnedBy(user(1)))).is_ok());
    for company in [CompanyFact::Unknown, CompanyFact::OwnedBy(user(2))] {
        assert_eq!(
            create(&given, facts(0, &[], company)),
            Err(OrganizationRule::UnknownCompany)
        );
    }
}

#[test]
fn who_may_not_is_told_apart_from_who_is_no_member() {
    let forbidden = OrganizationRule::Forbidden;
    assert_eq!(decide_update(None, false), Err(OrganizationRule::NotFound));
    assert_eq!(
        decide_update(Some(Role::Member), false),
        Err(forbidden(Permission::OrganizationUpdate))
    );
    assert_eq!(
        decide_update(Some(Role::Admin), true),
        Err(OrganizationRule::SlugTaken)
    );
    assert_eq!(decide_update(Some(Role::Owner), false), Ok(()));
    assert_eq!(decide_delete(None), Err(OrganizationRule::NotFound));
    for role in [Role::Member, Role::Admin] {
        assert_eq!(
            decide_delete(Some(role)),
            Err(forbidden(Permission::OrganizationDelete))
        );
    }
    assert_eq!(decide_delete(Some(Role::Owner)), Ok(()));
}

/// Whatever the roles are: only owners touch owners, and the last one stays.
#[test]
fn no_change_touches_an_owner_but_by_an_owner_and_none_the_last() {
    for actor in ROLES {
        for target in ROLES {
            for owners in [1, 2] {
                for is_self in [false, true] {
                    let facts = MemberFacts {
                        actor,
                        target: if is_self { actor } else { target },
                        is_self,
                        owners,
                    };
                    check_member_rules(&facts);
                }
            }
        }
    }
}

fn check_member_rules(facts: &MemberFacts) {
    let is_owner = facts.target == Some(Role::Owner);
    for role in [Role::Owner, Role::Admin, Role::Member] {
        let allowed = decide_role(facts, role).is_ok();
        let rules = facts
            .actor
            .is_some_and(|actor| actor.may(Permission::MembersUpdate));
        let touches = is_owner || role == Role::Owner;
        let expected = rules
            && facts.target.is_some()
            && (!touches || facts.actor == Some(Role::Owner))
            && !(is_owner && facts.owners == 1 && role != Role::Owner);
        assert_eq!(allowed, expected, "{facts:?} to {role}");
    }
    let removes = facts
        .actor
        .is_some_and(|actor| actor.may(Permission::MembersRemove));
    let expected = facts.target.is_some()
        && facts.actor.is_some()
        && (facts.is_self || removes && (!is_owner || facts.actor == Some(Role::Owner)))
        && !(is_owner && facts.owners == 1);
    assert_eq!(decide_removal(facts).is_ok(), expected, "{facts:?}");
    let expected = facts.actor == Some(Role::Owner) && facts.target.is_some() && !facts.is_self;
    let transfer = decide_transfer(facts, true, 0);
    assert_eq!(transfer.is_ok(), expected, "{facts:?}");
    if expected {
        assert_eq!(transfer, Ok(TransferPlan { with_company: true }));
        for (owns, others) in [(false, 0), (true, 1)] {
            let plan = decide_transfer(facts, owns, others);
            assert_eq!(
                plan,
                Ok(TransferPlan {
                    with_company: false
                })
            );
        }
    }
}

fn invitation(status: InvitationStatus) -> Invitation {
    let sent = Timestamp::from_micros(1_000_000);
    Invitation {
        id: InvitationId::from_uuid(Uuid::from_u128(9)),
        organization: id(1),
        email: EmailAddress::parse("Bob@Example.com").expect("an address"),
        role: InvitedRole::Member,
        status,
        invited_by: UserRef {
            id: user(1),
            username: Username::parse("ada").expect("a username"),
        },
        created_at: sent,
        expires_at: sent.after(INVITATION_LIFETIME),
    }
}

fn sent() -> Timestamp {
    Timestamp::from_micros(1_000_000)
}

#[test]
fn an_invitation_is_pending_for_seven_days() {
    let pending = invitation(InvitationStatus::Pending);
    let end = sent().after(INVITATION_LIFETIME);
    let last = Timestamp::from_micros(end.as_micros() - 1);
    assert_eq!(pending.status_at(last), InvitationStatus::Pending);
    assert_eq!(pending.status_at(end), InvitationStatus::Expired);
    for status in [InvitationStatus::Accepted, InvitationStatus::Revoked] {
        assert_eq!(invitation(status).status_at(end), status);
    }
}

#[test]
fn an_invitation_is_sent_once_and_then_again() {
    let facts = |actor, is_member, pending| InviteFacts {
        actor,
        is_member,
        pending,
    };
    let admin = Some(Role::Admin);
    let pending = || Some(invitation(InvitationStatus::Pending));
    let number = invitation(InvitationStatus::Pending).id;
    let invite = |facts: InviteFacts, now| decide_invite(&facts, now);
    assert_eq!(
        invite(facts(admin, false, None), sent()),
        Ok(InvitePlan::Create { expired: None })
    );
    assert_eq!(
        invite(facts(admin, false, pending()), sent()),
        Ok(InvitePlan::Reissue(number))
    );
    let end = sent().after(INVITATION_LIFETIME);
    assert_eq!(
        invite(facts(admin, false, pending()), end),
        Ok(InvitePlan::Create {
            expired: Some(number)
        })
    );
    assert_eq!(
        invite(facts(Some(Role::Owner), true, None), sent()),
        Err(OrganizationRule::AlreadyMember)
    );
    // Who may not invite is not told who is a member.
    assert_eq!(
        invite(facts(Some(Role::Member), true, None), sent()),
        Err(OrganizationRule::Forbidden(Permission::MembersInvite))
    );
    assert_eq!(
        invite(facts(None, true, None), sent()),
        Err(OrganizationRule::NotFound)
    );
}

#[test]
fn only_a_pending_invitation_is_revoked() {
    let revoke =
        |role, found: Option<InvitationStatus>| decide_revoke(role, found.map(invitation).as_ref());
    let admin = Some(Role::Admin);
    assert_eq!(revoke(admin, Some(InvitationStatus::Pending)), Ok(()));
    assert_eq!(revoke(admin, None), Err(OrganizationRule::NotFound));
    for status in [InvitationStatus::Accepted, InvitationStatus::Revoked] {
        let refused = revoke(admin, Some(status));
        assert_eq!(refused, Err(OrganizationRule::NotPending));
    }
    assert_eq!(
        revoke(Some(Role::Member), Some(InvitationStatus::Pending)),
        Err(OrganizationRule::Forbidden(Permission::MembersInvite))
    );
    assert_eq!(revoke(None, None), Err(OrganizationRule::NotFound));
}

#[test]
fn an_invitation_is_accepted_by_its_own_proved_address() {
    let good = AcceptFacts {
        invitation: Some(invitation(InvitationStatus::Pending)),
        email_canonical: "bob@example.com".to_owned(),
        email_verified: true,
        is_member: false,
        memberships: 1,
        quota: 2,
    };
    let refused = |change: fn(&mut AcceptFacts)| {
        let mut facts = good.clone();
        change(&mut facts);
        decide_accept(&facts, sent()).expect_err("refused")
    };
    assert!(decide_accept(&good, sent()).is_ok());
    let end = sent().after(INVITATION_LIFETIME);
    assert_eq!(
        decide_accept(&good, end),
        Err(OrganizationRule::InvalidToken)
    );
    assert_eq!(
        refused(|facts| facts.invitation = None),
        OrganizationRule::InvalidToken
    );
    assert_eq!(
        refused(|facts| facts.invitation = Some(invitation(InvitationStatus::Revoked))),
        OrganizationRule::InvalidToken
    );
    assert_eq!(
        refused(|facts| facts.email_canonical = "eve@example.com".to_owned()),
        OrganizationRule::OtherAddress
    );
    assert_eq!(
        refused(|facts| facts.email_verified = false),
        OrganizationRule::NotVerified
    );
    assert_eq!(
        refused(|facts| facts.is_member = true),
        OrganizationRule::AlreadyMember
    );
    assert_eq!(
        refused(|facts| facts.memberships = 2),
        OrganizationRule::QuotaExceeded { quota: 2 }
    );
}

#[test]
fn an_account_goes_with_what_is_its_own_alone() {
    let stake = |number, role, owners, members| Stake {
        organization: OrganizationSummary {
            id: id(number),
            number: OrganizationNumber::new(7).expect("a number"),
            display_name: OrganizationName::parse("x").expect("a name"),
            slug: slug("x"),
        },
        role,
        owners,
        members,
    };
    let alone = stake(1, Role::Owner, 1, 1);
    let shared = stake(2, Role::Owner, 2, 5);
    let only_member = stake(3, Role::Member, 1, 9);
    let stranded = stake(4, Role::Owner, 1, 2);
    let decide = |stakes: &[Stake]| decide_deletion(&stakes.into());
    assert_eq!(decide(&[]), Ok(DeletionPlan::default()));
    let plan = decide(&[alone.clone(), shared.clone(), only_member]);
    let uids = vec![alone.organization.id.to_string()];
    assert_eq!(plan.map(|plan| plan.delete_organizations), Ok(uids));
    let Err(DeletionRule::OwnsOrganizations(blocking)) = decide(&[alone, stranded.clone(), shared])
    else {
        panic!("the account stays");
    };
    assert_eq!(blocking.len(), 1);
    assert_eq!(blocking[0].uid, stranded.organization.id.to_string());
    assert_eq!(blocking[0].other_members, 1);
}
