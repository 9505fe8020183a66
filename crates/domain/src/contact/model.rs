use std::time::Duration;

use crate::kernel::{Digest, FieldError, Invalid, Timestamp, UserId};
use crate::users::EmailAddress;

/// How long a change of the e-mail address can be confirmed (contract section 2).
pub const EMAIL_CHANGE_LIFETIME: Duration = Duration::from_hours(24);

/// How long a change of the e-mail address can be undone from the old address
/// (contract section 2).
pub const UNDO_LIFETIME: Duration = Duration::from_hours(72);

/// How many codes are compared; then only a new one helps (contract section 2).
pub const MAX_CODE_TRIES: u32 = 5;

/// A change of the e-mail address that waits for its proof. A user has at most
/// one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmailChange {
    /// Whose.
    pub user: UserId,
    /// The address that is to become the account's.
    pub new_email: EmailAddress,
    /// When it was asked for, last.
    pub created_at: Timestamp,
    /// When it can no longer be confirmed.
    pub expires_at: Timestamp,
}

/// An address that the account had, and that can still be restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormerEmail {
    /// Whose.
    pub user: UserId,
    /// The address.
    pub email: EmailAddress,
    /// Until when.
    pub expires_at: Timestamp,
}

/// Six digits out of 64 random bits. The remainder favours no code by more than
/// one part in 10¹³.
pub(super) fn six_digits(random: Digest) -> String {
    let (bits, _) = random.0.split_at(8);
    let number = bits
        .iter()
        .fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    format!("{:06}", number % 1_000_000)
}

/// What a code is stored as: under the server's key, and bound to its change,
/// so that neither a stolen database nor another change's code helps.
pub(super) fn code_text(user: UserId, token: Digest, code: &str) -> Vec<u8> {
    let mut text = format!("code of an e-mail change\0{user}\0").into_bytes();
    text.extend_from_slice(&token.0);
    text.extend_from_slice(code.trim().as_bytes());
    text
}

/// What a reference is made of: it names this change and no later one.
pub(super) fn reference_text(change: &EmailChange) -> Vec<u8> {
    let EmailChange {
        user,
        new_email,
        created_at,
        expires_at: _,
    } = change;
    let created_at = created_at.as_micros();
    let new_email = new_email.canonical();
    format!("reference of an e-mail change\0{user}\0{created_at}\0{new_email}").into_bytes()
}

/// The new address is the old one.
pub(super) fn unchanged() -> FieldError {
    Invalid::new("unchanged", "This is your e-mail address already.").at("email")
}
