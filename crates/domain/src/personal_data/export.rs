use std::sync::Arc;

use super::PersonalData;
use crate::activity::ActivityRecord;
use crate::addresses::Address;
use crate::api_keys::{ApiKey, UsageRecord};
use crate::contact::EmailChange;
use crate::credentials::{Proof, StepUpError};
use crate::devices::Device;
use crate::identities::Identity;
use crate::inquiries::{Inquiry, InquiryThread};
use crate::kernel::{Day, Secret, SessionId, StoreError, Timestamp, all};
use crate::messages::{Audience, Message};
use crate::sessions::{Session, SignedIn};
use crate::users::{Account, Settings};

/// All that is kept about a user, each list newest first.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Export {
    /// When it was put together. What changed while it was is in it or not.
    pub exported_at: Timestamp,
    /// The account.
    pub account: Arc<Account>,
    /// The free settings.
    pub settings: Settings,
    /// The change of the e-mail address that waits for its proof.
    pub email_change: Option<EmailChange>,
    /// Postal addresses.
    pub addresses: Vec<Address>,
    /// Sessions, those that have ended since and are not removed yet among them.
    pub sessions: Vec<Session>,
    /// The session that asks.
    pub current: SessionId,
    /// Linked identities.
    pub identities: Vec<Identity>,
    /// API keys.
    pub api_keys: Vec<ApiKey>,
    /// What was counted of the use of keys, newest day first.
    pub api_usage: Vec<UsageRecord>,
    /// Push devices.
    pub devices: Vec<Device>,
    /// Support inquiries with their replies.
    pub inquiries: Vec<InquiryThread>,
    /// Messages.
    pub messages: Vec<Message>,
    /// The security log.
    pub activity: Vec<ActivityRecord>,
}

impl PersonalData {
    /// Puts together all that is kept about the caller, after a step-up.
    pub async fn export(
        &self,
        caller: &SignedIn,
        current_password: Option<&Secret>,
    ) -> Result<Export, StepUpError> {
        let proof = Proof::Demanded(current_password);
        self.credentials.step_up(caller, proof).await?;
        let stored = &self.storage;
        let user = caller.account.id;
        let missing = StoreError::Missing("user");
        let account = stored.users.account(user).await?.ok_or(missing)?;
        let settings = stored.users.settings(user).await?.unwrap_or_default();
        let addresses = all(
            |page| stored.addresses.list(user, page),
            |address: &Address| address.id,
        );
        let sessions = all(
            |page| stored.sessions.list(user, None, page),
            |session: &Session| session.id,
        );
        let identities = all(
            |page| stored.identities.list(user, page),
            |identity: &Identity| identity.id,
        );
        let api_keys = all(
            |page| stored.api_keys.list(Some(user), page),
            |key: &ApiKey| key.id,
        );
        let ever = (Day(i32::MIN), Day(i32::MAX));
        let devices = all(
            |page| stored.devices.list(user, page),
            |device: &Device| device.id,
        );
        let messages = all(
            |page| stored.messages.list(user, Audience::Author, page),
            |message: &Message| message.id,
        );
        let activity = all(
            |page| stored.activity.list(user, page),
            |record: &ActivityRecord| record.entry.id,
        );
        Ok(Export {
            exported_at: self.clock.now(),
            account,
            settings,
            email_change: stored.email_changes.pending(user, self.clock.now()).await?,
            addresses: addresses.await?,
            sessions: sessions.await?,
            current: caller.session.id,
            identities: identities.await?,
            api_keys: api_keys.await?,
            api_usage: stored.api_keys.usage(user, ever.0, ever.1).await?,
            devices: devices.await?,
            inquiries: self.inquiries(caller).await?,
            messages: messages.await?,
            activity: activity.await?,
        })
    }

    async fn inquiries(&self, caller: &SignedIn) -> Result<Vec<InquiryThread>, StoreError> {
        let stored = &self.storage.inquiries;
        let own = all(
            |page| stored.list_own(caller.account.id, page),
            |inquiry: &Inquiry| inquiry.id,
        );
        let mut threads = Vec::new();
        for inquiry in own.await? {
            threads.extend(stored.find(inquiry.id).await?);
        }
        Ok(threads)
    }
}
