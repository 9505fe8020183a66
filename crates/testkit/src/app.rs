//! All use cases on stand-ins, for tests of what calls them.

use std::sync::Arc;
use std::time::Duration;

use vestibule_domain::activity::Activity;
use vestibule_domain::addresses::Addresses;
use vestibule_domain::api_keys::ApiKeys;
use vestibule_domain::app::{App, Storage};
use vestibule_domain::avatars::Avatars;
use vestibule_domain::companies::Companies;
use vestibule_domain::contact::Contact;
use vestibule_domain::credentials::Credentials;
use vestibule_domain::devices::Devices;
use vestibule_domain::eligibility::Rules;
use vestibule_domain::idempotency::{Idempotency, Running};
use vestibule_domain::identities::Identities;
use vestibule_domain::inquiries::Inquiries;
use vestibule_domain::kernel::{Clock, IdGenerator, SecretSource};
use vestibule_domain::maintenance::Maintenance;
use vestibule_domain::messages::Messages;
use vestibule_domain::organizations::Organizations;
use vestibule_domain::outbox::Outbox;
use vestibule_domain::personal_data::PersonalData;
use vestibule_domain::sessions::{SessionPolicy, Sessions};
use vestibule_domain::throttling::Throttling;
use vestibule_domain::users::Users;

use crate::clock::FixedClock;
use crate::doubles::{
    AnyPhone, FixedPages, FixedSecrets, KeyUsageLog, Mailbox, MemoryMedia, PlainTokens,
    QuickHasher, ScriptedProviders, SimpleImages, SimpleStrength, Spawner, TaggedAnswers, UsageLog,
};
use crate::ids::SequentialIds;
use crate::memory::MemoryStorage;

/// An [`App`] whose time, mail and bookkeeping a test holds in its hands.
///
/// Quotas and lifetimes are those of the contract: 50 devices, 50 addresses,
/// 25 keys, 50 organizations, 100 open inquiries; access tokens of 10 minutes; a log
/// of 365 days. Nothing is throttled until a test sets limits
/// (`app.credentials.throttling.limits`).
#[derive(Clone)]
pub struct TestApp {
    /// All use cases.
    pub app: App,
    /// The time of all of them.
    pub clock: Arc<FixedClock>,
    /// Where [`Outbox::deliver_due`] puts the letters.
    pub mailbox: Arc<Mailbox>,
    /// The uses of sessions that are not written down yet.
    pub usage: Arc<UsageLog>,
    /// The uses of API keys that are not written down yet.
    pub key_usage: Arc<KeyUsageLog>,
    /// What is stored.
    pub storage: Storage,
    /// The identity providers.
    pub providers: Arc<ScriptedProviders>,
    /// Where avatars are.
    pub media: Arc<MemoryMedia>,
    /// What avatars are fetched from.
    pub pages: Arc<FixedPages>,
}

/// What the URLs of avatars start with.
pub const PUBLIC_URL: &str = "https://accounts.example.com";

impl Default for TestApp {
    /// On an empty store in memory.
    fn default() -> Self {
        Self::new(MemoryStorage::default().storage())
    }
}

