//! Standard error, written by one thread, so that no request waits for it.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::{self, Thread};
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

use super::shards::Shards;

/// Lines are written at the latest after this time.
const INTERVAL: Duration = Duration::from_millis(100);
/// How long a stop waits for the last lines to be written.
const LAST_WRITE: Duration = Duration::from_secs(1);
/// How long the writer waits before it tries a full pipe again.
const FULL: Duration = Duration::from_millis(5);

/// Where lines go, cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Sink {
    pub(super) shards: Arc<Shards>,
    writer: Thread,
    lost: Arc<AtomicU64>,
}

/// Writes what still waits when it is dropped.
#[derive(Debug)]
pub(super) struct SinkGuard {
    writer: Thread,
    stop: Arc<AtomicBool>,
    done: mpsc::Receiver<()>,
}

impl Sink {
    /// Starts the thread that writes to `out`.
    pub(super) fn start(mut out: impl Write + Send + 'static) -> io::Result<(Self, SinkGuard)> {
        let shards = Arc::new(Shards::new());
        let lost = Arc::new(AtomicU64::new(0));
        let stop = Arc::new(AtomicBool::new(false));
        let (finished, done) = mpsc::channel();
        let thread = {
            let (shards, lost, stop) = (Arc::clone(&shards), Arc::clone(&lost), Arc::clone(&stop));
            thread::Builder::new()
                .name("vestibule-log".to_owned())
                .spawn(move || {
                    let mut buffer = Vec::new();
                    loop {
                        // Read first: what was logged before the stop is then
                        // in the shards.
                        let stopping = stop.load(Ordering::Acquire);
                        if !stopping {
                            thread::park_timeout(INTERVAL);
                        }
                        lost.fetch_add(
                            write_all(&shards, &mut out, &mut buffer),
                            Ordering::Relaxed,
                        );
                        if stopping {
                            // The other end is gone when nobody waits any more.
                            let _ = finished.send(());
                            return;
                        }
                    }
                })?
        };
        let writer = thread.thread().clone();
        let sink = Self {
            shards,
            writer: writer.clone(),
            lost,
        };
        Ok((sink, SinkGuard { writer, stop, done }))
    }

    /// Has the waiting lines written now.
    pub(super) fn wake(&self) {
        self.writer.unpark();
    }

    /// Lines that were lost because nobody read the log.
    pub(super) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

impl Drop for SinkGuard {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        self.writer.unpark();
        // Nobody reads the log: then the rest is lost, and the process ends.
        let _ = self.done.recv_timeout(LAST_WRITE);
    }
}

/// Writes the lines of all threads; answers how many were lost.
fn write_all(shards: &Shards, out: &mut impl Write, buffer: &mut Vec<u8>) -> u64 {
    let mut lost = 0;
    // The locks are held for the swap only, never while writing.
    let mut all = Vec::new();
    shards.each(|shard| {
        lost += shard.lines.take(buffer);
        if !buffer.is_empty() {
            all.push(std::mem::take(buffer));
        }
    });
    for bytes in all {
        lost += write(out, &bytes);
        *buffer = bytes;
    }
    lost
}

fn write(out: &mut impl Write, mut bytes: &[u8]) -> u64 {
    while !bytes.is_empty() {
        match out.write(bytes) {
            Ok(written) if written > 0 => bytes = &bytes[written..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => thread::sleep(FULL),
            Ok(_) | Err(_) => {
                let lines = bytes.split_inclusive(|byte| *byte == b'\n').count();
                return u64::try_from(lines).unwrap_or(u64::MAX);
            }
        }
    }
    0
}

impl<'a> MakeWriter<'a> for Sink {
    type Writer = &'a Self;

    fn make_writer(&'a self) -> &'a Self {
        self
    }
}

/// One call is one whole line, as the formatters of `tracing-subscriber` do it.
impl Write for &Sink {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let many = self
            .shards
            .own(|shard| shard.lines.append(|writer| writer.raw(line)));
        if many {
            self.wake();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.wake();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Condvar, Mutex};
    use std::time::Instant;

    use super::*;

    /// A pipe whose reader may stop reading.
    #[derive(Clone, Default)]
    struct Pipe(Arc<State>);

    #[derive(Default)]
    struct State {
        text: Mutex<Vec<u8>>,
        blocked: Mutex<bool>,
        changed: Condvar,
    }

    impl Pipe {
        fn block(&self, blocked: bool) {
            *self.0.blocked.lock().expect("no panic") = blocked;
            self.0.changed.notify_all();
        }

        fn text(&self) -> String {
            String::from_utf8(self.0.text.lock().expect("no panic").clone()).expect("text")
        }
    }

    impl Write for Pipe {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let blocked = self.0.blocked.lock().expect("no panic");
            drop(self.0.changed.wait_while(blocked, |blocked| *blocked));
            // Short writes happen to pipes.
            let written = bytes.len().min(1000);
            let mut text = self.0.text.lock().expect("no panic");
            text.extend_from_slice(&bytes[..written]);
            Ok(written)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_of_many_threads_arrive_whole_also_of_ended_ones() {
        let pipe = Pipe::default();
        let (sink, guard) = Sink::start(pipe.clone()).expect("starts");
        for round in 0..5 {
            thread::scope(|scope| {
                for thread in 0..4 {
                    let sink = &sink;
                    scope.spawn(move || {
                        for line in 0..100 {
                            let line = format!("{round} {thread} {line} {}\n", "x".repeat(50));
                            (&*sink).write_all(line.as_bytes()).expect("never fails");
                        }
                    });
                }
            });
        }
        drop(guard);
        let text = pipe.text();
        assert_eq!(text.lines().count(), 2000);
        assert!(text.lines().all(|line| line.ends_with(&"x".repeat(50))));
        assert_eq!(sink.lost(), 0);
        let mut shares = 0;
        sink.shards.each(|_| shares += 1);
        assert!(shares <= 8, "ended threads leave nothing behind: {shares}");
    }

    #[test]
    fn lines_are_written_soon_without_a_stop() {
        let pipe = Pipe::default();
        let (sink, _guard) = Sink::start(pipe.clone()).expect("starts");
        (&sink).write_all(b"one\n").expect("never fails");
        let deadline = Instant::now() + Duration::from_secs(5);
        while pipe.text() != "one\n" {
            assert!(Instant::now() < deadline, "the line was not written");
            thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn a_blocked_log_holds_up_nobody_and_losses_are_counted() {
        let pipe = Pipe::default();
        pipe.block(true);
        let (sink, guard) = Sink::start(pipe.clone()).expect("starts");
        let line = [[b'x'; 1023].as_slice(), b"\n"].concat();
        let total = 10_000;
        for _ in 0..total {
            (&sink).write_all(&line).expect("never fails");
        }
        pipe.block(false);
        drop(guard);
        let written = pipe.text().lines().count() as u64;
        assert!(sink.lost() > 0);
        assert_eq!(written + sink.lost(), total);
    }
}
