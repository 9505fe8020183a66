use super::{AddressError, Addresses, RemoveAddress};
use crate::kernel::{AddressId, UserId, Version, Write};

impl Addresses {
    /// Removes an address; the oldest one left takes over as the primary one.
    pub async fn delete(
        &self,
        user: UserId,
        address: AddressId,
        expected: Option<Version>,
    ) -> Result<(), AddressError> {
        let command = RemoveAddress {
            user,
            address,
            expected,
        };
        Ok(self
            .store
            .remove(Write::new(command, self.clock.now()))
            .await?)
    }
}
