use super::{DeleteAccountError, HideAccount, PersonalData};
use crate::credentials::Proof;
use crate::kernel::{StoreError, UserId, Write};
use crate::outbox::{Mail, NewJob};
use crate::sessions::SignedIn;

/// Rows that one transaction deletes: small enough not to hold up writers.
const CHUNK: u32 = 500;
/// Accounts that are looked up at once.
const BATCH: u32 = 100;

impl PersonalData {
    /// Deletes the caller's account for good, after a step-up. At its end
    /// nothing of the account is left in the store, except the letter that
    /// tells its owner, encrypted until it is sent.
    ///
    /// The account is gone for everybody as soon as this begins to erase; what
    /// is interrupted then (the caller is gone, the store fails) is ended by
    /// [`PersonalData::end_erasures`].
    pub async fn delete_account(
        &self,
        caller: &SignedIn,
        proof: Proof<'_>,
    ) -> Result<(), DeleteAccountError> {
        self.credentials.step_up(caller, proof).await?;
        let account = &caller.account;
        let farewell = NewJob {
            id: self.ids.id(),
            // Of nobody: it must outlive the account.
            user: None,
            work: Mail::AccountDeleted {
                to: account.email.to_string(),
                username: account.username.to_string(),
            }
            .into(),
        };
        let hide = HideAccount { user: account.id };
        let write = Write::new(hide, self.clock.now()).job(farewell);
        self.storage.erasure.hide(write).await?;
        // What fails here the sweep of avatars erases within a day.
        if let Some(key) = &account.avatar {
            let erased = self.eraser.erase_named(key).await;
            erased.map_err(StoreError::unavailable)?;
        }
        Ok(self.end_erasure(account.id).await?)
    }

    /// Ends what was begun: erases all hidden accounts; answers how many.
    pub async fn end_erasures(&self) -> Result<u64, StoreError> {
        let mut ended = 0;
        loop {
            let pending = self.storage.erasure.pending(BATCH).await?;
            if pending.is_empty() {
                return Ok(ended);
            }
            for user in pending {
                self.end_erasure(user).await?;
                ended += 1;
            }
        }
    }

    async fn end_erasure(&self, user: UserId) -> Result<(), StoreError> {
        let store = &self.storage.erasure;
        while store.erase(user, CHUNK).await? {}
        // Before it is forgotten: were this to fail afterwards, nobody would
        // know that it is still to do.
        store.purge_journal().await?;
        store.forget(user).await?;
        store.purge_journal().await
    }
}
