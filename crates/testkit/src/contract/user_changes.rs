//! Changes of accounts: `UserStore::update`.

use std::time::Duration;

use vestibule_domain::activity::Event;
use vestibule_domain::kernel::{Patch, StoreError, Version};
use vestibule_domain::users::{Account, PersonName, UpdateUser, UserChanges};

use super::paging::first_page;
use super::trial::{ROUNDS, Trial, assert_is, parallel};
use super::users::assert_found;
use crate::fixtures::{email, new_user, username};

/// What turns every field of an account that may be set into that of `target`
/// and clears what it lacks: in one change, and in changes of one field each.
fn changes_to(target: &Account) -> (UserChanges, Vec<UserChanges>) {
    fn patch<T: Clone>(value: Option<&T>) -> Patch<T> {
        value.cloned().map_or(Patch::Clear, Patch::Set)
    }
    let (to, preferences) = (target, &target.preferences);
    let mut all = UserChanges::default();
    let mut single = Vec::new();
    macro_rules! set {
        ($($($field:ident).+ = $value:expr;)+) => {
            $(
                all.$($field).+ = $value;
                let mut one = UserChanges::default();
                one.$($field).+ = all.$($field).+.clone();
                single.push(one);
            )+
        };
    }
    set! {
        first_name = Some(to.first_name.clone());
        last_name = Some(to.last_name.clone());
        phone_number = patch(to.phone_number.as_ref());
        bio = patch(to.bio.as_ref());
        default_visibility = Some(to.default_visibility);
        can_manage_api_environment = Some(to.can_manage_api_environment);
        is_admin = Some(to.is_admin);
        other_id = patch(to.other_id.as_ref());
        customer_status = Some(to.customer_status);
        features = Some(to.features.clone());
        suspended_at = patch(to.suspended_at.as_ref());
        avatar = patch(to.avatar.as_ref());
        preferences.preferred_name = patch(preferences.preferred_name.as_ref());
        preferences.legal_name = patch(preferences.legal_name.as_ref());
        preferences.job_title = patch(preferences.job_title.as_ref());
        preferences.items_per_page = Some(preferences.items_per_page);
        preferences.channel_notifications_enabled =
            Some(preferences.channel_notifications_enabled);
        preferences.timezone = Some(preferences.timezone);
        preferences.measurement_system = Some(preferences.measurement_system);
        preferences.date_format = Some(preferences.date_format);
        preferences.currency_display = Some(preferences.currency_display);
        preferences.preferred_notification_channels =
            Some(preferences.preferred_notification_channels.clone());
        preferences.theme = patch(preferences.theme.as_ref());
        preferences.viewing_preference = patch(preferences.viewing_preference.as_ref());
        preferences.max_message_length = Some(preferences.max_message_length);
        preferences.country = patch(preferences.country.as_ref());
        preferences.language = Some(preferences.language.clone());
    }
    (all, single)
}

/// What sets the given fields of an account, whatever its version.
pub(super) fn update(account: &Account, changes: UserChanges) -> UpdateUser {
    UpdateUser {
        user: account.id,
        expected: None,
        changes,
        end_sessions: false,
    }
}

pub(super) fn first_name(name: &str) -> UserChanges {
    UserChanges {
        first_name: Some(PersonName::parse(name).expect("a name")),
        ..UserChanges::default()
    }
}

/// Turns every field of a `from` into that of a `to`, one by one, and looks
/// at the whole account after each.
async fn change_one_by_one(t: &Trial, from: Account, to: &Account) {
    t.register(new_user(from.clone())).await;
    let bob = t.user("bob").await;
    let mut expected = from;
    for changes in changes_to(to).1 {
        let at = t.make.later(Duration::from_secs(1));
        changes.clone().apply(&mut expected);
        expected.version.0 += 1;
        expected.updated_at = at;
        let write = t.write(update(&expected, changes.clone()));
        let answer = t.store.users.update(write).await.expect("update");
        assert_eq!(*answer, expected, "the answer to {changes:?}");
        let here = t.store.users.account(expected.id).await.expect("account");
        assert_eq!(here.as_deref(), Some(&expected), "read after {changes:?}");
        assert_eq!(t.stored(expected.id).await, expected, "{changes:?}");
    }
    // What no update sets is as it was, and all else as it was to be.
    let kept = expected.clone();
    let target = Account {
        id: kept.id,
        username: kept.username,
        email: kept.email,
        email_verified: kept.email_verified,
        has_primary_address: kept.has_primary_address,
        organization: kept.organization,
        last_seen_at: kept.last_seen_at,
        auth_epoch: kept.auth_epoch,
        version: kept.version,
        created_at: kept.created_at,
        updated_at: kept.updated_at,
        ..to.clone()
    };
    assert_eq!(expected, target, "all were changed");
    assert_found(t, &expected).await;
    assert_eq!(t.stored(bob.id).await, bob);
}

