//! `vestibule key list`

use vestibule_domain::api_keys::ApiKey;
use vestibule_domain::kernel::{Anchor, PageRequest, PageSize, Timestamp};

use super::{Failure, block_on, print, store_failed};
use crate::config::Settings;
use crate::wiring::{Adapters, make_data_folder, migrate_database};

/// Keys read at once.
const ROWS: i64 = 200;

/// Prints all keys, one a line, newest first, their fields apart by tabs.
pub(super) fn run(settings: &Settings) -> Result<(), Failure> {
    make_data_folder(settings)?;
    migrate_database(settings)?;
    let keys = block_on(async {
        let adapters = Adapters::open(settings, None).await?;
        let keys = all(settings, &adapters).await;
        adapters.database.shutdown().await;
        keys
    })?;
    for key in &keys {
        print(line(key))?;
    }
    Ok(())
}

async fn all(settings: &Settings, adapters: &Adapters) -> Result<Vec<ApiKey>, Failure> {
    let api_keys = adapters.api_keys(settings);
    let size = PageSize::new(ROWS).unwrap_or(PageSize::DEFAULT);
    let (mut keys, mut request) = (Vec::new(), PageRequest::number(1, size));
    loop {
        let page = api_keys.list_all(request).await;
        let page = page.map_err(|error| store_failed(&error))?;
        keys.extend(page.items);
        match keys.last() {
            Some(last) if page.has_next => request.anchor = Anchor::After(last.id),
            _ => return Ok(keys),
        }
    }
}

/// Uid, prefix, owner, scopes, times of creation, last use and end, name; `-`
/// stands for what there is not. A name has no tabs.
fn line(key: &ApiKey) -> String {
    let or_dash = |text: String| {
        if text.is_empty() {
            "-".to_owned()
        } else {
            text
        }
    };
    let time = |time: Option<Timestamp>| time.map(|time| time.to_string()).unwrap_or_default();
    let scopes: Vec<_> = key.scopes.iter().map(|scope| scope.as_str()).collect();
    let owner = key.owner.map(|owner| owner.to_string());
    [
        key.id.to_string(),
        key.prefix.clone(),
        owner.unwrap_or_default(),
        scopes.join(","),
        key.created_at.to_string(),
        time(key.last_used_at),
        time(key.expires_at),
        key.name.to_string(),
    ]
    .map(or_dash)
    .join("\t")
}
