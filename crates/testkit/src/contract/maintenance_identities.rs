//! What a purge does to flows and codes of identities.

use super::identity_codes::{put, taken};
use super::identity_flows::{begin, flow, is_taken, take};
use super::maintenance::{MICROSECOND, purge};
use super::trial::Trial;

pub(super) async fn purge_deletes_flows_and_codes_that_have_expired(t: Trial) {
    let ada = t.user("ada").await;
    let identity = t.identity(ada.id, "ada").await;
    let start = t.make.now();
    let (early, late) = (flow(&t, "early"), {
        let mut late = flow(&t, "late");
        late.flow.expires_at = late.flow.expires_at.after(MICROSECOND);
        late
    });
    let end = early.flow.expires_at;
    begin(&t, early).await;
    begin(&t, late).await;
    put(&t, "code", &identity.account).await;
    assert_eq!(purge(&t, start, 100).await, 0);
    assert_eq!(purge(&t, end, 100).await, 1, "the code ended long before");
    assert_eq!(purge(&t, end.after(MICROSECOND), 1).await, 1);
    assert_eq!(purge(&t, end.after(MICROSECOND), 1).await, 0);
    // At a time when all of them counted, to tell deletion from expiry.
    assert!(!is_taken(&t, take("early")).await);
    assert!(is_taken(&t, take("late")).await);
    assert_eq!(taken(&t, "code").await, None);
    let left = t.identities(ada.id).await;
    assert_eq!(left.len(), 1);
}
