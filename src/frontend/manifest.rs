//! The frontend of manifests: which libraries a project asks for, in which versions.
//!
//! Takes the path and the bytes of a pyproject.toml, requirements file, setup.cfg, Pipfile, environment.yml, Cargo.toml or
//! lock file; gives its requirements, in order. Invariant: a pure function that never panics; a bound it gives is written
//! in the file, and one that it cannot read is left open.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::source::Span;
use crate::syntax::SyntaxError;

mod cargo;
mod lines;
mod lock;
mod script;

pub use cargo::{Package, in_code, package};
pub use lines::included;
pub use script::requirements as of_script;

/// A library that the project asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Requirement {
    /// The name, normalised as PEP 503 says: lower case, runs of `-`, `_` and `.` made `-`.
    pub name: String,
    /// The least version, inclusive.
    pub lower: Option<Version>,
    /// The first version that is too new.
    pub upper: Option<Version>,
    /// The only version; then neither bound is given.
    pub exact: Option<Version>,
    /// Where it is written.
    pub span: Span,
    /// Whether it is what was installed (a lock file), not what may be.
    pub locked: bool,
    /// Whether it holds only in some environments (a marker such as `; python_version < "3.9"`).
    pub conditional: bool,
    /// Whether it is for developers or an extra, not for everybody who runs the project.
    pub aside: bool,
    /// The language whose packages it is of, as the catalog calls it.
    pub language: &'static str,
    /// Whether it speaks for files below the folder that it is stated in, and for no others.
    pub below: bool,
    /// The name that code gives the package, where that is another one.
    pub alias: Option<String>,
    /// The parts of the package that are asked for.
    pub features: Vec<String>,
}

/// The language of the packages that most manifests state.
const LANGUAGE: &str = "python";

impl Requirement {
    fn new(name: &str, range: Range, span: Span) -> Self {
        Self {
            name: normalise(name),
            lower: range.lower,
            upper: range.upper,
            exact: range.exact,
            span,
            locked: false,
            conditional: false,
            aside: false,
            language: LANGUAGE,
            below: false,
            alias: None,
            features: Vec::new(),
        }
    }

    fn locked(name: &str, version: Option<&str>, span: Span) -> Self {
        let exact = version.and_then(|version| version.parse().ok());
        Self {
            locked: true,
            ..Self::new(
                name,
                Range {
                    exact,
                    ..Range::default()
                },
                span,
            )
        }
    }

    /// Whether `version` satisfies it, as far as it can be read.
    pub fn admits(&self, version: &Version) -> bool {
        self.exact.as_ref().is_none_or(|exact| exact == version)
            && self.lower.as_ref().is_none_or(|lower| lower <= version)
            && self.upper.as_ref().is_none_or(|upper| version < upper)
    }
}

/// A version: its release numbers. Pre-, post-, development and local parts are dropped; `1.4` equals `1.4.0`.
#[derive(Clone, Debug)]
pub struct Version(Vec<u64>);

impl Version {
    /// A version of these numbers.
    pub fn new(numbers: impl Into<Vec<u64>>) -> Self {
        Self(numbers.into())
    }

    /// The release numbers as written.
    pub fn numbers(&self) -> &[u64] {
        &self.0
    }

    fn number(&self, at: usize) -> u64 {
        self.0.get(at).copied().unwrap_or(0)
    }

    /// The first version after all that begin with the first `count` numbers.
    fn bump(&self, count: usize) -> Option<Self> {
        let mut numbers: Vec<u64> = (0..count).map(|at| self.number(at)).collect();
        let last = numbers.last_mut()?;
        *last = last.checked_add(1)?;
        Some(Self(numbers))
    }

    /// The first version after this one alone: `2.0.0.1` for `2.0`.
    fn next(&self) -> Option<Self> {
        self.bump(self.0.len().max(3) + 1)
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Version {}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        (0..self.0.len().max(other.0.len()))
            .map(|at| self.number(at).cmp(&other.number(at)))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, number) in self.0.iter().enumerate() {
            let dot = if at == 0 { "" } else { "." };
            write!(formatter, "{dot}{number}")?;
        }
        Ok(())
    }
}

/// A text that is no version.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not a version")]
pub struct NotAVersion;

impl FromStr for Version {
    type Err = NotAVersion;

