//! What goes on beside the requests: delivery of mail, bookkeeping, removal of
//! what has expired.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;
use vestibule_domain::app::App;
use vestibule_domain::avatars::Avatars;
use vestibule_domain::maintenance::Maintenance;
use vestibule_domain::personal_data::PersonalData;
use vestibule_infra::mail::deliver;

use crate::secrets_watch::SecretsWatch;
use crate::wiring::Adapters;

/// What has expired is removed this long after the start, and then every hour.
const FIRST_PURGE: Duration = Duration::from_mins(1);
const PURGE_EVERY: Duration = Duration::from_hours(1);

/// Deletions that were interrupted are looked for this often.
const ERASE_EVERY: Duration = Duration::from_mins(1);
/// Avatars that are nobody's are looked for this long after the start, and then
/// every day.
const FIRST_SWEEP: Duration = Duration::from_mins(5);
const SWEEP_EVERY: Duration = Duration::from_hours(24);

/// The running tasks.
pub(crate) struct Tasks {
    stop: watch::Sender<bool>,
    running: JoinSet<()>,
}

impl Tasks {
    /// Starts all of them, in the runtime that this is called in.
    ///
    /// `alone` says that no other process serves this database.
    pub(crate) fn start(adapters: &Adapters, app: &App, watch: SecretsWatch, alone: bool) -> Self {
        let mut tasks = Self {
            stop: watch::Sender::new(false),
            running: JoinSet::new(),
        };
        let (outbox, wake) = (app.outbox.clone(), Arc::clone(&adapters.jobs_stored));
        let stopped = tasks.stopped();
        tasks.running.spawn(async move {
            // Whoever claimed these letters is dead.
            if alone && let Err(error) = outbox.store.release(outbox.clock.now()).await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "letters that were being sent wait for a minute"
                );
            }
            deliver(&outbox, &wake, stopped).await;
        });
        let (usage, store) = (Arc::clone(&adapters.usage), Arc::clone(&app.sessions.store));
        let stopped = tasks.stopped();
        tasks
            .running
            .spawn(async move { usage.run(&*store, stopped).await });
        let (usage, store) = (Arc::clone(&adapters.key_usage), app.api_keys.store.clone());
        let stopped = tasks.stopped();
        tasks
            .running
            .spawn(async move { usage.run(&*store, stopped).await });
        let stopped = tasks.stopped();
        tasks.running.spawn(watch.run(stopped));
        let erase = end_erasures(app.personal_data.clone(), tasks.stopped());
        tasks.running.spawn(erase);
        let purge = purge(app.maintenance.clone(), tasks.stopped());
        tasks.running.spawn(purge);
        let sweep = sweep(app.avatars.clone(), tasks.stopped());
        tasks.running.spawn(sweep);
        tasks
    }

    /// Lets all of them end what they are at, and waits for it.
    pub(crate) async fn stop(self) {
        // The tasks hold the receivers, and nobody minds when they are gone.
        let _ = self.stop.send(true);
        self.running.join_all().await;
    }

    fn stopped(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut stopped = self.stop.subscribe();
        async move {
            // An error means that the sender is gone: that is a stop, too.
            let _ = stopped.wait_for(|stopped| *stopped).await;
        }
    }
}

/// Ends the deletions of accounts that were interrupted: at the start, and a
/// minute later at most.
async fn end_erasures(personal_data: PersonalData, stopped: impl Future<Output = ()>) {
    tokio::pin!(stopped);
    let work = async {
        loop {
            match personal_data.end_erasures().await {
                Ok(0) => {}
                Ok(accounts) => tracing::info!(accounts, "interrupted deletions were ended"),
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "an interrupted deletion goes on later"
                    );
                }
            }
            sleep(ERASE_EVERY).await;
        }
    };
    tokio::select! {
        () = &mut stopped => {}
        () = work => {}
    }
}

/// Collects pictures that are nobody's.
async fn sweep(avatars: Avatars, stopped: impl Future<Output = ()>) {
    tokio::pin!(stopped);
    let mut wait = FIRST_SWEEP;
    loop {
        tokio::select! {
            () = &mut stopped => return,
            () = sleep(wait) => {}
        }
        wait = SWEEP_EVERY;
        // A sweep of a large store must not hold up a stop.
        let swept = tokio::select! {
            () = &mut stopped => return,
            swept = avatars.sweep() => swept,
        };
        match swept {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "avatars that were nobody's were erased"),
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "avatars were not swept"
                );
            }
        }
    }
}

async fn purge(maintenance: Maintenance, stopped: impl Future<Output = ()>) {
    tokio::pin!(stopped);
    let mut wait = FIRST_PURGE;
    loop {
        tokio::select! {
            () = &mut stopped => return,
            () = sleep(wait) => {}
        }
        wait = PURGE_EVERY;
        match maintenance.purge_expired().await {
            Ok(rows) => tracing::info!(rows, "what had expired was removed"),
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "nothing was removed"
                );
            }
        }
    }
}
