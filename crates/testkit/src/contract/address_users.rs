//! What addresses show in accounts, by whatever way those are answered.

use std::sync::Arc;

use vestibule_domain::credentials::TokenKind;
use vestibule_domain::users::{Account, NewUser, UserChanges, UserFilter, VerifyEmail};

use super::addresses::remove;
use super::paging::first_page;
use super::trial::Trial;
use super::user_changes::update;
use super::users::assert_found;
use crate::fixtures::new_user;

pub(super) async fn every_look_up_knows_whether_there_is_a_primary_address(t: Trial) {
    let mut ada = t.user("ada").await;
    let bob = t.user("bob").await;
    let address = t.added(ada.id, "Ada", true).await;
    ada.has_primary_address = true;
    check(&t, &[&bob, &ada]).await;
    let removed = t.store.addresses.remove(t.write(remove(&address))).await;
    removed.expect("remove");
    ada.has_primary_address = false;
    check(&t, &[&bob, &ada]).await;
}

async fn check(t: &Trial, newest_first: &[&Account]) {
    for account in newest_first {
        assert_found(t, account).await;
    }
    let users = t.fresh().await.users;
    let page = users.list(UserFilter::default(), first_page()).await;
    let items = page.expect("list").items;
    let items: Vec<&Account> = items.iter().map(AsRef::as_ref).collect();
    assert_eq!(items, newest_first);
}

pub(super) async fn every_change_answers_whether_there_is_a_primary_address(t: Trial) {
    let ada = t.make.account("ada");
    let token = t.make.token(TokenKind::VerifyEmail, &ada);
    let verify = VerifyEmail {
        token: token.digest,
    };
    let new = NewUser {
        token: Some(token),
        ..new_user(ada.clone())
    };
    t.register(new).await;
    t.added(ada.id, "Ada", true).await;
    let updated = t.write(update(&ada, UserChanges::default()));
    let updated = t.store.users.update(updated).await.expect("update");
    let verified = t.store.users.verify_email(t.write(verify)).await;
    let verified = verified.expect("verify_email").expect("an account");
    for answer in [updated, Arc::clone(&verified)] {
        assert!(answer.has_primary_address);
    }
    assert_found(&t, &verified).await;
}