    /// Reads a version as PEP 440 writes it. One with an epoch (`1!2.0`) is none: it compares with no other.
    fn from_str(text: &str) -> Result<Self, NotAVersion> {
        let text = text.trim();
        let mut rest = text.strip_prefix(['v', 'V']).unwrap_or(text);
        let mut numbers = Vec::new();
        loop {
            let length = rest.bytes().take_while(u8::is_ascii_digit).count();
            numbers.push(rest[..length].parse().map_err(|_| NotAVersion)?);
            rest = &rest[length..];
            match rest.strip_prefix('.') {
                Some(after) if after.starts_with(|char: char| char.is_ascii_digit()) => {
                    rest = after
                }
                _ => break,
            }
        }
        let suffix =
            |char: char| char.is_ascii_alphanumeric() || matches!(char, '.' | '-' | '_' | '+');
        if rest.chars().all(suffix) {
            Ok(Self(numbers))
        } else {
            Err(NotAVersion)
        }
    }
}

/// The versions that a specifier admits.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Range {
    lower: Option<Version>,
    upper: Option<Version>,
    exact: Option<Version>,
}

/// What a version without an operator, or with `=`, means.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bare {
    /// That version (Poetry, Pipfile).
    Exact,
    /// All versions that begin with it (conda).
    Prefix,
    /// All versions that are compatible with it (Cargo).
    Compatible,
}

impl Range {
    /// Reads `>=1.4,<2`, and Poetry's `^1.4`, `~1.4`, `1.*` and `a || b`. What cannot be read bounds nothing.
    fn parse(specifier: &str, bare: Bare) -> Self {
        specifier
            .split("||")
            .map(|part| Self::conjunction(part, bare))
            .reduce(Self::or)
            .unwrap_or_default()
    }

    fn conjunction(specifier: &str, bare: Bare) -> Self {
        let mut range = Self::default();
        let mut rest = specifier.trim_start_matches(SEPARATORS);
        while !rest.is_empty() {
            let operator = rest.len() - rest.trim_start_matches(OPERATORS).len();
            let (operator, after) = rest.split_at(operator);
            let after = after.trim_start();
            let end = after.find(|char| SEPARATORS.contains(&char) || OPERATORS.contains(&char));
            // `-` and `!` belong to a version too; only what opens a clause ends one.
            let (version, after) = after.split_at(end.unwrap_or(after.len()));
            if operator.is_empty() && version.is_empty() {
                break;
            }
            range.restrict(operator, version, bare);
            rest = after.trim_start_matches(SEPARATORS);
        }
        if range.exact.is_some() {
            range.lower = None;
            range.upper = None;
        }
        range
    }

    fn restrict(&mut self, operator: &str, version: &str, bare: Bare) {
        let stem = version
            .strip_suffix(".*")
            .or_else(|| version.strip_suffix(".x"))
            .or_else(|| version.strip_suffix('*').filter(|stem| !stem.is_empty()));
        let wildcard = stem.is_some();
        let Ok(version) = stem.unwrap_or(version).parse::<Version>() else {
            return;
        };
        let count = version.0.len();
        let operator = match operator {
            "" if bare == Bare::Compatible && !wildcard => "^",
            operator => operator,
        };
        match operator {
            "==" | "=" | "" if wildcard => self.between(version.clone(), version.bump(count)),
            "=" | "" if bare == Bare::Prefix => self.between(version.clone(), version.bump(count)),
            "==" | "===" | "=" | "" => self.exact = Some(version),
            "~=" => self.between(version.clone(), version.bump(count.saturating_sub(1))),
            "~" => self.between(version.clone(), version.bump(count.min(2))),
            "^" => {
                // Up to the first number that is not zero, or all of them.
                let first = version.0.iter().position(|number| *number != 0);
                let upper = version.bump(first.map_or(count, |first| first + 1));
                self.between(version, upper);
            }
            ">=" | ">" => self.between(version, None),
            "<" => self.below(Some(version)),
            "<=" => self.below(version.next()),
            _ => {}
        }
    }

    fn between(&mut self, lower: Version, upper: Option<Version>) {
        self.lower = self.lower.take().max(Some(lower));
        self.below(upper);
    }

    fn below(&mut self, upper: Option<Version>) {
        self.upper = match (self.upper.take(), upper) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }

