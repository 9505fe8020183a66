//! The in-memory adapters keep the storage contract: all of it, and feature by
//! feature with no other port than a feature may use.

mod registration_only;

use async_trait::async_trait;
use vestibule_domain::app::Storage;
use vestibule_testkit::contract::Harness;
use vestibule_testkit::memory::MemoryStorage;
use vestibule_testkit::storage_contract;
use vestibule_testkit::unsupported::unsupported;

use registration_only::RegistrationOnly;

/// A store of which cases see what `bundle` makes of the whole.
struct Memory {
    store: MemoryStorage,
    bundle: fn(Storage) -> Storage,
}

impl Memory {
    fn open(bundle: fn(Storage) -> Storage) -> Self {
        Self {
            store: MemoryStorage::default(),
            bundle,
        }
    }
}

#[async_trait]
impl Harness for Memory {
    async fn storage(&self) -> Storage {
        (self.bundle)(self.store.storage())
    }

    async fn fresh(&self) -> Storage {
        self.storage().await
    }

    async fn take_down(&self) -> bool {
        self.store.take_down();
        true
    }
}

storage_contract!(all, async || Memory::open(|whole| whole));

/// What every store has, and nothing else.
fn base(whole: &Storage) -> Storage {
    Storage {
        users: RegistrationOnly::of(whole),
        once: whole.once.clone(),
        outbox: whole.outbox.clone(),
        activity: whole.activity.clone(),
        ..unsupported()
    }
}

/// The suite of some features on a store that has their ports only.
macro_rules! partial {
    ($($name:ident: [$($feature:ident),+] with [$($port:ident),*];)+) => {
        mod partial {
            use super::*;
            $(storage_contract!(
                $name,
                async || Memory::open(|whole| Storage {
                    $($port: whole.$port.clone(),)*
                    ..base(&whole)
                }),
                features: [$($feature),+],
            );)+
        }
    };
}

partial! {
    users: [users] with [users];
    credentials: [credentials] with [credentials];
    sessions: [sessions] with [sessions];
    email_changes: [email_changes] with [email_changes];
    addresses: [addresses] with [addresses];
    devices: [devices] with [devices];
    organizations: [organizations] with [organizations, members, invitations, companies];
    inquiries: [inquiries] with [inquiries];
    api_keys: [api_keys] with [api_keys];
    identities: [identities] with [identities];
    idempotency: [idempotency] with [];
    outbox: [outbox] with [];
    activity: [activity] with [];
    maintenance: [maintenance] with [maintenance];
    messages: [messages] with [messages];
    erasure: [erasure] with [erasure];
    erasure_and_users: [erasure, users] with [erasure, users];
    erasure_and_sessions: [erasure, sessions] with [erasure, sessions];
    erasure_and_resources: [erasure, addresses, devices, inquiries, messages]
        with [erasure, addresses, devices, inquiries, messages];
    erasure_and_credentials: [erasure, credentials] with [erasure, credentials];
    erasure_and_email_changes: [erasure, email_changes] with [erasure, email_changes];
    erasure_and_api_keys: [erasure, api_keys] with [erasure, api_keys];
    erasure_and_identities: [erasure, identities] with [erasure, identities];
    erasure_and_organizations: [erasure, organizations]
        with [erasure, organizations, members, invitations, companies];
    users_and_credentials: [users, credentials] with [users, credentials];
    users_and_sessions: [sessions, users] with [users, sessions];
    credentials_and_sessions: [credentials, sessions] with [credentials, sessions];
    credentials_and_devices: [devices, credentials] with [credentials, devices];
    credentials_and_api_keys: [credentials, api_keys] with [credentials, api_keys];
    addresses_and_users: [addresses, users] with [addresses, users];
    addresses_and_credentials: [addresses, credentials] with [addresses, credentials];
    addresses_and_sessions: [addresses, sessions] with [addresses, sessions];
    credentials_and_identities: [credentials, identities] with [credentials, identities];
    maintenance_and_identities: [maintenance, identities] with [maintenance, identities];
    maintenance_and_sessions: [maintenance, sessions] with [maintenance, sessions];
    maintenance_and_credentials: [maintenance, credentials] with [maintenance, credentials];
    email_changes_and_credentials: [email_changes, credentials] with [email_changes, credentials];
    email_changes_and_sessions: [email_changes, sessions] with [email_changes, sessions];
    email_changes_and_api_keys: [email_changes, api_keys] with [email_changes, api_keys];
    email_changes_and_organizations: [email_changes, organizations]
        with [email_changes, organizations, members, invitations, companies];
    email_changes_and_devices: [email_changes, devices] with [email_changes, devices];
    email_changes_and_proofs: [email_changes, credentials, users]
        with [email_changes, credentials, users];
    email_changes_and_maintenance: [maintenance, email_changes] with [maintenance, email_changes];
}
