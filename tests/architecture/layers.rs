//! Which crate may depend on which.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use cargo_metadata::{DependencyKind, Metadata, Package, PackageId, PackageName};

use crate::{metadata, root};

/// What one crate of the workspace may depend on.
pub(crate) struct Layer {
    pub(crate) package: &'static str,
    /// Crates of the workspace that it may use.
    uses: &'static [&'static str],
    /// Crates of the workspace that its tests may use besides.
    tests_use: &'static [&'static str],
    /// External crates (names or, with a final `*`, prefixes) that it must not
    /// reach, by whatever way.
    never: &'static [&'static str],
}

/// The table of DESIGN.md section 1.
pub(crate) const LAYERS: &[Layer] = &[
    Layer {
        package: "vestibule-domain",
        uses: &[],
        tests_use: &["vestibule-testkit"],
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
    // What its tests and the feature `mocks` use.
    let for_tests: Vec<_> = crates
        .iter()
        .filter(|line| {
            let name = line.split(' ').next().unwrap_or(line);
            ["mockall*", "proptest*", "tokio*", "vestibule-testkit"]
                .iter()
                .any(|pattern| matches(pattern, name))
        })
        .collect();
    assert!(for_tests.is_empty(), "in a default build: {for_tests:?}");
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
