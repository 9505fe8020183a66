//! From the names of hosts to addresses that may be connected to.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::{ResolverBuilder, TokioResolver};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Whether an address may be connected to.
pub(super) type Vet = fn(IpAddr) -> bool;

/// Looks names up, and answers addresses only when all of them may be
/// connected to. It is asked once for each connection, which then goes to what
/// it answered: no second look-up can say something else.
pub(super) struct VettedNames {
    /// None where the system has no configuration that can be read.
    resolver: Option<Arc<TokioResolver>>,
    vet: Vet,
}

impl VettedNames {
    /// Asks `server`, or the servers of the system's configuration.
    pub(super) fn new(server: Option<SocketAddr>, vet: Vet) -> Self {
        let resolver = match server {
            Some(server) => asking(server).build(),
            None => TokioResolver::builder_tokio().and_then(ResolverBuilder::build),
        };
        let resolver = resolver
            .inspect_err(|error| {
                tracing::warn!(%error, "no name server is known: avatars cannot be fetched by URL");
            })
            .ok();
        Self {
            resolver: resolver.map(Arc::new),
            vet,
        }
    }
}

fn asking(server: SocketAddr) -> ResolverBuilder<TokioRuntimeProvider> {
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()];
    let connections = connections
        .into_iter()
        .map(|mut connection| {
            connection.port = server.port();
            connection
        })
        .collect();
    let server = NameServerConfig::new(server.ip(), true, connections);
    let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
    TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
}

impl Resolve for VettedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let (resolver, vet) = (self.resolver.clone(), self.vet);
        Box::pin(async move {
            let resolver = resolver.ok_or_else(|| io::Error::other("no name server is known"))?;
            // From the root: a search list could make a local name of it.
            let name = format!("{}.", name.as_str().trim_end_matches('.'));
            let found: Vec<IpAddr> = resolver.lookup_ip(name).await?.iter().collect();
            if found.is_empty() || !found.iter().all(|address| vet(*address)) {
                return Err(io::Error::other("the name has an address that is not public").into());
            }
            let found = found.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(found) as Addrs)
        })
    }
}
