use std::sync::Arc;
use std::time::Duration;

use vestibule_domain::activity::Event;
use vestibule_domain::api_keys::Scope;
use vestibule_domain::credentials::{ChangeRights, ChangeRightsError, StepUpError};
use vestibule_domain::kernel::{
    GuardError, Invalid, Origin, Patch, Secret, StoreError, Timestamp, Version,
};
use vestibule_domain::sessions::Staff;
use vestibule_domain::users::{MockUserStore, UpdateError, UpdateProfile, Users};

use crate::api_keys::held;
use crate::world::{Counter, TestClock, World, down, jane, now, signed_in, user};

fn users(store: MockUserStore) -> Users {
    Users {
        store: Arc::new(store),
        clock: Arc::new(TestClock::default()),
        ids: Arc::new(Counter::default()),
    }
}

fn staff_by_key() -> Staff {
    Staff::from_key(&held(vec![Scope::Admin]), Origin::default()).expect("staff")
}

#[test]
fn staff_are_administrators_and_keys_with_the_scope() {
    assert!(Staff::from_session(&signed_in(jane()), Origin::default()).is_none());
    let mut admin = jane();
    admin.is_admin = true;
    let by_session = Staff::from_session(&signed_in(admin), Origin::default()).expect("staff");
    assert!(by_session.session().is_some());
    assert!(staff_by_key().session().is_none());
    for scopes in [
        vec![],
        vec![Scope::UsersRead, Scope::UsersWrite, Scope::App],
    ] {
        assert!(Staff::from_key(&held(scopes), Origin::default()).is_none());
    }
}

/// What reaches the store.
#[derive(Clone, Copy)]
enum Stored {
    Nothing,
    NotIsAdmin,
    IsAdmin(bool),
}

/// Changes Jane's rights.
fn change_rights(
    mut world: World,
    staff: &Staff,
    change: ChangeRights,
    stored: Stored,
) -> Result<(), ChangeRightsError> {
    let is_admin = match stored {
        Stored::IsAdmin(is_admin) => Some(is_admin),
        Stored::Nothing | Stored::NotIsAdmin => None,
    };
    if !matches!(stored, Stored::Nothing) {
        world
            .users
            .expect_update()
            .times(1)
            .withf(move |write| {
                write.command.changes.is_admin == is_admin
                    && write.log.len() == 1
                    && write.log[0].event == Event::AccountAdministered
            })
            .return_once(|_| Ok(Arc::new(jane())));
    }
    now(world
        .into_credentials()
        .change_rights(staff, &jane(), change, None))
    .map(drop)
}

fn is_admin(is_admin: bool, password: Option<&str>) -> ChangeRights {
    ChangeRights {
        is_admin: Some(is_admin),
        current_password: password.map(Secret::new),
        ..ChangeRights::default()
    }
}

fn administrator() -> Staff {
    let mut admin = jane();
    admin.is_admin = true;
    Staff::from_session(&signed_in(admin), Origin::default()).expect("staff")
}

#[test]
fn a_key_makes_nobody_staff() {
    for password in [None, Some("a password")] {
        assert!(matches!(
            change_rights(
                World::new(),
                &staff_by_key(),
                is_admin(true, password),
                Stored::Nothing
            ),
            Err(ChangeRightsError::SessionRequired)
        ));
    }
    let mut admin = jane();
    admin.is_admin = true;
    let refused = World::new().into_credentials();
    assert!(matches!(
        now(refused.change_rights(&staff_by_key(), &admin, is_admin(false, None), None)),
        Err(ChangeRightsError::SessionRequired)
    ));
}

#[test]
fn a_right_that_stays_as_it_is_needs_no_proof() {
    let late = World::new();
    late.clock.advance(Duration::from_mins(5));
    change_rights(
        late,
        &administrator(),
        is_admin(false, None),
        Stored::NotIsAdmin,
    )
    .expect("no change");
    change_rights(
        World::new(),
        &staff_by_key(),
        is_admin(false, None),
        Stored::NotIsAdmin,
    )
    .expect("no change");
}

