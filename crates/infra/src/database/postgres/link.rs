//! The one connection by which an instance tells the others what it changed,
//! and hears what they changed.
//!
//! Each turn is one round trip: it sends what is queued, if anything, and takes
//! in what has arrived. `PostgreSQL` delivers before the end of a round trip
//! all that was committed before its beginning, so the beginning of the last
//! one is the time up to which the caches are known to be true.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};
use vestibule_domain::kernel::StoreError;

use super::pool::{ConnectError, Connector};
use crate::cache::protocol::{CacheKey, Invalidate};
use crate::database::job::{WriteWork, refuse};
use crate::database::queue::Queue;

#[diesel::declare_sql_function]
extern "SQL" {
    /// Answers nothing, whatever this says.
    fn pg_notify(channel: Text, payload: Text) -> Text;
}

/// The channel of NOTIFY.
const CHANNEL: &str = "vestibule";
/// Longest pause between two turns.
const TURN: Duration = Duration::from_millis(25);
/// The same where nobody listens, for want of caches.
const IDLE_TURN: Duration = Duration::from_secs(1);
/// Pause between two tries to connect.
const RECONNECT: Duration = Duration::from_millis(250);
/// A payload of NOTIFY is shorter than 8 000 bytes.
const PAYLOAD: usize = 7_900;
/// Above this it is shorter to say that everything changed.
const MOST_KEYS: usize = 2_000;
/// Stands for [`CacheKey::All`].
const EVERYTHING: &str = "*";

pub(super) type LinkQueue = Queue<Announcement, 1>;

/// What a committed write changed, and the write, which is answered once the
/// other instances have been told.
pub(super) struct Announcement {
    keys: Vec<CacheKey>,
    work: Option<Box<dyn WriteWork>>,
    queued_at: Instant,
}

impl Announcement {
    pub(super) fn new(keys: Vec<CacheKey>, work: Box<dyn WriteWork>) -> Self {
        Self {
            keys,
            work: Some(work),
            queued_at: Instant::now(),
        }
    }
}

pub(super) struct Link {
    pub(super) queue: Arc<LinkQueue>,
    pub(super) connector: Connector,
    pub(super) invalidate: Arc<dyn Invalidate>,
    /// Whether there are caches that must hear of the changes of others.
    pub(super) listens: bool,
    /// Whether the server answers; shown to `/readyz`.
    pub(super) ready: Arc<AtomicBool>,
    pub(super) longest_wait: Duration,
}

/// An open link.
pub(super) struct Line {
    conn: PgConnection,
    /// The server process of this connection: what it sent comes back.
    process: i32,
}

impl Link {
    /// Opens the line. What is cached from before may be out of date.
    pub(super) fn connect(&self) -> Result<Line, ConnectError> {
        let mut conn = self.connector.connect()?;
        let process =
            prepare(&mut conn, self.listens).map_err(|error| ConnectError(error.to_string()))?;
        self.invalidate.invalidate(&[CacheKey::All]);
        Ok(Line { conn, process })
    }

    /// Serves until the queue is closed and empty.
    pub(super) fn run(self, line: Line) {
        let mut line = Some(line);
        let mut owes_everything = false;
        while catch_unwind(AssertUnwindSafe(|| {
            self.serve(line.take(), owes_everything);
        }))
        .is_err()
        {
            // What was untold is lost with the line, and its callers have been
            // answered that they cannot know.
            tracing::error!("the link to the other instances panicked");
            owes_everything = true;
        }
    }

    /// `owes_everything` says that something was not told in time. Entries of
    /// other instances that are wrong for it end with their age; this ends them
    /// sooner.
    fn serve(&self, mut line: Option<Line>, mut owes_everything: bool) {
        let mut lost_at = Instant::now();
        // Committed, but not yet told.
        let mut untold: Vec<Announcement> = Vec::new();
        while self.queue.wait(self.pause(line.is_some())) {
            while let Some(announcement) = self.queue.try_pop(0) {
                untold.push(announcement);
            }
            if line.is_none() && lost_at.elapsed() >= RECONNECT {
                line = self.connect().ok();
                lost_at = Instant::now();
            }
            let turn = line
                .as_mut()
                .map(|line| self.turn(line, &untold, owes_everything));
            match turn {
                Some(Ok(())) => {
                    owes_everything = false;
                    for announcement in untold.drain(..) {
                        announcement.answer();
                    }
                    if !self.ready.swap(true, Ordering::AcqRel) {
                        tracing::info!("PostgreSQL answers");
                    }
                }
                Some(Err(error)) => {
                    line = None;
                    lost_at = Instant::now();
                    self.mark_lost(&error);
                }
                None => {}
            }
            if line.is_none() {
                let given_up = self.give_up(&mut untold);
                owes_everything |= given_up;
            }
        }
        for announcement in untold {
            announcement.fail();
        }
    }

    fn pause(&self, connected: bool) -> Duration {
        if connected && !self.listens {
            IDLE_TURN
        } else {
            TURN
        }
    }

    fn mark_lost(&self, error: &diesel::result::Error) {
        if self.ready.swap(false, Ordering::AcqRel) {
            tracing::warn!(%error, "PostgreSQL does not answer");
        }
    }

