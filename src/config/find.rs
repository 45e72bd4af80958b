//! Where a configuration stands.
//!
//! Takes a folder, or the file that the user named; gives the one configuration there. Invariants: two in one folder are
//! an error; no more than [`MOST_BYTES`] of any file are read.

use super::tree::{Node, Value};
use super::{Config, Error, Problem, read, tree};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Files that are a configuration as a whole.
const FILES: [&str; 3] = ["poolint.yaml", ".poolint.yaml", ".github/poolint.yaml"];

/// Manifests that may hold one in a table.
const MANIFESTS: [(&str, &[&[&str]]); 2] = [
    ("pyproject.toml", &[&["tool", "poolint"]]),
    (
        "Cargo.toml",
        &[
            &["workspace", "metadata", "poolint"],
            &["package", "metadata", "poolint"],
        ],
    ),
];

/// The most bytes of a file that are read.
const MOST_BYTES: u64 = 1 << 20;

/// One configuration that was found.
struct Found {
    /// The file, below the folder.
    file: &'static str,
    /// The table in it; empty when the file is the configuration.
    table: String,
    text: String,
    node: Node,
}

impl Found {
    /// Its name for people.
    fn name(&self) -> String {
        match self.table.as_str() {
            "" => self.file.to_owned(),
            table => format!("`[{table}]` in {}", self.file),
        }
    }
}

/// The nearest folder, from `folder` upwards, that holds a configuration.
pub fn root_above(folder: &Path) -> Option<PathBuf> {
    folder
        .ancestors()
        .find(|folder| !matches!(all(folder).as_deref(), Ok([])))
        .map(Path::to_path_buf)
}

/// The configuration of a folder; an empty one when there is none. Paths in errors are relative to the folder.
///
/// # Errors
/// When it cannot be read, says something unknown, or stands in two places.
pub fn at(folder: &Path) -> Result<Config, Error> {
    let found = all(folder)?;
    match found.as_slice() {
        [] => Ok(Config::default()),
        [one] => understand(Path::new(one.file), &folder.join(one.file), one),
        [one, other, ..] => Err(Error {
            path: one.file.to_owned(),
            text: String::new(),
            message: format!(
                "{} configures poolint a second time; keep one of them",
                other.name()
            ),
            span: None,
        }),
    }
}

/// The configuration that the user named: a manifest's table, another TOML file or a YAML file.
///
/// # Errors
/// As [`at`]; and when it does not exist, or is a manifest without a configuration.
pub fn file(path: &Path) -> Result<Config, Error> {
    let name = path.file_name().unwrap_or_default();
    if let Some((name, tables)) = MANIFESTS.iter().find(|(manifest, _)| name == *manifest) {
        let bytes = bytes(path).map_err(|problem| problem.of(path, ""))?;
        let found = in_manifest(name, tables, path, bytes)?;
        return match found.as_slice() {
            [] => Err(Error {
                path: path.display().to_string(),
                text: String::new(),
                message: "it holds no configuration of poolint".to_owned(),
                span: None,
            }),
            [one] => understand(path, path, one),
            [_, other, ..] => Err(Error {
                path: path.display().to_string(),
                text: String::new(),
                message: format!(
                    "{} configures poolint a second time; keep one of them",
                    other.name()
                ),
                span: None,
            }),
        };
    }
    let found = whole("", path, path)?;
    understand(path, path, &found)
}

/// What a configuration says; `shown` is its path for people, `path` the real one.
fn understand(shown: &Path, path: &Path, found: &Found) -> Result<Config, Error> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut config =
        read::config(&found.node, folder).map_err(|problem| problem.of(shown, &found.text))?;
    config.path = Some(shown.to_path_buf());
    Ok(config)
}

