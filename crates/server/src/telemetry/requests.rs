//! Counts of answered requests, by route, method and status.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::time::Duration;

use vestibule_http::RequestRecord;

/// Upper bounds of the buckets, in microseconds, and as shown, in seconds.
const BUCKETS: [(u64, &str); 14] = [
    (100, "0.0001"),
    (250, "0.00025"),
    (500, "0.0005"),
    (1_000, "0.001"),
    (2_500, "0.0025"),
    (5_000, "0.005"),
    (10_000, "0.01"),
    (25_000, "0.025"),
    (50_000, "0.05"),
    (100_000, "0.1"),
    (250_000, "0.25"),
    (500_000, "0.5"),
    (1_000_000, "1"),
    (5_000_000, "5"),
];

/// What requests off all routes count as.
const NO_ROUTE: &str = "none";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Key {
    route: &'static str,
    method: &'static str,
    status: u16,
}

/// Requests of one key. The last bucket has those above all bounds.
#[derive(Debug, Clone, Copy, Default)]
struct Series {
    buckets: [u64; BUCKETS.len() + 1],
    micros: u64,
}

impl Series {
    fn add(&mut self, other: &Self) {
        for (bucket, more) in self.buckets.iter_mut().zip(other.buckets) {
            *bucket += more;
        }
        self.micros += other.micros;
    }

    fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }
}

/// The counts of one thread, or the sum of several.
#[derive(Debug, Default)]
pub(super) struct Requests {
    /// By the addresses of the route's and the method's name, which are both
    /// static: hashing the texts would cost more than all else here.
    series: HashMap<(usize, usize, u16), (Key, Series)>,
}

impl Requests {
    /// Counts one request.
    pub(super) fn count(&mut self, record: &RequestRecord<'_>) {
        let key = Key {
            route: record.route.unwrap_or(NO_ROUTE),
            method: method(record.method.as_str()),
            status: record.status.as_u16(),
        };
        let (_, series) = self
            .series
            .entry((
                key.route.as_ptr().addr(),
                key.method.as_ptr().addr(),
                key.status,
            ))
            .or_insert((key, Series::default()));
        let micros = micros(record.duration);
        let bucket = BUCKETS.partition_point(|(bound, _)| *bound < micros);
        series.buckets[bucket] += 1;
        series.micros += micros;
    }

    /// Adds the counts of `other`.
    pub(super) fn absorb(&mut self, other: &Self) {
        for (at, (key, series)) in &other.series {
            let sum = self.series.entry(*at).or_insert((*key, Series::default()));
            sum.1.add(series);
        }
    }

    /// Appends the counts in the text format of Prometheus.
    pub(super) fn render(&self, out: &mut String) {
        let mut requests: BTreeMap<Key, u64> = BTreeMap::new();
        let mut routes: BTreeMap<&str, Series> = BTreeMap::new();
        for (key, series) in self.series.values() {
            *requests.entry(*key).or_default() += series.count();
            routes.entry(key.route).or_default().add(series);
        }
        out.push_str(
            "# HELP vestibule_http_requests_total Requests answered.\n\
             # TYPE vestibule_http_requests_total counter\n",
        );
        for (key, count) in requests {
            let Key {
                route,
                method,
                status,
            } = key;
            // Writing into a String cannot fail.
            let _ = writeln!(
                out,
                "vestibule_http_requests_total{{method=\"{method}\",route=\"{route}\",status=\"{status}\"}} {count}"
            );
        }
        out.push_str(
            "# HELP vestibule_http_request_duration_seconds From the head of the request to the head of the answer.\n\
             # TYPE vestibule_http_request_duration_seconds histogram\n",
        );
        for (route, series) in routes {
            let name = "vestibule_http_request_duration_seconds";
            let mut below = 0;
            let bounds = BUCKETS.iter().map(|(_, shown)| *shown).chain(["+Inf"]);
            for (bound, count) in bounds.zip(series.buckets) {
                below += count;
                let _ = writeln!(
                    out,
                    "{name}_bucket{{route=\"{route}\",le=\"{bound}\"}} {below}"
                );
            }
            let sum = Duration::from_micros(series.micros).as_secs_f64();
            let _ = writeln!(out, "{name}_sum{{route=\"{route}\"}} {sum}");
            let _ = writeln!(out, "{name}_count{{route=\"{route}\"}} {below}");
        }
    }
}

/// Microseconds, as logged and counted.
pub(super) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// The method's name; all that clients make up are one.
fn method(name: &str) -> &'static str {
    match name {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::{Method, StatusCode};

    use super::*;

    fn count(requests: &mut Requests, method: &Method, route: Option<&'static str>, micros: u64) {
        requests.count(&RequestRecord {
            method,
            route,
            status: StatusCode::OK,
            duration: Duration::from_micros(micros),
            bytes: 0,
            request_id: "",
        });
    }

    #[test]
    fn counts_and_buckets_add_up_over_threads() {
        let (mut one, mut two) = (Requests::default(), Requests::default());
        count(&mut one, &Method::GET, Some("/a/"), 100);
        count(&mut one, &Method::GET, Some("/a/"), 101);
        count(&mut two, &Method::GET, Some("/a/"), 9_000_000);
        count(&mut two, &Method::PATCH, Some("/a/"), 0);
        let made_up = Method::from_bytes(b"X").expect("a method");
        count(&mut two, &made_up, None, 1);
        one.absorb(&two);
        let mut text = String::new();
        one.render(&mut text);
        for line in [
            "vestibule_http_requests_total{method=\"GET\",route=\"/a/\",status=\"200\"} 3",
            "vestibule_http_requests_total{method=\"PATCH\",route=\"/a/\",status=\"200\"} 1",
            "vestibule_http_requests_total{method=\"other\",route=\"none\",status=\"200\"} 1",
            "vestibule_http_request_duration_seconds_bucket{route=\"/a/\",le=\"0.0001\"} 2",
            "vestibule_http_request_duration_seconds_bucket{route=\"/a/\",le=\"0.00025\"} 3",
            "vestibule_http_request_duration_seconds_bucket{route=\"/a/\",le=\"5\"} 3",
            "vestibule_http_request_duration_seconds_bucket{route=\"/a/\",le=\"+Inf\"} 4",
            "vestibule_http_request_duration_seconds_sum{route=\"/a/\"} 9.000201",
            "vestibule_http_request_duration_seconds_count{route=\"/a/\"} 4",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
        }
    }
}
