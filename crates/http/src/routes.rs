//! The table of all routes, read from the `OpenAPI` document: it tells a known
//! path with another method (405) from an unknown one (404), and names routes
//! in logs and metrics without what varies in their paths.

use std::collections::HashMap;

use utoipa::openapi::OpenApi;
use utoipa::openapi::path::PathItem;

/// One path with its methods.
#[derive(Debug)]
pub(crate) struct Route {
    /// `/api/v1/device-tokens/{uid}/`.
    pub(crate) pattern: &'static str,
    /// `GET, HEAD, PATCH`.
    pub(crate) allow: &'static str,
}

/// All routes.
#[derive(Debug, Default)]
pub(crate) struct RouteTable {
    fixed: HashMap<&'static str, Route>,
    variable: Vec<Route>,
}

impl RouteTable {
    /// The routes of the document, and `more` paths that it does not list,
    /// which answer GET. Lives as long as the process.
    pub(crate) fn new(document: &OpenApi, more: &[&'static str]) -> &'static Self {
        let mut table = Self::default();
        let documented = document.paths.paths.iter().map(|(path, item)| Route {
            pattern: path.clone().leak(),
            allow: allowed(item).leak(),
        });
        let plain = more.iter().map(|pattern| Route {
            pattern,
            allow: "GET, HEAD",
        });
        for route in documented.chain(plain) {
            if route.pattern.contains('{') {
                table.variable.push(route);
            } else {
                table.fixed.insert(route.pattern, route);
            }
        }
        Box::leak(Box::new(table))
    }

    /// The route of a path, which ends with a slash.
    pub(crate) fn find(&self, path: &str) -> Option<&Route> {
        self.fixed.get(path).or_else(|| {
            self.variable
                .iter()
                .find(|route| matches(route.pattern, path))
        })
    }
}

fn matches(pattern: &str, path: &str) -> bool {
    let mut segments = path.split('/');
    pattern.split('/').all(|expected| {
        segments.next().is_some_and(|segment| {
            expected == segment || (expected.starts_with('{') && !segment.is_empty())
        })
    }) && segments.next().is_none()
}

fn allowed(item: &PathItem) -> String {
    [
        ("GET, HEAD", item.get.is_some()),
        ("PUT", item.put.is_some()),
        ("POST", item.post.is_some()),
        ("PATCH", item.patch.is_some()),
        ("DELETE", item.delete.is_some()),
    ]
    .into_iter()
    .filter_map(|(method, present)| present.then_some(method))
    .collect::<Vec<_>>()
    .join(", ")
}
