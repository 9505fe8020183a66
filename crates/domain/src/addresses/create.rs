use super::{AddAddress, Address, AddressError, AddressLine, Addresses, PostalCode};
use crate::kernel::{Once, UserId, Version, Write};
use crate::preferences::Country;

/// An address to add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateAddress {
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
    /// Whether it is to be the primary one.
    pub is_primary: bool,
}

impl CreateAddress {
    /// An address of what every address has; not asked to be the primary one.
    pub const fn new(
        name: AddressLine,
        line1: AddressLine,
        city: AddressLine,
        country: Country,
    ) -> Self {
        Self {
            name,
            line1,
            line2: None,
            city,
            region: None,
            postal_code: None,
            country,
            is_primary: false,
        }
    }
}

impl Addresses {
    /// Adds an address; the first one becomes the primary one.
    pub async fn create(
        &self,
        user: UserId,
        create: CreateAddress,
        once: Option<Once<Address>>,
    ) -> Result<Address, AddressError> {
        let now = self.clock.now();
        let address = Address {
            id: self.ids.id(),
            user,
            name: create.name,
            line1: create.line1,
            line2: create.line2,
            city: create.city,
            region: create.region,
            postal_code: create.postal_code,
            country: create.country,
            is_primary: create.is_primary,
            created_at: now,
            updated_at: now,
            version: Version(1),
        };
        let command = AddAddress {
            address,
            quota: self.quota,
        };
        let write = Write::new(command, now).once(once);
        Ok(self.store.add(write).await?)
    }
}
