//! The adapters, and the features that are built on them.

mod avatars;

use std::fmt::Display;
use std::fs::DirBuilder;
use std::num::NonZeroUsize;
use std::os::unix::fs::DirBuilderExt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Notify;
use vestibule_domain::activity::Activity;
use vestibule_domain::addresses::Addresses;
use vestibule_domain::api_keys::ApiKeys;
use vestibule_domain::app::{App, Storage};
use vestibule_domain::companies::Companies;
use vestibule_domain::contact::Contact;
use vestibule_domain::credentials::Credentials;
use vestibule_domain::devices::Devices;
use vestibule_domain::idempotency::{Idempotency, Running};
use vestibule_domain::identities::Identities;
use vestibule_domain::inquiries::Inquiries;
use vestibule_domain::kernel::{Clock, IdGenerator, Secret, SecretSource};
use vestibule_domain::maintenance::Maintenance;
use vestibule_domain::messages::Messages;
use vestibule_domain::organizations::Organizations;
use vestibule_domain::outbox::{Mailer, Outbox};
use vestibule_domain::personal_data::PersonalData;
use vestibule_domain::sessions::{SessionPolicy, Sessions};
use vestibule_domain::throttling::Throttling;
use vestibule_domain::users::Users;
use vestibule_infra::background::TokioBackground;
use vestibule_infra::cache::storage::{CacheConfig, Caches, Writers};
use vestibule_infra::crypto::{
    AeadCipher, BcryptHasher, HashCounters, PasswordSettings, RequestSealer, Secrets,
    ServerSecrets, SignedTokens, TokenAlgorithm, TokenSettings, ZxcvbnStrength, default_permits,
};
use vestibule_infra::database::migrations::migrate;
use vestibule_infra::database::{Database, DatabaseConfig, Location};
use vestibule_infra::ids::UuidV7Generator;
use vestibule_infra::key_usage::KeyUsageBuffer;
use vestibule_infra::oauth::Providers;
use vestibule_infra::phones::LibPhoneNumber;
use vestibule_infra::storage::{SqlStorage, admit_server_keys};
use vestibule_infra::time::SystemClock;
use vestibule_infra::usage::UsageBuffer;

use crate::commands::Failure;
use crate::config::{Algorithm, Settings};

/// What the features are built on.
pub(crate) struct Adapters {
    /// The database itself.
    pub(crate) database: Database,
    /// The storage ports on it.
    pub(crate) storage: Storage,
    /// Notified when mail waits to be sent.
    pub(crate) jobs_stored: Arc<Notify>,
    /// Uses of sessions that are not written down yet.
    pub(crate) usage: Arc<UsageBuffer>,
    /// Uses of API keys that are not written down yet.
    pub(crate) key_usage: Arc<KeyUsageBuffer>,
    /// The time.
    pub(crate) clock: Arc<dyn Clock>,
    /// What the threads that hash have done.
    pub(crate) hashing: OnceLock<Arc<HashCounters>>,
    ids: Arc<dyn IdGenerator>,
    /// The keys of the secrets file.
    pub(crate) secrets: Secrets,
    source: Arc<dyn SecretSource>,
}

/// Makes the data folder, readable by its owner only, where there is none.
pub(crate) fn make_data_folder(settings: &Settings) -> Result<(), Failure> {
    let folder = &settings.data_dir;
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(at("cannot make the data folder", folder.display()))
}

/// Brings the schema of the database up to date; answers what was applied.
pub(crate) fn migrate_database(settings: &Settings) -> Result<Vec<String>, Failure> {
    let location = settings.location();
    migrate(&DatabaseConfig::new(location.clone()))
        .map_err(at("cannot migrate the database", location))
}

/// The caches, as configured; the command line has none.
pub(crate) fn caches(settings: &Settings) -> Option<Arc<Caches>> {
    CacheConfig {
        enabled: settings.cache.enabled,
        capacity: usize::try_from(settings.cache.capacity).unwrap_or(usize::MAX),
    }
    .build(match settings.location() {
        Location::File(_) => Writers::Alone,
        Location::Postgres(_) => Writers::Several,
    })
}

