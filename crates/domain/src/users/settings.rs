use serde_json::{Map, Value};

use crate::kernel::{FieldError, Invalid};

/// The largest settings, as compact JSON: 16 KiB.
pub const MAX_SETTINGS_BYTES: usize = 16 * 1024;
/// The deepest nesting, counting the settings object itself.
pub const MAX_SETTINGS_DEPTH: usize = 8;

/// A free JSON object that clients keep with an account.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Settings(Map<String, Value>);

impl Settings {
    /// Settings read back from storage.
    pub const fn from_map(map: Map<String, Value>) -> Self {
        Self(map)
    }

    /// The object.
    pub const fn as_map(&self) -> &Map<String, Value> {
        &self.0
    }

    /// Merges `changes` key by key on the top level; `null` removes a key.
    ///
    /// Errors: `too_large` over 16 KiB, `too_deep` over 8 levels; then nothing
    /// has changed.
    pub fn merged(&self, changes: &Map<String, Value>) -> Result<Self, FieldError> {
        let mut merged = self.0.clone();
        for (key, value) in changes {
            if value.is_null() {
                merged.remove(key);
            } else {
                if depth(value) + 1 > MAX_SETTINGS_DEPTH {
                    return Err(Invalid::new(
                        "too_deep",
                        format!("Nest settings at most {MAX_SETTINGS_DEPTH} levels deep."),
                    )
                    .at(key.clone()));
                }
                merged.insert(key.clone(), value.clone());
            }
        }
        let merged = Value::Object(merged);
        if merged.to_string().len() > MAX_SETTINGS_BYTES {
            return Err(
                Invalid::new("too_large", "Keep the settings within 16 KiB of JSON.").at(""),
            );
        }
        match merged {
            Value::Object(map) => Ok(Self(map)),
            _ => Ok(Self::default()),
        }
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(map) => 1 + map.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}
