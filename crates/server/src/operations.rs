//! What operators ask the server: whether it lives, whether it is ready, and
//! what it counts.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::http::header;
use actix_web::web::{Data, ServiceConfig, get};
use actix_web::{HttpRequest, HttpResponse};
use vestibule_domain::kernel::Timestamp;
use vestibule_infra::crypto::HashCounters;
use vestibule_infra::database::Database;
use vestibule_infra::database::migrations::pending;

use crate::config::IpRange;
use crate::mail_counter::MailCounter;
use crate::telemetry::{Telemetry, metric};

/// The text format of Prometheus.
const EXPOSITION: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What the answers are made of.
pub(crate) struct Operations {
    /// The database.
    pub(crate) database: Database,
    /// Counts of requests.
    pub(crate) telemetry: Arc<Telemetry>,
    /// Counts of mail.
    pub(crate) mail: Arc<MailCounter>,
    /// Counts of hashed passwords.
    pub(crate) hashing: Arc<HashCounters>,
    /// Who may read the metrics besides loopback.
    pub(crate) metrics_allowed: Vec<IpRange>,
    /// When the process started.
    pub(crate) started: Timestamp,
    /// Whether the process has been told to stop.
    pub(crate) stopping: AtomicBool,
}

impl Operations {
    async fn is_ready(&self) -> bool {
        !self.stopping.load(Ordering::Acquire)
            && self.database.is_ready()
            && pending(&self.database)
                .await
                .is_ok_and(|versions| versions.is_empty())
    }

    fn render(&self) -> String {
        let mut out = String::with_capacity(16 * 1024);
        self.telemetry.render(&mut out);
        out.push_str(
            "# HELP vestibule_mails_total Letters handed over, and tries that failed.\n\
             # TYPE vestibule_mails_total counter\n",
        );
        for (outcome, count) in [("sent", self.mail.sent()), ("failed", self.mail.failed())] {
            // Writing into a String cannot fail.
            let _ = writeln!(
                out,
                "vestibule_mails_total{{outcome=\"{outcome}\"}} {count}"
            );
        }
        metric(
            &mut out,
            "vestibule_password_hashes_total",
            "counter",
            "Passwords that were hashed or checked.",
            self.hashing.done(),
        );
        metric(
            &mut out,
            "vestibule_password_hashes_refused_total",
            "counter",
            "Passwords that were refused because too many waited.",
            self.hashing.refused(),
        );
        metric(
            &mut out,
            "vestibule_password_hashes_most_at_once",
            "gauge",
            "The most passwords that were ever hashed at once.",
            self.hashing.most_at_once(),
        );
        metric(
            &mut out,
            "vestibule_database_ready",
            "gauge",
            "1 while writes work.",
            u8::from(self.database.is_ready()),
        );
        metric(
            &mut out,
            "process_start_time_seconds",
            "gauge",
            "Start of the process, seconds since the epoch.",
            self.started.as_seconds(),
        );
        out
    }
}

/// Registers the routes.
#[expect(
    clippy::disallowed_methods,
    reason = "these are for operators and no part of the documented API; `vestibule_http::Site` knows their paths"
)]
pub(crate) fn register(config: &mut ServiceConfig, operations: Arc<Operations>) {
    config
        .app_data(Data::from(operations))
        .route("/healthz/", get().to(healthz))
        .route("/readyz/", get().to(readyz))
        .route("/metrics/", get().to(metrics));
}

async fn healthz() -> HttpResponse {
    plain("ok\n")
}

async fn readyz(operations: Data<Operations>) -> HttpResponse {
    if operations.is_ready().await {
        plain("ready\n")
    } else {
        HttpResponse::ServiceUnavailable()
            .insert_header((header::RETRY_AFTER, "1"))
            .finish()
    }
}

/// 404 to all others, so that it looks like a route that does not exist.
async fn metrics(request: HttpRequest, operations: Data<Operations>) -> HttpResponse {
    let allowed = request
        .peer_addr()
        .is_some_and(|peer| may_read_metrics(peer.ip(), &operations.metrics_allowed));
    if allowed {
        HttpResponse::Ok()
            .content_type(EXPOSITION)
            .body(operations.render())
    } else {
        HttpResponse::NotFound().finish()
    }
}

fn may_read_metrics(address: IpAddr, allowed: &[IpRange]) -> bool {
    let address = address.to_canonical();
    address.is_loopback() || allowed.iter().any(|range| range.contains(address))
}

fn plain(text: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .body(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_and_configured_networks_alone_read_the_metrics() {
        let allowed: Vec<IpRange> = ["10.0.0.0/8", "2001:db8::1"]
            .map(|text| text.parse().expect("a network"))
            .into();
        let may = |text: &str| may_read_metrics(text.parse().expect("an address"), &allowed);
        for yes in [
            "127.0.0.1",
            "127.9.9.9",
            "::1",
            "::ffff:127.0.0.1",
            "10.1.2.3",
        ] {
            assert!(may(yes), "{yes}");
        }
        assert!(may("::ffff:10.1.2.3") && may("2001:db8::1"));
        for no in [
            "11.0.0.1",
            "192.168.0.1",
            "2001:db8::2",
            "::ffff:11.0.0.1",
            "0.0.0.0",
        ] {
            assert!(!may(no), "{no}");
        }
    }
}
