//! Cargo's manifests: which crates a package asks for, under which names, and where its own code begins.
//!
//! Takes TOML; gives requirements, which speak for the folder of the file and what lies below it, and the [`Package`].
//! Invariant: a bound is written in the file; what a workspace or a lock file says is left to them.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Bare, Range, Requirement, array, table, tables, with_toml};
use crate::source::Span;
use crate::syntax::SyntaxError;

/// The language of the packages, as the catalog calls it.
pub(super) const LANGUAGE: &str = "rust";

/// Tables of dependencies, and whether they are for people who work on the package.
const TABLES: [(&str, bool); 5] = [
    ("dependencies", false),
    ("dev-dependencies", true),
    ("dev_dependencies", true),
    ("build-dependencies", true),
    ("build_dependencies", true),
];

/// What a manifest says of its own package.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Package {
    /// The name by which other packages ask for it.
    pub name: String,
    /// The name that code uses for its library.
    pub library: String,
    /// The file in which the library begins, where it is not the usual one.
    pub library_path: Option<String>,
    /// The files in which its programs begin, where they are not the usual ones.
    pub programs: Vec<String>,
    /// Packages that lie in folders of the repository: the name that code uses, and the folder as seen from the file.
    pub beside: Vec<(String, String)>,
}

/// What a manifest says of its own package; nothing when it has none, as that of a workspace.
pub fn package(bytes: &[u8]) -> Option<Package> {
    let mut found = None;
    with_toml(bytes, |document, _| {
        let name = table(document, &["package"])
            .or_else(|| table(document, &["project"]))
            .and_then(|package| text(package, "name"));
        let library = table(document, &["lib"]);
        let inside = |key| library.and_then(|library| text(library, key));
        let programs = array(document, "bin").iter();
        let programs = programs.filter_map(|program| match program.get_ref() {
            DeValue::Table(program) => text(program, "path"),
            _ => None,
        });
        found = name.map(|name| Package {
            name: name.to_owned(),
            library: in_code(inside("name").unwrap_or(name)),
            library_path: inside("path").map(str::to_owned),
            programs: programs.map(str::to_owned).collect(),
            beside: beside(document),
        });
    })
    .ok()?;
    found
}

/// A name as code writes it.
pub fn in_code(name: &str) -> String {
    name.replace('-', "_")
}

fn beside(document: &DeTable<'_>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    each_table(document, &mut |dependencies, _, _| {
        for (name, value) in dependencies {
            if let DeValue::Table(value) = value.get_ref()
                && let Some(path) = text(value, "path")
            {
                found.push((in_code(name.get_ref()), path.to_owned()));
            }
        }
    });
    found
}

/// The requirements of a Cargo.toml.
pub(super) fn manifest(document: &DeTable<'_>, found: &mut Vec<Requirement>) {
    each_table(document, &mut |dependencies, aside, conditional| {
        for (name, value) in dependencies {
            let span = Span::new(name.span().start, value.span().end.max(name.span().end));
            found.push(dependency(
                name.get_ref(),
                value.get_ref(),
                span,
                aside,
                conditional,
            ));
        }
    });
}

/// Goes through all tables of dependencies: whether they are for those who work on the package, and whether only for some
/// platforms.
fn each_table(document: &DeTable<'_>, take: &mut dyn FnMut(&DeTable<'_>, bool, bool)) {
    let mut all = |of: &DeTable<'_>, conditional: bool| {
        for (key, aside) in TABLES {
            if let Some(dependencies) = table(of, &[key]) {
                take(dependencies, aside, conditional);
            }
        }
    };
    all(document, false);
    if let Some(workspace) = table(document, &["workspace"]) {
        all(workspace, false);
    }
    for (_, target) in table(document, &["target"]).into_iter().flat_map(tables) {
        all(target, true);
    }
}

fn dependency(
    name: &str,
    value: &DeValue<'_>,
    span: Span,
    aside: bool,
    conditional: bool,
) -> Requirement {
    let (version, package, features) = match value {
        DeValue::String(version) => (Some(version.as_ref()), None, Vec::new()),
        DeValue::Table(value) => (
            text(value, "version"),
            text(value, "package"),
            array(value, "features")
                .iter()
                .filter_map(|feature| match feature.get_ref() {
                    DeValue::String(feature) => Some(feature.to_string()),
                    _ => None,
                })
                .collect(),
        ),
        _ => (None, None, Vec::new()),
    };
    let range = version.map_or_else(Range::default, |version| {
        Range::parse(version, Bare::Compatible)
    });
    Requirement {
        language: LANGUAGE,
        below: true,
        alias: package.map(|_| in_code(name)),
        features,
        aside,
        conditional,
        ..Requirement::new(package.unwrap_or(name), range, span)
    }
}

/// The packages of a Cargo.lock.
pub(super) fn lock(bytes: &[u8]) -> Result<Vec<Requirement>, SyntaxError> {
    let mut all = super::lock::packages(bytes)?;
    for requirement in &mut all {
        requirement.language = LANGUAGE;
        requirement.below = true;
    }
    Ok(all)
}

