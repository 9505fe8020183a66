use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, get, web};
use utoipa::IntoParams;
use vestibule_domain::credentials::StepUpError;
use vestibule_domain::kernel::{Invalid, Secret};
use vestibule_domain::messages::Author;

use crate::answer;
use crate::api::Api;
use crate::auth::SessionUser;
use crate::native::personal_data::object::ExportObject;
use crate::problem::Problem;

/// A GET has no body, and a query stands in logs.
const HEADER: &str = "X-Current-Password";

/// Who asks for the export.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct CurrentPassword {
    /// Your password, in UTF-8; not needed within 5 minutes of a login.
    #[param(
        rename = "X-Current-Password",
        nullable = false,
        max_length = 1024,
        pattern = "^[!-~]([ -~]*[!-~])?$"
    )]
    current_password: Option<String>,
}

fn password(request: &HttpRequest) -> Result<Option<Secret>, Problem> {
    let mut values = request.headers().get_all(HEADER);
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let text = str::from_utf8(value.as_bytes()).ok();
    if let Some(text) = text.filter(|_| values.next().is_none()) {
        Ok(Some(Secret::new(text)))
    } else {
        let invalid = Invalid::new("invalid", "Send one password in UTF-8.");
        Err(Problem::fields(invalid.at(HEADER)))
    }
}

/// Which field a wrong password is an error of depends on the request.
fn refused(error: StepUpError) -> Problem {
    match error {
        StepUpError::Incorrect(invalid) => Problem::fields(invalid.at(HEADER)),
        StepUpError::Required => Problem::new(
            StatusCode::FORBIDDEN,
            "reauthentication_required",
            "Send the header X-Current-Password, or sign in again and retry within 5 minutes.",
        ),
        other => other.into(),
    }
}

/// Export your data.
///
/// All that is kept about you, in the shapes of the other endpoints.
#[utoipa::path(
    context_path = "",
    tag = "user",
    params(CurrentPassword),
    responses((status = 200, description = "All of it.", body = ExportObject)),
    security(("bearer" = []), ("cookie" = [])),
)]
#[get("/me/export/")]
pub(crate) async fn export_me(
    request: HttpRequest,
    user: SessionUser,
    api: web::Data<Api>,
) -> Result<HttpResponse, Problem> {
    let password = password(&request)?;
    let personal_data = &api.app.personal_data;
    let export = personal_data.export(&user.0, password.as_ref()).await;
    let export = export.map_err(refused)?;
    let author = Author::from(&*export.account);
    let organizations = api.app.organizations.all_of(user.id()).await?;
    let object = ExportObject::of(&export, &api.app, &author).with_organizations(&organizations);
    let mut response = answer::json(StatusCode::OK, &object);
    response.headers_mut().insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment; filename=\"account.json\""),
    );
    Ok(response)
}
