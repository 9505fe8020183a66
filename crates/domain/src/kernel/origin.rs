//! Where a request came from, for the security log and the list of sessions.

use std::net::IpAddr;

/// The client's address and software, as the door saw them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// Address of the client (of the trusted proxy's client where one is configured).
    pub ip: Option<IpAddr>,
    /// `User-Agent`, cut to 512 characters by the door.
    pub user_agent: Option<String>,
}
