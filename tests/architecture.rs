//! What the tree must be like: which crate may depend on which (DESIGN.md
//! section 1), the floors and licences of the dependencies, the size of files,
//! and that the map names real files.
//!
//! Everything is read from the files of the workspace and from cargo, offline.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::semver::Version;
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package, PackageId, PackageName};

/// What one crate of the workspace may depend on.
struct Layer {
    package: &'static str,
    /// Crates of the workspace that it may use.
    uses: &'static [&'static str],
    /// Crates of the workspace that its tests may use besides.
    tests_use: &'static [&'static str],
    /// External crates (names or, with a final `*`, prefixes) that it must not
    /// reach, by whatever way.
    never: &'static [&'static str],
}

/// The table of DESIGN.md section 1.
const LAYERS: &[Layer] = &[
    Layer {
        package: "vestibule-domain",
        uses: &[],
        tests_use: &[],
        never: &[
            "tokio*",
            "actix*",
            "utoipa*",
            "diesel*",
            "r2d2",
            "libsqlite3-sys",
            "pq-sys",
            "bcrypt",
            "jsonwebtoken",
            "aws-lc-*",
            "lettre",
            "hyper",
            "reqwest",
        ],
    },
    Layer {
        package: "vestibule-testkit",
        uses: &["vestibule-domain"],
        tests_use: &[],
        never: &[
            "actix*",
            "utoipa*",
            "diesel*",
            "r2d2",
            "libsqlite3-sys",
            "pq-sys",
            "bcrypt",
            "jsonwebtoken",
            "lettre",
            "reqwest",
        ],
    },
    Layer {
        package: "vestibule-infra",
        uses: &["vestibule-domain"],
        tests_use: &["vestibule-testkit"],
        never: &["actix*", "utoipa*", "clap"],
    },
    Layer {
        package: "vestibule-http",
        uses: &["vestibule-domain"],
        tests_use: &["vestibule-testkit"],
        never: &[
            "diesel*",
            "r2d2",
            "libsqlite3-sys",
            "pq-sys",
            "bcrypt",
            "jsonwebtoken",
            "lettre",
            "clap",
        ],
    },
    Layer {
        package: "vestibule-server",
        uses: &["vestibule-domain", "vestibule-http", "vestibule-infra"],
        tests_use: &["vestibule-testkit"],
        never: &[],
    },
];

/// Least versions, and why.
const FLOORS: &[(&str, &str, &str)] = &[
    ("jsonwebtoken", "10.3.0", "CVE-2026-25537"),
    ("libsqlite3-sys", "0.38.2", "bundles a fixed SQLite"),
];
const SQLITE_FLOOR: &str = "3.51.3";

const MAX_LINES: usize = 450;
/// Files that may be longer; empty, and meant to stay so.
const LONG_FILES: &[&str] = &[];

const MAX_DOMAIN_TREE: usize = 60;

#[test]
fn crates_of_the_workspace_use_only_the_layers_below() {
    let metadata = metadata();
    let members: BTreeSet<_> = metadata
        .workspace_packages()
        .iter()
        .map(|package| package.name.as_str())
        .collect();
    let listed: BTreeSet<_> = LAYERS.iter().map(|layer| layer.package).collect();
    assert_eq!(members, listed, "crates of the workspace and of the table");

    let mut wrong = Vec::new();
    for package in metadata.workspace_packages() {
        let layer = layer(package);
        for dependency in &package.dependencies {
            let name = dependency.name.as_str();
            let allowed = layer.uses.contains(&name)
                || dependency.kind == DependencyKind::Development
                    && layer.tests_use.contains(&name);
            if members.contains(name) && !allowed {
                wrong.push(format!("{} -> {name}", package.name));
            }
        }
    }
    assert!(wrong.is_empty(), "arrows not in the table: {wrong:?}");
}

#[test]
fn no_layer_reaches_a_crate_that_belongs_to_another() {
    let metadata = metadata();
    let mut wrong = Vec::new();
    for package in metadata.workspace_packages() {
        let layer = layer(package);
        for (name, path) in reachable(&metadata, &package.id) {
            if layer.never.iter().any(|never| matches(never, &name)) {
                wrong.push(path.join(" -> "));
            }
        }
    }
    assert!(wrong.is_empty(), "crates of another layer: {wrong:#?}");
}

