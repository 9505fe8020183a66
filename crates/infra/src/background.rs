//! Work after the answer.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::{MissedTickBehavior, interval};
use vestibule_domain::kernel::{Background, StoreError};

/// How often bookkeeping is written down.
const FLUSH_EVERY: Duration = Duration::from_secs(5);

/// The domain's `Background` on one tokio runtime, whichever thread asks: the
/// worker threads of the HTTP server have runtimes of their own, which end
/// with them.
#[derive(Debug, Clone)]
pub struct TokioBackground {
    runtime: Handle,
}

impl TokioBackground {
    /// Carries out tasks on this runtime.
    pub const fn new(runtime: Handle) -> Self {
        Self { runtime }
    }
}

impl Background for TokioBackground {
    fn pause(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let _runtime = self.runtime.enter();
        Box::pin(tokio::time::sleep(time))
    }

    fn spawn(&self, task: Pin<Box<dyn Future<Output = ()> + Send>>) {
        self.runtime.spawn(task);
    }
}

/// Runs `flush` every few seconds until `shutdown`, and once more then. A
/// failure is logged under the name of what was not written.
pub(crate) async fn flush_until<F: Future<Output = Result<(), StoreError>>>(
    shutdown: impl Future<Output = ()>,
    what: &'static str,
    flush: impl Fn() -> F,
) {
    tokio::pin!(shutdown);
    let mut ticks = interval(FLUSH_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let stop = tokio::select! {
            () = &mut shutdown => true,
            _ = ticks.tick() => false,
        };
        if let Err(error) = flush().await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                what,
                "bookkeeping not written"
            );
        }
        if stop {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn a_thread_without_a_runtime_can_start_a_task() {
        let background = TokioBackground::new(Handle::current());
        let (done, wait) = oneshot::channel();
        let started = thread::spawn(move || {
            background.spawn(Box::pin(async move {
                tokio::task::yield_now().await;
                let _ = done.send(7);
            }));
        });
        assert_eq!(wait.await, Ok(7));
        started.join().expect("no panic");
    }
}
