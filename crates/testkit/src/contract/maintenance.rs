use std::sync::Arc;
use std::time::Duration;

use vestibule_domain::credentials::TokenKind;
use vestibule_domain::idempotency::RETENTION;
use vestibule_domain::kernel::{Once, Timestamp, Write};
use vestibule_domain::sessions::{NewSession, OpenSession, RotateRefresh};
use vestibule_domain::users::Account;

use super::trial::{Trial, assert_is};
use crate::doubles::digest;

async fn purge(t: &Trial, now: Timestamp, limit: u32) -> u32 {
    t.store.maintenance.purge(now, limit).await.expect("purge")
}

/// A session that ends in `lifetime`.
async fn session(t: &Trial, account: &Account, lifetime: Duration) -> NewSession {
    let mut session = t.make.session(account);
    session.session.expires_at = t.make.now().after(lifetime);
    let open = t.write(OpenSession {
        session: session.clone(),
        checked: t.credential(account.id).await.version,
    });
    t.store.sessions.open(open).await.expect("open");
    session
}

async fn once(t: &Trial, key: &str) {
    let once = Once {
        key: digest(key),
        fingerprint: digest("body"),
        user: None,
        seal: Arc::new(|()| b"answer".to_vec()),
    };
    let write: Write<()> = t.write(());
    let recorded = t.store.once.record(write.once(Some(once))).await;
    recorded.expect("record");
}

pub(super) async fn purge_deletes_what_has_expired_and_nothing_else(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let start = t.make.now();
    let hour = Duration::from_hours(1);
    // Ends first: a reset token, a session of two refresh tokens, a record.
    t.issued(TokenKind::ResetPassword, &ada).await;
    let short = session(&t, &ada, hour).await;
    let rotate = t.write(RotateRefresh {
        session: short.session.id,
        old: short.refresh,
        new: digest("successor"),
    });
    let rotated = t.store.sessions.rotate_refresh(rotate).await;
    assert!(rotated.expect("rotate_refresh"));
    once(&t, "early").await;
    // Ends later, by an hour.
    t.make.later(RETENTION);
    let reset = t.issued(TokenKind::ResetPassword, &bob).await;
    let long = session(&t, &ada, hour).await;
    once(&t, "late").await;

    assert_eq!(purge(&t, start, 100).await, 0, "nothing had ended then");
    let now = t.make.later(Duration::from_secs(1));
    assert_eq!(purge(&t, now, 100).await, 3);
    assert_eq!(purge(&t, now, 100).await, 0);

    let fresh = t.fresh().await;
    let ended = fresh.sessions.signed_in(short.session.id, ada.id).await;
    assert_is!(ended, Ok(None));
    for token in [short.refresh, digest("successor")] {
        assert_is!(fresh.sessions.refresh_record(token).await, Ok(None));
    }
    let cookie = short.cookie.expect("a cookie");
    assert_is!(fresh.sessions.by_cookie(cookie).await, Ok(None));
    // At a time when it still counted, to tell deletion from expiry.
    assert_is!(fresh.once.find(digest("early"), start).await, Ok(None));
    assert!(t.is_live(&long).await);
    assert!(t.resets(bob.id, &reset).await);
    assert_is!(fresh.once.find(digest("late"), now).await, Ok(Some(_)));
    assert_eq!(t.stored(ada.id).await.version, ada.version);
    let token = fresh.credentials.by_user(bob.id).await;
    assert_is!(token, Ok(Some(_)));
}

pub(super) async fn purge_stops_at_the_limit(t: Trial) {
    let ada = t.user("ada").await;
    t.issued(TokenKind::ResetPassword, &ada).await;
    t.issued(TokenKind::VerifyEmail, &ada).await;
    for number in 0..3 {
        session(&t, &ada, Duration::from_hours(1)).await;
        once(&t, &format!("key {number}")).await;
    }
    let now = t.make.later(Duration::from_hours(48));
    let purged = [
        purge(&t, now, 3).await,
        purge(&t, now, 3).await,
        purge(&t, now, 3).await,
    ];
    assert_eq!(purged, [3, 3, 2]);
    assert_eq!(purge(&t, now, 3).await, 0);
}