#[test]
fn the_domain_has_a_small_tree() {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--locked", "-p", "vestibule-domain"])
        .args(["-e", "normal", "--no-dedupe", "--prefix", "none"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let tree = String::from_utf8(output.stdout).expect("UTF-8");
    let crates: BTreeSet<_> = tree
        .lines()
        .map(|line| line.split(" (").next().unwrap_or(line))
        .filter(|line| !line.is_empty())
        .collect();
    assert!(
        crates.len() > 1 && crates.len() < MAX_DOMAIN_TREE,
        "{} crates: {crates:#?}",
        crates.len()
    );
}

#[test]
fn dependencies_meet_their_floors() {
    let locked = locked();
    for (name, floor, why) in FLOORS {
        let floor = Version::parse(floor).expect("a version");
        let versions = locked
            .get(*name)
            .unwrap_or_else(|| panic!("{name} is not in Cargo.lock"));
        for version in versions {
            assert!(*version >= floor, "{name} {version} < {floor} ({why})");
        }
    }
}

#[test]
fn the_bundled_sqlite_is_recent() {
    let metadata = metadata();
    let package = metadata
        .packages
        .iter()
        .find(|package| package.name.as_str() == "libsqlite3-sys")
        .expect("libsqlite3-sys is a dependency");
    let enabled = &metadata.resolve.as_ref().expect("a resolved graph")[&package.id].features;
    assert!(
        enabled.iter().any(|feature| feature.as_str() == "bundled"),
        "SQLite is built from the crate's own source"
    );
    let header = package
        .manifest_path
        .with_file_name("sqlite3")
        .join("sqlite3.h");
    let header = fs::read_to_string(&header).expect("the bundled header");
    let version = header
        .lines()
        .find_map(|line| line.strip_prefix("#define SQLITE_VERSION "))
        .map(|rest| rest.trim().trim_matches('"'))
        .expect("SQLITE_VERSION");
    assert!(
        Version::parse(version).expect("a version")
            >= Version::parse(SQLITE_FLOOR).expect("a version"),
        "SQLite {version} < {SQLITE_FLOOR}"
    );
}

#[test]
fn dependencies_come_from_the_registry_and_none_is_banned() {
    let policy = policy();
    let banned: Vec<_> = policy["bans"]["deny"]
        .as_array()
        .expect("bans.deny")
        .iter()
        .map(|ban| ban["crate"].as_str().expect("a crate"))
        .collect();
    assert!(!banned.is_empty(), "deny.toml bans something");
    let locked = locked();
    let found: Vec<_> = banned
        .iter()
        .filter(|name| locked.contains_key(**name))
        .collect();
    assert!(found.is_empty(), "banned in deny.toml: {found:?}");

    // Cargo's own registry, the only one where none is configured.
    let mut registries = BTreeSet::new();
    for package in lockfile()["package"].as_array().expect("packages") {
        let name = package["name"].as_str().expect("a name");
        match package.get("source").and_then(toml::Value::as_str) {
            None => assert!(
                LAYERS.iter().any(|layer| layer.package == name),
                "{name} comes from a path"
            ),
            Some(source) => {
                assert!(
                    source.starts_with("registry+"),
                    "{name} comes from {source}"
                );
                registries.insert(source.to_owned());
            }
        }
    }
    assert_eq!(registries.len(), 1, "{registries:?}");
}

#[test]
fn licences_are_allowed() {
    let policy = policy();
    let allowed: Vec<_> = texts(&policy["licenses"]["allow"])
        .iter()
        .map(|licence| spdx::Licensee::parse(licence).expect("a licence of SPDX"))
        .collect();
    let mut wrong = Vec::new();
    for package in &metadata().packages {
        let licence = package.license.as_deref().unwrap_or("none");
        let accepted = spdx::Expression::parse_mode(licence, spdx::ParseMode::LAX)
            .is_ok_and(|e| e.evaluate(|wants| allowed.iter().any(|has| has.satisfies(wants))));
        if !accepted {
            wrong.push(format!("{} {}: {licence}", package.name, package.version));
        }
    }
    assert!(wrong.is_empty(), "not allowed by deny.toml: {wrong:#?}");
}

#[test]
fn no_source_file_is_long() {
    let mut sources = Vec::new();
    for member in fs::read_dir(root().join("crates")).expect("crates") {
        rust_files(&member.expect("a folder").path().join("src"), &mut sources);
    }
    assert!(sources.len() > LAYERS.len(), "the sources are found");
    let mut long = Vec::new();
    for path in sources {
        let lines = fs::read_to_string(&path).expect("UTF-8").lines().count();
        let name = path.strip_prefix(root()).expect("below the root").display();
        if lines > MAX_LINES && !LONG_FILES.contains(&name.to_string().as_str()) {
            long.push(format!("{name}: {lines} lines"));
        }
    }
    assert!(long.is_empty(), "split what is long: {long:#?}");
}

#[test]
fn the_map_names_real_files() {
    let map = fs::read_to_string(root().join("docs/ARCHITECTURE.md")).expect("the map");
    let paths = named_paths(&map);
    assert!(paths.len() >= 20, "the map names few files: {paths:?}");
    let missing: Vec<_> = paths
        .iter()
        .filter(|path| !root().join(path).exists())
        .collect();
    assert!(missing.is_empty(), "named but not there: {missing:#?}");
}

/// Paths in inline code: what starts with a folder of the root, or has slashes
/// and ends like a file. Patterns (`<verb>.rs`, `*.rs`) and routes are not paths.
fn named_paths(markdown: &str) -> BTreeSet<String> {
    let folders: Vec<_> = fs::read_dir(root())
        .expect("the root")
        .map(|entry| entry.expect("an entry"))
        .filter(|entry| entry.path().is_dir())
        .map(|entry| format!("{}/", entry.file_name().to_string_lossy()))
        .collect();
    let mut fenced = false;
    let mut paths = BTreeSet::new();
    for line in markdown.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        for span in line.split('`').skip(1).step_by(2) {
            let plain = !span.contains(|c: char| c.is_whitespace() || "<>*{}…:".contains(c));
            let file = Path::new(span).extension().is_some_and(|ext| {
                ["rs", "md", "toml", "sql", "sh", "json"]
                    .iter()
                    .any(|e| ext == *e)
            });
            if plain
                && !span.starts_with('/')
                && (folders
                    .iter()
                    .any(|folder| span.starts_with(folder.as_str()))
                    || file && span.contains('/'))
            {
                paths.insert(span.to_owned());
            }
        }
    }
    paths
}

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

fn layer(package: &Package) -> &'static Layer {
    LAYERS
        .iter()
        .find(|layer| layer.package == package.name.as_str())
        .unwrap_or_else(|| panic!("{} is not in the table", package.name))
}