#[test]
fn staff_are_made_after_a_step_up() {
    change_rights(
        World::new(),
        &administrator(),
        is_admin(true, None),
        Stored::IsAdmin(true),
    )
    .expect("a recent login");
    let late = World::new();
    late.clock.advance(Duration::from_mins(5));
    assert!(matches!(
        change_rights(
            late,
            &administrator(),
            is_admin(true, None),
            Stored::Nothing
        ),
        Err(ChangeRightsError::StepUp(StepUpError::Required))
    ));
}

#[test]
fn a_password_that_is_sent_is_checked_whatever_changes() {
    for matches in [true, false] {
        let mut world = World::new();
        world.credentials.expect_by_user().return_once(|_| Ok(None));
        world.expect_verify(false, matches, false);
        let change = is_admin(false, Some("a password"));
        let outcome = change_rights(
            world,
            &administrator(),
            change,
            if matches {
                Stored::NotIsAdmin
            } else {
                Stored::Nothing
            },
        );
        assert_eq!(outcome.is_ok(), matches);
    }
    // A key has no password.
    assert!(matches!(
        change_rights(
            World::new(),
            &staff_by_key(),
            is_admin(false, Some("a password")),
            Stored::Nothing
        ),
        Err(ChangeRightsError::StepUp(StepUpError::Incorrect(_)))
    ));
}

#[test]
fn faults_of_a_change_are_told_apart() {
    let after = |fault: StoreError| {
        let mut store = MockUserStore::new();
        store
            .expect_update()
            .withf(|write| write.command.expected == Some(Version(7)) && write.log.is_empty())
            .return_once(|_| Err(fault));
        let profile = UpdateProfile::default();
        now(users(store).update_profile(user(), profile, Some(Version(7)))).expect_err("refused")
    };
    assert!(matches!(after(StoreError::Conflict), UpdateError::Stale));
    assert!(matches!(
        after(StoreError::Missing("user")),
        UpdateError::NotFound
    ));
    assert!(matches!(after(down()), UpdateError::Store(_)));

    let mut store = MockUserStore::new();
    store.expect_merge_settings().return_once(|_| {
        let field = Invalid::new("too_large", "Keep the settings within 16 KiB of JSON.");
        Err(GuardError::Rule(field.at("k")))
    });
    let merge = users(store);
    assert!(matches!(
        now(merge.update_settings(user(), serde_json::Map::new(), None)),
        Err(UpdateError::Invalid(_))
    ));
}

#[test]
fn a_suspension_ends_sessions_once() {
    for (suspend, already) in [(true, false), (true, true), (false, true), (false, false)] {
        let mut account = jane();
        account.suspended_at = already.then_some(Timestamp::from_micros(0));
        let mut store = MockUserStore::new();
        let found = Arc::new(account);
        store.expect_account().return_once(move |_| Ok(Some(found)));
        store
            .expect_update()
            .times(usize::from(suspend != already))
            .withf(move |write| {
                let expected = if suspend {
                    (Patch::Set(write.at), Event::AccountSuspended)
                } else {
                    (Patch::Clear, Event::AccountUnsuspended)
                };
                write.command.end_sessions == suspend
                    && write.command.changes.suspended_at == expected.0
                    && write.log[0].event == expected.1
            })
            .returning(|_| Ok(Arc::new(jane())));
        let users = users(store);
        let staff = staff_by_key();
        if suspend {
            now(users.suspend(&staff, user())).expect("suspended");
        } else {
            now(users.unsuspend(&staff, user())).expect("not suspended");
        }
    }
}

#[test]
fn suspending_nobody_or_without_store_is_told() {
    let mut nobody = MockUserStore::new();
    nobody.expect_account().return_once(|_| Ok(None));
    assert!(matches!(
        now(users(nobody).suspend(&staff_by_key(), user())),
        Err(UpdateError::NotFound)
    ));
    let mut store = MockUserStore::new();
    store.expect_account().return_once(|_| Err(down()));
    assert!(matches!(
        now(users(store).unsuspend(&staff_by_key(), user())),
        Err(UpdateError::Store(_))
    ));
}
