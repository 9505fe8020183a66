use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::Barrier;
use tokio::task::yield_now;
use vestibule_domain::app::Storage;
use vestibule_domain::credentials::CredentialVersion;
use vestibule_domain::kernel::{UserId, Write};
use vestibule_domain::sessions::{NewSession, OpenSession, SessionPolicy, SignedIn};
use vestibule_domain::users::{Account, NewUser};

use super::Harness;
use crate::fixtures::{Fixtures, new_user};

/// The credential of a new account is at this version.
pub(super) const FIRST_CREDENTIAL: CredentialVersion = CredentialVersion(1);

/// How often a case of parallel calls is repeated: one round may pass by luck.
pub(super) const ROUNDS: usize = 5;

/// Fails unless the value has the shape; says what it was.
macro_rules! assert_is {
    ($value:expr, $pattern:pat) => {
        let value = $value;
        assert!(
            matches!(value, $pattern),
            "expected {}, got {value:?}",
            stringify!($pattern)
        );
    };
}
pub(super) use assert_is;

/// One case at work: an empty store of its own, and fixtures.
pub(super) struct Trial {
    harness: Box<dyn Harness>,
    /// The handle that the case works with.
    pub(super) store: Storage,
    pub(super) make: Fixtures,
}

impl Trial {
    pub(super) async fn new(harness: Box<dyn Harness>) -> Self {
        Self {
            store: harness.storage().await,
            harness,
            make: Fixtures::default(),
        }
    }

    /// A handle that has seen nothing yet.
    pub(super) async fn fresh(&self) -> Storage {
        self.harness.fresh().await
    }

    /// Takes the store down. `false`, and says so, when it cannot be.
    #[expect(clippy::print_stdout, reason = "a skipped case must show")]
    pub(super) async fn take_down(&self) -> bool {
        let is_down = self.harness.take_down().await;
        if !is_down {
            println!("skipped: this harness cannot take its store down");
        }
        is_down
    }

    /// A bare write, now.
    pub(super) fn write<C, A>(&self, command: C) -> Write<C, A> {
        Write::new(command, self.make.now())
    }

    pub(super) async fn register(&self, new: NewUser) {
        let registered = self.store.users.register(self.write(new)).await;
        registered.expect("register");
    }

    /// A new account without a session.
    pub(super) async fn user(&self, name: &str) -> Account {
        let account = self.make.account(name);
        self.register(new_user(account.clone())).await;
        account
    }

    /// A new account with its first session.
    pub(super) async fn signed_in_user(&self, name: &str) -> (Account, NewSession) {
        let account = self.make.account(name);
        let session = self.make.session(&account);
        let new = NewUser {
            session: Some(session.clone()),
            ..new_user(account.clone())
        };
        self.register(new).await;
        (account, session)
    }

    /// The account, read through a handle that has seen nothing yet.
    pub(super) async fn stored(&self, user: UserId) -> Account {
        let account = self.fresh().await.users.account(user).await;
        account
            .expect("account")
            .expect("an account")
            .as_ref()
            .clone()
    }

    /// Opens another session of an account that has its first password still.
    pub(super) async fn open_session(&self, account: &Account) -> NewSession {
        let session = self.make.session(account);
        let open = self.write(OpenSession {
            session: session.clone(),
            checked: FIRST_CREDENTIAL,
        });
        self.store.sessions.open(open).await.expect("open");
        session
    }

    /// Whether the session counts, through this handle and a fresh one alike.
    pub(super) async fn is_live(&self, session: &NewSession) -> bool {
        let here = self.live_through(&self.store, session).await;
        let fresh = self.live_through(&self.fresh().await, session).await;
        assert_eq!(here, fresh, "the handles disagree on whether it is live");
        fresh
    }

    async fn live_through(&self, storage: &Storage, new: &NewSession) -> bool {
        let (now, policy) = (self.make.now(), SessionPolicy::default());
        let live = |found: Option<SignedIn>| found.is_some_and(|s| s.is_live(now, &policy));
        let sessions = &storage.sessions;
        let by_id = sessions.signed_in(new.session.id, new.session.user).await;
        let by_id = live(by_id.expect("signed_in"));
        let record = sessions.refresh_record(new.refresh).await;
        let by_refresh = record
            .expect("refresh_record")
            .map(|record| record.signed_in);
        assert_eq!(by_id, live(by_refresh), "the refresh token disagrees");
        if let Some(cookie) = new.cookie {
            let by_cookie = sessions.by_cookie(cookie).await.expect("by_cookie");
            assert_eq!(by_id, live(by_cookie), "the cookie disagrees");
        }
        by_id
    }
}

/// Calls `call` for 0 up to `count`, all at the same time, on several threads;
/// answers in the order of the numbers.
pub(super) async fn parallel<T, F>(count: usize, call: impl Fn(usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    at_once((0..count).map(call).collect()).await
}

/// Carries out the calls at the same time, on several threads; answers in
/// their order.
pub(super) async fn at_once<T, F>(calls: Vec<F>) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let barrier = Arc::new(Barrier::new(calls.len()));
    let tasks: Vec<_> = calls
        .into_iter()
        .map(|call| {
            let barrier = Arc::clone(&barrier);
            tokio::spawn(async move {
                barrier.wait().await;
                // Whoever came last woke the others onto its own thread; an
                // adapter that blocks would keep one of them waiting there.
                yield_now().await;
                call.await
            })
        })
        .collect();
    let mut answers = Vec::with_capacity(tasks.len());
    for task in tasks {
        answers.push(task.await.expect("a parallel call"));
    }
    answers
}

/// A call of whatever kind, that says whether it was carried out.
pub(super) type Call = Pin<Box<dyn Future<Output = bool> + Send>>;

/// Carries out both at once; whichever was spawned last is a little ahead, so
/// that is another one in every other round.
pub(super) async fn race(round: usize, one: Call, other: Call) -> [bool; 2] {
    let is_swapped = round % 2 == 1;
    let calls = if is_swapped {
        vec![other, one]
    } else {
        vec![one, other]
    };
    let done = at_once(calls).await;
    if is_swapped {
        [done[1], done[0]]
    } else {
        [done[0], done[1]]
    }
}