/// Every crate that `from` reaches without development dependencies, with a
/// way to it.
fn reachable(metadata: &Metadata, from: &PackageId) -> BTreeMap<PackageName, Vec<String>> {
    let resolve = metadata.resolve.as_ref().expect("a resolved graph");
    let mut found = BTreeMap::new();
    let mut seen = BTreeSet::from([from.clone()]);
    let mut queue = vec![(from.clone(), vec![metadata[from].name.to_string()])];
    while let Some((id, path)) = queue.pop() {
        for dependency in &resolve[&id].deps {
            let used = dependency
                .dep_kinds
                .iter()
                .any(|kind| kind.kind != DependencyKind::Development);
            if used && seen.insert(dependency.pkg.clone()) {
                let name = metadata[&dependency.pkg].name.clone();
                let mut path = path.clone();
                path.push(name.to_string());
                found.insert(name, path.clone());
                queue.push((dependency.pkg.clone(), path));
            }
        }
    }
    found
}

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => name.starts_with(prefix),
        None => name == pattern,
    }
}

fn policy() -> toml::Table {
    parsed("deny.toml")
}

fn lockfile() -> toml::Table {
    parsed("Cargo.lock")
}

fn parsed(name: &str) -> toml::Table {
    fs::read_to_string(root().join(name))
        .expect("UTF-8")
        .parse()
        .expect("TOML")
}

/// All versions of Cargo.lock, by name.
fn locked() -> BTreeMap<String, Vec<Version>> {
    let mut versions: BTreeMap<String, Vec<Version>> = BTreeMap::new();
    for package in lockfile()["package"].as_array().expect("packages") {
        let text = |key: &str| package[key].as_str().expect("a text");
        versions
            .entry(text("name").to_owned())
            .or_default()
            .push(Version::parse(text("version")).expect("a version"));
    }
    versions
}

fn texts(list: &toml::Value) -> Vec<&str> {
    list.as_array()
        .expect("a list")
        .iter()
        .map(|text| text.as_str().expect("a text"))
        .collect()
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            found.push(path);
        }
    }
}
