//! Every port has a mock, which others can name and use in the port's place.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Public traits that are no ports.
const NO_PORTS: &[&str] = &["IdKind"];

macro_rules! mocked {
    ($($module:ident::{ $($port:ident = $mock:ident),+ $(,)? })+) => {
        /// The ports whose mocks are public and stand in for them.
        fn mocked() -> BTreeSet<String> {
            $($({
                let _: Box<dyn vestibule_domain::$module::$port> =
                    Box::new(vestibule_domain::$module::$mock::new());
            })+)+
            BTreeSet::from([$($(stringify!($port).to_owned()),+),+])
        }
    };
}

mocked! {
    activity::{ActivityStore = MockActivityStore}
    addresses::{AddressStore = MockAddressStore}
    api_keys::{ApiKeyStore = MockApiKeyStore, KeyUsage = MockKeyUsage}
    companies::{CompanyStore = MockCompanyStore}
    contact::{EmailChangeStore = MockEmailChangeStore, PhoneMetadata = MockPhoneMetadata}
    avatars::{
        ImageFetcher = MockImageFetcher,
        ImageProcessor = MockImageProcessor,
        MediaListing = MockMediaListing,
        MediaStore = MockMediaStore,
    }
    credentials::{
        CredentialStore = MockCredentialStore,
        PasswordHasher = MockPasswordHasher,
        PasswordStrength = MockPasswordStrength,
    }
    devices::{DeviceStore = MockDeviceStore}
    identities::{
        IdentityProviders = MockIdentityProviders,
        IdentityStore = MockIdentityStore,
    }
    idempotency::{AnswerSealer = MockAnswerSealer, OnceStore = MockOnceStore}
    inquiries::{InquiryStore = MockInquiryStore}
    kernel::{
        Background = MockBackground,
        Clock = MockClock,
        IdGenerator = MockIdGenerator,
        SecretSource = MockSecretSource,
    }
    maintenance::{MaintenanceStore = MockMaintenanceStore}
    messages::{MessageStore = MockMessageStore}
    organizations::{
        InvitationStore = MockInvitationStore,
        MemberStore = MockMemberStore,
        OrganizationStore = MockOrganizationStore,
    }
    personal_data::{ErasureStore = MockErasureStore}
    outbox::{
        AvatarEraser = MockAvatarEraser,
        Mailer = MockMailer,
        OutboxStore = MockOutboxStore,
    }
    sessions::{
        AccessTokens = MockAccessTokens,
        SessionStore = MockSessionStore,
        SessionUsage = MockSessionUsage,
    }
    users::{UserStore = MockUserStore}
}

#[test]
fn every_port_has_a_mock() {
    let mut declared = BTreeSet::new();
    public_traits(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut declared,
    );
    for name in NO_PORTS {
        assert!(declared.remove(*name), "{name} is a public trait");
    }
    assert_eq!(declared, mocked(), "declared in the sources, and mocked");
}

/// The names of all public traits below a folder of sources.
fn public_traits(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            public_traits(&path, found);
            continue;
        }
        let source = fs::read_to_string(&path).expect("UTF-8");
        let names = source.lines().filter_map(|line| {
            let name = line.trim_start().strip_prefix("pub trait ")?;
            name.split(|c: char| !c.is_alphanumeric()).next()
        });
        found.extend(names.map(str::to_owned));
    }
}
