use super::error::AddressRule;
use crate::kernel::{AddressId, Patch, Timestamp, UserId, Version};
use crate::preferences::Country;

text_type! {
    /// A line of an address: recipient, street, city or region; 1–255 code points.
    AddressLine, 1..=255, No
}
text_type! {
    /// A postal code, 1–20 code points.
    PostalCode, 1..=20, No
}

/// A postal address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Its id.
    pub id: AddressId,
    /// Whose.
    pub user: UserId,
    /// Recipient.
    pub name: AddressLine,
    /// Street and number.
    pub line1: AddressLine,
    /// Floor, flat, care of.
    pub line2: Option<AddressLine>,
    /// City.
    pub city: AddressLine,
    /// State, province or county.
    pub region: Option<AddressLine>,
    /// Postal code.
    pub postal_code: Option<PostalCode>,
    /// Country.
    pub country: Country,
    /// Whether it is the user's primary one; one is, when there are any.
    pub is_primary: bool,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Grows with each change.
    pub version: Version,
}

/// Field changes of an address: only what is given is set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AddressChanges {
    /// Recipient.
    pub name: Option<AddressLine>,
    /// Street and number.
    pub line1: Option<AddressLine>,
    /// Floor, flat, care of.
    pub line2: Patch<AddressLine>,
    /// City.
    pub city: Option<AddressLine>,
    /// State, province or county.
    pub region: Patch<AddressLine>,
    /// Postal code.
    pub postal_code: Patch<PostalCode>,
    /// Country.
    pub country: Option<Country>,
    /// Whether it is to be the primary one.
    pub is_primary: Option<bool>,
}

/// Decides whether a new address is added: answers whether it is the primary
/// one, which the first always is (`QuotaExceeded`). `existing` are the user's
/// addresses.
pub fn decide_create(
    existing: &[Address],
    wants_primary: bool,
    quota: u32,
) -> Result<bool, AddressRule> {
    if existing.len() >= quota as usize {
        return Err(AddressRule::QuotaExceeded { quota });
    }
    Ok(wants_primary || !existing.iter().any(|address| address.is_primary))
}

/// Decides a change: answers whether the address becomes the primary one and
/// the others cease to be (`NotFound`, `PrimaryRequired`).
pub fn decide_update(
    existing: &[Address],
    address: AddressId,
    is_primary: Option<bool>,
) -> Result<bool, AddressRule> {
    let current = existing
        .iter()
        .find(|candidate| candidate.id == address)
        .ok_or(AddressRule::NotFound)?;
    match (current.is_primary, is_primary) {
        (true, Some(false)) => Err(AddressRule::PrimaryRequired),
        (false, Some(true)) => Ok(true),
        _ => Ok(false),
    }
}

/// Decides a deletion: answers the address that becomes the primary one, the
/// oldest that is left (`NotFound`).
pub fn decide_delete(
    existing: &[Address],
    address: AddressId,
) -> Result<Option<AddressId>, AddressRule> {
    let current = existing
        .iter()
        .find(|candidate| candidate.id == address)
        .ok_or(AddressRule::NotFound)?;
    if !current.is_primary {
        return Ok(None);
    }
    Ok(existing
        .iter()
        .filter(|candidate| candidate.id != address)
        .min_by_key(|candidate| (candidate.created_at, candidate.id))
        .map(|candidate| candidate.id))
}
