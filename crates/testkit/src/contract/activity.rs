use std::time::Duration;

use serde_json::json;
use vestibule_domain::activity::{ActivityRecord, Details, Event, LogEntry};
use vestibule_domain::kernel::{Origin, UserId, Write};

use super::paging::{SHUFFLED, check_paging, first_page};
use super::trial::Trial;
use crate::fixtures::origin;

pub(super) use super::faults::activity as a_store_that_is_down_is_unavailable;

impl Trial {
    /// Stores the entries at once, as a command would.
    async fn write_log(&self, log: Vec<LogEntry>) {
        let mut write: Write<()> = self.write(());
        write.log = log;
        self.store.once.record(write).await.expect("record");
    }

    /// The user's log, newest first, through a fresh handle.
    async fn log_of(&self, user: UserId) -> Vec<ActivityRecord> {
        let log = self.fresh().await.activity.list(user, first_page()).await;
        log.expect("list").items
    }
}

pub(super) async fn an_entry_keeps_every_field(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let at = t.make.later(Duration::from_micros(1));
    let first = LogEntry {
        session: Some(t.make.id()),
        origin: Origin {
            ip: Some([192, 0, 2, 1].into()),
            user_agent: Some("\"Agent\"; é\u{1f4a1}".to_owned()),
        },
        details: Details::of([("name", "\"quoted\" é\u{1f4a1}\n")])
            .and("scopes", vec!["admin", "users:read"])
            .and("before", json!({"nested": [null, true, -1, 1.5]}))
            .and("", ""),
        ..t.make.log_entry(ada.id, Event::SessionEnded)
    };
    let second = LogEntry {
        session: Some(t.make.id()),
        origin: origin(),
        ..t.make.log_entry(ada.id, Event::SessionCreated)
    };
    t.write_log(vec![first.clone(), second.clone()]).await;
    t.make.later(Duration::from_mins(1));
    let expected = [second, first].map(|entry| ActivityRecord {
        entry,
        created_at: at,
    });
    assert_eq!(t.log_of(ada.id).await, expected);
    assert_eq!(t.log_of(bob.id).await, []);
}

pub(super) async fn what_an_entry_lacks_stays_absent(t: Trial) {
    let ada = t.user("ada").await;
    let origins = [
        Origin::default(),
        Origin {
            user_agent: None,
            ..origin()
        },
        Origin {
            ip: None,
            ..origin()
        },
        // IPv4 within IPv6 is not IPv4; empty is not absent.
        Origin {
            ip: Some([0, 0, 0, 0, 0, 0xffff, 0xc000, 0x0201].into()),
            user_agent: Some(String::new()),
        },
    ];
    for origin in origins {
        let entry = LogEntry {
            session: None,
            origin,
            ..t.make.log_entry(ada.id, Event::PasswordChanged)
        };
        t.write_log(vec![entry.clone()]).await;
        assert_eq!(t.log_of(ada.id).await[0].entry, entry);
    }
}

pub(super) async fn each_event_is_kept(t: Trial) {
    let ada = t.user("ada").await;
    for event in Event::ALL {
        t.write_log(vec![t.make.log_entry(ada.id, *event)]).await;
        assert_eq!(t.log_of(ada.id).await[0].entry.event, *event);
    }
    assert_eq!(t.log_of(ada.id).await.len(), Event::ALL.len());
}

pub(super) async fn the_log_is_listed_newest_first(t: Trial) {
    let (ada, bob) = (t.user("ada").await, t.user("bob").await);
    let mut entries = Vec::new();
    for _ in 0..7 {
        let of_ada = t.make.log_entry(ada.id, Event::SessionCreated);
        let of_bob = t.make.log_entry(bob.id, Event::SessionCreated);
        entries.push((of_ada, of_bob));
    }
    for place in SHUFFLED {
        let (of_ada, of_bob) = entries[place].clone();
        t.write_log(vec![of_bob, of_ada]).await;
        t.make.later(Duration::from_secs(1));
    }
    let ids: Vec<_> = entries.iter().rev().map(|(entry, _)| entry.id).collect();
    let activity = t.fresh().await.activity;
    check_paging(
        &ids,
        |record: &ActivityRecord| record.entry.id,
        async |page| activity.list(ada.id, page).await.expect("list"),
    )
    .await;
}

pub(super) async fn the_log_of_nobody_is_an_empty_page(t: Trial) {
    let ada = t.user("ada").await;
    let bob = t.user("bob").await;
    let entry = t.make.log_entry(ada.id, Event::AccountCreated);
    t.write_log(vec![entry]).await;
    for nobody in [bob.id, t.make.id()] {
        let page = t.store.activity.list(nobody, first_page()).await;
        let page = page.expect("list");
        assert_eq!((page.count, page.items), (0, Vec::new()));
        assert!(!page.has_next);
    }
}
