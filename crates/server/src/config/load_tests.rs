use std::fs;

use tempfile::TempDir;

use super::*;

/// Loads with a file of this text, these variables and these flags.
fn load_with(
    toml: &str,
    variables: &[(&str, &str)],
    flags: &[(&'static str, &'static str, &str)],
) -> Result<Settings, String> {
    let folder = TempDir::new().expect("a temporary folder");
    let file = folder.path().join("settings.toml");
    fs::write(&file, toml).expect("writes the file");
    let overrides = Overrides {
        file: Some(file),
        flags: flags
            .iter()
            .map(|(flag, path, value)| (*flag, *path, (*value).to_owned()))
            .collect(),
    };
    let variables = variables
        .iter()
        .map(|(name, value)| (OsString::from(name), OsString::from(value)));
    load(&overrides, variables).map_err(|error| error.to_string())
}

fn refusal(toml: &str, variables: &[(&str, &str)]) -> String {
    let message = load_with(toml, variables, &[]).expect_err("the settings are wrong");
    assert!(!message.contains('\n'), "more than one line: {message}");
    message
}

#[test]
fn without_anything_the_defaults_hold() {
    let settings = load_with("", &[], &[]).expect("the defaults are right");
    assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(settings.password.bcrypt_cost, 12);
    assert_eq!(settings.eligibility.rules.as_slice().len(), 4);
    assert_eq!(
        settings.location().to_string(),
        "vestibule-data/vestibule.db"
    );
    assert_eq!(settings.issuer(), "vestibule");
    assert!(settings.cache.enabled && settings.log.access);
}

#[test]
fn each_layer_overrules_those_before_it() {
    let file = "listen = '127.0.0.1:1'\ndata_dir = 'file'\n[quotas]\ndevices = 1\naddresses = 2\n";
    let variables = [
        ("VESTIBULE_LISTEN", "127.0.0.1:2"),
        ("VESTIBULE_QUOTAS__DEVICES", "3"),
        ("OTHER_LISTEN", "ignored"),
    ];
    let flags = [("--listen", "listen", "127.0.0.1:3")];
    let settings = load_with(file, &variables, &flags).expect("all of it is right");
    assert_eq!(settings.listen.port(), 3);
    assert_eq!(settings.data_dir, Path::new("file"));
    assert_eq!(settings.quotas.devices, 3);
    assert_eq!(settings.quotas.addresses, 2);
    assert_eq!(settings.quotas.inquiries, 100);
}

