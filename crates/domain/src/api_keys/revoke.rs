use super::{ApiKey, ApiKeys, KeyError, KeyManager, KeyRule, RemoveKey};
use crate::activity::{Details, Event, LogEntry};
use crate::kernel::{ApiKeyId, Origin, UserId, Version, Write};

impl ApiKeys {
    /// Deletes the manager's key. `key` was found by [`ApiKeys::find`].
    pub async fn revoke(
        &self,
        manager: &KeyManager,
        key: &ApiKey,
        expected: Option<Version>,
        origin: &Origin,
    ) -> Result<(), KeyError> {
        let entry = self.entry(manager, key, Event::ApiKeyRevoked, origin);
        self.remove(Some(manager.id()), key.id, expected, Some(entry))
            .await
    }

    /// Deletes any key, for operators on the command line; answers what it was.
    pub async fn revoke_any(&self, key: ApiKeyId) -> Result<ApiKey, KeyError> {
        let found = self.store.find(key).await?.ok_or(KeyRule::NotFound)?;
        let entry = found.owner.map(|owner| LogEntry {
            id: self.ids.id(),
            user: owner,
            event: Event::ApiKeyRevoked,
            session: None,
            origin: Origin::default(),
            details: details(&found),
        });
        self.remove(None, key, None, entry).await?;
        Ok(found)
    }

    async fn remove(
        &self,
        owner: Option<UserId>,
        key: ApiKeyId,
        expected: Option<Version>,
        entry: Option<LogEntry>,
    ) -> Result<(), KeyError> {
        let command = RemoveKey {
            owner,
            key,
            expected,
        };
        let mut write = Write::new(command, self.clock.now());
        write.log.extend(entry);
        if self.store.remove(write).await? {
            Ok(())
        } else {
            Err(KeyRule::NotFound.into())
        }
    }

    /// What the security log says of a key.
    pub(super) fn entry(
        &self,
        manager: &KeyManager,
        key: &ApiKey,
        event: Event,
        origin: &Origin,
    ) -> LogEntry {
        LogEntry {
            id: self.ids.id(),
            user: manager.id(),
            event,
            session: Some(manager.signed_in().session.id),
            origin: origin.clone(),
            details: details(key),
        }
    }
}

fn details(key: &ApiKey) -> Details {
    let scopes: Vec<_> = key.scopes.iter().map(|scope| scope.as_str()).collect();
    Details::of([
        ("api_key", key.id.to_string()),
        ("name", key.name.to_string()),
    ])
    .and("scopes", scopes)
}
