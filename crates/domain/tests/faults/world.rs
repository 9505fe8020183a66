//! What the use cases are wired to: mocks, which fail the test when they are
//! called without being told to, and stand-ins for time, ids and secrets.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use uuid::Uuid;
use vestibule_domain::credentials::{
    Credential, CredentialVersion, Credentials, MockCredentialStore, MockPasswordHasher,
    MockPasswordStrength, PasswordHash, Verified,
};
use vestibule_domain::idempotency::MockOnceStore;
use vestibule_domain::kernel::{
    Background, Clock, Digest, IdGenerator, Origin, Secret, SecretSource, SessionId, StoreError,
    Timestamp, UserId, Version,
};
use vestibule_domain::organizations::MockInvitationStore;
use vestibule_domain::preferences::Preferences;
use vestibule_domain::sessions::{
    MockAccessTokens, MockSessionStore, MockSessionUsage, Session, SessionPolicy, Sessions,
    SignedIn,
};
use vestibule_domain::throttling::{Limits, Throttling};
use vestibule_domain::users::{
    Account, CustomerStatus, EmailAddress, FeatureFlags, MockUserStore, PersonName, Username,
    Visibility,
};

/// Runs a future that never waits, as those of mocks do.
pub(crate) fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("a mock waits for nothing"),
    }
}

pub(crate) fn down() -> StoreError {
    StoreError::unavailable("the disk is gone")
}

pub(crate) const START: i64 = 1_767_323_045_000_000;

pub(crate) struct TestClock(AtomicI64);

impl TestClock {
    pub(crate) fn advance(&self, duration: Duration) {
        let micros = i64::try_from(duration.as_micros()).expect("small");
        self.0.fetch_add(micros, Ordering::Relaxed);
    }
}

impl Default for TestClock {
    fn default() -> Self {
        Self(AtomicI64::new(START))
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::Relaxed))
    }
}

#[derive(Default)]
pub(crate) struct Counter(AtomicU64);

impl IdGenerator for Counter {
    fn next_uuid(&self) -> Uuid {
        Uuid::from_u128(1000 + u128::from(self.0.fetch_add(1, Ordering::Relaxed)))
    }
}

/// Readable secrets; a digest is the start of what it stands for.
#[derive(Default)]
pub(crate) struct Secrets(AtomicU64);

impl SecretSource for Secrets {
    fn generate(&self) -> Secret {
        Secret::new(format!("s{}", self.0.fetch_add(1, Ordering::Relaxed)))
    }

    fn successor(&self, secret: &Secret) -> Secret {
        Secret::new(format!("+{}", secret.expose()))
    }

    fn digest(&self, bytes: &[u8]) -> Digest {
        digest_of(bytes)
    }

    fn mac(&self, bytes: &[u8]) -> Digest {
        let mut keyed = b"mac:".to_vec();
        keyed.extend_from_slice(bytes);
        digest_of(&keyed)
    }
}

/// FNV-1a, four times over: no secret, but no two texts of a test meet.
pub(crate) fn digest_of(bytes: &[u8]) -> Digest {
    let mut digest = [0; 32];
    for (lane, chunk) in (0_u64..).zip(digest.chunks_mut(8)) {
        let hash = bytes
            .iter()
            .fold(0xcbf2_9ce4_8422_2325 ^ lane, |hash, byte| {
                (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
            });
        chunk.copy_from_slice(&hash.to_be_bytes());
    }
    Digest(digest)
}

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Keeps tasks until the test runs them, and how long was paused.
#[derive(Default)]
pub(crate) struct Later(Mutex<Vec<Task>>, Mutex<Vec<Duration>>);

impl Later {
    /// Runs what was started; answers how many tasks there were.
    pub(crate) fn run(&self) -> usize {
        let tasks = std::mem::take(&mut *self.0.lock().expect("not poisoned"));
        tasks.into_iter().map(now).count()
    }

    /// How long was paused so far.
    pub(crate) fn pauses(&self) -> Vec<Duration> {
        self.1.lock().expect("not poisoned").clone()
    }
}

impl Background for Later {
    fn spawn(&self, task: Task) {
        self.0.lock().expect("not poisoned").push(task);
    }

    fn pause(&self, time: Duration) -> Task {
        self.1.lock().expect("not poisoned").push(time);
        Box::pin(std::future::ready(()))
    }
}

/// The ports of credentials and sessions.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) credentials: MockCredentialStore,
    pub(crate) users: MockUserStore,
    pub(crate) sessions: MockSessionStore,
    pub(crate) once: MockOnceStore,
    pub(crate) hasher: MockPasswordHasher,
    pub(crate) strength: MockPasswordStrength,
    pub(crate) tokens: MockAccessTokens,
    pub(crate) usage: MockSessionUsage,
    pub(crate) invitations: MockInvitationStore,
    pub(crate) later: Arc<Later>,
    pub(crate) clock: Arc<TestClock>,
    /// Nothing is throttled without.
    pub(crate) limits: Option<Limits>,
}

