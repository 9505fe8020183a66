//! Invitations to organizations.

pub(super) mod accept;
pub(super) mod create;
pub(super) mod delete;
pub(super) mod list;
mod object;

use vestibule_domain::kernel::OrganizationId;

/// Where the invitations of an organization are.
fn path(organization: OrganizationId) -> String {
    format!("/api/v1/organizations/{organization}/invitations/")
}
