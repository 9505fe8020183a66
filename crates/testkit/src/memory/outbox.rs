use async_trait::async_trait;
use vestibule_domain::kernel::{JobId, StoreError, Timestamp};
use vestibule_domain::outbox::{Job, OutboxStore};

use super::MemoryStorage;

#[async_trait]
impl OutboxStore for MemoryStorage {
    async fn claim(
        &self,
        now: Timestamp,
        claimed_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Job>, StoreError> {
        let mut state = self.reach()?;
        let due = state.jobs.values_mut().filter(|row| row.due <= now);
        Ok(due
            .take(limit as usize)
            .map(|row| {
                row.due = claimed_until;
                row.job.clone()
            })
            .collect())
    }

    async fn complete(&self, jobs: &[JobId]) -> Result<(), StoreError> {
        let mut state = self.reach()?;
        for job in jobs {
            state.jobs.remove(job);
        }
        Ok(())
    }

    async fn retry(&self, job: JobId, due: Timestamp) -> Result<(), StoreError> {
        if let Some(row) = self.reach()?.jobs.get_mut(&job) {
            row.due = due;
            row.job.attempts += 1;
        }
        Ok(())
    }

    async fn release(&self, now: Timestamp) -> Result<(), StoreError> {
        for row in self.reach()?.jobs.values_mut() {
            row.due = row.due.min(now);
        }
        Ok(())
    }
}