pub(super) async fn update_sets_each_field_alone(t: Trial) {
    let (from, to) = (t.make.account("ada"), t.make.full_account("target"));
    change_one_by_one(&t, from, &to).await;
}

pub(super) async fn update_clears_each_field_alone(t: Trial) {
    let (from, to) = (t.make.full_account("ada"), t.make.account("target"));
    change_one_by_one(&t, from, &to).await;
}

pub(super) async fn update_sets_all_fields_at_once(t: Trial) {
    let (full, plain) = (t.make.full_account("full"), t.make.account("plain"));
    for (number, (from, to)) in [(&plain, &full), (&full, &plain)].into_iter().enumerate() {
        let from = Account {
            id: t.make.id(),
            username: username(&format!("user{number}")),
            email: email(&format!("User{number}@example.com")),
            ..from.clone()
        };
        t.register(new_user(from.clone())).await;
        let at = t.make.later(Duration::from_secs(1));
        let (changes, _) = changes_to(to);
        let mut command = update(&from, changes.clone());
        command.expected = Some(from.version);
        command.end_sessions = true;
        let answer = t.store.users.update(t.write(command)).await;
        let mut expected = from;
        changes.apply(&mut expected);
        expected.version.0 += 1;
        expected.auth_epoch += 1;
        expected.updated_at = at;
        assert_eq!(*answer.expect("update"), expected);
        assert_found(&t, &expected).await;
    }
}

pub(super) async fn update_of_nothing_still_grows_the_version(t: Trial) {
    let mut ada = t.make.full_account("ada");
    t.register(new_user(ada.clone())).await;
    let at = t.make.later(Duration::from_secs(1));
    let write = t.write(update(&ada, UserChanges::default()));
    t.store.users.update(write).await.expect("update");
    ada.version.0 += 1;
    ada.updated_at = at;
    assert_eq!(t.stored(ada.id).await, ada);
}

pub(super) async fn update_commits_its_envelope(t: Trial) {
    let ada = t.user("ada").await;
    let command = update(&ada, first_name("Ada"));
    let updated = t
        .commits(ada.id, command, async |write| {
            t.store.users.update(write).await
        })
        .await;
    assert_eq!(t.stored(ada.id).await, *updated);
}

pub(super) async fn update_at_the_expected_version_succeeds(t: Trial) {
    let ada = t.user("ada").await;
    let mut command = update(&ada, first_name("Ada"));
    command.expected = Some(ada.version);
    let updated = t.store.users.update(t.write(command.clone())).await;
    let updated = updated.expect("update");
    command.expected = Some(updated.version);
    let again = t.store.users.update(t.write(command)).await;
    assert_eq!(again.expect("update").version, Version(ada.version.0 + 2));
}

pub(super) async fn update_at_another_version_changes_nothing(t: Trial) {
    let ada = t.user("ada").await;
    for expected in [ada.version.0 - 1, ada.version.0 + 1] {
        let mut command = update(&ada, first_name("Ada"));
        command.expected = Some(Version(expected));
        command.end_sessions = true;
        t.make.later(Duration::from_secs(1));
        let refused = t
            .leaves_no_envelope(ada.id, command, async |write| {
                t.store.users.update(write).await
            })
            .await;
        assert_is!(refused, Err(StoreError::Conflict));
        assert_eq!(t.stored(ada.id).await, ada);
    }
}

pub(super) async fn update_under_a_stored_once_is_refused(t: Trial) {
    let ada = t.user("ada").await;
    t.make.later(Duration::from_secs(1));
    let mut command = update(&ada, first_name("Ada"));
    command.end_sessions = true;
    // The record is looked at before the version.
    for expected in [None, Some(Version(ada.version.0 + 1))] {
        command.expected = expected;
        let refused = t
            .repeats_once(ada.id, command.clone(), async |write| {
                t.store.users.update(write).await
            })
            .await;
        assert_is!(refused, Err(StoreError::Duplicate("once")));
    }
    assert_found(&t, &ada).await;
}

