use std::fmt::Debug;
use std::future::Future;
use std::ops::AsyncFnOnce;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Barrier;
use vestibule_domain::activity::Event;
use vestibule_domain::app::Storage;
use vestibule_domain::kernel::{
    Anchor, Digest, Id, IdKind, JobId, Once, Page, PageRequest, PageSize, UserId, Write,
};
use vestibule_domain::outbox::{Mail, NewJob};
use vestibule_domain::sessions::{NewSession, SessionPolicy, SignedIn};
use vestibule_domain::users::{Account, NewUser};

use super::Harness;
use crate::doubles::digest;
use crate::fixtures::{Fixtures, new_user};

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

/// An envelope that was sent along with a command.
struct Envelope {
    key: Digest,
    fingerprint: Digest,
    job: NewJob,
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

    /// Carries out a command with a full envelope, and makes sure that all of
    /// it committed; answers what the command answered.
    pub(super) async fn commits<C, A: Debug, T, E: Debug>(
        &self,
        user: UserId,
        command: C,
        call: impl AsyncFnOnce(Write<C, A>) -> Result<T, E>,
    ) -> T {
        self.commits_sealing(user, command, call).await.0
    }

    /// The same; answers also the `Debug` text of the outcome that was sealed.
    pub(super) async fn commits_sealing<C, A: Debug, T, E: Debug>(
        &self,
        user: UserId,
        command: C,
        call: impl AsyncFnOnce(Write<C, A>) -> Result<T, E>,
    ) -> (T, String) {
        let (write, envelope) = self.envelope(user, command);
        let answer = call(write).await.expect("the command is carried out");
        let fresh = self.fresh().await;
        let once = fresh.once.find(envelope.key, self.make.now()).await;
        let once = once.expect("find").expect("the idempotency record");
        assert_eq!(once.fingerprint, envelope.fingerprint);
        let jobs = self.claim_all(&fresh).await;
        assert_eq!(jobs, [(envelope.job.id, envelope.job.mail)]);
        let complete = fresh.outbox.complete(&[envelope.job.id]).await;
        complete.expect("complete");
        let sealed = String::from_utf8(once.answer).expect("the sealed answer");
        (answer, sealed)
    }

    /// Sends a command with a full envelope, and makes sure that nothing of
    /// the envelope is stored; answers what the command answered.
    pub(super) async fn leaves_no_envelope<C, A: Debug, T>(
        &self,
        user: UserId,
        command: C,
        call: impl AsyncFnOnce(Write<C, A>) -> T,
    ) -> T {
        let (write, envelope) = self.envelope(user, command);
        let answer = call(write).await;
        let fresh = self.fresh().await;
        let once = fresh.once.find(envelope.key, self.make.now()).await;
        assert_eq!(once.expect("find"), None, "an idempotency record is left");
        assert_eq!(self.claim_all(&fresh).await, [], "a job is left");
        answer
    }

    /// Sends a command under an idempotency key that is stored already, with
    /// a job that must not be stored; answers what the command answered.
    pub(super) async fn repeats_once<C, A: Debug, T>(
        &self,
        user: UserId,
        command: C,
        call: impl AsyncFnOnce(Write<C, A>) -> T,
    ) -> T {
        let (first, envelope) = self.envelope::<(), ()>(user, ());
        self.store.once.record(first).await.expect("record");
        let complete = self.store.outbox.complete(&[envelope.job.id]).await;
        complete.expect("complete");
        let (mut write, _) = self.envelope::<C, A>(user, command);
        if let Some(once) = &mut write.once {
            once.key = envelope.key;
        }
        let answer = call(write).await;
        let fresh = self.fresh().await;
        let once = fresh.once.find(envelope.key, self.make.now()).await;
        let once = once.expect("find").expect("the first record");
        assert_eq!(once.fingerprint, envelope.fingerprint, "it was replaced");
        assert_eq!(once.answer, b"()", "the first answer was replaced");
        assert_eq!(self.claim_all(&fresh).await, [], "a job is left");
        answer
    }