#[test]
fn every_documented_variable_is_accepted() {
    let variables = [
        ("VESTIBULE_LISTEN", "[::1]:0"),
        ("VESTIBULE_DATA_DIR", "/tmp/x"),
        ("VESTIBULE_DATABASE_URL", "sqlite:/tmp/x/y.db"),
        ("VESTIBULE_PUBLIC_URL", "https://accounts.example.com/"),
        ("VESTIBULE_SECRETS_FILE", "/run/secrets/vestibule"),
        ("VESTIBULE_LOG__FORMAT", "text"),
        ("VESTIBULE_LOG__LEVEL", "debug"),
        ("VESTIBULE_LOG__ACCESS", "false"),
        ("VESTIBULE_RATE_LIMITS__ENABLED", "false"),
        ("VESTIBULE_CACHE__ENABLED", "false"),
        ("VESTIBULE_CACHE__CAPACITY", "1000"),
        ("VESTIBULE_PASSWORD__BCRYPT_COST", "4"),
        ("VESTIBULE_PASSWORD__THREADS", "2"),
        (
            "VESTIBULE_ELIGIBILITY__RULES",
            "no_subscription, email_not_verified",
        ),
        ("VESTIBULE_QUOTAS__INQUIRIES", "5"),
        ("VESTIBULE_SESSIONS__ACCESS_MINUTES", "5"),
        ("VESTIBULE_SESSIONS__IDLE_DAYS", "1"),
        ("VESTIBULE_SESSIONS__ABSOLUTE_DAYS", "2"),
        ("VESTIBULE_TOKENS__ALGORITHM", "hs256"),
        (
            "VESTIBULE_TOKENS__HS256_SECRET",
            "0123456789abcdef0123456789abcdef",
        ),
        ("VESTIBULE_TOKENS__ISSUER", "me"),
        ("VESTIBULE_TOKENS__AUDIENCE", "you"),
        ("VESTIBULE_MAIL__FROM", "Accounts <accounts@example.com>"),
        ("VESTIBULE_MAIL__SMTP_URL", ""),
        ("VESTIBULE_MAIL__VERIFY_PATH", "/verify"),
        ("VESTIBULE_MAIL__RESET_PATH", "/reset"),
        ("VESTIBULE_METRICS__ALLOWED", "10.0.0.0/8,192.168.1.1"),
        ("VESTIBULE_SERVER__WORKERS", "1"),
        ("VESTIBULE_SERVER__SHUTDOWN_SECONDS", "5"),
        ("VESTIBULE_AVATARS__ALLOW_PRIVATE_SOURCES", "true"),
        ("VESTIBULE_COMPAT__EPIXEL__DAILY_IMAGE_LIMIT", "3"),
    ];
    let settings = load_with("", &variables, &[]).expect("all of them are right");
    assert_eq!(settings.location().to_string(), "/tmp/x/y.db");
    let public_url = settings.public_url.expect("it is set");
    assert_eq!(public_url.as_str(), "https://accounts.example.com");
    let rules = settings.eligibility.rules.as_slice();
    let rules: Vec<_> = rules.iter().map(|rule| rule.as_str()).collect();
    assert_eq!(rules, ["email_not_verified", "no_subscription"]);
    let inside = "10.200.0.1".parse().expect("an address");
    let outside = "11.0.0.1".parse().expect("an address");
    let allowed = |address| settings.metrics.allowed.iter().any(|r| r.contains(address));
    assert!(allowed(inside) && !allowed(outside));
    assert_eq!(settings.compat.epixel.daily_image_limit, 3);
}

#[test]
fn lists_may_be_lists() {
    let file = "[eligibility]\nrules = ['no_subscription']\n[metrics]\nallowed = ['::1/128']\n";
    let settings = load_with(file, &[], &[]).expect("both are right");
    assert_eq!(settings.eligibility.rules.as_slice().len(), 1);
    let none = load_with("", &[("VESTIBULE_ELIGIBILITY__RULES", "")], &[]);
    assert!(
        none.expect("no rule is fine")
            .eligibility
            .rules
            .as_slice()
            .is_empty()
    );
}

#[test]
fn an_unknown_setting_is_named_with_those_that_there_are() {
    let message = refusal("[password]\nbycrypt_cost = 4\n", &[]);
    assert!(message.contains("settings.toml: password.bycrypt_cost: there is no such setting"));
    assert!(message.contains("bcrypt_cost or threads") || message.contains("bcrypt_cost, threads"));
    let message = refusal("", &[("VESTIBULE_CACHE__ENABELD", "true")]);
    assert!(message.starts_with("VESTIBULE_CACHE__ENABELD: there is no such setting"));
    for name in [
        "VESTIBULE_",
        "VESTIBULE_NO_SUCH",
        "VESTIBULE_A B",
        "VESTIBULE___",
    ] {
        let message = refusal("", &[(name, "1")]);
        assert!(
            message.starts_with(&format!("{name}: there is no such setting")),
            "{message}"
        );
    }
}

