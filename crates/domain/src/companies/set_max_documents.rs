use super::{Companies, Company, CompanyError, CompanyRule, MaxDocuments, SetMaxDocuments};
use crate::kernel::{CompanyId, Version, Write};
use crate::sessions::Staff;

impl Companies {
    /// Sets how many documents a company may have, as staff (`NotFound`).
    pub async fn set_max_documents(
        &self,
        _staff: &Staff,
        company: CompanyId,
        max_documents: MaxDocuments,
        expected: Option<Version>,
    ) -> Result<Company, CompanyError> {
        let command = SetMaxDocuments {
            company,
            expected,
            max_documents,
        };
        let write = Write::new(command, self.clock.now());
        let company = self.store.set_max_documents(write).await?;
        Ok(company.ok_or(CompanyRule::NotFound)?)
    }
}
