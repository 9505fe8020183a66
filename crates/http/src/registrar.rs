//! Where routes are registered. The same lists serve the routes and, in tests,
//! make the documents that are committed in `docs/`; what runs serves those, and
//! carries none of the code that describes routes.

use std::mem;

use actix_web::dev::HttpServiceFactory;
use actix_web::web;
use utoipa::openapi::path::Paths;
use utoipa::openapi::{Components, OpenApi, RefOr, Schema};
use utoipa_actix_web::OpenApiFactory;

/// What takes documented routes: nothing else does, so no route is missing in a
/// document.
pub(crate) trait Registrar {
    /// Takes a route.
    fn service(&mut self, route: impl HttpServiceFactory + OpenApiFactory + 'static) -> &mut Self;

    /// Takes routes below a path, which begins with a slash and does not end
    /// with one.
    fn scope(&mut self, path: &str, routes: impl FnOnce(&mut Self)) -> &mut Self;
}

#[expect(
    clippy::disallowed_methods,
    reason = "routes come here with their documentation"
)]
impl Registrar for web::ServiceConfig {
    fn service(&mut self, route: impl HttpServiceFactory + OpenApiFactory + 'static) -> &mut Self {
        self.service(route)
    }

    fn scope(&mut self, path: &str, routes: impl FnOnce(&mut Self)) -> &mut Self {
        self.service(web::scope(path).configure(routes))
    }
}

/// The descriptions of routes.
#[derive(Default)]
pub(crate) struct Listing {
    prefix: String,
    paths: Paths,
    schemas: Vec<(String, RefOr<Schema>)>,
}

impl Listing {
    /// `base` with all that is listed.
    pub(crate) fn into_document(self, mut base: OpenApi) -> OpenApi {
        base.paths.merge(self.paths);
        let components = base.components.get_or_insert_with(Components::new);
        components.schemas.extend(self.schemas);
        base
    }
}

impl Registrar for Listing {
    fn service(&mut self, route: impl HttpServiceFactory + OpenApiFactory + 'static) -> &mut Self {
        let mut paths = Paths::new();
        for (path, item) in route.paths().paths {
            paths.paths.insert(format!("{}{path}", self.prefix), item);
        }
        self.paths.merge(paths);
        route.schemas(&mut self.schemas);
        self
    }

    fn scope(&mut self, path: &str, routes: impl FnOnce(&mut Self)) -> &mut Self {
        let inner = format!("{}{path}", self.prefix);
        let outer = mem::replace(&mut self.prefix, inner);
        routes(self);
        self.prefix = outer;
        self
    }
}
