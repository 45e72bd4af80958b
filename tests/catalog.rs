//! What is known of libraries comes from the catalog: a user's file teaches a factory as well as a built-in one does,
//! without a library's file its fixtures are silent, and `docs/catalog.md` shows the schema as it is.

mod common;

use common::{Case, Seen};
use poolint::Options;
use poolint::catalog::Catalog;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

const ACME: &str = "\
library: acme
imports: [acme]
makers:
  - make: acme.make_db
    like: sqlalchemy.create_engine
";

/// The file of SQLAlchemy and those whose makers are like its makers.
const ALCHEMY: &[&str] = &[
    "libraries/sqlalchemy.yaml",
    "libraries/flask_sqlalchemy.yaml",
];

fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

/// A text with `from` replaced by `to` where it stands as a whole name of its own, not as somebody's attribute.
fn renamed(text: &str, from: &str, to: &str) -> String {
    let mut out = String::new();
    let mut last = 0;
    for (start, _) in text.match_indices(from) {
        let (before, after) = (&text[..start], &text[start + from.len()..]);
        if before.ends_with(|char| is_word(char) || char == '.') || after.starts_with(is_word) {
            continue;
        }
        out.push_str(&text[last..start]);
        out.push_str(to);
        last = start + from.len();
    }
    out + &text[last..]
}

/// A source that makes its engines with `make_db` of `acme`, when it imports the function by name. Lines stay lines.
fn taught(text: &str) -> Option<String> {
    let mut found = false;
    let lines: Vec<String> = text
        .split('\n')
        .map(|line| {
            let Some((indent, names)) = line.split_once("from sqlalchemy import ") else {
                return renamed(line, "create_engine", "make_db");
            };
            let (mine, others): (Vec<&str>, Vec<&str>) = names
                .split(", ")
                .partition(|name| name.split(' ').next() == Some("create_engine"));
            let Some(mine) = mine.first() else {
                return line.to_owned();
            };
            found = true;
            let mine = mine.replace("create_engine", "make_db");
            let rest = match others.as_slice() {
                [] => String::new(),
                others => format!("; from sqlalchemy import {}", others.join(", ")),
            };
            format!("{indent}from acme import {mine}{rest}")
        })
        .collect();
    found.then(|| lines.join("\n"))
}

/// The files of a case with every engine made by the house's own factory; `None` when there is none to rename.
fn copy(case: &Case) -> Option<BTreeMap<String, String>> {
    let mut files = common::files(&case.root);
    let mut found = false;
    for (path, text) in &mut files {
        if path.ends_with(".py")
            && let Some(changed) = taught(text)
        {
            (*text, found) = (changed, true);
        }
    }
    found.then_some(files)
}

/// What is found with a catalog in a folder of these files.
fn found(files: &BTreeMap<String, String>, catalog: &Catalog) -> Vec<Seen> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    common::write(folder.path(), files);
    common::analyse_with(folder.path(), catalog)
}

fn without(names: &[&str]) -> Catalog {
    Catalog::load_without(names).unwrap_or_else(|error| panic!("{error}"))
}

fn case(name: &str) -> Case {
    let found = common::cases().into_iter().find(|case| case.name == name);
    found.unwrap_or_else(|| panic!("fixtures/{name} exists"))
}

#[test]
fn a_taught_factory_is_as_good_as_a_built_in_one() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("acme.yaml");
    fs::write(&file, ACME).expect("the catalog is written");
    let acme = Catalog::load(&[file]).expect("it loads");
    let built_in = without(&[]);
    let (mut compared, mut wrong) = (0, Vec::new());
    for case in common::cases() {
        let Some(files) = copy(&case) else { continue };
        let mut expected = common::analyse_with(&case.root, &built_in);
        for one in &mut expected {
            one.message = renamed(&one.message, "create_engine", "make_db");
        }
        expected.sort();
        let seen = found(&files, &acme);
        if seen != expected {
            wrong.push(format!(
                "fixtures/{}: with the built-in factory\n{}with the taught one\n{}",
                case.name,
                common::concise(&expected),
                common::concise(&seen)
            ));
        }
        compared += 1;
    }
    common::verdict(&wrong);
    assert!(
        std::env::var_os("POOLINT_ONLY").is_some() || compared > 100,
        "{compared} fixtures could be renamed"
    );
}

