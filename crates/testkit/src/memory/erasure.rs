use async_trait::async_trait;
use vestibule_domain::kernel::{GuardError, StoreError, UserId, Write};
use vestibule_domain::personal_data::{DeletionRule, ErasureStore, HideAccount};

use super::MemoryStorage;
use super::state::State;

#[async_trait]
impl ErasureStore for MemoryStorage {
    async fn hide(&self, write: Write<HideAccount>) -> Result<(), GuardError<DeletionRule>> {
        self.write(write, |state, HideAccount { user }, _| {
            state.require_user(user)?;
            state.depart(user).map_err(GuardError::Rule)?;
            state.users.remove(&user);
            state.end_sessions(|session| session.user == user);
            state.tokens.retain(|_, row| row.user != user);
            state.api_keys.retain(|_, key| key.owner != Some(user));
            state.identities.retain(|_, row| row.identity.user != user);
            state.erasures.push(user);
            Ok(((), Some(())))
        })
    }

    async fn pending(&self, limit: u32) -> Result<Vec<UserId>, StoreError> {
        self.read(|state| {
            let first = state.erasures.iter().take(limit as usize);
            first.copied().collect()
        })
    }

    async fn erase(&self, user: UserId, limit: u32) -> Result<bool, StoreError> {
        let mut state = self.reach()?;
        if !state.erasures.contains(&user) {
            return Ok(false);
        }
        Ok(erase_rows(&mut state, user, limit) == limit)
    }

    async fn forget(&self, user: UserId) -> Result<(), StoreError> {
        let mut state = self.reach()?;
        if state.erasures.contains(&user) {
            erase_rows(&mut state, user, u32::MAX);
            state.erasures.retain(|pending| *pending != user);
        }
        Ok(())
    }

    async fn purge_journal(&self) -> Result<(), StoreError> {
        self.read(|_| ())
    }
}

/// Deletes up to `limit` rows of a user; answers how many.
fn erase_rows(state: &mut State, user: UserId, limit: u32) -> u32 {
    let mut left = limit;
    let mut stays = |owner: Option<UserId>| {
        let taken = left > 0 && owner == Some(user);
        left -= u32::from(taken);
        !taken
    };
    state
        .email_changes
        .retain(|_, row| stays(Some(row.change.user)));
    state.former_emails.retain(|_, row| stays(Some(row.user)));
    state.addresses.retain(|_, row| stays(Some(row.user)));
    state.devices.retain(|_, row| stays(Some(row.device.user)));
    state
        .inquiries
        .retain(|_, row| stays(Some(row.inquiry.user)));
    state.messages.retain(|_, row| stays(Some(row.author)));
    state.usage.retain(|_, row| stays(row.owner));
    state.once.retain(|_, row| stays(row.user));
    state.jobs.retain(|_, row| stays(row.user));
    state.log.retain(|record| stays(Some(record.entry.user)));
    limit - left
}
