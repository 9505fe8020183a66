//! Connections whose every error is a problem document.
//!
//! What the framework cannot parse, and a head that comes too slowly, it
//! answers below all services and middleware, with a head alone. Such an
//! answer is told by its lack of a request id, which all others bear, and gets
//! its document here, on its way out.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::http::StatusCode;
use bytes::{Buf as _, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

use crate::body::{DRAIN_BYTES, DRAIN_TIME};
use crate::problem::Problem;

/// The framework's own answers are shorter than this.
const LONGEST_HEAD: usize = 256;
const HEAD_END: &[u8] = b"\r\n\r\n";
const REQUEST_ID: &[u8] = b"x-request-id";

/// A client's connection.
#[derive(Debug)]
pub struct Connection<S> {
    stream: S,
    farewell: Option<Farewell>,
}

/// What goes out in place of the framework's answer, and what comes in after it.
#[derive(Debug)]
struct Farewell {
    /// What is left to send.
    document: Bytes,
    drained: usize,
    deadline: Option<Pin<Box<Sleep>>>,
}

impl<S> Connection<S> {
    /// Over this stream.
    pub fn new(stream: S) -> Self {
        Self {
            stream,
            farewell: None,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Connection<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl Farewell {
    fn new(status: StatusCode) -> Self {
        Self {
            document: with_document(status).into(),
            drained: 0,
            deadline: None,
        }
    }

    fn poll(
        &mut self,
        mut stream: Pin<&mut (impl AsyncRead + AsyncWrite)>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        while self.document.has_remaining() {
            let written = ready!(stream.as_mut().poll_write(context, &self.document))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.document.advance(written);
        }
        if self.deadline.is_none() {
            ready!(stream.as_mut().poll_shutdown(context))?;
        }
        self.poll_drain(stream, context).map(Ok)
    }

    /// A connection that is closed with unread input is reset, and the client
    /// may never see the answer.
    fn poll_drain(
        &mut self,
        mut stream: Pin<&mut impl AsyncRead>,
        context: &mut Context<'_>,
    ) -> Poll<()> {
        let deadline = self
            .deadline
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(DRAIN_TIME)));
        let mut buffer = [0; 4096];
        while self.drained < DRAIN_BYTES {
            let mut buffer = ReadBuf::new(&mut buffer);
            match stream.as_mut().poll_read(context, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    self.drained += buffer.filled().len();
                }
                Poll::Ready(_) => break,
                Poll::Pending => return deadline.as_mut().poll(context),
            }
        }
        Poll::Ready(())
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Connection<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let stream = Pin::new(&mut this.stream);
        let Some((start, status)) = bare_answer(buffer) else {
            return stream.poll_write(context, buffer);
        };
        // Answers to earlier requests go first.
        if start > 0 {
            return stream.poll_write(context, &buffer[..start]);
        }
        let farewell = this.farewell.get_or_insert_with(|| Farewell::new(status));
        ready!(farewell.poll(stream, context))?;
        this.farewell = None;
        Poll::Ready(Ok(buffer.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// Where an answer of the framework's own begins, with its status. It is the
/// last in the buffer, since the framework reads nothing after it.
fn bare_answer(buffer: &[u8]) -> Option<(usize, StatusCode)> {
    if !buffer.ends_with(HEAD_END) {
        return None;
    }
    let tail = buffer.len().saturating_sub(LONGEST_HEAD);
    let start = tail
        + buffer[tail..]
            .windows(b"HTTP/1.".len())
            .rposition(|window| window == b"HTTP/1.")?;
    let head = &buffer[start..];
    let status = StatusCode::from_bytes(head.get(9..12)?).ok()?;
    let bare = status.is_client_error()
        && !head
            .windows(REQUEST_ID.len())
            .any(|window| window == REQUEST_ID);
    bare.then_some((start, status))
}

fn with_document(status: StatusCode) -> Vec<u8> {
    let mut random = [0; 16];
    // An id need not be secret; without randomness it is not unique, either.
    let _ = aws_lc_rs::rand::fill(&mut random);
    let request_id = format!("{:032x}", u128::from_ne_bytes(random));
    let problem = match status {
        StatusCode::REQUEST_TIMEOUT => {
            Problem::new(status, "timeout", "The request did not arrive in time.")
        }
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => Problem::new(
            status,
            "headers_too_large",
            "The headers are too many or too long.",
        ),
        _ => Problem::of_status(status),
    };
    let body = problem.render(&request_id);
    let mut answer = format!(
        "HTTP/1.1 {status}\r\n\
         content-length: {}\r\n\
         connection: close\r\n\
         content-type: application/problem+json\r\n\
         cache-control: no-store\r\n\
         content-security-policy: default-src 'none'; frame-ancestors 'none'\r\n\
         referrer-policy: no-referrer\r\n\
         x-content-type-options: nosniff\r\n\
         x-request-id: {request_id}\r\n\r\n",
        body.len(),
    )
    .into_bytes();
    answer.extend(body);
    answer
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    const OWN: &str = "HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\nx-request-id: 1\r\n\r\n{}";
    const HEAD: &str = "HTTP/1.1 304 Not Modified\r\nx-request-id: 1\r\n\r\n";
    const BARE: &str = "HTTP/1.1 431 Request Header Fields Too Large\r\n\
        content-length: 0\r\nconnection: close\r\n\r\n";

    /// What arrives of what is written, by a stream that takes 7 bytes at a time.
    async fn arrives(text: &str) -> String {
        let (near, mut far) = tokio::io::duplex(7);
        let text = text.to_owned();
        let mut arrived = String::new();
        let write = async move {
            let mut connection = Connection::new(near);
            connection.write_all(text.as_bytes()).await.expect("taken");
        };
        let ((), read) = tokio::join!(write, far.read_to_string(&mut arrived));
        read.expect("text");
        arrived
    }

    #[tokio::test]
    async fn what_services_answer_passes_as_it_is() {
        for text in [OWN, HEAD, "", "HTTP/1.1 100 Continue\r\n\r\n"] {
            assert_eq!(arrives(text).await, text);
        }
    }

    #[tokio::test]
    async fn a_bare_answer_gets_its_document_after_what_comes_before_it() {
        for before in ["", OWN, HEAD] {
            let arrived = arrives(&format!("{before}{BARE}")).await;
            let answer = arrived.strip_prefix(before).expect("first of all");
            let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
            assert!(head.starts_with("HTTP/1.1 431 Request Header Fields Too Large\r\n"));
            assert!(head.contains(&format!("content-length: {}\r\n", body.len())));
            let body: serde_json::Value = serde_json::from_str(body).expect("JSON");
            assert_eq!(body["status"], 431);
            assert_eq!(body["code"], "headers_too_large");
            let id = body["request_id"].as_str().expect("an id");
            assert!(head.ends_with(&format!("x-request-id: {id}")));
        }
    }
}
