use super::{
    AccountKey, CODE_LIFETIME, CompleteError, Flow, Identities, Identity, InstanceName,
    LinkIdentity, ProviderAccount, ProviderName, Purpose, PutLoginCode, Redemption, TakeFlow,
};
use crate::activity::Event;
use crate::kernel::{Origin, Secret, SessionId, StoreError, UserId, Write};

/// What a browser brings along that comes back from a provider.
#[derive(Debug, Clone)]
pub struct Callback {
    /// From which provider, by the address that it came to.
    pub provider: ProviderName,
    /// The state.
    pub state: Secret,
    /// The cookie; `None` when the browser has none.
    pub cookie: Option<Secret>,
    /// The authorization code, or the error code of the provider.
    pub outcome: Result<Secret, String>,
    /// `iss` of RFC 9207, where the provider sent it.
    pub issuer: Option<String>,
}

/// What became of a link or sign-in.
#[derive(Debug, Clone)]
pub enum Completed {
    /// The identity is linked.
    Linked(Identity),
    /// The code that is exchanged for a session, once, within a minute.
    SignedIn(Secret),
}

impl Identities {
    /// Completes what was begun, when the browser comes back. The state is
    /// spent then, whatever comes of it.
    pub async fn complete(
        &self,
        callback: Callback,
        origin: &Origin,
    ) -> Result<Completed, CompleteError> {
        let cookie = callback.cookie.ok_or(CompleteError::InvalidState)?;
        let command = TakeFlow {
            state: self.digest(&callback.state),
            browser: self.digest(&cookie),
            provider: callback.provider,
        };
        let flow = self
            .store
            .take_flow(Write::new(command, self.clock.now()))
            .await?
            .ok_or(CompleteError::InvalidState)?;
        let code = callback.outcome.map_err(|error| match error.as_str() {
            "access_denied" | "user_cancelled_login" | "user_cancelled_authorize" => {
                CompleteError::Denied
            }
            _ => CompleteError::ProviderEnded,
        })?;
        if let Purpose::Link { user, session } = flow.purpose {
            self.require_live(user, session).await?;
        }
        let target = self.target(&flow.provider, flow.instance.as_ref()).await?;
        let redemption = Redemption {
            target,
            code,
            issuer: callback.issuer,
            ties: self.ties(callback.state),
        };
        let found = self.providers.redeem(&redemption, self.clock.now()).await?;
        let Flow {
            provider,
            instance,
            purpose,
            expires_at: _,
        } = flow;
        match purpose {
            Purpose::SignIn => self
                .put_code(provider, instance, found)
                .await?
                .map(Completed::SignedIn)
                .ok_or(CompleteError::NotLinked),
            Purpose::Link { user, session } => {
                let entry = self.entry(user, Event::IdentityLinked, session, &provider, origin);
                let command = LinkIdentity {
                    id: self.ids.id(),
                    user,
                    account: key(provider, instance, &found),
                    username: found.username,
                    tokens: found.tokens,
                };
                let write = Write::new(command, self.clock.now()).log(entry);
                let linked = self.store.link(write).await?;
                Ok(Completed::Linked(linked.identity))
            }
        }
    }

    async fn require_live(&self, user: UserId, session: SessionId) -> Result<(), CompleteError> {
        let sessions = &self.credentials.sessions;
        let signed_in = sessions.store.signed_in(session, user).await?;
        let now = self.clock.now();
        if signed_in.is_some_and(|signed_in| signed_in.is_live(now, &sessions.policy)) {
            Ok(())
        } else {
            Err(CompleteError::SessionEnded)
        }
    }

    /// A code for whoever the identity belongs to; `None` when it is nobody's.
    pub(super) async fn put_code(
        &self,
        provider: ProviderName,
        instance: Option<InstanceName>,
        found: ProviderAccount,
    ) -> Result<Option<Secret>, StoreError> {
        let code = self.secrets.generate();
        let now = self.clock.now();
        let command = PutLoginCode {
            code: self.digest(&code),
            expires_at: now.after(CODE_LIFETIME),
            account: key(provider, instance, &found),
            username: found.username,
            tokens: found.tokens,
        };
        let put = self.store.put_login_code(Write::new(command, now)).await?;
        Ok(put.then_some(code))
    }
}

pub(super) fn key(
    provider: ProviderName,
    instance: Option<InstanceName>,
    found: &ProviderAccount,
) -> AccountKey {
    AccountKey {
        provider,
        instance,
        id: found.id.clone(),
    }
}
