//! Every fixture that fires, changed in ways that mean the same: what must be found follows from the rule and travels
//! with the marks.

mod common;

use common::{Lines, MARKED};
use std::collections::{BTreeMap, BTreeSet};

type Files = BTreeMap<String, String>;

// ---------------------------------------------------------------------------------------------------------------------
// Words of Python, outside of strings and comments

/// A piece of a source text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Piece<'a> {
    /// An identifier or keyword in code.
    Word(&'a str),
    /// Anything else: strings, comments, numbers, operators, spaces.
    Other(&'a str),
}

/// Splits a text; the pieces joined are the text. The code inside the braces of f-strings counts as code.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let bytes = text.as_bytes();
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80;
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        match bytes[at] {
            b'#' => {
                while at < bytes.len() && bytes[at] != b'\n' {
                    at += 1;
                }
                found.push(Piece::Other(&text[start..at]));
            }
            b'\'' | b'"' => at = string(text, at, false, &mut found),
            byte if is_word(byte) => {
                while at < bytes.len() && is_word(bytes[at]) {
                    at += 1;
                }
                let word = &text[start..at];
                let prefix = word.len() <= 2 && word.chars().all(|char| "rRbBuUfF".contains(char));
                if prefix && at < bytes.len() && matches!(bytes[at], b'\'' | b'"') {
                    found.push(Piece::Other(word));
                    at = string(text, at, word.contains(['f', 'F']), &mut found);
                } else if byte.is_ascii_digit() {
                    found.push(Piece::Other(word));
                } else {
                    found.push(Piece::Word(word));
                }
            }
            _ => {
                at += 1;
                found.push(Piece::Other(&text[start..at]));
            }
        }
    }
    found
}

/// Reads the string that starts at `at`; returns where it ends.
fn string<'a>(text: &'a str, at: usize, formatted: bool, found: &mut Vec<Piece<'a>>) -> usize {
    let bytes = text.as_bytes();
    let quote = bytes[at];
    let triple = bytes[at..].starts_with(&[quote; 3]);
    let width = if triple { 3 } else { 1 };
    let (mut end, mut start) = (at + width, at);
    while end < bytes.len() {
        if bytes[end] == b'\\' {
            end += 2;
        } else if bytes[end] == quote && (!triple || bytes[end..].starts_with(&[quote; 3])) {
            end += width;
            break;
        } else if formatted && bytes[end..].starts_with(b"{{") {
            end += 2;
        } else if formatted && bytes[end] == b'{' {
            let close = bytes[end..]
                .iter()
                .position(|byte| *byte == b'}')
                .map_or(bytes.len(), |length| end + length);
            found.push(Piece::Other(&text[start..=end]));
            found.extend(pieces(&text[end + 1..close]));
            (start, end) = (close, close);
        } else {
            end += 1;
        }
    }
    let end = end.min(bytes.len());
    found.push(Piece::Other(&text[start..end]));
    end
}

/// The text with each word of code replaced by what `change` says for it; `change` sees the piece before as well.
fn rewrite(text: &str, mut change: impl FnMut(&str, bool) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut after_dot = false;
    for piece in pieces(text) {
        match piece {
            Piece::Word(word) => {
                out.push_str(&change(word, after_dot).unwrap_or_else(|| word.to_owned()));
                after_dot = false;
            }
            Piece::Other(other) => {
                out.push_str(other);
                if !other.trim().is_empty() {
                    after_dot = other.ends_with('.');
                }
            }
        }
    }
    out
}

fn is_python(path: &str) -> bool {
    path.ends_with(".py")
}

// ---------------------------------------------------------------------------------------------------------------------
// Renaming

/// Names that a framework or a library knows, or that say a unit, so that renaming them changes what the program means.
const KNOWN: &[&str] = &[
    "DATABASES",
    "TestingConfig",
    "WAIT_MS",
    "WorkerSettings",
    "_",
    "add",
    "all",
    "begin",
    "clean",
    "close",
    "commit",
    "config",
    "connect",
    "count",
    "create_app",
    "cron_jobs",
    "db",
    "delete",
    "engine",
    "execute",
    "filter",
    "first",
    "functions",
    "get",
    "handler",
    "id",
    "init_app",
    "items",
    "keys",
    "lambda_handler",
    "limit",
    "load",
    "main",
    "name",
    "names",
    "on_job_start",
    "on_shutdown",
    "on_startup",
    "one",
    "options",
    "path",
    "pool",
    "post",
    "put",
    "query",
    "receive",
    "remove",
    "rollback",
    "run",
    "scalar",
    "search",
    "session",
    "sessions",
    "settings",
    "start",
    "submit",
    "text",
    "title",
    "url",
    "values",
];

