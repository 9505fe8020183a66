//! The written list of what the storage contract proves is that of the suite.
//!
//! `UPDATE_GOLDEN=1 cargo test -p vestibule-testkit --test catalogue` rewrites it.

use std::collections::HashSet;
use std::fmt::{self, Write};
use std::path::Path;

use vestibule_testkit::contract::{CONFORMANCE, FEATURES, Module, catalogue};

const INTRODUCTION: &str = "\
An adapter of the storage ports is right when it passes this suite. How to write one is told in
[ADAPTERS.md](ADAPTERS.md), how to run the suite in the documentation of `vestibule-testkit`
(`cargo doc -p vestibule-testkit --open`).

This file is made from the suite (`vestibule_testkit::contract::catalogue()`); a test fails when
it is out of date, and `UPDATE_GOLDEN=1 cargo test -p vestibule-testkit --test catalogue` writes it
anew.

## How the suite works

- Each case is a test of its own with an empty store of its own. What a case wrote it reads back
  through another handle onto the same data that has seen nothing yet, and where it matters through
  the first handle too, so that a cache which is not kept right is found out.
- Each command is sent with a full envelope (two log entries, two jobs, an idempotency record, a
  bucket that it counts in), and all of it must be there afterwards; each refusal must leave nothing
  of the envelope and nothing of the command. Each command is also sent under an idempotency key
  that is stored already, which must be refused before anything else is looked at.
- Commands that compete (quotas, single-use tokens, versions, claims) are sent in parallel on
  several threads, in several rounds.
- Lists are read by every kind of page: by number, after and before an anchor, at and past the
  end, with their count and whether rows follow.
- Times are looked at a microsecond before and at each boundary.
- A harness that can make its store unreachable (`Harness::take_down`) has every method of every
  port called then. Without it these cases print that they are skipped.

## Features

An adapter may have some features only: `storage_contract!(name, open, features: [users, devices])`.
Then the sections below run all of whose features are named. Every store has the ports `users` (of
which the cases of other features call `register` and `account` only), `once`, `outbox` and
`activity`, since log, jobs and idempotency record commit with each command.
";

const VERSIONS: &str = "\
## Version

The test `conformance` of each suite prints the version, the number of cases and the features
(`cargo test conformance -- --nocapture`). The second number grows when cases are added that an
adapter which kept the contract passes as it is; the first one grows when the contract itself
changes: when a port gains a method, or a method means something else.
";

/// The document.
fn render(modules: &[Module]) -> Result<String, fmt::Error> {
    let mut text = format!("# The storage contract, version {CONFORMANCE}\n\n{INTRODUCTION}\n");
    let all: usize = modules.iter().map(|module| module.cases.len()).sum();
    writeln!(text, "| feature | covers | cases of it alone |")?;
    writeln!(text, "|---|---|---|")?;
    for (feature, covers) in FEATURES {
        let own = modules.iter().filter(|module| module.needs == [*feature]);
        let count: usize = own.map(|module| module.cases.len()).sum();
        writeln!(text, "| {feature} | {covers} | {count} |")?;
    }
    writeln!(text, "\nAll features together have {all} cases.\n")?;
    writeln!(text, "{VERSIONS}")?;
    writeln!(text, "## Cases")?;
    for module in modules {
        let needs = module.needs.join(", ");
        writeln!(text, "\n### {} ({needs})\n", module.name)?;
        for case in module.cases {
            writeln!(text, "- `{}`: {}", case.name, case.proves)?;
        }
    }
    Ok(text)
}

#[test]
fn the_document_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/STORAGE_CONTRACT.md");
    let wanted = render(catalogue()).expect("a document");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &wanted).expect("write the document");
    }
    let found = std::fs::read_to_string(&path).expect("docs/STORAGE_CONTRACT.md");
    assert!(
        found == wanted,
        "docs/STORAGE_CONTRACT.md is out of date: run this test with UPDATE_GOLDEN=1"
    );
}

#[test]
fn every_feature_has_cases_and_every_need_is_a_feature() {
    let features: HashSet<_> = FEATURES.iter().map(|(feature, _)| *feature).collect();
    assert_eq!(features.len(), FEATURES.len());
    let alone: HashSet<_> = catalogue()
        .iter()
        .filter(|module| module.needs.len() == 1)
        .flat_map(|module| module.needs)
        .copied()
        .collect();
    assert_eq!(alone, features);
    for module in catalogue() {
        assert!(module.needs.iter().all(|need| features.contains(need)));
    }
}

#[test]
fn every_case_says_what_it_proves_in_a_sentence_of_its_own() {
    let mut sentences = HashSet::new();
    for module in catalogue() {
        for case in module.cases {
            let sentence = case.proves;
            assert!(
                sentence.ends_with('.') && sentence.len() > 20,
                "{}: {sentence}",
                case.name
            );
            assert!(sentences.insert(sentence), "twice: {sentence}");
        }
    }
}
