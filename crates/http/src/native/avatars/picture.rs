//! Pictures as answers: safe to show on any page, harmless when opened.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, EntityTag, Header as _, HeaderName, HeaderValue, IfNoneMatch};
use actix_web::{HttpRequest, HttpResponse};
use vestibule_domain::avatars::{AvatarKey, AvatarSize, Placeholder};

use crate::api::{Api, header_value};
use crate::paging::Query;
use crate::problem::Problem;

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
/// A picture is shown on pages of other origins.
const CROSS_ORIGIN: HeaderValue = HeaderValue::from_static("cross-origin");
/// Opened by itself, a picture may do nothing. The default one has a style.
const POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox");

/// How long a picture may be kept.
pub(super) enum Keep {
    /// Its address never shows another one.
    Forever,
    /// Its address may show another one soon: five minutes.
    Shortly,
}

impl Keep {
    fn header(&self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Forever => "public, max-age=31536000, immutable",
            Self::Shortly => "public, max-age=300",
        })
    }
}

/// The size that is asked for, 256 pixels unless said otherwise.
pub(super) fn size(request: &HttpRequest) -> Result<AvatarSize, Problem> {
    let mut query = Query::of(request)?;
    let size = query.filter("size", AvatarSize::parse);
    query.check()?;
    Ok(size.unwrap_or(AvatarSize::Medium))
}

/// The stored picture; `None` where there is none.
pub(super) async fn stored(
    request: &HttpRequest,
    api: &Api,
    key: &AvatarKey,
    size: AvatarSize,
    keep: &Keep,
) -> Result<Option<HttpResponse>, Problem> {
    let webp = api.app.avatars.picture(key, size).await?;
    let tag = format!("{key}-{size}");
    Ok(webp.map(|webp| answer(request, "image/webp", &tag, webp, keep)))
}

/// The picture of who has none.
pub(super) fn generated(
    request: &HttpRequest,
    placeholder: &Placeholder,
    size: AvatarSize,
) -> HttpResponse {
    let Placeholder { initials, hue } = placeholder;
    let square = if size == AvatarSize::Full {
        AvatarSize::Large
    } else {
        size
    };
    // Letters and digits alone: there is nothing to escape.
    let svg = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{square}" height="{square}" viewBox="0 0 64 64" role="img" aria-label="{initials}"><rect width="64" height="64" fill="hsl({hue},45%,42%)"/><text x="32" y="32" dy=".36em" fill="hsl(0,0%,100%)" font-family="sans-serif" font-size="28" text-anchor="middle">{initials}</text></svg>"#
    );
    let tag = format!("{initials}-{hue}-{square}");
    let bytes = svg.into_bytes();
    answer(request, "image/svg+xml", &tag, bytes, &Keep::Shortly)
}

fn answer(
    request: &HttpRequest,
    content_type: &'static str,
    tag: &str,
    bytes: Vec<u8>,
    keep: &Keep,
) -> HttpResponse {
    let tag = EntityTag::new_strong(tag.to_owned());
    let is_known = match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => request.headers().contains_key(header::IF_NONE_MATCH),
        Ok(IfNoneMatch::Items(known)) => known.iter().any(|known| known.weak_eq(&tag)),
        Err(_) => false,
    };
    let mut response = if is_known {
        HttpResponse::new(StatusCode::NOT_MODIFIED)
    } else {
        HttpResponse::Ok().content_type(content_type).body(bytes)
    };
    let headers = response.headers_mut();
    headers.insert(header::ETAG, header_value(&tag.to_string()));
    headers.insert(header::CACHE_CONTROL, keep.header());
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(RESOURCE_POLICY, CROSS_ORIGIN);
    response
}
