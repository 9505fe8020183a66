//! Entities for tests. Every field has a value that no default has, unless a
//! builder says otherwise.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use vestibule_domain::activity::{Details, Event, LogEntry};
use vestibule_domain::addresses::{Address, AddressLine, PostalCode};
use vestibule_domain::api_keys::{ApiKey, KeyName, NewApiKey, Scope};
use vestibule_domain::avatars::AvatarKey;
use vestibule_domain::credentials::{NewToken, PasswordHash, TokenKind};
use vestibule_domain::devices::{DeviceName, DeviceToken, Platform, PutDevice};
use vestibule_domain::identities::{
    AccountKey, InstanceClient, InstanceName, LinkIdentity, ProviderName, ProviderTokens,
    ProviderUserId, ProviderUsername,
};
use vestibule_domain::inquiries::{Inquiry, InquiryMessage, InquiryStatus, Reply, Subject};
use vestibule_domain::kernel::{
    Clock, Digest, Id, IdGenerator, IdKind, Invalid, Origin, Secret, Timestamp, UserId, Version,
};
use vestibule_domain::messages::{Message, MessageBody};
use vestibule_domain::outbox::{Mail, NewJob};
use vestibule_domain::preferences::{
    Country, CurrencyCode, DateFormat, ItemsPerPage, JobTitle, LanguageTag, LegalName,
    MaxMessageLength, MeasurementSystem, NotificationChannel, NotificationChannels, Preferences,
    PreferredName, Theme, TimeZone, ViewingPreference,
};
use vestibule_domain::sessions::{NewSession, Session};
use vestibule_domain::users::{
    Account, Bio, CustomerStatus, EmailAddress, FeatureFlags, NewUser, OtherId, PersonName,
    PhoneNumber, Username, Visibility,
};

use crate::clock::FixedClock;
use crate::doubles::digest;
use crate::ids::SequentialIds;

/// Makes entities with ids and times of its own.
#[derive(Debug, Clone, Default)]
pub struct Fixtures {
    /// Where ids come from.
    pub ids: Arc<SequentialIds>,
    /// Where times come from.
    pub clock: Arc<FixedClock>,
}

fn valid<T>(parsed: Result<T, Invalid>) -> T {
    parsed.expect("a valid value")
}

/// The username of this spelling.
pub fn username(raw: &str) -> Username {
    valid(Username::parse(raw))
}

/// The address of this spelling.
pub fn email(raw: &str) -> EmailAddress {
    valid(EmailAddress::parse(raw))
}

/// The provider of this name.
pub fn provider(name: &str) -> ProviderName {
    valid(ProviderName::parse(name))
}

/// A name at a provider.
pub fn provider_username(raw: &str) -> ProviderUsername {
    valid(ProviderUsername::parse(raw))
}

/// An access and a refresh token of this name.
pub fn provider_tokens(name: &str, expires_at: Option<Timestamp>) -> ProviderTokens {
    ProviderTokens {
        access: Secret::new(format!("access token of {name}")),
        refresh: Some(Secret::new(format!("refresh token of {name}"))),
        expires_at,
    }
}

/// An avatar key that is another one for another name.
pub fn avatar_key(name: &str) -> AvatarKey {
    let Digest(bytes) = digest(&format!("avatar of {name}"));
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let hex = digits.filter_map(|digit| char::from_digit(digit.into(), 16));
    valid(AvatarKey::parse(&hex.collect::<String>()))
}

/// What free JSON objects hold: every JSON type, nested, beyond ASCII.
pub fn json_object() -> Map<String, Value> {
    let value = json!({
        "beta": true,
        "limits": {"daily": 12, "ratio": 0.25, "gone": null},
        "names": ["å", "\u{1f4a1}", ""],
    });
    value.as_object().cloned().unwrap_or_default()
}

/// Preferences none of which has the value of a new account.
pub fn preferences() -> Preferences {
    let channels = vec![NotificationChannel::InApp, NotificationChannel::Push];
    Preferences {
        preferred_name: Some(valid(PreferredName::parse("Adá"))),
        legal_name: Some(valid(LegalName::parse("Augusta Ada King"))),
        job_title: Some(valid(JobTitle::parse("Analyst"))),
        items_per_page: valid(ItemsPerPage::parse(77)),
        channel_notifications_enabled: false,
        timezone: valid(TimeZone::parse("Europe/London")),
        measurement_system: MeasurementSystem::Imperial,
        date_format: DateFormat::Dmy,
        currency_display: valid(CurrencyCode::parse("GBP")),
        preferred_notification_channels: valid(NotificationChannels::new(channels)),
        theme: Some(valid(Theme::parse("dusk"))),
        viewing_preference: Some(valid(ViewingPreference::parse("grid"))),
        max_message_length: valid(MaxMessageLength::parse(4321)),
        country: Some(valid(Country::parse("GB"))),
        language: valid(LanguageTag::parse("pt-BR")),
    }
}