    /// The range that holds both.
    fn or(self, other: Self) -> Self {
        if self == other {
            return self;
        }
        let (a, b) = (self.spread(), other.spread());
        Self {
            lower: a.lower.zip(b.lower).map(|(a, b)| a.min(b)),
            upper: a.upper.zip(b.upper).map(|(a, b)| a.max(b)),
            exact: None,
        }
    }

    /// The same with an exact version as its two bounds.
    fn spread(self) -> Self {
        match self.exact {
            Some(exact) => Self {
                upper: exact.next(),
                lower: Some(exact),
                exact: None,
            },
            None => self,
        }
    }
}

const SEPARATORS: [char; 5] = [',', ' ', '\t', '\n', '\r'];
const OPERATORS: [char; 6] = ['=', '<', '>', '~', '^', '!'];

/// A name as PEP 503 compares it.
pub fn normalise(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for char in name.chars() {
        match char {
            '-' | '_' | '.' if normal.ends_with('-') => {}
            '-' | '_' | '.' => normal.push('-'),
            char => normal.push(char.to_ascii_lowercase()),
        }
    }
    normal
}

/// The requirements of a manifest, in the order written.
///
/// # Errors
/// When the file is TOML or JSON and does not parse: where, and why.
pub fn parse(path: &str, bytes: &[u8]) -> Result<Vec<Requirement>, SyntaxError> {
    let mut found = read(path, bytes)?;
    if is_for_developers(path) {
        found
            .iter_mut()
            .for_each(|requirement| requirement.aside = true);
    }
    Ok(found)
}

/// Whether the name of a file says that it is for people who work on the project: `requirements-dev.txt`.
fn is_for_developers(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
    let mut words = stem.split(['-', '_']);
    words.any(|word| {
        [
            "dev", "develop", "test", "tests", "testing", "doc", "docs", "lint", "ci",
        ]
        .contains(&word)
    })
}

fn read(path: &str, bytes: &[u8]) -> Result<Vec<Requirement>, SyntaxError> {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name {
        "Pipfile.lock" => lock::pipfile(bytes),
        "poetry.lock" | "uv.lock" | "pdm.lock" => lock::packages(bytes),
        "Pipfile" => with_toml(bytes, pipfile),
        "Cargo.toml" => with_toml(bytes, cargo::manifest),
        "Cargo.lock" => cargo::lock(bytes),
        "setup.cfg" => Ok(lines::setup_cfg(bytes)),
        // It states no requirements; it only says where a part of the project begins.
        "poolint.yaml" | ".poolint.yaml" => Ok(Vec::new()),
        "environment.yml" | "environment.yaml" => Ok(lines::environment(bytes)),
        _ if name.starts_with("pylock") => lock::packages(bytes),
        _ if name.ends_with(".toml") => with_toml(bytes, pyproject),
        _ => Ok(lines::requirements(bytes)),
    }
}

/// Parses TOML; the spans given to `read` are those of the file, BOM included.
fn with_toml(
    bytes: &[u8],
    read: impl FnOnce(&DeTable<'_>, &mut Vec<Requirement>),
) -> Result<Vec<Requirement>, SyntaxError> {
    let text = std::str::from_utf8(bytes).map_err(|error| SyntaxError {
        span: Span::new(error.valid_up_to(), error.valid_up_to() + 1),
        message: "not UTF-8".to_owned(),
    })?;
    let document = text.strip_prefix('\u{feff}').unwrap_or(text);
    let offset = text.len() - document.len();
    let table = DeTable::parse(document).map_err(|error| {
        let span = error.span().unwrap_or(0..0);
        SyntaxError {
            span: Span::new(span.start + offset, span.end + offset),
            message: error.message().lines().collect::<Vec<_>>().join(", "),
        }
    })?;
    let mut found = Vec::new();
    read(table.get_ref(), &mut found);
    for requirement in &mut found {
        let range = requirement.span.range();
        requirement.span = Span::new(range.start + offset, range.end + offset);
    }
    found.sort_by_key(|requirement| requirement.span);
    Ok(found)
}

fn table<'a, 'i>(table: &'a DeTable<'i>, path: &[&str]) -> Option<&'a DeTable<'i>> {
    path.iter()
        .try_fold(table, |table, key| match table.get(*key)?.get_ref() {
            DeValue::Table(table) => Some(table),
            _ => None,
        })
}

fn tables<'a, 'i>(of: &'a DeTable<'i>) -> impl Iterator<Item = (&'a str, &'a DeTable<'i>)> {
    of.iter().filter_map(|(key, value)| match value.get_ref() {
        DeValue::Table(table) => Some((key.get_ref().as_ref(), table)),
        _ => None,
    })
}

fn array<'a, 'i>(of: &'a DeTable<'i>, key: &str) -> &'a [Spanned<DeValue<'i>>] {
    match of.get(key).map(Spanned::get_ref) {
        Some(DeValue::Array(items)) => items,
        _ => &[],
    }
}

