//! Usernames, e-mail addresses, phone numbers, names to log in by.

use proptest::prelude::*;
use vestibule_domain::credentials::LoginName;
use vestibule_domain::users::{CustomerStatus, EmailAddress, PersonName, PhoneNumber, Username};

use crate::code;

proptest! {
    #[test]
    fn usernames_read_back(raw in "[A-Za-z0-9_.-]{3,30}") {
        if let Ok(name) = Username::parse(&raw) {
            prop_assert_eq!(name.as_str(), &raw);
            prop_assert_eq!(name.to_string(), raw.clone());
            prop_assert_eq!(name.canonical(), raw.to_lowercase());
            prop_assert_eq!(Username::parse(&format!("  {raw}\u{a0}")), Ok(name));
        } else {
            prop_assert_eq!(code(Username::parse(&raw)), "reserved");
        }
    }

    #[test]
    fn usernames_have_no_other_characters(raw in "\\PC{1,40}") {
        let plain = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
        if let Ok(name) = Username::parse(&raw) {
            prop_assert!(name.as_str().chars().all(plain));
            prop_assert!((3..=30).contains(&name.as_str().len()));
        } else if (3..=30).contains(&raw.len()) && raw.chars().all(plain) {
            prop_assert_eq!(code(Username::parse(&raw)), "reserved");
        }
    }

    /// Of any address a username is made, of the local part and a tail if need be.
    #[test]
    fn usernames_are_made_of_addresses(local in "[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]{1,60}", tail in "[0-9a-f]{6}") {
        let email = EmailAddress::parse(&format!("{local}@example.com")).expect("an address");
        let plain = |c: char| if c.is_ascii_alphanumeric() || "_.-".contains(c) { c } else { '-' };
        let letters: String = local.chars().map(plain).collect();
        let cut = |length: usize| &letters[..letters.len().min(length)];
        match Username::of(&email) {
            Some(name) => prop_assert_eq!(name.as_str(), cut(30)),
            None => prop_assert!(Username::parse(cut(30)).is_err()),
        }
        let name = Username::like(&email, &tail).expect("a username");
        prop_assert_eq!(name.as_str(), format!("{}-{tail}", cut(23)));
    }

    /// Letters and marks of any script, and nothing else.
    #[test]
    fn names_of_letters(raw in "[\\p{L}\\p{M}]{1,20}") {
        let name = PersonName::parse_letters(&raw).expect("a name");
        prop_assert_eq!(PersonName::parse(&raw), Ok(name));
    }

    #[test]
    fn names_with_anything_else(start in "\\p{L}{0,5}", other in "[\\p{N}\\p{P}\\p{S}\\p{Z}]", end in "\\p{L}{1,5}") {
        let raw = format!("{start}{other}{end}");
        let trimmed = start.is_empty() && other.trim().is_empty();
        prop_assert!(trimmed || code(PersonName::parse_letters(&raw)) == "invalid_characters");
    }

    #[test]
    fn addresses_read_back(local in "[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]{1,30}(\\.[a-z0-9]{1,30})?",
                           domain in "([a-z0-9]([a-z0-9]{0,20}[a-z0-9])?\\.){1,3}[a-zA-Z]{2,10}") {
        let raw = format!("{local}@{domain}");
        let email = EmailAddress::parse(&raw).expect("an address");
        prop_assert_eq!(email.as_str(), format!("{local}@{}", domain.to_lowercase()));
        prop_assert_eq!(email.canonical(), raw.to_lowercase());
        prop_assert_eq!(email.local_part(), &local);
        prop_assert_eq!(EmailAddress::parse(email.as_str()), Ok(email.clone()));
        let canonical = email.canonical();
        prop_assert_eq!(EmailAddress::parse(&canonical).map(|e| e.canonical()), Ok(canonical));
    }

    /// Whatever is accepted is ASCII, short, has one `@`, and is stable.
    #[test]
    fn addresses_are_ascii(raw in "\\PC{0,20}@\\PC{0,20}\\.(com|de|рф)") {
        if let Ok(email) = EmailAddress::parse(&raw) {
            prop_assert!(email.as_str().bytes().all(|b| b.is_ascii_graphic()));
            prop_assert!(email.as_str().len() <= 254);
            prop_assert_eq!(email.as_str().matches('@').count(), 1);
            prop_assert_eq!(EmailAddress::parse(email.as_str()), Ok(email));
        }
    }

    #[test]
    fn phone_numbers_read_back(raw in "\\+[1-9][0-9]{6,14}") {
        let number = PhoneNumber::parse(&raw).expect("a number");
        prop_assert_eq!(number.as_str(), &raw);
        prop_assert_eq!(PhoneNumber::parse(&number.to_string()), Ok(number));
    }

    #[test]
    fn other_phone_numbers_are_refused(raw in "[+0-9 ()-]{0,20}") {
        let digits = raw.trim().strip_prefix('+').unwrap_or("");
        let good = (7..=15).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit())
            && !digits.starts_with('0');
        prop_assert_eq!(PhoneNumber::parse(&raw).is_ok(), good);
    }
}

