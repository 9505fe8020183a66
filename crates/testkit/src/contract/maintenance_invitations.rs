//! What a purge does to invitations.

use vestibule_domain::organizations::{INVITATION_LIFETIME, INVITATION_RETENTION};

use super::maintenance::{MICROSECOND, purge};
use super::paging::first_page;
use super::trial::Trial;

pub(super) async fn purge_deletes_invitations_when_their_retention_is_over(t: Trial) {
    let ada = t.user("ada").await;
    let of_ada = t.organization(ada.id, "of ada").await;
    for number in 0..3 {
        t.invited(&of_ada, ada.id, &format!("user{number}@example.com"))
            .await;
    }
    let count = async || {
        let invitations = t.fresh().await.invitations;
        let page = invitations.list(of_ada.organization.id, first_page()).await;
        page.expect("list").count
    };
    let end = t.make.now().after(INVITATION_LIFETIME);
    let end = end.after(INVITATION_RETENTION);
    assert_eq!(purge(&t, end, 10).await, 0);
    assert_eq!(count().await, 3);
    let now = end.after(MICROSECOND);
    let purged = [purge(&t, now, 2).await, purge(&t, now, 2).await];
    assert_eq!(purged, [2, 1]);
    assert_eq!(count().await, 0);
}
