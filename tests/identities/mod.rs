//! Linked identities, against a real OpenID Connect provider and against
//! servers that answer as GitHub, LinkedIn, X, Mastodon and Bluesky document.

mod browser;
mod oidc;
mod provider;
mod sites;
mod wire;
