use actix_web::{HttpRequest, HttpResponse, post, web};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use vestibule_domain::kernel::Invalid;
use vestibule_domain::organizations::{
    CreateOrganization, OrganizationName, OrganizationView, Slug,
};

use crate::api::Api;
use crate::auth::User;
use crate::body::{Body, JSON_LIMIT};
use crate::fields::{Fields, string};
use crate::idempotency::{KeptAnswer, answer_once};
use crate::native::organizations::object::OrganizationObject;
use crate::native::organizations::{PATH, actor};
use crate::params::IdempotencyKey;
use crate::problem::Problem;

/// An organization to make.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"display_name": "Vinyl Dealers"}))]
#[expect(dead_code, reason = "documents what `read` reads")]
pub(crate) struct NewOrganization {
    /// Its name.
    #[schema(min_length = 1, max_length = 255)]
    display_name: String,
    /// Its name in URLs, unique; made from the name when absent.
    #[schema(min_length = 1, max_length = 63, pattern = "^[a-z0-9-]{1,63}$")]
    slug: Option<String>,
    /// A company of yours that it belongs to; one of its name is made when
    /// absent.
    #[schema(pattern = "^cmp_[0-9a-z]{26}$")]
    company: Option<String>,
}

fn read(object: Map<String, Value>) -> Result<CreateOrganization, Problem> {
    Fields::read(object, &[], |f| {
        let display_name = f.required("display_name", string(OrganizationName::parse));
        let slug = f.nullable("slug", string(Slug::parse));
        let company = f.nullable(
            "company",
            string(|uid| uid.parse().map_err(|_| unknown_company())),
        );
        Ok(CreateOrganization {
            display_name: display_name?,
            slug: slug?,
            company: company?,
        })
    })
}

/// Why a company is refused: there is none, or it is somebody else's.
pub(in crate::native) fn unknown_company() -> Invalid {
    Invalid::new("unknown_company", "Name a company of your own by its uid.")
}

fn answer(api: &Api, view: &OrganizationView) -> KeptAnswer {
    let location = api.location(PATH, view.organization.id);
    KeptAnswer::created(location, &OrganizationObject::from(view))
}

/// Make an organization.
///
/// You own it; your first one becomes your default organization.
#[utoipa::path(
    context_path = "",
    tag = "organizations",
    request_body = NewOrganization,
    params(IdempotencyKey),
    responses((status = 201, description = "The organization.", body = OrganizationObject)),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[post("/")]
pub(crate) async fn create_organization(
    request: HttpRequest,
    user: User,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let body = body.read(JSON_LIMIT).await?;
    let create = read(body.object()?)?;
    let actor = actor(&user, &request);
    let scope = user.once_scope();
    answer_once(&api, &request, scope, &body, answer, |once| {
        api.app.organizations.create(&actor, create, once)
    })
    .await
}