#[test]
fn a_factory_that_nobody_taught_is_not_known() {
    let built_in = without(&[]);
    for name in [
        "null-pool/factory-parameter",
        "engine-per-call/dependency-builds-engine",
        "duplicate-engine/factory-in-two-modules",
    ] {
        let case = case(name);
        let rule = name.split('/').next().unwrap_or_default();
        let own = |seen: &[Seen]| seen.iter().filter(|one| one.rule == rule).count();
        assert!(
            own(&common::analyse_with(&case.root, &built_in)) > 0,
            "{name}"
        );
        let files = copy(&case).expect("it imports the factory by name");
        assert_eq!(own(&found(&files, &built_in)), 0, "{name}");
    }
}

#[test]
fn without_its_file_a_library_is_not_known() {
    let bare = without(ALCHEMY);
    let mut fired = BTreeSet::new();
    for case in common::cases() {
        let rule = case.name.split('/').next().unwrap_or_default().to_owned();
        // Those of another language are about other libraries.
        let another = case.name.contains("/rust-");
        if another
            || ![
                "null-pool",
                "static-pool-shared",
                "scoped-session-not-removed",
                "queue-pool-in-async",
                "pool-args-rejected",
                "sqlite-memory-pool",
            ]
            .contains(&rule.as_str())
        {
            continue;
        }
        let seen = common::analyse_with(&case.root, &bare);
        assert!(
            seen.iter().all(|one| one.rule != rule),
            "fixtures/{}: found without the library's file\n{}",
            case.name,
            common::concise(&seen)
        );
        if !case.silent {
            fired.insert(case.name);
        }
    }
    assert!(
        std::env::var_os("POOLINT_ONLY").is_some() || fired.len() > 20,
        "{} fixtures fire with it",
        fired.len()
    );
}

#[test]
fn without_its_file_a_driver_or_a_framework_is_not_known() {
    for (name, files, left) in [
        (
            "engine-per-call/driver-pools",
            &["libraries/asyncpg.yaml"][..],
            1,
        ),
        (
            "engine-per-call/driver-pools",
            &["libraries/psycopg_pool.yaml"],
            1,
        ),
        (
            "engine-per-call/driver-pools",
            &["frameworks/fastapi.yaml"],
            0,
        ),
        (
            "engine-per-call/celery-task",
            &["frameworks/celery.yaml"],
            0,
        ),
        (
            "engine-per-call/nested-route-and-hooks",
            &["frameworks/tornado.yaml"],
            2,
        ),
        (
            "engine-per-call/nested-route-and-hooks",
            &["frameworks/flask.yaml"],
            1,
        ),
    ] {
        let seen = common::analyse_with(&case(name).root, &without(files));
        let own = seen.iter().filter(|one| one.rule == "engine-per-call");
        assert_eq!(own.count(), left, "fixtures/{name} without {files:?}");
    }
    for (name, file) in [
        ("null-pool/ok-typer", "frameworks/typer.yaml"),
        ("null-pool/ok-click", "frameworks/click.yaml"),
        ("null-pool/ok-argparse", "frameworks/commands.yaml"),
    ] {
        let seen = common::analyse_with(&case(name).root, &without(&[file]));
        assert_eq!(seen.len(), 1, "fixtures/{name} without {file}");
    }
}

