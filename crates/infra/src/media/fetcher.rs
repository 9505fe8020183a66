//! Fetching pictures from public addresses, and from nowhere else.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use thiserror::Error;
use tokio::time::timeout;
use url::{Host, Url};
use vestibule_domain::avatars::{FetchError, ImageFetcher, ImageUrl, MAX_FILE_BYTES};
use vestibule_domain::kernel::BoxError;

use super::names::{Vet, VettedNames};
use crate::net::is_public;

/// A picture must have arrived after this time, redirects and all.
const PATIENCE: Duration = Duration::from_secs(10);
/// Redirects that are followed.
const MOST_REDIRECTS: usize = 3;
/// The usual ports of http and https.
const PORTS: [u16; 2] = [80, 443];

/// Where pictures may come from.
#[derive(Debug, Clone, Copy, Default)]
pub struct SourceSettings {
    /// Also from addresses that are not public, and from any port; for tests.
    pub allow_private: bool,
    /// The name server to ask; `None` for those of the system.
    pub dns_server: Option<SocketAddr>,
}

/// Why nothing can be fetched as configured.
#[derive(Debug, Error)]
#[error("the HTTP client cannot be started: {0}")]
pub struct SourceSettingsError(#[source] reqwest::Error);

/// The domain's `ImageFetcher` over http and https.
#[derive(Debug)]
pub struct HttpImageFetcher {
    client: Client,
    vet: Vet,
    any_port: bool,
}

impl HttpImageFetcher {
    /// Makes the client; connects to nothing yet.
    pub fn new(settings: SourceSettings) -> Result<Self, SourceSettingsError> {
        let vet: Vet = if settings.allow_private {
            |_| true
        } else {
            is_public
        };
        Self::vetting(vet, settings.allow_private, settings.dns_server)
    }

    fn vetting(
        vet: Vet,
        any_port: bool,
        dns_server: Option<SocketAddr>,
    ) -> Result<Self, SourceSettingsError> {
        let client = Client::builder()
            .dns_resolver(Arc::new(VettedNames::new(dns_server, vet)))
            // Each redirect is looked at first.
            .redirect(Policy::none())
            // A proxy would connect to what it looks up itself.
            .no_proxy()
            // A kept connection is one that nobody vets for the next request.
            .pool_max_idle_per_host(0)
            .referer(false)
            .user_agent("vestibule")
            .build()
            .map_err(SourceSettingsError)?;
        Ok(Self {
            client,
            vet,
            any_port,
        })
    }

    async fn follow(&self, url: &ImageUrl) -> Result<Vec<u8>, BoxError> {
        let mut url = Url::parse(url.as_str())?;
        for _ in 0..=MOST_REDIRECTS {
            self.check(&url)?;
            let request = self
                .client
                .get(url.clone())
                .header(ACCEPT, "image/webp, image/png, image/jpeg, image/gif")
                // What is not compressed cannot swell.
                .header(ACCEPT_ENCODING, "identity");
            let response = request.send().await?;
            match response.status() {
                StatusCode::OK => return read(response).await,
                StatusCode::MOVED_PERMANENTLY
                | StatusCode::FOUND
                | StatusCode::SEE_OTHER
                | StatusCode::TEMPORARY_REDIRECT
                | StatusCode::PERMANENT_REDIRECT => {
                    let location = response.headers().get(LOCATION);
                    let location = location.ok_or_else(|| refused("a redirect to nowhere"))?;
                    url = url.join(location.to_str()?)?;
                }
                status => return Err(refused(&format!("the status is {status}"))),
            }
        }
        Err(refused("too many redirects"))
    }

    /// What can be told before a name is looked up. The parser has made every
    /// spelling of an IPv4 address (`0x7f.1`, `2130706433`) one by then.
    fn check(&self, url: &Url) -> Result<(), BoxError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(refused("the scheme is neither http nor https"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refused("the URL has user information"));
        }
        let port = url.port_or_known_default();
        if !self.any_port && !port.is_some_and(|port| PORTS.contains(&port)) {
            return Err(refused("the port is not a usual one"));
        }
        let address = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            Some(Host::Domain(_)) => None,
            None => return Err(refused("the URL has no host")),
        };
        if address.is_some_and(|address| !(self.vet)(address)) {
            return Err(refused("the address is not public"));
        }
        Ok(())
    }
}

async fn read(mut response: Response) -> Result<Vec<u8>, BoxError> {
    let encoding = response.headers().get(CONTENT_ENCODING);
    if encoding.is_some_and(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(refused("the body is encoded"));
    }
    let too_large = || refused("the body is too large");
    let limit = MAX_FILE_BYTES as u64;
    if response
        .content_length()
        .is_some_and(|length| length > limit)
    {
        return Err(too_large());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > MAX_FILE_BYTES {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn refused(why: &str) -> BoxError {
    io::Error::other(why).into()
}

#[async_trait]
impl ImageFetcher for HttpImageFetcher {
    async fn fetch(&self, url: &ImageUrl) -> Result<Vec<u8>, FetchError> {
        let fetched = match timeout(PATIENCE, self.follow(url)).await {
            Ok(fetched) => fetched,
            Err(late) => Err(late.into()),
        };
        fetched.map_err(|cause| {
            // Without the URL, which may hold a secret.
            tracing::debug!(%cause, "an avatar was not fetched");
            FetchError(cause)
        })
    }
}

#[cfg(test)]
#[path = "fetcher_tests.rs"]
mod tests;
