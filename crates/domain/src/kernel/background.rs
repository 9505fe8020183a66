//! Work that goes on after the answer.

use std::future::Future;
use std::pin::Pin;

/// Carries out work that nobody waits for. Port.
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait Background: Send + Sync {
    /// Starts `task`; a stop of the service may cut it off.
    fn spawn(&self, task: Pin<Box<dyn Future<Output = ()> + Send>>);
}
