//! `DeviceStore::refresh`.

use std::time::Duration;

use vestibule_domain::devices::{Device, DeviceRule, DeviceToken, RefreshDevice};
use vestibule_domain::kernel::{GuardError, StoreError};

use super::devices::one;
use super::trial::{ROUNDS, Trial, assert_is, parallel};
use crate::doubles::digest;

fn refresh(device: &Device, token: Option<&str>) -> RefreshDevice {
    let token = token.map(|token| {
        let parsed = DeviceToken::parse(token).expect("a token");
        (parsed, digest(token))
    });
    RefreshDevice {
        user: device.user,
        device: device.id,
        token,
    }
}

/// Refreshes the device, and makes sure that what changes is what should.
async fn refreshed(t: &Trial, mut device: Device, token: Option<&str>) -> Device {
    let at = t.make.later(Duration::from_mins(1));
    let command = refresh(&device, token);
    let answer = t
        .commits(device.user, command.clone(), async |write| {
            t.store.devices.refresh(write).await
        })
        .await;
    if let Some((token, _)) = command.token {
        device.token = token;
    }
    device.is_active = true;
    device.last_refreshed_at = at;
    device.version.0 += 1;
    assert_eq!(answer, device);
    let stored = t.fresh().await.devices.find(device.user, device.id).await;
    assert_eq!(stored.expect("find"), Some(device.clone()));
    device
}

pub(super) async fn refresh_confirms_and_activates_the_device(t: Trial) {
    let ada = t.user("ada").await;
    let device = t.device(ada.id, "token").await;
    let other = t.device(ada.id, "other").await;
    let deactivated = t.store.devices.deactivate(t.write(one(&device))).await;
    let deactivated = deactivated.expect("deactivate").expect("a device");
    let device = refreshed(&t, deactivated, None).await;
    assert_eq!(t.devices(ada.id).await, [other, device]);
}

pub(super) async fn refresh_replaces_the_token(t: Trial) {
    let ada = t.user("ada").await;
    let device = t.device(ada.id, "old").await;
    let device = refreshed(&t, device, Some("new")).await;
    let again = t.put(t.make.device(ada.id, "new")).await;
    assert_eq!((again.device.id, again.created), (device.id, false));
    let freed = t.put(t.make.device(ada.id, "old")).await;
    assert!(freed.created, "the old token is free");
}

pub(super) async fn refresh_with_its_own_token_keeps_the_device(t: Trial) {
    let ada = t.user("ada").await;
    let device = t.device(ada.id, "token").await;
    let device = refreshed(&t, device, Some("token")).await;
    assert_eq!(t.devices(ada.id).await, [device]);
}

pub(super) async fn refresh_takes_a_token_from_any_other_device(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let device = t.device(ada.id, "token").await;
    t.device(ada.id, "second").await;
    t.device(bob.id, "of bob").await;
    let kept = t.device(bob.id, "kept").await;
    let device = refreshed(&t, device, Some("second")).await;
    assert_eq!(t.devices(ada.id).await.len(), 1);
    let device = refreshed(&t, device, Some("of bob")).await;
    assert_eq!(t.devices(ada.id).await, [device]);
    assert_eq!(t.devices(bob.id).await, [kept]);
}

pub(super) async fn a_refused_refresh_takes_no_token(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let device = t.device(ada.id, "token").await;
    let of_bob = t.device(bob.id, "of bob").await;
    t.make.later(Duration::from_secs(1));
    let unknown = [
        (bob.id, device.id),
        (ada.id, t.make.id()),
        (t.make.id(), device.id),
    ];
    for (user, id) in unknown {
        let command = RefreshDevice {
            user,
            device: id,
            ..refresh(&device, Some("of bob"))
        };
        let refused = t
            .leaves_no_envelope(ada.id, command, async |write| {
                t.store.devices.refresh(write).await
            })
            .await;
        assert_is!(refused, Err(GuardError::Rule(DeviceRule::NotFound)));
    }
    let command = refresh(&device, Some("of bob"));
    let refused = t
        .repeats_once(ada.id, command, async |write| {
            t.store.devices.refresh(write).await
        })
        .await;
    assert_is!(
        refused,
        Err(GuardError::Store(StoreError::Duplicate("once")))
    );
    assert_eq!(t.devices(ada.id).await, [device]);
    assert_eq!(t.devices(bob.id).await, [of_bob]);
}

pub(super) async fn parallel_refreshes_to_one_token_leave_one_device(t: Trial) {
    for round in 0..ROUNDS {
        let ada = t.user(&format!("ada{round}")).await;
        let mut devices = Vec::new();
        for number in 0..10 {
            devices.push(t.device(ada.id, &format!("token {round} {number}")).await);
        }
        let answers = parallel(10, |number| {
            let store = t.store.devices.clone();
            let write = t.write(refresh(&devices[number], Some("wanted")));
            async move { store.refresh(write).await }
        })
        .await;
        // Whoever comes later takes the token, and the device, from the one before.
        assert!(answers.iter().all(Result::is_ok));
        let left = t.devices(ada.id).await;
        assert_eq!(left.len(), 1, "one device has the token");
        assert_eq!(left[0].token.as_str(), "wanted");
    }
}
