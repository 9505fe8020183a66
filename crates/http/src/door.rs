//! The door: what every request passes on its way in and out. One middleware,
//! since each costs time on every request.
//!
//! In: a missing trailing slash is added before routing, and the request gets
//! its id. Out: problem documents are written, secure headers are added, and
//! the observer is told.

use std::cell::Cell;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready as poll_ready};
use std::time::{Duration, Instant};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode, Uri, uri::PathAndQuery};
use actix_web::{Error, HttpMessage as _, HttpResponse, ResponseError, web};
use pin_project_lite::pin_project;

use crate::answer::write_hex;
use crate::api::Api;
use crate::auth::KeyInUse;
use crate::body::READ_TIMEOUT;
use crate::problem::{Problem, Shape};
use crate::routes::{Route, RouteTable};

/// A handler must have answered after this time …
const HANDLER_TIMEOUT: Duration = Duration::from_secs(10);
/// … which begins when the body has arrived, or should have.
const BODY_HANDLER_TIMEOUT: Duration = READ_TIMEOUT.saturating_add(HANDLER_TIMEOUT);
/// A request id that a client sends is taken over up to this length.
const MAX_REQUEST_ID: usize = 128;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");
const NO_REFERRER: HeaderValue = HeaderValue::from_static("no-referrer");
const POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");

/// What the observer is told about one request.
#[derive(Debug)]
pub struct RequestRecord<'a> {
    /// HTTP method.
    pub method: &'a Method,
    /// The route's pattern, `/api/v1/device-tokens/{uid}/`; `None` off all routes.
    pub route: Option<&'static str>,
    /// Status of the answer.
    pub status: StatusCode,
    /// From the head of the request to the head of the answer.
    pub duration: Duration,
    /// Bytes of the answer's body, where known.
    pub bytes: u64,
    /// The request's id, as in `X-Request-Id`.
    pub request_id: &'a str,
}

/// Is told about every request, on the worker's thread: it must be quick.
pub trait Observer: Send + Sync {
    /// A request was answered.
    fn answered(&self, record: &RequestRecord<'_>);
}

/// The middleware.
#[derive(Clone)]
pub(crate) struct Door {
    observer: Arc<dyn Observer>,
    routes: &'static RouteTable,
}

impl Door {
    pub(crate) fn new(observer: Arc<dyn Observer>, routes: &'static RouteTable) -> Self {
        Self { observer, routes }
    }
}

impl<S> Transform<S, ServiceRequest> for Door
where
    S: Service<ServiceRequest, Response = ServiceResponse<BoxBody>, Error = Error>,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type InitError = ();
    type Transform = DoorService<S>;
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(DoorService {
            service,
            door: self.clone(),
            ids: RequestIds::new(),
        }))
    }
}

pub(crate) struct DoorService<S> {
    service: S,
    door: Door,
    ids: RequestIds,
}

/// Makes request ids: a random start for each worker, then counting, so that
/// an id costs no system call.
struct RequestIds {
    prefix: u64,
    next: Cell<u64>,
}

impl RequestIds {
    fn new() -> Self {
        let mut random = [0; 16];
        // An id need not be secret; without randomness the counter alone is left.
        let _ = aws_lc_rs::rand::fill(&mut random);
        let [prefix, start] = [0, 8].map(|at| {
            let mut bytes = [0; 8];
            bytes.copy_from_slice(&random[at..at + 8]);
            u64::from_le_bytes(bytes)
        });
        Self {
            prefix,
            next: Cell::new(start),
        }
    }

    fn next(&self) -> HeaderValue {
        let count = self.next.get();
        self.next.set(count.wrapping_add(1));
        let mut id = [0; 32];
        write_hex(&self.prefix.to_be_bytes(), &mut id[..16]);
        write_hex(&count.to_be_bytes(), &mut id[16..]);
        HeaderValue::from_bytes(&id).unwrap_or_else(|_| HeaderValue::from_static("0"))
    }
}

impl<S> Service<ServiceRequest> for DoorService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<BoxBody>, Error = Error>,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Future = DoorFuture<S::Future>;

    forward_ready!(service);

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let started = Instant::now();
        let request_id = request
            .headers()
            .get(&REQUEST_ID)
            .filter(|id| is_sane(id))
            .cloned()
            .unwrap_or_else(|| self.ids.next());
        if !request.path().ends_with('/') {
            add_slash(&mut request);
        }
        let headers = request.headers();
        let has_body = headers.contains_key(header::CONTENT_LENGTH)
            || headers.contains_key(header::TRANSFER_ENCODING);
        let routes = self.door.routes;
        let route = routes.find(request.path());
        let off_routes = || routes.shape_off_routes(request.path());
        let passage = Passage {
            route,
            shape: route.map_or_else(off_routes, |route| route.shape(request.method())),
            method: request.method().clone(),
            patience: if has_body {
                BODY_HANDLER_TIMEOUT
            } else {
                HANDLER_TIMEOUT
            },
            started,
            request_id,
        };
        // What answers GET answers HEAD (RFC 9110 section 9.3.2); the framework
        // leaves the body out by the method that it parsed.
        if passage.method == Method::HEAD {
            request.head_mut().method = Method::GET;
        }
        DoorFuture {
            inner: self.service.call(request),
            deadline: None,
            passage,
            observer: Arc::clone(&self.door.observer),
        }
    }
}

