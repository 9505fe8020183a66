//! What the dependencies must be like: versions, origin, licences.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use cargo_metadata::semver::Version;

use crate::layers::LAYERS;
use crate::{metadata, root};

/// Least versions, and why.
const FLOORS: &[(&str, &str, &str)] = &[
    ("jsonwebtoken", "10.3.0", "CVE-2026-25537"),
    ("libsqlite3-sys", "0.38.2", "bundles a fixed SQLite"),
];
const SQLITE_FLOOR: &str = "3.51.3";

/// Ours, in the place of the registry's: libpq's TLS
/// (docs/adr/0013-libpq-on-aws-lc.md).
const STAND_IN: &str = "openssl-sys";

#[test]
fn there_is_one_cryptographic_library() {
    let locked = locked();
    assert_eq!(locked["aws-lc-sys"].len(), 1, "{:?}", locked["aws-lc-sys"]);
    assert_eq!(locked[STAND_IN].len(), 1);
    for other in ["openssl-src", "openssl", "native-tls"] {
        assert!(!locked.contains_key(other), "{other}");
    }
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
                name == STAND_IN || LAYERS.iter().any(|layer| layer.package == name),
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
