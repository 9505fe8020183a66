use actix_web::{HttpRequest, HttpResponse, get, web};
use utoipa::IntoParams;
use vestibule_domain::users::{EmailAddress, ListUsers};

use crate::api::Api;
use crate::auth::StaffCaller;
use crate::native::admin::users::PATH;
use crate::native::admin::users::object::AdminUser;
use crate::paging::{Listing, PageParams, Query};
use crate::problem::Problem;

/// Which users are wanted.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `read` reads")]
pub(crate) struct UserFilters {
    /// Part of the username, e-mail address or a name.
    #[param(nullable = false, pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*$")]
    search: Option<String>,
    /// Exactly this e-mail address.
    #[param(nullable = false, format = Email)]
    email: Option<String>,
}

fn read(query: &mut Query) -> ListUsers {
    let text = |text: &str| Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty()));
    ListUsers {
        search: query.filter("search", text).flatten(),
        email: query.filter("email", EmailAddress::parse),
    }
}

/// List users.
///
/// Newest first.
#[utoipa::path(
    context_path = "",
    tag = "admin",
    params(UserFilters, PageParams),
    responses((status = 200, description = "A page of users.", body = Listing<AdminUser>)),
    security(("bearer" = []), ("api_key" = []), ("cookie" = [])),
)]
#[get("/users/")]
pub(crate) async fn list_users(
    request: HttpRequest,
    caller: StaffCaller,
    api: web::Data<Api>,
) -> Result<HttpResponse, Problem> {
    let mut query = Query::of(&request)?;
    let filter = read(&mut query);
    let wanted = query.page(caller.caller.page_size())?;
    let page = api.app.users.list(&caller.staff, filter, wanted).await?;
    Ok(query.answer(
        &api,
        PATH,
        &wanted,
        &page,
        |account| account.id,
        |account| AdminUser::of(account, &api.app),
    ))
}
