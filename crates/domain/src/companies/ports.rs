use async_trait::async_trait;

use super::error::CompanyRule;
use super::model::{Company, MaxDocuments};
use crate::kernel::{
    CompanyId, GuardError, Page, PageRequest, StoreError, UserId, Version, Write, kinds,
};
use crate::organizations::OrganizationName;

/// Renames a company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenameCompany {
    /// Who renames it.
    pub user: UserId,
    /// Which.
    pub company: CompanyId,
    /// The version that the caller saw; `None` unless the caller insists.
    pub expected: Option<Version>,
    /// The name.
    pub name: OrganizationName,
}

/// Sets how many documents a company may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetMaxDocuments {
    /// Which.
    pub company: CompanyId,
    /// The version that the caller saw; `None` unless the caller insists.
    pub expected: Option<Version>,
    /// The number.
    pub max_documents: MaxDocuments,
}

/// Stored companies. They are made with organizations, and go with the last
/// one.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait CompanyStore: Send + Sync {
    /// A page of the companies that the user owns, newest first (largest id
    /// first).
    async fn list(
        &self,
        user: UserId,
        page: PageRequest<kinds::Company>,
    ) -> Result<Page<Company>, StoreError>;

    /// The company, if the user owns it or is a member of one of its
    /// organizations.
    async fn find(&self, user: UserId, company: CompanyId) -> Result<Option<Company>, StoreError>;

    /// The company, if the user is a member of one of its organizations.
    async fn of_member(
        &self,
        user: UserId,
        company: CompanyId,
    ) -> Result<Option<Company>, StoreError>;

    /// Anybody's company.
    async fn find_any(&self, company: CompanyId) -> Result<Option<Company>, StoreError>;

    /// With the company's row locked: calls [`super::decide_rename`] and sets
    /// the name; version and `updated_at` move. `Conflict` when `expected` is
    /// given and is not the stored version.
    async fn rename(&self, write: Write<RenameCompany>)
    -> Result<Company, GuardError<CompanyRule>>;

    /// Sets the number; version and `updated_at` move. `None` without company,
    /// `Conflict` as for `rename`.
    async fn set_max_documents(
        &self,
        write: Write<SetMaxDocuments>,
    ) -> Result<Option<Company>, StoreError>;
}
