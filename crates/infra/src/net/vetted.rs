//! Which addresses the service connects to when somebody else says where.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use thiserror::Error;

/// Whether an address is one of the public internet: no loopback, private,
/// link-local, shared (RFC 6598), documentation, benchmark, multicast or
/// reserved one, nor one of these inside an IPv6 address (IPv4-mapped,
/// IPv4-compatible, NAT64 of RFC 6052, 6to4, Teredo).
///
/// ```
/// use vestibule_infra::net::is_public;
///
/// assert!(is_public("93.184.215.14".parse()?));
/// assert!(!is_public("169.254.169.254".parse()?));
/// assert!(!is_public("::ffff:127.0.0.1".parse()?));
/// # Ok::<_, std::net::AddrParseError>(())
/// ```
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = matches!(
        (a, b, c),
        (0 | 10 | 127 | 224..=255, _, _)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (192, 168, _)
            | (198, 18 | 19, _)
            | (198, 51, 100)
            | (203, 0, 113)
    );
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    match segments {
        // NAT64 leads to the IPv4 address at its end (RFC 6052 section 2.1).
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => is_public_v4(embedded(high, low)),
        // Teredo, benchmarks, ORCHID, documentation; 6to4 leads elsewhere.
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x2002, ..] | [0x3fff, 0..=0xfff, ..] => false,
        // Of what is left only 2000::/3 is handed out (RFC 4291 section 2.4):
        // that leaves out loopback, mapped and compatible addresses, fc00::/7,
        // fe80::/10, multicast and the local NAT64 of RFC 8215.
        [0x2000..=0x3fff, ..] => true,
        _ => false,
    }
}

fn embedded(high: u16, low: u16) -> Ipv4Addr {
    let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
    Ipv4Addr::new(a, b, c, d)
}

/// A name leads to an address that is not public.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the name leads to a private address")]
pub struct PrivateAddress;

/// Resolves a name once and answers the addresses that the connection then
/// goes to; refuses the name when any of them is not public.
///
/// Addresses in place of names do not pass a resolver: whoever takes URLs from
/// others asks [`is_public`] of those.
#[derive(Debug, Clone, Copy)]
pub struct VettedResolver {
    /// Lets every address pass, for tests.
    pub allow_private: bool,
}

impl VettedResolver {
    /// The addresses of a name.
    pub async fn addresses(self, name: &str) -> std::io::Result<Vec<SocketAddr>> {
        let found: Vec<SocketAddr> = tokio::net::lookup_host((name, 0)).await?.collect();
        if self.allow_private || found.iter().all(|address| is_public(address.ip())) {
            Ok(found)
        } else {
            Err(std::io::Error::other(PrivateAddress))
        }
    }
}

impl Resolve for VettedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let resolver = *self;
        Box::pin(async move {
            let addresses = resolver.addresses(name.as_str()).await?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(addresses: &[&str]) -> Vec<bool> {
        let parsed = addresses
            .iter()
            .map(|text| text.parse().expect("an address"));
        parsed.map(is_public).collect()
    }

    #[test]
    fn addresses_of_the_internet_are_public() {
        let public = [
            "1.1.1.1",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.167.255.255",
            "223.255.255.255",
            "2606:4700:4700::1111",
            "2001:4860:4860::8888",
            "64:ff9b::1.1.1.1",
        ];
        assert_eq!(judged(&public), [true; 10]);
    }

    #[test]
    fn addresses_of_this_machine_and_of_networks_are_not() {
        let private = [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.255",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.170",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:1.1.1.1",
            "64:ff9b::127.0.0.1",
            "64:ff9b::10.0.0.1",
            "64:ff9b:1::1.1.1.1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "ff02::1",
        ];
        assert_eq!(judged(&private), [false; 32]);
    }

    #[tokio::test]
    async fn a_name_that_leads_home_is_refused() {
        let vetted = VettedResolver {
            allow_private: false,
        };
        let refused = vetted.addresses("localhost").await.expect_err("loopback");
        assert_eq!(refused.to_string(), PrivateAddress.to_string());
        let open = VettedResolver {
            allow_private: true,
        };
        assert!(!open.addresses("localhost").await.expect("found").is_empty());
    }
}
