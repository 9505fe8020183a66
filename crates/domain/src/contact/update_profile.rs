use std::sync::Arc;

use super::Contact;
use crate::kernel::{Invalid, Origin, Patch, Write};
use crate::sessions::SignedIn;
use crate::users::{Account, PhoneNumber, UpdateError, UpdateProfile, UpdateUser, UserChanges};

impl Contact {
    /// Sets the given fields of the caller's profile together with the phone
    /// number, for a door that has both in one call: all of it or nothing.
    pub async fn update_profile(
        &self,
        caller: &SignedIn,
        profile: UpdateProfile,
        phone_number: Patch<PhoneNumber>,
        origin: &Origin,
    ) -> Result<Arc<Account>, UpdateError> {
        let is_about_phone = phone_number != Patch::Keep;
        let command = UpdateUser {
            user: caller.account.id,
            expected: None,
            changes: UserChanges {
                phone_number,
                ..profile.into()
            },
            end_sessions: false,
        };
        let mut write = Write::new(command, self.clock.now());
        if is_about_phone {
            write = write.log(self.phone_changed(caller, origin));
        }
        Ok(self.users.update(write).await?)
    }

    /// Reads a number as its owner writes it, for clients that show the
    /// national number alone: the account's own national number is the number
    /// that it has; another one is read as it is dialled at home (the region of
    /// that number, else the country of the preferences) if it is possible
    /// there, else in international form, with or without `+`.
    ///
    /// Errors: `invalid_phone_number`.
    pub fn parse_own_phone(&self, account: &Account, raw: &str) -> Result<PhoneNumber, Invalid> {
        let raw = raw.trim();
        let current = account.phone_number.as_ref();
        let shown = current.and_then(|number| self.phones.parts(number));
        if let (Some(number), Some(shown)) = (current, &shown)
            && shown.national_number == raw
        {
            return Ok(number.clone());
        }
        let digits = raw.strip_prefix('+').unwrap_or(raw);
        let home = shown
            .and_then(|shown| shown.region)
            .or_else(|| account.preferences.country.clone());
        digits
            .bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| self.phones.parse(raw, home))
            .flatten()
            .ok_or_else(|| {
                Invalid::new(
                    "invalid_phone_number",
                    "Use digits: a number as it is dialled at home, or the international form.",
                )
            })
    }
}
