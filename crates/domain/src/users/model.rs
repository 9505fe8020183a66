use std::fmt;

use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory as _};

use crate::avatars::AvatarKey;
use crate::kernel::{Invalid, LongText, Patch, Timestamp, UserId, Version, set, text, trim};
use crate::organizations::DefaultOrganization;
use crate::preferences::{PreferenceChanges, Preferences};

use super::{EmailAddress, Username};

text_type! {
    /// A first or last name, 0–255 code points.
    PersonName, 0..=255, No
}

/// The longest name of [`PersonName::parse_letters`], in code points.
const MOST_LETTERS: usize = 64;

impl PersonName {
    /// A name that is there and has only letters and marks of any script, 1–64
    /// code points, for clients whose published contract says so (CONTRACTS.md
    /// section 5).
    ///
    /// Errors: those of [`PersonName::parse`], and `invalid_characters`.
    ///
    /// ```
    /// use vestibule_domain::users::PersonName;
    ///
    /// assert!(PersonName::parse_letters("Zoë").is_ok());
    /// let refused = PersonName::parse_letters("Zoe 2").expect_err("a blank and a digit");
    /// assert_eq!(refused.code, "invalid_characters");
    /// ```
    pub fn parse_letters(raw: &str) -> Result<Self, Invalid> {
        let name = Self(text(raw, 1, MOST_LETTERS, LongText::No)?);
        let is_letter = |c: char| {
            matches!(
                c.general_category_group(),
                GeneralCategoryGroup::Letter | GeneralCategoryGroup::Mark
            )
        };
        if name.0.chars().all(is_letter) {
            Ok(name)
        } else {
            Err(Invalid::new("invalid_characters", "Use letters only."))
        }
    }
}

impl Default for PersonName {
    /// No name.
    fn default() -> Self {
        Self(String::new())
    }
}

text_type! {
    /// What users tell about themselves, 0–1000 code points, several lines.
    Bio, 0..=1000, Yes
}
text_type! {
    /// The account's id in another system of the operator, 1–255 code points.
    OtherId, 1..=255, No
}

choice! {
    /// Who sees the user's messages unless said otherwise.
    Visibility {
        /// Everyone who is signed in.
        Public = "public",
        /// The user alone.
        Private = "private",
    }
}

choice! {
    /// What the user pays for.
    CustomerStatus {
        /// Nothing.
        Free = "free",
        /// A subscription of unsaid length.
        Subscriber = "subscriber",
        /// By the month.
        SubscriberMonthly = "subscriber:monthly",
        /// By the year.
        SubscriberAnnual = "subscriber:annual",
    }
}

impl CustomerStatus {
    /// Whether the user has a subscription.
    pub fn is_subscribed(self) -> bool {
        self != Self::Free
    }
}

/// A phone number of E.164: `+` and 7 to 15 digits, the first of them not 0.
///
/// Only the shape is checked here; whether a number is possible is known to a
/// metadata port.
///
/// ```
/// use vestibule_domain::users::PhoneNumber;
///
/// assert!(PhoneNumber::parse("+15551234567").is_ok());
/// let refused = PhoneNumber::parse("555 1234").expect_err("not of E.164");
/// assert_eq!(refused.code, "invalid_phone_number");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PhoneNumber(String);

impl PhoneNumber {
    /// Reads a number in E.164 spelling (`invalid_phone_number` otherwise).
    pub fn parse(raw: &str) -> Result<Self, Invalid> {
        let number = trim(raw);
        number
            .strip_prefix('+')
            .filter(|digits| {
                (7..=15).contains(&digits.len())
                    && digits.bytes().all(|b| b.is_ascii_digit())
                    && !digits.starts_with('0')
            })
            .map(|_| Self(number.to_owned()))
            .ok_or_else(|| {
                Invalid::new(
                    "invalid_phone_number",
                    "Use the international form of E.164, for example +15551234567.",
                )
            })
    }