fn span_of<T>(of: &Spanned<T>) -> Span {
    Span::new(of.span().start, of.span().end)
}

fn pyproject(document: &DeTable<'_>, found: &mut Vec<Requirement>) {
    if let Some(project) = table(document, &["project"]) {
        specifiers(array(project, "dependencies"), found);
    }
    let main = found.len();
    for groups in [
        ["project", "optional-dependencies"].as_slice(),
        &["dependency-groups"],
        &["tool", "pdm", "dev-dependencies"],
    ] {
        if let Some(groups) = table(document, groups) {
            for (name, _) in groups {
                specifiers(array(groups, name.get_ref()), found);
            }
        }
    }
    let uv = table(document, &["tool", "uv"]);
    let poetry = table(document, &["tool", "poetry"]);
    if let Some(uv) = uv {
        specifiers(array(uv, "dev-dependencies"), found);
    }
    if let Some(poetry) = poetry {
        if let Some(dependencies) = table(poetry, &["dev-dependencies"]) {
            named(dependencies, found);
        }
        for (_, group) in table(poetry, &["group"]).into_iter().flat_map(tables) {
            if let Some(dependencies) = table(group, &["dependencies"]) {
                named(dependencies, found);
            }
        }
    }
    found[main..]
        .iter_mut()
        .for_each(|requirement| requirement.aside = true);
    if let Some(uv) = uv {
        for key in ["constraint-dependencies", "override-dependencies"] {
            specifiers(array(uv, key), found);
        }
    }
    if let Some(dependencies) = poetry.and_then(|poetry| table(poetry, &["dependencies"])) {
        named(dependencies, found);
    }
}

/// Pipfile: every table is a category of packages but these.
fn pipfile(document: &DeTable<'_>, found: &mut Vec<Requirement>) {
    for (name, packages) in tables(document) {
        if !matches!(name, "requires" | "pipenv" | "scripts") {
            let before = found.len();
            named(packages, found);
            let aside = name != "packages";
            found[before..]
                .iter_mut()
                .for_each(|requirement| requirement.aside = aside);
        }
    }
}

/// Requirements as PEP 508 strings; anything else in the list (`{include-group = …}`) is passed over.
fn specifiers(items: &[Spanned<DeValue<'_>>], found: &mut Vec<Requirement>) {
    for item in items {
        if let DeValue::String(text) = item.get_ref() {
            found.extend(lines::requirement(text, span_of(item)));
        }
    }
}

/// Requirements as `name = "specifier"`, `name = {version = "specifier"}` or a list of those.
fn named(dependencies: &DeTable<'_>, found: &mut Vec<Requirement>) {
    for (name, value) in dependencies {
        // Poetry lists the interpreter among the libraries.
        if name.get_ref() == "python" {
            continue;
        }
        let span = Span::new(name.span().start, value.span().end.max(name.span().end));
        let alternatives = match value.get_ref() {
            DeValue::Array(items) => items.iter().collect(),
            _ => vec![value],
        };
        let conditional = alternatives.iter().any(|value| match value.get_ref() {
            DeValue::Table(table) => ["markers", "python", "platform"]
                .iter()
                .any(|key| table.contains_key(*key)),
            _ => false,
        });
        let range = alternatives
            .into_iter()
            .map(|value| range(value.get_ref()))
            .reduce(Range::or);
        found.push(Requirement {
            conditional,
            ..Requirement::new(name.get_ref(), range.unwrap_or_default(), span)
        });
    }
}

fn range(value: &DeValue<'_>) -> Range {
    match value {
        DeValue::String(text) => Range::parse(text, Bare::Exact),
        DeValue::Table(table) => match table.get("version").map(Spanned::get_ref) {
            Some(DeValue::String(text)) => Range::parse(text, Bare::Exact),
            _ => Range::default(),
        },
        _ => Range::default(),
    }
}

#[cfg(test)]
mod tests;
