//! What was acknowledged survives a kill at any moment.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::TestApp;

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
    for count in 0..50 {
        app.get("/api/v1/user/me/", &user.access).await.expect(200);
        let body = json!({"bio": format!("reset {count}")}).to_string();
        let mut stream = TcpStream::connect(app.url.trim_start_matches("http://")).unwrap();
        // Closing with unread data in flight resets the connection.
        write!(
            stream,
            "PATCH /api/v1/user/me/ HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            user.access,
            body.len()
        )
        .unwrap();
        drop(stream);
        // A write of one's own goes through the same queue, so afterwards the
        // other one is committed or will never be.
        let marker = json!({"last_name": format!("m{count}")});
        let answered = app
            .patch("/api/v1/user/me/", &user.access, marker)
            .await
            .expect(200);
        let seen = app.get("/api/v1/user/me/", &user.access).await.expect(200);
        assert_eq!(seen["last_name"], answered["last_name"]);
        if seen["bio"] != answered["bio"] {
            assert_eq!(seen["bio"], json!(format!("reset {count}")));
        }
    }
}
