use async_trait::async_trait;

use super::error::IdentityRule;
use super::model::{
    AccountKey, Flow, Identity, InstanceName, ProviderName, ProviderTokens, ProviderUsername,
};
use super::providers::InstanceClient;
use crate::kernel::{
    Digest, GuardError, IdentityId, Page, PageRequest, StoreError, Timestamp, UserId, Version,
    Write, kinds,
};

/// Stores a link or sign-in that goes on at the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFlow {
    /// Digest of the state: what it is found by.
    pub state: Digest,
    /// Digest of the cookie of the browser that began it.
    pub browser: Digest,
    /// The flow.
    pub flow: Flow,
}

/// Takes a flow, which then is spent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakeFlow {
    /// Digest of the state.
    pub state: Digest,
    /// Digest of the browser's cookie.
    pub browser: Digest,
    /// The provider that the browser comes from.
    pub provider: ProviderName,
}

/// Links an account at a provider to a user.
#[derive(Debug, Clone)]
pub struct LinkIdentity {
    /// Id of the identity, if it is made.
    pub id: IdentityId,
    /// To whom.
    pub user: UserId,
    /// The account at the provider.
    pub account: AccountKey,
    /// What the provider calls the user.
    pub username: Option<ProviderUsername>,
    /// What the provider gave us.
    pub tokens: ProviderTokens,
}

/// What a link did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linked {
    /// The identity.
    pub identity: Identity,
    /// Whether it is new.
    pub created: bool,
}

/// What a provider said about an identity.
#[derive(Debug, Clone)]
pub enum Checked {
    /// It stands by it.
    Confirmed {
        /// What it calls the user now.
        username: Option<ProviderUsername>,
        /// What it gave us.
        tokens: ProviderTokens,
    },
    /// It refused.
    Refused {
        /// The version of the identity that was asked about.
        asked: Version,
    },
}

/// Writes down what a provider said about an identity.
#[derive(Debug, Clone)]
pub struct RecordCheck {
    /// Whose.
    pub user: UserId,
    /// Which.
    pub identity: IdentityId,
    /// What the provider said.
    pub checked: Checked,
}

/// A sign-in that the provider has confirmed.
#[derive(Debug, Clone)]
pub struct PutLoginCode {
    /// Digest of the code that is exchanged for a session.
    pub code: Digest,
    /// When the code ends.
    pub expires_at: Timestamp,
    /// The account at the provider.
    pub account: AccountKey,
    /// What the provider calls the user.
    pub username: Option<ProviderUsername>,
    /// What the provider gave us.
    pub tokens: ProviderTokens,
}

/// Unlinks an identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnlinkIdentity {
    /// Whose.
    pub user: UserId,
    /// Which.
    pub identity: IdentityId,
    /// The version that the caller saw; `None` unless the caller insists.
    pub expected: Option<Version>,
    /// The providers that can be used to sign in.
    pub providers: Vec<ProviderName>,
}

/// Stored identities, and what passes between a user's leaving for a provider
/// and coming back.
///
/// Tokens of providers and secrets of instances MUST be encrypted at rest.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait IdentityStore: Send + Sync {
    /// Stores a flow. `Missing("user")` when it links to a user who is gone.
    async fn begin(&self, write: Write<NewFlow>) -> Result<(), StoreError>;

    /// Deletes the flow of this state, browser and provider that has not
    /// expired at the write's time, and answers it. Of parallel calls exactly
    /// one gets it; a call of another browser or provider leaves it there.
    async fn take_flow(&self, write: Write<TakeFlow>) -> Result<Option<Flow>, StoreError>;

    /// In one transaction, with the user's row locked: loads the facts, calls
    /// [`super::decide_link`] and carries out its plan. A confirmed identity
    /// gets the username and tokens, becomes active, is verified at the
    /// write's time, and its version grows by one. `Missing("user")` without
    /// account.
    async fn link(
        &self,
        write: Write<LinkIdentity, Linked>,
    ) -> Result<Linked, GuardError<IdentityRule>>;

    /// A page of the user's identities, newest first (largest id first).
    async fn list(
        &self,
        user: UserId,
        page: PageRequest<kinds::Identity>,
    ) -> Result<Page<Identity>, StoreError>;

    /// The user's identity; `None` for another user's.
    async fn find(
        &self,
        user: UserId,
        identity: IdentityId,
    ) -> Result<Option<Identity>, StoreError>;

    /// The tokens of the user's identity; `None` for another user's.
    async fn tokens(
        &self,
        user: UserId,
        identity: IdentityId,
    ) -> Result<Option<ProviderTokens>, StoreError>;

    /// Writes down what the provider said; `None` for another user's identity.
    ///
    /// Confirmed: the identity becomes active with this username and these
    /// tokens, verified at the write's time. Refused: it becomes broken and
    /// keeps its tokens; `Conflict`, and nothing changes, when its version is
    /// no longer `asked`, since then another check was answered meanwhile. The
    /// version grows by one.
    async fn record_check(&self, write: Write<RecordCheck>)
    -> Result<Option<Identity>, StoreError>;

    /// In one transaction, with the user's row locked: loads the facts, calls
    /// [`super::decide_unlink`], and deletes the identity with its tokens and
    /// codes. `Conflict` when `expected` is given and is not the stored version.
    async fn unlink(&self, write: Write<UnlinkIdentity>) -> Result<(), GuardError<IdentityRule>>;

    /// Confirms the identity of this account, as [`record_check`](Self::record_check)
    /// does, and stores the code for it. Answers whether there is such an
    /// identity; without one nothing is stored.
    async fn put_login_code(&self, write: Write<PutLoginCode>) -> Result<bool, StoreError>;

    /// Deletes the code that has not expired at the write's time, and answers
    /// whom it signs in. Of parallel calls exactly one gets it. A code dies
    /// with its identity.
    async fn take_login_code(&self, write: Write<Digest>) -> Result<Option<UserId>, StoreError>;

    /// Our registration at this instance.
    async fn client(
        &self,
        provider: &ProviderName,
        instance: &InstanceName,
    ) -> Result<Option<InstanceClient>, StoreError>;

    /// Stores our registration at an instance, unless there is one; answers
    /// the one that is stored then.
    async fn keep_client(&self, write: Write<InstanceClient>)
    -> Result<InstanceClient, StoreError>;
}