impl Adapters {
    /// Opens what the settings name; the database is migrated by then.
    pub(crate) async fn open(
        settings: &Settings,
        caches: Option<Arc<Caches>>,
    ) -> Result<Self, Failure> {
        let secrets_file = settings.secrets_file();
        let secrets = Secrets::load_or_create(&secrets_file).map_err(failed)?;
        let location = settings.location();
        let defaults = DatabaseConfig::new(location.clone());
        let database = Database::open(&DatabaseConfig {
            invalidate: caches.clone().map(|caches| caches as _),
            readers: threads(settings.database.readers).unwrap_or(defaults.readers),
            writers: threads(settings.database.writers).unwrap_or(defaults.writers),
            ..defaults
        })
        .map_err(at("cannot open the database", location))?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        admit_server_keys(&database, &secrets, clock.now())
            .await
            .map_err(at("cannot use the secrets file", secrets_file.display()))?;
        let jobs_stored = Arc::new(Notify::new());
        let storage = SqlStorage::new(
            database.clone(),
            caches,
            Arc::new(AeadCipher::new(&secrets)),
            Arc::clone(&jobs_stored),
        )
        .storage();
        Ok(Self {
            database,
            storage,
            jobs_stored,
            usage: Arc::default(),
            key_usage: Arc::default(),
            hashing: OnceLock::new(),
            ids: Arc::new(UuidV7Generator::new(Arc::clone(&clock))),
            clock,
            source: Arc::new(ServerSecrets::new(&secrets)),
            secrets,
        })
    }

    /// Access tokens.
    pub(crate) fn tokens(&self, settings: &Settings) -> Result<Arc<SignedTokens>, Failure> {
        let tokens = &settings.tokens;
        let algorithm = match (tokens.algorithm, &tokens.hs256_secret) {
            (Algorithm::Hs256, Some(secret)) => TokenAlgorithm::Hs256(Secret::new(secret.expose())),
            (Algorithm::EdDsa, _) | (Algorithm::Hs256, None) => TokenAlgorithm::EdDsa,
        };
        let settings = TokenSettings {
            issuer: settings.issuer(),
            audience: tokens.audience.clone(),
            algorithm,
        };
        SignedTokens::new(settings, &self.secrets)
            .map(Arc::new)
            .map_err(failed)
    }

    /// The feature of credentials, with sessions. Background work goes on in
    /// the runtime that this is called in.
    pub(crate) fn credentials(
        &self,
        settings: &Settings,
        tokens: Arc<SignedTokens>,
    ) -> Result<Credentials, Failure> {
        let permits = usize::try_from(settings.password.threads).unwrap_or(usize::MAX);
        let hasher = BcryptHasher::new(
            PasswordSettings {
                cost: settings.password.bcrypt_cost,
                permits: NonZeroUsize::new(permits).unwrap_or_else(default_permits),
            },
            &self.secrets,
        )
        .map_err(failed)?;
        // Credentials are made once in a process.
        let _ = self.hashing.set(hasher.counters());
        let sessions = Sessions {
            store: Arc::clone(&self.storage.sessions),
            once: Arc::clone(&self.storage.once),
            tokens,
            secrets: Arc::clone(&self.source),
            usage: Arc::<UsageBuffer>::clone(&self.usage),
            background: Arc::new(TokioBackground::new(Handle::current())),
            clock: Arc::clone(&self.clock),
            ids: Arc::clone(&self.ids),
            policy: policy(settings),
        };
        Ok(Credentials {
            store: Arc::clone(&self.storage.credentials),
            users: Arc::clone(&self.storage.users),
            hasher: Arc::new(hasher),
            strength: Arc::new(ZxcvbnStrength),
            secrets: Arc::clone(&self.source),
            sessions,
            throttling: self.throttling(settings),
            invitations: Arc::clone(&self.storage.invitations),
            clock: Arc::clone(&self.clock),
            ids: Arc::clone(&self.ids),
        })
    }

    fn throttling(&self, settings: &Settings) -> Throttling {
        Throttling {
            once: Arc::clone(&self.storage.once),
            secrets: Arc::clone(&self.source),
            clock: Arc::clone(&self.clock),
            limits: settings.rate_limits.limits(),
        }
    }

    /// The feature of API keys.
    pub(crate) fn api_keys(&self, settings: &Settings) -> ApiKeys {
        ApiKeys {
            store: Arc::clone(&self.storage.api_keys),
            secrets: Arc::clone(&self.source),
            usage: Arc::<KeyUsageBuffer>::clone(&self.key_usage),
            clock: Arc::clone(&self.clock),
            ids: Arc::clone(&self.ids),
            quota: settings.quotas.api_keys,
        }
    }

    /// The feature of linked identities; users come back from providers to
    /// paths below `public_url`.
    fn identities(
        &self,
        settings: &Settings,
        public_url: &str,
        credentials: Credentials,
    ) -> Result<Identities, Failure> {
        let providers = settings.identities.providers().map_err(failed)?;
        let providers = Providers::new(providers, public_url).map_err(failed)?;
        Ok(Identities {
            store: Arc::clone(&self.storage.identities),
            providers: Arc::new(providers),
            secrets: Arc::clone(&self.source),
            credentials,
            clock: Arc::clone(&self.clock),
            ids: Arc::clone(&self.ids),
        })
    }

