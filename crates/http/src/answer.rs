//! Answers with a representation: JSON, entity tag, conditional requests.

use actix_web::http::header::{self, EntityTag, Header as _, HeaderValue, IfMatch, IfNoneMatch};
use actix_web::http::{Method, StatusCode};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use aws_lc_rs::digest;
use serde::Serialize;
use vestibule_domain::kernel::Version;

use crate::problem::Problem;

pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// Private data may be kept by the client, and must be asked for again.
const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-cache");

/// What is the same for everybody and changes with a release only: an hour.
const PUBLIC: HeaderValue = HeaderValue::from_static("public, max-age=3600");

/// One object's JSON and its entity tag.
#[derive(Clone)]
pub(crate) struct Representation {
    body: Bytes,
    tag: HeaderValue,
}

impl Representation {
    /// Renders an object.
    pub(crate) fn of(object: &impl Serialize) -> Self {
        // Own types with text keys cannot fail to serialize.
        Self::from_json(serde_json::to_vec(object).unwrap_or_default())
    }

    /// Renders an object whose tag is that of `tagged`: what is left out there,
    /// such as bookkeeping, may move without making the object another one.
    pub(crate) fn tagged_as(object: &impl Serialize, tagged: &impl Serialize) -> Self {
        let tag = tag_of(&serde_json::to_vec(tagged).unwrap_or_default());
        Self {
            tag,
            ..Self::of(object)
        }
    }

    /// An object that is rendered already.
    pub(crate) fn from_json(body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let tag = tag_of(&body);
        Self { body, tag }
    }

    /// Answers a GET, with 304 when the client has this very representation.
    pub(crate) fn get(&self, request: &HttpRequest) -> HttpResponse {
        if request.method() == Method::GET
            && request.headers().contains_key(header::IF_NONE_MATCH)
            && self.is_known(request)
        {
            let mut response = HttpResponse::new(StatusCode::NOT_MODIFIED);
            response
                .headers_mut()
                .insert(header::ETAG, self.tag.clone());
            response
                .headers_mut()
                .insert(header::CACHE_CONTROL, PRIVATE);
            return response;
        }
        self.answer(StatusCode::OK)
    }

    /// The same for what is no one's own: everybody may keep it for an hour.
    pub(crate) fn get_public(&self, request: &HttpRequest) -> HttpResponse {
        let mut response = self.get(request);
        response.headers_mut().insert(header::CACHE_CONTROL, PUBLIC);
        response
    }

    /// Answers with the representation.
    pub(crate) fn answer(&self, status: StatusCode) -> HttpResponse {
        let mut response = HttpResponse::with_body(status, self.body.clone()).map_into_boxed_body();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, JSON);
        headers.insert(header::ETAG, self.tag.clone());
        headers.insert(header::CACHE_CONTROL, PRIVATE);
        response
    }

    /// The version that a write must find, when the client insists by
    /// `If-Match` on the representation that it saw: 412 when this is not it.
    pub(crate) fn expected(
        &self,
        request: &HttpRequest,
        version: Version,
    ) -> Result<Option<Version>, Problem> {
        if !insists(request) {
            return Ok(None);
        }
        match IfMatch::parse(request) {
            Ok(IfMatch::Any) => Ok(None),
            Ok(IfMatch::Items(tags)) if tags.iter().any(|tag| self.is(tag)) => Ok(Some(version)),
            _ => Err(Problem::stale()),
        }
    }

    fn is_known(&self, request: &HttpRequest) -> bool {
        match IfNoneMatch::parse(request) {
            Ok(IfNoneMatch::Any) => true,
            Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|tag| self.tag_text() == tag.tag()),
            Err(_) => false,
        }
    }

    fn is(&self, tag: &EntityTag) -> bool {
        !tag.weak && self.tag_text() == tag.tag()
    }

    fn tag_text(&self) -> &str {
        self.tag.to_str().unwrap_or("").trim_matches('"')
    }
}

/// Whether the client insists on the state that it saw.
pub(crate) fn insists(request: &HttpRequest) -> bool {
    request.headers().contains_key(header::IF_MATCH)
}

/// Answers with JSON that is no object of its own: no entity tag, not kept.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> HttpResponse {
    rendered(status, serde_json::to_vec(body).unwrap_or_default())
}

/// The same for JSON that is rendered already.
pub(crate) fn rendered(status: StatusCode, body: impl Into<Bytes>) -> HttpResponse {
    let mut response = HttpResponse::with_body(status, body.into()).map_into_boxed_body();
    response.headers_mut().insert(header::CONTENT_TYPE, JSON);
    response
}

/// A strong tag: the first 128 bits of SHA-256 in hex.
fn tag_of(body: &[u8]) -> HeaderValue {
    let hash = digest::digest(&digest::SHA256, body);
    let mut tag = [b'"'; 34];
    write_hex(hash.as_ref(), &mut tag[1..33]);
    HeaderValue::from_bytes(&tag).unwrap_or_else(|_| HeaderValue::from_static("\"\""))
}

/// Writes bytes in hex, as many as there is room for.
pub(crate) fn write_hex(bytes: &[u8], hex: &mut [u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for (byte, pair) in bytes.iter().zip(hex.chunks_exact_mut(2)) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
}