/// The names that the project itself defines with `def`, `class` or at module level, and that mean nothing elsewhere.
fn local_names(files: &Files) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut taken: BTreeSet<String> = KNOWN.iter().map(|name| (*name).to_owned()).collect();
    for (path, text) in files.iter().filter(|(path, _)| is_python(path)) {
        taken.extend(path.trim_end_matches(".py").split('/').map(str::to_owned));
        for line in text.lines() {
            let code = line.trim_start();
            let words: Vec<&str> = code
                .split(|char: char| !(char.is_alphanumeric() || char == '_'))
                .collect();
            match words.as_slice() {
                ["def", name, ..] | ["class", name, ..] | ["async", "def", name, ..] => {
                    names.insert((*name).to_owned());
                }
                ["from" | "import", ..] => {
                    let module = code.split_whitespace().nth(1).unwrap_or_default();
                    let first = module.split('.').next().unwrap_or_default();
                    let own = first.is_empty()
                        || files.keys().any(|file| {
                            file == &format!("{first}.py") || file.starts_with(&format!("{first}/"))
                        });
                    if !own {
                        taken.extend(words.iter().map(|word| (*word).to_owned()));
                    }
                }
                [name, ..] if code.len() == line.len() && assigns(code, name) => {
                    names.insert((*name).to_owned());
                }
                _ => {}
            }
        }
    }
    // Settings that a framework reads by their names, and what is named in a text.
    let catalog = poolint::catalog::Catalog::load(&[]).expect("the built-in catalog");
    taken.extend(catalog.settings().keys().cloned());
    let installed = catalog.installed().iter();
    taken.extend(installed.filter_map(|known| known.with_name.clone()));
    let in_text = |name: &str| {
        let end = format!(".{name}\"");
        files.values().any(|text| text.contains(&end))
    };
    names.retain(|name| {
        !name.is_empty() && !name.starts_with("__") && !taken.contains(name) && !in_text(name)
    });
    names
}

/// Whether the line is `name = …` or `name: type = …`.
fn assigns(code: &str, name: &str) -> bool {
    let rest = code[name.len()..].trim_start();
    !name.is_empty()
        && (rest.starts_with(':') && rest.contains(" = ")
            || rest.starts_with('=') && !rest.starts_with("=="))
}

fn renamed(files: &Files) -> Option<Files> {
    let mut names = local_names(files);
    // `FastAPI(lifespan=lifespan)`: the keyword is the library's, and a rewriting of words cannot tell the two apart.
    names.retain(|name| {
        let keyword = [format!("({name}="), format!(" {name}=")];
        !files.iter().any(|(path, text)| {
            is_python(path) && keyword.iter().any(|keyword| text.contains(keyword))
        })
    });
    if names.is_empty() {
        return None;
    }
    let change = |word: &str| {
        names
            .contains(word)
            .then(|| format!("zz_{}", word.chars().rev().collect::<String>()))
    };
    Some(
        files
            .iter()
            .map(|(path, text)| {
                let text = if is_python(path) {
                    rewrite(text, |word, _| change(word))
                } else {
                    text.clone()
                };
                (path.clone(), text)
            })
            .collect(),
    )
}

// ---------------------------------------------------------------------------------------------------------------------
// Imports under other names

/// Modules whose `from … import` becomes `import … as`.
const ALIASED: &[&str] = &[
    "sqlalchemy",
    "sqlalchemy.ext.asyncio",
    "sqlalchemy.orm",
    "sqlalchemy.pool",
];

/// Submodules, which are not attributes until somebody imports them.
const SUBMODULES: &[&str] = &["event", "exc", "ext", "orm", "pool"];

