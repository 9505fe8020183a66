//! What changes about an owner shows in the keys.

use std::time::Duration;

use vestibule_domain::kernel::Patch;
use vestibule_domain::users::UserChanges;

use super::trial::Trial;
use super::user_changes::update;

pub(super) async fn changes_of_the_owner_show_at_once(t: Trial) {
    let mut ada = t.key_owner("ada").await;
    let key = t.key(Some(ada.id)).await;
    for (can_manage, suspended) in [(false, false), (true, false), (true, true), (true, false)] {
        // Fills whatever cache there is.
        let before = t.held(&key).await.expect("a key");
        assert_eq!(before.owner.as_deref(), Some(&ada));
        t.make.later(Duration::from_secs(1));
        let now = t.make.now();
        let changes = UserChanges {
            can_manage_api_environment: Some(can_manage),
            suspended_at: if suspended {
                Patch::Set(now)
            } else {
                Patch::Clear
            },
            ..UserChanges::default()
        };
        let updated = t.store.users.update(t.write(update(&ada, changes))).await;
        ada = updated.expect("update").as_ref().clone();
        let held = t.held(&key).await.expect("a key");
        assert_eq!(held.is_live(now), can_manage && !suspended);
    }
}
