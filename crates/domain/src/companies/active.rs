use super::{Companies, Company};
use crate::kernel::{CompanyId, StoreError, UserId};

impl Companies {
    /// The company that the user works for: `wanted`, when one of the user's
    /// organizations belongs to it; else that of the default organization.
    pub async fn active(
        &self,
        user: UserId,
        wanted: Option<CompanyId>,
    ) -> Result<Option<Company>, StoreError> {
        if let Some(wanted) = wanted
            && let Some(company) = self.store.of_member(user, wanted).await?
        {
            return Ok(Some(company));
        }
        match self.organizations.default_of(user).await? {
            Some(view) => {
                let company = view.organization.company.id;
                self.store.of_member(user, company).await
            }
            None => Ok(None),
        }
    }

    /// Whether one of the user's organizations belongs to the company, so that
    /// the user may work for it.
    pub async fn may_be_active(
        &self,
        user: UserId,
        company: CompanyId,
    ) -> Result<bool, StoreError> {
        Ok(self.store.of_member(user, company).await?.is_some())
    }
}
