use super::{
    Actor, CompanyChoice, NewOrganization, OrganizationError, OrganizationName, OrganizationView,
    Organizations, Slug, SlugChoice,
};
use crate::activity::Event;
use crate::kernel::{CompanyId, Once, Write};

/// An organization to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateOrganization {
    /// Its name.
    pub display_name: OrganizationName,
    /// Its slug; made from the name when there is none.
    pub slug: Option<Slug>,
    /// A company that the user owns; one of the organization's name is made
    /// when there is none.
    pub company: Option<CompanyId>,
}

impl CreateOrganization {
    /// An organization of this name.
    pub const fn new(display_name: OrganizationName) -> Self {
        Self {
            display_name,
            slug: None,
            company: None,
        }
    }
}

impl Organizations {
    /// Makes an organization that the actor owns.
    pub async fn create(
        &self,
        actor: &Actor,
        create: CreateOrganization,
        once: Option<Once<OrganizationView>>,
    ) -> Result<OrganizationView, OrganizationError> {
        let id = self.ids.id();
        let slug = create.slug.map_or_else(
            || SlugChoice::Generated(Slug::candidates(create.display_name.as_str(), id)),
            SlugChoice::Given,
        );
        let company = create
            .company
            .map_or_else(|| CompanyChoice::New(self.ids.id()), CompanyChoice::Own);
        let command = NewOrganization {
            id,
            user: actor.user,
            membership: self.ids.id(),
            display_name: create.display_name,
            slug,
            company,
            quota: self.quota,
        };
        let write = Write::new(command, self.clock.now())
            .log(self.entry(actor, Event::OrganizationCreated, id))
            .once(once);
        Ok(self.store.create(write).await?)
    }
}
