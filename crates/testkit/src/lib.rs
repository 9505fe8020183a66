//! What tests of the account service are made of, for this workspace and for
//! others that build on `vestibule-domain`.
//!
//! - [`memory`]: adapters of every storage port that keep all in memory.
//! - [`contract`]: what every adapter of the storage ports must do, as a suite
//!   of tests that any adapter can be run against.
//! - [`app`]: all use cases on memory and on the stand-ins of [`doubles`].
//! - [`fixtures`], [`clock`] and [`ids`]: entities, times and ids that are the
//!   same in every run.
//!
//! # Running the suite against an adapter of one's own
//!
//! Say how to open an empty store and how to look at it anew, and name the
//! suite; each case becomes a test of its own (`cargo test my_store::users`).
//!
//! ```
//! use async_trait::async_trait;
//! use vestibule_domain::app::Storage;
//! use vestibule_testkit::contract::Harness;
//! use vestibule_testkit::storage_contract;
//! # use vestibule_testkit::memory::MemoryStorage as MyStore;
//!
//! struct MyHarness(MyStore);
//!
//! #[async_trait]
//! impl Harness for MyHarness {
//!     async fn storage(&self) -> Storage {
//!         self.0.storage()
//!     }
//!
//!     // Another handle onto the same data: a second connection, empty caches.
//!     async fn fresh(&self) -> Storage {
//!         self.0.storage()
//!     }
//! }
//!
//! // Called once for each case: every case has an empty store of its own.
//! async fn open() -> MyHarness {
//!     MyHarness(MyStore::default())
//! }
//!
//! storage_contract!(my_store, open);
//! ```
//!
//! # Testing what calls the use cases
//!
//! ```
//! use vestibule_domain::credentials::{Login, LoginError, LoginName};
//! use vestibule_domain::kernel::{Origin, Secret};
//! use vestibule_testkit::app::TestApp;
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let test = TestApp::default();
//! let login = Login {
//!     name: LoginName::guess("nobody"),
//!     password: Secret::new("whatever it is"),
//! };
//! let refused = test.app.credentials.login(login, &Origin::default()).await;
//! assert!(matches!(refused, Err(LoginError::InvalidCredentials)));
//! # });
//! ```

pub mod app;
pub mod clock;
pub mod contract;
pub mod doubles;
pub mod fixtures;
pub mod ids;
pub mod memory;
