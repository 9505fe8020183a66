//! Linked identities.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, delete, get, post, web};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use vestibule_domain::identities::{Identity, IdentityRule};
use vestibule_domain::kernel::{IdentityId, Invalid};

use super::error::Failure;
use super::shapes::{Done, ErrorObject, IdentityObject};
use super::step_up;
use crate::answer;
use crate::api::Api;
use crate::auth::{CookieUser, origin};
use crate::body::{AUTH_LIMIT, Body};
use crate::fields::{Fields, secret, string};
use crate::paging::Query;

/// The linked identities, the first linked first.
#[utoipa::path(
    context_path = "",
    tag = "users and profile",
    responses(
        (status = 200, description = "The identities.", body = Vec<IdentityObject>),
        ErrorObject,
    ),
    security(("cookie" = [])),
)]
#[get("/api/user/identities/")]
pub(super) async fn list_identities(
    user: CookieUser,
    api: web::Data<Api>,
) -> Result<HttpResponse, Failure> {
    let identities = api.app.identities.all_of(user.0.account.id).await?;
    let oldest_first = identities.iter().rev().map(IdentityObject::from);
    let list: Vec<_> = oldest_first.collect();
    Ok(answer::json(StatusCode::OK, &list))
}

/// Names an identity.
#[derive(ToSchema)]
#[schema(example = json!({"id": "idn_01jabcdefghjkmnpqrstvwxyz0"}))]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(super) struct IdentityRef {
    /// The identity's id.
    id: String,
}

/// Names an identity to remove.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"id": "idn_01jabcdefghjkmnpqrstvwxyz0"}))]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(super) struct RemovedIdentity {
    /// The identity's id, where the query has none.
    #[schema(nullable = false)]
    id: Option<String>,
    /// The current password; needed where the service demands a step-up.
    #[schema(write_only)]
    current_password: Option<String>,
}

/// The same in the query.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(super) struct IdentityQuery {
    /// The identity's id, where the body has none.
    #[param(nullable = false)]
    id: Option<String>,
}

/// Remove a linked identity.
#[utoipa::path(
    context_path = "",
    tag = "users and profile",
    params(IdentityQuery),
    request_body = Option<RemovedIdentity>,
    responses(
        (status = 200, description = "It is removed.", body = Done),
        ErrorObject,
    ),
    security(("cookie" = [])),
)]
#[delete("/api/user/identities/")]
pub(super) async fn remove_identity(
    request: HttpRequest,
    user: CookieUser,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Failure> {
    let named = Query::of(&request)?.filter("id", |id| Ok(Value::from(id)));
    let mut object = body.read(AUTH_LIMIT).await?.object()?;
    let contradiction = match named {
        Some(id) => *object.entry("id").or_insert_with(|| id.clone()) != id,
        None => false,
    };
    let (id, password) = Fields::read_known(object, |f| {
        let id = f.required("id", string(identity_id));
        if contradiction {
            let invalid = Invalid::new("contradiction", "The query names another identity.");
            f.refuse::<()>("id", invalid)?;
        }
        let password = f.nullable(step_up::FIELD, secret);
        Ok((id?, password?))
    })?;
    let identity = find(&api, &user, id).await?;
    let proof = step_up::proof(&api, password.as_ref());
    let origin = origin(&request);
    let identities = &api.app.identities;
    identities
        .unlink(&user.0, &identity, proof, None, &origin)
        .await?;
    let message = "The identity has been removed.";
    Ok(answer::json(StatusCode::OK, &Done { message }))
}

/// Re-verify a linked identity's connection.
#[utoipa::path(
    context_path = "",
    tag = "users and profile",
    request_body = IdentityRef,
    responses(
        (status = 200, description = "The identity.", body = IdentityObject),
        ErrorObject,
    ),
    security(("cookie" = [])),
)]
#[post("/api/user/identities/verify/")]
pub(super) async fn verify_identity(
    request: HttpRequest,
    user: CookieUser,
    api: web::Data<Api>,
    body: Body,
) -> Result<HttpResponse, Failure> {
    let object = body.read(AUTH_LIMIT).await?.object()?;
    let id = Fields::read_known(object, |f| f.required("id", string(identity_id)))?;
    let identity = id.ok_or(IdentityRule::NotFound)?;
    let identities = &api.app.identities;
    let checked = identities
        .verify(&user.0, identity, &origin(&request))
        .await?;
    Ok(answer::json(
        StatusCode::OK,
        &IdentityObject::from(&checked),
    ))
}

/// The id that a text spells; none is that of no identity.
#[expect(clippy::unnecessary_wraps, reason = "reads a field")]
fn identity_id(text: &str) -> Result<Option<IdentityId>, Invalid> {
    Ok(text.trim().parse().ok())
}

async fn find(api: &Api, user: &CookieUser, id: Option<IdentityId>) -> Result<Identity, Failure> {
    let id = id.ok_or(IdentityRule::NotFound)?;
    let found = api.app.identities.find(user.0.account.id, id).await?;
    Ok(found.ok_or(IdentityRule::NotFound)?)
}
