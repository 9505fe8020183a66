//! The address object.

use serde::Serialize;
use utoipa::ToSchema;
use vestibule_domain::addresses::{Address, AddressLine, PostalCode};
use vestibule_domain::kernel::{AddressId, Timestamp};

/// A postal address.
#[derive(Serialize, ToSchema)]
#[schema(as = Address)]
pub(crate) struct AddressObject<'a> {
    /// Its id.
    #[schema(value_type = String, example = "adr_01jabcdefghjkmnpqrstvwxyz0")]
    uid: AddressId,
    /// Recipient.
    name: &'a str,
    /// Street and number.
    line1: &'a str,
    /// Floor, flat, care of, or null.
    #[schema(required)]
    line2: Option<&'a str>,
    /// City.
    city: &'a str,
    /// State, province or county, or null.
    #[schema(required)]
    region: Option<&'a str>,
    /// Postal code, or null.
    #[schema(required)]
    postal_code: Option<&'a str>,
    /// Country of ISO 3166-1, alpha-2.
    country: &'a str,
    /// Whether it is the primary one; one is, when there are any.
    is_primary: bool,
    /// When it was added.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

impl<'a> From<&'a Address> for AddressObject<'a> {
    fn from(address: &'a Address) -> Self {
        Self {
            uid: address.id,
            name: address.name.as_str(),
            line1: address.line1.as_str(),
            line2: address.line2.as_ref().map(AddressLine::as_str),
            city: address.city.as_str(),
            region: address.region.as_ref().map(AddressLine::as_str),
            postal_code: address.postal_code.as_ref().map(PostalCode::as_str),
            country: address.country.as_str(),
            is_primary: address.is_primary,
            created_at: address.created_at,
            updated_at: address.updated_at,
        }
    }
}
