//! What the files must be like: their size, and that the map names real ones.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::layers::LAYERS;
use crate::root;

const MAX_LINES: usize = 450;
/// Files that may be longer; empty, and meant to stay so.
const LONG_FILES: &[&str] = &[];

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

pub(crate) fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            found.push(path);
        }
    }
}
