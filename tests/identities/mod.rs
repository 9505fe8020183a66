//! Linked identities, against a real OpenID Connect provider and against
//! servers that answer as GitHub, LinkedIn, X, Mastodon and Bluesky document.

mod browser;
pub(crate) mod linked;
mod oidc;
mod provider;
mod sites;
mod stand_ins;
pub(crate) mod wire;
