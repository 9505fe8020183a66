use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, post, web};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use vestibule_domain::contact::{Contact, ReferencedCode};
use vestibule_domain::kernel::{Invalid, Patch, Secret};
use vestibule_domain::preferences::{CurrencyCode, LanguageTag, PreferenceChanges, TimeZone};
use vestibule_domain::users::{Account, EmailAddress, PersonName, PhoneNumber, UpdateProfile};

use super::credentials::{AppKey, AppUser};
use super::error::{Failure, Refusal};
use super::shapes::{Answer, Nothing};
use super::{form, texts};
use crate::answer;
use crate::api::Api;
use crate::auth::origin;
use crate::body::Body;
use crate::fields::{Fields, Refused, string};
use crate::problem::Problem;

/// The fields of the profile to change.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents what `read` reads")]
pub(super) struct ProfileDetails {
    #[schema(nullable = false)]
    first_name: Option<String>,
    #[schema(nullable = false)]
    last_name: Option<String>,
    /// On every call; another one than before needs both tokens.
    email: String,
    /// The number as it is dialled at home, or the international form; blank
    /// removes it.
    #[schema(nullable = false)]
    phone_number: Option<String>,
    /// A key of the local info.
    #[schema(nullable = false)]
    languages: Option<String>,
    /// A key of the local info.
    #[schema(nullable = false)]
    currencies: Option<String>,
    /// A key of the local info.
    #[schema(nullable = false)]
    timezones: Option<String>,
    /// The six digits that were mailed to the new address.
    #[schema(nullable = false)]
    token_field: Option<String>,
    /// What was answered when the digits were asked for.
    #[schema(nullable = false)]
    token_checksum_field: Option<String>,
}

struct Update {
    profile: UpdateProfile,
    phone: Patch<PhoneNumber>,
    /// What proves the address, where it is another one than before.
    new_email: Option<ReferencedCode>,
}

impl Update {
    fn changes_the_profile(&self) -> bool {
        self.phone != Patch::Keep || self.profile != UpdateProfile::default()
    }
}

fn read(body: Map<String, Value>, account: &Account, contact: &Contact) -> Result<Update, Problem> {
    Fields::read_known(body, |f| {
        let first_name = f.optional("first_name", string(name));
        let last_name = f.optional("last_name", string(name));
        let email = f.required("email", string(email));
        let phone = f.optional("phone_number", string(|raw| phone(raw, account, contact)));
        let language = f.optional("languages", string(|raw| language(raw, account)));
        let currency = f.optional("currencies", string(currency));
        let timezone = f.optional("timezones", string(timezone));
        let code = f.optional("token_field", string(|raw| Ok(filled(raw))));
        let checksum = f.optional("token_checksum_field", string(|raw| Ok(filled(raw))));
        let email = email?;
        let new_email = if email.canonical() == account.email.canonical() {
            None
        } else {
            let code = demanded(f, "token_field", code?.flatten());
            let reference = demanded(f, "token_checksum_field", checksum?.flatten());
            Some(ReferencedCode {
                new_email: email,
                code: Secret::new(code?),
                reference: reference?,
            })
        };
        Ok(Update {
            profile: UpdateProfile {
                first_name: first_name?,
                last_name: last_name?,
                preferences: PreferenceChanges {
                    language: language?.flatten(),
                    currency_display: currency?.flatten(),
                    timezone: timezone?.flatten(),
                    ..PreferenceChanges::default()
                },
                ..UpdateProfile::default()
            },
            phone: phone?.unwrap_or(Patch::Keep),
            new_email,
        })
    })
}

fn name(raw: &str) -> Result<PersonName, Invalid> {
    PersonName::parse(raw).map_err(texts::of_name)
}

fn email(raw: &str) -> Result<EmailAddress, Invalid> {
    EmailAddress::parse(raw).map_err(|error| texts::of_email(&error))
}

/// Blank removes the number; the account's own is no change.
fn phone(raw: &str, account: &Account, contact: &Contact) -> Result<Patch<PhoneNumber>, Invalid> {
    let Some(raw) = filled(raw) else {
        return Ok(match &account.phone_number {
            Some(_) => Patch::Clear,
            None => Patch::Keep,
        });
    };
    let number = contact.parse_own_phone(account, &raw);
    let number = number.map_err(|_| texts::phone())?;
    Ok(if account.phone_number.as_ref() == Some(&number) {
        Patch::Keep
    } else {
        Patch::Set(number)
    })
}

/// The region that the user has chosen along with the language stays: clients
/// of this dialect see the language alone.
fn language(raw: &str, account: &Account) -> Result<Option<LanguageTag>, Invalid> {
    match filled(raw) {
        Some(key) if key != account.preferences.language.primary() => {
            choice(&key, LanguageTag::parse_two_letter, LanguageTag::as_str)
        }
        _ => Ok(None),
    }
}

fn currency(raw: &str) -> Result<Option<CurrencyCode>, Invalid> {
    choice(raw, CurrencyCode::parse, CurrencyCode::as_str)
}

fn timezone(raw: &str) -> Result<Option<TimeZone>, Invalid> {
    choice(raw, TimeZone::parse, TimeZone::as_str)
}

/// A value by its key; blank chooses none.
fn choice<T>(
    raw: &str,
    parse: impl FnOnce(&str) -> Result<T, Invalid>,
    key: impl FnOnce(&T) -> &str,
) -> Result<Option<T>, Invalid> {
    let Some(raw) = filled(raw) else {
        return Ok(None);
    };
    match parse(&raw) {
        Ok(value) if key(&value) == raw => Ok(Some(value)),
        Ok(_) | Err(_) => Err(texts::choice()),
    }
}

fn filled(raw: &str) -> Option<String> {
    Some(raw.trim())
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

fn demanded(f: &mut Fields, name: &str, value: Option<String>) -> Result<String, Refused> {
    match value {
        Some(value) => Ok(value),
        None => f.refuse(name, texts::required()),
    }
}

/// Update profile details.
///
/// The new address is proved first. When what comes after it fails, the same
/// call can be sent again: the address is the current one then.
#[utoipa::path(
    context_path = "",
    tag = "user profile",
    params(AppKey),
    request_body(content = ProfileDetails, content_type = "multipart/form-data"),
    responses(
        (status = 200, description = "Updated.", body = Answer<Nothing>),
        (status = 400, description = "Some fields are not valid.", body = Refusal),
        (status = 401, description = "A header is missing or not valid.", body = Refusal),
    ),
    security(("bearer" = [])),
)]
#[post("/api/v1/user/update/profile/")]
pub(super) async fn update_profile(
    request: HttpRequest,
    user: AppUser,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Failure> {
    let (contact, caller) = (&api.app.contact, &user.0);
    let update = read(form::read(body).await?, &caller.account, contact)?;
    let origin = origin(&request);
    if let Some(proof) = &update.new_email {
        contact.confirm_by_reference(caller, proof, &origin).await?;
    }
    if update.changes_the_profile() {
        let Update { profile, phone, .. } = update;
        contact
            .update_profile(caller, profile, phone, &origin)
            .await?;
    }
    Ok(answer::json(StatusCode::OK, &Answer::of(Nothing {})))
}
