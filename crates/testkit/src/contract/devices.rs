use std::fmt::Debug;
use std::ops::AsyncFn;
use std::time::Duration;

use vestibule_domain::devices::{Device, OneDevice, PutDevice, Registered};
use vestibule_domain::kernel::{StoreError, UserId, Version, Write};

use super::paging::{SHUFFLED, check_paging, first_page};
use super::trial::{ROUNDS, Trial, assert_is, parallel};

pub(super) use super::faults::devices as a_store_that_is_down_is_unavailable;
pub(super) use super::own_writes::devices as own_writes_are_read_at_once;

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

    /// The user's devices, newest first, through a fresh handle; makes sure
    /// that each is found as it is listed.
    pub(super) async fn devices(&self, user: UserId) -> Vec<Device> {
        let devices = self.fresh().await.devices;
        let page = devices.list(user, first_page()).await.expect("list");
        assert_eq!(page.count, page.items.len() as u64);
        for device in &page.items {
            let found = devices.find(user, device.id).await.expect("find");
            assert_eq!(found.as_ref(), Some(device), "found as it is listed");
        }
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

pub(super) async fn devices_are_listed_newest_first(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let mut of_ada = Vec::new();
    for number in 0..7 {
        of_ada.push(t.make.device(ada.id, &format!("token {number}")));
        t.device(bob.id, &format!("token {number} of bob")).await;
    }
    for place in SHUFFLED {
        t.put(of_ada[place].clone()).await;
        t.make.later(Duration::from_secs(1));
    }
    let ids: Vec<_> = of_ada.iter().rev().map(|put| put.id).collect();
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
    assert_is!(devices.find(t.make.id(), device.id).await, Ok(None));
    assert_eq!(t.devices(bob.id).await, []);
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

/// Sends the same refusals to `deactivate` and `delete`: another user's
/// device, an unknown one, other versions than the stored one, and a repeated
/// key. `none` says whether the answer is that of no device.
async fn refusals<T: Debug>(
    t: &Trial,
    call: impl AsyncFn(Write<OneDevice>) -> Result<T, StoreError>,
    none: impl Fn(&T) -> bool,
) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let device = t.device(ada.id, "token").await;
    let of_bob = t.device(bob.id, "of bob").await;
    let unknown = [
        (bob.id, device.id),
        (ada.id, of_bob.id),
        (ada.id, t.make.id()),
        (t.make.id(), device.id),
    ];
    for (user, id) in unknown {
        for expected in [None, Some(device.version)] {
            let command = OneDevice {
                user,
                device: id,
                expected,
            };
            let answer = t.leaves_no_envelope(ada.id, command, &call).await;
            assert!(
                matches!(&answer, Ok(answer) if none(answer)),
                "expected no device, got {answer:?}"
            );
        }
    }
    for version in [device.version.0 - 1, device.version.0 + 1] {
        let stale = OneDevice {
            expected: Some(Version(version)),
            ..one(&device)
        };
        let answer = t.leaves_no_envelope(ada.id, stale, &call).await;
        assert_is!(answer, Err(StoreError::Conflict));
    }
    let current = OneDevice {
        expected: Some(device.version),
        ..one(&device)
    };
    let answer = t.repeats_once(ada.id, current, &call).await;
    assert_is!(answer, Err(StoreError::Duplicate("once")));
    assert_eq!(t.devices(ada.id).await, [device]);
    assert_eq!(t.devices(bob.id).await, [of_bob]);
    let answer = call(t.write(current)).await.expect("at its version");
    assert!(!none(&answer), "the device at its stored version");
}

pub(super) async fn a_refused_deactivation_leaves_the_device(t: Trial) {
    refusals(
        &t,
        async |write| t.store.devices.deactivate(write).await,
        Option::is_none,
    )
    .await;
}

pub(super) async fn a_refused_deletion_leaves_the_device(t: Trial) {
    refusals(
        &t,
        async |write| t.store.devices.delete(write).await,
        |deleted| !deleted,
    )
    .await;
}

pub(super) async fn delete_forgets_the_device_and_frees_its_token(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let device = t.device(ada.id, "token").await;
    let other = t.device(ada.id, "other").await;
    let of_bob = t.device(bob.id, "of bob").await;
    let command = one(&device);
    let deleted = t
        .commits(ada.id, command, async |write| {
            t.store.devices.delete(write).await
        })
        .await;
    assert!(deleted);
    assert_eq!(t.devices(ada.id).await, [other]);
    assert_eq!(t.devices(bob.id).await, [of_bob]);
    let again = t
        .leaves_no_envelope(ada.id, command, async |write| {
            t.store.devices.delete(write).await
        })
        .await;
    assert_is!(again, Ok(false));
    let registered = t.put(t.make.device(ada.id, "token")).await;
    assert!(registered.created);
}

pub(super) async fn parallel_deletions_of_one_device_succeed_once(t: Trial) {
    for round in 0..ROUNDS {
        let ada = t.user(&format!("ada{round}")).await;
        let device = t.device(ada.id, &format!("token {round}")).await;
        let answers = parallel(10, |_| {
            let devices = t.store.devices.clone();
            let write = t.write(one(&device));
            async move { devices.delete(write).await.expect("delete") }
        })
        .await;
        assert_eq!(answers.iter().filter(|deleted| **deleted).count(), 1);
        assert_eq!(t.devices(ada.id).await, []);
    }
}
