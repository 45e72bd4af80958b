//! The log that is written, property by property. Whether the whole is valid is asked by `tests/sarif.rs`.

use super::super::{paths::Paths, tests::Texts as Files};
use super::*;
use crate::edit::{Applicability, Edit};
use crate::finding::Confidence;
use serde_json::{Value, json};
use std::path::Path;

const MODULE: &str = "\u{feff}# é\r\nengine = make(URL,\r\n    size=5)\r\n";

fn files() -> Files {
    Files(vec![
        ("app/é b.py", MODULE.into()),
        (".env", "SIZE=10\nPASSWORD=hunter2\n".into()),
        (
            "url.py",
            "e = make('db://u:hunter2@h/d', pool=Null)\n".into(),
        ),
        ("latin.py", b"x = '\xe9'".to_vec()),
    ])
}

fn log(findings: &[Finding], notes: &[Note], files: &Files) -> Value {
    let texts = Texts::written(files, Paths::from(Path::new("/r"), Path::new("/r/shop")));
    let mut out = Vec::new();
    write(findings, notes, &texts, &mut out).expect("in memory");
    serde_json::from_slice(&out).expect("JSON")
}

fn only_result(finding: Finding, files: &Files) -> Value {
    log(&[finding], &[], files)["runs"][0]["results"][0].take()
}

fn sized(files: &Files) -> Finding {
    Finding::new(
        "null-pool",
        files.place(0, "make(URL,\r\n    size=5)", 0),
        "the sizes {differ}",
    )
    .severity(Severity::Error)
    .confidence(Confidence::Medium)
    .symbol("engine")
    .help("Say one.")
    .note("5 here [sic](x)")
    .related(files.place(0, "size=5", 0), "size[0] is 5")
    .related(files.place(1, "SIZE=10", 0), "10 in {file}")
}

#[test]
fn a_result_says_what_where_and_how_sure() {
    let files = files();
    let finding = sized(&files);
    let texts = Texts::new(&files);
    let print = fingerprint(&finding, &texts);
    let engine = json!({
        "artifactLocation": {"uri": "shop/app/%C3%A9%20b.py", "uriBaseId": "%SRCROOT%"},
        "region": {
            "startLine": 2, "startColumn": 10, "endLine": 3, "endColumn": 12,
            "byteOffset": 18, "byteLength": 22,
            "snippet": {"text": "make(URL,\r\n    size=5)"},
        },
    });
    let index = rules::entries()
        .iter()
        .position(|entry| entry.name == "null-pool");
    let result = only_result(finding, &files);
    assert_eq!(result["ruleId"], "null-pool");
    assert_eq!(
        result["ruleIndex"].as_u64(),
        index.map(|index| index as u64)
    );
    assert_eq!(result["level"], "error");
    assert_eq!(
        result["message"],
        json!({"text": "The sizes {{differ}}. Say one. 5 here [sic\\](x). \
            See: [size\\[0\\] is 5](1), [10 in {{file}}](2)."})
    );
    assert_eq!(
        result["locations"],
        json!([{"physicalLocation": engine, "logicalLocations": [{"fullyQualifiedName": "engine"}]}])
    );
    assert_eq!(
        result["relatedLocations"][1],
        json!({
            "id": 2, "message": {"text": "10 in {{file}}"},
            "physicalLocation": {
                "artifactLocation": {"uri": "shop/.env", "uriBaseId": "%SRCROOT%"},
                "region": {
                    "startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 8,
                    "byteOffset": 0, "byteLength": 7, "snippet": {"text": "SIZE=10"},
                },
            },
        })
    );
    assert_eq!(result["partialFingerprints"], json!({"poolint/v1": print}));
    assert_eq!(result["properties"]["confidence"], "medium");
    assert_eq!(result["suppressions"], json!([]));
    assert_eq!(result["codeFlows"], Value::Null);
    assert_eq!(result["fixes"], Value::Null);
}

#[test]
fn a_chain_is_a_code_flow_from_its_far_end_to_the_place() {
    let files = files();
    let result = only_result(sized(&files).chained(), &files);
    let steps = result["codeFlows"][0]["threadFlows"][0]["locations"].as_array();
    let words: Vec<&str> = steps
        .expect("steps")
        .iter()
        .filter_map(|step| step["location"]["message"]["text"].as_str())
        .collect();
    assert_eq!(
        words,
        ["10 in {{file}}", "size[0] is 5", "the sizes {{differ}}"]
    );
    let alone = Finding::new("null-pool", files.place(0, "URL", 0), "x").chained();
    assert_eq!(only_result(alone, &files)["codeFlows"], Value::Null);
}

#[test]
fn repeats_are_results_and_ignored_findings_are_suppressed() {
    let files = files();
    let mut finding = Finding::new("null-pool", files.place(0, "URL", 0), "x");
    finding.repeats.push(files.place(0, "size=5", 0));
    let mut ignored = finding.clone();
    ignored.repeats.clear();
    ignored.status = Status::Ignored;
    let log = log(&[finding, ignored], &[], &files);
    let results = log["runs"][0]["results"].as_array().expect("results");
    assert_eq!(results.len(), 3);
    assert_eq!(
        results[1]["locations"][0]["physicalLocation"]["region"]["startLine"],
        3
    );
    assert_eq!(results[2]["suppressions"], json!([{"kind": "inSource"}]));
}

