//! The `OpenAPI` documents, made from the code that answers. Tests compare them
//! with what is committed in `docs/`; nothing that runs makes them.

use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::request_body::RequestBody;
use utoipa::openapi::schema::{SchemaType, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, OpenApi, Paths, Ref, RefOr, Response, ResponseBuilder, Schema};
use utoipa::{OpenApi as _, ToSchema as _};

use crate::compat::listed;
use crate::native;
use crate::problem::{ProblemDocument, ProblemField};
use crate::registrar::Listing;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Vestibule",
        description = "Users and accounts: profile, preferences, password and sessions, listing eligibility, push devices, organizations, support inquiries.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    components(schemas(ProblemDocument, ProblemField)),
    tags(
        (name = "auth", description = "Registration, login and what follows."),
        (name = "user", description = "The signed-in user."),
        (name = "sessions", description = "Where the signed-in user is signed in."),
        (name = "addresses", description = "Postal addresses of the signed-in user."),
        (name = "avatars", description = "Pictures of users."),
        (name = "devices", description = "Push devices of the signed-in user."),
        (name = "identities", description = "Accounts at other providers that the signed-in user has linked."),
        (name = "local-info", description = "What clients offer to choose from."),
        (name = "messages", description = "Messages of users."),
        (name = "organizations", description = "Organizations, their members, and invitations to them."),
        (name = "companies", description = "Companies of the signed-in user."),
        (name = "support", description = "Support inquiries of the signed-in user."),
        (name = "admin", description = "For staff."),
    ),
)]
struct Base;

/// The document of every route of the API, with all its errors.
pub fn document() -> OpenApi {
    let mut document = of_routes(base(), |listing| {
        native::register_hottest(listing);
        native::register(listing);
    });
    for (path, operation) in operations(&mut document) {
        add_problems(path, operation);
    }
    let schemas = document.components.iter_mut();
    schemas
        .flat_map(|components| components.schemas.values_mut())
        .for_each(describe_text);
    document
}

/// The documents of the dialects, by name, each at its published paths.
pub fn dialect_documents() -> Vec<(&'static str, OpenApi)> {
    let dialects = listed().into_iter();
    dialects
        .map(|(name, title, list)| (name, of_routes(of_dialect(title), list)))
        .collect()
}

/// `base` with the routes that `register` lists.
fn of_routes(base: OpenApi, register: impl FnOnce(&mut Listing)) -> OpenApi {
    let mut listing = Listing::default();
    register(&mut listing);
    let mut document = listing.into_document(base);
    let bodies = operations(&mut document).filter_map(|(_, operation)| {
        let body = &mut operation.request_body;
        body.as_mut()
    });
    bodies.for_each(drop_null);
    document
}

/// Path and operation of each route.
fn operations(document: &mut OpenApi) -> impl Iterator<Item = (&String, &mut Operation)> {
    document.paths.paths.iter_mut().flat_map(|(path, item)| {
        let operations = [
            &mut item.get,
            &mut item.put,
            &mut item.post,
            &mut item.patch,
            &mut item.delete,
        ];
        let operations = operations.into_iter().flatten();
        operations.map(move |operation| (path, operation))
    })
}

/// Says of the lines of text in what clients send what the domain asks of
/// them all: no control characters, and more than white space where something
/// must stand. A field of another kind has a pattern or format already; names to
/// look up and secrets have no bounds or are write-only.
fn describe_text(schema: &mut RefOr<Schema>) {
    let RefOr::T(Schema::Object(object)) = schema else {
        return;
    };
    // Only what is sent is closed; answers may gain fields.
    if object.additional_properties.is_none() {
        return;
    }
    for property in object.properties.values_mut() {
        let RefOr::T(Schema::Object(text)) = property else {
            continue;
        };
        let is_text = match &text.schema_type {
            SchemaType::Type(kind) => *kind == Type::String,
            SchemaType::Array(kinds) => kinds.contains(&Type::String),
            SchemaType::AnyValue => false,
        };
        if is_text
            && text.pattern.is_none()
            && text.format.is_none()
            && text.max_length.is_some()
            && text.write_only != Some(true)
        {
            let pattern = if text.min_length.is_some() {
                "^[^\\x00-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f]*$"
            } else {
                "^[^\\x00-\\x1f\\x7f-\\x9f]*$"
            };
            text.pattern = Some(pattern.to_owned());
        }
    }
}

