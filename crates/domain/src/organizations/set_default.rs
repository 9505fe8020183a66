use super::{
    OrganizationError, OrganizationNumber, OrganizationRule, OrganizationView, Organizations,
    SetDefault,
};
use crate::kernel::{OrganizationId, UserId, Write};

impl Organizations {
    /// Makes one of the user's organizations the default one.
    pub async fn set_default(
        &self,
        user: UserId,
        organization: OrganizationId,
    ) -> Result<OrganizationView, OrganizationError> {
        let command = SetDefault { user, organization };
        let write = Write::new(command, self.clock.now());
        Ok(self.store.set_default(write).await?)
    }

    /// The same by the number of the organization.
    pub async fn set_default_by_number(
        &self,
        user: UserId,
        number: OrganizationNumber,
    ) -> Result<OrganizationView, OrganizationError> {
        let found = self.store.by_number(user, number).await?;
        let found = found.ok_or(OrganizationRule::NotFound)?;
        self.set_default(user, found.organization.id).await
    }
}