#[test]
fn no_snippet_and_no_fix_holds_a_secret() {
    let files = files();
    for place in [
        files.place(1, "PASSWORD=hunter2", 0),
        files.place(1, "hunter", 0),
        files.place(2, "make('db://u:hunter2@h/d', pool=Null)", 0),
        files.place(2, "nter", 0),
    ] {
        let text = only_result(Finding::new("null-pool", place, "x"), &files).to_string();
        assert!(!text.contains("nter"), "{text}");
    }
    let beside = Finding::new("null-pool", files.place(2, "pool=Null", 0), "x");
    assert!(
        only_result(beside, &files)
            .to_string()
            .contains("pool=Null")
    );
    let edit = |content: &str| Edit {
        place: files.place(2, "make('db://u:hunter2@h/d', pool=Null)", 0),
        content: content.to_owned(),
    };
    let fixes = [
        ("make('db://u:hunter2@h/d')", Applicability::Safe),
        ("make(URL)", Applicability::Display),
    ];
    let mut finding = Finding::new("null-pool", files.place(2, "pool=Null", 0), "x");
    for (content, applicability) in fixes {
        finding = finding.fix(edit::Fix::new(
            "Drop it",
            applicability,
            vec![edit(content)],
        ));
    }
    assert_eq!(only_result(finding, &files)["fixes"], Value::Null);
}

#[test]
fn a_fix_changes_all_its_files() {
    let files = files();
    let edit = |place, content: &str| Edit {
        place,
        content: content.to_owned(),
    };
    let mut made = edit::Fix::new(
        "Say 10 in both",
        Applicability::Unsafe,
        vec![edit(files.place(0, "    size=5", 0), "")],
    );
    made.imports = vec![edit(files.place(1, "10", 0), "5")];
    let result = only_result(sized(&files).fix(made), &files);
    assert_eq!(
        result["fixes"],
        json!([{
            "description": {"text": "Say 10 in both. Read it before you apply it."},
            "properties": {"applicability": "unsafe"},
            "artifactChanges": [
                {
                    "artifactLocation": {"uri": "shop/app/%C3%A9%20b.py", "uriBaseId": "%SRCROOT%"},
                    "replacements": [{"deletedRegion": {
                        "startLine": 3, "startColumn": 1, "endLine": 3, "endColumn": 11,
                        "byteOffset": 29, "byteLength": 10,
                    }}],
                },
                {
                    "artifactLocation": {"uri": "shop/.env", "uriBaseId": "%SRCROOT%"},
                    "replacements": [{
                        "deletedRegion": {
                            "startLine": 1, "startColumn": 6, "endLine": 1, "endColumn": 8,
                            "byteOffset": 5, "byteLength": 2,
                        },
                        "insertedContent": {"text": "5"},
                    }],
                },
            ],
        }])
    );
}

#[test]
fn the_end_of_a_file_is_a_column_of_its_last_line() {
    let files = files();
    let end = |file: usize| Place {
        file: FileId(file as u32),
        span: Span::new(files.0[file].1.len(), files.0[file].1.len()),
    };
    let region = |file| {
        let result = only_result(Finding::new("null-pool", end(file), "x"), &files);
        let region = &result["locations"][0]["physicalLocation"]["region"];
        (
            region["startLine"].clone(),
            region["endColumn"].clone(),
            region["snippet"].clone(),
        )
    };
    assert_eq!(region(0), (json!(3), json!(14), Value::Null));
    assert_eq!(region(1), (json!(2), json!(18), Value::Null));
    assert_eq!(region(3), (json!(1), json!(8), Value::Null));
    let foreign = Finding::new(
        "null-pool",
        Place {
            file: FileId(3),
            span: Span::new(4, 7),
        },
        "x",
    );
    let result = only_result(foreign, &files);
    let region = &result["locations"][0]["physicalLocation"]["region"];
    assert_eq!(
        (&region["endColumn"], &region["snippet"]),
        (&json!(8), &Value::Null)
    );
}

#[test]
fn the_run_tells_its_tool_its_rules_and_what_could_not_be_read() {
    let notes = [
        Note::at("big.py", "too large"),
        Note {
            path: None,
            message: "left out 1 vendored tree".to_owned(),
        },
    ];
    let log = log(&[], &notes, &files());
    let run = &log["runs"][0];
    assert_eq!(log["version"], "2.1.0");
    assert_eq!(run["results"], json!([]));
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    assert_eq!(
        run["originalUriBaseIds"],
        json!({"%SRCROOT%": {"description": {"text": "The root of the repository."}}})
    );
    assert_eq!(
        run["invocations"],
        json!([{"executionSuccessful": true, "toolExecutionNotifications": [
            {
                "level": "note", "message": {"text": "Too large."},
                "locations": [{"physicalLocation": {
                    "artifactLocation": {"uri": "shop/big.py", "uriBaseId": "%SRCROOT%"},
                }}],
            },
            {"level": "note", "message": {"text": "Left out 1 vendored tree."}},
        ]}])
    );
    let driver = &run["tool"]["driver"];
    assert_eq!(driver["name"], "poolint");
    assert_eq!(driver["version"], env!("CARGO_PKG_VERSION"));
    let rules = driver["rules"].as_array().expect("rules");
    assert_eq!(rules.len(), rules::entries().len());
    for (rule, entry) in rules.iter().zip(rules::entries()) {
        assert_eq!(rule["id"], entry.name);
        assert_eq!(rule["shortDescription"]["text"], entry.summary);
        assert_eq!(rule["defaultConfiguration"]["level"], level(entry.severity));
        assert_eq!(rule["properties"]["tags"][2], entry.group);
        let has_page = rules::meta(entry.name).is_some();
        assert_eq!(
            rule["help"]["markdown"].is_string(),
            has_page,
            "{}",
            entry.name
        );
        let address = rule["helpUri"].as_str().expect("an address");
        assert_eq!(
            address.ends_with(&format!("/rules/{}.yaml", entry.name)),
            has_page
        );
    }
}
