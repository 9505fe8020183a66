use base64::Engine as _;

use super::*;
use crate::mail::LinkPaths;

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
    let (text, html) = text
        .split_once("--job_01h455vb4pex5vsknk084sn02q\r\nContent-Type: text/html")
        .expect("two parts");
    assert_eq!(
        text,
        "From: Vestibule <no-reply@localhost>\r\n\
         To: alice@example.org\r\n\
         Subject: Confirm your e-mail address\r\n\
         Date: Fri, 02 Jan 2026 03:04:05 +0000\r\n\
         Message-ID: <job_01h455vb4pex5vsknk084sn02q@127.0.0.1>\r\n\
         MIME-Version: 1.0\r\n\
         Content-Type: multipart/alternative;\r\n \
         boundary=\"job_01h455vb4pex5vsknk084sn02q\"\r\n\
         \r\n\
         --job_01h455vb4pex5vsknk084sn02q\r\n\
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
         the address is not confirmed.\r\n\r\n"
    );
    assert!(
        !html.contains("K_-9"),
        "what searches the file finds one key"
    );
    assert!(html.ends_with("--job_01h455vb4pex5vsknk084sn02q--\r\n"));
}

/// What the HTML part says.
fn html(letter: &str) -> String {
    let (_, part) = letter
        .split_once("Content-Type: text/html")
        .expect("a part");
    let (_, body) = part.split_once("\r\n\r\n").expect("a body");
    let (encoded, _) = body.split_once("--job_").expect("an end");
    let encoded: String = encoded.split_whitespace().collect();
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(encoded)
        .expect("base64");
    String::from_utf8(bytes).expect("text")
}

#[test]
fn every_kind_of_mail_has_words_twice() {
    let letters = letters("https://id.example");
    let samples = samples();
    assert_eq!(samples.len(), 10);
    for mail in samples {
        let text = written(&letters, &mail).expect("written");
        let html = html(&text);
        let (_, text) = text.split_once("text/plain").expect("a part");
        let values = Kind::of(&mail, &letters.links).expect("words").values;
        for (name, value) in values {
            assert!(text.contains(&value), "{mail:?} lacks {name}: {text}");
            let escaped = value.replace('&', "&amp;").replace('/', "&#x2f;");
            assert!(html.contains(&escaped), "{mail:?} lacks {name}: {html}");
        }
    }
}

#[test]
fn a_code_stands_alone_on_a_line_before_the_link() {
    let mail = Mail::ConfirmEmailChange {
        to: "new@example.org".to_owned(),
        username: "alice".to_owned(),
        code: "012345".to_owned(),
        token: "T-1".to_owned(),
    };
    let text = written(&letters("https://id.example"), &mail).expect("written");
    let code = text.find("\r\n012345\r\n").expect("alone on a line");
    let link = text
        .find("\r\nhttps://id.example/confirm-email-change?token=T-1\r\n")
        .expect("alone on a line");
    assert!(code < link);
}

#[test]
fn what_others_chose_stays_text_in_html_and_on_its_line() {
    let mail = Mail::Invitation {
        to: "bob@example.org".to_owned(),
        organization: "<b>Ärzte</b>\r\nhttps://evil.example?token=1".to_owned(),
        invited_by: "\"alice\" & co".to_owned(),
        token: "T".to_owned(),
    };
    let text = written(&letters("https://id.example"), &mail).expect("written");
    assert!(text.contains("\r\n<b>Ärzte</b>  https://evil.example?token=1\r\n"));
    assert!(text.contains("Content-Transfer-Encoding: 8bit\r\n"));
    let html = html(&text);
    assert!(html.contains("&lt;b&gt;Ärzte"), "{html}");
    assert!(html.contains("&quot;alice&quot; &amp; co"), "{html}");
    let (headers, _) = text.split_once("\r\n\r\n").expect("a body");
    assert!(
        headers.is_ascii() && headers.contains("Subject: "),
        "{headers}"
    );
    let long = Mail::KeyCreated {
        to: "bob@example.org".to_owned(),
        username: "bob".to_owned(),
        key_name: "é".repeat(5000),
    };
    let text = written(&letters("https://id.example"), &long).expect("written");
    assert!(text.lines().all(|line| line.len() <= 998));
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
    assert!(other_lines.into_iter().all(|line| line.len() <= 76));
}