#[test]
fn an_invalid_value_is_named_with_what_would_be_right() {
    let cases = [
        ("VESTIBULE_LISTEN", "localhost", "127.0.0.1:8080"),
        ("VESTIBULE_DATA_DIR", "", "must not be empty"),
        (
            "VESTIBULE_DATABASE_URL",
            "postgres:u:p@h/d",
            "use postgres://user:password@host:port/database",
        ),
        (
            "VESTIBULE_DATABASE_URL",
            "mysql://h/d",
            "use a path, sqlite: and a path, or postgres://",
        ),
        (
            "VESTIBULE_DATABASE_URL",
            "sqlite::memory:",
            "use the path of a file",
        ),
        (
            "VESTIBULE_PUBLIC_URL",
            "accounts.example.com",
            "use an http or https URL",
        ),
        (
            "VESTIBULE_PUBLIC_URL",
            "https://u:p@example.com",
            "use an http or https URL",
        ),
        ("VESTIBULE_LOG__FORMAT", "xml", "use one of json, text"),
        (
            "VESTIBULE_LOG__LEVEL",
            "loud",
            "use one of off, error, warn",
        ),
        ("VESTIBULE_LOG__ACCESS", "perhaps", "a boolean"),
        (
            "VESTIBULE_PASSWORD__BCRYPT_COST",
            "3",
            "use a whole number from 4 to 16",
        ),
        (
            "VESTIBULE_PASSWORD__BCRYPT_COST",
            "17",
            "use a whole number from 4 to 16",
        ),
        (
            "VESTIBULE_PASSWORD__BCRYPT_COST",
            "twelve",
            "use a whole number from 4 to 16",
        ),
        (
            "VESTIBULE_QUOTAS__DEVICES",
            "-1",
            "use a whole number from 1 to 1000000",
        ),
        (
            "VESTIBULE_ELIGIBILITY__RULES",
            "no_such_rule",
            "account_suspended",
        ),
        (
            "VESTIBULE_TOKENS__ALGORITHM",
            "none",
            "use one of eddsa, hs256",
        ),
        (
            "VESTIBULE_TOKENS__HS256_SECRET",
            "short",
            "at least 32 bytes",
        ),
        (
            "VESTIBULE_MAIL__SMTP_URL",
            "ftp://h",
            "use smtp://, smtp+starttls:// or smtps://",
        ),
        ("VESTIBULE_MAIL__VERIFY_PATH", "verify", "use a path"),
        (
            "VESTIBULE_METRICS__ALLOWED",
            "10.0.0.0/33",
            "use IP addresses and networks",
        ),
        ("VESTIBULE_LOG", "debug", "use "),
    ];
    for (name, value, right) in cases {
        let message = refusal("", &[(name, value)]);
        assert!(message.starts_with(&format!("{name}: ")), "{message}");
        assert!(message.contains(right), "{message} should contain {right}");
    }
}

#[test]
fn types_of_the_file_are_not_guessed() {
    for wrong in ["12.5", "true", "[12]", "{ cost = 12 }"] {
        let message = refusal(&format!("[password]\nbcrypt_cost = {wrong}\n"), &[]);
        assert!(
            message.contains("password.bcrypt_cost: use a whole number"),
            "{message}"
        );
    }
}

#[test]
fn a_broken_or_missing_file_is_named() {
    let message = refusal("listen = \n", &[]);
    assert!(message.contains("settings.toml: "), "{message}");
    assert!(message.contains("line 1"), "{message}");
    let missing = Overrides {
        file: Some(PathBuf::from("/no/such/file.toml")),
        ..Overrides::default()
    };
    let error = load(&missing, []).expect_err("there is no such file");
    assert!(
        error
            .to_string()
            .starts_with("/no/such/file.toml: cannot be read")
    );
}

#[test]
fn a_wrong_flag_is_named() {
    let error = load_with("", &[], &[("--listen", "listen", "nowhere")]);
    assert!(
        error
            .expect_err("it is wrong")
            .starts_with("--listen: use an IP address")
    );
}

#[test]
fn a_sender_that_is_none_is_named() {
    let message = refusal("", &[("VESTIBULE_MAIL__FROM", "nobody")]);
    assert!(message.starts_with("mail.from: "), "{message}");
}

#[test]
fn hs256_needs_its_secret() {
    let message = refusal("", &[("VESTIBULE_TOKENS__ALGORITHM", "hs256")]);
    assert!(message.starts_with("tokens.hs256_secret: required"));
}

#[test]
fn no_secret_shows_in_debug_or_in_an_error() {
    let secret = "correct-horse-battery-staple-0123456789";
    let settings = load_with("", &[("VESTIBULE_TOKENS__HS256_SECRET", secret)], &[]);
    assert!(!format!("{:?}", settings.expect("it is right")).contains(secret));
    let message = refusal(&format!("[tokens]\nhs256_secret = '{secret}\n"), &[]);
    assert!(!message.contains("horse"), "{message}");
    let message = refusal("", &[("VESTIBULE_TOKENS__HS256_SECRET", "hunter2")]);
    assert!(!message.contains("hunter2"), "{message}");
}