fn aliased(files: &Files) -> Option<Files> {
    // A name that one file of the project imports from another must stay a name of that file.
    let mut passed_on = BTreeSet::new();
    for text in files
        .iter()
        .filter(|(path, _)| is_python(path))
        .map(|(_, text)| text)
    {
        for line in text.lines().map(str::trim_start) {
            let import = line
                .strip_prefix("from ")
                .and_then(|rest| rest.split_once(" import "));
            if let Some((_, names)) = import.filter(|(module, _)| !ALIASED.contains(module)) {
                passed_on.extend(
                    names
                        .split(',')
                        .filter_map(|name| name.split_whitespace().next())
                        .map(str::to_owned),
                );
            }
        }
    }
    let mut changed = false;
    let mutated = files
        .iter()
        .map(|(path, text)| {
            if !is_python(path) {
                return (path.clone(), text.clone());
            }
            let (text, any) = alias_file(text, &passed_on);
            changed |= any;
            (path.clone(), text)
        })
        .collect();
    changed.then_some(mutated)
}

fn alias_file(text: &str, passed_on: &BTreeSet<String>) -> (String, bool) {
    let mut uses: BTreeMap<String, String> = BTreeMap::new();
    let mut lines = Vec::new();
    for line in text.split('\n') {
        let code = line.trim_start();
        let indent = &line[..line.len() - code.len()];
        let parsed = code
            .strip_prefix("from ")
            .and_then(|rest| rest.split_once(" import "));
        let number =
            parsed.and_then(|(module, _)| ALIASED.iter().position(|known| *known == module));
        let (Some((module, names)), Some(number)) = (parsed, number) else {
            lines.push(line.to_owned());
            continue;
        };
        if names.contains(['(', '#', '*', '\\']) {
            lines.push(line.to_owned());
            continue;
        }
        let (mut kept, mut moved) = (Vec::new(), false);
        for item in names.split(',').map(str::trim) {
            let (name, local) = item.split_once(" as ").unwrap_or((item, item));
            let rebound = text.lines().any(|line| {
                let code = line.trim_start();
                assigns_word(code, local)
                    || code.starts_with(&format!("def {local}("))
                    || code.starts_with(&format!("class {local}"))
            });
            if SUBMODULES.contains(&name) || rebound || passed_on.contains(local) {
                kept.push(item);
            } else {
                uses.insert(local.to_owned(), format!("_sa{number}.{name}"));
                moved = true;
            }
        }
        let mut parts = Vec::new();
        if moved {
            parts.push(format!("import {module} as _sa{number}"));
        }
        if !kept.is_empty() {
            parts.push(format!("from {module} import {}", kept.join(", ")));
        }
        lines.push(format!("{indent}{}", parts.join("; ")));
    }
    if uses.is_empty() {
        return (text.to_owned(), false);
    }
    // Import lines are whole already; everywhere else the name gets its module in front.
    let is_import = |line: &str| {
        line.trim_start().starts_with("import ") || line.trim_start().starts_with("from ")
    };
    (rewrite_lines(&lines, &uses, is_import), true)
}

/// Whether the statement binds `name`: `name = …`, `… as name`, `for name in`, a parameter is not looked for.
fn assigns_word(code: &str, name: &str) -> bool {
    code.strip_prefix(name)
        .is_some_and(|rest| rest.starts_with(" = ") || rest.starts_with(": "))
        || code.contains(&format!(" as {name}:"))
        || code.starts_with(&format!("for {name} in "))
}

fn rewrite_lines(
    lines: &[String],
    uses: &BTreeMap<String, String>,
    skip: impl Fn(&str) -> bool,
) -> String {
    let text = lines.join("\n");
    // Offsets of import lines, whose words are left alone.
    let mut skipped = Vec::new();
    let mut offset = 0;
    for line in lines {
        if skip(line) {
            skipped.push(offset..offset + line.len());
        }
        offset += line.len() + 1;
    }
    let mut out = String::with_capacity(text.len());
    let (mut at, mut after_dot) = (0, false);
    for piece in pieces(&text) {
        match piece {
            Piece::Word(word) => {
                let keyword = text[at + word.len()..].starts_with('=')
                    && !text[at + word.len()..].starts_with("==");
                let free =
                    !after_dot && !keyword && !skipped.iter().any(|range| range.contains(&at));
                match uses.get(word).filter(|_| free) {
                    Some(full) => out.push_str(full),
                    None => out.push_str(word),
                }
                (at, after_dot) = (at + word.len(), false);
            }
            Piece::Other(other) => {
                out.push_str(other);
                if !other.trim().is_empty() {
                    after_dot = other.ends_with('.');
                }
                at += other.len();
            }
        }
    }
    out
}

