//! The address of a `PostgreSQL` database.

use std::fmt;

use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};

/// Parameters of libpq that a URL gets unless it sets them itself.
///
/// A server that does not answer must be noticed by the client: after 2 s when
/// connecting, and when data of ours stays unacknowledged for 5 s.
const DEFAULTS: [(&str, &str); 7] = [
    ("application_name", "vestibule"),
    ("connect_timeout", "2"),
    ("keepalives_idle", "5"),
    ("keepalives_interval", "2"),
    ("keepalives_count", "3"),
    ("tcp_user_timeout", "5000"),
    // Of several hosts, the primary: a standby takes no writes.
    ("target_session_attrs", "read-write"),
];

/// Shorter passwords are not looked for in messages: they could be part of
/// any word.
const SHORTEST_HIDDEN: usize = 4;

/// A connection URI of libpq,
/// `postgres://user:password@host:port,host:port/database?sslmode=verify-full`
/// ([documentation](https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS)).
/// Neither `Debug` nor `Display` shows the password.
#[derive(Clone)]
pub struct PostgresUrl(SecretString);

impl PostgresUrl {
    /// Takes a text that begins with `postgres://` or `postgresql://`; the rest
    /// is for libpq to judge.
    pub fn parse(text: &str) -> Option<Self> {
        (text.starts_with("postgres://") || text.starts_with("postgresql://"))
            .then(|| Self(text.into()))
    }

    /// What libpq is given.
    pub(super) fn with_defaults(&self) -> String {
        let mut url = self.0.expose_secret().to_owned();
        for (name, value) in DEFAULTS {
            if self.parameters().any(|(set, _)| set == name) {
                continue;
            }
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(name);
            url.push('=');
            url.push_str(value);
        }
        url
    }

    /// A message of libpq in one line, without the password.
    pub(super) fn redact(&self, message: &str) -> String {
        let mut line = message.split_whitespace().collect::<Vec<_>>().join(" ");
        for secret in self.secrets() {
            let decoded = percent_decode_str(secret).decode_utf8_lossy();
            for text in [secret, &decoded] {
                line = line.replace(&format!(":{text}@"), ":***@");
                if text.len() >= SHORTEST_HIDDEN && self.user() != Some(text) {
                    line = line.replace(text, "***");
                }
            }
        }
        line
    }

    /// Scheme, then user and password where the URL has them, then the rest.
    fn parts(&self) -> (&str, Option<&str>, &str) {
        let url = self.0.expose_secret();
        let authority = url.find("://").map_or(0, |scheme| scheme + 3);
        let (scheme, rest) = url.split_at(authority);
        match rest.find(['@', '/', '?']) {
            Some(end) if rest[end..].starts_with('@') => {
                (scheme, Some(&rest[..end]), &rest[end + 1..])
            }
            _ => (scheme, None, rest),
        }
    }

    fn user(&self) -> Option<&str> {
        let user_info = self.parts().1?;
        Some(
            user_info
                .split_once(':')
                .map_or(user_info, |(user, _)| user),
        )
    }

    fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        let query = self
            .parts()
            .2
            .split_once('?')
            .map_or("", |(_, query)| query);
        query.split('&').filter_map(|pair| pair.split_once('='))
    }

    fn secrets(&self) -> impl Iterator<Item = &str> {
        let password = self.parts().1.and_then(|user| user.split_once(':'));
        password.map(|(_, password)| password).into_iter().chain(
            self.parameters()
                .filter(|(name, _)| is_secret(name))
                .map(|(_, value)| value),
        )
    }
}

fn is_secret(parameter: &str) -> bool {
    parameter == "password" || parameter == "sslpassword"
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, user_info, rest) = self.parts();
        f.write_str(scheme)?;
        if let Some(user_info) = user_info {
            match user_info.split_once(':') {
                Some((user, _)) => write!(f, "{user}:***@")?,
                None => write!(f, "{user_info}@")?,
            }
        }
        let (place, _) = rest.split_once('?').unwrap_or((rest, ""));
        f.write_str(place)
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> PostgresUrl {
        PostgresUrl::parse(text).expect("a URL of PostgreSQL")
    }

    #[test]
    fn other_schemes_are_refused() {
        for text in [
            "",
            "vestibule.db",
            "sqlite:a.db",
            "mysql://a/b",
            "postgres:a",
        ] {
            assert!(PostgresUrl::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn defaults_are_added_where_nothing_is_said() {
        let bare = url("postgres://h1:5432,h2/accounts").with_defaults();
        assert!(bare.starts_with("postgres://h1:5432,h2/accounts?application_name=vestibule&"));
        assert!(bare.ends_with("&target_session_attrs=read-write"));
        let set = url("postgresql://h/a?connect_timeout=9&sslmode=require").with_defaults();
        assert!(set.starts_with("postgresql://h/a?connect_timeout=9&sslmode=require&"));
        assert_eq!(set.matches("connect_timeout").count(), 1);
    }

    #[test]
    fn the_password_is_never_shown() {
        let secret = url("postgres://ada:s%40cret!@db.example:5432/accounts?sslpassword=pem-pass");
        assert_eq!(
            secret.to_string(),
            "postgres://ada:***@db.example:5432/accounts"
        );
        assert!(!format!("{secret:?}").contains("s%40cret"));
        let message =
            "invalid URI \"postgres://ada:s%40cret!@db\":\n\tno s@cret! or pem-pass here\n";
        assert_eq!(
            secret.redact(message),
            "invalid URI \"postgres://ada:***@db\": no *** or *** here"
        );
        let alike = url("postgres://postgres:postgres@localhost/postgres");
        assert_eq!(
            alike.to_string(),
            "postgres://postgres:***@localhost/postgres"
        );
        assert_eq!(
            alike.redact("password authentication failed for user \"postgres\""),
            "password authentication failed for user \"postgres\""
        );
        assert_eq!(url("postgres://h/a").redact("a\nb"), "a b");
    }
}
