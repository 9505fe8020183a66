//! The use cases on adapters in memory, from a registration to a listing: what
//! a test of a service that calls them does, and what a door of its own would.
//!
//! [`TestApp`] wires all use cases to the stand-ins of `vestibule-testkit`. A
//! service in production makes the same [`vestibule_domain::app::App`] from
//! its own adapters; the calls stay as they are.
//!
//! Run it: `cargo run -p vestibule-domain --example use_cases_in_memory`

#![expect(clippy::print_stdout, reason = "an example shows what it found")]

use std::error::Error;
use std::time::Duration;

use vestibule_domain::addresses::{AddressLine, CreateAddress};
use vestibule_domain::app::App;
use vestibule_domain::credentials::{Login, LoginError, LoginName, Register};
use vestibule_domain::devices::{DeviceName, DeviceToken, Platform, RegisterDevice};
use vestibule_domain::eligibility::Rules;
use vestibule_domain::kernel::{Origin, Patch, Secret};
use vestibule_domain::outbox::Mail;
use vestibule_domain::preferences::{Country, PreferenceChanges, TimeZone};
use vestibule_domain::sessions::{AuthError, SignedIn};
use vestibule_domain::users::{
    Account, Bio, EmailAddress, PersonName, UpdateError, UpdateProfile, Username,
};
use vestibule_testkit::app::TestApp;

const PASSWORD: &str = "correct horse battery";

async fn run() -> Result<Vec<String>, Box<dyn Error>> {
    let test = TestApp::default();
    let mut app = test.app.clone();
    // This operator sells no subscriptions.
    app.eligibility_rules = Rules::parse(["email_not_verified", "no_primary_address"])?;
    let mut report = Vec::new();

    let registered = register(&app).await?;
    report.push(format!("registered: {}", registered.username));
    report.push(eligibility(&app, &registered));

    verify_email(&test).await?;
    let access = log_in(&app).await?;
    let caller = app.sessions.by_access_token(access.expose()).await?;
    report.push(format!("signed in: {}", caller.account.email));
    report.push(eligibility(&app, &caller.account));

    let account = change_profile(&app, &caller).await?;
    let zone = account.preferences.timezone;
    report.push(format!("profile: {} in {zone}", account.first_name));

    let device = register_device(&app, &caller).await?;
    report.push(format!("device: {device}"));

    add_address(&app, &caller).await?;
    let account = app.users.account(account.id).await?.ok_or("an account")?;
    report.push(eligibility(&app, &account));

    // Time passes when the test says so.
    test.clock.advance(Duration::from_mins(10));
    let late = app.sessions.by_access_token(access.expose()).await;
    assert!(matches!(late, Err(AuthError::Invalid)), "it has expired");
    Ok(report)
}

/// What is typed is parsed first; a use case takes nothing but parsed values.
async fn register(app: &App) -> Result<Account, Box<dyn Error>> {
    let register = Register {
        first_name: PersonName::parse("Ada")?,
        ..Register::new(
            Username::parse("ada")?,
            EmailAddress::parse("Ada@Example.com")?,
            Secret::new(PASSWORD),
        )
    };
    let no_record = |_: &_| None;
    let grant = app
        .credentials
        .register(register, &Origin::default(), no_record)
        .await?;
    Ok(grant.account.as_ref().clone())
}

/// The mail was stored with the account; a worker hands it over afterwards.
async fn verify_email(test: &TestApp) -> Result<(), Box<dyn Error>> {
    test.app.outbox.deliver_due().await?;
    let letters = test.mailbox.take();
    let [(_, Mail::VerifyEmail { key, .. })] = letters.as_slice() else {
        return Err(format!("one letter that proves the address: {letters:?}").into());
    };
    let key = Secret::new(key.as_str());
    test.app.credentials.verify_email(&key).await?;
    Ok(())
}

/// Answers the access token of a new session.
async fn log_in(app: &App) -> Result<Secret, Box<dyn Error>> {
    let name = LoginName::guess("ADA@example.com");
    let login = |password: &str| Login::new(name.clone(), Secret::new(password));
    let origin = Origin::default();
    let refused = app.credentials.login(login("a guess"), &origin).await;
    assert!(matches!(refused, Err(LoginError::InvalidCredentials)));
    Ok(app
        .credentials
        .login(login(PASSWORD), &origin)
        .await?
        .access)
}

/// Only what is given changes. Who says which version they saw is refused
/// when it has changed since.
async fn change_profile(app: &App, caller: &SignedIn) -> Result<Account, Box<dyn Error>> {
    let (user, seen) = (caller.account.id, Some(caller.account.version));
    let profile = UpdateProfile {
        bio: Patch::Set(Bio::parse("Sells vinyl.")?),
        preferences: PreferenceChanges {
            timezone: Some(TimeZone::parse("Europe/London")?),
            ..PreferenceChanges::default()
        },
        ..UpdateProfile::default()
    };
    let account = app
        .users
        .update_profile(user, profile.clone(), seen)
        .await?;
    let again = app.users.update_profile(user, profile, seen).await;
    assert!(matches!(again, Err(UpdateError::Stale)));
    Ok(account.as_ref().clone())
}

/// Answers the device's name. The same token again is the same device.
async fn register_device(app: &App, caller: &SignedIn) -> Result<DeviceName, Box<dyn Error>> {
    let register = RegisterDevice {
        name: Some(DeviceName::parse("Ada's phone")?),
        ..RegisterDevice::new(DeviceToken::parse("fcm:abc123")?, Platform::Android)
    };
    let user = caller.account.id;
    let first = app.devices.register(user, register.clone(), None).await?;
    let again = app.devices.register(user, register, None).await?;
    assert!(first.created && !again.created && first.device.id == again.device.id);
    Ok(again.device.name.ok_or("a name")?)
}

async fn add_address(app: &App, caller: &SignedIn) -> Result<(), Box<dyn Error>> {
    let create = CreateAddress::new(
        AddressLine::parse("Ada Lovelace")?,
        AddressLine::parse("12 St James's Square")?,
        AddressLine::parse("London")?,
        Country::parse("GB")?,
    );
    let address = app
        .addresses
        .create(caller.account.id, create, None)
        .await?;
    assert!(address.is_primary, "the first one is");
    Ok(())
}

fn eligibility(app: &App, account: &Account) -> String {
    let verdict = app.eligibility(account);
    match verdict.blocks.first() {
        None => "may list items".to_owned(),
        Some(block) => format!("may not list items: {}", block.message),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    for line in run().await? {
        println!("{line}");
    }
    Ok(())
}

#[tokio::test]
async fn a_new_user_comes_to_list_items() {
    assert_eq!(
        run().await.expect("every step"),
        [
            "registered: ada",
            "may not list items: Verified email address required",
            "signed in: Ada@example.com",
            "may not list items: Primary address required",
            "profile: Ada in Europe/London",
            "device: Ada's phone",
            "may list items",
        ]
    );
}
