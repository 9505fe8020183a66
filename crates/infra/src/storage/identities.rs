use std::sync::Arc;

use async_trait::async_trait;
use diesel::prelude::*;
use vestibule_domain::identities::{
    Checked, Flow, Identity, IdentityRule, IdentityStatus, IdentityStore, InstanceClient,
    InstanceName, LinkFacts, LinkIdentity, LinkPlan, Linked, NewFlow, ProviderName, ProviderTokens,
    PutLoginCode, RecordCheck, TakeFlow, UnlinkIdentity, decide_link, decide_unlink,
};
use vestibule_domain::kernel::{
    Digest, GuardError, IdentityId, Page, PageRequest, StoreError, UserId, Write, kinds,
};

use super::SqlStorage;
use super::account::lock_user;
use super::identity_flows::{load_client, put_client, put_flow, take_code, take_flow};
use super::identity_rows::{
    IdentityRow, confirm, insert, load_holder, load_own, load_unlink_facts, lock_and_load_own,
    require_identity,
};
use super::identity_secrets::{open_tokens, seal_tokens};
use super::paging::load_page;
use super::schema::{identities, identity_codes};
use crate::database::dialect::on;

#[async_trait]
impl IdentityStore for SqlStorage {
    async fn begin(&self, write: Write<NewFlow>) -> Result<(), StoreError> {
        let Ok(()) = self
            .commit(write, |()| &(), |tx, new, _| put_flow(tx.conn, new))
            .await?;
        Ok(())
    }

    async fn take_flow(&self, write: Write<TakeFlow>) -> Result<Option<Flow>, StoreError> {
        let taken = self
            .commit(
                write,
                |_| &(),
                |tx, take, at| Ok(take_flow(tx.conn, take, at)?.ok_or(())),
            )
            .await?;
        Ok(taken.ok())
    }

    async fn link(
        &self,
        write: Write<LinkIdentity, Linked>,
    ) -> Result<Linked, GuardError<IdentityRule>> {
        let cipher = Arc::clone(&self.cipher);
        self.commit(
            write,
            |linked| linked,
            move |tx, link, at| {
                lock_user(tx.conn, link.user)?;
                let count: i64 = on!(tx.conn, |c| identities::table
                    .filter(identities::user_id.eq(link.user.to_string()))
                    .count()
                    .get_result(c))?;
                let facts = LinkFacts {
                    holder: load_holder(tx.conn, &link.account)?,
                    count: u64::try_from(count).unwrap_or(0),
                };
                let plan = match decide_link(link.user, &facts) {
                    Ok(plan) => plan,
                    Err(rule) => return Ok(Err(rule)),
                };
                let (id, created) = match plan {
                    LinkPlan::Confirm(id) => {
                        let sealed = seal_tokens(&*cipher, id, &link.tokens)?;
                        confirm(tx.conn, id, link.username.as_ref(), &sealed, at)?;
                        (id, false)
                    }
                    LinkPlan::Create => {
                        insert(tx.conn, &*cipher, link, at)?;
                        (link.id, true)
                    }
                };
                let identity =
                    load_own(tx.conn, link.user, id)?.ok_or(StoreError::Missing("identity"))?;
                Ok(Ok(Linked { identity, created }))
            },
        )
        .await?
        .map_err(GuardError::Rule)
    }

    async fn list(
        &self,
        user: UserId,
        page: PageRequest<kinds::Identity>,
    ) -> Result<Page<Identity>, StoreError> {
        let user = user.to_string();
        self.database
            .read(move |conn| {
                let rows = load_page!(
                    conn,
                    page,
                    identities::id,
                    IdentityRow,
                    identities::table.filter(identities::user_id.eq(&user))
                );
                Ok(rows.into_page(IdentityRow::into_identity)?)
            })
            .await
    }

    async fn find(
        &self,
        user: UserId,
        identity: IdentityId,
    ) -> Result<Option<Identity>, StoreError> {
        self.database
            .query(move |conn| load_own(conn, user, identity))
            .await
    }

    async fn tokens(
        &self,
        user: UserId,
        identity: IdentityId,
    ) -> Result<Option<ProviderTokens>, StoreError> {
        let sealed: Option<Vec<u8>> = self
            .database
            .query(move |conn| {
                Ok(on!(conn, |c| identities::table
                    .find(identity.to_string())
                    .filter(identities::user_id.eq(user.to_string()))
                    .select(identities::tokens)
                    .get_result(c)
                    .optional())?)
            })
            .await?;
        sealed
            .map(|sealed| open_tokens(&*self.cipher, identity, &sealed))
            .transpose()
    }