impl World {
    /// A world in which every password is good enough and tokens are signed.
    pub(crate) fn new() -> Self {
        let mut world = Self::default();
        world.strength.expect_is_common().return_const(false);
        world.strength.expect_score().return_const(4_u8);
        world
            .tokens
            .expect_sign()
            .returning(|claims| Secret::new(format!("access of {}", claims.session)));
        world
    }

    /// The next check of a password, against this hash or none, answers so.
    pub(crate) fn expect_verify(&mut self, with_hash: bool, matches: bool, outdated: bool) {
        self.hasher
            .expect_verify()
            .withf(move |_, hash| hash.is_some() == with_hash)
            .times(1)
            .returning(move |_, _| Ok(Verified { matches, outdated }));
    }

    pub(crate) fn into_credentials(self) -> Credentials {
        let credentials = Arc::new(self.credentials);
        let users = Arc::new(self.users);
        let hasher = Arc::new(self.hasher);
        let strength = Arc::new(self.strength);
        let invitations = Arc::new(self.invitations);
        let clock = self.clock.clone();
        let sessions = sessions(
            self.sessions,
            self.once,
            self.tokens,
            self.usage,
            self.later,
            self.clock,
        );
        let throttling = Throttling {
            once: Arc::clone(&sessions.once),
            secrets: Arc::clone(&sessions.secrets),
            clock: clock.clone(),
            limits: self.limits,
        };
        Credentials {
            store: credentials,
            throttling,
            users,
            hasher,
            strength,
            secrets: Arc::clone(&sessions.secrets),
            ids: Arc::clone(&sessions.ids),
            sessions,
            invitations,
            clock,
        }
    }

    pub(crate) fn into_sessions(self) -> Sessions {
        self.into_credentials().sessions
    }
}

fn sessions(
    store: MockSessionStore,
    once: MockOnceStore,
    tokens: MockAccessTokens,
    usage: MockSessionUsage,
    background: Arc<Later>,
    clock: Arc<TestClock>,
) -> Sessions {
    Sessions {
        store: Arc::new(store),
        once: Arc::new(once),
        tokens: Arc::new(tokens),
        secrets: Arc::new(Secrets::default()),
        usage: Arc::new(usage),
        background,
        clock,
        ids: Arc::new(Counter::default()),
        policy: SessionPolicy::default(),
    }
}

pub(crate) fn user() -> UserId {
    UserId::from_uuid(Uuid::from_u128(1))
}

pub(crate) fn jane() -> Account {
    let at = Timestamp::from_micros(START);
    Account {
        id: user(),
        username: Username::parse("jane").expect("a username"),
        email: EmailAddress::parse("Jane@example.com").expect("an address"),
        email_verified: false,
        first_name: PersonName::parse("Jane").expect("a name"),
        last_name: PersonName::parse("").expect("a name"),
        phone_number: None,
        avatar: None,
        can_manage_api_environment: false,
        is_admin: false,
        suspended_at: None,
        customer_status: CustomerStatus::Free,
        default_visibility: Visibility::Public,
        bio: None,
        other_id: None,
        features: FeatureFlags::new(),
        preferences: Preferences::default(),
        has_primary_address: false,
        organization: None,
        last_seen_at: None,
        auth_epoch: 3,
        version: Version(7),
        created_at: at,
        updated_at: at,
    }
}

pub(crate) fn credential(account: Account, with_password: bool) -> Credential {
    Credential {
        account: Arc::new(account),
        password_hash: with_password.then(|| PasswordHash::new("$hash")),
        version: CredentialVersion(5),
    }
}

/// Jane's session, opened at the start.
pub(crate) fn signed_in(account: Account) -> SignedIn {
    let at = Timestamp::from_micros(START);
    SignedIn {
        session: Arc::new(Session {
            id: SessionId::from_uuid(Uuid::from_u128(2)),
            user: account.id,
            auth_epoch: account.auth_epoch,
            authenticated_at: at,
            created_at: at,
            last_used_at: at,
            expires_at: at.after(SessionPolicy::default().absolute),
            origin: Origin::default(),
        }),
        account: Arc::new(account),
    }
}
