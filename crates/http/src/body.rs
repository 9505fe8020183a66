//! Reading request bodies: media type, size and time limits, then JSON or files.

use std::future::{Ready, ready};
use std::time::Duration;

use actix_web::http::header;
use actix_web::http::{Method, StatusCode};
use actix_web::web::{Bytes, BytesMut};
use actix_web::{FromRequest, HttpRequest, dev, web};
use futures_util::StreamExt as _;
use serde_json::{Map, Value};

use crate::json;
use crate::problem::Problem;

/// The largest JSON body: 256 KiB.
pub(crate) const JSON_LIMIT: usize = 256 * 1024;
/// The largest body of an authentication call: 16 KiB.
pub(crate) const AUTH_LIMIT: usize = 16 * 1024;

/// Media type of forms with files.
pub(crate) const MULTIPART: &str = "multipart/form-data";
const FORM: &str = "application/x-www-form-urlencoded";

/// A body must have arrived after this time.
pub(crate) const READ_TIMEOUT: Duration = Duration::from_secs(15);
/// How much of a refused body is read on, so that the client sees the answer.
pub(crate) const DRAIN_BYTES: usize = 2 * 1024 * 1024;
pub(crate) const DRAIN_TIME: Duration = Duration::from_secs(1);

/// A body that is still to be read: what needs no body is checked before.
pub(crate) struct Body {
    request: HttpRequest,
    payload: dev::Payload,
}

impl FromRequest for Body {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        ready(Ok(Self {
            request: request.clone(),
            payload: payload.take(),
        }))
    }
}

/// A JSON body as it arrived.
pub(crate) struct JsonBody {
    bytes: Bytes,
    /// An empty body counts as `{}`.
    may_be_empty: bool,
}

impl Body {
    /// Reads the body: 415 for another media type than JSON, 413 past `limit`
    /// bytes, 408 when it takes more than 15 s.
    pub(crate) async fn read(mut self, limit: usize) -> Result<JsonBody, Problem> {
        let bytes = self.receive(limit).await?;
        self.check_media_type("application/json", bytes.is_empty())?;
        Ok(JsonBody {
            bytes,
            may_be_empty: matches!(*self.request.method(), Method::POST | Method::DELETE),
        })
    }

    /// The object of a JSON body, or the fields of a form
    /// (`application/x-www-form-urlencoded`), each once and as a string; the
    /// errors of [`Body::read`].
    pub(crate) async fn read_form_or_json(
        mut self,
        limit: usize,
    ) -> Result<Map<String, Value>, Problem> {
        if !self.is(FORM) {
            return self.read(limit).await?.object();
        }
        let bytes = self.receive(limit).await?;
        let pairs = str::from_utf8(&bytes)
            .ok()
            .and_then(|text| web::Query::<Vec<(String, String)>>::from_query(text).ok())
            .ok_or_else(|| Problem::malformed("The form cannot be read."))?;
        let mut object = Map::new();
        for (name, value) in pairs.into_inner() {
            if object.insert(name, Value::String(value)).is_some() {
                return Err(Problem::malformed("A field stands twice in the form."));
            }
        }
        Ok(object)
    }

    /// The same for an upload, of the media type `multipart/form-data`; it is
    /// looked at before the body is read, which may be large.
    pub(crate) async fn read_upload(
        mut self,
        limit: usize,
    ) -> Result<(HttpRequest, Bytes), Problem> {
        self.check_media_type(MULTIPART, false)?;
        let bytes = self.receive(limit).await?;
        Ok((self.request, bytes))
    }

    /// Whether the body says that it is of this media type.
    pub(crate) fn is(&self, media_type: &str) -> bool {
        self.essence()
            .is_some_and(|essence| essence.eq_ignore_ascii_case(media_type))
    }

    fn essence(&self) -> Option<&str> {
        let value = self.request.headers().get(header::CONTENT_TYPE)?;
        value.to_str().ok()?.split(';').next().map(str::trim)
    }

    async fn receive(&mut self, limit: usize) -> Result<Bytes, Problem> {
        let declared = self
            .request
            .headers()
            .get(header::CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        if declared.is_some_and(|length| length > limit) {
            return Err(self.too_large(limit).await);
        }
        let Ok(read) = tokio::time::timeout(READ_TIMEOUT, self.collect(limit)).await else {
            return Err(Problem::new(
                StatusCode::REQUEST_TIMEOUT,
                "timeout",
                "The request body did not arrive in time.",
            )
            .with(header::CONNECTION, "close"));
        };
        match read? {
            Some(bytes) => Ok(bytes),
            None => Err(self.too_large(limit).await),
        }
    }

    async fn collect(&mut self, limit: usize) -> Result<Option<Bytes>, Problem> {
        let mut bytes = BytesMut::new();
        while let Some(chunk) = self.payload.next().await {
            let chunk =
                chunk.map_err(|_| Problem::malformed("The request body ended too early."))?;
            if bytes.len() + chunk.len() > limit {
                return Ok(None);
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Some(bytes.freeze()))
    }

    async fn too_large(&mut self, limit: usize) -> Problem {
        let drain = async {
            let mut drained = 0;
            while let Some(Ok(chunk)) = self.payload.next().await {
                drained += chunk.len();
                if drained > DRAIN_BYTES {
                    break;
                }
            }
        };
        // Whether the rest came in time or not, the answer is the same.
        let _ = tokio::time::timeout(DRAIN_TIME, drain).await;
        Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            format!("Send at most {limit} bytes."),
        )
        .with(header::CONNECTION, "close")
    }

    fn check_media_type(&self, wanted: &str, may_lack: bool) -> Result<(), Problem> {
        let headers = self.request.headers();
        let unsupported = |detail| {
            Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                detail,
            )
        };
        if headers
            .get(header::CONTENT_ENCODING)
            .is_some_and(|encoding| encoding.as_bytes() != b"identity")
        {
            return Err(unsupported("Send the body without Content-Encoding."));
        }
        let right = match headers.get(header::CONTENT_TYPE) {
            None => may_lack,
            Some(_) => self.is(wanted),
        };
        if right {
            Ok(())
        } else {
            Err(unsupported(match wanted {
                "application/json" => "Send JSON with Content-Type: application/json.",
                _ => "Send the file as multipart/form-data.",
            }))
        }
    }
}

impl JsonBody {
    /// The bytes, for fingerprints.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The JSON object of the body; `{}` for an empty one of a POST or DELETE.
    pub(crate) fn object(&self) -> Result<Map<String, Value>, Problem> {
        if self.bytes.is_empty() && self.may_be_empty {
            return Ok(Map::new());
        }
        match json::parse(&self.bytes).map_err(Problem::malformed)? {
            Value::Object(object) => Ok(object),
            _ => Err(Problem::malformed("Send a JSON object.")),
        }
    }

    /// The JSON object of a PATCH, which must change something.
    pub(crate) fn changes(&self) -> Result<Map<String, Value>, Problem> {
        let object = self.object()?;
        if object.is_empty() {
            return Err(Problem::malformed("Name at least one field to change."));
        }
        Ok(object)
    }
}
