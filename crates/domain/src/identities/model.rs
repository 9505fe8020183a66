use std::time::Duration;

use super::error::IdentityRule;
use crate::kernel::{IdentityId, Invalid, Secret, SessionId, Timestamp, UserId, Version, trim};

/// How long a link or sign-in that was begun may take at the provider.
pub const FLOW_LIFETIME: Duration = Duration::from_mins(10);
/// How long the code of a sign-in may be exchanged.
pub const CODE_LIFETIME: Duration = Duration::from_mins(1);
/// Most identities of a user.
pub const MAX_IDENTITIES: u32 = 50;

text_type! {
    /// What a provider calls the user, 1–255 code points; for people, it may change.
    ProviderUsername, 1..=255, No
}

choice! {
    /// Whether the provider still stands by an identity.
    IdentityStatus {
        /// The provider confirmed it when it was last asked.
        Active = "active",
        /// The provider refused it when it was last asked. It signs nobody in
        /// until the provider confirms it again.
        Broken = "broken",
    }
}

/// The name of a provider in paths and settings: 1–32 of `a-z0-9_-`, `github`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProviderName(String);

impl ProviderName {
    /// Reads a name (`invalid_provider`); case counts.
    pub fn parse(raw: &str) -> Result<Self, Invalid> {
        let plain = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
        if (1..=32).contains(&raw.len()) && raw.bytes().all(plain) {
            Ok(Self(raw.to_owned()))
        } else {
            Err(Invalid::new(
                "invalid_provider",
                "Use 1 to 32 of the characters a-z, 0-9, - and _.",
            ))
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for ProviderName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The host of one server of a federated network, `mastodon.social`: lower
/// case, A-labels (RFC 5890), with a port where it has one.
///
/// ```
/// use vestibule_domain::identities::InstanceName;
/// use vestibule_domain::kernel::Invalid;
///
/// let instance = InstanceName::parse(" https://Mastodon.Social/ ")?;
/// assert_eq!(instance.as_str(), "mastodon.social");
/// assert!(InstanceName::parse("mastodon.social/@ada").is_err());
/// # Ok::<_, Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InstanceName(String);

impl InstanceName {
    /// Reads a host, or the `https` address of its front page, of at most 253
    /// characters (`required`, `invalid_instance`). Whether it may be reached
    /// is for whoever connects to it to say.
    pub fn parse(raw: &str) -> Result<Self, Invalid> {
        let raw = trim(raw);
        if raw.is_empty() {
            return Err(Invalid::new("required", "This field may not be blank."));
        }
        Self::parse_nonblank(raw).ok_or_else(|| {
            Invalid::new(
                "invalid_instance",
                "Use the name of the server, for example mastodon.social.",
            )
        })
    }

    fn parse_nonblank(raw: &str) -> Option<Self> {
        if raw.len() > 1024 {
            return None;
        }
        let raw = raw.strip_prefix("https://").unwrap_or(raw);
        let raw = raw.strip_suffix('/').unwrap_or(raw);
        let (host, port) = match raw.split_once(':') {
            Some((host, port)) => (host, Some(port.parse::<u16>().ok()?)),
            None => (raw, None),
        };
        let host = idna::domain_to_ascii_strict(host).ok()?;
        let label = |label: &str| (1..=63).contains(&label.len());
        let has_dot = host.contains('.');
        if host.len() > 253 || !has_dot || !host.split('.').all(label) {
            return None;
        }
        Some(Self(match port {
            Some(port) => format!("{host}:{port}"),
            None => host,
        }))
    }

    /// The host, with its port where it has one.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for InstanceName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The id by which a provider knows the user for good: 1–255 characters, taken
/// as they are and compared byte by byte.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProviderUserId(String);

impl ProviderUserId {
    /// Reads an id (`required`, `too_long`, `control_character`).
    pub fn parse(raw: &str) -> Result<Self, Invalid> {
        if raw.is_empty() {
            return Err(Invalid::new("required", "This field may not be blank."));
        }
        if raw.chars().count() > 255 {
            return Err(Invalid::new("too_long", "Use at most 255 characters."));
        }
        if raw.chars().any(char::is_control) {
            return Err(Invalid::new(
                "control_character",
                "Control characters are not allowed here.",
            ));
        }
        Ok(Self(raw.to_owned()))
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One account at a provider: what is unique among all identities.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AccountKey {
    /// The provider.
    pub provider: ProviderName,
    /// The server of the network, where the provider is a network.
    pub instance: Option<InstanceName>,
    /// The user's id there.
    pub id: ProviderUserId,
}

/// An account at a provider that is linked to a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Its id.
    pub id: IdentityId,
    /// Whose.
    pub user: UserId,
    /// Which account at which provider.
    pub account: AccountKey,
    /// What the provider calls the user, where it tells.
    pub username: Option<ProviderUsername>,
    /// Whether the provider still stands by it.
    pub status: IdentityStatus,
    /// When it was linked first.
    pub created_at: Timestamp,
    /// When the provider last confirmed it.
    pub verified_at: Timestamp,
    /// Grows with each change.
    pub version: Version,
}

impl Identity {
    /// Whether the user can sign in with it, given the providers that can be used.
    pub fn signs_in(&self, providers: &[ProviderName]) -> bool {
        self.status == IdentityStatus::Active && providers.contains(&self.account.provider)
    }
}

/// What a provider gave us to ask about the user later. Redacted in `Debug`.
#[derive(Debug, Clone)]
pub struct ProviderTokens {
    /// The access token.
    pub access: Secret,
    /// What gets a new one.
    pub refresh: Option<Secret>,
    /// When the access token ends, where the provider tells.
    pub expires_at: Option<Timestamp>,
}

/// What a link or sign-in that was begun is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Signs in whoever the identity belongs to.
    SignIn,
    /// Links the identity to a user.
    Link {
        /// To whom.
        user: UserId,
        /// The session that asked; it must live when the user comes back.
        session: SessionId,
    },
}

impl Purpose {
    /// Whom the identity is to be linked to.
    pub const fn user(&self) -> Option<UserId> {
        match self {
            Self::SignIn => None,
            Self::Link { user, .. } => Some(*user),
        }
    }
}

/// A link or sign-in that goes on at the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    /// The provider.
    pub provider: ProviderName,
    /// The server of the network, where the provider is a network.
    pub instance: Option<InstanceName>,
    /// What for.
    pub purpose: Purpose,
    /// When it is too late to come back.
    pub expires_at: Timestamp,
}

/// What a link depends on, read in its own transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkFacts {
    /// The identity of this account, whoever's it is.
    pub holder: Option<Identity>,
    /// Identities of the user who links.
    pub count: u64,
}

/// What a link does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkPlan {
    /// The user has linked the account already: it is confirmed, and active again.
    Confirm(IdentityId),
    /// A new identity.
    Create,
}

/// Decides what a link by `user` does. An account at a provider belongs to one
/// user at most (`Taken`), whatever addresses the two have (`QuotaExceeded`).
pub fn decide_link(user: UserId, facts: &LinkFacts) -> Result<LinkPlan, IdentityRule> {
    match &facts.holder {
        Some(identity) if identity.user == user => Ok(LinkPlan::Confirm(identity.id)),
        Some(_) => Err(IdentityRule::Taken),
        None if facts.count >= u64::from(MAX_IDENTITIES) => Err(IdentityRule::QuotaExceeded {
            quota: MAX_IDENTITIES,
        }),
        None => Ok(LinkPlan::Create),
    }
}

/// What an unlinking depends on, read in its own transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnlinkFacts {
    /// Whether the account has a password.
    pub has_password: bool,
    /// All identities of the user.
    pub identities: Vec<Identity>,
}

/// Decides whether the user may unlink `identity`: not the last way to log in
/// (`NotFound`, `LastWayToLogIn`). `providers` are those that can be used.
pub fn decide_unlink(
    identity: IdentityId,
    providers: &[ProviderName],
    facts: &UnlinkFacts,
) -> Result<(), IdentityRule> {
    let mut identities = facts.identities.iter();
    if !identities.any(|own| own.id == identity) {
        return Err(IdentityRule::NotFound);
    }
    let mut others = facts.identities.iter().filter(|own| own.id != identity);
    if facts.has_password || others.any(|other| other.signs_in(providers)) {
        Ok(())
    } else {
        Err(IdentityRule::LastWayToLogIn)
    }
}
