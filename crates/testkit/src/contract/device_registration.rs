//! `DeviceStore::register`.

use std::sync::Arc;
use std::time::Duration;

use vestibule_domain::devices::{Device, DeviceName, DeviceRule, Platform, PutDevice, Registered};
use vestibule_domain::kernel::{GuardError, Once, StoreError, Version};

use super::devices::one;
use super::trial::{ROUNDS, Trial, assert_is, parallel};
use crate::doubles::digest;

pub(super) async fn register_stores_every_field(t: Trial) {
    let ada = t.user("ada").await;
    let put = t.make.device(ada.id, " Token:é\u{1f4a1}/+= ");
    let expected = Device {
        id: put.id,
        user: ada.id,
        token: put.token.clone(),
        platform: put.platform,
        name: put.name.clone(),
        is_active: true,
        created_at: t.make.now(),
        last_refreshed_at: t.make.now(),
        version: Version(1),
    };
    let (registered, sealed) = t
        .commits_sealing(ada.id, put, async |write| {
            t.store.devices.register(write).await
        })
        .await;
    assert!(registered.created);
    assert_eq!(registered.device, expected);
    assert_eq!(sealed, format!("{registered:?}"), "what the replay answers");
    assert_eq!(t.devices(ada.id).await, [expected]);
}

pub(super) async fn register_stores_the_longest_values(t: Trial) {
    let ada = t.user("ada").await;
    // 4096 and 100 code points of four bytes.
    let token = "\u{1f4a1}".repeat(4096);
    let name = DeviceName::parse(&"\u{1f4a1}".repeat(100)).expect("a name");
    let put = PutDevice {
        name: Some(name.clone()),
        ..t.make.device(ada.id, &token)
    };
    t.put(put).await;
    // Another one that differs in its last character.
    let other = format!("{}!", "\u{1f4a1}".repeat(4095));
    assert!(t.put(t.make.device(ada.id, &other)).await.created);
    let stored = t.devices(ada.id).await;
    assert_eq!(stored.len(), 2);
    assert_eq!(stored[0].token.as_str(), other);
    assert_eq!(stored[1].token.as_str(), token);
    assert_eq!(stored[1].name, Some(name));
}

pub(super) async fn tokens_are_compared_by_case(t: Trial) {
    let ada = t.user("ada").await;
    let lower = t.device(ada.id, "token").await;
    let upper = t.put(t.make.device(ada.id, "TOKEN")).await;
    assert!(upper.created);
    assert_eq!(t.devices(ada.id).await, [upper.device, lower]);
}

pub(super) async fn register_stores_an_absent_name_and_each_platform(t: Trial) {
    let ada = t.user("ada").await;
    for platform in Platform::ALL {
        let put = PutDevice {
            name: None,
            platform: *platform,
            ..t.make.device(ada.id, platform.as_str())
        };
        let registered = t.put(put).await.device;
        assert_eq!(
            (registered.name.as_ref(), registered.platform),
            (None, *platform)
        );
        assert_eq!(t.devices(ada.id).await[0], registered);
    }
}

pub(super) async fn a_token_registered_again_keeps_its_device(t: Trial) {
    let ada = t.user("ada").await;
    let mut device = t.device(ada.id, "token").await;
    let other = t.device(ada.id, "other").await;
    let deactivated = t.store.devices.deactivate(t.write(one(&device))).await;
    let deactivated = deactivated.expect("deactivate").expect("a device");
    device.version = deactivated.version;

    let mut put = PutDevice {
        platform: Platform::Android,
        name: None,
        // An existing device counts against no quota.
        quota: 1,
        ..t.make.device(ada.id, "token")
    };
    let at = t.make.later(Duration::from_mins(1));
    device.platform = Platform::Android;
    device.last_refreshed_at = at;
    device.version.0 += 1;
    let registered = t
        .commits(ada.id, put.clone(), async |write| {
            t.store.devices.register(write).await
        })
        .await;
    assert!(!registered.created);
    assert_eq!(registered.device, device, "it keeps its name without one");
    assert_eq!(t.devices(ada.id).await, [other.clone(), device.clone()]);

    let name = DeviceName::parse("Phone").expect("a name");
    put.name = Some(name.clone());
    device.name = Some(name);
    device.version.0 += 1;
    assert_eq!(t.put(put).await.device, device);
    assert_eq!(t.devices(ada.id).await, [other, device]);
}

pub(super) async fn a_token_of_another_user_moves(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let of_ada = t.device(ada.id, "token").await;
    let kept = t.device(ada.id, "kept").await;
    t.make.later(Duration::from_mins(1));
    let put = t.make.device(bob.id, "token");
    let registered = t
        .commits(bob.id, put, async |write| {
            t.store.devices.register(write).await
        })
        .await;
    assert!(registered.created);
    assert_eq!(registered.device.created_at, t.make.now());
    assert_ne!(registered.device.id, of_ada.id);
    assert_eq!(registered.device.version, Version(1));
    assert_eq!(t.devices(ada.id).await, [kept]);
    assert_eq!(t.devices(bob.id).await, [registered.device]);
}

