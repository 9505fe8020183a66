//! Password hashing, off the threads that serve requests.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;
use std::{io, thread};

use async_trait::async_trait;
use thiserror::Error;
use vestibule_domain::credentials::{HashError, PasswordHash, PasswordHasher, Verified};
use vestibule_domain::kernel::Secret;

use super::Secrets;
use super::password_scheme::{COSTS, PasswordScheme, SchemeError};
use crate::nice_pool::{HashCounters, NicePool, PoolError, PoolSettings, Priority};

/// bcrypt's time at cost 4 on one core, as the first guess of what a hash
/// takes; it doubles with each step (229 ms at 12, PERFORMANCE.md).
const TIME_AT_LOWEST_COST: Duration = Duration::from_micros(900);

/// A person waits at least this long before being refused.
const SHORTEST_PATIENCE: Duration = Duration::from_secs(2);
/// Passwords that wait at most, whatever their hashes cost.
const MOST_WAITING: usize = 4096;

/// How passwords are hashed.
#[derive(Debug, Clone, Copy)]
pub struct PasswordSettings {
    /// bcrypt's cost, 4–16; each step doubles the time.
    pub cost: u32,
    /// How many hashes run at once.
    pub permits: NonZeroUsize,
}

impl Default for PasswordSettings {
    /// Cost 12, [`default_permits`].
    fn default() -> Self {
        Self {
            cost: 12,
            permits: default_permits(),
        }
    }
}

/// One less than the cores, so that one is left to the other requests; at least 1.
pub fn default_permits() -> NonZeroUsize {
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    NonZeroUsize::new(cores - 1).unwrap_or(NonZeroUsize::MIN)
}

/// Why passwords cannot be hashed as configured.
#[derive(Debug, Error)]
pub enum HasherError {
    /// The cost is out of bounds.
    #[error("the bcrypt cost must be {low} to {high}, not {0}", low = COSTS.start(), high = COSTS.end())]
    Cost(u32),
    /// The threads cannot be started.
    #[error("the hashing threads cannot be started: {0}")]
    Threads(#[source] io::Error),
}

/// The domain's `PasswordHasher` by bcrypt, on threads of its own.
#[derive(Debug)]
pub struct BcryptHasher {
    scheme: Arc<PasswordScheme>,
    pool: NicePool,
}

impl BcryptHasher {
    /// Starts the threads; hashes nothing yet.
    pub fn new(settings: PasswordSettings, secrets: &Secrets) -> Result<Self, HasherError> {
        if !COSTS.contains(&settings.cost) {
            return Err(HasherError::Cost(settings.cost));
        }
        let estimate = TIME_AT_LOWEST_COST * 2_u32.pow(settings.cost - COSTS.start());
        let pool = NicePool::new(PoolSettings {
            name: "hash",
            permits: settings.permits,
            estimate,
            patience: SHORTEST_PATIENCE,
            most_waiting: MOST_WAITING,
        });
        Ok(Self {
            scheme: Arc::new(PasswordScheme::new(settings.cost, secrets)),
            pool: pool.map_err(HasherError::Threads)?,
        })
    }

    /// What the threads have done.
    pub fn counters(&self) -> Arc<HashCounters> {
        self.pool.counters()
    }

    async fn run<T: Send + 'static>(
        &self,
        priority: Priority,
        work: impl FnOnce(&PasswordScheme) -> Result<T, SchemeError> + Send + 'static,
    ) -> Result<T, HashError> {
        let scheme = Arc::clone(&self.scheme);
        match self.pool.run(priority, move || work(&scheme)).await {
            Ok(outcome) => outcome.map_err(|error| HashError::Failed(error.into())),
            Err(PoolError::Overloaded) => Err(HashError::Overloaded),
            Err(PoolError::Panicked) => Err(HashError::Failed("hashing panicked".into())),
        }
    }
}

#[async_trait]
impl PasswordHasher for BcryptHasher {
    async fn hash(&self, password: &Secret) -> Result<PasswordHash, HashError> {
        let password = password.clone();
        let work = move |scheme: &PasswordScheme| scheme.hash(password.expose());
        self.run(Priority::Interactive, work).await
    }

    async fn hash_later(&self, password: &Secret) -> Result<PasswordHash, HashError> {
        let password = password.clone();
        let work = move |scheme: &PasswordScheme| scheme.hash(password.expose());
        self.run(Priority::Later, work).await
    }

    async fn verify<'a>(
        &self,
        password: &Secret,
        hash: Option<&'a PasswordHash>,
    ) -> Result<Verified, HashError> {
        let (password, hash) = (password.clone(), hash.cloned());
        let work = move |scheme: &PasswordScheme| match hash {
            Some(hash) => scheme.verify(password.expose(), &hash),
            None => scheme.verify_nothing(password.expose()),
        };
        self.run(Priority::Interactive, work).await
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn hasher(cost: u32) -> BcryptHasher {
        let settings = PasswordSettings {
            cost,
            permits: NonZeroUsize::MIN,
        };
        BcryptHasher::new(settings, &Secrets::generate()).expect("a hasher")
    }

    #[tokio::test]
    async fn hashes_and_checks() {
        let hasher = hasher(4);
        let password = Secret::new("correct horse");
        let now = hasher.hash(&password).await.expect("hashed");
        let later = hasher.hash_later(&password).await.expect("hashed");
        for hash in [now, later] {
            let right = hasher
                .verify(&password, Some(&hash))
                .await
                .expect("checked");
            assert!(right.matches && !right.outdated);
            let wrong = Secret::new("wrong horse");
            let wrong = hasher.verify(&wrong, Some(&hash)).await.expect("checked");
            assert!(!wrong.matches);
        }
    }

    /// Bounds far apart: the machine may be busy with other tests.
    #[tokio::test]
    async fn no_hash_takes_as_long_as_a_hash_and_never_matches() {
        let hasher = hasher(9);
        let password = Secret::new("correct horse");
        let hash = hasher.hash(&password).await.expect("hashed");
        let mut times = [Duration::MAX; 2];
        for _ in 0..5 {
            for (time, hash) in times.iter_mut().zip([Some(&hash), None]) {
                let start = Instant::now();
                let verified = hasher.verify(&password, hash).await.expect("checked");
                *time = start.elapsed().min(*time);
                assert_eq!(verified.matches, hash.is_some());
            }
        }
        let [with, without] = times;
        assert!(with < without * 4 && without < with * 4, "{times:?}");
    }

    #[tokio::test]
    async fn a_corrupt_hash_is_a_failure() {
        let corrupt = PasswordHash::new("$v1$d$nothing");
        let checked = hasher(4).verify(&Secret::new("a"), Some(&corrupt)).await;
        assert!(matches!(checked, Err(HashError::Failed(_))));
    }

    #[test]
    fn a_cost_out_of_bounds_is_refused() {
        for cost in [0, 3, 17, 31, u32::MAX] {
            let settings = PasswordSettings {
                cost,
                ..PasswordSettings::default()
            };
            let refused = BcryptHasher::new(settings, &Secrets::generate());
            assert!(matches!(refused, Err(HasherError::Cost(refused)) if refused == cost));
        }
    }

    #[test]
    fn debug_shows_no_pepper() {
        let mut secrets = Secrets::generate();
        secrets.peppers = secrets.payload.clone();
        let hasher = BcryptHasher::new(
            PasswordSettings {
                cost: 4,
                permits: NonZeroUsize::MIN,
            },
            &secrets,
        );
        let shown = format!("{:?}", hasher.expect("a hasher"));
        assert!(!shown.contains(&format!("{:?}", secrets.peppers[0].bytes())));
    }
}
