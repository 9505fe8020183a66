use serde::{Deserialize, Serialize};

use crate::avatars::AvatarKey;
use crate::kernel::{JobId, Secret, UserId};

/// What is to be done after a commit.
///
/// At rest it is JSON with a `kind`; that of a letter is the letter's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
#[non_exhaustive]
pub enum Work {
    /// Erases an avatar, unless an account names it again.
    EraseAvatar {
        /// Which.
        key: AvatarKey,
    },
    /// Sends a letter.
    #[serde(untagged)]
    Mail(Mail),
}

impl From<Mail> for Work {
    fn from(mail: Mail) -> Self {
        Self::Mail(mail)
    }
}

/// A letter to write: its recipient and what it must say. The adapter has the
/// words; the links start with the configured public URL.
///
/// Holds secrets; adapters MUST encrypt it at rest and erase it once sent.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
#[non_exhaustive]
pub enum Mail {
    /// Proves an address: link with `?key=`.
    VerifyEmail {
        /// The address to prove.
        to: String,
        /// Who it greets.
        username: String,
        /// The single-use key of the link.
        key: String,
    },
    /// Sets a new password: link with `?uid=&token=`.
    ResetPassword {
        /// The account's address.
        to: String,
        /// Who it greets.
        username: String,
        /// The user's uid, as text.
        uid: String,
        /// The single-use token of the link.
        token: String,
    },
    /// Sets a password where there is none (yet, or any more): link with
    /// `?uid=&token=`.
    SetPassword {
        /// The account's address.
        to: String,
        /// Who it greets.
        username: String,
        /// The user's uid, as text.
        uid: String,
        /// The single-use token of the link.
        token: String,
        /// Whether the account was made for them, so that the link lives as
        /// long as an invitation.
        #[serde(default)]
        invited: bool,
    },
    /// Tells that the password was changed.
    PasswordChanged {
        /// The account's address.
        to: String,
        /// Who it greets.
        username: String,
    },
    /// Proves a new address before it becomes the account's: six digits, and a
    /// link with `?token=`.
    ConfirmEmailChange {
        /// The new address.
        to: String,
        /// Who it greets.
        username: String,
        /// Six digits.
        code: String,
        /// The single-use token of the link.
        token: String,
    },
    /// Tells the old address that it was replaced, with an undo link
    /// (`?token=`).
    EmailChangeNotice {
        /// The old address.
        to: String,
        /// Who it greets.
        username: String,
        /// The address that replaced it.
        new_email: String,
        /// The single-use token of the link.
        token: String,
    },
    /// Tells of a login from a device that was not seen before.
    NewDevice {
        /// The account's address.
        to: String,
        /// Who it greets.
        username: String,
        /// Where the login came from.
        ip: String,
        /// What the device calls itself; its own claim.
        user_agent: String,
        /// When, as text.
        at: String,
    },
    /// Tells that an API key was made, or got another secret.
    KeyCreated {
        /// The account's address.
        to: String,
        /// Who it greets.
        username: String,
        /// The key's name, not the key.
        key_name: String,
    },
    /// Tells that the account was deleted.
    AccountDeleted {
        /// The address that was the account's.
        to: String,
        /// Who it greets.
        username: String,
    },
    /// Invites to an organization: link with `?token=`.
    Invitation {
        /// The invited address.
        to: String,
        /// Name of the organization.
        organization: String,
        /// Who invites.
        invited_by: String,
        /// The single-use token of the link.
        token: String,
    },
    /// No letter at all: what is stored for an address that belongs to nobody.
    /// It is never given to a mailer.
    Decoy {
        /// Makes it as long as a letter.
        padding: String,
    },
}

impl Mail {
    /// A decoy as long as a letter that resets a password.
    pub fn decoy(secret: &Secret) -> Self {
        let padding = secret.expose().repeat(3);
        Self::Decoy { padding }
    }
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::VerifyEmail { .. } => "Mail::VerifyEmail(…)",
            Self::ResetPassword { .. } => "Mail::ResetPassword(…)",
            Self::SetPassword { .. } => "Mail::SetPassword(…)",
            Self::PasswordChanged { .. } => "Mail::PasswordChanged(…)",
            Self::ConfirmEmailChange { .. } => "Mail::ConfirmEmailChange(…)",
            Self::EmailChangeNotice { .. } => "Mail::EmailChangeNotice(…)",
            Self::NewDevice { .. } => "Mail::NewDevice(…)",
            Self::KeyCreated { .. } => "Mail::KeyCreated(…)",
            Self::AccountDeleted { .. } => "Mail::AccountDeleted(…)",
            Self::Invitation { .. } => "Mail::Invitation(…)",
            Self::Decoy { .. } => "Mail::Decoy(…)",
        })
    }
}

/// A job to store with a command; due at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// Its id.
    pub id: JobId,
    /// The user whose deletion erases the job.
    pub user: Option<UserId>,
    /// What to do.
    pub work: Work,
}

impl NewJob {
    /// A job of `user`, or of nobody's.
    pub fn new(id: JobId, user: Option<UserId>, work: impl Into<Work>) -> Self {
        Self {
            id,
            user,
            work: work.into(),
        }
    }
}

/// A stored job that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// What to do.
    pub work: Work,
    /// How often it was tried and failed.
    pub attempts: u32,
}
