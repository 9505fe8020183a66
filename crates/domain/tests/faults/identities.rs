use std::sync::Arc;

use uuid::Uuid;
use vestibule_domain::identities::{
    AccountKey, BeginError, Callback, CompleteError, Flow, Identities, Identity, IdentityStatus,
    MockIdentityProviders, MockIdentityStore, ProviderAccount, ProviderError, ProviderKind,
    ProviderName, ProviderTokens, ProviderUserId, Purpose, VerifyIdentityError,
};
use vestibule_domain::kernel::{Id, Origin, Secret, StoreError, Timestamp, Version};

use crate::world::{Counter, START, World, down, jane, now, signed_in, user};

fn provider() -> ProviderName {
    ProviderName::parse("github").expect("a provider")
}

fn identity() -> Identity {
    let at = Timestamp::from_micros(START);
    Identity {
        id: Id::from_uuid(Uuid::from_u128(9)),
        user: user(),
        account: AccountKey {
            provider: provider(),
            instance: None,
            id: ProviderUserId::parse("42").expect("an id"),
        },
        username: None,
        status: IdentityStatus::Active,
        created_at: at,
        verified_at: at,
        version: Version(4),
    }
}

fn tokens() -> ProviderTokens {
    ProviderTokens {
        access: Secret::new("access"),
        refresh: None,
        expires_at: None,
    }
}

fn found(id: &str) -> ProviderAccount {
    ProviderAccount {
        id: ProviderUserId::parse(id).expect("an id"),
        username: None,
        tokens: tokens(),
    }
}

fn identities(
    world: World,
    store: MockIdentityStore,
    mut providers: MockIdentityProviders,
) -> Identities {
    providers
        .expect_kind()
        .return_const(Some(ProviderKind::Redirect));
    let credentials = world.into_credentials();
    Identities {
        store: Arc::new(store),
        providers: Arc::new(providers),
        secrets: Arc::clone(&credentials.secrets),
        clock: Arc::clone(&credentials.clock),
        ids: Arc::new(Counter::default()),
        credentials,
    }
}

fn callback() -> Callback {
    Callback {
        provider: provider(),
        state: Secret::new("state"),
        cookie: Some(Secret::new("cookie")),
        outcome: Ok(Secret::new("code")),
        issuer: None,
    }
}

#[test]
fn a_flow_that_is_not_stored_sends_nobody_away() {
    let mut store = MockIdentityStore::new();
    store.expect_begin().times(1).returning(|_| Err(down()));
    let mut providers = MockIdentityProviders::new();
    providers
        .expect_authorization_url()
        .returning(|_, _| Ok("https://github.com".to_owned()));
    let identities = identities(World::new(), store, providers);
    let begun = now(identities.begin_sign_in(provider(), None));
    assert!(matches!(
        begun,
        Err(BeginError::Store(StoreError::Unavailable(_)))
    ));
}

#[test]
fn without_a_cookie_not_even_the_store_is_asked() {
    let identities = identities(
        World::new(),
        MockIdentityStore::new(),
        MockIdentityProviders::new(),
    );
    let callback = Callback {
        cookie: None,
        ..callback()
    };
    let completed = now(identities.complete(callback, &Origin::default()));
    assert!(matches!(completed, Err(CompleteError::InvalidState)));
}

fn flow(purpose: Purpose) -> Flow {
    Flow {
        provider: provider(),
        instance: None,
        purpose,
        expires_at: Timestamp::from_micros(START + 1),
    }
}

#[test]
fn a_state_that_is_unknown_redeems_no_code() {
    let mut store = MockIdentityStore::new();
    store.expect_take_flow().times(1).returning(|_| Ok(None));
    let identities = identities(World::new(), store, MockIdentityProviders::new());
    let completed = now(identities.complete(callback(), &Origin::default()));
    assert!(matches!(completed, Err(CompleteError::InvalidState)));
}

#[test]
fn a_link_of_an_ended_session_redeems_no_code() {
    let session = signed_in(jane()).session.id;
    let purpose = Purpose::Link {
        user: user(),
        session,
    };
    let mut suspended = jane();
    suspended.suspended_at = Some(Timestamp::from_micros(START));
    for live in [None, Some(signed_in(suspended))] {
        let mut store = MockIdentityStore::new();
        store
            .expect_take_flow()
            .returning(move |_| Ok(Some(flow(purpose))));
        let mut world = World::new();
        world
            .sessions
            .expect_signed_in()
            .times(1)
            .return_once(move |_, _| Ok(live));
        let identities = identities(world, store, MockIdentityProviders::new());
        let completed = now(identities.complete(callback(), &Origin::default()));
        assert!(matches!(completed, Err(CompleteError::SessionEnded)));
    }
}

#[test]
fn what_the_provider_refuses_or_forges_is_stored_nowhere() {
    for fault in [
        || ProviderError::Refused,
        || ProviderError::Untrusted("nonce"),
        || ProviderError::unavailable("it is down"),
    ] {
        let mut store = MockIdentityStore::new();
        store
            .expect_take_flow()
            .returning(|_| Ok(Some(flow(Purpose::SignIn))));
        let mut providers = MockIdentityProviders::new();
        providers
            .expect_redeem()
            .times(1)
            .returning(move |_, _| Err(fault()));
        let identities = identities(World::new(), store, providers);
        let completed = now(identities.complete(callback(), &Origin::default()));
        assert!(matches!(completed, Err(CompleteError::Provider(_))));
    }
}

/// Verifies an identity, of which the provider says this.
fn verified(
    store: MockIdentityStore,
    said: impl Fn() -> Result<ProviderAccount, ProviderError> + Send + 'static,
) -> Result<Identity, VerifyIdentityError> {
    let mut store = store;
    store.expect_find().returning(|_, _| Ok(Some(identity())));
    store.expect_tokens().returning(|_, _| Ok(Some(tokens())));
    let mut providers = MockIdentityProviders::new();
    providers
        .expect_check()
        .times(1)
        .returning(move |_, _, _| said());
    let identities = identities(World::new(), store, providers);
    now(identities.verify(&signed_in(jane()), identity().id, &Origin::default()))
}

#[test]
fn a_provider_that_is_down_breaks_no_identity() {
    let answer = verified(MockIdentityStore::new(), || {
        Err(ProviderError::unavailable("it is down"))
    });
    assert!(matches!(
        answer,
        Err(VerifyIdentityError::Provider(ProviderError::Unavailable(_)))
    ));
}

#[test]
fn tokens_of_somebody_else_break_the_identity() {
    use vestibule_domain::identities::Checked;
    let mut store = MockIdentityStore::new();
    store
        .expect_record_check()
        .times(1)
        .withf(|write| {
            write.log.len() == 1
                && matches!(
                    write.command.checked,
                    Checked::Refused { asked: Version(4) }
                )
        })
        .returning(|_| Ok(Some(identity())));
    assert!(verified(store, || Ok(found("43"))).is_ok());
}

#[test]
fn a_refusal_that_was_overtaken_is_not_what_counts() {
    let mut store = MockIdentityStore::new();
    store
        .expect_record_check()
        .times(1)
        .returning(|_| Err(StoreError::Conflict));
    let answer = verified(store, || Err(ProviderError::Refused));
    assert_eq!(answer.expect("as it is stored").version, Version(4));
}
