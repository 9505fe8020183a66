use super::{AddAddress, Address, AddressError, AddressLine, Addresses, PostalCode};
use crate::kernel::{Once, UserId, Version, Write};
use crate::preferences::Country;

/// An address to add.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields of `Address`")]
pub struct CreateAddress {
    pub name: AddressLine,
    pub line1: AddressLine,
    pub line2: Option<AddressLine>,
    pub city: AddressLine,
    pub region: Option<AddressLine>,
    pub postal_code: Option<PostalCode>,
    pub country: Country,
    pub is_primary: bool,
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
        let write = Write {
            command: AddAddress {
                address,
                quota: self.quota,
            },
            at: now,
            log: Vec::new(),
            jobs: Vec::new(),
            once,
        };
        Ok(self.store.add(write).await?)
    }
}
