//! Compiles AWS-LC's libssl from the sources that `aws-lc-sys` brings along.
//! That crate's own feature `ssl` would do so too, and needs libclang for
//! bindings that nothing here uses.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::{CargoOpt, MetadataCommand};

fn main() {
    let (version, include) = crypto();
    println!("cargo::metadata=include={include}");
    let root = sources(&version);
    let files = listed(&root.join("ssl"));
    let (c, cpp): (Vec<_>, Vec<_>) = files
        .into_iter()
        .partition(|file| file.extension().is_some_and(|extension| extension == "c"));
    let build = |files: Vec<PathBuf>| {
        let mut build = cc::Build::new();
        build
            .files(files)
            .include(&include)
            .include(&root)
            .define("BORINGSSL_IMPLEMENTATION", None)
            .warnings(false)
            .cargo_metadata(true);
        build
    };
    build(c).compile("aws_lc_ssl_c");
    // It uses no part of the C++ library, as AWS-LC builds it.
    build(cpp)
        .cpp(true)
        .std("c++17")
        .cpp_link_stdlib(None)
        .flag("-fno-exceptions")
        .flag("-fno-rtti")
        .flag("-fno-threadsafe-statics")
        .compile("aws_lc_ssl");
    println!("cargo::rerun-if-changed=build.rs");
}

/// The version of `aws-lc-sys` and its headers. The name of the variable says
/// the version: `DEP_AWS_LC_0_47_0_INCLUDE`.
fn crypto() -> (String, String) {
    env::vars()
        .find_map(|(name, include)| {
            let version = name.strip_prefix("DEP_AWS_LC_")?.strip_suffix("_INCLUDE")?;
            Some((version.replace('_', "."), include))
        })
        .expect("aws-lc-sys says where its headers are")
}

/// The folder of AWS-LC's sources.
fn sources(version: &str) -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.toml");
    let metadata = MetadataCommand::new()
        .manifest_path(workspace)
        .features(CargoOpt::AllFeatures)
        .other_options(vec!["--locked".to_owned()])
        .exec()
        .expect("cargo knows its packages");
    let package = metadata
        .packages
        .iter()
        .find(|package| {
            package.name.as_str() == "aws-lc-sys" && package.version.to_string() == version
        })
        .expect("aws-lc-sys is one of them");
    let folder = package.manifest_path.with_file_name("aws-lc");
    folder.into_std_path_buf()
}

/// The files that AWS-LC's own build compiles into libssl.
fn listed(folder: &Path) -> Vec<PathBuf> {
    let list = fs::read_to_string(folder.join("CMakeLists.txt")).expect("the list of sources");
    let (_, list) = list.split_once("add_library(").expect("a library");
    let (list, _) = list.split_once(')').expect("its end");
    let files: Vec<_> = list
        .split_whitespace()
        .filter(|word| word.ends_with(".cc") || word.ends_with(".c"))
        .map(|file| folder.join(file))
        .collect();
    assert!(!files.is_empty(), "the list of sources is empty");
    files
}
