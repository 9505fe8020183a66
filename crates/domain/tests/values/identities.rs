//! Linked identities.

use uuid::Uuid;
use vestibule_domain::identities::{
    AccountKey, Identity, IdentityRule, IdentityStatus, InstanceName, LinkFacts, LinkPlan,
    MAX_IDENTITIES, ProviderName, ProviderUserId, UnlinkFacts, decide_link, decide_unlink,
};
use vestibule_domain::kernel::{Id, IdentityId, Timestamp, UserId, Version};

use crate::code;

fn user(number: u128) -> UserId {
    Id::from_uuid(Uuid::from_u128(number))
}

fn provider(name: &str) -> ProviderName {
    ProviderName::parse(name).expect("a provider")
}

fn identity(number: u128, at: &str, status: IdentityStatus) -> Identity {
    let at_start = Timestamp::from_micros(0);
    Identity {
        id: Id::from_uuid(Uuid::from_u128(number)),
        user: user(1),
        account: AccountKey {
            provider: provider(at),
            instance: None,
            id: ProviderUserId::parse("42").expect("an id"),
        },
        username: None,
        status,
        created_at: at_start,
        verified_at: at_start,
        version: Version(1),
    }
}

#[test]
fn providers_have_names_that_fit_into_paths_and_settings() {
    for name in ["x", "github", "corp-sso_2", &"a".repeat(32)] {
        assert_eq!(provider(name).as_str(), name);
    }
    for name in ["", "GitHub", "a b", "a/b", "a.b", "é", &"a".repeat(33)] {
        assert_eq!(
            code(ProviderName::parse(name)),
            "invalid_provider",
            "{name}"
        );
    }
}

#[test]
fn instances_are_hosts_in_one_spelling() {
    for (raw, instance) in [
        ("mastodon.social", "mastodon.social"),
        (" Mastodon.Social\u{a0}", "mastodon.social"),
        ("https://mastodon.social/", "mastodon.social"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("social.example:8443", "social.example:8443"),
        ("127.0.0.1:80", "127.0.0.1:80"),
    ] {
        let parsed = InstanceName::parse(raw).expect(raw);
        assert_eq!(parsed.as_str(), instance);
        assert_eq!(InstanceName::parse(parsed.as_str()), Ok(parsed));
    }
    for raw in [
        "localhost",
        "http://mastodon.social",
        "mastodon.social/@ada",
        "ada@mastodon.social",
        "mastodon.social?x",
        "mastodon.social#x",
        "mastodon..social",
        ".social",
        "mastodon.social:x",
        "mastodon.social:99999",
        "[::1]:80",
        "a b.example",
        "a\\b.example",
        &format!("{}.example", "a".repeat(64)),
        &"a.".repeat(200),
    ] {
        assert_eq!(code(InstanceName::parse(raw)), "invalid_instance", "{raw}");
    }
    assert_eq!(code(InstanceName::parse(" ")), "required");
}

#[test]
fn ids_of_providers_are_taken_as_they_are() {
    let longest = "\u{1f4a1}".repeat(255);
    for id in ["1", " A\u{301} ", &longest] {
        assert_eq!(ProviderUserId::parse(id).expect("an id").as_str(), id);
    }
    assert_eq!(code(ProviderUserId::parse("")), "required");
    assert_eq!(code(ProviderUserId::parse(&"x".repeat(256))), "too_long");
    assert_eq!(code(ProviderUserId::parse("a\nb")), "control_character");
}

#[test]
fn an_account_at_a_provider_belongs_to_one_user() {
    let held = |by: u128, count| LinkFacts {
        holder: Some(Identity {
            user: user(by),
            ..identity(7, "github", IdentityStatus::Broken)
        }),
        count,
    };
    let confirmed: IdentityId = Id::from_uuid(Uuid::from_u128(7));
    let full = u64::from(MAX_IDENTITIES);
    assert_eq!(
        decide_link(user(1), &held(1, full)),
        Ok(LinkPlan::Confirm(confirmed))
    );
    assert_eq!(decide_link(user(1), &held(2, 0)), Err(IdentityRule::Taken));
    let free = |count| LinkFacts {
        holder: None,
        count,
    };
    assert_eq!(decide_link(user(1), &free(full - 1)), Ok(LinkPlan::Create));
    assert_eq!(
        decide_link(user(1), &free(full)),
        Err(IdentityRule::QuotaExceeded {
            quota: MAX_IDENTITIES
        })
    );
}

#[test]
fn one_way_to_log_in_is_left() {
    use IdentityStatus::{Active, Broken};
    let first = identity(1, "github", Active);
    let providers = [provider("github"), provider("corp")];
    let decide = |has_password, others: &[Identity]| {
        let facts = UnlinkFacts {
            has_password,
            identities: [std::slice::from_ref(&first), others].concat(),
        };
        decide_unlink(first.id, &providers, &facts)
    };
    assert_eq!(decide(true, &[]), Ok(()));
    assert_eq!(decide(false, &[]), Err(IdentityRule::LastWayToLogIn));
    assert_eq!(decide(false, &[identity(2, "corp", Active)]), Ok(()));
    // Neither a broken one nor one of a provider that is gone signs in.
    let useless = [identity(2, "corp", Broken), identity(3, "gone", Active)];
    assert_eq!(decide(false, &useless), Err(IdentityRule::LastWayToLogIn));
    let facts = UnlinkFacts {
        has_password: true,
        identities: vec![identity(2, "corp", Active)],
    };
    assert_eq!(
        decide_unlink(first.id, &providers, &facts),
        Err(IdentityRule::NotFound)
    );
}
