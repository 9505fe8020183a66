//! Opening `SQLite` connections, and the statements that only `SQLite` has.

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use diesel::dsl::sql;
use diesel::result::Error as DieselError;
use diesel::sql_types::{BigInt, Integer, Text};
use diesel::sqlite::SqliteConnection;
use diesel::{Connection, QueryResult, RunQueryDsl};

use crate::database::dialect::{Conn, on};
use crate::database::error::OpenError;

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::database) enum Role {
    Reader,
    Writer,
    /// Runs migrations. Rebuilding a table needs foreign keys off, and they
    /// cannot be switched inside a transaction; migrations check them instead.
    Migrator,
}

/// What a reader keeps of the file, in KiB, which `SQLite` writes as a negative
/// number: the upper levels of the indexes of some ten million users. A
/// look-up among them then reads no page of those through the system.
const READER_CACHE_KIB: &str = "-16384";

/// Opens connections to one file.
#[derive(Debug, Clone)]
pub(in crate::database) struct Opener {
    url: String,
    busy_timeout: Duration,
}

impl Opener {
    /// Creates the file unless it exists. Connections never create it: a file
    /// that vanished under a running server must not come back empty.
    pub(in crate::database) fn new(path: &Path, busy_timeout: Duration) -> Result<Self, OpenError> {
        let path = std::path::absolute(path)?;
        create_private(&path)?;
        Ok(Self {
            url: file_url(&path),
            busy_timeout,
        })
    }

    /// A connection with all its settings, each read back.
    pub(in crate::database) fn open(&self, role: Role) -> Result<Conn, OpenError> {
        let mut conn = Conn::Sqlite(SqliteConnection::establish(&self.url)?);
        let flag = |on: bool| if on { "1" } else { "0" };
        set(
            &mut conn,
            "busy_timeout",
            &self.busy_timeout.as_millis().to_string(),
        )?;
        self.enter_wal_mode(&mut conn)?;
        // FULL is 2: a commit returns after its WAL frames are synced.
        set(&mut conn, "synchronous", "2")?;
        set(&mut conn, "foreign_keys", flag(role != Role::Migrator))?;
        set(&mut conn, "secure_delete", "1")?;
        // The writer checkpoints after it has answered, not inside a commit.
        set(&mut conn, "wal_autocheckpoint", "0")?;
        // A write through a reader would pass by the cache invalidation.
        set(&mut conn, "query_only", flag(role == Role::Reader))?;
        if role == Role::Reader {
            set(&mut conn, "cache_size", READER_CACHE_KIB)?;
        }
        Ok(conn)
    }

    /// Two processes that open a new file at once both want to change its
    /// mode. `SQLite` answers the second "locked" without asking the busy
    /// handler, since each may hold what the other waits for.
    fn enter_wal_mode(&self, conn: &mut Conn) -> Result<(), OpenError> {
        let started = Instant::now();
        loop {
            match set(conn, "journal_mode", "wal") {
                Err(OpenError::Statement(DieselError::DatabaseError(_, info)))
                    if info.message().contains("locked")
                        && started.elapsed() < self.busy_timeout =>
                {
                    thread::sleep(Duration::from_millis(5));
                }
                result => return result,
            }
        }
    }

    pub(in crate::database) const fn busy_timeout(&self) -> Duration {
        self.busy_timeout
    }
}

/// `SQLite` makes the WAL with the permissions of the database, so the database
/// must not be readable for others from its first moment on.
fn create_private(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// A `file:` URL (<https://sqlite.org/uri.html>) that opens, but never creates.
fn file_url(path: &Path) -> String {
    let mut url = String::from("file:");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => {
                url.push(char::from(*byte));
            }
            _ => {
                // Writing to a String cannot fail.
                let _ = write!(url, "%{byte:02x}");
            }
        }
    }
    url.push_str("?mode=rw");
    url
}

