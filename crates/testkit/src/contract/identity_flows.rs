//! What passes between a user's leaving for a provider and coming back.

use std::time::Duration;

use vestibule_domain::identities::{Flow, InstanceName, NewFlow, Purpose, TakeFlow};
use vestibule_domain::kernel::{StoreError, Write};

use super::maintenance::MICROSECOND;
use super::trial::{ROUNDS, Trial, assert_is, parallel};
use crate::doubles::digest;
use crate::fixtures::provider;

/// A flow of this state to sign somebody in, for ten minutes.
pub(super) fn flow(t: &Trial, state: &str) -> NewFlow {
    NewFlow {
        state: digest(state),
        browser: digest("cookie"),
        flow: Flow {
            provider: provider("github"),
            instance: None,
            purpose: Purpose::SignIn,
            expires_at: t.make.now().after(Duration::from_mins(10)),
        },
    }
}

pub(super) fn take(state: &str) -> TakeFlow {
    TakeFlow {
        state: digest(state),
        browser: digest("cookie"),
        provider: provider("github"),
    }
}

pub(super) async fn begin(t: &Trial, new: NewFlow) {
    let begun = t.store.identities.begin(t.write(new)).await;
    begun.expect("begin");
}

pub(super) async fn is_taken(t: &Trial, take: TakeFlow) -> bool {
    let identities = t.fresh().await.identities;
    let taken = identities.take_flow(t.write(take)).await;
    taken.expect("take_flow").is_some()
}

pub(super) async fn a_flow_is_taken_whole_and_once(t: Trial) {
    let ada = t.user("ada").await;
    let mut new = flow(&t, "link");
    new.flow.instance = InstanceName::parse("mastodon.social:8443").ok();
    new.flow.purpose = Purpose::Link {
        user: ada.id,
        session: t.make.id(),
    };
    let wanted = new.flow.clone();
    t.commits(ada.id, new, async |write| {
        t.store.identities.begin(write).await
    })
    .await;
    begin(&t, flow(&t, "sign in")).await;
    let call = async |write: Write<TakeFlow>| t.store.identities.take_flow(write).await;
    let taken = t.commits(ada.id, take("link"), call).await;
    assert_eq!(taken, Some(wanted));
    let again = t.leaves_no_envelope(ada.id, take("link"), call).await;
    assert_is!(again, Ok(None));
    let taken = call(t.write(take("sign in"))).await.expect("take_flow");
    assert_eq!(taken, Some(flow(&t, "sign in").flow));
}

pub(super) async fn a_flow_is_taken_by_its_own_browser_and_provider_only(t: Trial) {
    begin(&t, flow(&t, "state")).await;
    let others = [
        TakeFlow {
            browser: digest("another cookie"),
            ..take("state")
        },
        TakeFlow {
            provider: provider("x"),
            ..take("state")
        },
        take("another state"),
    ];
    for other in others {
        assert!(!is_taken(&t, other).await);
    }
    assert!(is_taken(&t, take("state")).await);
}

pub(super) async fn a_flow_ends_at_its_time(t: Trial) {
    for state in ["in time", "too late"] {
        begin(&t, flow(&t, state)).await;
    }
    t.make
        .later(Duration::from_mins(10).saturating_sub(MICROSECOND));
    assert!(is_taken(&t, take("in time")).await);
    t.make.later(MICROSECOND);
    assert!(!is_taken(&t, take("too late")).await);
}

pub(super) async fn a_flow_to_nobody_is_missing(t: Trial) {
    let ada = t.user("ada").await;
    let mut new = flow(&t, "state");
    new.flow.purpose = Purpose::Link {
        user: t.make.id(),
        session: t.make.id(),
    };
    let answer = t
        .leaves_no_envelope(ada.id, new, async |write| {
            t.store.identities.begin(write).await
        })
        .await;
    assert_is!(answer, Err(StoreError::Missing("user")));
    assert!(!is_taken(&t, take("state")).await);
}

pub(super) async fn a_flow_under_a_stored_once_is_neither_begun_nor_taken(t: Trial) {
    let ada = t.user("ada").await;
    let answer = t
        .repeats_once(ada.id, flow(&t, "new"), async |write| {
            t.store.identities.begin(write).await
        })
        .await;
    assert_is!(answer, Err(StoreError::Duplicate("once")));
    assert!(!is_taken(&t, take("new")).await);
    begin(&t, flow(&t, "state")).await;
    let answer = t
        .repeats_once(ada.id, take("state"), async |write| {
            t.store.identities.take_flow(write).await
        })
        .await;
    assert_is!(answer, Err(StoreError::Duplicate("once")));
    assert!(is_taken(&t, take("state")).await);
}

pub(super) async fn parallel_calls_with_one_state_get_one_flow(t: Trial) {
    for round in 0..ROUNDS {
        let state = format!("state {round}");
        begin(&t, flow(&t, &state)).await;
        let taken = parallel(50, |_| {
            let (identities, write) = (t.store.identities.clone(), t.write(take(&state)));
            async move { identities.take_flow(write).await.expect("take_flow") }
        })
        .await;
        assert_eq!(taken.iter().flatten().count(), 1);
    }
}
