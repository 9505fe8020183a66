use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use vestibule_domain::api_keys::{ApiKeyStore, KeyUsage, KeyUse, KeyUseCount};
use vestibule_domain::kernel::{Background, JobId, StoreError};
use vestibule_domain::outbox::{Mail, MailError, Mailer};
use vestibule_domain::sessions::{SessionStore, SessionUsage, SessionUse};

/// Keeps letters in place of sending them.
#[derive(Debug, Default)]
pub struct Mailbox(Mutex<Vec<(JobId, Mail)>>);

impl Mailbox {
    /// Takes the letters that came in, oldest first, and leaves none.
    pub fn take(&self) -> Vec<(JobId, Mail)> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Mailer for Mailbox {
    async fn send(&self, id: JobId, mail: &Mail) -> Result<(), MailError> {
        let mut letters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        letters.push((id, mail.clone()));
        Ok(())
    }
}

/// Carries out background work on the tokio runtime of the caller.
#[derive(Debug, Default)]
pub struct Spawner;

impl Background for Spawner {
    /// Time stands still: there is nothing to wait for.
    fn pause(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(std::future::ready(()))
    }

    fn spawn(&self, task: Pin<Box<dyn Future<Output = ()> + Send>>) {
        tokio::spawn(task);
    }
}

/// Keeps the uses of sessions until a test writes them down.
#[derive(Debug, Default)]
pub struct UsageLog(Mutex<Vec<SessionUse>>);

impl UsageLog {
    /// Writes the noted uses down, and forgets them.
    pub async fn flush(&self, store: &dyn SessionStore) -> Result<(), StoreError> {
        let uses = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        store.record_use(&uses).await
    }
}

impl SessionUsage for UsageLog {
    fn note(&self, used: SessionUse) {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        noted.push(used);
    }
}

/// Keeps the uses of API keys until they are written down.
#[derive(Debug, Default)]
pub struct KeyUsageLog(Mutex<Vec<KeyUse>>);

impl KeyUsageLog {
    /// Writes the noted uses down, and forgets them.
    pub async fn flush(&self, store: &dyn ApiKeyStore) -> Result<(), StoreError> {
        let uses = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let counts = uses.iter().map(|used| KeyUseCount {
            key: used.key,
            day: used.at.day(),
            requests: 1,
            errors: u64::from(used.failed),
            last_used_at: used.sets_last_used.then_some(used.at),
        });
        store.record_use(&counts.collect::<Vec<_>>()).await
    }
}

impl KeyUsage for KeyUsageLog {
    fn note(&self, used: KeyUse) {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        noted.push(used);
    }
}
