//! The sum of the features.

use std::sync::Arc;

use crate::activity::{Activity, ActivityStore};
use crate::addresses::{AddressStore, Addresses};
use crate::api_keys::{ApiKeyStore, ApiKeys};
use crate::avatars::Avatars;
use crate::companies::{Companies, CompanyStore};
use crate::contact::{Contact, EmailChangeStore};
use crate::credentials::{CredentialStore, Credentials};
use crate::devices::{DeviceStore, Devices};
use crate::eligibility::{self, Rules, Verdict};
use crate::idempotency::{Idempotency, OnceStore};
use crate::identities::{Identities, IdentityStore};
use crate::inquiries::{Inquiries, InquiryStore};
use crate::introspection::{self, Introspected};
use crate::kernel::StoreError;
use crate::maintenance::{Maintenance, MaintenanceStore};
use crate::messages::{MessageStore, Messages};
use crate::organizations::{InvitationStore, MemberStore, OrganizationStore, Organizations};
use crate::outbox::{Outbox, OutboxStore};
use crate::personal_data::{ErasureStore, PersonalData};
use crate::sessions::{SessionStore, Sessions};
use crate::throttling::Throttling;
use crate::users::{Account, UserStore, Users};

/// One store's adapters of all storage ports. They are swapped as a whole,
/// since commands span features.
#[derive(Clone)]
#[expect(missing_docs, reason = "each field is the port of its feature")]
pub struct Storage {
    pub users: Arc<dyn UserStore>,
    pub credentials: Arc<dyn CredentialStore>,
    pub sessions: Arc<dyn SessionStore>,
    pub email_changes: Arc<dyn EmailChangeStore>,
    pub addresses: Arc<dyn AddressStore>,
    pub devices: Arc<dyn DeviceStore>,
    pub inquiries: Arc<dyn InquiryStore>,
    pub organizations: Arc<dyn OrganizationStore>,
    pub members: Arc<dyn MemberStore>,
    pub invitations: Arc<dyn InvitationStore>,
    pub companies: Arc<dyn CompanyStore>,
    pub api_keys: Arc<dyn ApiKeyStore>,
    pub identities: Arc<dyn IdentityStore>,
    pub once: Arc<dyn OnceStore>,
    pub outbox: Arc<dyn OutboxStore>,
    pub activity: Arc<dyn ActivityStore>,
    pub messages: Arc<dyn MessageStore>,
    pub erasure: Arc<dyn ErasureStore>,
    pub maintenance: Arc<dyn MaintenanceStore>,
}

/// All use cases. A service that wants one feature wires that feature's struct
/// alone.
#[derive(Clone)]
pub struct App {
    /// Accounts, and what staff say about them.
    pub users: Users,
    /// Passwords and what they open.
    pub credentials: Credentials,
    /// Sessions and their tokens.
    pub sessions: Sessions,
    /// How often something may be tried.
    pub throttling: Throttling,
    /// E-mail address and phone number.
    pub contact: Contact,
    /// Postal addresses.
    pub addresses: Addresses,
    /// Push devices.
    pub devices: Devices,
    /// Support inquiries.
    pub inquiries: Inquiries,
    /// Organizations, members and invitations.
    pub organizations: Organizations,
    /// Companies.
    pub companies: Companies,
    /// API keys.
    pub api_keys: ApiKeys,
    /// Messages.
    pub messages: Messages,
    /// The security log.
    pub activity: Activity,
    /// All data of a user: export and deletion.
    pub personal_data: PersonalData,
    /// Linked identities.
    pub identities: Identities,
    /// Pictures of users.
    pub avatars: Avatars,
    /// Answers kept for retries.
    pub idempotency: Idempotency,
    /// Mail and erasures that follow a commit.
    pub outbox: Outbox,
    /// Removal of what has expired.
    pub maintenance: Maintenance,
    /// The eligibility rules that apply.
    pub eligibility_rules: Rules,
}

impl App {
    /// What an access token or an API key is worth right now; `None` for
    /// anything else.
    pub async fn introspect(&self, token: &str) -> Result<Option<Introspected>, StoreError> {
        introspection::introspect(&self.sessions, &self.api_keys, token).await
    }

    /// Whether the account may list items, and what stands in the way.
    pub fn eligibility(&self, account: &Account) -> Verdict {
        eligibility::check(&account.into(), &self.eligibility_rules)
    }
}
