//! What every feature is built from: typed ids, time, text, pages, secrets,
//! field errors, storage errors and the write envelope.

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

pub use background::Background;
pub use error::{BoxError, GuardError, StoreError};
pub use fields::{FieldError, FieldErrors, Invalid};
pub use id::{
    ActivityId, AddressId, ApiKeyId, DeviceId, Id, IdGenerator, IdKind, InquiryId, JobId,
    ParseIdError, ReplyId, SessionId, UserId, kinds,
};
pub use origin::Origin;
pub use page::{Anchor, MAX_PAGE_SIZE, Page, PageRequest, PageSize};
pub use secret::{Digest, Secret, SecretSource};
pub(crate) use text::trim;
pub use text::{LongText, text};
pub use time::{Clock, Timestamp};
pub(crate) use write::set;
pub use write::{Once, Patch, Seal, Version, Write};
#[cfg(feature = "mocks")]
pub use {
    background::MockBackground, id::MockIdGenerator, secret::MockSecretSource, time::MockClock,
};