    async fn record_check(
        &self,
        write: Write<RecordCheck>,
    ) -> Result<Option<Identity>, StoreError> {
        let cipher = Arc::clone(&self.cipher);
        let outcome = self
            .commit(
                write,
                |_| &(),
                move |tx, record, at| {
                    let RecordCheck {
                        user,
                        identity,
                        checked,
                    } = record;
                    // An unlinking counts the ways to log in that are left.
                    let Some(stored) = lock_and_load_own(tx.conn, *user, *identity)? else {
                        return Ok(Err(()));
                    };
                    match checked {
                        Checked::Confirmed { username, tokens } => {
                            let sealed = seal_tokens(&*cipher, *identity, tokens)?;
                            confirm(tx.conn, *identity, username.as_ref(), &sealed, at)?;
                        }
                        Checked::Refused { asked } if *asked != stored.version => {
                            return Err(StoreError::Conflict.into());
                        }
                        Checked::Refused { .. } => {
                            let updated = on!(tx.conn, |c| diesel::update(
                                identities::table.find(identity.to_string())
                            )
                            .set((
                                identities::status.eq(IdentityStatus::Broken.as_str()),
                                identities::version.eq(identities::version + 1_i64),
                            ))
                            .execute(c))?;
                            require_identity(updated)?;
                        }
                    }
                    Ok(load_own(tx.conn, *user, *identity)?.ok_or(()))
                },
            )
            .await?;
        Ok(outcome.ok())
    }

    async fn unlink(&self, write: Write<UnlinkIdentity>) -> Result<(), GuardError<IdentityRule>> {
        self.commit(
            write,
            |()| &(),
            |tx, unlink, _| {
                let UnlinkIdentity {
                    user,
                    identity,
                    expected,
                    providers,
                } = unlink;
                match lock_and_load_own(tx.conn, *user, *identity)? {
                    None => return Ok(Err(IdentityRule::NotFound)),
                    Some(own) if expected.is_some_and(|expected| expected != own.version) => {
                        return Err(StoreError::Conflict.into());
                    }
                    Some(_) => {}
                }
                let facts = load_unlink_facts(tx.conn, *user)?;
                if let Err(rule) = decide_unlink(*identity, providers, &facts) {
                    return Ok(Err(rule));
                }
                let deleted = on!(tx.conn, |c| diesel::delete(
                    identities::table.find(identity.to_string())
                )
                .execute(c))?;
                require_identity(deleted)?;
                Ok(Ok(()))
            },
        )
        .await?
        .map_err(GuardError::Rule)
    }

    async fn put_login_code(&self, write: Write<PutLoginCode>) -> Result<bool, StoreError> {
        let cipher = Arc::clone(&self.cipher);
        let outcome = self
            .commit(
                write,
                |()| &(),
                move |tx, put, at| {
                    let Some(identity) = load_holder(tx.conn, &put.account)? else {
                        return Ok(Err(()));
                    };
                    let sealed = seal_tokens(&*cipher, identity.id, &put.tokens)?;
                    confirm(tx.conn, identity.id, put.username.as_ref(), &sealed, at)?;
                    on!(tx.conn, |c| diesel::insert_into(identity_codes::table)
                        .values((
                            identity_codes::digest.eq(put.code.0.as_slice()),
                            identity_codes::identity_id.eq(identity.id.to_string()),
                            identity_codes::expires_at.eq(put.expires_at.as_micros()),
                        ))
                        .execute(c))?;
                    Ok(Ok(()))
                },
            )
            .await?;
        Ok(outcome.is_ok())
    }

    async fn take_login_code(&self, write: Write<Digest>) -> Result<Option<UserId>, StoreError> {
        let taken = self
            .commit(
                write,
                |_| &(),
                |tx, code, at| Ok(take_code(tx.conn, *code, at)?.ok_or(())),
            )
            .await?;
        Ok(taken.ok())
    }

    async fn client(
        &self,
        provider: &ProviderName,
        instance: &InstanceName,
    ) -> Result<Option<InstanceClient>, StoreError> {
        let (provider, instance) = (provider.clone(), instance.clone());
        let cipher = Arc::clone(&self.cipher);
        self.database
            .query(move |conn| load_client(conn, &*cipher, &provider, &instance))
            .await
    }

    async fn keep_client(
        &self,
        write: Write<InstanceClient>,
    ) -> Result<InstanceClient, StoreError> {
        let cipher = Arc::clone(&self.cipher);
        let Ok(kept) = self
            .commit(
                write,
                |_| &(),
                move |tx, client, at| put_client(tx.conn, &*cipher, client, at),
            )
            .await?;
        Ok(kept)
    }
}
