//! Errors on their way out, and their native shape: problem documents (RFC 9457).

use std::borrow::Cow;
use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;
use vestibule_domain::credentials::HashError;
use vestibule_domain::kernel::{FieldError, FieldErrors, StoreError};
use vestibule_domain::throttling::Throttled;

use crate::api::header_value;

/// How the errors of one API look: its routes' problems are written by it,
/// those of the framework among them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) content_type: &'static str,
    /// The body, given the request's id.
    pub(crate) render: fn(&Problem, &str) -> Vec<u8>,
}

/// The shape of the native API.
pub(crate) const NATIVE: Shape = Shape {
    content_type: "application/problem+json",
    render: Problem::render,
};

/// Seconds after which a client may try again when the service is overloaded.
const RETRY_AFTER: &str = "1";

/// An error on its way out. The middleware adds the request id and writes the
/// document, so that framework errors and those of handlers look alike.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: Cow<'static, str>,
    errors: Vec<FieldError>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// A problem document, `application/problem+json` (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemDocument<'a> {
    /// Always `about:blank`: `status` and `code` tell the kind.
    #[serde(rename = "type")]
    kind: &'a str,
    /// The status in words.
    title: &'a str,
    /// The HTTP status code.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What was wrong, for people.
    detail: &'a str,
    /// What was wrong, for programs.
    code: &'a str,
    /// The request's id, as in `X-Request-Id` and the logs.
    request_id: &'a str,
    /// The refused fields, all at once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(nullable = false, required = false)]
    errors: Vec<ProblemField<'a>>,
}

/// A refused field.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProblemField<'a> {
    /// Dotted path of the field.
    field: &'a str,
    /// What was wrong, for programs.
    code: &'a str,
    /// What was wrong and what would be right, for people.
    message: &'a str,
}

