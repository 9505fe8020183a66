//! What belongs to an account goes with it.

use vestibule_domain::messages::Audience;

use super::paging::first_page;
use super::trial::Trial;

pub(super) async fn all_that_belongs_to_the_user_goes_and_nothing_else(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    for user in [ada.id, bob.id] {
        for number in 0..4 {
            t.device(user, &format!("token {number} of {user}")).await;
            t.added(user, "Home", false).await;
            t.inquiry(user, "Help").await;
            t.message(user, "Hi").await;
        }
    }
    t.hide(ada.id).await;
    let listed = t.fresh().await.inquiries.list_all(None, first_page()).await;
    let listed = listed.expect("list_all");
    assert_eq!(listed.count, 4, "staff see no inquiry of it");
    t.erase(ada.id).await;
    for (user, left) in [(ada.id, 0), (bob.id, 4)] {
        let fresh = t.fresh().await;
        let devices = fresh.devices.list(user, first_page()).await;
        let addresses = fresh.addresses.list(user, first_page()).await;
        let inquiries = fresh.inquiries.list_own(user, first_page()).await;
        let messages = fresh.messages;
        let messages = messages.list(user, Audience::Author, first_page()).await;
        assert_eq!(devices.expect("list").count, left);
        assert_eq!(addresses.expect("list").count, left);
        assert_eq!(inquiries.expect("list_own").count, left);
        assert_eq!(messages.expect("list").count, left);
    }
}
