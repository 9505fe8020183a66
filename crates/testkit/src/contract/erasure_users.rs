//! What the look-ups of accounts say of one that is being erased.

use vestibule_domain::kernel::{GuardError, StoreError};
use vestibule_domain::users::{MergeSettings, UserChanges, UserFilter};

use super::paging::first_page;
use super::trial::{Trial, assert_is};
use super::user_changes::update;

pub(super) async fn no_look_up_answers_a_hidden_account(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    t.hide(ada.id).await;
    for users in [t.store.users.clone(), t.fresh().await.users] {
        let by_name = users.by_username(&ada.username).await.expect("look-up");
        let by_email = users.by_email(&ada.email).await.expect("look-up");
        assert_eq!((by_name, by_email), (None, None));
        assert_eq!(users.settings(ada.id).await.expect("settings"), None);
        let page = users.list(UserFilter::default(), first_page()).await;
        let page = page.expect("list");
        assert_eq!(page.count, 1);
        assert_eq!(page.items[0].id, bob.id);
    }
}

pub(super) async fn a_hidden_account_takes_no_changes(t: Trial) {
    let ada = t.user("ada").await;
    t.hide(ada.id).await;
    let changed = t.write(update(&ada, UserChanges::default()));
    let changed = t.store.users.update(changed).await;
    assert_is!(changed, Err(StoreError::Missing("user")));
    let merge = t.write(MergeSettings {
        user: ada.id,
        changes: serde_json::Map::new(),
        expected: None,
    });
    let merged = t.store.users.merge_settings(merge).await;
    assert_is!(merged, Err(GuardError::Store(StoreError::Missing("user"))));
}