impl Problem {
    /// A problem with a status, a code and a sentence.
    pub(crate) fn new(
        status: StatusCode,
        code: &'static str,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            errors: Vec::new(),
            headers: Vec::new(),
        }
    }

    /// 400 for input that is no JSON object, or not one that can be read.
    pub(crate) fn malformed(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed", detail)
    }

    /// 400 with every refused field.
    pub(crate) fn fields(errors: impl Into<FieldErrors>) -> Self {
        let mut problem = Self::new(
            StatusCode::BAD_REQUEST,
            "invalid",
            "Some fields are not valid; see errors.",
        );
        problem.errors = errors.into().into_vec();
        problem
    }

    /// 401 without any usable credential.
    pub(crate) fn unauthenticated() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "not_authenticated",
            "Sign in first: send an access token as Authorization: Bearer.",
        )
        .with(header::WWW_AUTHENTICATE, "Bearer realm=\"vestibule\"")
    }

    /// 401 for a credential that is not valid.
    pub(crate) fn invalid_token() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "invalid_token",
            "The credential is unknown, expired or revoked. Sign in again.",
        )
        .with(
            header::WWW_AUTHENTICATE,
            "Bearer realm=\"vestibule\", error=\"invalid_token\"",
        )
    }

    /// 403.
    pub(crate) fn forbidden(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", detail)
    }

    /// 404.
    pub(crate) fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "There is nothing at this address.",
        )
    }

    /// 412 for an `If-Match` that no longer holds.
    pub(crate) fn stale() -> Self {
        Self::new(
            StatusCode::PRECONDITION_FAILED,
            "stale",
            "The object has changed since you read it. Read it again, then retry.",
        )
    }

    /// 409 for a quota.
    pub(crate) fn quota(detail: String) -> Self {
        Self::new(StatusCode::CONFLICT, "quota_exceeded", detail)
    }

    /// 429: too many attempts. `RateLimit-*` as in
    /// draft-ietf-httpapi-ratelimit-headers-03, seconds rounded up.
    pub(crate) fn throttled(throttled: Throttled) -> Self {
        let (limit, seconds) = (throttled.limit, throttled.seconds());
        let name = HeaderName::from_static;
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_requests",
            format!("That was tried too often. Try again in {seconds} s."),
        )
        .with_value(header::RETRY_AFTER, header_value(&seconds.to_string()))
        .with_value(name("ratelimit-limit"), header_value(&limit.to_string()))
        .with(name("ratelimit-remaining"), "0")
        .with_value(name("ratelimit-reset"), header_value(&seconds.to_string()))
    }

    /// 503: overloaded or without a database.
    pub(crate) fn unavailable() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "The service cannot answer right now. Try again shortly.",
        )
        .with(header::RETRY_AFTER, RETRY_AFTER)
    }

    /// 500, whose cause stands in the log only.
    pub(crate) fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Something went wrong on our side.",
        )
    }

    /// What stands for an error that the framework answered by itself.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::not_found(),
            StatusCode::SERVICE_UNAVAILABLE => Self::unavailable(),
            StatusCode::INTERNAL_SERVER_ERROR => Self::internal(),
            StatusCode::PAYLOAD_TOO_LARGE => {
                Self::new(status, "too_large", "The request body is too large.")
            }
            _ if status.is_server_error() => Self::internal(),
            _ => Self::new(status, "malformed", "The request cannot be read."),
        }
    }

    /// Adds a header to the answer.
    #[must_use]
    pub(crate) fn with(mut self, name: HeaderName, value: &'static str) -> Self {
        self.headers.push((name, HeaderValue::from_static(value)));
        self
    }

    /// Adds a header whose value is made at run time.
    #[must_use]
    pub(crate) fn with_value(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Says it in other words.
    #[must_use]
    pub(crate) fn saying(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.detail = detail.into();
        self
    }

    /// What was wrong, for people.
    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    /// Names what stands in the way.
    pub(crate) fn naming(mut self, errors: Vec<FieldError>) -> Self {
        self.errors = errors;
        self
    }

    /// The refused fields.
    pub(crate) fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    /// The document's bytes.
    pub(crate) fn render(&self, request_id: &str) -> Vec<u8> {
        let document = ProblemDocument {
            kind: "about:blank",
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            detail: &self.detail,
            code: self.code,
            request_id,
            errors: self
                .errors
                .iter()
                .map(|error| ProblemField {
                    field: &error.field,
                    code: error.code,
                    message: &error.message,
                })
                .collect(),
        };
        // Strings and numbers alone cannot fail to serialize.
        serde_json::to_vec(&document).unwrap_or_default()
    }
}

impl From<FieldErrors> for Problem {
    fn from(errors: FieldErrors) -> Self {
        Self::fields(errors)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(cause) => {
                tracing::warn!(%cause, "the store is unavailable");
                Self::unavailable()
            }
            // The account is being deleted under the caller's feet.
            StoreError::Missing(_) => Self::invalid_token(),
            StoreError::Conflict => Self::stale(),
            StoreError::Duplicate("once") => Self::new(
                StatusCode::CONFLICT,
                "still_running",
                "The request with this Idempotency-Key was carried out meanwhile. Retry.",
            ),
            StoreError::Duplicate(field) => {
                tracing::error!(field, "a unique value is taken where none can be");
                Self::internal()
            }
            StoreError::Throttled(throttled) => Self::throttled(throttled),
            StoreError::Corrupt { table, column, row } => {
                tracing::error!(table, column, row, "a stored value cannot be read");
                Self::internal()
            }
        }
    }
}

impl From<HashError> for Problem {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Overloaded => Self::unavailable(),
            HashError::Failed(cause) => {
                tracing::error!(%cause, "hashing failed");
                Self::internal()
            }
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::new(self.status);
        for (name, value) in &self.headers {
            response.headers_mut().append(name.clone(), value.clone());
        }
        response.extensions_mut().insert(self.clone());
        response
    }
}
