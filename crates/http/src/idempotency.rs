//! `Idempotency-Key`: a retry gets the first answer again.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use vestibule_domain::idempotency::{Begun, IdempotencyError, OnceScope, Ticket};
use vestibule_domain::kernel::{Invalid, Once};

use crate::answer::{self, Representation};
use crate::api::{Api, header_value};
use crate::body::JsonBody;
use crate::problem::Problem;

const HEADER: &str = "idempotency-key";

/// What to do with a request.
pub(crate) enum Attempt {
    /// It was answered before.
    Replay(HttpResponse),
    /// Carry it out.
    Run(Permit),
}

/// The right to carry out a request, with or without a key.
pub(crate) struct Permit(Option<Ticket>);

/// An answer as it is kept for replays.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct KeptAnswer {
    status: u16,
    location: Option<String>,
    tagged: bool,
    body: String,
}

impl KeptAnswer {
    /// 201 with an object, its address and its entity tag.
    pub(crate) fn created(location: String, object: &impl Serialize) -> Self {
        Self {
            location: Some(location),
            ..Self::object(StatusCode::CREATED, object)
        }
    }

    /// An object with its entity tag.
    pub(crate) fn object(status: StatusCode, object: &impl Serialize) -> Self {
        Self {
            tagged: true,
            ..Self::plain(status, object)
        }
    }

    /// JSON with secrets, which the client must not keep, and the address of
    /// what was made.
    pub(crate) fn secret(status: StatusCode, location: String, body: &impl Serialize) -> Self {
        Self {
            location: Some(location),
            ..Self::plain(status, body)
        }
    }

    /// JSON that is no object of its own.
    pub(crate) fn plain(status: StatusCode, body: &impl Serialize) -> Self {
        Self {
            status: status.as_u16(),
            location: None,
            tagged: false,
            body: serde_json::to_string(body).unwrap_or_default(),
        }
    }

    /// The answer, the first time and each time again.
    pub(crate) fn respond(self) -> HttpResponse {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        let mut response = if self.tagged {
            Representation::from_json(self.body).answer(status)
        } else {
            answer::rendered(status, self.body)
        };
        if let Some(location) = self.location {
            response
                .headers_mut()
                .insert(header::LOCATION, header_value(&location));
        }
        response
    }
}

impl Permit {
    /// The record that commits with the command; `keep` makes the answer.
    pub(crate) fn once<A>(
        &self,
        keep: impl Fn(&A) -> KeptAnswer + Send + Sync + 'static,
    ) -> Option<Once<A>> {
        self.0.as_ref().map(|ticket| {
            ticket.once(move |outcome| serde_json::to_vec(&keep(outcome)).unwrap_or_default())
        })
    }
}

/// Carries a request out that may bear a key, and answers it; or answers the
/// retry of one. `answer` makes the answer, the first time and for replays.
pub(crate) async fn answer_once<A, E, F>(
    api: &web::Data<Api>,
    request: &HttpRequest,
    caller: OnceScope,
    body: &JsonBody,
    answer: impl Fn(&Api, &A) -> KeptAnswer + Copy + Send + Sync + 'static,
    carry_out: impl FnOnce(Option<Once<A>>) -> F,
) -> Result<HttpResponse, Problem>
where
    F: Future<Output = Result<A, E>>,
    Problem: From<E>,
{
    let permit = match begin(api, request, caller, body).await? {
        Attempt::Replay(response) => return Ok(response),
        Attempt::Run(permit) => permit,
    };
    let kept_by = api.clone();
    let once = permit.once(move |outcome| answer(&kept_by, outcome));
    let outcome = carry_out(once).await?;
    Ok(answer(api, &outcome).respond())
}

/// Begins a request that may bear a key.
pub(crate) async fn begin(
    api: &Api,
    request: &HttpRequest,
    caller: OnceScope,
    body: &JsonBody,
) -> Result<Attempt, Problem> {
    let Some(key) = key_of(request)? else {
        return Ok(Attempt::Run(Permit(None)));
    };
    let begun = api
        .app
        .idempotency
        .begin(caller, request.path(), key, body.bytes())
        .await;
    match begun {
        Ok(Begun::Run(ticket)) => Ok(Attempt::Run(Permit(Some(ticket)))),
        Ok(Begun::Replay(kept)) => {
            let kept: KeptAnswer =
                serde_json::from_slice(&kept).map_err(|_| Problem::internal())?;
            let mut response = kept.respond();
            response.headers_mut().insert(
                header::HeaderName::from_static("idempotency-replayed"),
                HeaderValue::from_static("true"),
            );
            Ok(Attempt::Replay(response))
        }
        Err(IdempotencyError::StillRunning) => Err(Problem::new(
            StatusCode::CONFLICT,
            "still_running",
            "The request with this Idempotency-Key is still being carried out.",
        )),
        Err(IdempotencyError::Mismatch) => Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "idempotency_key_reused",
            "This Idempotency-Key was used with another body. Use a new key.",
        )),
        Err(IdempotencyError::Store(error)) => Err(error.into()),
    }
}

fn key_of(request: &HttpRequest) -> Result<Option<&str>, Problem> {
    let Some(value) = request.headers().get(HEADER) else {
        return Ok(None);
    };
    value
        .to_str()
        .ok()
        .filter(|key| {
            (1..=255).contains(&key.len()) && key.bytes().all(|b| (0x20..0x7f).contains(&b))
        })
        .map(Some)
        .ok_or_else(|| {
            let invalid = Invalid::new("invalid", "Use 1 to 255 printable ASCII characters.");
            Problem::fields(invalid.at("Idempotency-Key"))
        })
}
