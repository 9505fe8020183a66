//! Replacing the key that signs access tokens.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use vestibule_domain::kernel::Timestamp;

use super::secrets_file::NamedKey;
use super::{LEEWAY, Secrets, SecretsError};
use crate::durable_file;

/// A rotation that is prepared; the secrets file is locked until it is dropped.
///
/// The new key signs from a time on, and verifies at once: servers that are
/// given the file before that time never meet a key that they lack. Keys that
/// stopped signing so long ago that all their tokens have expired leave the
/// file. The database must have retired those before [`SigningRotation::store`],
/// or servers without them would be refused.
#[derive(Debug)]
pub struct SigningRotation {
    path: PathBuf,
    next: Secrets,
    retired: Vec<String>,
    _locked: File,
}

impl SigningRotation {
    /// Prepares a rotation: the new key signs from `signs_from` on; tokens live
    /// for `lifetime`.
    pub fn prepare(
        path: &Path,
        now: Timestamp,
        signs_from: Timestamp,
        lifetime: Duration,
    ) -> Result<Self, SecretsError> {
        let file = lock(path)?;
        let mut next = Secrets::read(path, &file)?;
        let mut key = NamedKey::signing();
        // Rounded up, so that it never signs before.
        key.used_from = signs_from.as_micros().div_euclid(1_000_000) + 1;
        let mut successor = key.used_from();
        let mut retired = Vec::new();
        let mut kept = vec![key];
        for old in std::mem::take(&mut next.signing) {
            // The last token that it signed has expired everywhere by then.
            let useless = successor.after(lifetime).after(LEEWAY).after(LEEWAY);
            successor = old.used_from();
            if useless <= now {
                retired.push(old.id);
            } else {
                kept.push(old);
            }
        }
        next.signing = kept;
        Ok(Self {
            path: path.to_owned(),
            next,
            retired,
            _locked: file,
        })
    }

    /// The id of the new key.
    pub fn key_id(&self) -> &str {
        &self.next.signing[0].id
    }

    /// From when on the new key signs.
    pub fn signs_from(&self) -> Timestamp {
        self.next.signing[0].used_from()
    }

    /// The ids of the keys that leave the file.
    pub fn retired(&self) -> &[String] {
        &self.retired
    }

    /// Replaces the file, in one step; answers the keys that it has now.
    pub fn store(self) -> Result<Secrets, SecretsError> {
        durable_file::replace(&self.path, &self.next.to_json()).map_err(|source| {
            SecretsError::Io {
                path: self.path.clone(),
                source,
            }
        })?;
        Ok(self.next)
    }
}

/// The file, which no other rotation replaces meanwhile.
fn lock(path: &Path) -> Result<File, SecretsError> {
    let failed = |source| SecretsError::Io {
        path: path.to_owned(),
        source,
    };
    loop {
        let file = File::open(path).map_err(failed)?;
        file.lock().map_err(failed)?;
        // Whoever had the lock before may have put another file in its place.
        let opened = file.metadata().map_err(failed)?.ino();
        if fs::metadata(path).map_err(failed)?.ino() == opened {
            return Ok(file);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const LIFETIME: Duration = Duration::from_mins(10);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(1_000_000 * seconds)
    }

    fn rotate(path: &Path, now: i64, signs_from: i64) -> (String, Vec<String>) {
        let rotation = SigningRotation::prepare(path, at(now), at(signs_from), LIFETIME);
        let rotation = rotation.expect("prepared");
        let told = (rotation.key_id().to_owned(), rotation.retired().to_vec());
        rotation.store().expect("stored");
        told
    }

    fn ids(path: &Path) -> Vec<String> {
        let secrets = Secrets::load(path).expect("readable");
        secrets.signing.iter().map(|key| key.id.clone()).collect()
    }

    #[test]
    fn a_key_stays_until_its_tokens_have_expired() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("secrets.json");
        let made = Secrets::load_or_create(&path).expect("made");
        let first = made.signing[0].id.clone();
        let (second, retired) = rotate(&path, 1_000, 1_060);
        assert_eq!(
            (ids(&path), retired),
            (vec![second.clone(), first.clone()], vec![])
        );
        // The first one signs until 1 061, for 600 seconds.
        let (third, none) = rotate(&path, 1_661, 1_661);
        assert_eq!(none, Vec::<String>::new());
        let (fourth, retired) = rotate(&path, 1_700, 1_700);
        assert_eq!(retired, [first]);
        assert_eq!(ids(&path), [fourth, third, second]);
        let bits = fs::metadata(&path).expect("a file").permissions().mode();
        assert_eq!(bits & 0o777, 0o600);
        let stored = Secrets::load(&path).expect("readable");
        assert!(stored.has_same_other_keys(&made));
        assert!(!stored.has_same_other_keys(&Secrets::generate()));
    }

    #[test]
    fn what_is_not_stored_changes_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("secrets.json");
        Secrets::load_or_create(&path).expect("made");
        let before = fs::read(&path).expect("readable");
        let rotation = SigningRotation::prepare(&path, at(1), at(1), LIFETIME);
        drop(rotation.expect("prepared"));
        assert_eq!(fs::read(&path).expect("readable"), before);
        assert!(
            SigningRotation::prepare(&folder.path().join("none"), at(1), at(1), LIFETIME).is_err()
        );
    }

    #[test]
    fn parallel_rotations_lose_no_key() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("secrets.json");
        Secrets::load_or_create(&path).expect("made");
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| rotate(&path, 1_000, 1_000));
            }
        });
        assert_eq!(ids(&path).len(), 9);
    }
}
