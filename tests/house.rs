//! The rules of the house, read off the sources: libraries are named in `rules/`, languages in the frontends, and each
//! floor imports what stands above it only.
//!
//! The table of rules, the pages, the code and the fixtures are held together by `tests/rules.rs`.

use poolint::catalog::Catalog;
use std::fs;
use std::path::{Path, PathBuf};

/// Import names that are English words, too: these count only where a dot follows, as in a path.
const ENGLISH: &[&str] = &[
    "click",
    "databases",
    "environ",
    "fire",
    "invoke",
    "peewee",
    "testing",
    "threading",
    "typer",
];

/// Languages, as one word of a name.
const LANGUAGES: &[&str] = &[
    "python",
    "rust",
    "java",
    "javascript",
    "typescript",
    "kotlin",
    "ruby",
    "golang",
    "php",
];

/// One source file, taken apart.
#[derive(Default, Debug)]
struct Parts {
    /// Its text without comments; every literal is `""`.
    code: String,
    /// What the string literals hold.
    literals: Vec<String>,
}

/// The parts of a source before its `mod tests {`.
fn parts(text: &str) -> Parts {
    let text = text
        .split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or(text);
    let mut parts = Parts::default();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let raw = rest
            .strip_prefix("br")
            .or_else(|| rest.strip_prefix('r'))
            .map(|after| {
                let hashes = after.len() - after.trim_start_matches('#').len();
                (rest.len() - after.len(), hashes)
            })
            .filter(|(prefix, hashes)| rest[prefix + hashes..].starts_with('"'));
        let skip = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some((prefix, hashes)) = raw {
            let body = &rest[prefix + hashes + 1..];
            let close = format!("\"{}", "#".repeat(hashes));
            let end = body.find(&close).unwrap_or(body.len());
            parts.literals.push(body[..end].to_owned());
            parts.code.push_str("\"\"");
            (prefix + hashes + 1 + end + close.len()).min(rest.len())
        } else if first == '"' {
            let mut end = 1;
            while end < rest.len() && rest.as_bytes()[end] != b'"' {
                end += if rest.as_bytes()[end] == b'\\' { 2 } else { 1 };
            }
            let end = end.min(rest.len());
            parts.literals.push(rest[1..end].to_owned());
            parts.code.push_str("\"\"");
            (end + 1).min(rest.len())
        } else if first == '\'' {
            // A character ends with a quote; a lifetime does not.
            let body = &rest[1..];
            let width = if body.starts_with('\\') {
                2
            } else {
                body.chars().next().map_or(0, char::len_utf8)
            };
            let closed = body
                .get(width..)
                .is_some_and(|after| after.starts_with('\''));
            if closed { width + 2 } else { 1 }
        } else {
            // A word is passed over whole, so the `r` of `for` starts no raw string.
            let word = rest
                .find(|char: char| !is_word(char))
                .unwrap_or(rest.len())
                .max(first.len_utf8());
            parts.code.push_str(&rest[..word]);
            word
        };
        rest = &rest[skip..];
    }
    parts
}

fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

