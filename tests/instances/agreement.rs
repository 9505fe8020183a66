//! What an instance answered it never contradicts, whatever others write.

use futures_util::future::{join, join_all};
use serde_json::json;

use super::ME;
use crate::support::{Account, TestApp};

const WRITES: u32 = 150;

/// Writes a counter into a field, and reads it back after each answer.
async fn writes(app: &TestApp, user: &Account, field: &str) {
    for count in 0..WRITES {
        let text = count.to_string();
        let change = json!({ field: text });
        let answer = app.patch(ME, &user.access, change).await.expect(200);
        assert_eq!(answer[field], text.as_str());
        let me = app.get(ME, &user.access).await.expect(200);
        assert_eq!(me[field], text.as_str(), "read after the answer");
    }
}

/// Reads until both counters are at their end; neither ever goes back.
async fn reads(app: &TestApp, user: &Account, fields: [&str; 2]) {
    let mut seen = [None; 2];
    while seen != [Some(WRITES - 1); 2] {
        let me = app.get(ME, &user.access).await.expect(200);
        for (field, seen) in fields.iter().zip(&mut seen) {
            let now = me[field].as_str().unwrap().parse::<u32>().ok();
            assert!(now >= *seen, "{field} was {seen:?} and is {now:?}");
            *seen = now;
        }
    }
}

async fn two_writers_and_readers(settings: &[(&str, &str)]) {
    let here = TestApp::start_with(settings).await;
    let there = here.beside(settings).await;
    let user = here.register("vinyl_dealer").await;
    let fields = ["first_name", "last_name"];
    let writers = join(
        writes(&here, &user, fields[0]),
        writes(&there, &user, fields[1]),
    );
    let readers = [&here, &here, &there, &there].map(|app| reads(app, &user, fields));
    join(writers, join_all(readers)).await;
}

#[tokio::test]
async fn two_instances_that_write_one_account_agree_with_themselves() {
    two_writers_and_readers(&[]).await;
}

#[tokio::test]
async fn two_instances_without_caches_agree_with_themselves() {
    two_writers_and_readers(&[("VESTIBULE_CACHE__ENABLED", "false")]).await;
}
