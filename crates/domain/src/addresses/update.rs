use super::{Address, AddressChanges, AddressError, Addresses, ChangeAddress};
use crate::kernel::{AddressId, UserId, Version, Write};

impl Addresses {
    /// Sets the given fields. Making an address primary unmakes the other one;
    /// the primary one cannot be unmade by itself (`PrimaryRequired`).
    pub async fn update(
        &self,
        user: UserId,
        address: AddressId,
        changes: AddressChanges,
        expected: Option<Version>,
    ) -> Result<Address, AddressError> {
        let command = ChangeAddress {
            user,
            address,
            expected,
            changes,
        };
        Ok(self
            .store
            .change(Write::new(command, self.clock.now()))
            .await?)
    }
}
