//! The `OpenAPI` document, interactive documentation from the binary itself, and
//! the public keys.

use std::io::{self, Read};
use std::sync::Arc;

use actix_web::http::header::{
    self, AcceptEncoding, ContentEncoding, Encoding, Header, HeaderValue,
};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, ResponseError as _, web};
use flate2::read::GzDecoder;
use serde_json::{Value, json};
use utoipa_swagger_ui::Config;

use crate::answer;
use crate::api::Api;
use crate::document::Document;
use crate::problem::Problem;

const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'",
);
const PUBLIC: HeaderValue = HeaderValue::from_static("public, max-age=300");
/// Absolute addresses: the page is served with and without its trailing slash.
const PAGE: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Vestibule API</title>
<link rel="stylesheet" href="/api/docs/swagger-ui.css">
<link rel="icon" type="image/png" sizes="32x32" href="/api/docs/favicon-32x32.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/api/docs/swagger-ui-bundle.js"></script>
<script src="/api/docs/swagger-ui-standalone-preset.js"></script>
<script src="/api/docs/start.js"></script>
</body>
</html>
"#;
/// `URLS` stands for the documents that the page offers.
const START: &str = r##"SwaggerUIBundle({
  urls: URLS,
  dom_id: "#swagger-ui",
  deepLinking: true,
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
  layout: "StandaloneLayout",
  validatorUrl: null,
});
"##;

/// The documents and the files of the documentation page.
pub(crate) struct Docs {
    native: Document,
    /// Those of the dialects, by file name.
    dialects: Vec<(String, Document)>,
    start: String,
    files: Arc<Config<'static>>,
}

impl Docs {
    /// Of the native document, and of the dialects by name and title.
    pub(crate) fn new<'a>(
        native: Document,
        dialects: impl IntoIterator<Item = (&'a str, &'a str, Document)>,
    ) -> Self {
        let mut urls = vec![json!({"url": "/api/openapi.json", "name": "Native API"})];
        let mut files = Vec::new();
        for (name, title, dialect) in dialects {
            let file = format!("{name}.json");
            urls.push(json!({"url": format!("/api/openapi/{file}"), "name": title}));
            files.push((file, dialect));
        }
        Self {
            native,
            dialects: files,
            start: START.replacen("URLS", &Value::from(urls).to_string(), 1),
            files: Arc::new(Config::from("/api/openapi.json")),
        }
    }
}

/// Registers what is served beside the API.
#[expect(
    clippy::disallowed_methods,
    reason = "these describe the API and are not part of it"
)]
pub(crate) fn register(config: &mut web::ServiceConfig) {
    config
        .route("/api/openapi.json/", web::get().to(document))
        .route("/api/openapi/{file}/", web::get().to(dialect))
        .route("/api/docs/", web::get().to(page))
        .route("/api/docs/{file}/", web::get().to(file))
        .route("/.well-known/jwks.json/", web::get().to(jwks));
}

async fn document(request: HttpRequest, docs: web::Data<Docs>) -> HttpResponse {
    listing(&request, &docs.native)
}

async fn dialect(request: HttpRequest, docs: web::Data<Docs>) -> HttpResponse {
    let file = request.match_info().get("file").unwrap_or_default();
    match docs.dialects.iter().find(|(name, _)| name == file) {
        Some((_, document)) => listing(&request, document),
        None => HttpResponse::NotFound().finish(),
    }
}

fn listing(request: &HttpRequest, document: &Document) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CONTENT_TYPE, answer::JSON))
        .insert_header((header::CACHE_CONTROL, PUBLIC));
    packed(request, response, document.packed())
}

async fn jwks(api: web::Data<Api>) -> HttpResponse {
    let mut response = answer::json(actix_web::http::StatusCode::OK, &(api.jwks)());
    response.headers_mut().insert(header::CACHE_CONTROL, PUBLIC);
    response
}

async fn page() -> HttpResponse {
    asset("text/html; charset=utf-8").body(PAGE)
}

async fn file(request: HttpRequest, docs: web::Data<Docs>) -> HttpResponse {
    let name = request.match_info().get("file").unwrap_or_default();
    if name == "start.js" {
        return asset("text/javascript; charset=utf-8").body(docs.start.clone());
    }
    // The page of the vendored files would load its documentation from elsewhere.
    if name == "index.html" || name == "swagger-initializer.js" {
        return HttpResponse::NotFound().finish();
    }
    let Ok(Some(file)) = utoipa_swagger_ui::serve(name, Arc::clone(&docs.files)) else {
        return HttpResponse::NotFound().finish();
    };
    let mut response = asset(&file.content_type);
    let bytes = file.bytes.into_owned();
    if file.gzpipped {
        packed(&request, response, bytes.into())
    } else {
        response.body(bytes)
    }
}

/// Sends compressed bytes to those who take them, and inflated ones to others.
fn packed(
    request: &HttpRequest,
    mut response: HttpResponseBuilder,
    bytes: web::Bytes,
) -> HttpResponse {
    response.insert_header((header::VARY, "accept-encoding"));
    if takes_gzip(request) {
        return response.insert_header(ContentEncoding::Gzip).body(bytes);
    }
    match inflated(&bytes) {
        Ok(bytes) => response.body(bytes),
        Err(_) => Problem::internal().error_response(),
    }
}

fn takes_gzip(request: &HttpRequest) -> bool {
    let gzip = Encoding::gzip();
    AcceptEncoding::parse(request)
        .is_ok_and(|accepted| accepted.negotiate([&gzip].into_iter()) == Some(gzip.clone()))
}

fn inflated(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut inflated = Vec::new();
    GzDecoder::new(bytes).read_to_end(&mut inflated)?;
    Ok(inflated)
}

fn asset(content_type: &str) -> HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CONTENT_TYPE, content_type))
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((header::CACHE_CONTROL, PUBLIC));
    response
}
