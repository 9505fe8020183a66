//! Files that hold secrets: readable by their owner only, never seen half
//! written, and still there after a power cut once they are reported written.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// How the name of a file ends that is still being written.
pub(crate) const TEMPORARY_SUFFIX: &str = ".tmp";

const OWNER_ONLY: u32 = 0o600;

/// Makes or replaces the file, mode 0600.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = write_beside(path, bytes)?;
    fs::rename(&temporary, path).inspect_err(|_| remove(&temporary))?;
    sync_folder(path)
}

/// Makes the file, mode 0600, unless there is one: answers whether it did. Of
/// several processes that do this at once exactly one does.
pub(crate) fn create(path: &Path, bytes: &[u8]) -> io::Result<bool> {
    let temporary = write_beside(path, bytes)?;
    // A link, unlike a rename, fails when the name is taken.
    let linked = fs::hard_link(&temporary, path);
    remove(&temporary);
    match linked {
        Ok(()) => sync_folder(path).map(|()| true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

fn write_beside(path: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "not the path of a file"))?;
    let mut random = [0; 8];
    aws_lc_rs::rand::fill(&mut random).map_err(|_| io::Error::other("no randomness"))?;
    let temporary = path.with_file_name(format!(
        ".{}.{:016x}{TEMPORARY_SUFFIX}",
        name.display(),
        u64::from_ne_bytes(random),
    ));
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(OWNER_ONLY)
        .open(&temporary)
        .and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        });
    written.inspect_err(|_| remove(&temporary))?;
    Ok(temporary)
}

/// A leftover is harmless: it bears another name and is readable by its owner only.
fn remove(temporary: &Path) {
    let _ = fs::remove_file(temporary);
}

fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