#[test]
fn paths_and_sender_are_configurable() {
    let settings = LetterSettings {
        from: "Ärzte & Co <accounts@example.com>".to_owned(),
        paths: LinkPaths {
            verify_email: "/#/welcome".to_owned(),
            reset_password: "/new-password/".to_owned(),
            ..LinkPaths::default()
        },
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
            paths: LinkPaths {
                reset_password: path.to_owned(),
                ..LinkPaths::default()
            },
            ..LetterSettings::new("https://id.example")
        };
        let refused = Letters::new(&settings);
        assert!(
            matches!(refused, Err(LetterSettingsError::Path(_))),
            "{path}"
        );
    }
}

/// What the settings with these templates say: the whole error, or nothing.
fn with_templates(templates: &[(&str, &str)]) -> (tempfile::TempDir, Result<Letters, String>) {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, source) in templates {
        std::fs::write(folder.path().join(name), source).expect("written");
    }
    let settings = LetterSettings {
        templates: Some(folder.path().to_owned()),
        ..LetterSettings::new("https://id.example")
    };
    let letters = Letters::new(&settings).map_err(|error| error.to_string());
    (folder, letters)
}

#[test]
fn templates_of_a_folder_replace_those_in_the_binary() {
    let (_folder, letters) = with_templates(&[
        (
            "verify_email.txt",
            "Subject: Grüße\n\n{{ link }}\n{% include '_foot.txt' %}",
        ),
        ("_foot.txt", "Ihr Team, für {{ username }}"),
        ("layout.html", "<i>{% block body %}{% endblock %}</i>"),
        ("README.md", "{{ not a template"),
    ]);
    let letters = letters.expect("settings");
    let mail = verification("alice@example.org", "alice", "K");
    let text = written(&letters, &mail).expect("written");
    assert!(text.contains(
        "\r\n\r\nhttps://id.example/verify-email?key=K\r\nIhr Team, für alice\r\n\r\n--"
    ));
    assert!(text.contains("Subject: =?utf-8?b?"), "{text}");
    let html = html(&text);
    assert!(
        html.starts_with("<i>") && html.contains("is yours"),
        "{html}"
    );
    let other = written(&letters, &reset()).expect("written");
    assert!(other.contains("choose a new password"), "the others stay");
}

#[test]
fn a_broken_template_is_named_with_its_line() {
    for (name, source, line, why) in [
        (
            "verify_email.txt",
            "Subject: x\n\n{{ link }\n",
            ":3: ",
            "syntax error",
        ),
        (
            "verify_email.html",
            "<p>\n{{ name }}</p>",
            ":2: ",
            "undefined",
        ),
        (
            "key_created.txt",
            "Hello\n",
            ":1: ",
            "the first line must be `Subject: `",
        ),
        ("layout.html", "\n\n{% if %}", ":3: ", "syntax error"),
        ("_button.html", "{{ link }}\n{{ nix }}", ":2: ", "undefined"),
        (
            "invitation.txt",
            "Subject: x\n{% include 'gone.txt' %}",
            ":2: ",
            "gone.txt",
        ),
        (
            "verify-email.txt",
            "Subject: x\n",
            ": ",
            "there is no such template; there are ",
        ),
    ] {
        let (folder, refused) = with_templates(&[(name, source)]);
        let error = refused.expect_err(name);
        let start = format!("{}{line}", folder.path().join(name).display());
        assert!(error.starts_with(&start), "{error}");
        assert!(error.contains(why), "{error}");
        assert!(!error.contains('\n'), "{error}");
    }
    let settings = LetterSettings {
        templates: Some("/nowhere/at/all".into()),
        ..LetterSettings::new("https://id.example")
    };
    let error = Letters::new(&settings).expect_err("no folder").to_string();
    assert!(
        error.starts_with("/nowhere/at/all: cannot be read: "),
        "{error}"
    );
}
