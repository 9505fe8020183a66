//! What addresses show in a session.

use super::addresses::remove;
use super::trial::Trial;

pub(super) async fn the_session_knows_whether_there_is_a_primary_address(t: Trial) {
    let (ada, session) = t.signed_in_user("ada").await;
    let check = async |expected: bool| {
        for storage in [t.store.clone(), t.fresh().await] {
            let sessions = &storage.sessions;
            let record = sessions.refresh_record(session.refresh).await;
            let record = record.expect("refresh_record").map(|r| r.signed_in);
            let found = [
                sessions.signed_in(session.session.id, ada.id).await,
                sessions.by_cookie(session.cookie.expect("a cookie")).await,
                Ok(record),
            ];
            for signed_in in found {
                let signed_in = signed_in.expect("a look-up").expect("a session");
                assert_eq!(signed_in.account.has_primary_address, expected);
            }
        }
    };
    check(false).await;
    t.added(t.user("bob").await.id, "of bob", true).await;
    check(false).await;
    let address = t.added(ada.id, "Ada", false).await;
    check(true).await;
    let removed = t.store.addresses.remove(t.write(remove(&address))).await;
    removed.expect("remove");
    check(false).await;
}
