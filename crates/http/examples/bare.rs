//! A bare actix-web server: the yardstick of the load script.
//!
//! One route, `GET /api/v1/user/me/`, answers a fixed JSON body; no middleware,
//! no other allocator than the system's.
//!
//! ```text
//! bare BYTES ADDRESS [WORKERS]
//! ```
//!
//! `BYTES` is the size of the body (at least 8), `ADDRESS` what to listen on
//! (`127.0.0.1:8081`), `WORKERS` the number of worker threads (by default as
//! many as there are cores).

use std::io::{Error, ErrorKind};
use std::net::SocketAddr;
use std::str::FromStr;

use actix_web::http::header::ContentType;
use actix_web::{App, HttpResponse, HttpServer, get, web};

#[get("/api/v1/user/me/")]
async fn me(body: web::Data<web::Bytes>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(ContentType::json())
        .body(web::Bytes::clone(&body))
}

#[actix_web::main]
#[expect(
    clippy::disallowed_methods,
    reason = "no part of the API, so in no document"
)]
async fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let body = body(parse(arguments.next(), "BYTES")?)?;
    let address: SocketAddr = parse(arguments.next(), "ADDRESS")?;
    let workers = match arguments.next() {
        None => std::thread::available_parallelism()?.get(),
        workers => parse(workers, "WORKERS")?,
    };
    let body = web::Data::new(body);
    HttpServer::new(move || App::new().app_data(body.clone()).service(me))
        .workers(workers)
        .bind(address)?
        .run()
        .await
}

/// `{"x":"…"}` of exactly `bytes` bytes.
fn body(bytes: usize) -> std::io::Result<web::Bytes> {
    let filler = bytes
        .checked_sub(r#"{"x":""}"#.len())
        .ok_or_else(|| Error::new(ErrorKind::InvalidInput, "BYTES must be at least 8"))?;
    Ok(format!(r#"{{"x":"{}"}}"#, "x".repeat(filler)).into())
}

fn parse<T: FromStr>(argument: Option<String>, name: &str) -> std::io::Result<T> {
    argument
        .and_then(|argument| argument.parse().ok())
        .ok_or_else(|| {
            let usage = format!("{name} is missing or wrong; usage: bare BYTES ADDRESS [WORKERS]");
            Error::new(ErrorKind::InvalidInput, usage)
        })
}
