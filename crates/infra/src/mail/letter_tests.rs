use super::*;

const JOB: &str = "job_01h455vb4pex5vsknk084sn02q";
/// 2026-01-02T03:04:05.678901Z.
const AT: i64 = 1_767_323_045_678_901;

fn letters(public_url: &str) -> Letters {
    Letters::new(&LetterSettings::new(public_url)).expect("settings")
}

fn verification(to: &str, username: &str, key: &str) -> Mail {
    Mail::VerifyEmail {
        to: to.to_owned(),
        username: username.to_owned(),
        key: key.to_owned(),
    }
}

fn reset() -> Mail {
    Mail::ResetPassword {
        to: "alice@example.org".to_owned(),
        username: "alice".to_owned(),
        uid: "usr_01h455vb4pex5vsknk084sn02q".to_owned(),
        token: "T-_".repeat(14),
    }
}

fn written(letters: &Letters, mail: &Mail) -> Result<String, BoxError> {
    let id = JOB.parse().expect("an id");
    let message = letters.write(id, mail, Timestamp::from_micros(AT))?;
    Ok(String::from_utf8(message.formatted()).expect("text"))
}

#[test]
fn a_verification_letter_byte_for_byte() {
    let mail = verification("alice@example.org", "alice", "K_-9");
    let text = written(&letters("http://127.0.0.1:8080"), &mail).expect("written");
    assert_eq!(
        text,
        "From: Vestibule <no-reply@localhost>\r\n\
         To: alice@example.org\r\n\
         Subject: Confirm your e-mail address\r\n\
         Date: Fri, 02 Jan 2026 03:04:05 +0000\r\n\
         Message-ID: <job_01h455vb4pex5vsknk084sn02q@127.0.0.1>\r\n\
         MIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\
         Content-Transfer-Encoding: 7bit\r\n\
         \r\n\
         Hello alice,\r\n\
         \r\n\
         please confirm that this e-mail address is yours by opening this link:\r\n\
         \r\n\
         http://127.0.0.1:8080/verify-email?key=K_-9\r\n\
         \r\n\
         The link is valid for 24 hours.\r\n\
         \r\n\
         If you did not register an account, ignore this letter: without the link\r\n\
         the address is not confirmed.\r\n"
    );
}

#[test]
fn a_reset_letter_has_its_link_whole_on_a_line_of_its_own() {
    let text = written(&letters("https://id.example/accounts/"), &reset()).expect("written");
    let link = format!(
        "https://id.example/accounts/reset-password?uid=usr_01h455vb4pex5vsknk084sn02q&token={}",
        "T-_".repeat(14)
    );
    assert!(link.len() > 76, "long enough to be folded");
    assert!(text.lines().any(|line| line == link), "{text}");
    assert!(text.contains("\r\nSubject: Reset your password\r\n"));
    assert!(text.contains("<job_01h455vb4pex5vsknk084sn02q@id.example>"));
    assert!(text.contains("valid for 15 minutes"));
    let other_lines = text.lines().filter(|line| *line != link);
    assert!(other_lines.into_iter().all(|line| line.len() < 76));
}

#[test]
fn paths_and_sender_are_configurable() {
    let settings = LetterSettings {
        from: "Ärzte & Co <accounts@example.com>".to_owned(),
        verify_email_path: "/#/welcome".to_owned(),
        reset_password_path: "/new-password/".to_owned(),
        ..LetterSettings::new("https://id.example")
    };
    let letters = Letters::new(&settings).expect("settings");
    let mail = verification("alice@example.org", "alice", "K");
    let text = written(&letters, &mail).expect("written");
    assert!(text.contains("\r\nhttps://id.example/#/welcome?key=K\r\n"));
    assert!(text.is_ascii(), "a name beyond ASCII is encoded (RFC 2047)");
    assert!(text.contains("<accounts@example.com>\r\n"));
    let text = written(&letters, &reset()).expect("written");
    assert!(text.contains("\r\nhttps://id.example/new-password/?uid=usr_"));
}

#[test]
fn values_of_links_are_percent_encoded() {
    let mail = verification("alice@example.org", "alice", "a&b=c d\r\n%é");
    let text = written(&letters("https://id.example"), &mail).expect("written");
    assert!(
        text.contains("\r\nhttps://id.example/verify-email?key=a%26b%3Dc%20d%0D%0A%25%C3%A9\r\n")
    );
}

#[test]
fn no_recipient_can_add_a_header_or_another_recipient() {
    let letters = letters("https://id.example");
    for to in [
        "alice@example.org\r\nBcc: eve@example.org",
        "alice@example.org\nBcc: eve@example.org",
        "alice@example.org, eve@example.org",
        "alice@example.org,eve@example.org",
        "<alice@example.org>",
        "Eve <eve@example.org>",
        "\"\r\nBcc: eve\"@example.org",
        "alice@example.org\0",
        "alice",
        "",
    ] {
        let refused = written(&letters, &verification(to, "alice", "K"));
        let error = refused.expect_err(to).to_string();
        assert!(!error.contains("example.org"), "{error}");
    }
}

#[test]
fn a_username_stays_in_the_text() {
    let mail = verification(
        "alice@example.org",
        "x\r\nBcc: eve@example.org\r\n\r\n",
        "K",
    );
    let text = written(&letters("https://id.example"), &mail).expect("written");
    let (headers, _) = text.split_once("\r\n\r\n").expect("a body");
    assert!(!headers.contains("Bcc"));
    let beyond_ascii = verification("alice@example.org", "Zoë", "K");
    assert!(written(&letters("https://id.example"), &beyond_ascii).is_err());
}

#[test]
fn settings_that_break_links_or_headers_are_refused() {
    for public_url in [
        "",
        "id.example",
        "ftp://id.example",
        "https://",
        "https://id.example/?a=b",
        "https://id.example/#a",
        "https://user:secret@id.example",
        "javascript:alert(1)",
    ] {
        let refused = Letters::new(&LetterSettings::new(public_url));
        assert!(
            matches!(refused, Err(LetterSettingsError::PublicUrl(_))),
            "{public_url}"
        );
    }
    for from in ["", "Vestibule", "a@b\r\nBcc: c@d", "Vestibule <no-reply>"] {
        let settings = LetterSettings {
            from: from.to_owned(),
            ..LetterSettings::new("https://id.example")
        };
        let refused = Letters::new(&settings);
        assert!(
            matches!(refused, Err(LetterSettingsError::From(_))),
            "{from}"
        );
    }
    for path in ["", "verify", "/a b", "/a?b", "/a\r\n", "/é"] {
        let settings = LetterSettings {
            reset_password_path: path.to_owned(),
            ..LetterSettings::new("https://id.example")
        };
        let refused = Letters::new(&settings);
        assert!(
            matches!(refused, Err(LetterSettingsError::Path(_))),
            "{path}"
        );
    }
}
