//! What a server needs of the system: a folder, a user, a port, signals.

use std::fs::{self, DirBuilder, File};
use std::io::Read as _;
use std::net::TcpListener;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, chown};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Longest wait for a server to start or to end.
const PATIENCE: Duration = Duration::from_mins(1);
const POLL: Duration = Duration::from_millis(5);
/// Below it are the ports of well-known services, above it those that the
/// system gives to outgoing connections: one of them could take the port of a
/// server while it is stopped.
const PORTS: std::ops::Range<u16> = 15_000..32_000;

/// A new private folder, and whom `PostgreSQL` runs as when this is root.
pub(super) fn make_folder() -> (PathBuf, Option<(u32, u32)>) {
    let make = |parent: PathBuf| {
        let folder = parent.join(format!("vestibule-postgres-{}", random_hex()));
        DirBuilder::new()
            .mode(0o700)
            .create(&folder)
            .expect("a folder for PostgreSQL can be made");
        folder
    };
    let parent = std::env::temp_dir();
    let folder = make(parent.clone());
    if folder.metadata().expect("it was made").uid() != 0 {
        return (folder, None);
    }
    let user = unprivileged().expect("a user postgres or nobody: PostgreSQL refuses root");
    // Each folder above must let that user through.
    let reachable = parent
        .ancestors()
        .all(|folder| fs::metadata(folder).is_ok_and(|folder| folder.mode() & 0o001 != 0));
    let folder = if reachable {
        folder
    } else {
        fs::remove_dir(&folder).expect("it was made");
        make(PathBuf::from("/tmp"))
    };
    chown(&folder, Some(user.0), Some(user.1)).expect("root may");
    (folder, Some(user))
}

/// Ids of the user and group of `postgres`, else of `nobody`.
fn unprivileged() -> Option<(u32, u32)> {
    let users = fs::read_to_string("/etc/passwd").ok()?;
    ["postgres", "nobody"].iter().find_map(|name| {
        let mut fields = users
            .lines()
            .map(|line| line.split(':'))
            .find_map(|mut fields| (fields.next() == Some(name)).then_some(fields))?;
        let user = fields.nth(1)?.parse().ok()?;
        Some((user, fields.next()?.parse().ok()?))
    })
}

pub(super) fn free_port() -> u16 {
    let width = usize::from(PORTS.end - PORTS.start);
    loop {
        let offset = u64::from_str_radix(&random_hex()[..8], 16).expect("hexadecimal");
        let offset = usize::try_from(offset).expect("32 bits") % width;
        let port = PORTS.start + u16::try_from(offset).expect("below the width");
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// 128 random bits.
pub(super) fn random_hex() -> String {
    let mut bytes = [0; 16];
    File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut bytes))
        .expect("the system has randomness");
    format!("{:032x}", u128::from_be_bytes(bytes))
}

/// The processes that a process has started, from Linux' /proc; none elsewhere.
pub(super) fn children(parent: u32) -> Vec<u32> {
    let Ok(processes) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    processes
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|process: &u32| {
            // After the name, which may hold spaces: its state and its parent.
            fs::read_to_string(format!("/proc/{process}/stat")).is_ok_and(|line| {
                line.rsplit_once(") ")
                    .and_then(|(_, fields)| fields.split(' ').nth(1)?.parse().ok())
                    == Some(parent)
            })
        })
        .collect()
}

pub(super) fn signal(name: &str, process: u32) {
    let _ = Command::new("kill")
        .args(["-s", name, &process.to_string()])
        .stderr(Stdio::null())
        .status();
}

pub(super) fn run(command: &mut Command) {
    let output = command.output().expect("PostgreSQL's programs start");
    assert!(
        output.status.success(),
        "{command:?}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Polls until this holds.
pub(super) fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        std::thread::sleep(POLL);
    }
}
