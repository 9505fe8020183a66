//! Commands on identities that compete.

use vestibule_domain::identities::{
    Checked, IdentityStatus, InstanceClient, InstanceName, RecordCheck,
};
use vestibule_domain::kernel::{Secret, StoreError};

use super::identities::{broken, clear, refused};
use super::identity_codes::code;
use super::trial::{ROUNDS, Trial, parallel, race};
use crate::fixtures::{provider, provider_tokens, provider_username};

pub(super) async fn parallel_registrations_at_an_instance_keep_one(t: Trial) {
    for round in 0..ROUNDS {
        let instance = InstanceName::parse(&format!("round{round}.example"));
        let instance = instance.expect("an instance");
        let answers = parallel(12, |number| {
            let identities = t.store.identities.clone();
            let write = t.write(InstanceClient {
                provider: provider("mastodon"),
                instance: instance.clone(),
                client_id: format!("client {number}"),
                client_secret: Secret::new(format!("secret {number}")),
            });
            async move { identities.keep_client(write).await.expect("keep_client") }
        })
        .await;
        let identities = t.fresh().await.identities;
        let kept = identities.client(&provider("mastodon"), &instance).await;
        let kept = kept.expect("client").expect("a registration");
        for answer in answers {
            assert_eq!(answer.client_id, kept.client_id, "what is stored");
            assert_eq!(answer.client_secret.expose(), kept.client_secret.expose());
        }
    }
}

pub(super) async fn a_registration_under_a_stored_once_is_not_kept(t: Trial) {
    let ada = t.user("ada").await;
    let client = t.make.instance_client();
    let (at, instance) = (client.provider.clone(), client.instance.clone());
    let refused = t
        .repeats_once(ada.id, client, async |write| {
            t.store.identities.keep_client(write).await
        })
        .await;
    assert!(matches!(refused, Err(StoreError::Duplicate("once"))));
    let kept = t.fresh().await.identities.client(&at, &instance).await;
    assert!(kept.expect("client").is_none());
}

pub(super) async fn a_confirmation_is_not_broken_by_an_earlier_refusal(t: Trial) {
    let ada = t.user("ada").await;
    for round in 0..ROUNDS * 2 {
        let identity = t.identity(ada.id, &format!("ada {round}")).await;
        let refuse = t.write(refused(&identity));
        let confirm = t.write(RecordCheck {
            user: ada.id,
            identity: identity.id,
            checked: Checked::Confirmed {
                username: Some(provider_username("confirmed")),
                tokens: provider_tokens("confirmed", None),
            },
        });
        let (one, other) = (t.store.identities.clone(), t.store.identities.clone());
        let [was_refused, was_confirmed] = race(
            round,
            Box::pin(async move { one.record_check(refuse).await.is_ok() }),
            Box::pin(async move { other.record_check(confirm).await.is_ok() }),
        )
        .await;
        assert!(was_confirmed);
        let found = t.fresh().await.identities;
        let found = found.find(ada.id, identity.id).await.expect("find");
        let found = found.expect("the identity");
        let counted = i64::from(was_refused) + 1;
        assert_eq!(found.version.0, identity.version.0 + counted);
        assert_eq!(found.status, IdentityStatus::Active);
        let tokens = Some(clear(&provider_tokens("confirmed", None)));
        assert_eq!(t.tokens_of(&found).await, tokens);
    }
}

pub(super) async fn parallel_sign_ins_each_count_as_a_check(t: Trial) {
    let ada = t.user("ada").await;
    let identity = t.identity(ada.id, "ada").await;
    let mut expected = broken(&t, &identity).await.version;
    for round in 0..ROUNDS {
        parallel(8, |number| {
            let identities = t.store.identities.clone();
            let text = format!("code {round} {number}");
            let write = t.write(code(&t, &text, &identity.account));
            async move { identities.put_login_code(write).await.expect("put") }
        })
        .await;
        expected.0 += 8;
        let found = &t.identities(ada.id).await[0];
        assert_eq!(found.version, expected);
    }
}
