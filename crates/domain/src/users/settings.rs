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
    /// Errors: `too_deep` over 8 levels, at the key; `too_large` over 16 KiB;
    /// then nothing has changed.
    pub fn merged(&self, changes: &Map<String, Value>) -> Result<Self, FieldError> {
        let mut merged = self.0.clone();
        for (key, value) in changes {
            if value.is_null() {
                merged.remove(key);
            } else {
                merged.insert(key.clone(), value.clone());
            }
        }
        check_free_object(&merged)?;
        Ok(Self(merged))
    }
}

/// Checks the limits of a free JSON object (`too_deep`, `too_large`).
pub(super) fn check_free_object(object: &Map<String, Value>) -> Result<(), FieldError> {
    let too_deep = |(_, value): &(_, &Value)| depth(value) + 1 > MAX_SETTINGS_DEPTH;
    if let Some((key, _)) = object.iter().find(too_deep) {
        let message = format!("Nest values at most {MAX_SETTINGS_DEPTH} levels deep.");
        return Err(Invalid::new("too_deep", message).at(key.clone()));
    }
    let size = serde_json::to_vec(object).map_or(usize::MAX, |json| json.len());
    if size > MAX_SETTINGS_BYTES {
        return Err(Invalid::new("too_large", "Keep the object within 16 KiB of JSON.").at(""));
    }
    Ok(())
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(map) => 1 + map.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}
