//! The rows of changes of e-mail addresses, and of addresses that were replaced.

use diesel::prelude::*;
use vestibule_domain::contact::{EmailChange, FormerEmail, PendingEmailChange, StartEmailChange};
use vestibule_domain::kernel::{Digest, StoreError, Timestamp};
use vestibule_domain::users::EmailAddress;

use super::account::load_account;
use super::schema::{email_changes, former_emails};
use super::stored::Stored;
use crate::database::{Conn, JobError};

/// A change that waits for its proof.
#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = email_changes, treat_none_as_default_value = false)]
pub(super) struct ChangeRow {
    user_id: String,
    new_email: String,
    pub(super) token_digest: Vec<u8>,
    code_mac: Vec<u8>,
    tries: i32,
    pub(super) created_at: i64,
    expires_at: i64,
}

impl ChangeRow {
    pub(super) fn new(start: &StartEmailChange) -> Self {
        let StartEmailChange {
            change,
            token,
            code,
        } = start;
        let EmailChange {
            user,
            new_email,
            created_at,
            expires_at,
        } = change;
        Self {
            user_id: user.to_string(),
            new_email: new_email.as_str().to_owned(),
            token_digest: token.0.to_vec(),
            code_mac: code.0.to_vec(),
            tries: 0,
            created_at: created_at.as_micros(),
            expires_at: expires_at.as_micros(),
        }
    }

    pub(super) fn into_change(self) -> Result<EmailChange, StoreError> {
        let row = Stored {
            table: "email_changes",
            row: &self.user_id,
        };
        Ok(EmailChange {
            user: row.id("user_id", &self.user_id)?,
            new_email: row.parsed("new_email", EmailAddress::parse(&self.new_email))?,
            created_at: Timestamp::from_micros(self.created_at),
            expires_at: Timestamp::from_micros(self.expires_at),
        })
    }

    pub(super) fn into_pending(
        self,
        conn: &mut Conn,
    ) -> Result<Option<PendingEmailChange>, JobError> {
        let row = Stored {
            table: "email_changes",
            row: &self.user_id,
        };
        let token = Digest(row.parsed("token_digest", self.token_digest.as_slice().try_into())?);
        let code = Digest(row.parsed("code_mac", self.code_mac.as_slice().try_into())?);
        let change = self.into_change()?;
        let account = load_account(conn, change.user)?;
        Ok(account.map(|account| PendingEmailChange {
            change,
            token,
            code,
            account: account.into(),
        }))
    }
}

/// An address that a change replaced.
#[derive(Queryable, Selectable)]
#[diesel(table_name = former_emails)]
pub(super) struct FormerRow {
    user_id: String,
    email: String,
    expires_at: i64,
}

impl FormerRow {
    pub(super) fn into_former(self) -> Result<FormerEmail, StoreError> {
        let row = Stored {
            table: "former_emails",
            row: &self.user_id,
        };
        Ok(FormerEmail {
            user: row.id("user_id", &self.user_id)?,
            email: row.parsed("email", EmailAddress::parse(&self.email))?,
            expires_at: Timestamp::from_micros(self.expires_at),
        })
    }
}
