//! What commits with a command: log, jobs, idempotency record and the buckets
//! that it counts in, all of it or nothing.

use std::fmt::Debug;
use std::ops::AsyncFnOnce;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use vestibule_domain::activity::{ActivityRecord, Event, LogEntry};
use vestibule_domain::app::Storage;
use vestibule_domain::kernel::{Digest, JobId, Once, Origin, StoreError, Timestamp, UserId, Write};
use vestibule_domain::outbox::{NewJob, Work};
use vestibule_domain::throttling::{Limit, Throttle};

use super::paging::first_page;
use super::trial::Trial;
use crate::doubles::digest;

/// What the bucket of an envelope admits.
const ONCE_AN_HOUR: Limit = Limit::Window {
    most: 1,
    per: Duration::from_hours(1),
};

/// An envelope that was sent along with a command.
struct Envelope {
    user: UserId,
    at: Timestamp,
    key: Digest,
    fingerprint: Digest,
    jobs: [NewJob; 2],
    log: [LogEntry; 2],
    /// A bucket that is full as soon as the command has counted in it.
    bucket: Digest,
    /// What the outcome was sealed to, when it last was.
    sealed: Arc<Mutex<Option<Vec<u8>>>>,
}

impl Envelope {
    fn jobs(&self) -> Vec<(JobId, Work)> {
        let jobs = self.jobs.iter();
        jobs.map(|job| (job.id, job.work.clone())).collect()
    }

    /// The log entries as they are to be listed.
    fn records(&self) -> Vec<ActivityRecord> {
        let newest_first = self.log.iter().rev();
        newest_first
            .map(|entry| ActivityRecord {
                entry: entry.clone(),
                created_at: self.at,
            })
            .collect()
    }
}

impl Trial {
    /// Carries out a command with a full envelope, and makes sure that all of
    /// it committed; answers what the command answered. `user` is whom the
    /// envelope concerns: an account that exists afterwards.
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
        let sealed = envelope.sealed.lock();
        let sealed = sealed.unwrap_or_else(PoisonError::into_inner).take();
        let sealed = sealed.expect("the outcome is sealed");
        assert_eq!(once.answer, sealed, "the stored answer is the sealed one");
        assert!(
            self.claim_all(&fresh).await == envelope.jobs(),
            "the jobs of the envelope are stored, each once"
        );
        let ids = envelope.jobs.each_ref().map(|job| job.id);
        fresh.outbox.complete(&ids).await.expect("complete");
        assert!(self.is_full(envelope.bucket).await, "it was not counted");
        let log = self.newest_entries(&fresh, user).await;
        assert_eq!(log[..log.len().min(2)], envelope.records(), "the log");
        let sealed = String::from_utf8(sealed).expect("the sealed answer");
        (answer, sealed)
    }

    /// Sends a command with a full envelope, and makes sure that nothing of
    /// the envelope is stored; answers what the command answered. `user` is
    /// whom the envelope concerns: an account that exists.
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
        self.assert_nothing_of(&envelope, &fresh).await;
        answer
    }

    /// Sends a command under an idempotency key that is stored already, with
    /// an envelope that must not be stored; answers what the command answered.
    pub(super) async fn repeats_once<C, A: Debug, T>(
        &self,
        user: UserId,
        command: C,
        call: impl AsyncFnOnce(Write<C, A>) -> T,
    ) -> T {
        let (first, stored) = self.envelope::<(), ()>(user, ());
        self.store.once.record(first).await.expect("record");
        let ids = stored.jobs.each_ref().map(|job| job.id);
        let complete = self.store.outbox.complete(&ids).await;
        complete.expect("complete");
        let (mut write, envelope) = self.envelope::<C, A>(user, command);
        if let Some(once) = &mut write.once {
            once.key = stored.key;
        }
        let answer = call(write).await;
        let fresh = self.fresh().await;
        let once = fresh.once.find(stored.key, self.make.now()).await;
        let once = once.expect("find").expect("the first record");
        assert_eq!(once.fingerprint, stored.fingerprint, "it was replaced");
        assert_eq!(once.answer, b"()", "the first answer was replaced");
        self.assert_nothing_of(&envelope, &fresh).await;
        answer
    }

    async fn assert_nothing_of(&self, envelope: &Envelope, fresh: &Storage) {
        assert!(self.claim_all(fresh).await.is_empty(), "a job is left");
        let left = self.newest_entries(fresh, envelope.user).await;
        let mut left = left.iter().map(|record| &record.entry);
        assert!(
            !left.any(|entry| envelope.log.contains(entry)),
            "a log entry is left"
        );
        assert!(
            !self.is_full(envelope.bucket).await,
            "a refused command was counted"
        );
    }

    async fn is_full(&self, bucket: Digest) -> bool {
        let ask = Throttle::Ask {
            key: bucket,
            limit: ONCE_AN_HOUR,
        };
        let write: Write<()> = self.write(());
        let asked = self.fresh().await.once.record(write.throttled([ask])).await;
        match asked {
            Ok(()) => false,
            Err(StoreError::Throttled(_)) => true,
            Err(error) => panic!("{error}"),
        }
    }

    fn envelope<C, A: Debug>(&self, user: UserId, command: C) -> (Write<C, A>, Envelope) {
        let jobs = [self.make.job(Some(user)), self.make.job(None)];
        let log = [
            self.make.log_entry(user, Event::AccountAdministered),
            LogEntry {
                session: Some(self.make.id()),
                origin: Origin::default(),
                ..self.make.log_entry(user, Event::PasswordReset)
            },
        ];
        let envelope = Envelope {
            user,
            at: self.make.now(),
            key: digest(&format!("key of {}", jobs[0].id)),
            fingerprint: digest(&format!("body of {}", jobs[0].id)),
            bucket: digest(&format!("bucket of {}", jobs[0].id)),
            jobs,
            log,
            sealed: Arc::default(),
        };
        let sealed = Arc::clone(&envelope.sealed);
        let once = Once {
            key: envelope.key,
            fingerprint: envelope.fingerprint,
            user: Some(user),
            seal: Arc::new(move |outcome: &A| {
                let text = format!("{outcome:?}").into_bytes();
                let mut sealed = sealed.lock().unwrap_or_else(PoisonError::into_inner);
                *sealed = Some(text.clone());
                text
            }),
        };
        let mut write = self.write(command).once(Some(once));
        write.jobs = envelope.jobs.to_vec();
        write.log = envelope.log.to_vec();
        let count = Throttle::Count {
            key: envelope.bucket,
            limit: ONCE_AN_HOUR,
        };
        (write.throttled([count]), envelope)
    }

    async fn claim_all(&self, storage: &Storage) -> Vec<(JobId, Work)> {
        let now = self.make.now();
        let until = now.after(Duration::from_mins(1));
        let jobs = storage.outbox.claim(now, until, 100).await.expect("claim");
        jobs.into_iter().map(|job| (job.id, job.work)).collect()
    }

    async fn newest_entries(&self, storage: &Storage, user: UserId) -> Vec<ActivityRecord> {
        let log = storage.activity.list(user, first_page()).await;
        log.expect("list of the log").items
    }
}
