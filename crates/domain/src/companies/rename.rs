use super::{Companies, Company, CompanyError, RenameCompany};
use crate::kernel::{CompanyId, UserId, Version, Write};
use crate::organizations::OrganizationName;

impl Companies {
    /// Renames a company of the user's own.
    pub async fn rename(
        &self,
        user: UserId,
        company: CompanyId,
        name: OrganizationName,
        expected: Option<Version>,
    ) -> Result<Company, CompanyError> {
        let command = RenameCompany {
            user,
            company,
            expected,
            name,
        };
        let write = Write::new(command, self.clock.now());
        Ok(self.store.rename(write).await?)
    }
}
