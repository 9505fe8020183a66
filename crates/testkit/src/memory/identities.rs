use async_trait::async_trait;
use vestibule_domain::identities::{
    AccountKey, Checked, Flow, Identity, IdentityRule, IdentityStatus, IdentityStore,
    InstanceClient, InstanceName, LinkFacts, LinkIdentity, LinkPlan, Linked, NewFlow, ProviderName,
    ProviderTokens, ProviderUsername, PutLoginCode, RecordCheck, TakeFlow, UnlinkFacts,
    UnlinkIdentity, decide_link, decide_unlink,
};
use vestibule_domain::kernel::{
    Digest, GuardError, IdentityId, Page, PageRequest, StoreError, Timestamp, UserId, Version,
    Write, kinds,
};

use super::MemoryStorage;
use super::page::page;
use super::state::{FlowRow, IdentityRow, LoginCodeRow, State};

#[async_trait]
impl IdentityStore for MemoryStorage {
    async fn begin(&self, write: Write<NewFlow>) -> Result<(), StoreError> {
        self.write(write, |state, new, _| {
            if let Some(user) = new.flow.purpose.user() {
                state.require_user(user)?;
            }
            let row = FlowRow {
                browser: new.browser,
                flow: new.flow,
            };
            state.flows.insert(new.state, row);
            Ok(((), Some(())))
        })
    }

    async fn take_flow(&self, write: Write<TakeFlow>) -> Result<Option<Flow>, StoreError> {
        self.write(write, |state, take, at| {
            let found = state.flows.get(&take.state).is_some_and(|row| {
                row.browser == take.browser
                    && row.flow.provider == take.provider
                    && at < row.flow.expires_at
            });
            let taken = found
                .then(|| state.flows.remove(&take.state))
                .flatten()
                .map(|row| row.flow);
            let outcome = taken.is_some().then_some(());
            Ok((taken, outcome))
        })
    }

    async fn link(
        &self,
        write: Write<LinkIdentity, Linked>,
    ) -> Result<Linked, GuardError<IdentityRule>> {
        self.write(write, |state, link, at| {
            state.require_user(link.user)?;
            let facts = LinkFacts {
                holder: holder(state, &link.account).map(|row| row.identity.clone()),
                count: state.own_identities(link.user).count() as u64,
            };
            let linked = match decide_link(link.user, &facts).map_err(GuardError::Rule)? {
                LinkPlan::Confirm(id) => {
                    let row = state
                        .identities
                        .get_mut(&id)
                        .ok_or(StoreError::Missing("identity"))?;
                    row.confirm(link.username, link.tokens, at);
                    Linked {
                        identity: row.identity.clone(),
                        created: false,
                    }
                }
                LinkPlan::Create => {
                    let identity = Identity {
                        id: link.id,
                        user: link.user,
                        account: link.account,
                        username: link.username,
                        status: IdentityStatus::Active,
                        created_at: at,
                        verified_at: at,
                        version: Version(1),
                    };
                    let row = IdentityRow {
                        identity: identity.clone(),
                        tokens: link.tokens,
                    };
                    state.identities.insert(link.id, row);
                    Linked {
                        identity,
                        created: true,
                    }
                }
            };
            Ok((linked.clone(), Some(linked)))
        })
    }

    async fn list(
        &self,
        user: UserId,
        request: PageRequest<kinds::Identity>,
    ) -> Result<Page<Identity>, StoreError> {
        self.read(|state| {
            let own = state.own_identities(user);
            page(
                own.map(|row| (row.identity.id, row.identity.clone())),
                request,
            )
        })
    }

    async fn find(
        &self,
        user: UserId,
        identity: IdentityId,
    ) -> Result<Option<Identity>, StoreError> {
        self.read(|state| owned(state, user, identity).map(|row| row.identity.clone()))
    }

    async fn tokens(
        &self,
        user: UserId,
        identity: IdentityId,
    ) -> Result<Option<ProviderTokens>, StoreError> {
        self.read(|state| owned(state, user, identity).map(|row| row.tokens.clone()))
    }