/// What stores an account, with a password hash and nothing else.
pub fn new_user(account: Account) -> NewUser {
    NewUser {
        password_hash: Some(PasswordHash::new(format!("hash of {}", account.username))),
        account,
        session: None,
        token: None,
        invitation: None,
    }
}

/// An origin over IPv6 with a user agent beyond ASCII.
pub fn origin() -> Origin {
    Origin {
        ip: Some(IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, 7])),
        user_agent: Some("Browser/1.0 (Ünïx)".to_owned()),
    }
}

impl Fixtures {
    /// The time now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Lets time pass; answers the time then.
    pub fn later(&self, by: Duration) -> Timestamp {
        self.clock.advance(by);
        self.now()
    }

    /// The next id.
    pub fn id<K: IdKind>(&self) -> Id<K> {
        Id::from_uuid(self.ids.next_uuid())
    }

    /// An account as it is after registration: everything has its default.
    pub fn account(&self, name: &str) -> Account {
        let now = self.now();
        Account {
            id: self.id(),
            username: username(name),
            email: email(&format!("{name}@example.com")),
            email_verified: false,
            first_name: valid(PersonName::parse("")),
            last_name: valid(PersonName::parse("")),
            phone_number: None,
            avatar: None,
            can_manage_api_environment: false,
            is_admin: false,
            suspended_at: None,
            customer_status: CustomerStatus::Free,
            default_visibility: Visibility::Public,
            bio: None,
            other_id: None,
            features: FeatureFlags::new(),
            preferences: Preferences::default(),
            has_primary_address: false,
            organization: None,
            last_seen_at: None,
            auth_epoch: 0,
            version: Version(1),
            created_at: now,
            updated_at: now,
        }
    }

    /// An account no field of which has its default, but for those that other
    /// rows decide (`has_primary_address`, `organization`) and that the port fixes (epoch and
    /// version). All its times differ.
    pub fn full_account(&self, name: &str) -> Account {
        let now = self.now();
        let ago = |seconds| now.before(Duration::from_secs(seconds));
        Account {
            email_verified: true,
            first_name: valid(PersonName::parse("Adá")),
            last_name: valid(PersonName::parse("O'Lovelace")),
            phone_number: Some(valid(PhoneNumber::parse("+442071838750"))),
            avatar: Some(avatar_key(name)),
            can_manage_api_environment: true,
            is_admin: true,
            suspended_at: Some(ago(10)),
            customer_status: CustomerStatus::SubscriberAnnual,
            default_visibility: Visibility::Private,
            bio: Some(valid(Bio::parse("First line\n\tsecond \u{1f4a1}"))),
            other_id: Some(valid(OtherId::parse("crm:0042"))),
            features: json_object(),
            preferences: preferences(),
            last_seen_at: Some(ago(20)),
            created_at: ago(40),
            updated_at: ago(30),
            ..self.account(name)
        }
    }

    /// A session of the account, opened now, for 30 days. Its refresh token
    /// and its cookie have digests of their own.
    pub fn session(&self, account: &Account) -> NewSession {
        let now = self.now();
        let session = Session {
            id: self.id(),
            user: account.id,
            auth_epoch: account.auth_epoch,
            authenticated_at: now.before(Duration::from_secs(3)),
            created_at: now.before(Duration::from_secs(2)),
            last_used_at: now.before(Duration::from_secs(1)),
            expires_at: now.after(Duration::from_hours(30 * 24)),
            origin: origin(),
        };
        NewSession {
            refresh: digest(&format!("refresh token of {}", session.id)),
            cookie: Some(digest(&format!("cookie of {}", session.id))),
            session,
        }
    }

