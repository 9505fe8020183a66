//! Accounts for products: types, rules, use cases and port traits, with no web
//! framework, no database and no runtime in the dependency tree.
//!
//! What is typed is parsed once, into types that hold nothing invalid; rules
//! and use cases take these types only:
//!
//! ```
//! use vestibule_domain::kernel::Invalid;
//! use vestibule_domain::users::EmailAddress;
//!
//! let email = EmailAddress::parse(" Ada@Example.COM ")?;
//! assert_eq!(email.as_str(), "Ada@example.com");
//!
//! let refused = EmailAddress::parse("ada@").expect_err("no address");
//! assert_eq!(refused.code, "invalid_email");
//! # Ok::<_, Invalid>(())
//! ```
//!
//! The folder `examples` has two programs: `check_eligibility` asks a pure rule
//! with facts of its own, `use_cases_in_memory` runs use cases on the adapters
//! in memory of `vestibule-testkit`.
//!
//! # The map
//!
//! Each feature is a folder of the same make: `model.rs` has its types and pure
//! rules, `ports.rs` the traits that it needs, `error.rs` how its use cases
//! fail, and each `<verb>.rs` one use case, a method of the feature's struct.
//! [`kernel`] has what all share; [`app::App`] is the sum of the features.
//!
//! Enums that only grow are `#[non_exhaustive]`. Error enums and entities are
//! not: who renders or stores them matches and destructures them in full, so
//! that a new variant or field does not compile until it is dealt with.
//!
//! # Features
//!
//! - `mocks`: a [mockall](https://docs.rs/mockall) mock of every port,
//!   `MockUserStore` for `UserStore`, for injecting faults in tests. Off by
//!   default.
//!
//! # How to add a use case
//!
//! 1. Write its rule as a pure function in `model.rs`, with tests in
//!    `tests/values`.
//! 2. Add the port method that it needs to `ports.rs`: one atomic command, its
//!    doc saying what an adapter MUST do.
//! 3. Write `<verb>.rs`: parse nothing (its input is parsed already), decide,
//!    make one [`kernel::Write`], call the port, map the error.
//! 4. Add cases for the port method to the contract suite of
//!    `vestibule-testkit`, then adapters until they pass.
//! 5. Add its faults (store down, mail down, lost races) to `tests/faults`.
//!
//! Step 3 in full, for a new field of devices: the port method answers whether
//! the user had such a device.
//!
//! ```
//! # use std::sync::Arc;
//! # use async_trait::async_trait;
//! # use vestibule_domain::devices::DeviceName;
//! # use vestibule_domain::kernel::{Clock, DeviceId, StoreError, UserId, Write};
//! # pub struct RenameDevice { pub user: UserId, pub device: DeviceId, pub name: DeviceName }
//! # #[async_trait]
//! # pub trait DeviceStore: Send + Sync {
//! #     async fn rename(&self, write: Write<RenameDevice>) -> Result<bool, StoreError>;
//! # }
//! # pub struct Devices { pub store: Arc<dyn DeviceStore>, pub clock: Arc<dyn Clock> }
//! # pub enum DeviceError { NotFound, Store(StoreError) }
//! # impl From<StoreError> for DeviceError {
//! #     fn from(error: StoreError) -> Self { Self::Store(error) }
//! # }
//! impl Devices {
//!     /// Names a device (`NotFound` for another user's).
//!     pub async fn rename(
//!         &self,
//!         user: UserId,
//!         device: DeviceId,
//!         name: DeviceName,
//!     ) -> Result<(), DeviceError> {
//!         let command = RenameDevice { user, device, name };
//!         let write = Write::new(command, self.clock.now());
//!         if self.store.rename(write).await? {
//!             Ok(())
//!         } else {
//!             Err(DeviceError::NotFound)
//!         }
//!     }
//! }
//! ```
//!
//! # How to add a port
//!
//! A port is an object-safe async trait in the `ports.rs` of the feature that
//! needs it. Absence is `Option`; failure of a store is
//! [`kernel::StoreError`]. No type of a driver crosses it.
//!
//! 1. Declare it like this; the attribute makes its mock, and
//!    `tests/faults/mocks.rs` lists it.
//!
//!    ```
//!    # mod ports { // the code of automock looks its types up in its parent module
//!    # use async_trait::async_trait;
//!    # use vestibule_domain::kernel::{StoreError, UserId, Write};
//!    # pub struct SetNote { pub user: UserId, pub text: String }
//!    /// Notes that staff keep on users.
//!    #[cfg_attr(feature = "mocks", mockall::automock)]
//!    #[async_trait]
//!    pub trait NoteStore: Send + Sync {
//!        /// Sets the note. MUST answer `Missing("user")` without account.
//!        async fn set(&self, write: Write<SetNote>) -> Result<(), StoreError>;
//!
//!        /// The note; `None` when there is none, or no such user.
//!        async fn find(&self, user: UserId) -> Result<Option<String>, StoreError>;
//!    }
//!    # fn is_object_safe(_: &dyn NoteStore) {}
//!    # }
//!    ```
//! 2. Make it a field of the feature's struct, and, when it stores something,
//!    of [`app::Storage`], for storage is swapped as a whole.
//! 3. Write the adapter in memory in `vestibule-testkit`, in the file of the
//!    feature's name, and the cases of the contract suite; then the others.
//!
//! [`outbox`] shows a port implemented from outside.

#[macro_use]
pub mod kernel;

pub mod activity;
pub mod addresses;
pub mod api_keys;
pub mod app;
pub mod avatars;
pub mod companies;
pub mod contact;
pub mod credentials;
pub mod devices;
pub mod eligibility;
pub mod idempotency;
pub mod identities;
pub mod inquiries;
pub mod introspection;
pub mod local_info;
pub mod maintenance;
pub mod messages;
pub mod organizations;
pub mod outbox;
pub mod personal_data;
pub mod preferences;
pub mod sessions;
pub mod throttling;
pub mod users;
