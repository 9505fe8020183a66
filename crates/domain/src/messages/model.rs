use crate::kernel::{Invalid, MessageId, Timestamp, UserId};
use crate::preferences::MaxMessageLength;
use crate::users::{Account, Username, Visibility};

text_type! {
    /// What a message says, 1–10 000 code points, several lines.
    MessageBody, 1..=10_000, Yes
}

impl MessageBody {
    /// A body of at most as many code points as its author has chosen
    /// (`max_message_length` of the preferences).
    ///
    /// Errors: those of [`MessageBody::parse`], `too_long` with that limit.
    pub fn within(raw: &str, limit: MaxMessageLength) -> Result<Self, Invalid> {
        let most = usize::from(limit.get());
        let body = Self::parse(raw);
        let too_long = match &body {
            Ok(body) => body.as_str().chars().count() > most,
            Err(invalid) => invalid.code == "too_long",
        };
        if too_long {
            let message = format!("Use at most {most} characters, as your preferences say.");
            return Err(Invalid::new("too_long", message));
        }
        body
    }
}

/// Who wrote a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The account's id.
    pub id: UserId,
    /// Its username.
    pub username: Username,
}

impl From<&Account> for Author {
    fn from(account: &Account) -> Self {
        Self {
            id: account.id,
            username: account.username.clone(),
        }
    }
}

/// A message. It never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// Who wrote it.
    pub author: UserId,
    /// What it says.
    pub body: MessageBody,
    /// Who sees it.
    pub visibility: Visibility,
    /// When it was posted.
    pub created_at: Timestamp,
}

/// Who reads the messages of an author.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// The author, who sees all.
    Author,
    /// Anybody else, who sees the public ones.
    Others,
}

impl Audience {
    /// What `reader` is to `author`.
    pub fn of(reader: UserId, author: UserId) -> Self {
        if reader == author {
            Self::Author
        } else {
            Self::Others
        }
    }
}