#[test]
fn names_of_letters_have_limits() {
    assert_eq!(code(PersonName::parse_letters("")), "required");
    assert_eq!(code(PersonName::parse_letters("  ")), "required");
    assert!(PersonName::parse_letters(&"é".repeat(64)).is_ok());
    assert_eq!(code(PersonName::parse_letters(&"a".repeat(65))), "too_long");
    for name in ["Ada", "Zoë", "Жанна", "愛", "मारिया", "أدا", "e\u{301}"] {
        assert!(PersonName::parse_letters(name).is_ok(), "{name}");
    }
    for name in ["Jane Ann", "O'Neil", "R2", "A-B", "x.", "💡", "a\u{200d}b"] {
        let refused = code(PersonName::parse_letters(name));
        assert_eq!(refused, "invalid_characters", "{name}");
    }
}

#[test]
fn username_limits() {
    assert_eq!(code(Username::parse("")), "required");
    assert_eq!(code(Username::parse("  ")), "required");
    assert_eq!(code(Username::parse("ab")), "too_short");
    assert!(Username::parse("abc").is_ok());
    assert!(Username::parse(&"a".repeat(30)).is_ok());
    assert_eq!(code(Username::parse(&"a".repeat(31))), "too_long");
    for bad in [
        "a b c",
        "jane@x",
        "jäne",
        "a/b",
        "abc\n",
        "abc\0",
        "а́bc",
        "abc\u{200b}",
    ] {
        assert_eq!(code(Username::parse(bad)), "invalid_characters", "{bad:?}");
    }
}

#[test]
fn reserved_usernames_in_any_case() {
    for name in [
        "me",
        "ME",
        "Me",
        "..",
        ".",
        "self",
        "admin",
        "Admin",
        "ROOT",
        "system",
        "support",
        "api",
        "null",
        "undefined",
        "vestibule",
        "users",
        "anonymous",
    ] {
        assert_eq!(code(Username::parse(name)), "reserved", "{name}");
    }
    assert!(Username::parse("me2").is_ok());
    assert!(Username::parse("administrators").is_ok());
}

