//! Lists of accounts: `UserStore::list`.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;
use vestibule_domain::kernel::{Anchor, Id, PageRequest, UserId};
use vestibule_domain::users::{Account, PersonName, UserFilter};

use super::paging::{SHUFFLED, check_paging, first_page, rows};
use super::trial::Trial;
use crate::fixtures::{email, new_user};

/// Registers seven accounts in the order of their ids turned upside down, with
/// others between; answers the ids of the seven, newest first.
async fn seven(t: &Trial) -> Vec<UserId> {
    let mut accounts = Vec::new();
    for number in 0..7 {
        accounts.push(t.make.account(&format!("even{number}")));
        let _between: UserId = t.make.id();
    }
    for place in SHUFFLED {
        t.register(new_user(accounts[place].clone())).await;
        t.make.later(Duration::from_secs(1));
    }
    accounts.iter().rev().map(|account| account.id).collect()
}

pub(super) async fn accounts_are_listed_newest_first(t: Trial) {
    let ids = seven(&t).await;
    let users = t.fresh().await.users;
    check_paging(
        &ids,
        |account: &Arc<Account>| account.id,
        async |page| {
            let listed = users.list(UserFilter::default(), page).await;
            listed.expect("list")
        },
    )
    .await;
}

pub(super) async fn a_filtered_list_has_pages_of_its_own(t: Trial) {
    for number in 0..4 {
        t.user(&format!("odd{number}")).await;
    }
    let even = seven(&t).await;
    for number in 4..7 {
        t.user(&format!("odd{number}")).await;
    }
    let users = t.fresh().await.users;
    check_paging(
        &even,
        |account: &Arc<Account>| account.id,
        async |page| {
            let filter = UserFilter {
                search: Some("even".to_owned()),
                email: None,
            };
            users.list(filter, page).await.expect("list")
        },
    )
    .await;
}

pub(super) async fn listed_accounts_have_every_field(t: Trial) {
    let ada = t.make.full_account("ada");
    t.register(new_user(ada.clone())).await;
    let bob = t.user("bob").await;
    let users = t.fresh().await.users;
    let newest_first = [&bob, &ada];
    // Each kind of page and filter may be a statement of its own.
    let pages = [
        PageRequest::number(1, rows(10)),
        PageRequest {
            anchor: Anchor::After(t.make.id()),
            ..first_page()
        },
        PageRequest {
            anchor: Anchor::Before(Id::from_uuid(Uuid::nil())),
            ..first_page()
        },
    ];
    for page in pages {
        let listed = users.list(UserFilter::default(), page).await;
        let listed = listed.expect("list");
        let items: Vec<&Account> = listed.items.iter().map(AsRef::as_ref).collect();
        assert_eq!(items, newest_first, "{page:?}");
        let filter = UserFilter {
            search: Some("ADA".to_owned()),
            email: Some(ada.email.clone()),
        };
        let found = users.list(filter, page).await.expect("list");
        let items: Vec<&Account> = found.items.iter().map(AsRef::as_ref).collect();
        assert_eq!(items, [&ada], "{page:?}");
    }
}

pub(super) async fn an_empty_list_is_an_empty_page(t: Trial) {
    let page = PageRequest::number(1, rows(3));
    let page = t.store.users.list(UserFilter::default(), page).await;
    let page = page.expect("list");
    assert_eq!((page.count, page.items.len()), (0, 0));
    assert!(!page.has_next);
}

/// Registers three users, and checks whom the filters find.
async fn check_filters(t: &Trial, cases: &[(Option<&str>, Option<&str>, &[&str])]) {
    let people = [
        ("zed", "First.Address@one.example", "Ada", "Lovelace"),
        ("Grace_H", "second@two.example", "Grace", "Hopper"),
        ("GraceXH", "third100%@three.example", "Élodie", "Hop\\per"),
    ];
    for (name, address, first, last) in people {
        let account = Account {
            email: email(address),
            first_name: PersonName::parse(first).expect("a name"),
            last_name: PersonName::parse(last).expect("a name"),
            ..t.make.account(name)
        };
        t.register(new_user(account)).await;
    }
    let users = t.fresh().await.users;
    for (search, address, want) in cases {
        let filter = UserFilter {
            search: search.map(str::to_owned),
            email: address.map(email),
        };
        let page = users.list(filter.clone(), first_page()).await;
        let page = page.expect("list");
        let found: Vec<_> = page.items.iter().map(|a| a.username.as_str()).collect();
        assert_eq!(&found, want, "found by {filter:?}");
        assert_eq!(page.count, want.len() as u64, "count of {filter:?}");
    }
}

pub(super) async fn search_finds_parts_of_names_and_addresses(t: Trial) {
    let cases: [(_, _, &[&str]); 11] = [
        (Some("GRACE"), None, &["GraceXH", "Grace_H"]),
        // Of ASCII only, and within one field.
        (Some("élodie"), None, &[]),
        (Some("AdaLove"), None, &[]),
        (Some("zedFirst"), None, &[]),
        (Some("first.ADDRESS"), None, &["zed"]),
        (Some("example"), None, &["GraceXH", "Grace_H", "zed"]),
        (Some("ada"), None, &["zed"]),
        (Some("ovelac"), None, &["zed"]),
        (Some("lodie"), None, &["GraceXH"]),
        (Some("Élodie"), None, &["GraceXH"]),
        (Some("nobody"), None, &[]),
    ];
    check_filters(&t, &cases).await;
}

pub(super) async fn search_has_no_wildcards(t: Trial) {
    let cases: [(_, _, &[&str]); 5] = [
        (Some("e_h"), None, &["Grace_H"]),
        (Some("%"), None, &["GraceXH"]),
        (Some("100%@"), None, &["GraceXH"]),
        (Some("p\\p"), None, &["GraceXH"]),
        (Some("'"), None, &[]),
    ];
    check_filters(&t, &cases).await;
}

pub(super) async fn the_email_filter_wants_the_whole_address(t: Trial) {
    let cases: [(_, _, &[&str]); 4] = [
        (None, Some("SECOND@two.example"), &["Grace_H"]),
        (None, Some("cond@two.example"), &[]),
        (Some("hopper"), Some("second@two.example"), &["Grace_H"]),
        (Some("ada"), Some("second@two.example"), &[]),
    ];
    check_filters(&t, &cases).await;
}
