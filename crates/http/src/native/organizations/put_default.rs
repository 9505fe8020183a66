use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, put, web};
use utoipa::ToSchema;
use vestibule_domain::kernel::Invalid;
use vestibule_domain::organizations::{OrganizationError, OrganizationRule};

use crate::answer::{Representation, insists};
use crate::api::Api;
use crate::auth::User;
use crate::body::{Body, JSON_LIMIT};
use crate::fields::{Fields, string};
use crate::native::organizations::object::OrganizationObject;
use crate::params::IfMatch;
use crate::problem::Problem;

/// The organization that is to be the default one.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"organization": "org_01jabcdefghjkmnpqrstvwxyz0"}))]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct DefaultOrganization {
    /// An organization of yours, by its uid.
    #[schema(pattern = "^org_[0-9a-z]{26}$")]
    organization: String,
}

fn unknown() -> Invalid {
    Invalid::new(
        "unknown_organization",
        "Name an organization that you are a member of by its uid.",
    )
}

/// Choose your default organization.
#[utoipa::path(
    context_path = "",
    tag = "organizations",
    params(IfMatch),
    request_body = DefaultOrganization,
    responses((status = 200, description = "The organization.", body = OrganizationObject)),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[put("/me/default-organization/")]
pub(crate) async fn set_default_organization(
    request: HttpRequest,
    user: User,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let object = body.read(JSON_LIMIT).await?.object()?;
    let organization = Fields::read(object, &[], |f| {
        f.required(
            "organization",
            string(|uid| uid.parse().map_err(|_| unknown())),
        )
    })?;
    // The tag is that of the organization which is the default one so far.
    let before = api.app.organizations.default_of(user.id()).await?;
    if let Some(before) = &before {
        let seen = Representation::of(&OrganizationObject::from(before));
        seen.expected(&request, before.organization.version)?;
    } else if insists(&request) {
        return Err(Problem::stale());
    }
    let chosen = api.app.organizations.set_default(user.id(), organization);
    match chosen.await {
        Ok(view) => {
            let shape = OrganizationObject::from(&view);
            Ok(Representation::of(&shape).answer(StatusCode::OK))
        }
        Err(OrganizationError::Rule(OrganizationRule::NotFound)) => {
            Err(Problem::fields(unknown().at("organization")))
        }
        Err(error) => Err(error.into()),
    }
}
