//! The export, made of the shapes of the other endpoints.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use vestibule_domain::app::App;
use vestibule_domain::kernel::Timestamp;
use vestibule_domain::messages::Author;
use vestibule_domain::organizations::OrganizationView;
use vestibule_domain::personal_data::Export;

use crate::me::Me;
use crate::native::activity::ActivityObject;
use crate::native::addresses::object::AddressObject;
use crate::native::api_keys::object::KeyObject;
use crate::native::api_keys::usage::UsageObject;
use crate::native::contact::object::EmailChangeObject;
use crate::native::devices::object::DeviceObject;
use crate::native::identities::object::IdentityObject;
use crate::native::messages::object::MessageObject;
use crate::native::organizations::object::OrganizationObject;
use crate::native::sessions::object::SessionObject;
use crate::native::support::object::InquiryDetail;

/// All that is kept about a user, each list newest first.
#[derive(Serialize, ToSchema)]
#[schema(as = Export)]
pub(crate) struct ExportObject<'a> {
    /// When it was put together.
    #[schema(value_type = String, format = DateTime)]
    exported_at: Timestamp,
    /// The account.
    user: Me<'a>,
    /// The free settings.
    #[schema(value_type = serde_json::Map<String, serde_json::Value>)]
    settings: &'a Map<String, Value>,
    /// Flags that staff have set.
    #[schema(value_type = serde_json::Map<String, serde_json::Value>)]
    features: &'a Map<String, Value>,
    /// The pending change of the address, or null.
    #[schema(required)]
    email_change: Option<EmailChangeObject<'a>>,
    /// Postal addresses.
    addresses: Vec<AddressObject<'a>>,
    /// Sessions.
    sessions: Vec<SessionObject<'a>>,
    /// API keys, without the keys themselves.
    api_keys: Vec<KeyObject<'a>>,
    /// Requests by API key and day.
    api_usage: Vec<UsageObject>,
    /// Push devices.
    device_tokens: Vec<DeviceObject<'a>>,
    /// Support inquiries with their replies.
    inquiries: Vec<InquiryDetail<'a>>,
    /// Organizations that the user belongs to.
    organizations: Vec<OrganizationObject<'a>>,
    /// Linked identities.
    identities: Vec<IdentityObject<'a>>,
    /// Messages.
    messages: Vec<MessageObject<'a>>,
    /// The security log.
    activity: Vec<ActivityObject<'a>>,
}

impl<'a> ExportObject<'a> {
    /// The same with the user's organizations.
    pub(crate) fn with_organizations(mut self, of: &'a [OrganizationView]) -> Self {
        self.organizations = of.iter().map(OrganizationObject::from).collect();
        self
    }

    /// An export as it is shown.
    pub(crate) fn of(export: &'a Export, app: &App, author: &'a Author) -> Self {
        Self {
            exported_at: export.exported_at,
            user: Me::of(&export.account, app),
            settings: export.settings.as_map(),
            features: &export.account.features,
            email_change: export.email_change.as_ref().map(EmailChangeObject::from),
            addresses: export.addresses.iter().map(AddressObject::from).collect(),
            sessions: export
                .sessions
                .iter()
                .map(|session| SessionObject::of(session, export.current))
                .collect(),
            api_keys: export.api_keys.iter().map(KeyObject::from).collect(),
            api_usage: export.api_usage.iter().map(UsageObject::from).collect(),
            device_tokens: export.devices.iter().map(DeviceObject::from).collect(),
            inquiries: export.inquiries.iter().map(InquiryDetail::from).collect(),
            organizations: Vec::new(),
            identities: export.identities.iter().map(IdentityObject::from).collect(),
            messages: export
                .messages
                .iter()
                .map(|message| MessageObject::of(message, author))
                .collect(),
            activity: export.activity.iter().map(ActivityObject::from).collect(),
        }
    }
}
