use std::time::Duration;

/// How long a change of the e-mail address can be confirmed (contract section 2).
pub const EMAIL_CHANGE_LIFETIME: Duration = Duration::from_hours(24);

/// How long a change of the e-mail address can be undone from the old address
/// (contract section 2).
pub const UNDO_LIFETIME: Duration = Duration::from_hours(72);
