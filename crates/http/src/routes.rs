//! The table of all routes, read from the `OpenAPI` document: it tells a known
//! path with another method (405) from an unknown one (404), and names routes
//! in logs and metrics without what varies in their paths.

use std::collections::HashMap;

use utoipa::openapi::OpenApi;
use utoipa::openapi::path::PathItem;

use crate::problem::{NATIVE, Shape};

/// One path with its methods.
#[derive(Debug)]
pub(crate) struct Route {
    /// `/api/v1/device-tokens/{uid}/`.
    pub(crate) pattern: &'static str,
    /// `GET, HEAD, PATCH`.
    pub(crate) allow: &'static str,
    /// How its errors look.
    pub(crate) shape: Shape,
}

/// All routes.
#[derive(Debug, Default)]
pub(crate) struct RouteTable {
    fixed: HashMap<&'static str, Route>,
    variable: Vec<Route>,
}

impl RouteTable {
    /// The routes of the documents, each with the shape of its errors, and
    /// `more` paths that none lists, which answer GET. Of a path that two
    /// documents share, errors off all its methods look as in the later one.
    /// Lives as long as the process.
    pub(crate) fn new(
        documents: &[(&OpenApi, Shape)],
        more: &'static [&'static str],
    ) -> &'static Self {
        let mut methods: Vec<(String, Methods, Shape)> = Vec::new();
        for (document, shape) in documents {
            for (path, item) in &document.paths.paths {
                let found = Methods::of(item);
                match methods.iter_mut().find(|(known, ..)| known == path) {
                    Some((_, known, known_shape)) => {
                        known.add(found);
                        *known_shape = *shape;
                    }
                    None => methods.push((path.clone(), found, *shape)),
                }
            }
        }
        let documented = methods.into_iter().map(|(path, methods, shape)| Route {
            pattern: path.leak(),
            allow: methods.allow().leak(),
            shape,
        });
        let plain = more.iter().map(|pattern| Route {
            pattern,
            allow: "GET, HEAD",
            shape: NATIVE,
        });
        let mut table = Self::default();
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

/// Which methods a path answers, in the order in which they are shown.
#[derive(Debug, Clone, Copy)]
struct Methods([bool; 5]);

impl Methods {
    const NAMES: [&'static str; 5] = ["GET, HEAD", "PUT", "POST", "PATCH", "DELETE"];

    const fn of(item: &PathItem) -> Self {
        Self([
            item.get.is_some(),
            item.put.is_some(),
            item.post.is_some(),
            item.patch.is_some(),
            item.delete.is_some(),
        ])
    }

    fn add(&mut self, other: Self) {
        for (mine, others) in self.0.iter_mut().zip(other.0) {
            *mine |= others;
        }
    }

    fn allow(self) -> String {
        let present = Self::NAMES.into_iter().zip(self.0);
        let names: Vec<_> = present
            .filter_map(|(name, present)| present.then_some(name))
            .collect();
        names.join(", ")
    }
}
