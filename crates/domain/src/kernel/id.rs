//! Typed, prefixed ids: TypeID text (`usr_01j…`, TypeID specification 0.3)
//! over UUIDv7 (RFC 9562 section 5.7).

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use thiserror::Error;
use ulid::Ulid;
use uuid::Uuid;

/// What an [`Id`] identifies, and its prefix.
pub trait IdKind: 'static {
    /// The text before the underscore, `usr`.
    const PREFIX: &'static str;
}

/// The id of one kind of entity. Ids made by one [`IdGenerator`] grow with
/// time, as numbers and as text, so "newest first" is "largest id first".
pub struct Id<K: IdKind> {
    uuid: Uuid,
    kind: PhantomData<fn() -> K>,
}

impl<K: IdKind> Id<K> {
    /// The id with this UUID.
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self {
            uuid,
            kind: PhantomData,
        }
    }

    /// The bare UUID, which some dialects show.
    pub const fn uuid(self) -> Uuid {
        self.uuid
    }
}

/// The text is not an id of this kind in its canonical spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not an id of this kind")]
pub struct ParseIdError;

const SUFFIX_LENGTH: usize = 26;

impl<K: IdKind> FromStr for Id<K> {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let suffix = text
            .strip_prefix(K::PREFIX)
            .and_then(|rest| rest.strip_prefix('_'))
            .filter(|suffix| suffix.len() == SUFFIX_LENGTH)
            .ok_or(ParseIdError)?;
        let ulid = Ulid::from_string(suffix).map_err(|_| ParseIdError)?;
        let id = Self::from_uuid(Uuid::from_bytes(ulid.to_bytes()));
        // Crockford's base 32 reads several spellings of one value; only the
        // canonical one is an id, so that equal ids are equal texts.
        if id.to_string() == text {
            Ok(id)
        } else {
            Err(ParseIdError)
        }
    }
}

impl<K: IdKind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut buffer = [0; SUFFIX_LENGTH];
        Ulid::from_bytes(self.uuid.into_bytes()).array_to_str(&mut buffer);
        buffer.make_ascii_lowercase();
        f.write_str(K::PREFIX)?;
        f.write_str("_")?;
        f.write_str(std::str::from_utf8(&buffer).map_err(|_| fmt::Error)?)
    }
}

impl<K: IdKind> serde::Serialize for Id<K> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<K: IdKind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<K: IdKind> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K: IdKind> Copy for Id<K> {}

impl<K: IdKind> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.uuid == other.uuid
    }
}

impl<K: IdKind> Eq for Id<K> {}

impl<K: IdKind> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<K: IdKind> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.uuid.cmp(&other.uuid)
    }
}

impl<K: IdKind> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.uuid.hash(state);
    }
}

/// Makes ids. Port: the adapter supplies UUIDv7 from the clock and a random
/// source; each id MUST be greater than every earlier one of the same process.
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait IdGenerator: Send + Sync {
    /// The next UUIDv7.
    fn next_uuid(&self) -> Uuid;
}

impl dyn IdGenerator {
    /// The next id of the wanted kind.
    pub fn id<K: IdKind>(&self) -> Id<K> {
        Id::from_uuid(self.next_uuid())
    }
}

macro_rules! id_kinds {
    ($($(#[$doc:meta])* $alias:ident = $kind:ident, $prefix:literal;)+) => {
        /// The marker types of [`Id`].
        pub mod kinds {
            $(
                #[doc = concat!("Marker of the prefix `", $prefix, "`.")]
                #[derive(Debug)]
                pub enum $kind {}
                impl super::IdKind for $kind {
                    const PREFIX: &'static str = $prefix;
                }
            )+
        }
        $($(#[$doc])* pub type $alias = Id<kinds::$kind>;)+
    };
}

id_kinds! {
    /// Id of a user.
    UserId = User, "usr";
    /// Id of a session.
    SessionId = Session, "ses";
    /// Id of a push device.
    DeviceId = Device, "dev";
    /// Id of a support inquiry.
    InquiryId = Inquiry, "inq";
    /// Id of a reply to an inquiry.
    ReplyId = Reply, "rpl";
    /// Id of a postal address.
    AddressId = Address, "adr";
    /// Id of an API key.
    ApiKeyId = ApiKey, "key";
    /// Id of a linked identity.
    IdentityId = Identity, "idn";
    /// Id of a security-log entry.
    ActivityId = Activity, "act";
    /// Id of an outbox job.
    JobId = Job, "job";
    /// Id of a message.
    MessageId = Message, "msg";
    /// Id of an organization.
    OrganizationId = Organization, "org";
    /// Id of a user's membership in an organization.
    MembershipId = Membership, "mbr";
    /// Id of an invitation to an organization.
    InvitationId = Invitation, "inv";
    /// Id of a company.
    CompanyId = Company, "cmp";
}
