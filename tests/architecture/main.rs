//! What the tree must be like: which crate may depend on which (DESIGN.md
//! section 1), the floors and licences of the dependencies, the size of files,
//! and that the map names real files.
//!
//! Everything is read from the files of the workspace and from cargo, offline.

mod dialects;
mod files;
mod layers;
mod lock_file;

use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::{Metadata, MetadataCommand};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("the server's manifest is two folders below the root")
        .to_path_buf()
}

/// The packages of this machine's platform and the default features: others
/// may not have been downloaded, and would need the network.
fn metadata() -> Metadata {
    let rustc = Command::new("rustc")
        .arg("-vV")
        .output()
        .expect("rustc runs");
    let rustc = String::from_utf8(rustc.stdout).expect("UTF-8");
    let host = rustc
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .expect("rustc names its host");
    MetadataCommand::new()
        .cargo_path(env!("CARGO"))
        .manifest_path(root().join("Cargo.toml"))
        .other_options(["--offline", "--locked", "--filter-platform", host].map(str::to_owned))
        .exec()
        .expect("cargo metadata")
}