    fn envelope<C, A: Debug>(&self, user: UserId, command: C) -> (Write<C, A>, Envelope) {
        let job = self.make.job(Some(user));
        let envelope = Envelope {
            key: digest(&format!("key of {}", job.id)),
            fingerprint: digest(&format!("body of {}", job.id)),
            job: job.clone(),
        };
        let once = Once {
            key: envelope.key,
            fingerprint: envelope.fingerprint,
            user: Some(user),
            seal: Arc::new(|outcome: &A| format!("{outcome:?}").into_bytes()),
        };
        let entry = self.make.log_entry(user, Event::AccountAdministered);
        let write = self.write(command).log(entry).job(job).once(Some(once));
        (write, envelope)
    }

    async fn claim_all(&self, storage: &Storage) -> Vec<(JobId, Mail)> {
        let now = self.make.now();
        let until = now.after(Duration::from_mins(1));
        let jobs = storage.outbox.claim(now, until, 100).await.expect("claim");
        jobs.into_iter().map(|job| (job.id, job.mail)).collect()
    }
}

/// Calls `call` for 0 up to `count`, all at the same time, on several threads;
/// answers in the order of the numbers.
pub(super) async fn parallel<T, F>(count: usize, call: impl Fn(usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let barrier = Arc::new(Barrier::new(count));
    let tasks: Vec<_> = (0..count)
        .map(|number| {
            let (barrier, call) = (Arc::clone(&barrier), call(number));
            tokio::spawn(async move {
                barrier.wait().await;
                call.await
            })
        })
        .collect();
    let mut answers = Vec::with_capacity(count);
    for task in tasks {
        answers.push(task.await.expect("a parallel call"));
    }
    answers
}

/// A page size of `rows`.
pub(super) fn rows(rows: i64) -> PageSize {
    PageSize::new(rows).expect("a page size")
}

/// The first page, larger than any list here.
pub(super) fn first_page<K: IdKind>() -> PageRequest<K> {
    PageRequest::number(1, rows(200))
}

/// Reads a list of seven rows by every kind of page. `newest_first` are the
/// ids of all its rows.
pub(super) async fn check_paging<K: IdKind + Debug, T>(
    newest_first: &[Id<K>],
    id: impl Fn(&T) -> Id<K>,
    list: impl AsyncFn(PageRequest<K>) -> Page<T>,
) {
    let ids = newest_first;
    assert_eq!(ids.len(), 7, "the list under test has seven rows");
    let check = async |request: PageRequest<K>, want: &[Id<K>], has_next: bool| {
        let page = list(request).await;
        let got: Vec<_> = page.items.iter().map(&id).collect();
        assert_eq!(got, want, "items of {request:?}");
        assert_eq!(page.count, 7, "count of {request:?}");
        assert_eq!(page.has_next, has_next, "has_next of {request:?}");
    };
    let by_number = |number, size| PageRequest::number(number, rows(size));
    check(by_number(1, 3), &ids[0..3], true).await;
    check(by_number(2, 3), &ids[3..6], true).await;
    check(by_number(3, 3), &ids[6..7], false).await;
    check(by_number(4, 3), &[], false).await;
    check(by_number(1, 7), ids, false).await;
    check(by_number(1, 6), &ids[0..6], true).await;
    check(by_number(1, 200), ids, false).await;
    check(by_number(u32::MAX, 200), &[], false).await;

    // With an anchor the page number only tells where the client thinks it is.
    let anchored = |anchor, size| PageRequest {
        number: 2,
        size: rows(size),
        anchor,
    };
    check(anchored(Anchor::After(ids[2]), 3), &ids[3..6], true).await;
    check(anchored(Anchor::After(ids[3]), 3), &ids[4..7], false).await;
    check(anchored(Anchor::After(ids[5]), 3), &ids[6..7], false).await;
    check(anchored(Anchor::After(ids[6]), 3), &[], false).await;
    check(anchored(Anchor::Before(ids[6]), 3), &ids[3..6], true).await;
    check(anchored(Anchor::Before(ids[3]), 3), &ids[0..3], true).await;
    check(anchored(Anchor::Before(ids[2]), 3), &ids[0..2], true).await;
}
