//! The primary is lost under writes, and its standby takes over.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::{join, join_all};

use super::{ME, bio};
use crate::support::postgres::Cluster;
use crate::support::{Account, TestApp};

const WRITERS: usize = 8;
/// From the loss of the primary until writes are acknowledged again.
const BACK_WITHIN: Duration = Duration::from_secs(10);

/// What one writer knows: its last write that was acknowledged, and its last.
#[derive(Debug, Default, Clone, Copy)]
struct Written {
    acknowledged: u32,
    sent: u32,
}

/// Writes a counter until told to end, whatever the answers are.
async fn write(app: &TestApp, user: &Account, end: &AtomicBool, written: &mut Written) {
    while !end.load(Ordering::Relaxed) {
        written.sent += 1;
        let text = written.sent.to_string();
        let reply = app.patch(ME, &user.access, bio(&text)).await;
        match reply.status {
            200 => written.acknowledged = written.sent,
            // A client would wait as Retry-After says.
            503 => tokio::time::sleep(Duration::from_millis(20)).await,
            other => panic!("{other}: {}", reply.text),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_with_the_primary() {
    let Some(mut primary) = Cluster::start_own(&[("fsync", "on"), ("full_page_writes", "on")])
    else {
        return;
    };
    primary.psql("postgres", "CREATE DATABASE accounts OWNER vestibule");
    let standby = primary.synchronous_standby(&[]);
    let url = primary.url_with_standby(&standby, "accounts");
    let app = TestApp::start_with(&[("VESTIBULE_DATABASE_URL", &url)]).await;
    let process = app.pid();
    let mut users = Vec::new();
    for index in 0..WRITERS {
        users.push(app.register(&format!("dealer_{index}")).await);
    }

    let end = AtomicBool::new(false);
    let mut written = [Written::default(); WRITERS];
    let writers = users
        .iter()
        .zip(&mut written)
        .map(|(user, written)| write(&app, user, &end, written));
    let failover = async {
        tokio::time::sleep(Duration::from_millis(700)).await;
        let lost = Instant::now();
        tokio::task::block_in_place(|| {
            primary.kill();
            standby.promote();
        });
        // A user of its own: one that the writers do not touch.
        let probe = &users[0].access;
        loop {
            let reply = app.patch(ME, probe, serde_json::json!({"first_name": "n"}));
            if reply.await.status == 200 {
                break;
            }
            let away = lost.elapsed();
            assert!(away < BACK_WITHIN, "{away:?}, and not served");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        // Some more writes on the new primary.
        tokio::time::sleep(Duration::from_millis(300)).await;
        end.store(true, Ordering::Relaxed);
    };
    join(join_all(writers), failover).await;

    for (user, written) in users.iter().zip(&written) {
        assert!(written.acknowledged > 0, "{written:?}");
        let me = app.get(ME, &user.access).await.expect(200);
        let stored: u32 = me["bio"].as_str().unwrap().parse().unwrap();
        // Writes that were answered 503 may have been carried out.
        assert!(
            (written.acknowledged..=written.sent).contains(&stored),
            "{stored} is stored after {written:?}"
        );
        let direct = standby.psql(
            "accounts",
            &format!("SELECT bio FROM users WHERE id = '{}'", user.uid),
        );
        assert_eq!(direct, stored.to_string());
    }
    assert_eq!(app.pid(), process);
}
