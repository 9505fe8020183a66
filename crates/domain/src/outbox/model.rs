use serde::{Deserialize, Serialize};

use crate::kernel::{JobId, UserId};

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
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::VerifyEmail { .. } => "Mail::VerifyEmail(…)",
            Self::ResetPassword { .. } => "Mail::ResetPassword(…)",
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
    /// What to send.
    pub mail: Mail,
}

/// A stored job that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// What to send.
    pub mail: Mail,
    /// How often it was tried and failed.
    pub attempts: u32,
}
