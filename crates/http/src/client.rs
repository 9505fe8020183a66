//! From which address a client comes, also behind proxies.

use std::net::{IpAddr, SocketAddr};

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderName};
use ipnet::IpNet;

/// The proxies in front of the service. Without any, the address is that of
/// the connection, and no header says otherwise.
#[derive(Debug, Clone, Default)]
pub struct Proxies {
    /// Networks of proxies that are believed.
    pub trusted: Vec<IpNet>,
    /// The header in which they tell whom they speak for.
    pub header: ForwardedHeader,
}

/// How proxies tell whom they speak for. Only one header is read: a proxy that
/// writes one of them may let the other one pass as the client sent it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ForwardedHeader {
    /// `X-Forwarded-For: 203.0.113.7, 10.0.0.2`.
    #[default]
    XForwardedFor,
    /// `Forwarded: for=203.0.113.7, for=10.0.0.2` (RFC 7239).
    Forwarded,
}

impl Proxies {
    /// The client's address: each proxy adds whom it got the request from, so
    /// it is the rightmost one that is no trusted proxy's. What stands left of
    /// that may be made up.
    pub(crate) fn client(&self, request: &HttpRequest) -> Option<IpAddr> {
        let peer = request.peer_addr()?.ip().to_canonical();
        if !self.is_trusted(peer) {
            return Some(peer);
        }
        let name: HeaderName = match self.header {
            ForwardedHeader::XForwardedFor => HeaderName::from_static("x-forwarded-for"),
            ForwardedHeader::Forwarded => header::FORWARDED,
        };
        let lines: Vec<&str> = request
            .headers()
            .get_all(name)
            .map(|line| line.to_str().unwrap_or(""))
            .collect();
        let mut client = peer;
        for hop in lines.join(",").rsplit(',') {
            let address = match self.header {
                ForwardedHeader::XForwardedFor => address(hop),
                ForwardedHeader::Forwarded => forwarded_for(hop).and_then(address),
            };
            // Beyond what cannot be read nothing is certain.
            let Some(address) = address else { break };
            client = address;
            if !self.is_trusted(client) {
                break;
            }
        }
        Some(client)
    }

    fn is_trusted(&self, address: IpAddr) -> bool {
        self.trusted
            .iter()
            .any(|network| network.contains(&address))
    }
}

/// The `for` of one element of `Forwarded`.
fn forwarded_for(element: &str) -> Option<&str> {
    element.split(';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("for")
            .then(|| value.trim().trim_matches('"'))
    })
}

/// An address, maybe with a port, maybe in brackets.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse().ok().or_else(|| {
        let with_port: SocketAddr = text.parse().ok()?;
        Some(with_port.ip())
    });
    address.map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn client(header: ForwardedHeader, peer: &str, lines: &[&str]) -> String {
        let proxies = Proxies {
            trusted: ["10.0.0.0/8", "fd00::/8"]
                .map(|network| network.parse().expect("a network"))
                .to_vec(),
            header,
        };
        let peer = SocketAddr::new(peer.parse().expect("an address"), 1234);
        let mut request = TestRequest::default().peer_addr(peer);
        let name = match header {
            ForwardedHeader::XForwardedFor => "x-forwarded-for",
            ForwardedHeader::Forwarded => "forwarded",
        };
        for line in lines {
            request = request.append_header((name, *line));
        }
        let client = proxies.client(&request.to_http_request());
        client.expect("an address").to_string()
    }

    #[test]
    fn the_rightmost_address_that_is_no_proxy_counts() {
        let of = |peer, lines: &[&str]| client(ForwardedHeader::XForwardedFor, peer, lines);
        assert_eq!(of("192.0.2.1", &["203.0.113.7"]), "192.0.2.1");
        assert_eq!(of("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(of("10.0.0.1", &["203.0.113.7"]), "203.0.113.7");
        assert_eq!(of("::ffff:10.0.0.1", &["203.0.113.7"]), "203.0.113.7");
        assert_eq!(of("10.0.0.1", &["1.1.1.1, 203.0.113.7"]), "203.0.113.7");
        assert_eq!(
            of("10.0.0.1", &["1.1.1.1,203.0.113.7 , 10.0.0.9"]),
            "203.0.113.7"
        );
        assert_eq!(of("10.0.0.1", &["1.1.1.1", "203.0.113.7"]), "203.0.113.7");
        assert_eq!(of("10.0.0.1", &["203.0.113.7:4711"]), "203.0.113.7");
        assert_eq!(of("fd00::1", &["[2001:db8::7]:4711"]), "2001:db8::7");
        assert_eq!(of("fd00::1", &["2001:db8::7"]), "2001:db8::7");
        assert_eq!(of("10.0.0.1", &["203.0.113.7, nonsense"]), "10.0.0.1");
        assert_eq!(of("10.0.0.1", &["nonsense, 10.0.0.9"]), "10.0.0.9");
        assert_eq!(of("10.0.0.1", &["for=203.0.113.7"]), "10.0.0.1");
    }

    #[test]
    fn the_standard_header_is_read_when_it_is_chosen() {
        let of = |lines: &[&str]| client(ForwardedHeader::Forwarded, "10.0.0.1", lines);
        assert_eq!(of(&["for=203.0.113.7"]), "203.0.113.7");
        assert_eq!(
            of(&["For=\"[2001:db8::7]:4711\";proto=https"]),
            "2001:db8::7"
        );
        assert_eq!(
            of(&["for=1.1.1.1, by=10.0.0.2; for=\"203.0.113.7:80\", for=10.0.0.9"]),
            "203.0.113.7"
        );
        assert_eq!(of(&["for=203.0.113.7, for=unknown"]), "10.0.0.1");
        assert_eq!(of(&["203.0.113.7"]), "10.0.0.1");
    }
}
