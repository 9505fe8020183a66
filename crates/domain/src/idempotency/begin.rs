use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use thiserror::Error;

use super::{AnswerSealer, OnceStore};
use crate::kernel::{ApiKeyId, Clock, Digest, Once, SecretSource, StoreError, UserId};

/// Keeps and replays answers.
#[derive(Clone)]
pub struct Idempotency {
    /// The stored records.
    pub store: Arc<dyn OnceStore>,
    /// Encrypts the answers.
    pub sealer: Arc<dyn AnswerSealer>,
    /// Fingerprints requests.
    pub secrets: Arc<dyn SecretSource>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What is running right now.
    pub running: Running,
}

/// The keys of requests that run in this process right now.
#[derive(Debug, Clone, Default)]
pub struct Running(Arc<Mutex<HashSet<Digest>>>);

/// Whose `Idempotency-Key` it is: the same key of another caller is another key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnceScope {
    /// A signed-in user's, whose deletion erases the record.
    User(UserId),
    /// A service key's.
    Key(ApiKeyId),
    /// Of a call without sign-in: whoever sends the same body.
    Anonymous,
}

/// What to do with a request that bears a key.
pub enum Begun {
    /// It was answered before: this is the answer.
    Replay(Vec<u8>),
    /// It is new: carry it out with this ticket.
    Run(Ticket),
}

/// Why a request with a key is refused.
#[derive(Debug, Error)]
pub enum IdempotencyError {
    /// The same request is still being carried out.
    #[error("the same request is still running")]
    StillRunning,
    /// The key was used with another body.
    #[error("the key was used with another body")]
    Mismatch,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The right to carry out one request once; given back on drop.
pub struct Ticket {
    key: Digest,
    fingerprint: Digest,
    user: Option<UserId>,
    material: Arc<[u8]>,
    sealer: Arc<dyn AnswerSealer>,
    running: Running,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.running
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.key);
    }
}

impl Ticket {
    /// The record that commits with the command; `render` makes the answer.
    pub fn once<A>(&self, render: impl Fn(&A) -> Vec<u8> + Send + Sync + 'static) -> Once<A> {
        let (sealer, material) = (Arc::clone(&self.sealer), Arc::clone(&self.material));
        Once {
            key: self.key,
            fingerprint: self.fingerprint,
            user: self.user,
            seal: Arc::new(move |outcome| sealer.seal(&material, &render(outcome))),
        }
    }
}

impl Idempotency {
    /// Begins a request that bears `key`: `caller` and `route` are its scope,
    /// `body` its fingerprint. Without a caller the body is part of the scope.
    pub async fn begin(
        &self,
        caller: OnceScope,
        route: &str,
        key: &str,
        body: &[u8],
    ) -> Result<Begun, IdempotencyError> {
        let fingerprint = self.secrets.mac(body);
        // Ids bear a prefix of their kind, so no two callers have one text.
        let (caller_scope, user) = match caller {
            OnceScope::User(user) => (user.to_string(), Some(user)),
            OnceScope::Key(key) => (key.to_string(), None),
            OnceScope::Anonymous => (format!("{:02x?}", fingerprint.0), None),
        };
        // The parts cannot run into each other: a caller and a route hold no NUL.
        let scope = format!("{caller_scope}\0{route}\0{key}");
        let digest = self.secrets.mac(scope.as_bytes());
        let material: Arc<[u8]> = [key.as_bytes(), b"\0", body].concat().into();

        let newly = self
            .running
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(digest);
        if !newly {
            return Err(IdempotencyError::StillRunning);
        }
        let ticket = Ticket {
            key: digest,
            fingerprint,
            user,
            material,
            sealer: Arc::clone(&self.sealer),
            running: self.running.clone(),
        };
        match self.replay(&ticket).await? {
            Some(answer) => Ok(Begun::Replay(answer)),
            None => Ok(Begun::Run(ticket)),
        }
    }

    /// The stored answer to the ticket's request: asked before it is carried
    /// out, and again when the store answers `Duplicate("once")` because
    /// another process was faster.
    pub async fn replay(&self, ticket: &Ticket) -> Result<Option<Vec<u8>>, IdempotencyError> {
        let Some(record) = self.store.find(ticket.key, self.clock.now()).await? else {
            return Ok(None);
        };
        if record.fingerprint != ticket.fingerprint {
            return Err(IdempotencyError::Mismatch);
        }
        self.sealer
            .open(&ticket.material, &record.answer)
            .map(Some)
            .ok_or(IdempotencyError::Mismatch)
    }
}
