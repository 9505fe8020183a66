//! Stored values back to domain types.

use std::net::IpAddr;

use vestibule_domain::kernel::{Id, IdKind, Origin, StoreError, Timestamp};

/// The row that is being read, to name it when a value is not readable.
#[derive(Clone, Copy)]
pub(super) struct Stored<'a> {
    pub(super) table: &'static str,
    pub(super) row: &'a str,
}

impl Stored<'_> {
    /// What a value was parsed to; [`StoreError::Corrupt`] when it was not.
    pub(super) fn parsed<T, E>(
        self,
        column: &'static str,
        parsed: Result<T, E>,
    ) -> Result<T, StoreError> {
        parsed.map_err(|_| StoreError::Corrupt {
            table: self.table,
            column,
            row: self.row.to_owned(),
        })
    }

    /// The same for a column that may be empty.
    pub(super) fn optional<T, E>(
        self,
        column: &'static str,
        value: Option<&str>,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, StoreError> {
        self.parsed(column, value.map(parse).transpose())
    }

    pub(super) fn id<K: IdKind>(
        self,
        column: &'static str,
        value: &str,
    ) -> Result<Id<K>, StoreError> {
        self.parsed(column, value.parse())
    }

    pub(super) fn origin(
        self,
        ip: Option<&str>,
        user_agent: Option<String>,
    ) -> Result<Origin, StoreError> {
        Ok(Origin {
            ip: self.optional("ip", ip, str::parse::<IpAddr>)?,
            user_agent,
        })
    }
}

/// A stored time that may be absent.
pub(super) fn time(micros: Option<i64>) -> Option<Timestamp> {
    micros.map(Timestamp::from_micros)
}