    /// A token for the account's address, of the full lifetime.
    pub fn token(&self, kind: TokenKind, account: &Account) -> NewToken {
        let id = self.ids.next_uuid();
        NewToken {
            digest: digest(&format!("{kind} {id}")),
            kind,
            email_canonical: account.email.canonical(),
            expires_at: self.now().after(kind.lifetime()),
        }
    }

    /// An address that is not to be the primary one.
    pub fn address(&self, user: UserId, name: &str) -> Address {
        let now = self.now();
        let line = |raw| valid(AddressLine::parse(raw));
        Address {
            id: self.id(),
            user,
            name: line(name),
            line1: line("12 St James's Square"),
            line2: Some(line("Flat é")),
            city: line("London"),
            region: Some(line("Greater London")),
            postal_code: Some(valid(PostalCode::parse("SW1Y 4JH"))),
            country: valid(Country::parse("GB")),
            is_primary: false,
            created_at: now,
            updated_at: now,
            version: Version(1),
        }
    }

    /// A registration of this token, within a quota of 50.
    pub fn device(&self, user: UserId, token: &str) -> PutDevice {
        PutDevice {
            id: self.id(),
            user,
            token: valid(DeviceToken::parse(token)),
            token_digest: digest(token),
            platform: Platform::Web,
            name: Some(valid(DeviceName::parse("Ada's browser"))),
            quota: 50,
        }
    }

    /// An open inquiry.
    pub fn inquiry(&self, user: UserId, subject: &str) -> Inquiry {
        let now = self.now();
        Inquiry {
            id: self.id(),
            user,
            subject: valid(Subject::parse(subject)),
            message: valid(InquiryMessage::parse("Line one\nline two \u{1f4a1}")),
            status: InquiryStatus::Open,
            created_at: now,
            updated_at: now,
            version: Version(1),
        }
    }

    /// A public message.
    pub fn message(&self, author: UserId, body: &str) -> Message {
        Message {
            id: self.id(),
            author,
            body: valid(MessageBody::parse(body)),
            visibility: Visibility::Public,
            created_at: self.now(),
        }
    }

    /// A reply.
    pub fn reply(&self, message: &str) -> Reply {
        Reply {
            id: self.id(),
            message: valid(InquiryMessage::parse(message)),
            created_at: self.now(),
        }
    }

    /// A key with two scopes that ends in an hour.
    pub fn api_key(&self, owner: Option<UserId>) -> NewApiKey {
        let now = self.now();
        let key = ApiKey {
            id: self.id(),
            owner,
            name: valid(KeyName::parse("nightly export")),
            prefix: "vst_AbC-_123".to_owned(),
            scopes: vec![Scope::UsersRead, Scope::Introspect],
            created_at: now,
            last_used_at: Some(now.before(Duration::from_secs(1))),
            expires_at: Some(now.after(Duration::from_hours(1))),
            version: Version(1),
        };
        NewApiKey {
            quota: 25,
            digest: digest(&format!("API key {}", key.id)),
            key,
        }
    }

    /// A link of this name at a server of a provider, every field of which is set.
    pub fn identity(&self, user: UserId, at: &str, name: &str) -> LinkIdentity {
        LinkIdentity {
            id: self.id(),
            user,
            account: AccountKey {
                provider: provider(at),
                instance: Some(valid(InstanceName::parse("social.example:8443"))),
                id: valid(ProviderUserId::parse(&format!("id of {name}"))),
            },
            username: Some(provider_username(name)),
            tokens: provider_tokens(name, Some(self.now().after(Duration::from_hours(8)))),
        }
    }

    /// A registration at a server of a network.
    pub fn instance_client(&self) -> InstanceClient {
        InstanceClient {
            provider: provider("mastodon"),
            instance: valid(InstanceName::parse("mastodon.social")),
            client_id: format!("client {}", self.ids.next_uuid()),
            client_secret: Secret::new("client secret"),
        }
    }

    /// A letter to verify an address.
    pub fn job(&self, user: Option<UserId>) -> NewJob {
        let id: Id<_> = self.id();
        let mail = Mail::VerifyEmail {
            to: "ada@example.com".to_owned(),
            username: "ada".to_owned(),
            key: format!("key of {id}"),
        };
        NewJob::new(id, user, mail)
    }

    /// A security-log entry of no session.
    pub fn log_entry(&self, user: UserId, event: Event) -> LogEntry {
        LogEntry {
            id: self.id(),
            user,
            event,
            session: None,
            origin: origin(),
            details: Details::default(),
        }
    }
}