/// What the numbers of a driver do, only its file says: without it exactly its findings are gone.
#[test]
fn without_its_file_the_numbers_of_a_driver_mean_nothing() {
    let all = |case: &Case, rule: &str, catalog: &Catalog| {
        let seen = common::analyse_with(&case.root, catalog);
        let own = seen.iter().filter(|one| one.rule == rule);
        own.count()
    };
    for (rule, name, files, less) in [
        (
            "min-exceeds-max",
            "the-table",
            &["libraries/psycopg_pool.yaml", "libraries/django.yaml"][..],
            5,
        ),
        (
            "min-exceeds-max",
            "the-table",
            &["libraries/asyncpg.yaml"],
            3,
        ),
        (
            "min-exceeds-max",
            "the-table",
            &["libraries/aiomysql.yaml", "libraries/asyncmy.yaml"],
            3,
        ),
        (
            "min-exceeds-max",
            "the-table",
            &["libraries/asyncmy.yaml"],
            1,
        ),
        (
            "min-exceeds-max",
            "the-table",
            &["libraries/mysql_connector.yaml"],
            3,
        ),
        ("min-exceeds-max", "the-table", &["libraries/aiopg.yaml"], 1),
        (
            "min-exceeds-max",
            "the-table",
            &["libraries/psycopg2.yaml"],
            2,
        ),
        (
            "min-exceeds-max",
            "the-table",
            &["libraries/dbutils.yaml"],
            2,
        ),
        (
            "min-exceeds-max",
            "the-table",
            &["libraries/oracledb.yaml", "libraries/django.yaml"],
            1,
        ),
        (
            "min-exceeds-max",
            "the-table",
            &["libraries/pymongo.yaml"],
            1,
        ),
        (
            "unbounded-pool",
            "the-table",
            &["libraries/pymongo.yaml"],
            1,
        ),
        ("unbounded-pool", "the-table", ALCHEMY, 2),
        (
            "unbounded-pool",
            "by-default",
            &["libraries/dbutils.yaml"],
            1,
        ),
        (
            "unbounded-pool",
            "by-default",
            &["frameworks/flask.yaml"],
            1,
        ),
        ("pool-setting-from-string", "when-it-fails", ALCHEMY, 6),
        (
            "pool-setting-from-string",
            "when-it-fails",
            &["libraries/redis.yaml"],
            1,
        ),
        (
            "pool-setting-from-string",
            "when-it-fails",
            &["libraries/asyncpg.yaml"],
            1,
        ),
        ("pool-setting-from-string", "switches", ALCHEMY, 4),
        (
            "pool-args-rejected",
            "flask-sqlalchemy-2-on-mysql",
            &["libraries/flask_sqlalchemy.yaml"],
            1,
        ),
        (
            "sqlite-memory-pool",
            "threads",
            &["frameworks/fastapi.yaml"],
            4,
        ),
    ] {
        let name = format!("{rule}/{name}");
        let case = case(&name);
        let with = all(&case, rule, &without(&[]));
        let left = all(&case, rule, &without(files));
        assert_eq!(with - left, less, "fixtures/{name} without {files:?}");
    }
}

#[test]
fn what_is_left_out_must_exist_and_must_not_be_needed() {
    let error = Catalog::load_without(&["libraries/nothing.yaml"]).expect_err("no such file");
    assert_eq!(error.path, "rules/libraries/nothing.yaml");
    let error = Catalog::load_without(&ALCHEMY[..1]).expect_err("another one is like it");
    assert!(error.message.contains("create_engine"), "{error}");
}

#[test]
fn a_broken_user_file_ends_the_analysis_with_its_place() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("acme.yaml");
    fs::write(&file, ACME.replace("like:", "likee:")).expect("the catalog is written");
    let options = Options {
        root: folder.path().to_path_buf(),
        catalogs: vec![file],
        ..Options::default()
    };
    let Err(poolint::Error::Catalog(error)) = poolint::analyze(&options) else {
        panic!("it does not load");
    };
    assert!(error.path.ends_with("acme.yaml"), "{}", error.path);
    assert_eq!(error.line_column, Some((5, 5)));
}

/// `docs/catalog.md`, the files in `src/catalog/schema/` and the files below `rules/`.
fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn dense(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The cells of each row of a table of fields.
fn rows(page: &str) -> Vec<Vec<String>> {
    page.lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| {
            let cells = line.trim_matches('|').split(" | ");
            cells.map(|cell| cell.trim().to_owned()).collect()
        })
        .collect()
}

#[test]
fn the_page_shows_every_field_of_the_schema() {
    let shown: BTreeSet<String> = rows(&read("docs/catalog.md"))
        .iter()
        .flat_map(|cells| cells[0].split(", "))
        .map(|name| name.trim_matches('`').to_owned())
        .collect();
    let rooms = [
        "class",
        "doing",
        "framework",
        "library",
        "maker",
        "setting",
        "value",
        "vocabulary",
    ];
    let schema: String = rooms
        .iter()
        .map(|room| read(&format!("src/catalog/schema/{room}.rs")))
        .collect();
    let (mut name, mut renamed, mut known) = (String::new(), None, BTreeSet::new());
    for line in schema.lines() {
        if let Some((_, rest)) = line.split_once("struct ") {
            name = rest.trim_end_matches(" {").to_owned();
            continue;
        }
        if let Some((_, rest)) = line.split_once("rename = \"") {
            renamed = rest.split('"').next().map(str::to_owned);
        }
        let field = line
            .trim()
            .trim_start_matches("pub(in crate::catalog) ")
            .trim_start_matches("pub ");
        let Some((field, _)) = field.split_once(": ") else {
            continue;
        };
        if !line.starts_with("    pub") || field.contains(' ') {
            continue;
        }
        let written = renamed.take().unwrap_or_else(|| field.replace('_', "-"));
        let of_others = [
            "Maker",
            "Dialect",
            "DialectFile",
            "Contexts",
            "ContextImport",
        ];
        let of_others = of_others
            .iter()
            .chain(&["Beside", "Handler", "PromiseWords"]);
        if !of_others.into_iter().any(|other| *other == name) {
            known.insert(written);
        }
    }
    assert!(known.len() > 80, "{} fields", known.len());
    let missing: Vec<_> = known.difference(&shown).collect();
    let gone: Vec<_> = shown.difference(&known).collect();
    assert!(
        missing.is_empty() && gone.is_empty(),
        "not in docs/catalog.md: {missing:?}; not in the schema: {gone:?}"
    );
}

