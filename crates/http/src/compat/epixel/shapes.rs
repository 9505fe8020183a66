use serde::Serialize;
use utoipa::ToSchema;
use vestibule_domain::app::App;
use vestibule_domain::contact::PhoneParts;
use vestibule_domain::local_info::{Choice, LocalInfo};
use vestibule_domain::users::Account;

/// What is answered where nothing is refused.
#[derive(Serialize, ToSchema)]
pub(super) struct Answer<T> {
    /// The HTTP status.
    status_code: u16,
    errors: Nothing,
    /// What was asked for.
    data: T,
}

/// No errors, or no data.
#[derive(Serialize, ToSchema)]
pub(super) struct Nothing {}

impl<T> Answer<T> {
    pub(super) const fn of(data: T) -> Self {
        Self {
            status_code: 200,
            errors: Nothing {},
            data,
        }
    }
}

/// The profile.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Details<'a> {
    /// One user.
    user_profile: [UserProfile<'a>; 1],
    /// URL of the picture; empty without one.
    profile_image: String,
    user_loc_info: UserLocInfo<'a>,
}

#[derive(Serialize, ToSchema)]
struct UserProfile<'a> {
    username: &'a str,
    first_name: &'a str,
    last_name: &'a str,
    email: &'a str,
    /// Calling code; empty without a phone number.
    phone_code: String,
    /// National number; empty without a phone number.
    phone_number: String,
    /// Region of the phone number; empty without one.
    country_code: String,
}

#[derive(Serialize, ToSchema)]
struct UserLocInfo<'a> {
    /// Language: the primary subtag.
    lan: &'a str,
    /// Time zone.
    tz: &'a str,
    currency: &'a str,
}

/// Where the picture is.
#[derive(Serialize, ToSchema)]
pub(super) struct ImageUrl {
    pub(super) image_url: String,
}

/// What names a change of the address until it is proved.
#[derive(Serialize, ToSchema)]
pub(super) struct ChecksumToken {
    pub(super) token_checksum: String,
}

/// What clients offer to choose from.
#[derive(Serialize, ToSchema)]
pub(super) struct Lists<'a> {
    languages: Vec<Entry<'a>>,
    currencies: Vec<Entry<'a>>,
    timezones: Vec<Entry<'a>>,
}

#[derive(Serialize, ToSchema)]
struct Entry<'a> {
    key: &'a str,
    name: &'a str,
}

impl<'a> From<&'a LocalInfo> for Lists<'a> {
    fn from(info: &'a LocalInfo) -> Self {
        let LocalInfo {
            languages,
            currencies,
            timezones,
        } = info;
        Self {
            languages: entries(languages),
            currencies: entries(currencies),
            timezones: entries(timezones),
        }
    }
}

fn entries(choices: &[Choice]) -> Vec<Entry<'_>> {
    let choices = choices.iter();
    choices
        .map(|Choice { key, name }| Entry { key, name })
        .collect()
}

impl<'a> Details<'a> {
    pub(super) fn of(account: &'a Account, app: &App) -> Self {
        let number = account.phone_number.as_ref();
        let parts = number.and_then(|number| app.contact.phones.parts(number));
        let (phone_code, phone_number, region) = match parts {
            None => (String::new(), String::new(), None),
            Some(PhoneParts {
                calling_code,
                national_number,
                region,
            }) => (calling_code, national_number, region),
        };
        let preferences = &account.preferences;
        Self {
            user_profile: [UserProfile {
                username: account.username.as_str(),
                first_name: account.first_name.as_str(),
                last_name: account.last_name.as_str(),
                email: account.email.as_str(),
                phone_code,
                phone_number,
                country_code: region.map_or_else(String::new, |region| region.to_string()),
            }],
            profile_image: app.avatars.url(account).unwrap_or_default(),
            user_loc_info: UserLocInfo {
                lan: preferences.language.primary(),
                tz: preferences.timezone.as_str(),
                currency: preferences.currency_display.as_str(),
            },
        }
    }
}