/// Visible ASCII without quotes, of a length that fits into logs.
fn is_sane(id: &HeaderValue) -> bool {
    (1..=MAX_REQUEST_ID).contains(&id.len())
        && id.as_bytes().iter().all(|b| {
            b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':' | b'/' | b'+' | b'=')
        })
}

fn add_slash(request: &mut ServiceRequest) {
    let head = request.head_mut();
    let mut parts = head.uri.clone().into_parts();
    let path_and_query = match head.uri.query() {
        Some(query) => format!("{}/?{query}", head.uri.path()),
        None => format!("{}/", head.uri.path()),
    };
    let Ok(path_and_query) = PathAndQuery::try_from(path_and_query) else {
        return;
    };
    parts.path_and_query = Some(path_and_query);
    if let Ok(uri) = Uri::from_parts(parts) {
        request.match_info_mut().get_mut().update(&uri);
        request.head_mut().uri = uri;
    }
}

pin_project! {
    pub(crate) struct DoorFuture<F> {
        #[pin]
        inner: F,
        deadline: Option<Pin<Box<tokio::time::Sleep>>>,
        passage: Passage,
        observer: Arc<dyn Observer>,
    }
}

/// What is known about a request since it came in.
struct Passage {
    route: Option<&'static Route>,
    /// How its errors look.
    shape: Shape,
    method: Method,
    patience: Duration,
    started: Instant,
    request_id: HeaderValue,
}

/// The handler took too long: an error that the framework answers by itself.
#[derive(Debug)]
struct TimedOut {
    request_id: HeaderValue,
    shape: Shape,
}

impl std::fmt::Display for TimedOut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the handler took too long")
    }
}

impl ResponseError for TimedOut {
    fn error_response(&self) -> HttpResponse {
        let mut response = Problem::unavailable().error_response();
        finish(&mut response, &self.request_id, self.shape);
        response
    }
}

impl<F> Future for DoorFuture<F>
where
    F: Future<Output = Result<ServiceResponse<BoxBody>, Error>>,
{
    type Output = Result<ServiceResponse<BoxBody>, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut response = match this.inner.poll(context) {
            Poll::Ready(response) => response?,
            Poll::Pending => {
                // Most requests are answered at the first poll and need no timer.
                let deadline = this
                    .deadline
                    .get_or_insert_with(|| Box::pin(tokio::time::sleep(this.passage.patience)));
                poll_ready!(deadline.as_mut().poll(context));
                this.passage
                    .report(&**this.observer, StatusCode::SERVICE_UNAVAILABLE, 0);
                let late = TimedOut {
                    request_id: this.passage.request_id.clone(),
                    shape: this.passage.shape,
                };
                return Poll::Ready(Err(late.into()));
            }
        };
        let passage = &*this.passage;
        finish(response.response_mut(), &passage.request_id, passage.shape);
        count_key_use(&response);
        let bytes = match response.response().body().size() {
            BodySize::Sized(bytes) => bytes,
            BodySize::None | BodySize::Stream => 0,
        };
        this.passage
            .report(&**this.observer, response.status(), bytes);
        Poll::Ready(Ok(response))
    }
}

/// Counts a request that was made with an API key. One that is not answered in
/// time is not counted.
fn count_key_use(response: &ServiceResponse<BoxBody>) {
    let request = response.request();
    let in_use = request.extensions_mut().remove::<KeyInUse>();
    if let (Some(KeyInUse(key)), Some(api)) = (in_use, request.app_data::<web::Data<Api>>()) {
        let status = response.status();
        let failed = status.is_client_error() || status.is_server_error();
        api.app.api_keys.note(&key, failed);
    }
}

/// An error was written in the shape of its route.
struct Written;

impl Passage {
    fn report(&self, observer: &dyn Observer, status: StatusCode, bytes: u64) {
        observer.answered(&RequestRecord {
            method: &self.method,
            route: self.route.map(|route| route.pattern),
            status,
            duration: self.started.elapsed(),
            bytes,
            request_id: self.request_id.to_str().unwrap_or(""),
        });
    }
}

/// Writes the error, where it is one, and the headers of every answer.
fn finish(response: &mut HttpResponse, request_id: &HeaderValue, shape: Shape) {
    if response.status().is_client_error() || response.status().is_server_error() {
        write_problem(response, request_id.to_str().unwrap_or(""), shape);
    }
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, request_id.clone());
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, NOSNIFF);
    headers.insert(header::REFERRER_POLICY, NO_REFERRER);
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, NO_STORE);
    }
}

/// Writes a problem, or an error that the framework answered by itself, in the
/// shape of the route.
fn write_problem(response: &mut HttpResponse, request_id: &str, shape: Shape) {
    let known = response.extensions_mut().remove::<Problem>();
    let problem = match known {
        Some(problem) => problem,
        // An error that passes twice.
        None if response.extensions().contains::<Written>() => return,
        None => {
            let problem = Problem::of_status(response.status());
            let mut plain = problem.error_response();
            std::mem::swap(response, &mut plain);
            response.extensions_mut().remove::<Problem>();
            problem
        }
    };
    let body = (shape.render)(&problem, request_id);
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(shape.content_type),
    );
    response.extensions_mut().insert(Written);
    let rendered = std::mem::replace(response, HttpResponse::new(StatusCode::OK));
    *response = rendered.set_body(BoxBody::new(body));
}
