//! Lists: `?page=`, `?page_size=`, and links that cost the same on any page.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::str::FromStr as _;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use vestibule_domain::kernel::{
    Anchor, FieldError, FieldErrors, Id, IdKind, Invalid, Page, PageRequest, PageSize,
};
use vestibule_domain::users::Account;

use crate::answer;
use crate::api::Api;
use crate::problem::Problem;

/// The paging parameters of every list, for the documentation.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `Query` reads")]
pub(crate) struct PageParams {
    /// Page number, from 1.
    #[param(minimum = 1, maximum = 4_294_967_295_i64, nullable = false)]
    page: Option<u32>,
    /// Rows per page; by default the user's `items_per_page`.
    #[param(minimum = 1, maximum = 200, nullable = false)]
    page_size: Option<u16>,
    /// Opaque; from the links `next` and `previous`.
    #[param(nullable = false, min_length = 1, pattern = "^[A-Za-z0-9_-]+$")]
    cursor: Option<String>,
}

/// One page of a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct Listing<T> {
    /// Rows of the whole list.
    #[schema(minimum = 0)]
    count: u64,
    /// URL of the next page.
    #[schema(required)]
    next: Option<String>,
    /// URL of the previous page.
    #[schema(required)]
    previous: Option<String>,
    /// The rows.
    results: Vec<T>,
}

impl<T> Listing<T> {
    /// A list that is all on one page.
    pub(crate) fn whole(results: Vec<T>) -> Self {
        Self {
            count: results.len() as u64,
            next: None,
            previous: None,
            results,
        }
    }
}

/// The query of a list request.
pub(crate) struct Query {
    parameters: BTreeMap<String, String>,
    errors: Vec<FieldError>,
}

/// Rows per page that the user has chosen.
pub(crate) fn own_size(account: &Account) -> PageSize {
    let rows = account.preferences.items_per_page.get();
    // Whatever may be chosen is a page size.
    PageSize::new(i64::from(rows)).unwrap_or(PageSize::DEFAULT)
}

impl Query {
    /// Reads the query string; a parameter that stands twice is refused.
    pub(crate) fn of(request: &HttpRequest) -> Result<Self, Problem> {
        let pairs = web::Query::<Vec<(String, String)>>::from_query(request.query_string())
            .map_err(|_| Problem::malformed("The query string cannot be read."))?;
        let mut parameters = BTreeMap::new();
        for (name, value) in pairs.into_inner() {
            if value.chars().any(char::is_control) {
                let invalid = Invalid::new(
                    "control_character",
                    "Control characters are not allowed here.",
                );
                return Err(Problem::fields(invalid.at(name)));
            }
            if parameters.contains_key(&name) {
                let invalid = Invalid::new("duplicate", "Name this parameter once.");
                return Err(Problem::fields(invalid.at(name)));
            }
            parameters.insert(name, value);
        }
        Ok(Self {
            parameters,
            errors: Vec::new(),
        })
    }

    /// A filter by a value type's constructor; one that it refuses is an error
    /// of [`Query::page`].
    pub(crate) fn filter<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Option<T> {
        match self.get(name).map(parse)? {
            Ok(value) => Some(value),
            Err(invalid) => {
                self.errors.push(invalid.at(name));
                None
            }
        }
    }

    /// 400 with every refused filter, where there is no page to ask for.
    pub(crate) fn check(&mut self) -> Result<(), Problem> {
        Ok(FieldErrors::check(std::mem::take(&mut self.errors))?)
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }

    /// The page that is asked for, `default_size` rows unless said otherwise;
    /// or 400 with every refused parameter.
    pub(crate) fn page<K: IdKind>(
        &mut self,
        default_size: PageSize,
    ) -> Result<PageRequest<K>, Problem> {
        let mut errors = std::mem::take(&mut self.errors);
        let number = match self.get("page").map(str::parse::<u32>) {
            None => 1,
            Some(Ok(number)) if number > 0 => number,
            Some(_) => {
                let invalid = Invalid::new("out_of_range", "Use a whole number from 1.");
                errors.push(invalid.at("page"));
                1
            }
        };
        let size = match self.get("page_size").map(parse_size) {
            None => default_size,
            Some(Ok(size)) => size,
            Some(Err(invalid)) => {
                errors.push(invalid.at("page_size"));
                default_size
            }
        };
        let anchor = match self.get("cursor").map(parse_cursor) {
            None => Anchor::Number,
            Some(Some(anchor)) => anchor,
            Some(None) => {
                let invalid = Invalid::new("invalid", "Use a link next or previous as it is.");
                errors.push(invalid.at("cursor"));
                Anchor::Number
            }
        };
        FieldErrors::check(errors)?;
        Ok(PageRequest {
            number,
            size,
            anchor,
        })
    }

    /// Answers a page, with links that keep the query's other parameters.
    pub(crate) fn answer<'p, R, K: IdKind, T: Serialize>(
        &self,
        api: &Api,
        path: &str,
        request: &PageRequest<K>,
        page: &'p Page<R>,
        id: impl Fn(&R) -> Id<K>,
        shape: impl Fn(&'p R) -> T,
    ) -> HttpResponse {
        let link = |number: u32, cursor: Option<String>| {
            let mut url = format!("{}{path}?page={number}", api.config.public_url);
            for (name, value) in &self.parameters {
                if !matches!(name.as_str(), "page" | "cursor") {
                    let _ = write!(url, "&{}={}", encode(name), encode(value));
                }
            }
            if let Some(cursor) = cursor {
                let _ = write!(url, "&cursor={cursor}");
            }
            url
        };
        let next = page.items.last().filter(|_| page.has_next).map(|last| {
            let cursor = format!("a{}", id(last));
            link(
                request.number.saturating_add(1),
                Some(URL_SAFE_NO_PAD.encode(cursor)),
            )
        });
        let previous = (request.number > 1).then(|| {
            let cursor = page
                .items
                .first()
                .map(|first| URL_SAFE_NO_PAD.encode(format!("b{}", id(first))));
            link(request.number - 1, cursor)
        });
        let listing = Listing {
            count: page.count,
            next,
            previous,
            results: page.items.iter().map(shape).collect(),
        };
        answer::json(StatusCode::OK, &listing)
    }
}

fn parse_size(text: &str) -> Result<PageSize, Invalid> {
    PageSize::new(text.parse().unwrap_or(0))
}

fn parse_cursor<K: IdKind>(text: &str) -> Option<Anchor<K>> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let cursor = String::from_utf8(bytes).ok()?;
    let id = Id::from_str(cursor.get(1..)?).ok()?;
    match cursor.as_bytes().first()? {
        b'a' => Some(Anchor::After(id)),
        b'b' => Some(Anchor::Before(id)),
        _ => None,
    }
}

/// What need not be encoded in a query (RFC 3986 section 2.3).
const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

fn encode(text: &str) -> impl std::fmt::Display + '_ {
    utf8_percent_encode(text, QUERY)
}