// ---------------------------------------------------------------------------------------------------------------------
// Guards the other way round

fn inverted(files: &Files) -> Option<Files> {
    let mut changed = false;
    let mutated = files
        .iter()
        .map(|(path, text)| {
            let mut text = text.clone();
            if is_python(path) {
                let (new, any) = invert_file(&text);
                changed |= any;
                text = new;
            }
            (path.clone(), text)
        })
        .collect();
    changed.then_some(mutated)
}

/// Swaps the arms of every `if …: … else: …` without `elif`; inner ones stay as they are.
fn invert_file(text: &str) -> (String, bool) {
    let lines: Vec<&str> = text.lines().collect();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let end_of = |from: usize, depth: usize| {
        (from..lines.len())
            .find(|at| !lines[*at].trim().is_empty() && indent(lines[*at]) <= depth)
            .unwrap_or(lines.len())
    };
    let (mut out, mut at, mut any) = (Vec::new(), 0, false);
    while at < lines.len() {
        let line = lines[at];
        let depth = indent(line);
        let condition = line
            .trim()
            .strip_prefix("if ")
            .and_then(|rest| rest.strip_suffix(':'));
        let middle = end_of(at + 1, depth);
        let is_else = lines
            .get(middle)
            .is_some_and(|line| line.trim() == "else:" && indent(line) == depth);
        match condition.filter(|_| is_else) {
            Some(condition) => {
                let end = end_of(middle + 1, depth);
                let trim = |range: &[&str]| {
                    let kept = range
                        .iter()
                        .rposition(|line| !line.trim().is_empty())
                        .map_or(0, |last| last + 1);
                    range[..kept]
                        .iter()
                        .map(|line| (*line).to_owned())
                        .collect::<Vec<_>>()
                };
                let blank = (middle + 1..end)
                    .rev()
                    .take_while(|at| lines[*at].trim().is_empty())
                    .count();
                let pad = " ".repeat(depth);
                out.push(format!("{pad}if not ({condition}):"));
                out.extend(trim(&lines[middle + 1..end]));
                out.push(format!("{pad}else:"));
                out.extend(trim(&lines[at + 1..middle]));
                out.extend(std::iter::repeat_n(String::new(), blank));
                (at, any) = (end, true);
            }
            None => {
                out.push(line.to_owned());
                at += 1;
            }
        }
    }
    (out.join("\n") + "\n", any)
}

// ---------------------------------------------------------------------------------------------------------------------
// Modules in two files

/// Every module becomes a shim that imports all its names from a second file, which holds the code.
fn split(files: &Files) -> Option<Files> {
    let mut mutated = Files::new();
    let mut changed = false;
    for (path, text) in files {
        let stem = path.trim_end_matches(".py");
        let special = stem.ends_with("__init__") || stem.contains("test") || path.contains('-');
        let names = if is_python(path) && !special && !text.contains("global ") {
            module_names(text)
        } else {
            Vec::new()
        };
        if names.is_empty() {
            mutated.insert(path.clone(), text.clone());
            continue;
        }
        let module = format!("{}_moved", stem.replace('/', "."));
        mutated.insert(format!("{stem}_moved.py"), text.clone());
        mutated.insert(
            path.clone(),
            format!("from {module} import {}\n", names.join(", ")),
        );
        changed = true;
    }
    changed.then_some(mutated)
}

