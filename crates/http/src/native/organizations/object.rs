//! The organization object.

use serde::Serialize;
use utoipa::ToSchema;
use vestibule_domain::kernel::{CompanyId, OrganizationId, Timestamp, UserId};
use vestibule_domain::organizations::{CompanyRef, OrganizationView, Permission, UserRef};

/// An organization, as one of its members sees it.
#[derive(Serialize, ToSchema)]
#[schema(as = Organization)]
pub(crate) struct OrganizationObject<'a> {
    /// Its id.
    #[schema(value_type = String, example = "org_01jabcdefghjkmnpqrstvwxyz0")]
    uid: OrganizationId,
    /// Its number, which no other organization has or had.
    #[schema(minimum = 1)]
    number: i64,
    /// Its name.
    display_name: &'a str,
    /// Its name in URLs, unique.
    slug: &'a str,
    /// The company that it belongs to.
    company: CompanyObjectRef<'a>,
    /// Your role: owner, admin or member.
    #[schema(pattern = "^(owner|admin|member)$")]
    role: &'a str,
    /// What your role allows.
    #[schema(value_type = Vec<String>)]
    permissions: Vec<&'a str>,
    /// Whether it is your default organization.
    is_default: bool,
    /// How many members it has.
    #[schema(minimum = 1)]
    member_count: u64,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When its name or slug last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

/// A company in short.
#[derive(Serialize, ToSchema)]
#[schema(as = CompanyRef)]
pub(crate) struct CompanyObjectRef<'a> {
    /// Its id.
    #[schema(value_type = String, example = "cmp_01jabcdefghjkmnpqrstvwxyz0")]
    uid: CompanyId,
    /// Its name.
    name: &'a str,
}

/// A user in short.
#[derive(Serialize, ToSchema)]
#[schema(as = UserRef)]
pub(crate) struct UserObjectRef<'a> {
    /// Their id.
    #[schema(value_type = String, example = "usr_01jabcdefghjkmnpqrstvwxyz0")]
    uid: UserId,
    /// Their username.
    username: &'a str,
}

impl<'a> From<&'a CompanyRef> for CompanyObjectRef<'a> {
    fn from(company: &'a CompanyRef) -> Self {
        let CompanyRef { id, name } = company;
        Self {
            uid: *id,
            name: name.as_str(),
        }
    }
}

impl<'a> From<&'a UserRef> for UserObjectRef<'a> {
    fn from(user: &'a UserRef) -> Self {
        let UserRef { id, username } = user;
        Self {
            uid: *id,
            username: username.as_str(),
        }
    }
}

impl<'a> From<&'a OrganizationView> for OrganizationObject<'a> {
    fn from(view: &'a OrganizationView) -> Self {
        let organization = &view.organization;
        let permissions = view.role.permissions();
        Self {
            uid: organization.id,
            number: organization.number.get(),
            display_name: organization.display_name.as_str(),
            slug: organization.slug.as_str(),
            company: (&organization.company).into(),
            role: view.role.as_str(),
            permissions: permissions
                .iter()
                .copied()
                .map(Permission::as_str)
                .collect(),
            is_default: view.is_default,
            member_count: organization.member_count,
            created_at: organization.created_at,
            updated_at: organization.updated_at,
        }
    }
}
