use super::{Credentials, IssueToken, RequestMailError};
use crate::kernel::{Once, Write};
use crate::users::EmailAddress;

impl Credentials {
    /// Mails a new verification key, when the address belongs to an account
    /// and is not verified yet. Nobody is told whether it is so.
    pub async fn resend_verification(
        &self,
        email: &EmailAddress,
        once: Option<Once<()>>,
    ) -> Result<(), RequestMailError> {
        let account = self.users.by_email(email).await?;
        let Some(account) = account.filter(|account| !account.email_verified) else {
            return self.record_only(once).await;
        };
        let now = self.clock.now();
        let (token, job) = self.verification(&account, now);
        let command = IssueToken {
            user: account.id,
            token,
        };
        let write = Write::new(command, now).job(job).once(once);
        Ok(self.store.issue_token(write).await?)
    }

    /// Stores the idempotency record when there is nothing else to store, so
    /// that a replay does not tell whether there was.
    pub(super) async fn record_only(&self, once: Option<Once<()>>) -> Result<(), RequestMailError> {
        if once.is_some() {
            let write = Write::new((), self.clock.now()).once(once);
            self.sessions.once.record(write).await?;
        }
        Ok(())
    }
}