/// What a module binds at its top, also in the arms of conditions, without imports.
fn module_names(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut in_body = false;
    for line in text.lines() {
        let code = line.trim_start();
        let words: Vec<&str> = code
            .split(|char: char| !(char.is_alphanumeric() || char == '_'))
            .collect();
        let top = code.len() == line.len() && !code.is_empty();
        if top {
            in_body = matches!(words.as_slice(), ["def" | "class" | "async", ..])
                || code.starts_with('@');
        }
        let mut add = |name: &str| {
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        };
        match words.as_slice() {
            ["def", name, ..] | ["class", name, ..] | ["async", "def", name, ..] if top => {
                add(name)
            }
            [name, ..] if !in_body && assigns(code, name) && bracketed(text, line) == 0 => {
                add(name)
            }
            [first, "", second, ..]
                if top && code.starts_with(&format!("{first}, {second} = ")) =>
            {
                add(first);
                add(second);
            }
            _ => {}
        }
    }
    names
}

/// How many brackets are open where `line`, a slice of `text`, begins. Keyword arguments are no assignments.
fn bracketed(text: &str, line: &str) -> i32 {
    let offset = line.as_ptr() as usize - text.as_ptr() as usize;
    let mut depth = 0;
    let mut at = 0;
    for piece in pieces(text) {
        let (Piece::Word(part) | Piece::Other(part)) = piece;
        if at >= offset {
            break;
        }
        at += part.len();
        depth += match part {
            "(" | "[" | "{" => 1,
            ")" | "]" | "}" => -1,
            _ => 0,
        };
    }
    depth
}

// ---------------------------------------------------------------------------------------------------------------------
// The tests

/// Fixtures that a rewriting makes into another project: the rewriting, the case, why.
const ANOTHER: &[(&str, &str, &str)] = &[
    (
        "imports aliased",
        "queue-pool-in-async/version-from-names",
        "the name that is imported tells the version",
    ),
    (
        "modules split",
        "queue-pool-in-async/version-of-a-setup-script",
        "a setup script states its requirements itself",
    ),
    (
        "modules split",
        "django-conn-max-age-asgi/installed-by-a-taker",
        "settings are taken over by one module more, and only who takes them over directly is asked",
    ),
    (
        "modules split",
        "pool-not-awaited/depth-4",
        "eight modules lie on the way, more than the rounds of a run read",
    ),
    (
        "modules split",
        "psycopg2-simple-pool-threads/depth-4",
        "eight modules lie on the way, more than the rounds of a run read",
    ),
    (
        "renamed",
        "placeholder-pooling/a-context-manager",
        "the name is the promise",
    ),
    (
        "renamed",
        "placeholder-pooling/by-class",
        "the name is the promise",
    ),
    (
        "renamed",
        "placeholder-pooling/by-name",
        "the name is the promise",
    ),
    (
        "renamed",
        "placeholder-pooling/depth-1",
        "the name is the promise",
    ),
    (
        "renamed",
        "placeholder-pooling/depth-2",
        "the name is the promise",
    ),
    (
        "renamed",
        "placeholder-pooling/depth-3",
        "the name is the promise",
    ),
    (
        "renamed",
        "placeholder-pooling/depth-4",
        "the name is the promise",
    ),
    (
        "renamed",
        "placeholder-pooling/get-or-create",
        "the name is the promise",
    ),
    (
        "renamed",
        "placeholder-pooling/through-a-tuple",
        "the name is the promise",
    ),
    (
        "renamed",
        "placeholder-pooling/through-self",
        "the name is the promise",
    ),
    (
        "renamed",
        "unused-pool-module/shows-itself",
        "its name says that a function only shows what the module can do",
    ),
    (
        "guards inverted",
        "placeholder-pooling/by-option",
        "the option promises the other arm then",
    ),
    (
        "modules split",
        "duckdb-multiple-writers/parent-and-worker",
        "a file that is started hands its blocks to a module",
    ),
    (
        "modules split",
        "duckdb-multiple-writers/two-programs-briefly",
        "a file that is started hands its blocks to a module",
    ),
    (
        "modules split",
        "duplicate-engine/plugins-by-computed-names",
        "the module that nobody imports is imported by the one it was split from",
    ),
    (
        "modules split",
        "duplicate-engine/plugins-relative",
        "the module that nobody imports is imported by the one it was split from",
    ),
    (
        "modules split",
        "incidents/003-inconsistent-pools/before",
        "the module that nobody imports is imported by the one it was split from",
    ),
    (
        "modules split",
        "unused-pool-module/nobody-imports-it",
        "the module that nobody imports is imported by the one it was split from",
    ),
    (
        "modules split",
        "unused-pool-module/shows-itself",
        "the module that nobody imports is imported by the one it was split from",
    ),
    (
        "modules split",
        "unused-pool-module/tests-and-scripts-do",
        "the module that nobody imports is imported by the one it was split from",
    ),
];