pub(super) async fn update_without_account_is_missing(t: Trial) {
    let ada = t.user("ada").await;
    let nobody = t.make.account("nobody");
    for expected in [None, Some(Version(1))] {
        let mut command = update(&nobody, first_name("Ada"));
        command.expected = expected;
        let refused = t
            .leaves_no_envelope(ada.id, command, async |write| {
                t.store.users.update(write).await
            })
            .await;
        assert_is!(refused, Err(StoreError::Missing("user")));
    }
}

pub(super) async fn parallel_updates_of_different_fields_all_survive(t: Trial) {
    let from = t.make.account("ada");
    t.register(new_user(from.clone())).await;
    let to = t.make.full_account("target");
    let (_, changes) = changes_to(&to);
    let count = changes.len();
    let answers = parallel(count, |number| {
        let users = t.store.users.clone();
        let write = t.write(update(&from, changes[number].clone()));
        async move { users.update(write).await.expect("update").version.0 }
    })
    .await;
    let mut versions = answers;
    versions.sort_unstable();
    let last = from.version.0 + i64::try_from(count).expect("a small count");
    let each_once: Vec<i64> = (from.version.0 + 1..=last).collect();
    assert_eq!(versions, each_once, "each update has a version of its own");
    let mut expected = from;
    for change in changes {
        change.apply(&mut expected);
    }
    expected.version = Version(last);
    assert_eq!(t.stored(expected.id).await, expected);
}

pub(super) async fn parallel_updates_of_one_version_succeed_once(t: Trial) {
    for round in 0..ROUNDS {
        let ada = t.user(&format!("ada{round}")).await;
        let answers = parallel(20, |number| {
            let users = t.store.users.clone();
            let mut command = update(&ada, first_name(&format!("Ada {number}")));
            command.expected = Some(ada.version);
            let write = t.write(command);
            async move { users.update(write).await }
        })
        .await;
        let mut winners = Vec::new();
        for answer in answers {
            match answer {
                Ok(account) => winners.push(account),
                Err(error) => {
                    assert_is!(error, StoreError::Conflict);
                }
            }
        }
        assert_eq!(winners.len(), 1, "exactly one update succeeds");
        assert_eq!(t.stored(ada.id).await, *winners[0]);
    }
}

pub(super) async fn parallel_updates_of_many_are_refused_one_by_one(t: Trial) {
    for round in 0..ROUNDS {
        let mut users = Vec::new();
        for number in 0..20 {
            users.push(t.user(&format!("user{round}x{number}")).await);
        }
        let is_refused = |number: usize| number % 4 == 1;
        let answers = parallel(users.len(), |number| {
            let user = &users[number];
            let mut command = update(user, first_name(&format!("Name {number}")));
            let lag = i64::from(is_refused(number));
            command.expected = Some(Version(user.version.0 - lag));
            let entry = t.make.log_entry(user.id, Event::PasswordChanged);
            let write = t.write(command).log(entry);
            let users = t.store.users.clone();
            async move { users.update(write).await }
        })
        .await;
        let fresh = t.fresh().await;
        for (number, (answer, before)) in answers.into_iter().zip(&users).enumerate() {
            let stored = fresh.users.account(before.id).await;
            let stored = stored.expect("account").expect("it is there");
            let logged = fresh.activity.list(before.id, first_page()).await;
            let logged = logged.expect("activity").items.len();
            if is_refused(number) {
                assert_is!(answer, Err(StoreError::Conflict));
                assert_eq!((&*stored, logged), (before, 0), "refused");
            } else {
                let account = answer.expect("update");
                assert_eq!((&*stored, logged), (&*account, 1), "carried out");
                assert_eq!(account.version.0, before.version.0 + 1);
                assert_eq!(account.first_name.as_str(), format!("Name {number}"));
            }
        }
    }
}

pub(super) async fn parallel_ends_of_sessions_each_grow_the_epoch(t: Trial) {
    let ada = t.user("ada").await;
    let answers = parallel(20, |_| {
        let users = t.store.users.clone();
        let mut command = update(&ada, UserChanges::default());
        command.end_sessions = true;
        let write = t.write(command);
        async move { users.update(write).await.expect("update").auth_epoch }
    })
    .await;
    let mut epochs = answers;
    epochs.sort_unstable();
    let each_once: Vec<i64> = (ada.auth_epoch + 1..=ada.auth_epoch + 20).collect();
    assert_eq!(epochs, each_once);
    let stored = t.stored(ada.id).await;
    assert_eq!(stored.auth_epoch, ada.auth_epoch + 20);
    assert_eq!(stored.version.0, ada.version.0 + 20);
}
