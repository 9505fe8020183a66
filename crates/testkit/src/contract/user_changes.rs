//! Changes of accounts: `UserStore::update`.

use std::time::Duration;

use vestibule_domain::kernel::{Patch, StoreError, Version};
use vestibule_domain::preferences::{PreferenceChanges, Preferences};
use vestibule_domain::users::{Account, PersonName, UpdateUser, UserChanges, Visibility};

use super::trial::{Trial, assert_is, parallel};
use crate::fixtures::new_user;

/// Changes of one field each, that together turn every field of an account
/// that may be set into that of `target`; and clears of all that may be cleared.
fn single_changes(target: &Account) -> Vec<UserChanges> {
    let Preferences {
        preferred_name,
        legal_name,
        job_title,
        items_per_page,
        channel_notifications_enabled,
        timezone,
        measurement_system,
        date_format,
        currency_display,
        preferred_notification_channels,
        theme,
        viewing_preference,
        max_message_length,
        country,
        language,
    } = target.preferences.clone();
    macro_rules! changes {
        ($($field:ident: $value:expr),+ $(,)?) => {
            vec![$(UserChanges { $field: $value, ..UserChanges::default() }),+]
        };
    }
    macro_rules! preferences {
        ($($field:ident: $value:expr),+ $(,)?) => {
            changes![$(preferences: PreferenceChanges {
                $field: $value,
                ..PreferenceChanges::default()
            }),+]
        };
    }
    let set = |suspended_at| Patch::Set(suspended_at);
    let mut changes = changes![
        first_name: Some(target.first_name.clone()),
        last_name: Some(target.last_name.clone()),
        bio: target.bio.clone().map_or(Patch::Clear, Patch::Set),
        default_visibility: Some(target.default_visibility),
        can_manage_api_environment: Some(target.can_manage_api_environment),
        is_admin: Some(target.is_admin),
        other_id: target.other_id.clone().map_or(Patch::Clear, Patch::Set),
        customer_status: Some(target.customer_status),
        features: Some(target.features.clone()),
        suspended_at: target.suspended_at.map_or(Patch::Clear, set),
    ];
    changes.extend(preferences![
        preferred_name: preferred_name.map_or(Patch::Clear, Patch::Set),
        legal_name: legal_name.map_or(Patch::Clear, Patch::Set),
        job_title: job_title.map_or(Patch::Clear, Patch::Set),
        items_per_page: Some(items_per_page),
        channel_notifications_enabled: Some(channel_notifications_enabled),
        timezone: Some(timezone),
        measurement_system: Some(measurement_system),
        date_format: Some(date_format),
        currency_display: Some(currency_display),
        preferred_notification_channels: Some(preferred_notification_channels),
        theme: theme.map_or(Patch::Clear, Patch::Set),
        viewing_preference: viewing_preference.map_or(Patch::Clear, Patch::Set),
        max_message_length: Some(max_message_length),
        country: country.map_or(Patch::Clear, Patch::Set),
        language: Some(language),
    ]);
    changes
}

/// What sets the given fields of an account, whatever its version.
fn update(account: &Account, changes: UserChanges) -> UpdateUser {
    UpdateUser {
        user: account.id,
        expected: None,
        changes,
        end_sessions: false,
    }
}

fn first_name(name: &str) -> UserChanges {
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
    for changes in single_changes(to) {
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
    assert_eq!(expected.preferences, to.preferences, "all were changed");
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

pub(super) async fn update_without_account_is_missing(t: Trial) {
    let nobody = t.make.account("nobody");
    for expected in [None, Some(Version(1))] {
        let mut command = update(&nobody, first_name("Ada"));
        command.expected = expected;
        let refused = t.store.users.update(t.write(command)).await;
        assert_is!(refused, Err(StoreError::Missing("user")));
    }
}

pub(super) async fn update_ends_all_sessions_when_it_says_so(t: Trial) {
    let (ada, session) = t.signed_in_user("ada").await;
    let (_, of_bob) = t.signed_in_user("bob").await;
    let keeps = t.write(update(&ada, first_name("Ada")));
    t.store.users.update(keeps).await.expect("update");
    assert!(t.is_live(&session).await);

    let mut command = update(&ada, UserChanges::default());
    command.end_sessions = true;
    let updated = t.store.users.update(t.write(command)).await;
    let updated = updated.expect("update");
    assert_eq!(updated.auth_epoch, ada.auth_epoch + 1);
    assert_eq!(t.stored(ada.id).await, *updated);
    assert!(!t.is_live(&session).await);
    assert!(t.is_live(&of_bob).await);
}

pub(super) async fn a_suspension_ends_sessions_and_stays_ended(t: Trial) {
    let (ada, session) = t.signed_in_user("ada").await;
    assert!(t.is_live(&session).await);
    let suspend = UserChanges {
        suspended_at: Patch::Set(t.make.now()),
        ..UserChanges::default()
    };
    let mut command = update(&ada, suspend);
    command.end_sessions = true;
    let suspended = t.store.users.update(t.write(command)).await;
    assert!(suspended.expect("update").is_suspended());
    assert!(!t.is_live(&session).await);

    let lift = UserChanges {
        suspended_at: Patch::Clear,
        ..UserChanges::default()
    };
    let lifted = t.store.users.update(t.write(update(&ada, lift))).await;
    assert!(!lifted.expect("update").is_suspended());
    assert!(!t.is_live(&session).await);
}

pub(super) async fn parallel_updates_of_different_fields_all_survive(t: Trial) {
    let from = t.make.account("ada");
    t.register(new_user(from.clone())).await;
    let to = t.make.full_account("target");
    let changes = single_changes(&to);
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
    let ada = t.user("ada").await;
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

pub(super) async fn an_update_shows_in_the_session_at_once(t: Trial) {
    let (ada, session) = t.signed_in_user("ada").await;
    assert!(t.is_live(&session).await);
    let changes = UserChanges {
        default_visibility: Some(Visibility::Private),
        ..UserChanges::default()
    };
    let write = t.write(update(&ada, changes));
    let updated = t.store.users.update(write).await.expect("update");
    let signed_in = t.store.sessions.signed_in(session.session.id, ada.id);
    let signed_in = signed_in.await.expect("signed_in").expect("a session");
    assert_eq!(signed_in.account, updated);
}