#[test]
fn addresses_that_are_none() {
    assert_eq!(code(EmailAddress::parse(" ")), "required");
    for bad in [
        "a",
        "@",
        "a@",
        "@b.com",
        "a@b",
        "a@localhost",
        // The local part is ASCII: a Turkish dotless i is another mailbox.
        "m\u{131}ke@x.com",
        "jäne@x.com",
        "\u{ff41}@x.com",
        // Several recipients, and headers.
        "a@x.com,b@x.com",
        "a@x.com;b@x.com",
        "a@x.com b@x.com",
        "a,b@x.com",
        "a@x.com\r\n",
        "\r\na@x.com",
        "a@x.com\r\nBcc: b@x.com",
        "a\r\n@x.com",
        "a@x.com\n",
        "a@x.com\0",
        // Other forms of RFC 5322.
        "\"a b\"@x.com",
        "\"a\"@x.com",
        "Jane <a@x.com>",
        "<a@x.com>",
        "a(c)@x.com",
        "a@[127.0.0.1]",
        "a@[IPv6:::1]",
        "a\\b@x.com",
        "a:b@x.com",
        "a b@x.com",
        "a@b@x.com",
        // Dots.
        ".a@x.com",
        "a.@x.com",
        "a..b@x.com",
        "a@x.com.",
        "a@.x.com",
        "a@x..com",
        // Domains.
        "a@-x.com",
        "a@x-.com",
        "a@x_y.com",
        "a@x y.com",
        "a@x%y.com",
        "a@1.2.3.4",
        "a@x.1",
        "a@xn--.com",
        "a@xn--a.com",
        "a@b\u{ff20}x.com",
        "a@\u{202e}x.com",
    ] {
        assert_eq!(code(EmailAddress::parse(bad)), "invalid_email", "{bad:?}");
    }
}

#[test]
fn domains_become_a_labels() {
    for (raw, read) in [
        (" Jane.Doe+x@EXAMPLE.com ", "Jane.Doe+x@example.com"),
        ("a@BÜCHER.example", "a@xn--bcher-kva.example"),
        ("a@bu\u{308}cher.example", "a@xn--bcher-kva.example"),
        ("a@XN--BCHER-KVA.example", "a@xn--bcher-kva.example"),
        ("a@例え.テスト", "a@xn--r8jz45g.xn--zckzah"),
        ("a@faß.de", "a@xn--fa-hia.de"),
        ("a@x。com", "a@x.com"),
    ] {
        assert_eq!(EmailAddress::parse(raw).expect("an address").as_str(), read);
    }
}

#[test]
fn address_limits() {
    let local = "a".repeat(64);
    assert!(EmailAddress::parse(&format!("{local}@x.com")).is_ok());
    assert_eq!(
        code(EmailAddress::parse(&format!("a{local}@x.com"))),
        "invalid_email"
    );
    let domain = |length: usize| {
        let rest = length - 4 - 2 * 63;
        format!(
            "{}.{}.{}.c",
            "b".repeat(63),
            "b".repeat(63),
            "b".repeat(rest)
        )
    };
    let longest = format!("{local}@{}", domain(189));
    assert_eq!(longest.len(), 254);
    assert!(EmailAddress::parse(&longest).is_ok());
    let longer = format!("{local}@{}", domain(190));
    assert_eq!(longer.len(), 255);
    assert_eq!(code(EmailAddress::parse(&longer)), "invalid_email");
    assert_eq!(
        code(EmailAddress::parse(&format!("a@{}.com", "b".repeat(64)))),
        "invalid_email"
    );
    assert_eq!(
        code(EmailAddress::parse(&"a@b.com".repeat(100_000))),
        "invalid_email"
    );
}

#[test]
fn login_names_are_guessed_by_the_at_sign() {
    let username = Username::parse("jane").expect("a username");
    let email = EmailAddress::parse("jane@x.com").expect("an address");
    assert_eq!(LoginName::guess(" jane "), LoginName::Username(username));
    assert_eq!(LoginName::guess("jane@x.com"), LoginName::Email(email));
    for nobody in ["", "me", "jane@x", "ja ne", "j@ne@x.com"] {
        let impossible = LoginName::Impossible(nobody.to_owned());
        assert_eq!(LoginName::guess(nobody), impossible);
        assert_eq!(LoginName::guess(&nobody.to_uppercase()), impossible);
    }
}

#[test]
fn who_subscribes() {
    let subscribed: Vec<_> = CustomerStatus::ALL
        .iter()
        .filter(|status| status.is_subscribed())
        .map(|status| status.as_str())
        .collect();
    assert_eq!(
        subscribed,
        ["subscriber", "subscriber:monthly", "subscriber:annual"]
    );
}