fn check(what: &str, mutate: impl Fn(&Files) -> Option<Files>, lines: Lines, least: usize) {
    let (mut wrong, mut tried) = (Vec::new(), 0);
    let same = |case: &common::Case| {
        let another = |(of, name, _): &(&str, &str, &str)| *of == what && *name == case.name;
        !case.silent && common::untracked(case).is_none() && !ANOTHER.iter().any(another)
    };
    for case in common::cases().into_iter().filter(same) {
        let Some(mutated) = mutate(&common::files(&case.root)) else {
            continue;
        };
        tried += 1;
        let marks = common::marks(&mutated);
        let folder = tempfile::tempdir().expect("a temporary folder");
        common::write(folder.path(), &mutated);
        let seen = case.analyse(folder.path());
        let differences = common::differences(&marks, &seen, MARKED, lines);
        if !differences.is_empty() {
            // The changed project is kept for whoever reads the failure.
            let kept = folder.keep();
            for difference in differences {
                wrong.push(format!(
                    "fixtures/{}, {what}: {difference} (in {})",
                    case.name,
                    kept.display()
                ));
            }
        }
    }
    common::verdict(&wrong);
    if std::env::var_os("POOLINT_ONLY").is_none() {
        assert!(
            tried >= least,
            "{what}: only {tried} fixtures could be changed"
        );
    }
}

#[test]
fn renamed_identifiers_change_nothing() {
    check("renamed", renamed, Lines::Exact, 80);
}

#[test]
fn aliased_imports_change_nothing() {
    check("imports aliased", aliased, Lines::Exact, 80);
}

#[test]
fn inverted_guards_change_nothing() {
    // Which arm comes first in path order is what the inversion changes.
    check(
        "guards inverted",
        inverted,
        Lines::FileFor(&["duplicate-engine"]),
        5,
    );
}

#[test]
fn modules_in_two_files_change_nothing() {
    check("modules split", split, Lines::Exact, 80);
}

#[test]
fn the_rewriting_does_what_it_says() {
    let pieces_of = |text: &str| {
        pieces(text)
            .into_iter()
            .filter_map(|piece| match piece {
                Piece::Word(word) => Some(word.to_owned()),
                Piece::Other(_) => None,
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(
        pieces_of("a = f\"x {b} y\" + 'c' # d\n'''e\nf''' + g"),
        ["a", "b", "g"]
    );
    let one = |text: &str| Files::from([("m.py".to_owned(), text.to_owned())]);
    let text = "from sqlalchemy import create_engine as ce, pool, text\nx = ce('u', poolclass=pool.NullPool)\ny = a.text + text('text')\n";
    assert_eq!(
        aliased(&one(text)).expect("it changes")["m.py"],
        "import sqlalchemy as _sa0; from sqlalchemy import pool\nx = _sa0.create_engine('u', poolclass=pool.NullPool)\ny = a.text + _sa0.text('text')\n"
    );
    assert_eq!(
        inverted(&one("if a:\n    b\nelse:\n    c\n\nd\n")).expect("it changes")["m.py"],
        "if not (a):\n    c\nelse:\n    b\n\nd\n"
    );
    assert!(inverted(&one("if a:\n    b\nelif c:\n    d\nelse:\n    e\n")).is_none());
    let parts = split(&one(
        "import os\nA = call(\n    b=1,\n)\nif A:\n    C = 2\ndef d():\n    e = 1\n",
    ))
    .expect("it changes");
    assert_eq!(parts["m.py"], "from m_moved import A, C, d\n");
    assert_eq!(
        renamed(&one("def make_it():\n    return 'make_it'\n\nmake_it()\n")).expect("it changes")["m.py"],
        "def zz_ti_ekam():\n    return 'make_it'\n\nzz_ti_ekam()\n"
    );
}
