//! All routes behind the door, as the server mounts them.

use std::sync::Arc;

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{App, Error, HttpRequest, HttpResponse, ResponseError as _, web};

use crate::api::Api;
use crate::compat::{Dialect, dialects};
use crate::docs::{self, Docs};
use crate::document::Document;
use crate::door::{Door, Observer};
use crate::native;
use crate::problem::{NATIVE, Problem};
use crate::routes::RouteTable;

/// Paths that answer GET and are not part of the documented API.
const PLAIN: &[&str] = &[
    "/.well-known/jwks.json/",
    "/api/openapi.json/",
    "/api/openapi/{file}/",
    "/api/docs/",
    "/api/docs/{file}/",
    "/healthz/",
    "/readyz/",
    "/metrics/",
];

/// What every worker serves.
#[derive(Clone)]
pub struct Site {
    api: Arc<Api>,
    docs: Arc<Docs>,
    dialects: Arc<[Dialect]>,
    door: Door,
    routes: &'static RouteTable,
}

impl Site {
    /// The routes of `api`; `observer` is told about every request.
    pub fn new(api: Arc<Api>, observer: Arc<dyn Observer>) -> Self {
        let dialects: Arc<[Dialect]> = dialects(&api.config.compat).into();
        let native = Document::native();
        let others: Vec<_> = dialects.iter().map(Dialect::document).collect();
        let mut documents = vec![(&native, NATIVE)];
        documents.extend(
            others
                .iter()
                .zip(&*dialects)
                .map(|(document, dialect)| (document, dialect.shape)),
        );
        let roots = dialects.iter().filter_map(Dialect::root).collect();
        let routes = RouteTable::new(&documents, PLAIN, roots);
        let named = dialects.iter().zip(others);
        let named = named.map(|(dialect, document)| (dialect.name, dialect.title, document));
        Self {
            docs: Arc::new(Docs::new(native, named)),
            api,
            dialects,
            door: Door::new(observer, routes),
            routes,
        }
    }

    /// One worker's application. `more` adds routes of the server itself, at
    /// the paths `/healthz/`, `/readyz/` and `/metrics/`.
    pub fn app<F: FnOnce(&mut web::ServiceConfig)>(
        &self,
        more: F,
    ) -> App<
        impl ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<BoxBody>,
            Error = Error,
            InitError = (),
        > + use<F>,
    > {
        let routes = self.routes;
        App::new()
            .app_data(web::Data::from(Arc::clone(&self.api)))
            .app_data(web::Data::from(Arc::clone(&self.docs)))
            .configure(native::register_hottest)
            .configure(|config| {
                for dialect in &*self.dialects {
                    dialect.register(config);
                }
            })
            .configure(native::register)
            .configure(docs::register)
            .configure(more)
            .default_service(web::to(move |request: HttpRequest| async move {
                unrouted(routes, &request)
            }))
            .wrap(self.door.clone())
    }
}

/// A path that exists with other methods is 405, anything else 404.
fn unrouted(routes: &RouteTable, request: &HttpRequest) -> HttpResponse {
    let problem = match routes.find(request.path()) {
        Some(route) => Problem::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            format!("Use one of: {}.", route.allow),
        )
        .with_value(header::ALLOW, HeaderValue::from_static(route.allow)),
        None => Problem::not_found(),
    };
    problem.error_response()
}
