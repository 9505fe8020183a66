//! What the dialect answers, made of what the domain knows. Taken apart field
//! by field, so that whoever adds one decides about it here.

use serde::Serialize;
use utoipa::{IntoResponses, ToSchema};
use vestibule_domain::identities::{AccountKey, Identity, InstanceName, ProviderUsername};
use vestibule_domain::kernel::{IdentityId, MessageId, OrganizationId, Timestamp, UserId};
use vestibule_domain::messages::{Author, Message};
use vestibule_domain::organizations::{Organization, OrganizationView};
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

/// The user with a new picture.
#[derive(Serialize, ToSchema)]
pub(super) struct UserWithAvatar<'a> {
    #[serde(flatten)]
    user: UserObject<'a>,
    /// The picture again, as `avatarUrl`.
    #[schema(required)]
    url: Option<String>,
}

impl<'a> UserWithAvatar<'a> {
    pub(super) fn of(account: &'a Account, avatar_url: Option<String>) -> Self {
        Self {
            url: avatar_url.clone(),
            user: UserObject::of(account, avatar_url),
        }
    }
}

/// An account at another provider.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Identity)]
pub(super) struct IdentityObject<'a> {
    /// The uid.
    #[schema(value_type = String)]
    id: IdentityId,
    /// The provider's name.
    #[schema(example = "github")]
    provider: &'a str,
    /// What the provider calls the user, where it tells.
    #[schema(required)]
    provider_username: Option<&'a str>,
    /// The server, of a network that has several.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    instance_name: Option<&'a str>,
    /// When it was linked.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl<'a> From<&'a Identity> for IdentityObject<'a> {
    fn from(identity: &'a Identity) -> Self {
        let Identity {
            id,
            user: _,
            account:
                AccountKey {
                    provider,
                    instance,
                    id: _,
                },
            username,
            status: _,
            created_at,
            verified_at: _,
            version: _,
        } = identity;
        Self {
            id: *id,
            provider: provider.as_str(),
            provider_username: username.as_ref().map(ProviderUsername::as_str),
            instance_name: instance.as_ref().map(InstanceName::as_str),
            created_at: *created_at,
        }
    }
}

/// An organization that the user belongs to.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Organization)]
pub(super) struct OrganizationObject<'a> {
    /// The uid.
    #[schema(value_type = String)]
    id: OrganizationId,
    /// Its name.
    name: &'a str,
    /// Its name in URLs.
    slug: &'a str,
    /// The user's role: `owner`, `admin` or `member`.
    role: &'a str,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl<'a> From<&'a OrganizationView> for OrganizationObject<'a> {
    fn from(view: &'a OrganizationView) -> Self {
        let OrganizationView {
            organization:
                Organization {
                    id,
                    number: _,
                    display_name,
                    slug,
                    company: _,
                    member_count: _,
                    created_at,
                    updated_at: _,
                    version: _,
                },
            membership: _,
            role,
            is_default: _,
        } = view;
        Self {
            id: *id,
            name: display_name.as_str(),
            slug: slug.as_str(),
            role: role.as_str(),
            created_at: *created_at,
        }
    }
}

/// A message.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Message)]
pub(super) struct MessageObject<'a> {
    /// The uid.
    #[schema(value_type = String)]
    id: MessageId,
    /// Who wrote it.
    username: &'a str,
    /// What it says.
    body: &'a str,
    /// `public` or `private`.
    visibility: &'a str,
    /// When it was posted.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl<'a> MessageObject<'a> {
    pub(super) fn of(message: &'a Message, author: &'a Author) -> Self {
        let Message {
            id,
            author: _,
            body,
            visibility,
            created_at,
        } = message;
        Self {
            id: *id,
            username: author.username.as_str(),
            body: body.as_str(),
            visibility: visibility.as_str(),
            created_at: *created_at,
        }
    }
}

/// What was wrong: for every status from 400.
#[derive(Serialize, ToSchema, IntoResponses)]
#[response(status = "default", description = "What was wrong.")]
#[schema(as = Error)]
pub(super) struct ErrorObject {
    /// For people; names every refused field.
    pub(super) error: String,
}

/// What was done, in a sentence.
#[derive(Serialize, ToSchema)]
pub(super) struct Done {
    /// For people.
    pub(super) message: &'static str,
}
