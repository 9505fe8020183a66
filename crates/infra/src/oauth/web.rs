//! HTTP with providers: bounded in time and size, without redirects.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use oauth2::http::{Response, StatusCode, header};
use oauth2::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::redirect::Policy;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use thiserror::Error;
use vestibule_domain::identities::ProviderError;
use vestibule_domain::kernel::Secret;

use crate::net::VettedResolver;

/// An answer must have arrived whole after this time.
const TIMEOUT: Duration = Duration::from_secs(5);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Largest answer that is read, in bytes.
const LARGEST: usize = 1024 * 1024;

/// Why a provider gave no answer.
#[derive(Debug, Error)]
pub(super) enum WebError {
    /// It cannot be reached, or broke off.
    #[error(transparent)]
    Failed(#[from] reqwest::Error),
    /// What it sent is too long.
    #[error("the answer has more than {LARGEST} bytes")]
    TooLarge,
    /// The answer cannot be handed on.
    #[error(transparent)]
    Http(#[from] oauth2::http::Error),
}

/// A client that follows no redirect and uses no proxy.
#[derive(Debug, Clone)]
pub(super) struct Web(reqwest::Client);

impl Web {
    /// For providers that the configuration names.
    pub(super) fn trusted() -> Result<Self, reqwest::Error> {
        Ok(Self(builder().build()?))
    }

    /// For servers that users name: connects to public addresses only.
    pub(super) fn vetted(allow_private: bool) -> Result<Self, reqwest::Error> {
        let resolver = VettedResolver { allow_private };
        Ok(Self(builder().dns_resolver(resolver).build()?))
    }

    /// Asks for JSON with a bearer token.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        url: &str,
        bearer: Option<&Secret>,
    ) -> Result<T, ProviderError> {
        let request = self.0.get(url);
        self.json(match bearer {
            Some(token) => request.bearer_auth(token.expose()),
            None => request,
        })
        .await
    }

    /// Posts JSON, or nothing with a bearer token, and reads JSON.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        url: &str,
        body: Option<&Value>,
        bearer: Option<&Secret>,
    ) -> Result<T, ProviderError> {
        let mut request = self.0.post(url);
        if let Some(body) = body {
            request = request.json(body);
        }
        if let Some(token) = bearer {
            request = request.bearer_auth(token.expose());
        }
        self.json(request).await
    }

    /// Posts a form and reads JSON.
    pub(super) async fn post_form<T: DeserializeOwned>(
        &self,
        url: &str,
        form: &[(&str, &str)],
    ) -> Result<T, ProviderError> {
        self.json(self.0.post(url).form(form)).await
    }

    /// 400, 401 and 403 are refusals; everything else that is no success tells
    /// nothing about what was shown.
    async fn json<T: DeserializeOwned>(
        &self,
        request: reqwest::RequestBuilder,
    ) -> Result<T, ProviderError> {
        let request = request
            .header(header::ACCEPT, "application/json")
            .build()
            .map_err(ProviderError::unavailable)?;
        let (status, body) = self
            .execute(request)
            .await
            .map_err(ProviderError::unavailable)?;
        match status {
            _ if status.is_success() => {
                serde_json::from_slice(&body).map_err(ProviderError::unavailable)
            }
            StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                Err(ProviderError::Refused)
            }
            _ => Err(ProviderError::unavailable(format!("it answered {status}"))),
        }
    }

    async fn execute(&self, request: reqwest::Request) -> Result<(StatusCode, Vec<u8>), WebError> {
        let mut response = self.0.execute(request).await?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > LARGEST {
                return Err(WebError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok((response.status(), body))
    }

    async fn token_request(&self, request: HttpRequest) -> Result<HttpResponse, WebError> {
        let (mut status, mut body) = self.execute(request.try_into()?).await?;
        if let Ok(mut answer) = serde_json::from_slice::<Map<String, Value>>(&body) {
            // GitHub answers its errors with 200.
            if status.is_success() && answer.contains_key("error") {
                status = StatusCode::BAD_REQUEST;
            }
            // LinkedIn leaves the type out; there is one type only.
            if answer.contains_key("access_token") && !answer.contains_key("token_type") {
                answer.insert("token_type".to_owned(), Value::from("bearer"));
                body = serde_json::to_vec(&answer).unwrap_or(body);
            }
        }
        Ok(Response::builder()
            .status(status)
            .header(header::CONTENT_TYPE, "application/json")
            .body(body)?)
    }
}

impl<'c> AsyncHttpClient<'c> for Web {
    type Error = WebError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, WebError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.token_request(request))
    }
}

fn builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .timeout(TIMEOUT)
        .connect_timeout(CONNECT_TIMEOUT)
        // GitHub refuses requests without.
        .user_agent("vestibule")
}
