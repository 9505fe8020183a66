//! The document: as it is committed, and complete.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

const DOCS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs");

fn document() -> Value {
    serde_json::to_value(vestibule_http::document()).expect("a document")
}

/// Path, method and operation of every route.
fn operations(document: &Value) -> Vec<(String, String, &Value)> {
    let paths = document["paths"].as_object().expect("paths");
    paths
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().expect("a path item");
            methods
                .iter()
                .map(|(method, operation)| (path.clone(), method.to_uppercase(), operation))
        })
        .collect()
}

#[test]
fn the_committed_document_is_what_the_code_says() {
    is_committed("openapi.json", &vestibule_http::document());
}

#[test]
fn the_committed_documents_of_the_dialects_are_what_the_code_says() {
    let documents = vestibule_http::dialect_documents();
    assert!(!documents.is_empty());
    for (name, document) in documents {
        is_committed(&format!("compat/{name}.json"), &document);
    }
}

/// Compares a document with its file in `docs`.
#[track_caller]
fn is_committed(file: &str, document: &impl serde::Serialize) {
    let rendered = serde_json::to_string_pretty(document).expect("a document");
    let golden = format!("{DOCS}/{file}");
    if std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1") {
        fs::write(&golden, format!("{rendered}\n")).expect("the document is written");
    }
    let golden = fs::read_to_string(golden).unwrap_or_default();
    assert!(
        golden.trim_end() == rendered,
        "docs/{file} is not what the code says. Run this test with UPDATE_GOLDEN=1."
    );
}

#[test]
fn operations_of_dialects_have_ids_of_their_own_and_tell_who_may() {
    for (name, document) in vestibule_http::dialect_documents() {
        let document = serde_json::to_value(document).expect("a document");
        let operations = operations(&document);
        assert!(!operations.is_empty(), "{name}");
        let mut ids = BTreeSet::new();
        for (path, method, operation) in operations {
            assert!(path.ends_with('/'), "{name}: {path}");
            assert!(operation["security"].is_array(), "{name}: {method} {path}");
            let id = operation["operationId"].as_str().expect("operationId");
            assert!(ids.insert(id.to_owned()), "{name}: {id}");
        }
    }
}

#[test]
fn operation_ids_are_unique_and_paths_end_with_a_slash() {
    let document = document();
    let operations = operations(&document);
    let ids: BTreeSet<&str> = operations
        .iter()
        .map(|(_, _, operation)| operation["operationId"].as_str().expect("operationId"))
        .collect();
    assert_eq!(ids.len(), operations.len());
    for (path, _, _) in &operations {
        assert!(path.ends_with('/'), "{path}");
    }
}

#[test]
fn every_operation_lists_its_errors_as_problem_documents() {
    let document = document();
    for (path, method, operation) in operations(&document) {
        let responses = operation["responses"].as_object().expect("responses");
        let named = |name: &str| {
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            parameters.filter(|p| p["name"] == name).count() == 1
        };
        let mut expected = vec!["503"];
        if operation["requestBody"].is_object() {
            expected.extend(["400", "408", "409", "413", "415"]);
        }
        if operation["security"].is_array() {
            expected.extend(["401", "403"]);
        }
        if path.contains("{uid}") {
            assert!(named("uid"), "{method} {path}");
            expected.push("404");
        }
        if named("If-Match") {
            expected.push("412");
        }
        if named("Idempotency-Key") {
            expected.extend(["409", "422"]);
        }
        if named("page") {
            expected.push("400");
        }
        for status in expected {
            assert!(responses.contains_key(status), "{method} {path} {status}");
        }
        for (status, response) in responses {
            let content = response["content"].as_object();
            let types: Vec<&String> = content.into_iter().flat_map(|c| c.keys()).collect();
            match status.as_str() {
                "204" | "303" => assert!(types.is_empty(), "{method} {path}"),
                "200" if path.starts_with("/media/") => assert_eq!(types, ["image/webp"]),
                "200" if path.ends_with("/{username}/avatar/") => {
                    assert_eq!(types, ["image/svg+xml", "image/webp"]);
                }
                "200" | "201" | "202" => {
                    assert_eq!(types, ["application/json"], "{method} {path}");
                }
                _ => assert_eq!(
                    types,
                    ["application/problem+json"],
                    "{method} {path} {status}"
                ),
            }
        }
    }
}

#[test]
fn changes_take_if_match_and_creations_an_idempotency_key() {
    let document = document();
    for (path, method, operation) in operations(&document) {
        let responses = operation["responses"].as_object().expect("responses");
        let wanted = match method.as_str() {
            "PATCH" | "PUT" | "DELETE" => "412",
            "POST" if responses.contains_key("201") => "422",
            _ => continue,
        };
        assert!(responses.contains_key(wanted), "{method} {path}");
    }
}
