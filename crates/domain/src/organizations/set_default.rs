use super::{OrganizationError, OrganizationView, Organizations, SetDefault};
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
}
