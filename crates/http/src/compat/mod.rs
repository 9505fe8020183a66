//! The compatibility dialects: published APIs of others, so that their clients
//! work unchanged. A dialect translates shapes and has no rule of its own; it
//! asks the domain, and neither the native API nor another dialect.
//!
//! Each folder has `routes.rs` (what is registered), a file for each resource,
//! `shapes.rs` (domain types to wire shapes) and `error.rs` (domain errors to
//! the dialect's, exhaustive).

pub(crate) mod boltonsea;
pub(crate) mod epixel;
pub(crate) mod exante;
pub(crate) mod interlinedlist;

use actix_web::web::ServiceConfig;
use vestibule_domain::credentials::Proof;
use vestibule_domain::kernel::Secret;
use vestibule_domain::throttling::Limit;

use crate::document::{Document, committed};
use crate::problem::Shape;
use crate::registrar::{Listing, Registrar as _};

/// Where a dialect is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// Whether it is served at all.
    pub enabled: bool,
    /// What its published paths are put below: empty, or a path that begins
    /// with a slash and does not end with one.
    pub prefix: String,
    /// Whether what the native API asks a fresh login or the password for needs
    /// one here too, although the published API has no place for it.
    pub step_up: bool,
}

impl Default for Mount {
    /// Served at its published paths.
    fn default() -> Self {
        Self {
            enabled: true,
            prefix: String::new(),
            step_up: false,
        }
    }
}

impl Mount {
    /// What a call of the dialect has to show that it is the owner who asks: a
    /// password that was sent, which is always checked; else nothing, unless
    /// the operator demands a step-up here too.
    pub(crate) fn proof<'a>(&self, current_password: Option<&'a Secret>) -> Proof<'a> {
        if self.step_up || current_password.is_some() {
            Proof::Demanded(current_password)
        } else {
            Proof::Waived
        }
    }
}

/// Pictures that a user of the Epixel dialect may upload in 24 hours, unless
/// the operator says otherwise (CONTRACTS.md section 3).
pub const DAILY_IMAGES: u32 = 10;

/// How the dialects are set up.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "most fields are the dialect of their name")]
pub struct Compat {
    pub boltonsea: Mount,
    pub epixel: Mount,
    /// How often a user of the Epixel dialect may upload a picture.
    pub epixel_images: Limit,
    pub exante: Mount,
    pub interlinedlist: Mount,
}

impl Default for Compat {
    /// All dialects at their published paths.
    fn default() -> Self {
        Self {
            boltonsea: Mount::default(),
            epixel: Mount::default(),
            epixel_images: Limit::daily(DAILY_IMAGES),
            exante: Mount::default(),
            interlinedlist: Mount::default(),
        }
    }
}

const BOLTONSEA: &str = "BoltonSea dialect";
const EPIXEL: &str = "Epixel dialect";
const EXANTE: &str = "Exante dialect";
const INTERLINEDLIST: &str = "InterlinedList dialect";

/// A dialect as the site mounts it.
pub(crate) struct Dialect {
    /// Its name, as in settings and in `/api/openapi/<name>.json`.
    pub(crate) name: &'static str,
    /// What the documentation calls it.
    pub(crate) title: &'static str,
    pub(crate) shape: Shape,
    routes: fn(&mut ServiceConfig),
    /// Its committed document.
    document: &'static [u8],
    mount: Mount,
    /// The path below which nobody else has anything, where there is one.
    root: Option<&'static str>,
}

/// The dialects that are served. Of a path that several have, errors off all
/// its methods look as in the last one.
pub(crate) fn dialects(compat: &Compat) -> Vec<Dialect> {
    [
        Dialect {
            name: "boltonsea",
            title: BOLTONSEA,
            shape: boltonsea::SHAPE,
            routes: boltonsea::register,
            document: committed!("boltonsea"),
            mount: compat.boltonsea.clone(),
            root: Some("/users/"),
        },
        Dialect {
            name: "epixel",
            title: EPIXEL,
            shape: epixel::SHAPE,
            routes: epixel::register,
            document: committed!("epixel"),
            mount: compat.epixel.clone(),
            root: None,
        },
        Dialect {
            name: "exante",
            title: EXANTE,
            shape: exante::SHAPE,
            routes: exante::register,
            document: committed!("exante"),
            mount: compat.exante.clone(),
            root: None,
        },
        Dialect {
            name: "interlinedlist",
            title: INTERLINEDLIST,
            shape: interlinedlist::SHAPE,
            routes: interlinedlist::register,
            document: committed!("interlinedlist"),
            mount: compat.interlinedlist.clone(),
            root: Some("/api/user/"),
        },
    ]
    .into_iter()
    .filter(|dialect| dialect.mount.enabled)
    .collect()
}

/// Lists the routes of a dialect.
type List = fn(&mut Listing);

/// The dialects with their titles, to make documents of.
pub(crate) fn listed() -> [(&'static str, &'static str, List); 4] {
    [
        ("boltonsea", BOLTONSEA, boltonsea::register),
        ("epixel", EPIXEL, epixel::register),
        ("exante", EXANTE, exante::register),
        ("interlinedlist", INTERLINEDLIST, interlinedlist::register),
    ]
}

impl Dialect {
    /// Registers its routes below its prefix.
    pub(crate) fn register(&self, config: &mut ServiceConfig) {
        if self.mount.prefix.is_empty() {
            config.configure(self.routes);
        } else {
            config.scope(&self.mount.prefix, self.routes);
        }
    }

    /// What begins so is the dialect's, with the shape of its errors.
    pub(crate) fn root(&self) -> Option<(String, Shape)> {
        let prefix = &self.mount.prefix;
        self.root
            .map(|root| (format!("{prefix}{root}"), self.shape))
    }

    /// Its `OpenAPI` document, where it is served.
    pub(crate) fn document(&self) -> Document {
        Document::below(&self.mount.prefix, self.document)
    }
}

/// Makes the error type of a dialect: a problem, which the door writes in the
/// dialect's shape. What it is made from is each dialect's own table.
macro_rules! failure {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub(super) struct $name($crate::problem::Problem);

        impl From<$crate::problem::Problem> for $name {
            fn from(problem: $crate::problem::Problem) -> Self {
                Self(problem)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl actix_web::ResponseError for $name {
            fn status_code(&self) -> actix_web::http::StatusCode {
                self.0.status_code()
            }

            fn error_response(&self) -> actix_web::HttpResponse {
                self.0.error_response()
            }
        }
    };
}
use failure;
