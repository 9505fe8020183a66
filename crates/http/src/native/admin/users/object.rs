//! A user as staff see one: the me object, and what staff say about the user.

use serde::Serialize;
use utoipa::ToSchema;
use vestibule_domain::app::App;
use vestibule_domain::kernel::Timestamp;
use vestibule_domain::users::{Account, FeatureFlags, OtherId};

use crate::answer::Representation;
use crate::me::Me;

/// A user as staff see one.
#[derive(Serialize, ToSchema)]
pub(crate) struct AdminUser<'a> {
    #[serde(flatten)]
    me: Me<'a>,
    /// Whether the user is staff.
    is_admin: bool,
    /// Whether staff have suspended the account.
    is_suspended: bool,
    /// When, or null.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    suspended_at: Option<Timestamp>,
    /// When the user was last seen, up to 5 minutes old, or null.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    last_seen_at: Option<Timestamp>,
    /// The account's id in another system, or null.
    #[schema(required)]
    other_id: Option<&'a str>,
    /// Flags with free names and values.
    #[schema(value_type = serde_json::Map<String, serde_json::Value>)]
    features: &'a FeatureFlags,
}

impl<'a> AdminUser<'a> {
    pub(crate) fn of(account: &'a Account, app: &App) -> Self {
        Self {
            me: Me::of(account, app),
            is_admin: account.is_admin,
            is_suspended: account.is_suspended(),
            suspended_at: account.suspended_at,
            last_seen_at: account.last_seen_at,
            other_id: account.other_id.as_ref().map(OtherId::as_str),
            features: &account.features,
        }
    }

    pub(crate) fn representation(account: &'a Account, app: &App) -> Representation {
        let shown = Self::of(account, app);
        // Whoever is seen meanwhile is still the user that staff looked at.
        let tagged = AdminUser {
            last_seen_at: None,
            ..Self::of(account, app)
        };
        Representation::tagged_as(&shown, &tagged)
    }
}
