use super::role::Role;
use super::slug::Slug;
use crate::avatars::AvatarKey;
use crate::kernel::{CompanyId, Invalid, MembershipId, OrganizationId, Timestamp, UserId, Version};
use crate::users::{EmailAddress, PersonName, Username};

text_type! {
    /// The name of an organization or a company, 1–255 code points.
    OrganizationName, 1..=255, No
}

/// A positive whole number that one organization has, ever: the store assigns
/// it, and gives it to no other one when the organization is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrganizationNumber(i64);

impl OrganizationNumber {
    /// A number from 1 (`out_of_range` otherwise).
    pub fn new(number: i64) -> Result<Self, Invalid> {
        if number < 1 {
            return Err(Invalid::new("out_of_range", "Use a whole number from 1."));
        }
        Ok(Self(number))
    }

    /// The number.
    pub const fn get(self) -> i64 {
        self.0
    }
}

/// An organization in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationSummary {
    /// Its id.
    pub id: OrganizationId,
    /// Its number.
    pub number: OrganizationNumber,
    /// Its name.
    pub display_name: OrganizationName,
    /// Its name in URLs.
    pub slug: Slug,
}

/// What an account shows of its default organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefaultOrganization {
    /// The organization.
    pub summary: OrganizationSummary,
    /// The user's role in it.
    pub role: Role,
}

/// The company that an organization belongs to, in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompanyRef {
    /// Its id.
    pub id: CompanyId,
    /// Its name.
    pub name: OrganizationName,
}

/// A user in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRef {
    /// Whose.
    pub id: UserId,
    /// Login name.
    pub username: Username,
}

/// An organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// Its number.
    pub number: OrganizationNumber,
    /// Its name.
    pub display_name: OrganizationName,
    /// Its name in URLs.
    pub slug: Slug,
    /// The company that it belongs to.
    pub company: CompanyRef,
    /// How many users are members.
    pub member_count: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its name or slug last changed.
    pub updated_at: Timestamp,
    /// Grows with each change of name or slug.
    pub version: Version,
}

impl Organization {
    /// It in short.
    pub fn summary(&self) -> OrganizationSummary {
        OrganizationSummary {
            id: self.id,
            number: self.number,
            display_name: self.display_name.clone(),
            slug: self.slug.clone(),
        }
    }
}

/// An organization as one of its members sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationView {
    /// The organization.
    pub organization: Organization,
    /// The membership of who looks; grows with the time of joining.
    pub membership: MembershipId,
    /// The role of who looks.
    pub role: Role,
    /// Whether it is the default organization of who looks.
    pub is_default: bool,
}

impl OrganizationView {
    /// What the account of who looks shows of it as the default one.
    pub fn as_default(&self) -> DefaultOrganization {
        DefaultOrganization {
            summary: self.organization.summary(),
            role: self.role,
        }
    }
}

/// A member of an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The membership; grows with the time of joining.
    pub id: MembershipId,
    /// Whose.
    pub user: UserId,
    /// Login name.
    pub username: Username,
    /// First name, may be empty.
    pub first_name: PersonName,
    /// Last name, may be empty.
    pub last_name: PersonName,
    /// Picture.
    pub avatar: Option<AvatarKey>,
    /// The account's address; for owners and admins only.
    pub email: EmailAddress,
    /// The role.
    pub role: Role,
    /// When the user joined.
    pub joined_at: Timestamp,
    /// Grows with each change of the role.
    pub version: Version,
}

/// Field changes of an organization: only what is given is set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OrganizationChanges {
    /// Its name; the slug stays.
    pub display_name: Option<OrganizationName>,
    /// Its name in URLs.
    pub slug: Option<Slug>,
}