pub(super) async fn register_beyond_the_quota_is_refused(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let of_ada = t.device(ada.id, "of ada").await;
    let of_bob = t.device(bob.id, "of bob").await;
    // A new token, and one that another user would lose.
    for token in ["new", "of bob"] {
        let put = PutDevice {
            quota: 1,
            ..t.make.device(ada.id, token)
        };
        let refused = t
            .leaves_no_envelope(ada.id, put, async |write| {
                t.store.devices.register(write).await
            })
            .await;
        assert_is!(
            refused,
            Err(GuardError::Rule(DeviceRule::QuotaExceeded { quota: 1 }))
        );
    }
    assert_eq!(t.devices(ada.id).await, [of_ada]);
    assert_eq!(t.devices(bob.id).await, [of_bob]);
}

pub(super) async fn register_without_account_is_missing(t: Trial) {
    let ada = t.user("ada").await;
    let of_ada = t.device(ada.id, "of ada").await;
    for token in ["new", "of ada"] {
        let put = t.make.device(t.make.id(), token);
        let nobody = put.user;
        let refused = t
            .leaves_no_envelope(ada.id, put, async |write| {
                t.store.devices.register(write).await
            })
            .await;
        assert_eq!(t.devices(nobody).await, []);
        assert_is!(refused, Err(GuardError::Store(StoreError::Missing("user"))));
    }
    assert_eq!(t.devices(ada.id).await, [of_ada]);
}

pub(super) async fn register_under_a_stored_once_is_refused(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let own = t.device(ada.id, "own").await;
    let of_bob = t.device(bob.id, "of bob").await;
    t.make.later(Duration::from_secs(1));
    // A new token, one to confirm, one to move, and one beyond the quota,
    // which is not looked at.
    for (token, quota) in [("new", 50), ("own", 50), ("of bob", 50), ("more", 1)] {
        let put = PutDevice {
            quota,
            ..t.make.device(ada.id, token)
        };
        let refused = t
            .repeats_once(ada.id, put, async |write| {
                t.store.devices.register(write).await
            })
            .await;
        assert_is!(
            refused,
            Err(GuardError::Store(StoreError::Duplicate("once")))
        );
    }
    assert_eq!(t.devices(ada.id).await, [own]);
    assert_eq!(t.devices(bob.id).await, [of_bob]);
}

pub(super) async fn parallel_registrations_fill_the_quota_exactly(t: Trial) {
    for round in 0..ROUNDS {
        let ada = t.user(&format!("ada{round}")).await;
        let answers = parallel(40, |number| {
            let devices = t.store.devices.clone();
            let write = t.write(PutDevice {
                quota: 10,
                ..t.make.device(ada.id, &format!("token {round} {number}"))
            });
            async move { devices.register(write).await }
        })
        .await;
        let mut registered = 0;
        for answer in answers {
            if answer.is_ok() {
                registered += 1;
            } else {
                assert_is!(
                    answer,
                    Err(GuardError::Rule(DeviceRule::QuotaExceeded { quota: 10 }))
                );
            }
        }
        assert_eq!(registered, 10, "exactly the quota is registered");
        assert_eq!(t.devices(ada.id).await.len(), 10);
    }
}

pub(super) async fn parallel_registrations_of_one_token_make_one_device(t: Trial) {
    for round in 0..ROUNDS {
        let ada = t.user(&format!("ada{round}")).await;
        let answers = parallel(20, |_| {
            let devices = t.store.devices.clone();
            let write = t.write(t.make.device(ada.id, &format!("token {round}")));
            async move { devices.register(write).await.expect("register") }
        })
        .await;
        let created = answers.iter().filter(|answer| answer.created).count();
        assert_eq!(created, 1, "exactly one call makes the device");
        let stored = t.devices(ada.id).await;
        assert_eq!(stored.len(), 1);
        assert!(
            answers
                .iter()
                .all(|answer| answer.device.id == stored[0].id)
        );
        assert_eq!(stored[0].version, Version(20));
    }
}

pub(super) async fn parallel_moves_of_one_token_leave_one_device(t: Trial) {
    let mut users = Vec::new();
    for number in 0..10 {
        users.push(t.user(&format!("user{number}")).await.id);
    }
    for _ in 0..ROUNDS {
        parallel(10, |number| {
            let devices = t.store.devices.clone();
            let write = t.write(t.make.device(users[number], "token"));
            async move { devices.register(write).await.expect("register") }
        })
        .await;
        let mut left = 0;
        for user in &users {
            left += t.devices(*user).await.len();
        }
        assert_eq!(left, 1, "one user has the token");
    }
}

pub(super) async fn parallel_registrations_under_one_key_make_one_device(t: Trial) {
    for round in 0..ROUNDS {
        let ada = t.user(&format!("ada{round}")).await;
        let answers = parallel(20, |number| {
            let devices = t.store.devices.clone();
            let put = t.make.device(ada.id, &format!("token {round} {number}"));
            let once = Once {
                key: digest(&format!("key {round}")),
                fingerprint: digest("body"),
                user: Some(ada.id),
                seal: Arc::new(|_: &Registered| b"answer".to_vec()),
            };
            let write = t.write(put).once(Some(once));
            async move { devices.register(write).await }
        })
        .await;
        let mut registered = Vec::new();
        for answer in answers {
            match answer {
                Ok(answer) => registered.push(answer.device),
                Err(error) => {
                    assert_is!(error, GuardError::Store(StoreError::Duplicate("once")));
                }
            }
        }
        assert_eq!(registered.len(), 1, "exactly one is carried out");
        assert_eq!(t.devices(ada.id).await, registered);
    }
}