/// What the document of a dialect says besides its routes.
fn of_dialect(title: &str) -> OpenApi {
    let mut info = Base::openapi().info;
    info.title = format!("{}: {title}", info.title);
    info.description = Some(
        "A published API whose clients work unchanged. What it shows is what the native API shows."
            .to_owned(),
    );
    with_credentials(OpenApi::new(info, Paths::new()))
}

fn base() -> OpenApi {
    with_credentials(Base::openapi())
}

fn with_credentials(mut base: OpenApi) -> OpenApi {
    let components = base.components.get_or_insert_default();
    components.add_security_scheme(
        "bearer",
        SecurityScheme::Http(
            HttpBuilder::new()
                .scheme(HttpAuthScheme::Bearer)
                .description(Some("An access token."))
                .build(),
        ),
    );
    components.add_security_scheme(
        "api_key",
        SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(
            "X-API-Key",
            "An API key.",
        ))),
    );
    components.add_security_scheme(
        "cookie",
        SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
            "vestibule_session",
            "The session cookie that a login sets.",
        ))),
    );
    base
}

/// Adds the errors that follow from what an operation takes.
fn add_problems(path: &str, operation: &mut Operation) {
    let mut problems = vec![("503", "Overloaded, or without a database.")];
    let has_body = operation.request_body.is_some();
    let parameters: Vec<&Parameter> = operation
        .parameters
        .iter()
        .flatten()
        .filter_map(|parameter| match parameter {
            RefOr::T(parameter) => Some(parameter),
            RefOr::Ref(_) => None,
        })
        .collect();
    let has_query = parameters
        .iter()
        .any(|parameter| parameter.parameter_in == ParameterIn::Query);
    let has_header = |name: &str| parameters.iter().any(|parameter| parameter.name == name);
    let takes_password = has_header("X-Current-Password");
    if has_body || has_query || takes_password || has_header("Idempotency-Key") {
        problems.push(("400", "Malformed, or some fields are not valid."));
    }
    if takes_password {
        problems.push(("429", "Too many passwords: see Retry-After."));
    }
    if has_body {
        problems.extend([
            ("408", "The body did not arrive in time."),
            ("413", "The body is too large."),
            ("415", "The body is not JSON."),
            (
                "429",
                "Too many passwords, registrations or mails: see Retry-After.",
            ),
        ]);
    }
    if operation.security.is_some() {
        problems.extend([
            ("401", "No credential, or one that is not valid."),
            ("403", "Not allowed."),
        ]);
    } else if has_body {
        problems.extend([
            ("401", "The credentials are not valid."),
            ("403", "The account is suspended."),
        ]);
    }
    if path.contains('{') {
        problems.push(("404", "There is no such object of yours."));
    }
    if has_header("Idempotency-Key") {
        problems.push(("422", "The Idempotency-Key was used with another body."));
    }
    if has_body {
        problems.push(("409", "Conflict: taken, over a quota, or still running."));
    }
    if has_header("If-Match") {
        problems.push(("412", "The object has changed since you read it."));
    }
    for (status, description) in problems {
        operation
            .responses
            .responses
            .entry(status.to_owned())
            .or_insert_with(|| problem_response(description).into());
    }
}

/// A body that is optional may be left out; utoipa says that it may be `null`.
fn drop_null(body: &mut RefOr<RequestBody>) {
    let RefOr::T(body) = body else { return };
    for content in body.content.values_mut() {
        if let RefOr::T(content) = content
            && let Some(RefOr::T(Schema::OneOf(choice))) = &mut content.schema
        {
            let body = choice
                .items
                .iter()
                .position(|item| matches!(item, RefOr::Ref(_)));
            content.schema = body.map(|index| choice.items.swap_remove(index));
        }
    }
}

fn problem_response(description: &str) -> Response {
    let schema = RefOr::Ref(Ref::from_schema_name(ProblemDocument::name()));
    ResponseBuilder::new()
        .description(description)
        .content("application/problem+json", Content::new(Some(schema)))
        .build()
}
