//! Which avatars accounts name.

use diesel::prelude::*;
use vestibule_domain::avatars::AvatarKey;
use vestibule_domain::kernel::StoreError;

use super::SqlStorage;
use super::schema::users;
use super::stored::Stored;
use crate::database::dialect::on;

impl SqlStorage {
    pub(super) async fn named_avatars(
        &self,
        keys: &[AvatarKey],
    ) -> Result<Vec<AvatarKey>, StoreError> {
        let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
        self.database
            .query(move |conn| {
                let found: Vec<Option<String>> = on!(conn, |c| users::table
                    .filter(users::avatar.eq_any(&keys))
                    .select(users::avatar)
                    .distinct()
                    .load(c))?;
                let named = found.into_iter().flatten().map(|key| {
                    let row = Stored {
                        table: "users",
                        row: &key,
                    };
                    row.parsed("avatar", AvatarKey::parse(&key))
                });
                Ok(named.collect::<Result<_, _>>()?)
            })
            .await
    }
}
