use std::collections::BTreeSet;
use std::time::Duration;

use super::model::PREFIX;
use super::{AvatarError, AvatarKey, Avatars};

/// Objects that are looked at together.
const BATCH: usize = 500;
/// An object may be nobody's for so long: whoever put it may be about to make
/// it an account's. A request ends long before.
const GRACE: Duration = Duration::from_hours(1);

impl Avatars {
    /// Erases avatars that are nobody's and have been there for an hour: their
    /// upload or their erasure was cut off. Answers how many keys.
    pub async fn sweep(&self) -> Result<u64, AvatarError> {
        let before = self.clock.now().before(GRACE);
        let mut listing = self.media.list(PREFIX).await?;
        let mut swept = 0;
        loop {
            let objects = listing.next(BATCH).await?;
            if objects.is_empty() {
                return Ok(swept);
            }
            let keys: BTreeSet<AvatarKey> = objects
                .iter()
                .filter(|object| object.modified < before)
                .filter_map(|object| AvatarKey::of_object(&object.name))
                .collect();
            let keys: Vec<AvatarKey> = keys.into_iter().collect();
            let used = self.users.avatars_in_use(&keys).await?;
            for key in keys.iter().filter(|key| !used.contains(key)) {
                self.erase_objects(key).await?;
                swept += 1;
            }
        }
    }
}
