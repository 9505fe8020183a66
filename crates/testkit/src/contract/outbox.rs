use std::time::Duration;

use vestibule_domain::kernel::{JobId, Write};
use vestibule_domain::outbox::{Job, Mail, NewJob, Work};

use super::trial::{ROUNDS, Trial, parallel};
use crate::fixtures::avatar_key;

pub(super) use super::faults::outbox as a_store_that_is_down_is_unavailable;

const CLAIM: Duration = Duration::from_mins(1);

impl Trial {
    /// Stores the jobs at once, as a command would.
    async fn enqueue(&self, jobs: Vec<NewJob>) {
        let mut write: Write<()> = self.write(());
        write.jobs = jobs;
        self.store.once.record(write).await.expect("record");
    }

    /// Stores this many jobs, a second apart, and answers their ids.
    async fn queue(&self, count: usize) -> Vec<JobId> {
        let mut ids = Vec::new();
        for _ in 0..count {
            let job = self.make.job(None);
            ids.push(job.id);
            self.enqueue(vec![job]).await;
            self.make.later(Duration::from_secs(1));
        }
        ids
    }

    /// Claims for a minute from now, through a fresh handle.
    async fn claim(&self, limit: u32) -> Vec<Job> {
        let now = self.make.now();
        let outbox = self.fresh().await.outbox;
        let jobs = outbox.claim(now, now.after(CLAIM), limit).await;
        jobs.expect("claim")
    }

    async fn claimed_ids(&self, limit: u32) -> Vec<JobId> {
        self.claim(limit).await.iter().map(|job| job.id).collect()
    }
}

pub(super) async fn a_claimed_job_has_every_field(t: Trial) {
    let ada = t.user("ada").await;
    let verify = Mail::VerifyEmail {
        to: "Ada@example.com".to_owned(),
        username: "Ada".to_owned(),
        key: "the key".to_owned(),
    };
    let reset = Mail::ResetPassword {
        to: "Bob@example.com".to_owned(),
        username: "Bob".to_owned(),
        uid: ada.id.to_string(),
        token: "the token".to_owned(),
    };
    let erase = Work::EraseAvatar {
        key: avatar_key("ada"),
    };
    let jobs = vec![
        NewJob::new(t.make.id(), Some(ada.id), verify),
        NewJob::new(t.make.id(), None, reset),
        NewJob::new(t.make.id(), None, erase),
    ];
    let expected: Vec<_> = jobs
        .iter()
        .map(|job| Job {
            id: job.id,
            work: job.work.clone(),
            attempts: 0,
        })
        .collect();
    t.enqueue(jobs).await;
    // Mail has no readable `Debug`, so a difference must not hide behind it.
    assert!(t.claim(10).await == expected, "the jobs differ");
}

pub(super) async fn jobs_are_claimed_oldest_first_up_to_the_limit(t: Trial) {
    let ids = t.queue(5).await;
    assert_eq!(t.claimed_ids(0).await, []);
    assert_eq!(t.claimed_ids(2).await, ids[0..2]);
    assert_eq!(t.claimed_ids(2).await, ids[2..4]);
    assert_eq!(t.claimed_ids(2).await, ids[4..5]);
    assert_eq!(t.claimed_ids(2).await, []);
}

pub(super) async fn a_job_is_due_from_the_time_of_its_write(t: Trial) {
    let job = t.make.job(None);
    t.enqueue(vec![job.clone()]).await;
    let now = t.make.now();
    let before = now.before(Duration::from_micros(1));
    let early = t.store.outbox.claim(before, now.after(CLAIM), 10).await;
    assert_eq!(early.expect("claim"), []);
    assert_eq!(t.claimed_ids(10).await, [job.id]);
}

pub(super) async fn a_claim_holds_until_it_runs_out(t: Trial) {
    let ids = t.queue(1).await;
    assert_eq!(t.claimed_ids(10).await, ids);
    t.make.later(CLAIM.saturating_sub(Duration::from_micros(1)));
    assert_eq!(t.claimed_ids(10).await, []);
    t.make.later(Duration::from_micros(1));
    let again = t.claim(10).await;
    assert_eq!(again.iter().map(|job| job.id).collect::<Vec<_>>(), ids);
    assert_eq!(again[0].attempts, 0, "a lost claim is no failed attempt");
}

