//! Tables of redb as this adapter uses them: text keys, rows kept as JSON.
//!
//! A key is an id in its own spelling, a digest in URL-safe base64, or several of
//! these joined by `/`. Ids sort as text as they do as numbers, so a range scan
//! over the keys that begin with `usr_…/` answers what one user has, in the
//! order in which it was made.

use std::marker::PhantomData;
use std::ops::Bound::{self, Excluded, Included};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use redb::{ReadTransaction, ReadableTable, TableDefinition, WriteTransaction};
use serde::Serialize;
use serde::de::DeserializeOwned;
use vestibule_domain::kernel::{Digest, Id, IdKind, StoreError, UserId};

/// What a table keeps: something of the domain, and the row that it is kept as.
///
/// Both directions take their input apart field by field and without `..`, so
/// that a new field in the domain stops the build here.
pub(crate) trait Stored: Sized {
    type Row: Serialize + DeserializeOwned;

    fn to_row(&self) -> Self::Row;

    /// `Corrupt` when the row holds what the domain's type cannot.
    fn from_row(row: Self::Row, at: Place<'_>) -> Result<Self, StoreError>;
}

/// What an index keeps: the key of a row in another table.
impl Stored for String {
    type Row = String;

    fn to_row(&self) -> String {
        self.clone()
    }

    fn from_row(row: String, _: Place<'_>) -> Result<Self, StoreError> {
        Ok(row)
    }
}

/// Where a row stands, for the error when it cannot be read back.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) table: &'static str,
    pub(crate) key: &'a str,
}

impl Place<'_> {
    pub(crate) fn parsed<T, E>(
        self,
        column: &'static str,
        parsed: Result<T, E>,
    ) -> Result<T, StoreError> {
        parsed.map_err(|_| StoreError::Corrupt {
            table: self.table,
            column,
            row: self.key.to_owned(),
        })
    }

    pub(crate) fn optional<T, E>(
        self,
        column: &'static str,
        value: Option<&str>,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, StoreError> {
        self.parsed(column, value.map(parse).transpose())
    }

    /// The id that the key ends in.
    pub(crate) fn id<K: IdKind>(self) -> Result<Id<K>, StoreError> {
        let id = self.key.rsplit('/').next().unwrap_or_default();
        self.parsed("key", id.parse())
    }

    /// The user that the key begins with.
    pub(crate) fn owner(self) -> Result<UserId, StoreError> {
        let user = self.key.split('/').next().unwrap_or_default();
        self.parsed("key", user.parse())
    }
}

/// The key of what belongs to a user.
pub(crate) fn owned<K: IdKind>(user: UserId, id: Id<K>) -> String {
    format!("{user}/{id}")
}

/// What the keys of all that belongs to a user begin with.
pub(crate) fn owned_by(user: UserId) -> String {
    format!("{user}/")
}

/// The digest as a key.
pub(crate) fn digest_key(digest: Digest) -> String {
    URL_SAFE_NO_PAD.encode(digest.0)
}

/// A table that keeps `T`.
pub(crate) struct Table<T> {
    name: &'static str,
    keeps: PhantomData<fn() -> T>,
}

type Key = &'static str;
type Json = &'static [u8];

impl<T> Table<T> {
    pub(crate) const fn new(name: &'static str) -> Self {
        Self {
            name,
            keeps: PhantomData,
        }
    }

    const fn definition(&self) -> TableDefinition<'static, Key, Json> {
        TableDefinition::new(self.name)
    }

    const fn rows<R>(&self, raw: R) -> Rows<R, T> {
        Rows {
            table: self.name,
            raw,
            keeps: PhantomData,
        }
    }
}

/// What both kinds of transaction can do.
pub(crate) trait Reads {
    fn open<T: Stored>(
        &self,
        table: &Table<T>,
    ) -> Result<Rows<impl ReadableTable<Key, Json>, T>, StoreError>;

    fn get<T: Stored>(&self, table: &Table<T>, key: &str) -> Result<Option<T>, StoreError> {
        self.open(table)?.get(key)
    }
}