    fn turn(&self, line: &mut Line, untold: &[Announcement], everything: bool) -> QueryResult<()> {
        let began = Instant::now();
        let payloads = if everything {
            vec![EVERYTHING.to_owned()]
        } else {
            payloads(untold.iter().flat_map(|announcement| &announcement.keys))
        };
        if payloads.is_empty() {
            diesel::select(1_i32.into_sql::<Integer>()).execute(&mut line.conn)?;
        }
        for payload in payloads {
            diesel::select(pg_notify(CHANNEL, payload)).execute(&mut line.conn)?;
        }
        if self.listens {
            let mut heard = Vec::new();
            for notification in line.conn.notifications_iter() {
                let notification = notification?;
                if notification.process_id != line.process {
                    heard.extend(notification.payload.split(' ').map(read_key));
                }
            }
            if !heard.is_empty() {
                self.invalidate.invalidate(&heard);
            }
            self.invalidate.confirm(began);
        }
        Ok(())
    }

    /// Answers those who have waited too long; whether there were any.
    fn give_up(&self, untold: &mut Vec<Announcement>) -> bool {
        let mut any = false;
        for announcement in untold.extract_if(.., |announcement| {
            announcement.queued_at.elapsed() > self.longest_wait
        }) {
            announcement.fail();
            any = true;
        }
        any
    }
}

impl Announcement {
    fn answer(mut self) {
        if let Some(work) = self.work.take() {
            work.answer();
        }
    }

    fn fail(mut self) {
        if let Some(work) = self.work.take() {
            refuse(
                work,
                StoreError::unavailable("written, but the other instances could not be told"),
            );
        }
    }
}

fn prepare(conn: &mut PgConnection, listens: bool) -> QueryResult<i32> {
    use diesel::connection::SimpleConnection as _;
    // Nothing that this connection commits needs to survive a crash.
    conn.batch_execute("SET synchronous_commit = off")?;
    if listens {
        conn.batch_execute(&format!("LISTEN {CHANNEL}"))?;
    }
    diesel::select(diesel::dsl::sql::<Integer>("pg_backend_pid()")).get_result(conn)
}

/// The keys as payloads of NOTIFY, separated by blanks.
fn payloads<'a>(keys: impl Iterator<Item = &'a CacheKey>) -> Vec<String> {
    let mut payloads = Vec::new();
    let keys: BTreeSet<String> = keys.map(write_key).collect();
    if keys.len() > MOST_KEYS || keys.contains(EVERYTHING) {
        return vec![EVERYTHING.to_owned()];
    }
    for key in keys {
        match payloads.last_mut() {
            Some(payload) if String::len(payload) + key.len() < PAYLOAD => {
                payload.push(' ');
                payload.push_str(&key);
            }
            _ => payloads.push(key),
        }
    }
    payloads
}

fn write_key(key: &CacheKey) -> String {
    match key {
        CacheKey::User(id) => id.to_string(),
        CacheKey::Session(id) => id.to_string(),
        CacheKey::ApiKey(id) => id.to_string(),
        CacheKey::Organization(id) => id.to_string(),
        CacheKey::All => EVERYTHING.to_owned(),
    }
}

/// Ids bear their kind. What this release does not know may be anything.
fn read_key(text: &str) -> CacheKey {
    fn read<T: FromStr>(text: &str, key: fn(T) -> CacheKey) -> Option<CacheKey> {
        text.parse().ok().map(key)
    }
    read(text, CacheKey::User)
        .or_else(|| read(text, CacheKey::Session))
        .or_else(|| read(text, CacheKey::ApiKey))
        .or_else(|| read(text, CacheKey::Organization))
        .unwrap_or(CacheKey::All)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;
    use vestibule_domain::kernel::{ApiKeyId, OrganizationId, SessionId, UserId};

    use super::*;

    fn users(count: u128) -> Vec<CacheKey> {
        (0..count)
            .map(|number| CacheKey::User(UserId::from_uuid(Uuid::from_u128(number))))
            .collect()
    }

    fn read(payloads: &[String]) -> Vec<CacheKey> {
        payloads
            .iter()
            .flat_map(|payload| payload.split(' '))
            .map(read_key)
            .collect()
    }

    #[test]
    fn keys_survive_the_wire() {
        let keys = [
            CacheKey::User(UserId::from_uuid(Uuid::from_u128(1))),
            CacheKey::Session(SessionId::from_uuid(Uuid::from_u128(2))),
            CacheKey::ApiKey(ApiKeyId::from_uuid(Uuid::from_u128(3))),
            CacheKey::Organization(OrganizationId::from_uuid(Uuid::from_u128(4))),
            CacheKey::All,
        ];
        for key in keys {
            assert_eq!(read_key(&write_key(&key)), key);
        }
        for unknown in ["", "organization_01", "user_x"] {
            assert_eq!(read_key(unknown), CacheKey::All);
        }
    }

    #[test]
    fn many_keys_become_several_payloads() {
        assert!(payloads(users(0).iter()).is_empty());
        let keys = users(1_000);
        let sent = payloads(keys.iter().chain(&keys));
        assert!(sent.len() > 1);
        assert!(sent.iter().all(|payload| payload.len() < 8_000));
        assert_eq!(read(&sent), keys);
    }

    #[test]
    fn too_many_keys_become_everything() {
        assert_eq!(payloads(users(2_001).iter()), [EVERYTHING]);
        let mut keys = users(3);
        keys.push(CacheKey::All);
        assert_eq!(payloads(keys.iter()), [EVERYTHING]);
    }
}
