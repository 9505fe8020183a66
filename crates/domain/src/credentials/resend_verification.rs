use super::{Credentials, IssueToken, RequestMailError};
use crate::kernel::{Once, Timestamp, Write, even_out};
use crate::outbox::{Mail, NewJob};
use crate::throttling::{MAIL_FLOOR, MailKind, Throttle};
use crate::users::EmailAddress;

impl Credentials {
    /// Mails a new verification key, when the address belongs to an account
    /// and is not verified yet. Nobody is told whether it is so.
    pub async fn resend_verification(
        &self,
        email: &EmailAddress,
        once: Option<Once<()>>,
    ) -> Result<(), RequestMailError> {
        let started = self.clock.now();
        let asked = self.ask_for_key(email, once).await;
        self.even_out_mail(started).await;
        asked
    }

    async fn ask_for_key(
        &self,
        email: &EmailAddress,
        once: Option<Once<()>>,
    ) -> Result<(), RequestMailError> {
        let limit = self.throttling.mail(MailKind::VerifyEmail, email);
        let account = self.users.by_email(email).await?;
        let Some(account) = account.filter(|account| !account.email_verified) else {
            return self.mail_nobody(limit, once).await;
        };
        let now = self.clock.now();
        let (token, job) = self.verification(&account, now);
        let command = IssueToken {
            user: account.id,
            token,
        };
        let write = Write::new(command, now)
            .job(job)
            .once(once)
            .throttled(limit);
        Ok(self.store.issue_token(write).await?)
    }

    /// What stands in for a mail that nobody gets: one write with a job, as for
    /// one that somebody gets, so that neither the answer nor its time, nor how
    /// busy the service is afterwards, tells whether somebody does.
    pub(super) async fn mail_nobody(
        &self,
        limit: Vec<Throttle>,
        once: Option<Once<()>>,
    ) -> Result<(), RequestMailError> {
        let job = NewJob {
            id: self.ids.id(),
            user: None,
            work: Mail::decoy(&self.secrets.generate()).into(),
        };
        let write = Write::new((), self.clock.now())
            .job(job)
            .once(once)
            .throttled(limit);
        Ok(self.sessions.once.record(write).await?)
    }

    /// Lets an answer about a mail take the time that all of them take.
    pub(super) async fn even_out_mail(&self, started: Timestamp) {
        let background = &*self.sessions.background;
        even_out(background, &*self.clock, started, MAIL_FLOOR).await;
    }
}
