use actix_web::guard::GuardContext;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, get, web};
use vestibule_domain::api_keys::Scope;
use vestibule_domain::users::EmailAddress;

use super::error::Failure;
use super::shapes::{ErrorObject, FoundUser};
use crate::answer;
use crate::api::Api;
use crate::auth::Caller;
use crate::problem::Problem;

/// The path of the default account looks like that of an address, and has
/// methods of its own.
fn is_no_other_path(context: &GuardContext<'_>) -> bool {
    !context.head().uri.path().ends_with("/default-account/")
}

/// Find a user by the registered e-mail address.
///
/// A key with the scope `users:read` sees any user whole, and users see
/// themselves so; a member of a common account sees id, address and names.
#[utoipa::path(
    context_path = "",
    tag = "users",
    params(("email" = String, Path, description = "The registered address.")),
    responses(
        (status = 200, description = "The user.", body = FoundUser),
        (status = 404, description = "There is no such user, or none that the caller may see.", body = ErrorObject),
        (status = "default", description = "Refused, or failed.", body = ErrorObject),
    ),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[get("/users/{email}/", guard = "is_no_other_path")]
pub(super) async fn find_user(
    caller: Caller,
    path: web::Path<String>,
    api: web::Data<Api>,
) -> Result<HttpResponse, Failure> {
    let email = EmailAddress::parse(&path).map_err(|_| Problem::not_found())?;
    let found = api.app.users.by_email(&email).await?;
    let found = found.ok_or_else(Problem::not_found)?;
    let account = &*found;
    let object = if caller.allows(Scope::UsersRead) {
        FoundUser::Whole(account.into())
    } else {
        let viewer = caller.user().map_err(|_| Problem::not_found())?;
        let organizations = &api.app.organizations;
        if viewer.id == account.id {
            FoundUser::Whole(account.into())
        } else if organizations.in_common(viewer.id, account.id).await? {
            FoundUser::Colleague(account.into())
        } else {
            return Err(Problem::not_found().into());
        }
    };
    Ok(answer::json(StatusCode::OK, &object))
}