fn set(conn: &mut Conn, pragma: &'static str, wanted: &str) -> Result<(), OpenError> {
    conn.execute(&format!("PRAGMA {pragma} = {wanted}"))?;
    let found: String = on!(conn, |c| sql::<Text>(&format!("PRAGMA {pragma}"))
        .get_result(c))?;
    if found == wanted {
        Ok(())
    } else {
        Err(OpenError::Setting {
            pragma,
            wanted: wanted.to_owned(),
            found,
        })
    }
}

/// Moves when another connection has committed since the last look, and only then.
pub(in crate::database) fn data_version(conn: &mut Conn) -> QueryResult<i64> {
    on!(conn, |c| sql::<BigInt>("PRAGMA data_version").get_result(c))
}

/// A durable write that changes nothing: marks the file as Vestibule's
/// (`application_id`, "VEST"), which writes page 1 whether it was marked or not.
pub(in crate::database) fn probe_write(conn: &mut Conn) -> QueryResult<()> {
    conn.begin("BEGIN IMMEDIATE")?;
    conn.execute("PRAGMA application_id = 0x56455354")?;
    conn.commit()
}

/// How a checkpoint treats other connections.
#[derive(Debug, Clone, Copy)]
pub(in crate::database) enum Checkpoint {
    /// Only looks at the WAL.
    Noop,
    /// Copies what no reader needs any more; waits for nobody.
    Passive,
    /// Also waits until the WAL can be written from its beginning again.
    Restart,
    /// Also truncates the WAL to nothing.
    Truncate,
}

/// The state of the WAL after a checkpoint.
#[derive(Debug, Clone, Copy)]
pub(in crate::database) struct Wal {
    /// Other connections kept the checkpoint from completing.
    pub(in crate::database) busy: bool,
    /// Frames (pages of 4 KiB) in the WAL.
    pub(in crate::database) frames: i32,
    /// Frames of these that the database file has already.
    pub(in crate::database) copied: i32,
}

/// Runs a checkpoint. A mode that waits for readers holds up all writes
/// meanwhile, so it waits at most `patience`.
pub(in crate::database) fn checkpoint(
    conn: &mut Conn,
    mode: Checkpoint,
    patience: Duration,
    busy_timeout: Duration,
) -> QueryResult<Wal> {
    let (pragma, waits) = match mode {
        Checkpoint::Noop => ("PRAGMA wal_checkpoint(NOOP)", false),
        Checkpoint::Passive => ("PRAGMA wal_checkpoint(PASSIVE)", false),
        Checkpoint::Restart => ("PRAGMA wal_checkpoint(RESTART)", true),
        Checkpoint::Truncate => ("PRAGMA wal_checkpoint(TRUNCATE)", true),
    };
    let set_timeout = |conn: &mut Conn, timeout: Duration| {
        conn.execute(&format!("PRAGMA busy_timeout = {}", timeout.as_millis()))
    };
    if waits {
        set_timeout(conn, patience)?;
    }
    let result: QueryResult<(i32, i32, i32)> =
        on!(conn, |c| sql::<(Integer, Integer, Integer)>(pragma)
            .get_result(c));
    if waits {
        set_timeout(conn, busy_timeout)?;
    }
    let (busy, frames, copied) = result?;
    Ok(Wal {
        busy: busy != 0,
        frames,
        copied,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_escape_what_sqlite_would_read() {
        assert_eq!(
            file_url(Path::new("/a b/c?mode=memory#%.db")),
            "file:/a%20b/c%3fmode%3dmemory%23%25.db?mode=rw"
        );
    }

    #[test]
    fn a_probe_is_a_write() {
        let folder = tempfile::tempdir().expect("a folder");
        let opener =
            Opener::new(&folder.path().join("a.db"), Duration::from_secs(1)).expect("a database");
        let mut conn = opener.open(Role::Writer).expect("a connection");
        let frames = |conn: &mut Conn| {
            checkpoint(conn, Checkpoint::Noop, Duration::ZERO, Duration::ZERO)
                .expect("the state of the WAL")
                .frames
        };
        probe_write(&mut conn).expect("a first probe");
        let before = frames(&mut conn);
        probe_write(&mut conn).expect("a second probe");
        assert_eq!(frames(&mut conn), before + 1);
    }
}
