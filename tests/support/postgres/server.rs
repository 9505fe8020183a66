//! The processes of a throw-away server: it listens on 127.0.0.1 only, its
//! roles have a random password, and its folder goes with it.

use std::fs::{self, File};
use std::os::unix::fs::{OpenOptionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use super::system::{children, free_port, make_folder, run, signal, wait_until};

/// What nothing but a test of durability needs is off. `synchronous_commit`
/// stays on, so that commits wait for a synchronous standby.
const SETTINGS: &[(&str, &str)] = &[
    ("listen_addresses", "127.0.0.1"),
    // Its path would have to be short, and the folder of tests may be deep.
    ("unix_socket_directories", ""),
    ("fsync", "off"),
    ("full_page_writes", "off"),
    ("max_connections", "500"),
    ("shared_buffers", "64MB"),
    // Databases live for seconds: nothing in them is worth a vacuum.
    ("autovacuum", "off"),
    ("jit", "off"),
    ("lc_messages", "C"),
];
/// Outlives the process of the tests, whichever way that ends: its standard
/// input ends with it. Then the server is stopped and its folder removed.
const GUARD: &str = r#"
trap '' HUP INT TERM
cat >/dev/null
if pid=$(sed -n 1p "$1/data/postmaster.pid" 2>/dev/null) && [ -n "$pid" ]; then
    kill -QUIT "$pid" 2>/dev/null
    # A frozen one hears it then.
    kill -CONT "$pid" 2>/dev/null
    tries=0
    while [ -e "$1/data/postmaster.pid" ] && [ "$tries" -lt 200 ]; do
        sleep 0.05
        tries=$((tries + 1))
    done
fi
rm -rf "$1" || { sleep 1; rm -rf "$1"; }
"#;

/// Where `PostgreSQL`'s programs are.
#[derive(Debug, Clone)]
pub(crate) struct Binaries(PathBuf);

impl Binaries {
    /// Beside the `initdb` on PATH, else the newest of Debian's folders.
    pub(super) fn find() -> Option<Self> {
        let complete = |folder: &Path| {
            ["initdb", "postgres", "psql"]
                .iter()
                .all(|program| folder.join(program).is_file())
        };
        let path = std::env::var_os("PATH").unwrap_or_default();
        let on_path = std::env::split_paths(&path)
            .filter_map(|folder| folder.join("initdb").canonicalize().ok())
            .filter_map(|program| Some(program.parent()?.to_owned()))
            .find(|folder| complete(folder));
        on_path
            .or_else(|| {
                let version = |folder: &PathBuf| -> Option<u32> {
                    folder.file_name()?.to_str()?.parse().ok()
                };
                fs::read_dir("/usr/lib/postgresql")
                    .ok()?
                    .filter_map(|entry| Some(entry.ok()?.path()))
                    .filter(|folder| complete(&folder.join("bin")))
                    .max_by_key(version)
                    .map(|folder| folder.join("bin"))
            })
            .map(Self)
    }

    pub(super) fn folder(&self) -> &Path {
        &self.0
    }
}

/// One server on a folder of its own.
#[derive(Debug)]
pub(super) struct Server {
    binaries: Binaries,
    folder: PathBuf,
    /// Whom the server runs as: `PostgreSQL` refuses root.
    user: Option<(u32, u32)>,
    port: u16,
    settings: Vec<(String, String)>,
    process: Option<Child>,
    guard: Child,
    guarded: Option<ChildStdin>,
}

impl Server {
    /// A new server, running.
    pub(super) fn init(
        binaries: Binaries,
        superuser: &str,
        password: &str,
        authentication: &str,
        settings: &[(&str, &str)],
    ) -> Self {
        let mut server = Self::folder(binaries, settings);
        let secret = server.folder.join("password");
        server.write_private(&secret, password);
        let mut initdb = server.program("initdb");
        initdb
            .args(["--no-sync", "--encoding=UTF8", "--locale=C"])
            .args(["--auth", authentication, "--username", superuser])
            .arg("--pwfile")
            .arg(&secret)
            .arg("--pgdata")
            .arg(server.data());
        run(&mut initdb);
        fs::remove_file(&secret).expect("the file was made above");
        server.start_somewhere();
        server
    }

    /// A standby of this server, running.
    pub(super) fn copy(&self, superuser: &str, password: &str, settings: &[(&str, &str)]) -> Self {
        let mut standby = Self::folder(self.binaries.clone(), settings);
        let mut copy = standby.program("pg_basebackup");
        copy.args(["--host=127.0.0.1", "--username", superuser])
            .args(["--port", &self.port.to_string()])
            .args(["--checkpoint=fast", "--wal-method=stream"])
            .args(["--write-recovery-conf", "--no-sync", "--no-password"])
            .arg("--pgdata")
            .arg(standby.data())
            .env("PGPASSWORD", password);
        run(&mut copy);
        standby.start_somewhere();
        standby
    }

    /// The folder of a server, and its guard.
    fn folder(binaries: Binaries, settings: &[(&str, &str)]) -> Self {
        let (folder, user) = make_folder();
        let mut guard = Command::new("sh")
            .args(["-c", GUARD, "guard"])
            .arg(&folder)
            // The terminal's Ctrl-C is not for it.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("sh starts");
        Self {
            binaries,
            user,
            port: 0,
            settings: SETTINGS
                .iter()
                .chain(settings)
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            process: None,
            guarded: guard.stdin.take(),
            guard,
            folder,
        }
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn binaries(&self) -> &Binaries {
        &self.binaries
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.binaries.0.join(name));
        command
            .current_dir(&self.folder)
            // Without the PG… variables of whoever runs the tests.
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("LC_ALL", "C")
            .stdin(Stdio::null());
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        command
    }

    fn write_private(&self, path: &Path, text: &str) {
        fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .and_then(|mut file| std::io::Write::write_all(&mut file, text.as_bytes()))
            .expect("the folder can be written");
        if let Some((user, group)) = self.user {
            chown(path, Some(user), Some(group)).expect("root may");
        }
    }

    /// Puts the files where the server looks for them unless told otherwise.
    pub(super) fn write_certificate(&self, certificate: &str, key: &str) {
        self.write_private(&self.data().join("server.crt"), certificate);
        self.write_private(&self.data().join("server.key"), key);
    }

    /// Starts on a free port: between the look and the start another process
    /// may take it, then the next one is tried.
    fn start_somewhere(&mut self) {
        for _ in 0..20 {
            self.port = free_port();
            match self.try_start() {
                Ok(()) => return,
                Err(log) => assert!(log.contains("Address already in use"), "{log}"),
            }
        }
        panic!("no port is free");
    }

    pub(super) fn start(&mut self) {
        if let Err(log) = self.try_start() {
            panic!("the server did not start: {log}");
        }
    }

    /// Returns when it takes connections; the log when it ended instead.
    fn try_start(&mut self) -> Result<(), String> {
        assert!(self.process.is_none(), "it runs already");
        let log = self.folder.join("log");
        let file = File::create(&log).expect("the folder can be written");
        let mut command = self.program("postgres");
        command.arg("-D").arg(self.data());
        command.arg("-c").arg(format!("port={}", self.port));
        for (name, value) in &self.settings {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        let mut process = command
            .process_group(0)
            .stdout(Stdio::null())
            .stderr(file)
            .spawn()
            .expect("postgres starts");
        let state = self.data().join("postmaster.pid");
        let mut ended = false;
        wait_until("the server takes connections", || {
            ended = process.try_wait().expect("a child").is_some();
            // Line 8, as `pg_ctl --wait` reads it.
            ended
                || fs::read_to_string(&state).is_ok_and(|state| {
                    let mut lines = state.lines();
                    lines.next() == Some(&process.id().to_string())
                        && matches!(lines.nth(6).map(str::trim), Some("ready"))
                })
        });
        if ended {
            return Err(fs::read_to_string(&log).unwrap_or_default());
        }
        self.process = Some(process);
        Ok(())
    }

    pub(super) fn stop(&mut self) {
        let mut process = self.process.take().expect("it runs");
        signal("INT", process.id());
        process.wait().expect("a child");
    }

    pub(super) fn kill(&mut self) {
        // First, so that it starts no further processes.
        self.signal_all("STOP");
        self.signal_all("KILL");
        let mut process = self.process.take().expect("it runs");
        process.wait().expect("a child");
        // The id may soon be that of another process.
        let _ = fs::remove_file(self.data().join("postmaster.pid"));
    }

    /// Sends a signal to the first process, then to those that it has started.
    pub(super) fn signal_all(&self, name: &str) {
        let first = self.process.as_ref().expect("it runs").id();
        let others = children(first);
        signal(name, first);
        for process in others {
            signal(name, process);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.guarded = None;
        if let Some(mut process) = self.process.take() {
            let _ = process.wait();
        }
        let _ = self.guard.wait();
    }
}