impl TestApp {
    /// On this store.
    #[expect(clippy::too_many_lines, reason = "one list, an entry a feature")]
    pub fn new(storage: Storage) -> Self {
        let stored = storage.clone();
        let clock = Arc::new(FixedClock::default());
        let mailbox = Arc::new(Mailbox::default());
        let usage = Arc::new(UsageLog::default());
        let key_usage = Arc::new(KeyUsageLog::default());
        let media = Arc::new(MemoryMedia::new(clock.clone()));
        let pages = Arc::new(FixedPages::default());
        let time: Arc<dyn Clock> = clock.clone();
        let ids: Arc<dyn IdGenerator> = Arc::new(SequentialIds::default());
        let secrets: Arc<dyn SecretSource> = Arc::new(FixedSecrets::default());
        let sessions = Sessions {
            store: storage.sessions,
            once: storage.once.clone(),
            tokens: Arc::new(PlainTokens),
            secrets: secrets.clone(),
            usage: usage.clone(),
            background: Arc::new(Spawner),
            clock: time.clone(),
            ids: ids.clone(),
            policy: SessionPolicy::default(),
        };
        let throttling = Throttling {
            once: storage.once.clone(),
            secrets: secrets.clone(),
            clock: time.clone(),
            limits: None,
        };
        let providers = Arc::new(ScriptedProviders::default());
        let credentials = Credentials {
            throttling: throttling.clone(),
            store: storage.credentials,
            users: storage.users.clone(),
            hasher: Arc::new(QuickHasher::default()),
            strength: Arc::new(SimpleStrength),
            secrets: secrets.clone(),
            sessions: sessions.clone(),
            invitations: storage.invitations.clone(),
            clock: time.clone(),
            ids: ids.clone(),
        };
        let avatars = Avatars {
            users: storage.users.clone(),
            media: media.clone(),
            images: Arc::new(SimpleImages),
            fetcher: pages.clone(),
            throttling: throttling.clone(),
            secrets: secrets.clone(),
            clock: time.clone(),
            ids: ids.clone(),
            public_url: PUBLIC_URL.to_owned(),
        };
        let app = App {
            throttling: throttling.clone(),
            messages: Messages {
                store: storage.messages,
                users: storage.users.clone(),
                clock: time.clone(),
                ids: ids.clone(),
            },
            activity: Activity {
                store: storage.activity,
            },
            personal_data: PersonalData {
                eraser: Arc::new(avatars.clone()),
                storage: stored.clone(),
                credentials: credentials.clone(),
                clock: time.clone(),
                ids: ids.clone(),
            },
            contact: Contact {
                store: storage.email_changes,
                users: storage.users.clone(),
                credentials: credentials.clone(),
                phones: Arc::new(AnyPhone),
                secrets: secrets.clone(),
                clock: time.clone(),
                ids: ids.clone(),
            },
            identities: Identities {
                store: storage.identities,
                providers: providers.clone(),
                secrets: secrets.clone(),
                credentials: credentials.clone(),
                clock: time.clone(),
                ids: ids.clone(),
            },
            credentials,
            users: Users {
                store: storage.users,
                clock: time.clone(),
                ids: ids.clone(),
            },
            sessions,
            addresses: Addresses {
                store: storage.addresses,
                clock: time.clone(),
                ids: ids.clone(),
                quota: 50,
            },
            devices: Devices {
                store: storage.devices,
                secrets: secrets.clone(),
                clock: time.clone(),
                ids: ids.clone(),
                quota: 50,
            },
            inquiries: Inquiries {
                store: storage.inquiries,
                clock: time.clone(),
                ids: ids.clone(),
                quota: 100,
            },
            companies: Companies {
                store: storage.companies,
                organizations: storage.organizations.clone(),
                clock: time.clone(),
            },
            organizations: Organizations {
                store: storage.organizations,
                members: storage.members,
                invitations: storage.invitations,
                throttling: throttling.clone(),
                secrets: secrets.clone(),
                clock: time.clone(),
                ids: ids.clone(),
                quota: 50,
            },
            api_keys: ApiKeys {
                store: storage.api_keys,
                secrets: secrets.clone(),
                usage: key_usage.clone(),
                clock: time.clone(),
                ids,
                quota: 25,
            },
            avatars: avatars.clone(),
            idempotency: Idempotency {
                store: storage.once,
                sealer: Arc::new(TaggedAnswers),
                secrets,
                clock: time.clone(),
                running: Running::default(),
            },
            outbox: Outbox {
                store: storage.outbox,
                mailer: mailbox.clone(),
                eraser: Arc::new(avatars),
                clock: time.clone(),
            },
            maintenance: Maintenance {
                store: storage.maintenance,
                clock: time,
                log_retention: Duration::from_hours(365 * 24),
            },
            eligibility_rules: Rules::default(),
        };
        Self {
            app,
            clock,
            mailbox,
            usage,
            key_usage,
            storage: stored,
            providers,
            media,
            pages,
        }
    }
}