/// The sources below a folder of `src`, sorted, without test modules.
fn sources(folder: &str) -> Vec<(String, Parts)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = vec![root.join(folder)];
    while let Some(path) = open.pop() {
        if path.ends_with("tests") || path.ends_with("tests.rs") {
            continue;
        }
        if path.is_dir() {
            let entries = fs::read_dir(&path).expect("a folder of sources");
            open.extend(entries.flatten().map(|entry| entry.path()));
        } else if path.extension().is_some_and(|found| found == "rs") {
            let name = path.strip_prefix(&root).expect("it lies below");
            let text = fs::read_to_string(&path).expect("a source");
            found.push((name.to_string_lossy().replace('\\', "/"), parts(&text)));
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

/// Whether a text holds an import name as a word.
fn mentions(literal: &str, name: &str) -> bool {
    literal.match_indices(name).any(|(start, _)| {
        let (before, after) = (&literal[..start], &literal[start + name.len()..]);
        let whole = !before.ends_with(is_word) && !after.starts_with(is_word);
        let path = after
            .strip_prefix('.')
            .is_some_and(|rest| rest.starts_with(is_word));
        whole && (!ENGLISH.contains(&name) || path)
    })
}

/// The language that a text names, as a word or as a part of a name in either spelling.
fn language(text: &str) -> Option<&'static str> {
    let mut words = String::new();
    let mut small = false;
    for char in text.chars() {
        if char.is_uppercase() && small {
            words.push(' ');
        }
        small = char.is_lowercase();
        if char.is_alphabetic() {
            words.extend(char.to_lowercase());
        } else {
            words.push(' ');
        }
    }
    LANGUAGES
        .iter()
        .copied()
        .find(|name| words.split(' ').any(|word| word == *name))
}

/// The modules of the crate that a file's code names, from `crate::` or as many `super::` as its folders.
fn imports(file: &str, code: &str) -> Vec<String> {
    let depth = file.split('/').count();
    let dense: String = code.chars().filter(|char| !char.is_whitespace()).collect();
    let above = "super::".repeat(depth);
    let mut found = Vec::new();
    for start in ["crate::", above.as_str()] {
        for (at, _) in dense.match_indices(start) {
            let rest = &dense[at + start.len()..];
            match rest.strip_prefix('{') {
                None => found.extend(first_word(rest)),
                Some(group) => {
                    let (mut level, mut item) = (0, true);
                    for (at, char) in group.char_indices() {
                        if item && level == 0 {
                            found.extend(first_word(&group[at..]));
                        }
                        item = char == ',';
                        match char {
                            '{' => level += 1,
                            '}' if level == 0 => break,
                            '}' => level -= 1,
                            _ => {}
                        }
                    }
                }
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

fn first_word(text: &str) -> Option<String> {
    let end = text.find(|char| !is_word(char)).unwrap_or(text.len());
    (end > 0).then(|| text[..end].to_owned())
}

#[test]
fn no_library_is_named_in_the_program() {
    let catalog = Catalog::load(&[]).expect("the built-in catalog loads");
    let names = catalog.import_names();
    assert!(names.len() > 80, "{} import names", names.len());
    let mut found = Vec::new();
    for (file, parts) in sources("") {
        // A rule may bear the name of the library that it is about.
        let literals = parts.literals.iter().filter(|literal| {
            let mut rules = poolint::rules::RULES.iter();
            !rules.any(|rule| rule.name == **literal)
        });
        for literal in literals {
            let named = names
                .iter()
                .filter(|name| name.len() >= 4 && mentions(literal, name));
            found.extend(named.map(|name| format!("{file}: `{name}` in {literal:?}")));
        }
    }
    assert!(found.is_empty(), "names belong in rules/: {found:#?}");
}

#[test]
fn rules_and_analysis_name_no_language() {
    let mut found = Vec::new();
    for folder in ["rules", "rules.rs", "project", "project.rs"] {
        let sources = sources(folder);
        assert!(!sources.is_empty(), "{folder}");
        for (file, parts) in sources {
            for text in parts.literals.iter().chain([&parts.code]) {
                found.extend(language(text).map(|name| format!("{file}: {name}")));
            }
        }
    }
    assert!(
        found.is_empty(),
        "languages belong to the frontends: {found:#?}"
    );
}

#[test]
fn each_floor_imports_what_stands_above_it() {
    let mut found = Vec::new();
    let mut forbid = |folder: &str, floors: &[&str], but: &[&str]| {
        let sources = sources(folder);
        assert!(!sources.is_empty(), "{folder}");
        for (file, parts) in sources {
            if !but.contains(&file.as_str()) {
                let wrong = imports(&file, &parts.code)
                    .into_iter()
                    .filter(|name| floors.contains(&name.as_str()));
                found.extend(wrong.map(|name| format!("{file}: {name}")));
            }
        }
    };
    let below = [
        "frontend", "sieve", "syntax", "walk", "report", "run", "cli", "config",
    ];
    forbid("rules", &below, &[]);
    // The inventory is the one part of the analysis that gives what a report shows.
    let above = ["rules", "judge", "report", "cli", "run", "config"];
    forbid("project", &above, &["project/inventory.rs"]);
    forbid(
        "project/inventory.rs",
        &["rules", "judge", "cli", "run", "config"],
        &[],
    );
    let parsing = [
        "project", "rules", "judge", "report", "cli", "run", "config",
    ];
    forbid("frontend", &parsing, &[]);
    // What builds edits knows texts and trees, and nobody who asks for edits.
    let asking = [
        "finding", "fix", "patch", "project", "rules", "judge", "report", "cli", "run",
    ];
    forbid("edit", &asking, &[]);
    forbid("edit.rs", &asking, &[]);
    for folder in [
        "rules",
        "project",
        "project.rs",
        "report",
        "report.rs",
        "judge.rs",
        "run.rs",
    ] {
        forbid(folder, &["fix", "patch", "cli"], &[]);
    }
    forbid("fix", &["patch", "cli"], &[]);
    forbid("fix.rs", &["patch", "cli"], &[]);
    forbid("patch.rs", &["cli"], &[]);
    forbid("catalog", &parsing, &[]);
    forbid("catalog.rs", &parsing, &[]);
    // What is configured names rules; what follows from it is the business of those who read it.
    let readers = ["frontend", "project", "report", "run", "walk", "cli"];
    forbid("config", &readers, &[]);
    forbid("config.rs", &readers, &[]);
    let all = [
        &parsing[..],
        &["frontend", "catalog", "syntax", "walk", "rule"],
    ]
    .concat();
    forbid("declared.rs", &all, &[]);
    forbid("globs.rs", &all, &[]);
    assert!(found.is_empty(), "floors: {found:#?}");
}

#[test]
fn the_tests_of_this_file_can_fail() {
    let text = "let a = 'x'; // \"no\"\nf::<'a>(\"y\\\"e\", r#\"s\"\"#, b'\"', '\\''); /* \"n\" */ br\"t\"";
    let taken = parts(text);
    assert_eq!(taken.literals, ["y\\\"e", "s\"", "t"]);
    assert!(!taken.code.contains("no") && taken.code.contains("let a"));
    assert!(mentions("from flask_login import x", "flask_login"));
    assert!(!mentions("flasks", "flask") && !mentions("click here", "click"));
    assert!(mentions("click.command", "click"));
    assert_eq!(language("Language::Python"), Some("python"));
    assert_eq!(language("for_rust_only"), Some("rust"));
    assert_eq!(language("isRustFile"), Some("rust"));
    assert_eq!(language("trust the rusty go"), None);
    let code = "use crate::{\n    syntax::{Name, walk}, report,\n};\nfn f() { crate::walk::g(); super::super::cli::h() }";
    assert_eq!(
        imports("rules/a.rs", code),
        ["cli", "report", "syntax", "walk"]
    );
    assert!(imports("project/eval/a.rs", "super::super::x::y()").is_empty());
}