impl Reads for ReadTransaction {
    fn open<T: Stored>(
        &self,
        table: &Table<T>,
    ) -> Result<Rows<impl ReadableTable<Key, Json>, T>, StoreError> {
        let raw = self.open_table(table.definition());
        Ok(table.rows(raw.map_err(driver)?))
    }
}

impl Reads for WriteTransaction {
    fn open<T: Stored>(
        &self,
        table: &Table<T>,
    ) -> Result<Rows<impl ReadableTable<Key, Json>, T>, StoreError> {
        let raw = self.open_table(table.definition());
        Ok(table.rows(raw.map_err(driver)?))
    }
}

/// What a write transaction can do besides.
pub(crate) trait Writes: Reads {
    /// Stores the row, in place of the one with this key where there is one.
    fn put<T: Stored>(&self, table: &Table<T>, key: &str, value: &T) -> Result<(), StoreError>;

    /// Answers whether there was such a row.
    fn remove<T: Stored>(&self, table: &Table<T>, key: &str) -> Result<bool, StoreError>;
}

impl Writes for WriteTransaction {
    fn put<T: Stored>(&self, table: &Table<T>, key: &str, value: &T) -> Result<(), StoreError> {
        let json = serde_json::to_vec(&value.to_row()).map_err(StoreError::unavailable)?;
        let mut raw = self.open_table(table.definition()).map_err(driver)?;
        raw.insert(key, json.as_slice()).map_err(driver)?;
        Ok(())
    }

    fn remove<T: Stored>(&self, table: &Table<T>, key: &str) -> Result<bool, StoreError> {
        let mut raw = self.open_table(table.definition()).map_err(driver)?;
        let removed = raw.remove(key).map_err(driver)?;
        Ok(removed.is_some())
    }
}

/// An open table.
pub(crate) struct Rows<R, T> {
    table: &'static str,
    raw: R,
    keeps: PhantomData<fn() -> T>,
}

impl<R: ReadableTable<Key, Json>, T: Stored> Rows<R, T> {
    pub(crate) fn get(&self, key: &str) -> Result<Option<T>, StoreError> {
        let json = self.raw.get(key).map_err(driver)?;
        json.map(|json| self.decode(key, json.value())).transpose()
    }

    /// The rows with keys in the range, in the order of their keys, read one
    /// by one.
    pub(crate) fn range<'s>(
        &'s self,
        range: (Bound<&str>, Bound<&str>),
    ) -> Result<impl DoubleEndedIterator<Item = Result<T, StoreError>> + use<'s, R, T>, StoreError>
    {
        let rows = self.raw.range::<&str>(range).map_err(driver)?;
        Ok(rows.map(|row| {
            let (key, json) = row.map_err(driver)?;
            self.decode(key.value(), json.value())
        }))
    }

    /// The rows with keys that begin with `prefix`, all at once: a table that
    /// is being read cannot be written to.
    pub(crate) fn starting_with(&self, prefix: &str) -> Result<Vec<T>, StoreError> {
        let end = end_of(prefix);
        self.range((Included(prefix), Excluded(&end)))?.collect()
    }

    /// How many keys begin with `prefix`.
    pub(crate) fn count(&self, prefix: &str) -> Result<u64, StoreError> {
        if prefix.is_empty() {
            return self.raw.len().map_err(driver);
        }
        let end = end_of(prefix);
        let mut count = 0;
        for row in self.raw.range(prefix..end.as_str()).map_err(driver)? {
            row.map_err(driver)?;
            count += 1;
        }
        Ok(count)
    }

    fn decode(&self, key: &str, json: &[u8]) -> Result<T, StoreError> {
        let table = self.table;
        let at = Place { table, key };
        T::from_row(at.parsed("value", serde_json::from_slice(json))?, at)
    }
}

/// Greater than every key that begins with `prefix` and goes on with ids and
/// digests: they have no `~`.
pub(crate) fn end_of(prefix: &str) -> String {
    format!("{prefix}~")
}

/// Whatever redb reports is no answer about the data: the caller may try again.
pub(crate) fn driver(error: impl Into<redb::Error>) -> StoreError {
    StoreError::unavailable(error.into())
}
