use std::time::Duration;

use vestibule_domain::devices::{
    Device, DeviceName, DeviceRule, OneDevice, Platform, PutDevice, Registered,
};
use vestibule_domain::kernel::{GuardError, StoreError, UserId, Version};

use super::trial::{Trial, assert_is, check_paging, first_page, parallel};

impl Trial {
    /// A registered device with this token.
    pub(super) async fn device(&self, user: UserId, token: &str) -> Device {
        let put = self.make.device(user, token);
        self.put(put).await.device
    }

    pub(super) async fn put(&self, put: PutDevice) -> Registered {
        let registered = self.store.devices.register(self.write(put)).await;
        registered.expect("register")
    }

    /// The user's devices, newest first, through a fresh handle.
    pub(super) async fn devices(&self, user: UserId) -> Vec<Device> {
        let devices = self.fresh().await.devices;
        let page = devices.list(user, first_page()).await.expect("list");
        assert_eq!(page.count, page.items.len() as u64);
        page.items
    }
}

pub(super) fn one(device: &Device) -> OneDevice {
    OneDevice {
        user: device.user,
        device: device.id,
        expected: None,
    }
}

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
    let found = t.fresh().await.devices.find(ada.id, expected.id).await;
    assert_eq!(found.expect("find"), Some(expected));
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
    let registered = t.put(t.make.device(bob.id, "token")).await;
    assert!(registered.created);
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
        let refused = t.store.devices.register(t.write(put)).await;
        assert_is!(refused, Err(GuardError::Store(StoreError::Missing("user"))));
    }
    assert_eq!(t.devices(ada.id).await, [of_ada]);
}

pub(super) async fn register_under_a_stored_once_is_refused(t: Trial) {
    let ada = t.user("ada").await;
    let put = t.make.device(ada.id, "token");
    let refused = t
        .repeats_once(ada.id, put, async |write| {
            t.store.devices.register(write).await
        })
        .await;
    assert_is!(
        refused,
        Err(GuardError::Store(StoreError::Duplicate("once")))
    );
    assert_eq!(t.devices(ada.id).await, []);
}

pub(super) async fn parallel_registrations_fill_the_quota_exactly(t: Trial) {
    let ada = t.user("ada").await;
    let answers = parallel(40, |number| {
        let devices = t.store.devices.clone();
        let write = t.write(PutDevice {
            quota: 10,
            ..t.make.device(ada.id, &format!("token {number}"))
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

pub(super) async fn parallel_registrations_of_one_token_make_one_device(t: Trial) {
    let ada = t.user("ada").await;
    let answers = parallel(20, |_| {
        let devices = t.store.devices.clone();
        let write = t.write(t.make.device(ada.id, "token"));
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

pub(super) async fn parallel_moves_of_one_token_leave_one_device(t: Trial) {
    let mut users = Vec::new();
    for number in 0..10 {
        users.push(t.user(&format!("user{number}")).await.id);
    }
    parallel(10, |number| {
        let devices = t.store.devices.clone();
        let write = t.write(t.make.device(users[number], "token"));
        async move { devices.register(write).await.expect("register") }
    })
    .await;
    let mut left = 0;
    for user in users {
        left += t.devices(user).await.len();
    }
    assert_eq!(left, 1, "one user has the token");
}

pub(super) async fn devices_are_listed_newest_first(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let mut ids = Vec::new();
    for number in 0..7 {
        ids.push(t.device(ada.id, &format!("token {number}")).await.id);
        t.device(bob.id, &format!("token {number} of bob")).await;
    }
    ids.reverse();
    let devices = t.fresh().await.devices;
    check_paging(
        &ids,
        |device: &Device| device.id,
        async |page| devices.list(ada.id, page).await.expect("list"),
    )
    .await;
}

pub(super) async fn a_device_is_its_own_users_only(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let device = t.device(ada.id, "token").await;
    let devices = &t.store.devices;
    assert_is!(devices.find(bob.id, device.id).await, Ok(None));
    assert_is!(devices.find(ada.id, t.make.id()).await, Ok(None));
}

pub(super) async fn deactivate_stops_one_device(t: Trial) {
    let ada = t.user("ada").await;
    let mut device = t.device(ada.id, "token").await;
    let other = t.device(ada.id, "other").await;
    t.make.later(Duration::from_mins(1));
    let answer = t
        .commits(ada.id, one(&device), async |write| {
            t.store.devices.deactivate(write).await
        })
        .await;
    device.is_active = false;
    device.version.0 += 1;
    assert_eq!(answer.as_ref(), Some(&device));
    assert_eq!(t.devices(ada.id).await, [other, device]);
}

pub(super) async fn deactivate_of_no_own_device_is_none(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let device = t.device(ada.id, "token").await;
    for (user, id) in [(bob.id, device.id), (ada.id, t.make.id())] {
        let command = OneDevice {
            user,
            device: id,
            expected: None,
        };
        let answer = t
            .leaves_no_envelope(ada.id, command, async |write| {
                t.store.devices.deactivate(write).await
            })
            .await;
        assert_is!(answer, Ok(None));
    }
    assert_eq!(t.devices(ada.id).await, [device]);
}

pub(super) async fn delete_forgets_the_device_and_frees_its_token(t: Trial) {
    let ada = t.user("ada").await;
    let device = t.device(ada.id, "token").await;
    let other = t.device(ada.id, "other").await;
    let mut command = one(&device);
    command.expected = Some(device.version);
    let deleted = t
        .commits(ada.id, command, async |write| {
            t.store.devices.delete(write).await
        })
        .await;
    assert!(deleted);
    assert_eq!(t.devices(ada.id).await, [other]);
    let again = t
        .leaves_no_envelope(ada.id, command, async |write| {
            t.store.devices.delete(write).await
        })
        .await;
    assert_is!(again, Ok(false));
    let registered = t.put(t.make.device(ada.id, "token")).await;
    assert!(registered.created);
}

pub(super) async fn a_refused_deletion_leaves_the_device(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let device = t.device(ada.id, "token").await;
    let foreign = OneDevice {
        user: bob.id,
        ..one(&device)
    };
    let answer = t
        .leaves_no_envelope(ada.id, foreign, async |write| {
            t.store.devices.delete(write).await
        })
        .await;
    assert_is!(answer, Ok(false));
    for version in [device.version.0 - 1, device.version.0 + 1] {
        let stale = OneDevice {
            expected: Some(Version(version)),
            ..one(&device)
        };
        let answer = t
            .leaves_no_envelope(ada.id, stale, async |write| {
                t.store.devices.delete(write).await
            })
            .await;
        assert_is!(answer, Err(StoreError::Conflict));
    }
    assert_eq!(t.devices(ada.id).await, [device]);
}
