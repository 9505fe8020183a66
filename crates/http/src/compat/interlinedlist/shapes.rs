use serde::Serialize;
use utoipa::ToSchema;
use vestibule_domain::kernel::{Timestamp, UserId};
use vestibule_domain::preferences::{Preferences, PreferredName};
use vestibule_domain::users::{Account, Bio, PersonName};

/// The user: exactly the documented fields, in the documented order.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = User)]
pub(super) struct UserObject<'a> {
    /// The uid.
    #[schema(value_type = String)]
    id: UserId,
    /// Username.
    username: &'a str,
    /// E-mail address.
    email: &'a str,
    /// The preferred name, else the full name, else the username.
    display_name: String,
    /// What the user tells about themselves.
    #[schema(required)]
    bio: Option<&'a str>,
    /// Picture of the user.
    #[schema(required)]
    avatar_url: Option<String>,
    /// Whether the address is proved.
    email_verified: bool,
    /// What the user pays for; anything but `free` is a subscription.
    customer_status: &'a str,
    /// Who sees the user's messages unless said otherwise.
    default_visibility: &'a str,
    /// When the account was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl<'a> UserObject<'a> {
    pub(super) fn of(account: &'a Account, avatar_url: Option<String>) -> Self {
        Self {
            id: account.id,
            username: account.username.as_str(),
            email: account.email.as_str(),
            display_name: display_name(account),
            bio: account.bio.as_ref().map(Bio::as_str),
            avatar_url,
            email_verified: account.email_verified,
            customer_status: account.customer_status.as_str(),
            default_visibility: account.default_visibility.as_str(),
            created_at: account.created_at,
        }
    }
}

fn display_name(account: &Account) -> String {
    let Preferences { preferred_name, .. } = &account.preferences;
    let full = [&account.first_name, &account.last_name].map(PersonName::as_str);
    let full = full.join(" ");
    match (
        preferred_name.as_ref().map(PreferredName::as_str),
        full.trim(),
    ) {
        (Some(name), _) => name.to_owned(),
        (None, "") => account.username.as_str().to_owned(),
        (None, full) => full.to_owned(),
    }
}
