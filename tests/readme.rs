//! The README is true: its commands print what it shows, its table is the list of rules, its links and options exist.
//!
//! A block marked `console` has commands behind `$ ` and below each what it prints, stdout before stderr; a line `…`
//! stands for any lines. Each run of lines between must stand in the real output, whole and in order. A block marked
//! `yaml` is for a CI system; `tests/ci.rs` reads those.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Commands of the README that are no run of poolint: they would build the program anew, or run this test.
const NOT_RUN: &[&str] = &["cargo test --locked"];

/// Options of cargo that the text names.
const OF_CARGO: &[&str] = &["--release", "--locked", "--path"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).expect("README.md")
}

/// What poolint prints in `folder`: stdout, then stderr.
fn output(folder: &Path, args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_poolint"))
        .args(args)
        .current_dir(folder)
        .output()
        .expect("the program runs");
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{args:?}: {}",
        output.status
    );
    let bytes = [output.stdout, output.stderr].concat();
    String::from_utf8(bytes).expect("UTF-8")
}

/// The blocks marked `language`, each as its lines.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<Vec<&'a str>> {
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(marked) = line.strip_prefix("```") {
            let block = lines.by_ref().take_while(|line| *line != "```").collect();
            if marked == language {
                blocks.push(block);
            }
        }
    }
    blocks
}

/// The text without its blocks.
fn prose(text: &str) -> String {
    text.split("```").step_by(2).collect()
}

/// What stands between backticks in the prose, with line breaks as spaces.
fn codes(text: &str) -> Vec<String> {
    let prose = prose(text);
    let codes = prose.split('`').skip(1).step_by(2);
    codes
        .map(|code| code.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

/// The arguments of a run of poolint.
fn arguments(command: &str) -> Option<Vec<&str>> {
    let rest = command
        .strip_prefix("cargo run --release -- ")
        .or_else(|| command.strip_prefix("poolint "))?;
    assert!(!rest.contains(['\'', '"', '\\', '|']), "{command}");
    Some(rest.split(' ').collect())
}

/// Whether the shown lines stand in the real ones, in order; `…` is any lines.
fn contained(shown: &[&str], real: &str) -> bool {
    let real: Vec<&str> = real.lines().collect();
    let mut from = 0;
    shown.split(|line| *line == "…").all(|part| {
        let found = (from..=real.len()).find(|at| real[*at..].starts_with(part));
        from = found.map_or(from, |at| at + part.len());
        found.is_some()
    })
}

#[test]
fn commands_print_what_is_shown() {
    let text = readme();
    let mut runs = 0;
    for block in blocks(&text, "console") {
        let mut folder = root().to_path_buf();
        assert!(block[0].starts_with("$ "), "{block:?}");
        for (at, line) in block.iter().enumerate() {
            let Some(command) = line.strip_prefix("$ ") else {
                assert!(line.chars().count() <= 80, "wider than 80 columns: {line}");
                continue;
            };
            let shown: Vec<&str> = block[at + 1..]
                .iter()
                .copied()
                .take_while(|line| !line.starts_with("$ "))
                .collect();
            if let Some(below) = command.strip_prefix("cd ") {
                folder.push(below);
                continue;
            }
            let Some(args) = arguments(command) else {
                assert!(NOT_RUN.contains(&command), "who runs `{command}`?");
                continue;
            };
            let real = output(&folder, &args);
            assert!(
                contained(&shown, &real),
                "`{command}` prints something else:\n{real}"
            );
            runs += usize::from(!shown.is_empty());
        }
    }
    assert!(runs >= 2, "{runs} runs with output");
}

#[test]
fn every_block_is_tried() {
    let text = readme();
    // `tests/config.rs` reads the configurations, `tests/pre_commit.rs` uses the hooks, `tests/ci.rs` the action.
    let tried = blocks(&text, "console").len() + blocks(&text, "yaml").len();
    assert_eq!(text.matches("```").count(), 2 * tried);
}

#[test]
fn shown_lines_must_be_whole_and_in_order() {
    let real = "a\nb\nc\nb\n";
    for shown in [&["a", "b"][..], &["a", "…", "c"], &["…", "c", "b"], &[]] {
        assert!(contained(shown, real), "{shown:?}");
    }
    for shown in [
        &["a", "c"][..],
        &["c", "…", "a"],
        &["b", "…", "b", "…", "b"],
    ] {
        assert!(!contained(shown, real), "{shown:?}");
    }
    assert!(!contained(&["a"], "aa\n"));
}

#[test]
fn the_table_is_the_list_of_rules() {
    let text = readme();
    let listed = output(root(), &["rules"]);
    let mut rules = BTreeMap::new();
    for line in listed.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (name, severity, group) = (words[0], words[1], words[4]);
        if group == "files" {
            assert!(codes(&text).iter().any(|code| code == name), "{name}");
        } else {
            rules.insert(name, severity);
        }
    }
    let mut table = BTreeMap::new();
    for row in text.lines().filter(|line| line.starts_with("| [`")) {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let (name, link) = cells[0]
            .strip_prefix("[`")
            .and_then(|cell| cell.strip_suffix(')'))
            .and_then(|cell| cell.split_once("`]("))
            .unwrap_or_else(|| panic!("{row}"));
        assert_eq!(link, format!("rules/{name}.yaml"));
        assert_eq!(table.insert(name, cells[1]), None, "{name} twice");
    }
    assert_eq!(table, rules);
}

/// The anchor that GitHub gives a heading.
fn anchor(heading: &str) -> String {
    heading
        .to_lowercase()
        .chars()
        .filter(|char| char.is_alphanumeric() || " -_".contains(*char))
        .map(|char| if char == ' ' { '-' } else { char })
        .collect()
}

#[test]
fn links_lead_somewhere() {
    let prose = prose(&readme());
    let links: Vec<&str> = prose
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(link, _)| link)
        .collect();
    assert!(links.len() > 10, "{links:?}");
    for link in links {
        let (path, part) = link.split_once('#').unwrap_or((link, ""));
        let path = if path.is_empty() { "README.md" } else { path };
        let path: PathBuf = root().join(path);
        assert!(path.exists(), "{link}");
        if !part.is_empty() {
            let page = fs::read_to_string(&path).expect("a page");
            let headings = page.lines().filter(|line| line.starts_with('#'));
            let mut anchors = headings.map(|line| anchor(line.trim_start_matches(['#', ' '])));
            assert!(anchors.any(|found| found == part), "{link}");
        }
    }
}

#[test]
fn options_and_ignores_are_of_the_program() {
    let help = output(root(), &["check", "--help"]);
    let text = readme();
    let mut options = 0;
    for code in codes(&text) {
        for word in code.split(' ').filter(|word| word.starts_with('-')) {
            let known = help
                .split(|char: char| !char.is_alphanumeric() && char != '-')
                .any(|option| option == word);
            assert!(known || OF_CARGO.contains(&word), "`{code}`");
            options += 1;
        }
    }
    assert!(options > 5);

    let folder = tempfile::tempdir().expect("folder");
    let ignores: Vec<String> = codes(&text)
        .into_iter()
        .filter(|code| code.starts_with("# poolint:"))
        .collect();
    assert!(ignores.len() >= 2, "{ignores:?}");
    fs::write(folder.path().join("a.py"), ignores.join("\n") + "\n").expect("a file");
    let concise = ["check", "--select", "files", "--output-format", "concise"];
    let report = output(folder.path(), &concise);
    assert!(!report.contains("invalid-ignore"), "{report}");
}
