//! The command line beside a running server.

use serde_json::json;

use crate::support::{PASSWORD, TestApp};

#[tokio::test]
async fn keys_and_users_made_on_the_command_line_count_at_once() {
    let app = TestApp::start().await;
    let key = app.service_key(&["admin", "users:read"]);
    assert!(key.starts_with("vst_"), "{key}");
    app.get("/api/v1/admin/users/", &key).await.expect(200);
    let output = app.cli(
        &[
            "user",
            "create",
            "--username",
            "jane_dealer",
            "--email",
            "jane@example.com",
            "--verified",
        ],
        &format!("{PASSWORD}\n"),
    );
    assert!(output.status.success(), "{output:?}");
    let jane = app.login("jane_dealer").await;
    let me = app.get("/api/v1/user/me/", &jane.access).await.expect(200);
    assert_eq!(me["email_verified"], true);
    assert!(String::from_utf8_lossy(&output.stdout).contains(&jane.uid));
}

#[tokio::test]
async fn bad_commands_say_what_is_wrong() {
    let app = TestApp::start().await;
    app.register("vinyl_dealer").await;
    for (arguments, stdin, expected) in [
        (
            vec![
                "user",
                "create",
                "--username",
                "a b",
                "--email",
                "x@example.com",
            ],
            "OldPass123\n",
            "username",
        ),
        (
            vec!["user", "create", "--username", "jane", "--email", "nobody"],
            "OldPass123\n",
            "email",
        ),
        (
            vec![
                "user",
                "create",
                "--username",
                "jane",
                "--email",
                "x@example.com",
            ],
            "short\n",
            "password",
        ),
        (
            vec![
                "user",
                "create",
                "--username",
                "Vinyl_Dealer",
                "--email",
                "x@example.com",
            ],
            "OldPass123\n",
            "username",
        ),
        (
            vec!["key", "create", "--name", "n", "--scope", "everything"],
            "",
            "scope",
        ),
    ] {
        let output = app.cli(&arguments, stdin);
        let error = String::from_utf8_lossy(&output.stderr).to_lowercase();
        assert!(!output.status.success(), "{arguments:?}");
        assert!(error.contains(expected), "{arguments:?}: {error}");
        assert!(output.stdout.is_empty(), "{output:?}");
    }
}

#[tokio::test]
async fn a_wrong_setting_stops_the_start_with_one_line() {
    let app = TestApp::start().await;
    for (name, value) in [
        ("VESTIBULE_LISTEN", "nowhere"),
        ("VESTIBULE_LISTENN", "127.0.0.1:1"),
        ("VESTIBULE_PASSWORD__BCRYPT_COST", "3"),
        ("VESTIBULE_PASSWORD__BCRYPT_COAST", "12"),
        ("VESTIBULE_ELIGIBILITY__RULES", "no_money"),
        ("VESTIBULE_CACHE__ENABLED", "perhaps"),
    ] {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_vestibule"))
            .arg("check-config")
            .current_dir(app.folder())
            .env_clear()
            .env(name, value)
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{name}={value}");
        assert_eq!(error.lines().count(), 1, "{error}");
        let setting = name
            .trim_start_matches("VESTIBULE_")
            .to_lowercase()
            .replace("__", ".");
        assert!(
            error.to_lowercase().contains(&setting) || error.contains(name),
            "{error}"
        );
    }
    let good = app.cli(&["check-config"], "");
    assert!(good.status.success(), "{good:?}");
}

#[tokio::test]
async fn a_second_server_on_the_same_folder_is_refused() {
    let app = TestApp::start().await;
    if app.database.is_some() {
        // Only SQLite's file has one server; a PostgreSQL database may have many.
        return;
    }
    let output = app.cli(&["serve"], "");
    assert!(!output.status.success());
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        error.contains("in use") || error.contains("lock"),
        "{error}"
    );
    let user = app.register("vinyl_dealer").await;
    assert_eq!(
        app.get("/api/v1/user/me/", &user.access).await.expect(200)["bio"],
        json!(null)
    );
}
