//! A secrets file that was rotated counts at once, without a restart.

use std::fs;
use std::future::Future;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::{MissedTickBehavior, interval};
use vestibule_domain::kernel::Clock;
use vestibule_infra::crypto::{Secrets, SignedTokens};
use vestibule_infra::database::Database;
use vestibule_infra::storage::admit_server_keys;

/// How often the file is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// What tells one file from its successor.
type Mark = (u64, u64, Option<SystemTime>);

/// Looks after the secrets file.
pub(crate) struct SecretsWatch {
    path: PathBuf,
    seen: Option<Mark>,
    secrets: Secrets,
    tokens: Arc<SignedTokens>,
    database: Database,
    clock: Arc<dyn Clock>,
}

fn mark(path: &Path) -> Option<Mark> {
    let file = fs::metadata(path).ok()?;
    Some((file.ino(), file.len(), file.modified().ok()))
}

impl SecretsWatch {
    /// Watches the file that `secrets` were read from.
    pub(crate) fn new(
        path: PathBuf,
        secrets: Secrets,
        tokens: Arc<SignedTokens>,
        database: Database,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            seen: mark(&path),
            path,
            secrets,
            tokens,
            database,
            clock,
        }
    }

    /// Takes over new signing keys until `shutdown`.
    pub(crate) async fn run(mut self, shutdown: impl Future<Output = ()>) {
        tokio::pin!(shutdown);
        // The file may have been replaced between its reading and `new`.
        self.reload().await;
        let mut ticks = interval(LOOK_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = &mut shutdown => return,
                _ = ticks.tick() => {}
            }
            let now = mark(&self.path);
            if now.is_some() && now != self.seen {
                self.seen = now;
                self.reload().await;
            }
        }
    }

    /// What cannot be used is left, and the keys stay as they are.
    async fn reload(&mut self) {
        let next = match Secrets::load(&self.path) {
            Ok(next) => next,
            Err(error) => {
                tracing::error!(%error, "the secrets file is not taken over");
                return;
            }
        };
        if !next.has_same_other_keys(&self.secrets) {
            tracing::error!(
                "the secrets file is not taken over: other keys than those that sign \
                 access tokens have changed, which takes a restart"
            );
            return;
        }
        if next.has_same_signing_keys(&self.secrets) {
            return;
        }
        let admitted = admit_server_keys(&self.database, &next, self.clock.now()).await;
        if let Err(error) = admitted {
            tracing::error!(%error, "the secrets file is not taken over");
            return;
        }
        match self.tokens.reload(&next) {
            Ok(()) => {
                tracing::info!("the signing keys of the secrets file are taken over");
                self.secrets = next;
            }
            Err(error) => tracing::error!(%error, "the secrets file is not taken over"),
        }
    }
}
