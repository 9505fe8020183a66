//! The company object.

use serde::Serialize;
use utoipa::ToSchema;
use vestibule_domain::companies::Company;
use vestibule_domain::kernel::CompanyId;

use crate::native::organizations::object::UserObjectRef;

/// A company.
#[derive(Serialize, ToSchema)]
#[schema(as = Company)]
pub(crate) struct CompanyObject<'a> {
    /// Its id.
    #[schema(value_type = String, example = "cmp_01jabcdefghjkmnpqrstvwxyz0")]
    uid: CompanyId,
    /// Its name.
    name: &'a str,
    /// Who owns it.
    owner: UserObjectRef<'a>,
    /// How many documents it may have.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    max_documents: i64,
}

impl<'a> From<&'a Company> for CompanyObject<'a> {
    fn from(company: &'a Company) -> Self {
        Self {
            uid: company.id,
            name: company.name.as_str(),
            owner: (&company.owner).into(),
            max_documents: company.max_documents.get(),
        }
    }
}
