use std::collections::HashSet;

use async_trait::async_trait;
use vestibule_domain::kernel::{StoreError, Timestamp};
use vestibule_domain::maintenance::MaintenanceStore;
use vestibule_domain::organizations::INVITATION_RETENTION;

use super::MemoryStorage;

#[async_trait]
impl MaintenanceStore for MemoryStorage {
    async fn purge(&self, now: Timestamp, limit: u32) -> Result<u32, StoreError> {
        let mut state = self.reach()?;
        let mut left = limit;
        let mut take = |expires_at: Timestamp| {
            let taken = left > 0 && expires_at < now;
            left -= u32::from(taken);
            taken
        };
        state.tokens.retain(|_, row| !take(row.token.expires_at));
        state.once.retain(|_, row| !take(row.expires_at));
        state.buckets.retain(|_, bucket| !take(bucket.expires_at));
        state.flows.retain(|_, row| !take(row.flow.expires_at));
        state.login_codes.retain(|_, row| !take(row.expires_at));
        state
            .email_changes
            .retain(|_, row| !take(row.change.expires_at));
        state
            .former_emails
            .retain(|_, former| !take(former.expires_at));
        let ended: HashSet<_> = state
            .sessions
            .values()
            .filter(|row| take(row.session.expires_at))
            .map(|row| row.session.id)
            .collect();
        state
            .invitations
            .retain(|_, row| !take(row.invitation.expires_at.after(INVITATION_RETENTION)));
        state.end_sessions(|session| ended.contains(&session.id));
        Ok(limit - left)
    }

    async fn purge_log(&self, end: Timestamp, limit: u32) -> Result<u32, StoreError> {
        let mut state = self.reach()?;
        let mut left = limit;
        state.log.retain(|record| {
            let taken = left > 0 && record.created_at < end;
            left -= u32::from(taken);
            !taken
        });
        Ok(limit - left)
    }
}