    /// All features.
    pub(crate) fn app(
        &self,
        settings: &Settings,
        public_url: &str,
        tokens: Arc<SignedTokens>,
        mailer: Arc<dyn Mailer>,
    ) -> Result<App, Failure> {
        let avatars = self.avatars(settings, public_url.to_owned())?;
        let credentials = self.credentials(settings, tokens)?;
        let throttling = credentials.throttling.clone();
        let storage = &self.storage;
        let (clock, ids) = (&self.clock, &self.ids);
        Ok(App {
            users: Users {
                store: Arc::clone(&storage.users),
                clock: Arc::clone(clock),
                ids: Arc::clone(ids),
            },
            contact: Contact {
                store: Arc::clone(&storage.email_changes),
                users: Arc::clone(&storage.users),
                credentials: credentials.clone(),
                phones: Arc::new(LibPhoneNumber),
                secrets: Arc::clone(&self.source),
                clock: Arc::clone(clock),
                ids: Arc::clone(ids),
            },
            sessions: credentials.sessions.clone(),
            throttling: throttling.clone(),
            personal_data: PersonalData {
                eraser: Arc::new(avatars.clone()),
                storage: storage.clone(),
                credentials: credentials.clone(),
                clock: Arc::clone(clock),
                ids: Arc::clone(ids),
            },
            identities: self.identities(settings, public_url, credentials.clone())?,
            credentials,
            messages: Messages {
                store: Arc::clone(&storage.messages),
                users: Arc::clone(&storage.users),
                clock: Arc::clone(clock),
                ids: Arc::clone(ids),
            },
            activity: Activity {
                store: Arc::clone(&storage.activity),
            },
            addresses: Addresses {
                store: Arc::clone(&storage.addresses),
                clock: Arc::clone(clock),
                ids: Arc::clone(ids),
                quota: settings.quotas.addresses,
            },
            devices: Devices {
                store: Arc::clone(&storage.devices),
                secrets: Arc::clone(&self.source),
                clock: Arc::clone(clock),
                ids: Arc::clone(ids),
                quota: settings.quotas.devices,
            },
            inquiries: Inquiries {
                store: Arc::clone(&storage.inquiries),
                clock: Arc::clone(clock),
                ids: Arc::clone(ids),
                quota: settings.quotas.inquiries,
            },
            organizations: Organizations {
                store: Arc::clone(&storage.organizations),
                members: Arc::clone(&storage.members),
                invitations: Arc::clone(&storage.invitations),
                throttling,
                secrets: Arc::clone(&self.source),
                clock: Arc::clone(clock),
                ids: Arc::clone(ids),
                quota: settings.quotas.organizations,
            },
            companies: Companies {
                store: Arc::clone(&storage.companies),
                organizations: Arc::clone(&storage.organizations),
                clock: Arc::clone(clock),
            },
            api_keys: self.api_keys(settings),
            idempotency: Idempotency {
                store: Arc::clone(&storage.once),
                sealer: Arc::new(RequestSealer::new(&self.secrets)),
                secrets: Arc::clone(&self.source),
                clock: Arc::clone(clock),
                running: Running::default(),
            },
            outbox: Outbox {
                store: Arc::clone(&storage.outbox),
                mailer,
                eraser: Arc::new(avatars.clone()),
                clock: Arc::clone(clock),
            },
            maintenance: Maintenance {
                store: Arc::clone(&storage.maintenance),
                clock: Arc::clone(clock),
                log_retention: days(settings.activity.retention_days),
            },
            avatars,
            eligibility_rules: settings.eligibility.rules.clone(),
        })
    }
}

fn days(days: u32) -> Duration {
    Duration::from_secs(u64::from(days) * 24 * 60 * 60)
}

pub(crate) fn policy(settings: &Settings) -> SessionPolicy {
    let sessions = &settings.sessions;
    let minutes = |minutes: u32| Duration::from_secs(u64::from(minutes) * 60);
    SessionPolicy {
        access: minutes(sessions.access_minutes),
        idle: days(sessions.idle_days),
        absolute: days(sessions.absolute_days),
        ..SessionPolicy::default()
    }
}

fn failed(error: impl Display) -> Failure {
    Failure::Failed(error.to_string())
}

fn at<E: Display>(what: &str, place: impl Display) -> impl FnOnce(E) -> Failure {
    move |error| Failure::Failed(format!("{what} {place}: {error}"))
}

/// A number of threads; `None` for 0, which leaves it to the service.
fn threads(setting: u32) -> Option<usize> {
    usize::try_from(setting).ok().filter(|threads| *threads > 0)
}
