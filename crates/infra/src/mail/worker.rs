//! Delivery of the outbox.

use std::future::Future;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::sleep;
use vestibule_domain::outbox::Outbox;

/// Jobs of other processes, and jobs that are due again, are looked for this often.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Does what is due whenever `wake` is notified, and twice a second, until
/// `shutdown`. A round of delivery that has begun is finished first.
pub async fn deliver(outbox: &Outbox, wake: &Notify, shutdown: impl Future<Output = ()>) {
    tokio::pin!(shutdown);
    let mut store_fails = false;
    loop {
        match outbox.deliver_due().await {
            Ok(delivered) => {
                store_fails = false;
                if delivered.failed > 0 {
                    tracing::warn!(
                        count = delivered.failed,
                        "letters or erasures will be tried again"
                    );
                }
                if delivered.dropped > 0 {
                    tracing::error!(count = delivered.dropped, "letters were given up");
                }
                // A full batch may have left more: look again at once.
                if delivered.sent > 0 {
                    wake.notify_one();
                }
            }
            // Once per outage, not twice a second.
            Err(error) if !store_fails => {
                store_fails = true;
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "outbox not readable"
                );
            }
            Err(_) => {}
        }
        tokio::select! {
            biased;
            () = &mut shutdown => return,
            () = wake.notified() => {}
            () = sleep(LOOK_EVERY) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::sync::{Arc, Mutex};

    use tokio::sync::oneshot;
    use tokio::time::timeout;
    use uuid::Uuid;
    use vestibule_domain::kernel::{JobId, StoreError};
    use vestibule_domain::outbox::{
        Job, Mail, MailError, MockAvatarEraser, MockMailer, MockOutboxStore, Work,
    };
    use vestibule_testkit::clock::FixedClock;

    use super::*;

    type Queue = Arc<Mutex<VecDeque<Job>>>;

    fn job(number: u128) -> Job {
        Job {
            id: JobId::from_uuid(Uuid::from_u128(number)),
            work: Work::Mail(Mail::VerifyEmail {
                to: "alice@example.org".to_owned(),
                username: "alice".to_owned(),
                key: "K".to_owned(),
            }),
            attempts: 0,
        }
    }

    /// An outbox over `queue` whose first `outages` claims fail; the mailer
    /// refuses job 13.
    fn outbox(queue: &Queue, outages: usize) -> (Outbox, Arc<Mutex<Vec<JobId>>>) {
        let sent = Arc::new(Mutex::new(Vec::new()));
        let mut store = MockOutboxStore::new();
        let (jobs, mut outages) = (Arc::clone(queue), outages);
        store.expect_claim().returning(move |_, _, limit| {
            if outages > 0 {
                outages -= 1;
                return Err(StoreError::unavailable("down"));
            }
            let mut jobs = jobs.lock().expect("no panic");
            let count = jobs.len().min(limit as usize);
            Ok(jobs.drain(..count).collect())
        });
        store.expect_complete().returning(|_| Ok(()));
        store.expect_retry().returning(|_, _| Ok(()));
        let mut mailer = MockMailer::new();
        let record = Arc::clone(&sent);
        mailer.expect_send().returning(move |id, _| {
            if id == job(13).id {
                return Err(MailError::failed("refused"));
            }
            record.lock().expect("no panic").push(id);
            Ok(())
        });
        let outbox = Outbox {
            store: Arc::new(store),
            mailer: Arc::new(mailer),
            eraser: Arc::new(MockAvatarEraser::new()),
            clock: Arc::new(FixedClock::default()),
        };
        (outbox, sent)
    }

    /// Runs the delivery until `count` letters are sent; answers how many were.
    async fn run_until_sent(
        queue: Queue,
        outages: usize,
        count: usize,
        wake: Arc<Notify>,
    ) -> usize {
        let (outbox, sent) = outbox(&queue, outages);
        let (stop, stopped) = oneshot::channel::<()>();
        let running = tokio::spawn(async move {
            let shutdown = async {
                let _ = stopped.await;
            };
            deliver(&outbox, &wake, shutdown).await;
        });
        let enough = async {
            while sent.lock().expect("no panic").len() < count {
                tokio::task::yield_now().await;
            }
        };
        timeout(Duration::from_secs(10), enough)
            .await
            .expect("sent in time");
        drop(stop);
        timeout(Duration::from_secs(10), running)
            .await
            .expect("stopped in time")
            .expect("no panic");
        sent.lock().expect("no panic").len()
    }

    #[tokio::test]
    async fn all_that_is_due_is_sent_batch_after_batch_and_a_refused_letter_stops_none() {
        let queue = Queue::new(Mutex::new((0..200).map(job).collect()));
        let sent = run_until_sent(Arc::clone(&queue), 0, 199, Arc::default()).await;
        assert_eq!(sent, 199, "all but the refused one");
        assert!(queue.lock().expect("no panic").is_empty());
    }

    #[tokio::test]
    async fn a_notification_wakes_it() {
        let queue = Queue::default();
        let wake = Arc::new(Notify::new());
        let (later, notify) = (Arc::clone(&queue), Arc::clone(&wake));
        tokio::spawn(async move {
            tokio::task::yield_now().await;
            later.lock().expect("no panic").push_back(job(1));
            notify.notify_one();
        });
        assert_eq!(run_until_sent(queue, 0, 1, wake).await, 1);
    }

    #[tokio::test]
    async fn it_goes_on_after_the_store_was_away_without_a_notification() {
        let queue = Queue::new(Mutex::new(VecDeque::from([job(1)])));
        assert_eq!(run_until_sent(queue, 2, 1, Arc::default()).await, 1);
    }
}
