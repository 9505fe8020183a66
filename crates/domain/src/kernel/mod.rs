//! What every feature is built from: typed ids, time, text, pages, secrets,
//! field errors, storage errors and the write envelope.
//!
//! Ids are typed, so that one of a device cannot be taken for one of a user:
//!
//! ```
//! use vestibule_domain::kernel::{DeviceId, ParseIdError, UserId};
//!
//! let user: UserId = "usr_01h455vb4pex5vsknk084sn02q".parse()?;
//! assert_eq!(user.uuid().to_string(), "01890a5d-ac96-774b-bcce-b302099a8057");
//! assert!(user.to_string().parse::<DeviceId>().is_err());
//! # Ok::<_, ParseIdError>(())
//! ```

mod background;
mod error;
mod fields;
mod id;
mod origin;
mod page;
mod secret;
#[macro_use]
mod text_type;
mod text;
mod time;
mod write;

pub use background::{Background, even_out};
pub use error::{BoxError, GuardError, StoreError};
pub use fields::{FieldError, FieldErrors, Invalid};
pub use id::{
    ActivityId, AddressId, ApiKeyId, CompanyId, DeviceId, Id, IdGenerator, IdKind, IdentityId,
    InquiryId, InvitationId, JobId, MembershipId, MessageId, OrganizationId, ParseIdError, ReplyId,
    SessionId, UserId, kinds,
};
pub use origin::Origin;
pub(crate) use page::all;
pub use page::{Anchor, MAX_PAGE_SIZE, Page, PageRequest, PageSize};
pub use secret::{Digest, Secret, SecretSource};
pub(crate) use text::trim;
pub use text::{LongText, text};
pub use time::{Clock, Day, Timestamp};
pub(crate) use write::set;
pub use write::{Once, Patch, Seal, Version, Write};
#[cfg(feature = "mocks")]
pub use {
    background::MockBackground, id::MockIdGenerator, secret::MockSecretSource, time::MockClock,
};
