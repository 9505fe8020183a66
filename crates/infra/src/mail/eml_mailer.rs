//! Letters as files, until an SMTP server is configured.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use tokio::task::spawn_blocking;
use vestibule_domain::kernel::{BoxError, Clock, JobId};
use vestibule_domain::outbox::{Mail, MailError, Mailer};

use super::Letters;
use crate::durable_file;

/// The domain's `Mailer`: one `.eml` file (RFC 5322) per letter, mode 0600,
/// named after its job, so that a retry replaces it.
pub struct EmlMailer {
    folder: PathBuf,
    letters: Letters,
    clock: Arc<dyn Clock>,
}

impl EmlMailer {
    /// Writes letters into this folder, which is made when there is none. One
    /// process at a time may write into a folder.
    pub fn new(folder: PathBuf, letters: Letters, clock: Arc<dyn Clock>) -> io::Result<Self> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)?;
        remove_unfinished(&folder)?;
        Ok(Self {
            folder,
            letters,
            clock,
        })
    }

    async fn write(&self, id: JobId, mail: &Mail) -> Result<(), BoxError> {
        let letter = self.letters.write(id, mail, self.clock.now())?.formatted();
        let path = self.folder.join(format!("{id}.eml"));
        spawn_blocking(move || durable_file::replace(&path, &letter)).await??;
        Ok(())
    }
}

/// Letters that a killed process was writing: their jobs are sent again.
fn remove_unfinished(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().as_encoded_bytes();
        let suffix = durable_file::TEMPORARY_SUFFIX.as_bytes();
        if name.starts_with(b".job_") && name.ends_with(suffix) {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

#[async_trait]
impl Mailer for EmlMailer {
    async fn send(&self, id: JobId, mail: &Mail) -> Result<(), MailError> {
        self.write(id, mail).await.map_err(|error| {
            tracing::warn!(job = %id, error = &*error as &dyn std::error::Error, "letter not written");
            MailError::Failed(error)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use vestibule_testkit::clock::FixedClock;

    use super::*;
    use crate::mail::LetterSettings;

    fn mailer(folder: &Path) -> EmlMailer {
        let letters = Letters::new(&LetterSettings::new("https://id.example")).expect("settings");
        let clock = Arc::new(FixedClock::default());
        EmlMailer::new(folder.to_owned(), letters, clock).expect("a folder")
    }

    fn verification(to: &str, key: &str) -> Mail {
        Mail::VerifyEmail {
            to: to.to_owned(),
            username: "alice".to_owned(),
            key: key.to_owned(),
        }
    }

    fn files(folder: &Path) -> Vec<String> {
        fs::read_dir(folder)
            .expect("listed")
            .map(|entry| entry.expect("listed").file_name().display().to_string())
            .collect()
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("there").permissions().mode() & 0o7777
    }

    #[tokio::test]
    async fn a_letter_is_one_file_for_its_owner_and_a_retry_replaces_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let mail_folder = folder.path().join("data/mail");
        let mailer = mailer(&mail_folder);
        let id: JobId = "job_01h455vb4pex5vsknk084sn02q".parse().expect("an id");
        for key in ["K1", "K2"] {
            let mail = verification("alice@example.org", key);
            mailer.send(id, &mail).await.expect("sent");
        }
        assert_eq!(files(&mail_folder), [format!("{id}.eml")]);
        let path = mail_folder.join(format!("{id}.eml"));
        assert_eq!((mode(&mail_folder), mode(&path)), (0o700, 0o600));
        let text = fs::read_to_string(path).expect("read");
        assert!(text.starts_with("From: "));
        assert!(text.contains("\r\nhttps://id.example/verify-email?key=K2\r\n"));
        assert!(!text.contains("K1"));
    }

    #[tokio::test]
    async fn a_letter_that_cannot_be_written_is_an_error_and_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let mailer = mailer(folder.path());
        let id: JobId = "job_01h455vb4pex5vsknk084sn02q".parse().expect("an id");
        let refused = mailer.send(id, &verification("nobody", "K")).await;
        assert!(refused.is_err());
        // A folder in the way of the file.
        fs::create_dir_all(folder.path().join(format!("{id}.eml/x"))).expect("made");
        let refused = mailer
            .send(id, &verification("alice@example.org", "K"))
            .await;
        assert!(refused.is_err());
        assert_eq!(files(folder.path()), [format!("{id}.eml")]);
    }

    #[test]
    fn unfinished_letters_of_a_killed_process_are_removed_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in [".job_1.eml.0123.tmp", "job_1.eml", ".hidden", "notes.tmp"] {
            fs::write(folder.path().join(name), "x").expect("written");
        }
        mailer(folder.path());
        let mut left = files(folder.path());
        left.sort();
        assert_eq!(left, [".hidden", "job_1.eml", "notes.tmp"]);
    }
}