pub(super) async fn completed_jobs_are_gone(t: Trial) {
    let ids = t.queue(3).await;
    assert_eq!(t.claimed_ids(10).await, ids);
    let finished = [t.make.id(), ids[0], ids[2]];
    t.store.outbox.complete(&finished).await.expect("complete");
    t.make.later(CLAIM);
    assert_eq!(t.claimed_ids(10).await, ids[1..2]);
    let unknown = t.store.outbox.retry(t.make.id(), t.make.now()).await;
    unknown.expect("retry of an unknown job");
    let nothing = t.store.outbox.complete(&[]).await;
    nothing.expect("complete of nothing");
}

pub(super) async fn a_failed_job_is_due_again_and_counts_its_attempts(t: Trial) {
    let ids = t.queue(2).await;
    assert_eq!(t.claimed_ids(10).await, ids);
    t.store.outbox.complete(&ids[1..]).await.expect("complete");
    for attempts in 1..=3 {
        // Sooner than the claim would run out, and later.
        let wait = Duration::from_secs(40) * attempts;
        let due = t.make.now().after(wait);
        t.store.outbox.retry(ids[0], due).await.expect("retry");
        t.make.later(wait.saturating_sub(Duration::from_micros(1)));
        assert_eq!(t.claimed_ids(10).await, []);
        t.make.later(Duration::from_micros(1));
        let jobs = t.claim(10).await;
        assert_eq!(jobs.len(), 1);
        assert_eq!((jobs[0].id, jobs[0].attempts), (ids[0], attempts));
    }
}

pub(super) async fn a_retry_leaves_other_jobs(t: Trial) {
    let ids = t.queue(2).await;
    assert_eq!(t.claimed_ids(10).await, ids);
    let retry = t.store.outbox.retry(ids[0], t.make.now()).await;
    retry.expect("retry");
    assert_eq!(t.claimed_ids(10).await, ids[0..1]);
    t.make.later(CLAIM);
    let jobs = t.claim(10).await;
    let found: Vec<_> = jobs.iter().map(|job| (job.id, job.attempts)).collect();
    assert_eq!(found, [(ids[0], 1), (ids[1], 0)]);
}

pub(super) async fn released_jobs_are_due_at_once(t: Trial) {
    let ids = t.queue(3).await;
    assert_eq!(t.claimed_ids(2).await, ids[0..2]);
    let later = t.make.now().after(CLAIM * 2);
    t.store.outbox.retry(ids[1], later).await.expect("retry");
    let now = t.make.now();
    t.store.outbox.release(now).await.expect("release");
    // What was due before is due from then on still, the others from now on.
    let before = now.before(Duration::from_micros(1));
    let early = t.store.outbox.claim(before, now, 10).await;
    let early: Vec<_> = early.expect("claim").iter().map(|job| job.id).collect();
    assert_eq!(early, ids[2..3]);
    let jobs = t.claim(10).await;
    let mut found: Vec<_> = jobs.iter().map(|job| (job.id, job.attempts)).collect();
    found.sort_unstable();
    assert_eq!(found, [(ids[0], 0), (ids[1], 1), (ids[2], 0)]);
}

pub(super) async fn parallel_claims_share_the_jobs(t: Trial) {
    for _ in 0..ROUNDS {
        let ids = t.queue(30).await;
        let claims = parallel(10, |_| {
            let outbox = t.store.outbox.clone();
            let now = t.make.now();
            async move { outbox.claim(now, now.after(CLAIM), 4).await.expect("claim") }
        })
        .await;
        assert!(claims.iter().all(|jobs| jobs.len() <= 4), "the limit");
        let mut claimed: Vec<_> = claims.iter().flatten().map(|job| job.id).collect();
        claimed.sort_unstable();
        assert_eq!(claimed, ids, "each job is claimed, and once");
        t.store.outbox.complete(&ids).await.expect("complete");
    }
}
