//! Work that goes on after the answer, and answers that wait.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use super::{Clock, Timestamp};

/// Carries out work that nobody waits for, and lets time pass. Port.
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait Background: Send + Sync {
    /// Starts `task`; a stop of the service may cut it off.
    fn spawn(&self, task: Pin<Box<dyn Future<Output = ()> + Send>>);

    /// Is ready after so long.
    fn pause(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// Waits until `floor` has passed since `started`, so that work which takes
/// less than that always takes the same time, whatever it found.
pub async fn even_out(
    background: &dyn Background,
    clock: &dyn Clock,
    started: Timestamp,
    floor: Duration,
) {
    let left = floor.saturating_sub(clock.now().since(started));
    if !left.is_zero() {
        background.pause(left).await;
    }
}
