//! What was acknowledged survives a kill at any moment.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{PASSWORD, TestApp};

#[tokio::test]
async fn a_kill_under_load_loses_nothing_acknowledged() {
    let mut app = TestApp::start().await;
    let mut users = Vec::new();
    for index in 0..8 {
        users.push(app.register(&format!("dealer_{index}")).await);
    }
    let mut acknowledged = vec![None; users.len()];
    for round in 0..5 {
        let writers = users.iter().enumerate().map(|(index, user)| {
            let request = |count: u32| {
                app.request("PATCH", "/api/v1/user/me/")
                    .bearer_auth(&user.access)
                    .json(&json!({"bio": format!("{round}/{count}")}))
                    .send()
            };
            async move {
                let mut last = None;
                for count in 0.. {
                    match request(count).await {
                        Ok(response) => {
                            assert_eq!(response.status(), 200);
                            last = Some(count);
                        }
                        Err(_) => break,
                    }
                }
                (index, last)
            }
        });
        let pid = app.pid();
        let killer = async move {
            tokio::time::sleep(Duration::from_millis(150 + 70 * round)).await;
            let killed = std::process::Command::new("kill")
                .args(["-KILL", &pid.to_string()])
                .status();
            assert!(killed.unwrap().success());
        };
        let (results, ()) = tokio::join!(futures_util::future::join_all(writers), killer);
        for (index, last) in results {
            if let Some(count) = last {
                acknowledged[index] = Some((round, count));
            }
        }
        app.kill();
        let started = Instant::now();
        app.launch().await;
        assert!(started.elapsed() < Duration::from_secs(5));
        for (user, acknowledged) in users.iter().zip(&acknowledged) {
            let Some((round, count)) = acknowledged else {
                continue;
            };
            let me = app.get("/api/v1/user/me/", &user.access).await.expect(200);
            let bio = me["bio"].as_str().unwrap();
            // The one write that was not answered may be there or not.
            let (stored_round, stored) = bio.split_once('/').unwrap();
            let stored: u32 = stored.parse().unwrap();
            assert_eq!(stored_round, round.to_string());
            assert!(
                stored == *count || stored == count + 1,
                "{bio} after {round}/{count}"
            );
        }
    }
}

#[tokio::test]
async fn a_get_after_the_answer_to_a_patch_shows_it() {
    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    let readers = (0..4).map(|_| async {
        for _ in 0..200 {
            app.get("/api/v1/user/me/", &user.access).await.expect(200);
        }
    });
    let writer = async {
        for count in 0..200 {
            let name = format!("n{count}");
            let change = json!({"first_name": name});
            app.patch("/api/v1/user/me/", &user.access, change)
                .await
                .expect(200);
            let me = app.get("/api/v1/user/me/", &user.access).await.expect(200);
            assert_eq!(me["first_name"], name);
        }
    };
    tokio::join!(futures_util::future::join_all(readers), writer);
}

#[tokio::test]
async fn a_client_that_resets_its_connection_leaves_no_stale_cache() {
    use std::io::Write as _;
    use std::net::TcpStream;

    let app = TestApp::start().await;
    let user = app.register("vinyl_dealer").await;
    let mut carried_out = 0;
    for count in 0..50 {
        app.get("/api/v1/user/me/", &user.access).await.expect(200);
        let bio = format!("reset {count}");
        let body = json!({"bio": bio}).to_string();
        let mut stream = TcpStream::connect(app.url.trim_start_matches("http://")).unwrap();
        // Closing without lingering resets the connection.
        rustix::net::sockopt::set_socket_linger(&stream, Some(Duration::ZERO)).unwrap();
        write!(
            stream,
            "PATCH /api/v1/user/me/ HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            user.access,
            body.len()
        )
        .unwrap();
        // From before the request is read to after it is answered.
        tokio::time::sleep(Duration::from_micros(count * 40)).await;
        drop(stream);
        // A login reads the account past the cache. The write may still be
        // under way, so the two may differ for a moment, but not for good.
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let seen = app.get("/api/v1/user/me/", &user.access).await.expect(200);
            let login = json!({"username": "vinyl_dealer", "password": PASSWORD});
            let stored = app.post("/api/auth/login/", "", login).await.expect(200);
            if seen["bio"] == stored["user"]["bio"] {
                carried_out += u32::from(seen["bio"] == bio.as_str());
                break;
            }
            assert!(
                Instant::now() < deadline,
                "stale: {seen} is stored as {stored}"
            );
        }
    }
    assert!(carried_out > 0, "no write was carried out");
}

#[tokio::test]
async fn letters_that_a_killed_service_was_sending_go_out_at_the_next_start() {
    let mut app = TestApp::start().await;
    for round in 0..3 {
        let names: Vec<_> = (0..20).map(|n| format!("dealer_{round}_{n}")).collect();
        let registrations = names.iter().map(|name| app.register(name));
        let users = futures_util::future::join_all(registrations).await;
        app.kill();
        app.launch().await;
        if let Some(database) = &app.database {
            // Beside other instances a start takes nothing over: what the
            // killed one had claimed is left to it for a minute, over now.
            database.psql("UPDATE outbox SET due_at = 0");
        }
        for user in users {
            app.letters(&user.email, 1).await;
        }
    }
}
