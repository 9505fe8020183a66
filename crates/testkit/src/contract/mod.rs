//! The storage contract suite: what every adapter of the storage ports must
//! do, as tests that run against any of them.
//!
//! [`storage_contract!`](crate::storage_contract) makes one named test of each
//! case. Each case has a store of its own, and reads back what it wrote
//! through a fresh handle. [`catalogue`] says what each case proves.
//!
//! To add a case, write it in the file of its feature and add its name, with
//! one sentence that says what it proves, to the file `list_….rs` of its
//! feature; a case that is not listed is dead code, which the lints refuse. A case may call the ports of the features that its module names
//! there, and what every store has ([`Harness::storage`]); one that spans two
//! features goes into a module that names both.

mod activity;
mod address_changes;
mod address_credentials;
mod address_sessions;
mod address_users;
mod addresses;
mod api_key_changes;
mod api_key_users;
mod api_keys;
mod avatars;
mod catalogue;
mod companies;
mod credentials;
mod device_registration;
mod device_tokens;
mod devices;
mod email_api_keys;
mod email_changes;
mod email_devices;
mod email_identities;
mod email_organizations;
mod email_proofs;
mod email_sessions;
mod email_tokens;
mod email_undo;
mod envelope;
mod epochs;
mod erasure;
mod erasure_api_keys;
mod erasure_credentials;
mod erasure_email;
mod erasure_identities;
mod erasure_organizations;
mod erasure_resources;
mod erasure_sessions;
mod erasure_users;
mod faults;
mod idempotency;
mod identities;
mod identity_codes;
mod identity_flows;
mod identity_links;
mod identity_races;
mod inquiries;
mod inquiry_threads;
mod invitations;
mod list_accounts;
mod list_contact;
mod list_erasure;
mod list_identities;
mod list_organizations;
mod list_resources;
mod maintenance;
mod maintenance_email;
mod maintenance_identities;
mod maintenance_invitations;
mod maintenance_sessions;
mod maintenance_tokens;
mod members;
mod memberships;
mod messages;
mod organization_changes;
mod organization_races;
mod organizations;
mod outbox;
mod own_writes;
mod own_writes_organizations;
mod paging;
mod password_reset;
mod password_sessions;
mod primary_address;
mod refresh_tokens;
mod reset_api_keys;
mod reset_devices;
mod reset_identities;
mod select;
mod session_lists;
mod session_use;
mod sessions;
mod settings;
mod single_use_tokens;
mod throttled_purge;
mod throttled_sessions;
mod throttling;
mod trial;
mod user_changes;
mod user_credentials;
mod user_list;
mod user_sessions;
mod users;
mod verification;

use std::future::Future;
use std::pin::Pin;

use async_trait::async_trait;
use tokio::runtime::Builder;
use vestibule_domain::app::Storage;

pub use catalogue::{CONFORMANCE, Case, FEATURES, Module, catalogue, report_conformance};
use trial::Trial;

/// One empty store under test. Dropped at the end of its case.
#[async_trait]
pub trait Harness: Send + Sync {
    /// The handle that a case works with.
    ///
    /// Whatever the features, a case makes accounts (`register` and `account`
    /// of the port of users) and checks what commits with a command (the ports
    /// `once`, `outbox` and `activity`). Every other port is called only by
    /// cases of its feature; an adapter that lacks it puts
    /// [`Unsupported`](crate::unsupported::Unsupported) in its place.
    async fn storage(&self) -> Storage;

    /// Another handle onto the same data, which has read nothing yet: with
    /// caches of its own, if any.
    async fn fresh(&self) -> Storage;

    /// Makes the store unreachable for good: from now on every call through
    /// the handle of [`storage`](Self::storage) MUST answer `Unavailable`, save
    /// what a cache may answer. Answers whether that was done; an adapter that
    /// cannot do it leaves the default, and the cases of faults are skipped.
    async fn take_down(&self) -> bool {
        false
    }
}

macro_rules! entry_points {
    ($($module:ident $needs:tt { $($case:ident $proves:literal)+ })+) => {
        /// What the tests call: each case, with an adapter to run it against.
        #[doc(hidden)]
        pub mod cases {
            $(pub mod $module {
                $(#[doc = $proves]
                pub fn $case<H: $crate::contract::Harness + 'static>(
                    open: impl AsyncFnOnce() -> H,
                ) {
                    $crate::contract::run(
                        Box::pin(async { Box::new(open().await) as _ }),
                        |trial| Box::pin($crate::contract::$module::$case(trial)),
                    );
                })+
            })+
        }
    };
}
crate::__storage_cases! { [entry_points] [] }

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Not generic, so that hundreds of cases do not each compile a runtime.
fn run(open: Boxed<'_, Box<dyn Harness>>, case: fn(Trial) -> Boxed<'static, ()>) {
    // More threads than this machine may have, so that parallel calls really
    // meet, and the blocking work of one does not hold up the next.
    let runtime = Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build()
        .expect("a tokio runtime");
    runtime.block_on(async { case(Trial::new(open.await).await).await });
}
