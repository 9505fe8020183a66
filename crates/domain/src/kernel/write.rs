//! The envelope of a write: what commits together with a command.

use std::fmt;
use std::sync::Arc;

use super::{Digest, Timestamp, UserId};
use crate::activity::LogEntry;
use crate::outbox::NewJob;
use crate::throttling::Throttle;

/// A row's version; grows by one with each change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(pub i64);

/// A change of a field that may be cleared.
///
/// ```
/// use vestibule_domain::kernel::Patch;
///
/// let mut bio = Some("Sells vinyl.");
/// Patch::Keep.apply(&mut bio);
/// assert_eq!(bio, Some("Sells vinyl."));
/// Patch::Clear.apply(&mut bio);
/// assert_eq!(bio, None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Patch<T> {
    /// Leave it as it is.
    #[default]
    Keep,
    /// Set it to nothing.
    Clear,
    /// Set it to this value.
    Set(T),
}

impl<T> Patch<T> {
    /// Whether nothing changes.
    pub const fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }

    /// `None` to keep, `Some(None)` to clear, `Some(Some(value))` to set.
    pub fn as_change(&self) -> Option<Option<&T>> {
        match self {
            Self::Keep => None,
            Self::Clear => Some(None),
            Self::Set(value) => Some(Some(value)),
        }
    }

    /// Applies the change to `target`.
    pub fn apply(self, target: &mut Option<T>) {
        match self {
            Self::Keep => {}
            Self::Clear => *target = None,
            Self::Set(value) => *target = Some(value),
        }
    }
}

/// Replaces `target` where there is a value to replace it by.
pub(crate) fn set<T>(target: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *target = value;
    }
}

/// Renders and encrypts the answer to an outcome.
pub type Seal<A> = Arc<dyn Fn(&A) -> Vec<u8> + Send + Sync>;

/// The idempotency record that commits with a command whose outcome is `A`.
///
/// An adapter MUST store it in the command's transaction, and answer
/// `Duplicate("once")` and write nothing when `key` is stored already and has
/// not expired (24 h after it was stored). It MUST look before it carries out
/// the command: a registration that another process was faster with is to be
/// replayed, not told that the address is taken.
pub struct Once<A> {
    /// Digest of caller, route and `Idempotency-Key`.
    pub key: Digest,
    /// Digest of the request body: the same key with another body is refused.
    pub fingerprint: Digest,
    /// The user whose deletion erases the record.
    pub user: Option<UserId>,
    /// Renders and encrypts the answer to the outcome, for replays.
    pub seal: Seal<A>,
}

impl<A> Clone for Once<A> {
    fn clone(&self) -> Self {
        Self {
            key: self.key,
            fingerprint: self.fingerprint,
            user: self.user,
            seal: Arc::clone(&self.seal),
        }
    }
}

impl<A> fmt::Debug for Once<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Once")
            .field("key", &self.key)
            .field("fingerprint", &self.fingerprint)
            .finish_non_exhaustive()
    }
}

/// A command and what commits with it, or not at all.
///
/// An adapter MUST store `log`, `jobs`, `once` and what `throttle` counts in the
/// transaction that carries out `command`. When the command turns out to change
/// nothing (a token is spent, a row is gone, a rule refuses), none of it is
/// stored.
///
/// After it has looked for the idempotency record and before it carries out the
/// command, an adapter MUST load the buckets of `throttle`, locked so that of
/// parallel writes each sees what the one before it counted, and ask
/// [`decide`](crate::throttling::decide); a refusal is answered `Throttled`, and
/// jobs that it leaves out are not stored.
/// Buckets of one write have different keys.
///
/// ```
/// use vestibule_domain::activity::{Details, Event, LogEntry};
/// use vestibule_domain::kernel::{ActivityId, Origin, SessionId, Timestamp, UserId, Write};
/// use vestibule_domain::sessions::EndSession;
///
/// fn logout(id: ActivityId, user: UserId, session: SessionId, at: Timestamp) -> Write<EndSession> {
///     Write::new(EndSession { user, session }, at).log(LogEntry {
///         id,
///         user,
///         event: Event::SessionEnded,
///         session: Some(session),
///         origin: Origin::default(),
///         details: Details::default(),
///     })
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Write<C, A = ()> {
    /// What to do.
    pub command: C,
    /// When: the time that all stored times of this write bear.
    pub at: Timestamp,
    /// Security-log entries.
    pub log: Vec<LogEntry>,
    /// Outbox jobs: mail to send, files to erase.
    pub jobs: Vec<NewJob>,
    /// Idempotency record.
    pub once: Option<Once<A>>,
    /// Buckets that are asked first, and counted.
    pub throttle: Vec<Throttle>,
}

impl<C, A> Write<C, A> {
    /// A bare command at a time.
    pub const fn new(command: C, at: Timestamp) -> Self {
        Self {
            command,
            at,
            log: Vec::new(),
            jobs: Vec::new(),
            once: None,
            throttle: Vec::new(),
        }
    }

    /// Adds a security-log entry.
    #[must_use]
    pub fn log(mut self, entry: LogEntry) -> Self {
        self.log.push(entry);
        self
    }

    /// Adds an outbox job.
    #[must_use]
    pub fn job(mut self, job: NewJob) -> Self {
        self.jobs.push(job);
        self
    }

    /// Adds the idempotency record, where there is one.
    #[must_use]
    pub fn once(mut self, once: Option<Once<A>>) -> Self {
        self.once = once;
        self
    }

    /// Adds buckets to ask, to count, or to forget.
    #[must_use]
    pub fn throttled(mut self, throttles: impl IntoIterator<Item = Throttle>) -> Self {
        self.throttle.extend(throttles);
        self
    }
}
