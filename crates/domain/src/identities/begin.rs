use super::{
    BeginError, FLOW_LIFETIME, Flow, Identities, InstanceName, NewFlow, ProviderKind, ProviderName,
    Purpose,
};
use crate::kernel::{Secret, Timestamp, Write};
use crate::sessions::SignedIn;

/// A user who is about to leave for a provider.
#[derive(Debug, Clone)]
pub struct Departure {
    /// Where to.
    pub authorization_url: String,
    /// Value of the cookie without which coming back does not count.
    pub cookie: Secret,
    /// When it is too late to come back.
    pub expires_at: Timestamp,
}

impl Identities {
    /// Begins to link an identity at a provider to the caller.
    pub async fn begin_link(
        &self,
        caller: &SignedIn,
        provider: ProviderName,
        instance: Option<InstanceName>,
    ) -> Result<Departure, BeginError> {
        let purpose = Purpose::Link {
            user: caller.account.id,
            session: caller.session.id,
        };
        self.begin(purpose, provider, instance).await
    }

    /// Begins to sign somebody in with an identity at a provider.
    pub async fn begin_sign_in(
        &self,
        provider: ProviderName,
        instance: Option<InstanceName>,
    ) -> Result<Departure, BeginError> {
        self.begin(Purpose::SignIn, provider, instance).await
    }

    /// An instance is given to the providers that are networks, and to no other.
    async fn begin(
        &self,
        purpose: Purpose,
        provider: ProviderName,
        instance: Option<InstanceName>,
    ) -> Result<Departure, BeginError> {
        match (self.providers.kind(&provider), &instance) {
            (Some(ProviderKind::Redirect), None) | (Some(ProviderKind::Instance), Some(_)) => {}
            _ => return Err(BeginError::UnknownProvider),
        }
        let target = self.target(&provider, instance.as_ref()).await?;
        let ties = self.ties(self.secrets.generate());
        let authorization_url = self.providers.authorization_url(&target, &ties).await?;
        let cookie = self.secrets.generate();
        let now = self.clock.now();
        let expires_at = now.after(FLOW_LIFETIME);
        let command = NewFlow {
            state: self.digest(&ties.state),
            browser: self.digest(&cookie),
            flow: Flow {
                provider,
                instance,
                purpose,
                expires_at,
            },
        };
        self.store.begin(Write::new(command, now)).await?;
        Ok(Departure {
            authorization_url,
            cookie,
            expires_at,
        })
    }
}
