//! Registration, login and what follows, with the field names of dj-rest-auth.

use serde::Serialize;
use utoipa::ToSchema;

pub(super) mod login;
pub(super) mod logout;
pub(super) mod password_change;
pub(super) mod password_reset;
pub(super) mod password_reset_confirm;
pub(super) mod registration;
pub(super) mod resend_email;
pub(super) mod token_refresh;
pub(super) mod token_verify;
pub(super) mod user;
pub(super) mod verify_email;

pub(super) mod session;

/// A sentence for people.
#[derive(Serialize, ToSchema)]
pub(crate) struct Detail {
    /// What was done.
    detail: &'static str,
}

impl Detail {
    pub(crate) const fn new(detail: &'static str) -> Self {
        Self { detail }
    }
}

/// Nothing to say: `{}`.
#[derive(Serialize, ToSchema)]
pub(crate) struct Empty {}
