//! The answer of a login.

use serde::Serialize;
use utoipa::ToSchema;
use vestibule_domain::app::App;
use vestibule_domain::kernel::Timestamp;
use vestibule_domain::sessions::Grant;

use crate::me::Me;

/// Tokens of a session.
#[derive(Serialize, ToSchema)]
pub(crate) struct Tokens<'a> {
    /// Access token: send it as `Authorization: Bearer`.
    access: &'a str,
    /// Refresh token: good for one exchange.
    refresh: &'a str,
    /// When the access token ends.
    #[schema(value_type = String, format = DateTime)]
    access_expiration: Timestamp,
    /// When the refresh token and its successors end.
    #[schema(value_type = String, format = DateTime)]
    refresh_expiration: Timestamp,
}

/// Tokens of a new session, and who signed in.
#[derive(Serialize, ToSchema)]
pub(crate) struct LoginAnswer<'a> {
    /// Access token: send it as `Authorization: Bearer`.
    access: &'a str,
    /// Refresh token: good for one exchange.
    refresh: &'a str,
    /// When the access token ends.
    #[schema(value_type = String, format = DateTime)]
    access_expiration: Timestamp,
    /// When the refresh token and its successors end.
    #[schema(value_type = String, format = DateTime)]
    refresh_expiration: Timestamp,
    /// Who signed in.
    user: Me<'a>,
}

impl<'a> From<&'a Grant> for Tokens<'a> {
    fn from(grant: &'a Grant) -> Self {
        Self {
            access: grant.access.expose(),
            refresh: grant.refresh.expose(),
            access_expiration: grant.access_expires_at,
            refresh_expiration: grant.refresh_expires_at,
        }
    }
}

impl<'a> LoginAnswer<'a> {
    pub(crate) fn of(grant: &'a Grant, app: &App) -> Self {
        Self {
            access: grant.access.expose(),
            refresh: grant.refresh.expose(),
            access_expiration: grant.access_expires_at,
            refresh_expiration: grant.refresh_expires_at,
            user: Me::of(&grant.account, app),
        }
    }
}
