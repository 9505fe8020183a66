//! What may happen once happens once, whichever instance is asked.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{PASSWORD, Reply, TestApp};

/// Both instances in turn.
fn in_turn(apps: &[TestApp; 2], index: usize) -> &TestApp {
    &apps[index % apps.len()]
}

async fn two() -> [TestApp; 2] {
    let here = TestApp::start().await;
    let there = here.beside(&[]).await;
    [here, there]
}

#[tokio::test]
async fn parallel_registrations_of_one_address_make_one_account() {
    let apps = two().await;
    let attempts = (0..50).map(|index| {
        let body = json!({
            "username": format!("dealer_{index}"), "email": "Dealer@example.com",
            "password1": PASSWORD, "password2": PASSWORD,
        });
        in_turn(&apps, index).post_patiently("/api/auth/registration/", body)
    });
    let replies = join_all(attempts).await;
    let made = replies.iter().filter(|reply| reply.status == 201).count();
    assert_eq!(made, 1);
    for reply in replies.iter().filter(|reply| reply.status != 201) {
        reply.problem(409, "email_taken");
    }
    assert_eq!(apps[0].database().psql("SELECT count(*) FROM users"), "1");
}

#[tokio::test]
async fn each_letter_is_sent_once() {
    const AT_ONCE: usize = 10;
    const ROUNDS: usize = 12;
    const LETTERS: usize = AT_ONCE * ROUNDS;
    let apps = two().await;
    let mut users = Vec::new();
    for round in 0..ROUNDS {
        let registrations = (0..AT_ONCE).map(|index| {
            let name = format!("dealer_{round}_{index}");
            let app = in_turn(&apps, index);
            async move { app.register(&name).await }
        });
        users.extend(join_all(registrations).await);
    }
    let deadline = Instant::now() + Duration::from_secs(20);
    while apps[0].database().psql("SELECT count(*) FROM outbox") != "0" {
        assert!(Instant::now() < deadline, "letters are left");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    for user in &users {
        let letters = apps.iter().map(|app| app.letters_now(&user.email).len());
        assert_eq!(letters.sum::<usize>(), 1, "{}", user.email);
    }
    let sent = apps.each_ref().map(|app| app.letters_now("@").len());
    assert_eq!(sent.iter().sum::<usize>(), LETTERS);
    assert!(sent.iter().all(|sent| *sent > 0), "one sent all: {sent:?}");
}

#[tokio::test]
async fn letters_of_a_killed_instance_are_sent_by_the_other() {
    let [mut here, there] = two().await;
    let names: Vec<_> = (0..20).map(|index| format!("dealer_{index}")).collect();
    let users = join_all(names.iter().map(|name| here.register(name))).await;
    here.kill();
    // What it had claimed is left to it for a minute; that is over now.
    there.database().psql("UPDATE outbox SET due_at = 0");
    let deadline = Instant::now() + Duration::from_secs(20);
    for user in users {
        // One that was being written at the kill may be sent again.
        while here.letters_now(&user.email).is_empty() && there.letters_now(&user.email).is_empty()
        {
            assert!(Instant::now() < deadline, "no letter to {}", user.email);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

async fn ask(app: &TestApp, bearer: &str, key: &str, body: &Value) -> Reply {
    let request = app
        .request("POST", "/api/v1/support/")
        .header("idempotency-key", key)
        .bearer_auth(bearer)
        .json(body);
    Reply::read(request.send().await.unwrap()).await
}

#[tokio::test]
async fn a_retry_at_the_other_instance_gets_the_first_answer() {
    let apps = two().await;
    let user = apps[0].register("vinyl_dealer").await;
    let body = json!({"subject": "s", "message": "m"});
    for round in 0..5 {
        let key = format!("key {round}");
        let first = ask(in_turn(&apps, round), &user.access, &key, &body).await;
        let second = ask(in_turn(&apps, round + 1), &user.access, &key, &body).await;
        first.expect(201);
        assert_eq!((first.status, &first.text), (second.status, &second.text));
        assert_eq!(first.header("location"), second.header("location"));
        assert_eq!(first.header("idempotency-replayed"), "");
        assert_eq!(second.header("idempotency-replayed"), "true");
    }
    let list = apps[0]
        .get("/api/v1/support/inquiries/", &user.access)
        .await;
    assert_eq!(list.expect(200)["count"], 5);
}

#[tokio::test]
async fn parallel_retries_over_both_instances_do_it_once() {
    let apps = two().await;
    let user = apps[0].register("vinyl_dealer").await;
    let body = json!({"subject": "s", "message": "m"});
    let attempts = (0..20).map(|index| ask(in_turn(&apps, index), &user.access, "k", &body));
    let mut answered = Vec::new();
    for reply in join_all(attempts).await {
        if reply.status == 409 {
            reply.problem(409, "still_running");
        } else {
            answered.push(reply.expect(201)["uid"].clone());
        }
    }
    assert!(!answered.is_empty());
    assert!(
        answered.iter().all(|uid| *uid == answered[0]),
        "{answered:?}"
    );
    let list = apps[1]
        .get("/api/v1/support/inquiries/", &user.access)
        .await;
    assert_eq!(list.expect(200)["count"], 1);
}

#[tokio::test]
async fn parallel_refreshes_over_both_instances_give_one_successor() {
    let apps = two().await;
    let user = apps[0].register("vinyl_dealer").await;
    let attempts = (0..50).map(|index| {
        let body = json!({"refresh": user.refresh});
        in_turn(&apps, index).post("/api/auth/token/refresh/", "", body)
    });
    let replies = join_all(attempts).await;
    let successors: Vec<_> = replies
        .iter()
        .map(|reply| reply.expect(200)["refresh"].clone())
        .collect();
    assert!(successors.iter().all(|token| *token == successors[0]));
}