    /// `+` and digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Flags that staff set on an account; free names and values.
pub type FeatureFlags = serde_json::Map<String, serde_json::Value>;

/// Everything that `me` shows and that each request checks: one consistent
/// snapshot of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
pub struct Account {
    /// Its id.
    pub id: UserId,
    /// Login name.
    pub username: Username,
    /// Address, as spelled by the user.
    pub email: EmailAddress,
    /// Whether the user has proved the address.
    pub email_verified: bool,
    /// First name, may be empty.
    pub first_name: PersonName,
    /// Last name, may be empty.
    pub last_name: PersonName,
    /// Phone number.
    pub phone_number: Option<PhoneNumber>,
    /// The user's picture.
    pub avatar: Option<AvatarKey>,
    /// Whether the user may make API keys.
    pub can_manage_api_environment: bool,
    /// Whether the user is staff.
    pub is_admin: bool,
    /// When staff suspended the account.
    pub suspended_at: Option<Timestamp>,
    /// What the user pays for.
    pub customer_status: CustomerStatus,
    /// Who sees the user's messages unless said otherwise.
    pub default_visibility: Visibility,
    /// What users tell about themselves.
    pub bio: Option<Bio>,
    /// The account's id in another system of the operator.
    pub other_id: Option<OtherId>,
    /// Flags that staff set.
    pub features: FeatureFlags,
    /// Preferences.
    pub preferences: Preferences,
    /// Whether one of the user's addresses is the primary one.
    pub has_primary_address: bool,
    /// The default organization: the one that the user chose, else the one
    /// that the user has been a member of for longest.
    pub organization: Option<DefaultOrganization>,
    /// When the user was last seen; bookkeeping, up to 5 minutes old.
    pub last_seen_at: Option<Timestamp>,
    /// Sessions opened under another epoch are over.
    pub auth_epoch: i64,
    /// Grows with each change of the account.
    pub version: Version,
    /// When the account was made.
    pub created_at: Timestamp,
    /// When the account last changed.
    pub updated_at: Timestamp,
}

impl Account {
    /// Whether staff have suspended the account.
    pub const fn is_suspended(&self) -> bool {
        self.suspended_at.is_some()
    }

    /// First and last name; one of them where the other is empty.
    pub fn full_name(&self) -> String {
        let full = format!("{} {}", self.first_name, self.last_name);
        full.trim().to_owned()
    }
}

/// Field changes of an account: only what is given is set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UserChanges {
    /// First name.
    pub first_name: Option<PersonName>,
    /// Last name.
    pub last_name: Option<PersonName>,
    /// Phone number.
    pub phone_number: Patch<PhoneNumber>,
    /// What users tell about themselves.
    pub bio: Patch<Bio>,
    /// Who sees the user's messages unless said otherwise.
    pub default_visibility: Option<Visibility>,
    /// Preferences.
    pub preferences: PreferenceChanges,
    /// Whether the user may make API keys.
    pub can_manage_api_environment: Option<bool>,
    /// Whether the user is staff.
    pub is_admin: Option<bool>,
    /// The account's id in another system of the operator.
    pub other_id: Patch<OtherId>,
    /// What the user pays for.
    pub customer_status: Option<CustomerStatus>,
    /// All feature flags.
    pub features: Option<FeatureFlags>,
    /// When staff suspended the account.
    pub suspended_at: Patch<Timestamp>,
    /// The user's picture.
    pub avatar: Patch<AvatarKey>,
}

impl UserChanges {
    /// Applies the changes to `target`; versions and times are the adapter's.
    pub fn apply(self, target: &mut Account) {
        let Self {
            first_name,
            last_name,
            phone_number,
            bio,
            default_visibility,
            preferences,
            can_manage_api_environment,
            is_admin,
            other_id,
            customer_status,
            features,
            suspended_at,
            avatar,
        } = self;
        set(&mut target.first_name, first_name);
        set(&mut target.last_name, last_name);
        phone_number.apply(&mut target.phone_number);
        bio.apply(&mut target.bio);
        set(&mut target.default_visibility, default_visibility);
        preferences.apply(&mut target.preferences);
        set(
            &mut target.can_manage_api_environment,
            can_manage_api_environment,
        );
        set(&mut target.is_admin, is_admin);
        other_id.apply(&mut target.other_id);
        set(&mut target.customer_status, customer_status);
        set(&mut target.features, features);
        suspended_at.apply(&mut target.suspended_at);
        avatar.apply(&mut target.avatar);
    }
}