#[test]
fn the_lines_on_the_page_stand_in_the_files() {
    let python = dense(&read("rules/libraries/sqlalchemy.yaml"));
    let rust = dense(&read("rules/libraries/sqlx.yaml"));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/frameworks");
    let frameworks: Vec<String> = fs::read_dir(folder)
        .expect("the frameworks")
        .flatten()
        .map(|entry| {
            read(&format!(
                "rules/frameworks/{}",
                entry.file_name().to_string_lossy()
            ))
        })
        .map(|text| dense(&text))
        .collect();
    let page = read("docs/catalog.md");
    let (mut wrong, mut quoted) = (Vec::new(), 0);
    for cells in rows(&page) {
        let (columns, texts): (&[String], Vec<Vec<&String>>) = match cells.len() {
            4 => (&cells[2..], vec![vec![&python], vec![&rust]]),
            3 => (&cells[2..], vec![frameworks.iter().collect()]),
            other => panic!("{other} columns: {cells:?}"),
        };
        for (cell, texts) in columns.iter().zip(texts) {
            let line = cell.trim_matches('`');
            quoted += usize::from(cell != "—");
            if cell != "—" && !texts.iter().any(|text| text.contains(line)) {
                wrong.push(format!("{}: {line}", cells[0]));
            }
        }
    }
    assert!(quoted > 100, "{quoted} lines quoted");
    assert!(wrong.is_empty(), "no file has these: {wrong:#?}");
}

#[test]
fn the_example_on_the_page_is_what_it_says() {
    let page = read("docs/catalog.md");
    let block = |start: &str| {
        let (_, rest) = page.split_once(start).expect("the block");
        rest.split("```").next().unwrap_or_default().to_owned()
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("acme.yaml");
    fs::write(&file, block("```yaml\n# acme.yaml\n")).expect("written");
    let files = [
        ("app/routes.py".to_owned(), block("```python\n")),
        (
            "requirements.txt".to_owned(),
            "fastapi\nsqlalchemy==2.0.36\n".to_owned(),
        ),
    ];
    let files = BTreeMap::from(files);
    let taught = Catalog::load(&[file]).expect("it loads");
    let seen = found(&files, &taught);
    assert!(found(&files, &without(&[])).is_empty());
    let said = block("$ poolint check --catalog acme.yaml --output-format concise\n");
    assert_eq!(seen.len(), 1, "{}", common::concise(&seen));
    let (line, message) = (seen[0].line, &seen[0].message);
    assert!(
        said.starts_with(&format!("{}:{line}:", seen[0].path)),
        "{said}"
    );
    assert!(said.trim().ends_with(message.as_str()), "{message}");
}

#[test]
fn renaming_leaves_other_things_alone() {
    assert_eq!(
        taught(
            "from sqlalchemy import create_engine, text\nx = create_engine(u)\nsa.create_engine(u)"
        )
        .as_deref(),
        Some(
            "from acme import make_db; from sqlalchemy import text\nx = make_db(u)\nsa.create_engine(u)"
        )
    );
    assert_eq!(
        taught("from sqlalchemy import create_engine as ce").as_deref(),
        Some("from acme import make_db as ce")
    );
    assert_eq!(
        taught("import sqlalchemy\nsqlalchemy.create_engine(u)"),
        None
    );
    assert_eq!(
        renamed("my_create_engine create_engine", "create_engine", "x"),
        "my_create_engine x"
    );
}