fn text<'a>(of: &'a DeTable<'_>, key: &str) -> Option<&'a str> {
    match of.get(key).map(Spanned::get_ref) {
        Some(DeValue::String(text)) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frontend::manifest::parse;

    /// Each requirement as `name lower..upper`, with `as alias`, `(features)`, `?` when conditional, `-` when aside.
    fn read(path: &str, source: &str) -> Vec<String> {
        let bound = |version: &Option<super::super::Version>| {
            version
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default()
        };
        let found = parse(path, source.as_bytes()).expect("it parses");
        let shown = found.iter().map(|one| {
            assert_eq!((one.language, one.below), (LANGUAGE, true));
            let range = match &one.exact {
                Some(exact) => format!("=={exact}"),
                None => format!("{}..{}", bound(&one.lower), bound(&one.upper)),
            };
            let alias = one.alias.as_ref().map(|alias| format!(" as {alias}"));
            let features = match one.features.as_slice() {
                [] => String::new(),
                features => format!(" ({})", features.join(" ")),
            };
            let marks = [(one.locked, "!"), (one.conditional, "?"), (one.aside, "-")];
            let marks: String = marks
                .iter()
                .filter(|(is, _)| *is)
                .map(|(_, mark)| *mark)
                .collect();
            let alias = alias.unwrap_or_default();
            format!("{} {range}{alias}{features}{marks}", one.name)
        });
        shown.collect()
    }

    #[test]
    fn requirements_of_every_kind() {
        let source = r#"
[package]
name = "shop"

[dependencies]
sqlx = { version = "0.8", features = ["postgres", "runtime-tokio"] }
bb8 = "=0.9.1"
db = { package = "deadpool-postgres", version = ">=0.13, <0.15" }
diesel.workspace = true
diesel.optional = true
local = { path = "../local" }
any = "*"
nothing = ["odd"]
mysql_async = "~0.34.1"
redis = "0.27.*"
early = "0.0.3"
git = { git = "https://example.org/x.git", version = "1" }

[dev-dependencies]
rusqlite = "0.32"

[build-dependencies.cc]
version = "1"

[target.'cfg(unix)'.dependencies]
duckdb = "1.1"

[target.x86_64-pc-windows-gnu.dev-dependencies]
mongodb = "3"
"#;
        assert_eq!(
            read("api/Cargo.toml", source),
            [
                "sqlx 0.8..0.9 (postgres runtime-tokio)",
                "bb8 ==0.9.1",
                "deadpool-postgres 0.13..0.15 as db",
                "diesel ..",
                "local ..",
                "any ..",
                "nothing ..",
                "mysql-async 0.34.1..0.35",
                "redis 0.27..0.28",
                "early 0.0.3..0.0.4",
                "git 1..2",
                "rusqlite 0.32..0.33-",
                "cc 1..2-",
                "duckdb 1.1..2?",
                "mongodb 3..4?-",
            ]
        );
    }

    #[test]
    fn a_workspace_states_what_its_members_inherit() {
        let source = "[workspace]\nmembers = [\"crates/*\"]\n[workspace.dependencies]\npg = { package = \"sqlx\", version = \"0.7.4\" }\n";
        assert_eq!(read("Cargo.toml", source), ["sqlx 0.7.4..0.8 as pg"]);
        assert_eq!(package(source.as_bytes()), None);
    }

    #[test]
    fn a_lock_file_states_what_is_built() {
        let source = "version = 4\n\n[[package]]\nname = \"sqlx\"\nversion = \"0.8.6\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\n\n[[package]]\nname = \"sqlx\"\nversion = \"0.7.4\"\n\n[[package]]\nname = \"mysql_async\"\nversion = \"0.37.1-beta.2\"\n";
        assert_eq!(
            read("Cargo.lock", source),
            ["sqlx ==0.8.6!", "sqlx ==0.7.4!", "mysql-async ==0.37.1!"]
        );
    }

    #[test]
    fn a_package_says_where_its_code_begins() {
        let source = "[package]\nname = \"my-shop\"\n[lib]\npath = \"lib/main.rs\"\n[[bin]]\nname = \"worker\"\npath = \"worker/main.rs\"\n[[bin]]\nname = \"x\"\n[dependencies]\nshop-db = { path = \"../db\" }\n";
        assert_eq!(
            package(source.as_bytes()),
            Some(Package {
                name: "my-shop".to_owned(),
                library: "my_shop".to_owned(),
                library_path: Some("lib/main.rs".to_owned()),
                programs: vec!["worker/main.rs".to_owned()],
                beside: vec![("shop_db".to_owned(), "../db".to_owned())],
            })
        );
        let named = "[package]\nname = \"a-b\"\n[lib]\nname = \"c\"\n";
        let named = package(named.as_bytes()).expect("a package");
        assert_eq!((named.name.as_str(), named.library.as_str()), ("a-b", "c"));
    }

    #[test]
    fn odd_manifests_end_in_no_panic() {
        for source in [
            "",
            "[dependencies]\n",
            "dependencies = 5\n",
            "[dependencies]\nsqlx = 5\n",
            "[dependencies.sqlx]\nversion = 5\nfeatures = \"x\"\n",
            "[target]\nx = 1\n",
            "[target.x]\ndependencies = []\n",
            "[workspace]\ndependencies = [1]\n",
            "[package]\nname = 5\n",
            "bin = 5\n[package]\nname = \"x\"\n",
            "\u{feff}[dependencies]\nsqlx = \"^\"\n",
            "[dependencies]\nsqlx = \">= 0.8, < \"\n",
        ] {
            parse("Cargo.toml", source.as_bytes()).expect(source);
            package(source.as_bytes());
        }
        assert!(parse("Cargo.toml", b"[dependencies\n").is_err());
        assert!(parse("Cargo.toml", b"\xff\xfe").is_err());
        assert_eq!(package(b"[package\n"), None);
        let cut = "[dependencies]\nsqlx = { version = \"0.8\", features = [\"postgres\"] }\n";
        for end in 0..cut.len() {
            let _ = parse("Cargo.toml", &cut.as_bytes()[..end]);
            let _ = parse("Cargo.lock", &cut.as_bytes()[..end]);
        }
    }
}
