//! What the hiding of an account does to API keys and to what they counted.

use vestibule_domain::api_keys::KeyUseCount;
use vestibule_domain::kernel::{Day, UserId};

use super::api_keys::find;
use super::trial::Trial;

pub(super) async fn keys_of_a_hidden_account_are_dead(t: Trial) {
    let (ada, bob) = (t.key_owner("ada").await, t.key_owner("bob").await);
    let gone = t.key(Some(ada.id)).await;
    let of_bob = t.key(Some(bob.id)).await;
    let service = t.key(None).await;
    for key in [&gone, &of_bob, &service] {
        // Fills whatever cache there is.
        assert!(t.held(key).await.is_some());
    }
    t.hide(ada.id).await;
    for erased in [false, true] {
        if erased {
            t.erase(ada.id).await;
        }
        assert!(t.held(&gone).await.is_none());
        assert_eq!(find(&t, &gone).await, None);
        assert_eq!(t.keys(Some(ada.id)).await, []);
        let left = [service.key.clone(), of_bob.key.clone()];
        assert_eq!(t.keys(None).await, left);
        for key in [&of_bob, &service] {
            assert_eq!(find(&t, key).await.as_ref(), Some(&key.key));
            assert!(t.held(key).await.is_some());
        }
    }
}

pub(super) async fn counted_uses_go_with_the_account(t: Trial) {
    let (ada, bob) = (t.key_owner("ada").await, t.key_owner("bob").await);
    let mut uses = Vec::new();
    for owner in [ada.id, bob.id] {
        for day in 0..5 {
            uses.push(KeyUseCount {
                key: t.key(Some(owner)).await.key.id,
                day: Day(day),
                requests: 3,
                errors: 1,
                last_used_at: None,
            });
        }
    }
    t.store
        .api_keys
        .record_use(&uses)
        .await
        .expect("record_use");
    let counted = async |user: UserId| {
        let keys = t.fresh().await.api_keys;
        let usage = keys.usage(user, Day(0), Day(9)).await;
        usage.expect("usage").len()
    };
    assert_eq!((counted(ada.id).await, counted(bob.id).await), (5, 5));
    t.hide(ada.id).await;
    t.erase(ada.id).await;
    assert_eq!((counted(ada.id).await, counted(bob.id).await), (0, 5));
}
