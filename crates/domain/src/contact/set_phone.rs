use std::sync::Arc;

use super::Contact;
use crate::activity::{Details, Event, LogEntry};
use crate::kernel::{Invalid, Origin, Patch, Version, Write};
use crate::sessions::SignedIn;
use crate::users::{Account, PhoneNumber, UpdateError, UpdateUser, UserChanges};

impl Contact {
    /// Reads a number in E.164 spelling that can exist; it need not be
    /// assigned (`invalid_phone_number` otherwise).
    pub fn parse_phone(&self, raw: &str) -> Result<PhoneNumber, Invalid> {
        let number = PhoneNumber::parse(raw)?;
        if self.phones.is_possible(&number) {
            return Ok(number);
        }
        Err(Invalid::new(
            "invalid_phone_number",
            "There is no such number: its country code or its length is wrong.",
        ))
    }

    /// Sets the phone number, or removes it; `expected` is the version of the
    /// account that the caller saw, where the caller insists on it.
    pub async fn set_phone(
        &self,
        caller: &SignedIn,
        number: Option<PhoneNumber>,
        expected: Option<Version>,
        origin: &Origin,
    ) -> Result<Arc<Account>, UpdateError> {
        let entry = self.phone_changed(caller, origin);
        let command = UpdateUser {
            user: caller.account.id,
            expected,
            changes: UserChanges {
                phone_number: number.map_or(Patch::Clear, Patch::Set),
                ..UserChanges::default()
            },
            end_sessions: false,
        };
        let write = Write::new(command, self.clock.now()).log(entry);
        Ok(self.users.update(write).await?)
    }

    pub(super) fn phone_changed(&self, caller: &SignedIn, origin: &Origin) -> LogEntry {
        LogEntry {
            id: self.ids.id(),
            user: caller.account.id,
            event: Event::PhoneChanged,
            session: Some(caller.session.id),
            origin: origin.clone(),
            details: Details::default(),
        }
    }
}