    async fn record_check(
        &self,
        write: Write<RecordCheck>,
    ) -> Result<Option<Identity>, StoreError> {
        self.write(write, |state, record, at| {
            let Some(row) = state
                .identities
                .get_mut(&record.identity)
                .filter(|row| row.identity.user == record.user)
            else {
                return Ok((None, None));
            };
            match record.checked {
                Checked::Confirmed { username, tokens } => row.confirm(username, tokens, at),
                Checked::Refused { asked } if asked != row.identity.version => {
                    return Err(StoreError::Conflict);
                }
                Checked::Refused { .. } => {
                    row.identity.status = IdentityStatus::Broken;
                    row.identity.version.0 += 1;
                }
            }
            Ok((Some(row.identity.clone()), Some(())))
        })
    }

    async fn unlink(&self, write: Write<UnlinkIdentity>) -> Result<(), GuardError<IdentityRule>> {
        self.write(write, |state, unlink, _| {
            let identities: Vec<_> = state
                .own_identities(unlink.user)
                .map(|row| row.identity.clone())
                .collect();
            let stale = identities.iter().any(|own| {
                own.id == unlink.identity
                    && unlink
                        .expected
                        .is_some_and(|expected| expected != own.version)
            });
            if stale {
                return Err(StoreError::Conflict.into());
            }
            let facts = UnlinkFacts {
                has_password: state
                    .users
                    .get(&unlink.user)
                    .is_some_and(|row| row.password_hash.is_some()),
                identities,
            };
            decide_unlink(unlink.identity, &unlink.providers, &facts).map_err(GuardError::Rule)?;
            state.drop_identities(|identity| identity.id == unlink.identity);
            Ok(((), Some(())))
        })
    }

    async fn put_login_code(&self, write: Write<PutLoginCode>) -> Result<bool, StoreError> {
        self.write(write, |state, put, at| {
            let Some(id) = holder(state, &put.account).map(|row| row.identity.id) else {
                return Ok((false, None));
            };
            if let Some(row) = state.identities.get_mut(&id) {
                row.confirm(put.username, put.tokens, at);
            }
            let row = LoginCodeRow {
                identity: id,
                expires_at: put.expires_at,
            };
            state.login_codes.insert(put.code, row);
            Ok((true, Some(())))
        })
    }

    async fn take_login_code(&self, write: Write<Digest>) -> Result<Option<UserId>, StoreError> {
        self.write(write, |state, code, at| {
            let user = state
                .login_codes
                .get(&code)
                .filter(|row| at < row.expires_at)
                .and_then(|row| state.identities.get(&row.identity))
                .map(|row| row.identity.user);
            if user.is_some() {
                state.login_codes.remove(&code);
            }
            Ok((user, user.map(|_| ())))
        })
    }

    async fn client(
        &self,
        provider: &ProviderName,
        instance: &InstanceName,
    ) -> Result<Option<InstanceClient>, StoreError> {
        let key = (provider.clone(), instance.clone());
        self.read(|state| state.instance_clients.get(&key).cloned())
    }

    async fn keep_client(
        &self,
        write: Write<InstanceClient>,
    ) -> Result<InstanceClient, StoreError> {
        self.write(write, |state, client, _| {
            let key = (client.provider.clone(), client.instance.clone());
            let kept = state.instance_clients.entry(key).or_insert(client);
            Ok((kept.clone(), Some(())))
        })
    }
}

impl IdentityRow {
    fn confirm(
        &mut self,
        username: Option<ProviderUsername>,
        tokens: ProviderTokens,
        at: Timestamp,
    ) {
        self.tokens = tokens;
        self.identity.username = username;
        self.identity.status = IdentityStatus::Active;
        self.identity.verified_at = at;
        self.identity.version.0 += 1;
    }
}

impl State {
    fn own_identities(&self, user: UserId) -> impl DoubleEndedIterator<Item = &IdentityRow> {
        let rows = self.identities.values();
        rows.filter(move |row| row.identity.user == user)
    }

    /// Deletes the identities that `dropped` picks, with their codes.
    pub(super) fn drop_identities(&mut self, dropped: impl Fn(&Identity) -> bool) {
        self.identities.retain(|_, row| !dropped(&row.identity));
        let identities = &self.identities;
        self.login_codes
            .retain(|_, row| identities.contains_key(&row.identity));
    }
}

fn holder<'a>(state: &'a State, account: &AccountKey) -> Option<&'a IdentityRow> {
    let mut rows = state.identities.values();
    rows.find(|row| row.identity.account == *account)
}

fn owned(state: &State, user: UserId, identity: IdentityId) -> Option<&IdentityRow> {
    let row = state.identities.get(&identity);
    row.filter(|row| row.identity.user == user)
}
