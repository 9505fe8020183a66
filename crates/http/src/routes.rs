//! The table of all routes, read from the `OpenAPI` document: it tells a known
//! path with another method (405) from an unknown one (404), and names routes
//! in logs and metrics without what varies in their paths.

use std::collections::HashMap;

use actix_web::http::Method;

use crate::document::Document;
use crate::problem::{NATIVE, Shape};

/// One path with its methods.
#[derive(Debug)]
pub(crate) struct Route {
    /// `/api/v1/device-tokens/{uid}/`.
    pub(crate) pattern: &'static str,
    /// `GET, HEAD, PATCH`.
    pub(crate) allow: &'static str,
    /// How its errors look, by the methods of each document that has it.
    documents: Vec<(Methods, Shape)>,
}

impl Route {
    /// How errors of a method look: as its document's, and of a method that
    /// none has as the last one's.
    pub(crate) fn shape(&self, method: &Method) -> Shape {
        let mut documents = self.documents.iter();
        let own = documents.find(|(methods, _)| methods.have(method));
        let (_, shape) = own.or(self.documents.last()).unwrap_or(&PLAIN);
        *shape
    }
}

/// All routes.
#[derive(Debug, Default)]
pub(crate) struct RouteTable {
    fixed: HashMap<&'static str, Route>,
    variable: Vec<Route>,
    /// What begins so and is no route has errors of this shape.
    roots: Vec<(String, Shape)>,
}

/// A path that no document lists.
const PLAIN: (Methods, Shape) = (Methods([true, false, false, false, false]), NATIVE);

impl RouteTable {
    /// The routes of the documents, each with the shape of its errors, and
    /// `more` paths that none lists, which answer GET. What is below one of
    /// the `roots` and no route has errors of that shape. Lives as long as the
    /// process.
    pub(crate) fn new(
        documents: &[(&Document, Shape)],
        more: &'static [&'static str],
        roots: Vec<(String, Shape)>,
    ) -> &'static Self {
        let mut paths: Vec<(String, Vec<(Methods, Shape)>)> = Vec::new();
        for (document, shape) in documents {
            for (path, methods) in document.paths() {
                let found = (Methods::of(&methods), *shape);
                match paths.iter_mut().find(|(known, _)| *known == path) {
                    Some((_, documents)) => documents.push(found),
                    None => paths.push((path, vec![found])),
                }
            }
        }
        let documented = paths.into_iter().map(|(path, documents)| {
            let all = documents.iter().map(|(methods, _)| *methods);
            Route {
                pattern: path.leak(),
                allow: all.fold(Methods::default(), Methods::or).allow().leak(),
                documents,
            }
        });
        let plain = more.iter().map(|pattern| Route {
            pattern,
            allow: "GET, HEAD",
            documents: vec![PLAIN],
        });
        let mut table = Self {
            roots,
            ..Self::default()
        };
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

    /// How errors look at a path that is no route.
    pub(crate) fn shape_off_routes(&self, path: &str) -> Shape {
        let mut roots = self.roots.iter();
        let root = roots.find(|(root, _)| path.starts_with(root.as_str()));
        root.map_or(NATIVE, |(_, shape)| *shape)
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
#[derive(Debug, Clone, Copy, Default)]
struct Methods([bool; 5]);

impl Methods {
    const NAMES: [&'static str; 5] = ["GET, HEAD", "PUT", "POST", "PATCH", "DELETE"];

    /// Of names in lower case.
    fn of(methods: &[String]) -> Self {
        Self(
            ["get", "put", "post", "patch", "delete"].map(|name| methods.iter().any(|m| m == name)),
        )
    }

    fn or(mut self, other: Self) -> Self {
        for (mine, others) in self.0.iter_mut().zip(other.0) {
            *mine |= others;
        }
        self
    }

    fn have(self, method: &Method) -> bool {
        let mut present = Self::NAMES.into_iter().zip(self.0);
        present.any(|(names, present)| {
            present && names.split(", ").any(|name| name == method.as_str())
        })
    }

    fn allow(self) -> String {
        let present = Self::NAMES.into_iter().zip(self.0);
        let names: Vec<_> = present
            .filter_map(|(name, present)| present.then_some(name))
            .collect();
        names.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    const DIALECT: Shape = Shape {
        content_type: "application/json",
        ..NATIVE
    };

    fn document(routes: &[(&str, &str)]) -> Document {
        let mut paths = serde_json::Map::new();
        for (path, method) in routes {
            paths.insert((*path).to_owned(), json!({*method: {}}));
        }
        Document::pack(json!({"paths": paths}).to_string().as_bytes()).expect("packed")
    }

    #[test]
    fn a_shared_path_has_the_methods_of_all_and_each_its_own_errors() {
        let native = document(&[("/a/", "patch"), ("/n/{uid}/", "get")]);
        let dialect = document(&[("/a/", "get")]);
        let documents = [(&native, NATIVE), (&dialect, DIALECT)];
        let roots = vec![("/a/".to_owned(), DIALECT)];
        let table = RouteTable::new(&documents, &["/plain/"], roots);
        let shape = |path: &str, method: &Method| {
            let route = table.find(path).expect("a route");
            (route.allow, route.shape(method).content_type)
        };
        let (problem, json) = ("application/problem+json", "application/json");
        assert_eq!(shape("/a/", &Method::PATCH), ("GET, HEAD, PATCH", problem));
        for method in [Method::GET, Method::HEAD, Method::DELETE] {
            assert_eq!(shape("/a/", &method), ("GET, HEAD, PATCH", json));
        }
        for method in [Method::GET, Method::DELETE] {
            assert_eq!(shape("/n/1/", &method), ("GET, HEAD", problem));
            assert_eq!(shape("/plain/", &method), ("GET, HEAD", problem));
        }
        assert!(table.find("/a/b/").is_none());
        assert_eq!(table.shape_off_routes("/a/b/").content_type, json);
        assert_eq!(table.shape_off_routes("/b/").content_type, problem);
    }
}
