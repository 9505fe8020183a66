//! Who names which avatar: `UserStore::avatars_in_use`.

use vestibule_domain::avatars::AvatarKey;
use vestibule_domain::kernel::{Patch, Write};
use vestibule_domain::outbox::{NewJob, Work};
use vestibule_domain::users::{Account, UpdateUser, UserChanges};

use super::trial::Trial;
use super::user_changes::update;
use crate::fixtures::{avatar_key, new_user};

fn naming(account: &Account, avatar: Patch<AvatarKey>) -> UpdateUser {
    let changes = UserChanges {
        avatar,
        ..UserChanges::default()
    };
    update(account, changes)
}

async fn set(t: &Trial, account: &Account, avatar: Patch<AvatarKey>) {
    let write = t.write(naming(account, avatar));
    t.store.users.update(write).await.expect("update");
}

/// Which of the names are those of avatars in use, in order.
async fn used(t: &Trial, names: &[&str]) -> Vec<String> {
    let keys: Vec<_> = names.iter().map(|name| avatar_key(name)).collect();
    let users = t.fresh().await.users;
    let mut used = users.avatars_in_use(&keys).await.expect("avatars_in_use");
    used.sort();
    let mut found: Vec<_> = names
        .iter()
        .filter(|name| used.binary_search(&avatar_key(name)).is_ok())
        .map(|name| (*name).to_owned())
        .collect();
    found.sort();
    assert_eq!(found.len(), used.len(), "each once, and no others");
    found
}

pub(super) async fn avatars_in_use_are_those_that_accounts_name(t: Trial) {
    assert_eq!(used(&t, &["a"]).await, [""; 0]);
    let ada = t.user("ada").await;
    let registered = Account {
        avatar: Some(avatar_key("b")),
        ..t.make.account("bob")
    };
    t.register(new_user(registered)).await;
    let carol = t.user("carol").await;
    set(&t, &ada, Patch::Set(avatar_key("a"))).await;
    set(&t, &carol, Patch::Set(avatar_key("c"))).await;
    assert_eq!(used(&t, &["c", "x", "a", "b"]).await, ["a", "b", "c"]);
    assert_eq!(used(&t, &["x", "a"]).await, ["a"]);
    assert_eq!(used(&t, &[]).await, [""; 0]);
    // Another one, and none.
    set(&t, &ada, Patch::Set(avatar_key("d"))).await;
    set(&t, &carol, Patch::Clear).await;
    assert_eq!(used(&t, &["a", "b", "c", "d"]).await, ["b", "d"]);
    // A change of something else leaves it.
    set(&t, &ada, Patch::Keep).await;
    assert_eq!(used(&t, &["d"]).await, ["d"]);
}

pub(super) async fn an_avatar_of_two_accounts_is_in_use_once(t: Trial) {
    for name in ["ada", "bob"] {
        let account = t.user(name).await;
        set(&t, &account, Patch::Set(avatar_key("shared"))).await;
    }
    assert_eq!(used(&t, &["shared", "other"]).await, ["shared"]);
}

pub(super) async fn many_avatars_are_asked_for_at_once(t: Trial) {
    let ada = t.user("ada").await;
    set(&t, &ada, Patch::Set(avatar_key("999"))).await;
    let names: Vec<String> = (0..1000).map(|number| number.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(used(&t, &names).await, ["999"]);
}

pub(super) async fn an_erasure_commits_with_the_change(t: Trial) {
    let ada = t.user("ada").await;
    let work = || Work::EraseAvatar {
        key: avatar_key("old"),
    };
    let erasing = |account: &Account| -> Write<UpdateUser> {
        let job = NewJob::new(t.make.id(), None, work());
        t.write(naming(account, Patch::Clear)).job(job)
    };
    let nobody = t.make.account("nobody");
    let refused = t.store.users.update(erasing(&nobody)).await;
    assert!(refused.is_err(), "no such account");
    t.store.users.update(erasing(&ada)).await.expect("update");
    let now = t.make.now();
    let jobs = t.fresh().await.outbox.claim(now, now, 10).await;
    let jobs: Vec<_> = jobs
        .expect("claim")
        .into_iter()
        .map(|job| job.work)
        .collect();
    assert_eq!(jobs, [work()]);
}
