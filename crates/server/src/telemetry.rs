//! Logs and metrics.
//!
//! Everything is logged to standard error as whole lines, by one thread; what
//! a request has to do for its line and its counts takes well below 1 µs and
//! never waits.

mod access;
mod lines;
mod requests;
mod shards;
mod sink;

use std::fmt::{Display, Write as _};
use std::io;
use std::sync::Arc;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};
use vestibule_domain::kernel::Clock;
use vestibule_http::{Observer, RequestRecord};

use crate::config::{Log, LogFormat};
use requests::Requests;
use sink::{Sink, SinkGuard};

/// Where the crates of this service log; others log warnings and errors only,
/// since nothing is known about what they say below that.
const OWN_TARGETS: &str = "vestibule";

/// The request log and the request metrics.
pub(crate) struct Telemetry {
    sink: Sink,
    clock: Arc<dyn Clock>,
    access: Option<LogFormat>,
}

/// Writes the last lines when it is dropped.
#[must_use]
pub(crate) struct TelemetryGuard {
    _sink: SinkGuard,
}

impl Telemetry {
    /// Starts logging for the whole process; once.
    pub(crate) fn start(log: &Log, clock: Arc<dyn Clock>) -> io::Result<(Self, TelemetryGuard)> {
        let (sink, guard) = Sink::start(io::stderr())?;
        let lines = fmt::layer().with_writer(sink.clone());
        let lines = match log.format {
            LogFormat::Json => lines
                .json()
                .flatten_event(true)
                .with_current_span(false)
                .with_span_list(false)
                .boxed(),
            LogFormat::Text => lines.with_ansi(false).boxed(),
        };
        let filter = Targets::new()
            .with_default(log.level.min(LevelFilter::WARN))
            .with_target(OWN_TARGETS, log.level)
            // It reports what clients do wrong as errors of its own.
            .with_target("actix_http::h1::dispatcher", LevelFilter::OFF);
        tracing_subscriber::registry()
            .with(lines.with_filter(filter))
            .try_init()
            .map_err(io::Error::other)?;
        std::panic::set_hook(Box::new(|panic| {
            let place = panic.location().map(ToString::to_string);
            let message = panic.payload_as_str().unwrap_or("");
            tracing::error!(place, message, "a thread panicked");
        }));
        let telemetry = Self {
            sink,
            clock,
            access: (log.access && log.level >= LevelFilter::INFO).then_some(log.format),
        };
        Ok((telemetry, TelemetryGuard { _sink: guard }))
    }

    /// Appends the metrics of requests and of the log, in the text format of
    /// Prometheus.
    pub(crate) fn render(&self, out: &mut String) {
        let mut sum = Requests::default();
        self.sink.shards.each(|shard| sum.absorb(&shard.requests));
        sum.render(out);
        metric(
            out,
            "vestibule_log_lines_lost_total",
            "counter",
            "Log lines lost because standard error was not read in time.",
            self.sink.lost(),
        );
    }
}

impl Observer for Telemetry {
    fn answered(&self, record: &RequestRecord<'_>) {
        let now = self.access.map(|format| (format, self.clock.now()));
        let many = self.sink.shards.own(|shard| {
            shard.requests.count(record);
            now.is_some_and(|(format, now)| {
                shard.lines.append(|line| match format {
                    LogFormat::Json => access::json(line, now, record),
                    LogFormat::Text => access::text(line, now, record),
                })
            })
        });
        if many {
            self.sink.wake();
        }
    }
}

/// Appends one metric without labels.
pub(crate) fn metric(out: &mut String, name: &str, kind: &str, help: &str, value: impl Display) {
    // Writing into a String cannot fail.
    let _ = write!(
        out,
        "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n"
    );
}
