//! The `OpenAPI` documents as they are served: the committed ones of `docs/`,
//! compressed, which tests hold to what the code says.

use std::collections::BTreeMap;
use std::io::{self, Read as _, Write as _};

use bytes::Bytes;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

/// The bytes of a document of `docs/`, compressed.
macro_rules! committed {
    ($name:literal) => {
        include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".json.gz"))
    };
}
pub(crate) use committed;

/// A document, compressed.
#[derive(Debug, Clone)]
pub(crate) struct Document(Bytes);

/// What the table of routes reads of a document.
#[derive(Deserialize)]
struct Listed {
    #[serde(default)]
    #[expect(
        clippy::zero_sized_map_values,
        reason = "of an operation nothing but its method is read"
    )]
    paths: BTreeMap<String, BTreeMap<String, IgnoredAny>>,
}

/// The `OpenAPI` document of the native API, in JSON.
pub fn committed_document() -> io::Result<String> {
    Document::native().text()
}

impl Document {
    /// That of the native API.
    pub(crate) fn native() -> Self {
        Self(Bytes::from_static(committed!("openapi")))
    }

    /// A committed one, with its paths below `prefix`.
    pub(crate) fn below(prefix: &str, committed: &'static [u8]) -> Self {
        let document = Self(Bytes::from_static(committed));
        if prefix.is_empty() {
            return document;
        }
        // What was committed is read and written without failure.
        document.moved(prefix).unwrap_or(document)
    }

    /// Of a document in JSON.
    pub(crate) fn pack(document: &[u8]) -> io::Result<Self> {
        let mut packed = GzEncoder::new(Vec::new(), Compression::default());
        packed.write_all(document)?;
        Ok(Self(packed.finish()?.into()))
    }

    /// The compressed bytes.
    pub(crate) fn packed(&self) -> Bytes {
        self.0.clone()
    }

    /// As it is committed.
    pub(crate) fn text(&self) -> io::Result<String> {
        let mut text = String::new();
        GzDecoder::new(&*self.0).read_to_string(&mut text)?;
        Ok(text)
    }

    /// Each path with its methods in lower case.
    pub(crate) fn paths(&self) -> Vec<(String, Vec<String>)> {
        let listed = self
            .text()
            .map(|text| serde_json::from_str::<Listed>(&text));
        let paths = match listed {
            Ok(Ok(listed)) => listed.paths,
            Ok(Err(_)) | Err(_) => BTreeMap::new(),
        };
        let paths = paths.into_iter();
        paths
            .map(|(path, item)| (path, item.into_keys().collect()))
            .collect()
    }

    fn moved(&self, prefix: &str) -> io::Result<Self> {
        let mut document: Value = serde_json::from_str(&self.text()?)?;
        if let Some(Value::Object(paths)) = document.get_mut("paths") {
            let listed = std::mem::take(paths).into_iter();
            *paths = listed
                .map(|(path, item)| (format!("{prefix}{path}"), item))
                .collect::<Map<_, _>>();
        }
        Self::pack(&serde_json::to_vec(&document)?)
    }
}
