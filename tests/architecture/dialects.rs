//! What the compatibility dialects must not do.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::files::rust_files;
use crate::root;

/// Numbers in a dialect that are no rule of the domain, with what they are.
const OWN_NUMBERS: &[(&str, &str, &str)] = &[
    ("epixel", "60", "seconds of a minute, minutes of an hour"),
    ("interlinedlist", "100", "most messages in one answer"),
    (
        "interlinedlist",
        "50",
        "messages in one answer unless said otherwise",
    ),
];

fn dialects() -> Vec<(String, Vec<PathBuf>)> {
    let folder = root().join("crates/http/src/compat");
    let mut found: Vec<_> = fs::read_dir(folder)
        .expect("the dialects")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_dir())
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy();
            let mut files = Vec::new();
            rust_files(&path, &mut files);
            (name.into_owned(), files)
        })
        .collect();
    found.sort();
    assert!(!found.is_empty(), "there are dialects");
    found
}

/// The source without comments and without what stands in quotes.
fn code(path: &Path) -> String {
    let source = fs::read_to_string(path).expect("UTF-8");
    let mut code = String::new();
    for line in source.lines() {
        let line = line.split("//").next().unwrap_or_default();
        for (index, part) in line.split('"').enumerate() {
            if index % 2 == 0 {
                code.push_str(part);
                code.push(' ');
            }
        }
        code.push('\n');
    }
    code
}

fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !(c.is_alphanumeric() || c == '_'))
}

/// Whole numbers of more than one digit, `1_000` as `1000`, but those of HTTP
/// statuses.
fn numbers(code: &str) -> BTreeSet<String> {
    code.lines()
        .filter(|line| !line.contains("status"))
        .flat_map(words)
        .filter(|word| word.len() > 1 && word.starts_with(|c: char| c.is_ascii_digit()))
        .map(|word| word.replace('_', ""))
        .collect()
}

#[test]
fn a_dialect_knows_neither_the_native_api_nor_another_dialect() {
    let dialects = dialects();
    let names: Vec<_> = dialects.iter().map(|(name, _)| name.clone()).collect();
    let mut found = Vec::new();
    for (name, files) in &dialects {
        for path in files {
            for word in words(&code(path)) {
                if word == "native" || names.iter().any(|other| other == word && other != name) {
                    found.push(format!("{} names {word}", path.display()));
                }
            }
        }
    }
    assert!(found.is_empty(), "a dialect only translates: {found:#?}");
}

#[test]
fn a_dialect_repeats_no_limit_and_no_pattern_of_the_domain() {
    let mut sources = Vec::new();
    rust_files(&root().join("crates/domain/src"), &mut sources);
    let limits: BTreeSet<_> = sources
        .iter()
        .flat_map(|path| numbers(&code(path)))
        .collect();
    assert!(limits.contains("255"), "the limits of the domain are found");
    let mut found = Vec::new();
    for (name, files) in dialects() {
        for path in files {
            let code = code(&path);
            for number in numbers(&code).intersection(&limits) {
                if !OWN_NUMBERS
                    .iter()
                    .any(|(dialect, own, _)| *dialect == name && own == number)
                {
                    found.push(format!("{}: {number}", path.display()));
                }
            }
            if words(&code).any(|word| word == "Regex" || word == "regex") {
                found.push(format!("{}: a pattern", path.display()));
            }
        }
    }
    assert!(
        found.is_empty(),
        "rules and their limits stand in the domain: {found:#?}"
    );
}

#[test]
fn a_step_up_is_waived_by_the_mount_of_a_dialect_only() {
    let mut files = Vec::new();
    rust_files(&root().join("crates/http/src"), &mut files);
    rust_files(&root().join("crates/server/src"), &mut files);
    let found: Vec<_> = files
        .iter()
        .filter(|path| words(&code(path)).any(|word| word == "Waived"))
        .collect();
    let mount = root().join("crates/http/src/compat/mod.rs");
    assert_eq!(found, [&mount]);
}