/// All configurations of a folder.
fn all(folder: &Path) -> Result<Vec<Found>, Error> {
    let mut found = Vec::new();
    for file in FILES {
        let path = folder.join(file);
        // A link that leads nowhere was meant to be one, too.
        if path.symlink_metadata().is_ok() {
            found.push(whole(file, &path, Path::new(file))?);
        }
    }
    for (file, tables) in MANIFESTS {
        let path = folder.join(file);
        // A manifest that cannot be read is not ours to complain about.
        if let Ok(bytes) = bytes(&path) {
            found.extend(in_manifest(file, tables, Path::new(file), bytes)?);
        }
    }
    Ok(found)
}

/// A file that is a configuration as a whole.
fn whole(file: &'static str, path: &Path, shown: &Path) -> Result<Found, Error> {
    let bytes = bytes(path).map_err(|problem| problem.of(shown, ""))?;
    if bytes.len() as u64 > MOST_BYTES {
        let problem = Problem {
            span: None,
            message: "it is larger than 1 MiB".to_owned(),
        };
        return Err(problem.of(shown, ""));
    }
    let text = text(bytes).map_err(|problem| problem.of(shown, ""))?;
    let is_toml = path.extension().is_some_and(|found| found == "toml");
    let node = if is_toml { tree::toml } else { tree::yaml }(&text);
    Ok(Found {
        file,
        table: String::new(),
        node: node.map_err(|problem| problem.of(shown, &text))?,
        text,
    })
}

/// The configurations in a manifest.
fn in_manifest(
    file: &'static str,
    tables: &[&[&str]],
    shown: &Path,
    bytes: Vec<u8>,
) -> Result<Vec<Found>, Error> {
    // Most manifests have nothing to do with poolint: they may be broken, huge, or in any encoding.
    let names = tables.iter().map(|table| table.join("."));
    let mentions = |name: &str| memchr::memmem::find(&bytes, name.as_bytes()).is_some();
    if !mentions("poolint") {
        return Ok(Vec::new());
    }
    let meant = names.clone().any(|name| mentions(&format!("[{name}")));
    let read = if bytes.len() as u64 > MOST_BYTES {
        Err(Problem {
            span: None,
            message: "it is larger than 1 MiB".to_owned(),
        }
        .of(shown, ""))
    } else {
        text(bytes)
            .map_err(|problem| problem.of(shown, ""))
            .and_then(|text| match tree::toml(&text) {
                Ok(node) => Ok((text, node)),
                Err(problem) => Err(problem.of(shown, &text)),
            })
    };
    let (text, node) = match read {
        Ok(read) => read,
        Err(error) if meant => return Err(error),
        Err(_) => return Ok(Vec::new()),
    };
    let found = tables.iter().zip(names).filter_map(|(table, name)| {
        Some(Found {
            file,
            table: name,
            text: text.clone(),
            node: below(&node, table)?.clone(),
        })
    });
    Ok(found.collect())
}

/// The value at a path of keys.
fn below<'n>(node: &'n Node, path: &[&str]) -> Option<&'n Node> {
    path.iter().try_fold(node, |node, key| match &node.value {
        Value::Table(entries) => entries
            .iter()
            .find(|(known, _)| known.name == *key)
            .map(|(_, node)| node),
        _ => None,
    })
}

/// The first bytes of a file, one more than may be.
fn bytes(path: &Path) -> Result<Vec<u8>, Problem> {
    let read = || {
        // A pipe would wait for ever.
        if !std::fs::metadata(path)?.is_file() {
            return Err(std::io::Error::other("not a file"));
        }
        let mut bytes = Vec::new();
        File::open(path)?
            .take(MOST_BYTES + 1)
            .read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    read().map_err(|error| Problem {
        span: None,
        message: match error.kind() {
            std::io::ErrorKind::NotFound => "no such file".to_owned(),
            _ => format!("cannot read it: {error}"),
        },
    })
}

fn text(bytes: Vec<u8>) -> Result<String, Problem> {
    let text = String::from_utf8(bytes).map_err(|_| Problem {
        span: None,
        message: "it is not UTF-8".to_owned(),
    })?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}
