//! The `OpenAPI` document, interactive documentation from the binary itself, and
//! the public keys.

use std::io::{self, Read};
use std::sync::Arc;

use actix_web::http::header::{
    self, AcceptEncoding, ContentEncoding, Encoding, Header, HeaderValue,
};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use flate2::read::GzDecoder;
use serde_json::{Value, json};
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::Config;

use crate::answer;
use crate::api::Api;

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

/// The rendered document and the files of the documentation page.
pub(crate) struct Docs {
    document: web::Bytes,
    /// The documents of the dialects, by file name.
    dialects: Vec<(String, web::Bytes)>,
    start: String,
    files: Arc<Config<'static>>,
}

impl Docs {
    /// Of the native document, and of the dialects by name and title.
    pub(crate) fn new<'a>(
        document: &OpenApi,
        dialects: impl IntoIterator<Item = (&'a str, &'a str, &'a OpenApi)>,
    ) -> Self {
        let mut urls = vec![json!({"url": "/api/openapi.json", "name": "Native API"})];
        let mut rendered = Vec::new();
        for (name, title, dialect) in dialects {
            let file = format!("{name}.json");
            urls.push(json!({"url": format!("/api/openapi/{file}"), "name": title}));
            rendered.push((file, render(dialect)));
        }
        Self {
            document: render(document),
            dialects: rendered,
            start: START.replacen("URLS", &Value::from(urls).to_string(), 1),
            files: Arc::new(Config::from("/api/openapi.json")),
        }
    }
}

fn render(document: &OpenApi) -> web::Bytes {
    // A document of text and numbers cannot fail to serialize.
    serde_json::to_vec(document).unwrap_or_default().into()
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

async fn document(docs: web::Data<Docs>) -> HttpResponse {
    public(docs.document.clone())
}

async fn dialect(request: HttpRequest, docs: web::Data<Docs>) -> HttpResponse {
    let file = request.match_info().get("file").unwrap_or_default();
    match docs.dialects.iter().find(|(name, _)| name == file) {
        Some((_, document)) => public(document.clone()),
        None => HttpResponse::NotFound().finish(),
    }
}

fn public(document: web::Bytes) -> HttpResponse {
    let mut response = answer::rendered(actix_web::http::StatusCode::OK, document);
    response.headers_mut().insert(header::CACHE_CONTROL, PUBLIC);
    response
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
    if !file.gzpipped {
        return response.body(file.bytes.into_owned());
    }
    response.insert_header((header::VARY, "accept-encoding"));
    if takes_gzip(&request) {
        response
            .insert_header(ContentEncoding::Gzip)
            .body(file.bytes.into_owned())
    } else {
        match inflated(&file.bytes) {
            Ok(bytes) => response.body(bytes),
            Err(_) => HttpResponse::NotFound().finish(),
        }
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
