//! A storage adapter for [redb](https://www.redb.org), an embedded key-value
//! store: accounts with their credentials, sessions and push devices in one
//! file. It uses only what `vestibule-domain` and `vestibule-testkit` make
//! public, as a team with a store of its own would.
//!
//! ```text
//! cargo run  -p vestibule-testkit --example redb_store    a little walk
//! cargo test -p vestibule-testkit --example redb_store    the contract suite
//! ```
//!
//! To read it, begin with `schema.rs` (the tables) and `database.rs` (what a
//! transaction is), then `envelope.rs` (what commits with each command), then
//! one feature, say `devices.rs`; `table.rs` and `page.rs` are what a key-value
//! store lacks. docs/ADAPTERS.md goes through it step by step.

mod account_row;
mod activity;
mod credentials;
mod database;
mod devices;
mod envelope;
mod idempotency;
mod outbox;
mod page;
mod schema;
mod sessions;
mod table;
#[cfg(test)]
mod tests;
mod throttle;
mod users;

use std::error::Error;
use std::sync::Arc;

use vestibule_domain::app::Storage;
use vestibule_domain::credentials::{Login, LoginName, Register};
use vestibule_domain::devices::{DeviceToken, Platform, RegisterDevice};
use vestibule_domain::kernel::{Origin, PageRequest, PageSize, Secret};
use vestibule_domain::users::{EmailAddress, PersonName, Username};
use vestibule_testkit::app::TestApp;
use vestibule_testkit::unsupported::unsupported;

use crate::database::RedbStorage;

/// Encrypts letters at rest. A service reads it from its file of secrets.
const MAIL_KEY: [u8; 32] = *b"an example's key, never a real's";

impl RedbStorage {
    /// The bundle that an `App` is wired from.
    fn storage(&self) -> Storage {
        let store = Arc::new(self.clone());
        Storage {
            users: store.clone(),
            credentials: store.clone(),
            sessions: store.clone(),
            devices: store.clone(),
            once: store.clone(),
            outbox: store.clone(),
            activity: store,
            ..unsupported()
        }
    }
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "what the walk is for")]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("accounts.redb");

    let store = RedbStorage::open(&path, MAIL_KEY).await?;
    let app = TestApp::new(store.storage()).app;
    let origin = Origin::default();
    let ada = Register {
        username: Username::parse("ada")?,
        email: EmailAddress::parse("ada@example.com")?,
        password: Secret::new("correct horse battery"),
        first_name: PersonName::parse("Ada")?,
        last_name: PersonName::parse("Lovelace")?,
        device: None,
        invitation: None,
    };
    let registered = app.credentials.register(ada, &origin, |_| None).await?;
    println!("registered {}", registered.account.id);

    let password = Secret::new("correct horse battery");
    let login = Login::new(LoginName::guess("Ada@Example.com"), password);
    let grant = app.credentials.login(login, &origin).await?;
    println!("signed in: session {}", grant.session.id);

    let user = grant.account.id;
    let device = RegisterDevice {
        token: DeviceToken::parse("a token of the push service")?,
        platform: Platform::Web,
        name: None,
    };
    let device = app.devices.register(user, device, None).await?.device;
    println!("registered device {}", device.id);

    // The last handle closes the file.
    drop((app, store));
    let store = RedbStorage::open(&path, MAIL_KEY).await?;
    let app = TestApp::new(store.storage()).app;
    println!("opened {} again", path.display());

    let caller = app.sessions.by_access_token(grant.access.expose()).await?;
    println!("the token still stands for {}", caller.account.username);
    let page = PageRequest::number(1, PageSize::DEFAULT);
    for device in app.devices.list(user, page).await?.items {
        println!("device {}: {}", device.id, device.platform);
    }
    Ok(())
}
