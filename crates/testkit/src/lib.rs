//! What tests of the account service are made of, for this workspace and for
//! others that build on `vestibule-domain`.
//!
//! - [`memory`]: adapters of every storage port that keep all in memory.
//! - [`contract`]: what every adapter of the storage ports must do, as a suite
//!   of tests that any adapter can be run against.
//! - [`unsupported`]: what fills the bundle of an adapter that lacks ports.
//! - [`app`]: all use cases on memory and on the stand-ins of [`doubles`].
//! - [`fixtures`], [`clock`] and [`ids`]: entities, times and ids that are the
//!   same in every run.
//!
//! # Running the suite against an adapter of one's own
//!
//! Say how to open an empty store and how to look at it anew, and name the
//! suite; each case becomes a test of its own (`cargo test my_store::users`).
//! What each of them proves is told by [`contract::catalogue`] and in
//! `docs/STORAGE_CONTRACT.md`.
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
//!
//!     // Optional: makes the store unreachable, for the cases of faults.
//!     async fn take_down(&self) -> bool {
//!         self.0.take_down();
//!         true
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
//! An adapter that has some of the [features](contract::FEATURES) names them.
//! It fills the rest of its bundle with ports that refuse everything. Every
//! store needs four ports: that of users, of which the cases of other features
//! call `register` and `account` only, and `once`, `outbox` and `activity`,
//! since these commit with each command.
//!
//! ```
//! # use async_trait::async_trait;
//! use vestibule_domain::app::Storage;
//! # use vestibule_testkit::contract::Harness;
//! use vestibule_testkit::storage_contract;
//! use vestibule_testkit::unsupported::unsupported;
//! # use vestibule_testkit::memory::MemoryStorage;
//! # #[derive(Default)]
//! # struct MyStore(MemoryStorage);
//!
//! impl MyStore {
//!     fn bundle(&self) -> Storage {
//! #       let mine = self.0.storage();
//!         Storage {
//!             users: mine.users,
//!             sessions: mine.sessions,
//!             devices: mine.devices,
//!             once: mine.once,
//!             outbox: mine.outbox,
//!             activity: mine.activity,
//!             ..unsupported()
//!         }
//!     }
//! }
//! # #[async_trait]
//! # impl Harness for MyStore {
//! #     async fn storage(&self) -> Storage { self.bundle() }
//! #     async fn fresh(&self) -> Storage { self.bundle() }
//! # }
//! # async fn open() -> MyStore { MyStore::default() }
//!
//! storage_contract!(my_store, open, features: [users, sessions, devices]);
//! ```
//!
//! A name that is no feature does not compile, and the error lists the names:
//!
//! ```compile_fail
//! # use async_trait::async_trait;
//! # use vestibule_domain::app::Storage;
//! # use vestibule_testkit::contract::Harness;
//! # use vestibule_testkit::memory::MemoryStorage;
//! # use vestibule_testkit::storage_contract;
//! # struct MyStore(MemoryStorage);
//! # #[async_trait]
//! # impl Harness for MyStore {
//! #     async fn storage(&self) -> Storage { self.0.storage() }
//! #     async fn fresh(&self) -> Storage { self.0.storage() }
//! # }
//! # async fn open() -> MyStore { MyStore(MemoryStorage::default()) }
//! storage_contract!(my_store, open, features: [users, session]);
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
//! let login = Login::new(LoginName::guess("nobody"), Secret::new("whatever it is"));
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
pub mod unsupported;
