use async_trait::async_trait;
use vestibule_domain::addresses::{
    AddAddress, Address, AddressRule, AddressStore, ChangeAddress, RemoveAddress, decide_create,
    decide_delete, decide_update,
};
use vestibule_domain::kernel::{
    AddressId, GuardError, Page, PageRequest, StoreError, Timestamp, UserId, Version, Write, kinds,
};

use super::MemoryStorage;
use super::page::page;
use super::state::State;

#[async_trait]
impl AddressStore for MemoryStorage {
    async fn add(
        &self,
        write: Write<AddAddress, Address>,
    ) -> Result<Address, GuardError<AddressRule>> {
        self.write(write, |state, add, at| {
            let mut address = add.address;
            state.require_user(address.user)?;
            let existing = addresses_of(state, address.user);
            address.is_primary = decide_create(&existing, address.is_primary, add.quota)
                .map_err(GuardError::Rule)?;
            if address.is_primary {
                unmake_primary(state, address.user, at);
            }
            state.addresses.insert(address.id, address.clone());
            Ok((address.clone(), Some(address)))
        })
    }

    async fn list(
        &self,
        user: UserId,
        request: PageRequest<kinds::Address>,
    ) -> Result<Page<Address>, StoreError> {
        self.read(|state| {
            let rows = addresses_of(state, user).into_iter();
            page(rows.map(|address| (address.id, address)), request)
        })
    }

    async fn find(&self, user: UserId, address: AddressId) -> Result<Option<Address>, StoreError> {
        self.read(|state| {
            state
                .addresses
                .get(&address)
                .filter(|address| address.user == user)
                .cloned()
        })
    }

    async fn change(
        &self,
        write: Write<ChangeAddress>,
    ) -> Result<Address, GuardError<AddressRule>> {
        self.write(write, |state, change, at| {
            let existing = addresses_of(state, change.user);
            let becomes_primary =
                decide_update(&existing, change.address, change.changes.is_primary)
                    .map_err(GuardError::Rule)?;
            check_version(state, change.address, change.expected)?;
            if becomes_primary {
                unmake_primary(state, change.user, at);
            }
            let address = state
                .addresses
                .get_mut(&change.address)
                .ok_or(GuardError::Rule(AddressRule::NotFound))?;
            let changes = change.changes;
            changes.name.into_iter().for_each(|v| address.name = v);
            changes.line1.into_iter().for_each(|v| address.line1 = v);
            changes.line2.apply(&mut address.line2);
            changes.city.into_iter().for_each(|v| address.city = v);
            changes.region.apply(&mut address.region);
            changes.postal_code.apply(&mut address.postal_code);
            changes
                .country
                .into_iter()
                .for_each(|v| address.country = v);
            address.is_primary |= becomes_primary;
            touch(address, at);
            Ok((address.clone(), Some(())))
        })
    }

    async fn remove(&self, write: Write<RemoveAddress>) -> Result<(), GuardError<AddressRule>> {
        self.write(write, |state, remove, at| {
            let existing = addresses_of(state, remove.user);
            let heir = decide_delete(&existing, remove.address).map_err(GuardError::Rule)?;
            check_version(state, remove.address, remove.expected)?;
            state.addresses.remove(&remove.address);
            if let Some(heir) = heir.and_then(|heir| state.addresses.get_mut(&heir)) {
                heir.is_primary = true;
                touch(heir, at);
            }
            Ok(((), Some(())))
        })
    }
}

/// The user's addresses, in the order of their ids.
fn addresses_of(state: &State, user: UserId) -> Vec<Address> {
    state
        .addresses
        .values()
        .filter(|address| address.user == user)
        .cloned()
        .collect()
}

fn check_version(
    state: &State,
    address: AddressId,
    expected: Option<Version>,
) -> Result<(), StoreError> {
    let stored = state.addresses.get(&address).map(|address| address.version);
    if expected.is_some() && expected != stored {
        return Err(StoreError::Conflict);
    }
    Ok(())
}

fn unmake_primary(state: &mut State, user: UserId, at: Timestamp) {
    for address in state.addresses.values_mut() {
        if address.user == user && address.is_primary {
            address.is_primary = false;
            touch(address, at);
        }
    }
}

fn touch(address: &mut Address, at: Timestamp) {
    address.version.0 += 1;
    address.updated_at = at;
}
