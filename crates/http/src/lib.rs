//! The HTTP side: the native API, who is calling, how errors look, and the
//! `OpenAPI` document.
//!
//! ```ignore
//! let api = Api::new(app, config, jwks);
//! let site = Site::new(api, observer);
//! HttpServer::new(move || site.app()).bind(address)?.run().await
//! ```

mod answer;
mod api;
mod auth;
mod body;
mod client;
mod compat;
mod connection;
mod cookies;
mod docs;
mod document;
mod door;
mod fields;
mod idempotency;
mod json;
mod me;
mod multipart;
mod native;
mod openapi;
mod paging;
mod params;
mod problem;
mod registrar;
mod rendered;
mod routes;
mod site;

pub use api::{Api, HttpConfig, JwkSet};
pub use client::{ForwardedHeader, Proxies};
pub use compat::{Compat, DAILY_IMAGES, Mount};
pub use connection::Connection;
pub use document::committed_document;
pub use door::{Observer, RequestRecord};
pub use openapi::{dialect_documents, document};
pub use site::Site;
