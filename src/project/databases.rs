//! Databases: which one a pool speaks to, of what kind, and whether two pools speak to the same.
//!
//! Takes the value of a database argument and the conditions around it; gives a [`Database`]. Invariants: two unknown
//! databases are never equal; what is shown of a URL holds no user, password or query.

use super::Project;
use super::conditions::Fact;
use super::values::{Condition, Env, Part, Val, Value};
use crate::catalog::{DialectKind, PathKind};
use crate::declared;
use crate::finding::Confidence;
use crate::frontend::compose::Service;
use crate::frontend::settings::{HOLE, SettingValue};
use crate::source::{FileId, Place};

/// A database.
#[derive(Clone, Debug)]
pub struct Database {
    /// Equal for two pools exactly when they are known to speak to the same database.
    pub identity: Option<String>,
    /// How a person would name it, without secrets.
    pub shown: String,
    /// What it may be, each under conditions.
    pub backends: Vec<(Backend, Vec<Condition>)>,
    /// Where it is named.
    pub place: Option<Place>,
    /// The environment variable it comes from.
    pub env: Option<String>,
    /// The name under which the user declares it.
    pub declared: Option<String>,
}

/// The kind of a database.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Backend {
    /// The dialect's name in the catalog.
    pub dialect: Option<String>,
    /// The driver named in the URL.
    pub driver: Option<String>,
    /// Where the data is.
    pub path: Option<PathKind>,
    /// How this is known.
    pub confidence: Confidence,
    /// Whether a connection pooler stands in front.
    pub pooler: bool,
    /// The end of its host's name that says for how long it lets a connection wait.
    pub idle_host: Option<String>,
    /// Where it is said, when that is not the call itself.
    pub said: Option<Place>,
}

impl Backend {
    fn unknown() -> Self {
        Self {
            dialect: None,
            driver: None,
            path: None,
            confidence: Confidence::Low,
            pooler: false,
            idle_host: None,
            said: None,
        }
    }
}

/// A value that a settings file gives a variable.
#[derive(Clone, Debug)]
pub struct Given {
    /// Where it stands.
    pub place: Place,
    /// The value; a part of it that is not known is a hole.
    pub text: String,
    /// When it counts.
    pub applies: Applies,
}

/// When a value of a settings file counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Applies {
    /// Always, as far as the files say.
    Always,
    /// In one of several environments or services.
    Sometimes,
    /// Never: the file is an example to copy.
    Example,
}

/// What a settings file sets a variable to, and where.
fn set_in<'s>(
    file: FileId,
    settings: &'s [crate::frontend::settings::Setting],
    name: &str,
) -> Option<(Place, &'s str)> {
    let setting = settings
        .iter()
        .rev()
        .find(|setting| setting.name.eq_ignore_ascii_case(name))?;
    match &setting.value {
        SettingValue::Text(text) => Some((
            Place {
                file,
                span: setting.value_span,
            },
            text,
        )),
        SettingValue::Unknown => None,
    }
}

/// `path` as seen from `folder`, both relative to the project root; nothing when it leads out of it.
pub(super) fn joined(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    if path.starts_with('/') {
        return None;
    }
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// A URL taken apart.
struct Url {
    scheme: String,
    host: String,
    port: Option<String>,
    path: String,
    query: String,
}

fn parse_url(text: &str) -> Option<Url> {
    let (scheme, rest) = text
        .split_once("://")
        .or_else(|| text.split_once(':').filter(|(scheme, _)| scheme.len() > 1))?;
    if scheme.is_empty()
        || !scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-._".contains(&byte))
    {
        return None;
    }
    // User and password end at the last `@` in front of the query: either may hold a `/` that nobody escaped.
    let rest = match rest.split('?').next().unwrap_or(rest).rfind('@') {
        Some(at) => &rest[at + 1..],
        None => rest,
    };
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (address, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (host, port) = match address.rsplit_once(':') {
        // No port: `sqlite::memory:`.
        Some((":memory", "")) => (address, None),
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
            (host, Some(port.to_owned()))
        }
        _ => (address, None),
    };
    Some(Url {
        scheme: scheme.to_ascii_lowercase(),
        host: host.to_ascii_lowercase(),
        port: port.filter(|port| !port.is_empty()),
        path: path.to_owned(),
        query: query.to_owned(),
    })
}

impl Url {
    /// The path of a file database. `sqlite:///path` has no authority, and the path follows the third slash.
    fn file(&self) -> String {
        match (self.host.as_str(), self.path.as_str()) {
            ("", path) => path.to_owned(),
            (host, "") => host.to_owned(),
            (host, path) => format!("{host}/{path}"),
        }
    }

    /// Whether a file database is in memory. Without a slash in front of the name the library itself has the connections of
    /// a pool share it.
    fn memory(&self) -> Option<PathKind> {
        match memory(&self.file(), &self.query) {
            Some(PathKind::Memory) if self.host == ":memory:" && self.query.is_empty() => {
                Some(PathKind::SharedUnnamed)
            }
            other => other,
        }
    }
}

/// The text that a value falls back to.
fn default_text(val: &Val) -> Option<String> {
    match &val.value {
        Value::Str(text) => Some(text.to_string()),
        Value::Env(env) => default_text(env.default.as_ref()?),
        _ => None,
    }
}

/// Whether a path of a file database means memory.
fn memory(path: &str, query: &str) -> Option<PathKind> {
    if query.contains("mode=memory") {
        return Some(PathKind::SharedMemory);
    }
    if path.contains(":memory:") && query.contains("cache=shared") {
        return Some(PathKind::SharedUnnamed);
    }
    if path.starts_with(":memory:") && path.len() > ":memory:".len() {
        return Some(PathKind::SharedMemory);
    }
    matches!(path, "" | "/" | ":memory:" | "/:memory:" | "file::memory:")
        .then_some(PathKind::Memory)
}

fn clean_path(path: &str) -> String {
    let path = path.strip_prefix("./").unwrap_or(path);
    path.replace("//", "/")
}

impl Project<'_> {
    /// The database that `url` names. `dialect` is that of a driver which takes a path or address instead of a URL;
    /// `conditions` are those of the pool.
    pub fn database(
        &self,
        file: FileId,
        url: &Val,
        dialect: Option<&str>,
        conditions: &[Condition],
    ) -> Database {
        let mut backends = Vec::new();
        let mut declared = None;
        for (val, held) in url.alternatives() {
            if !self.compatible(&held, conditions) {
                continue;
            }
            let named = self.declaration(&val, url);
            declared = declared.or(named);
            match named.and_then(|(_, database)| database.dialect.as_deref()) {
                Some(name) => backends.push((self.declared_backend(name), held)),
                None => self.backends_of(file, &val, dialect, &held, &mut backends),
            }
        }
        let facts: Vec<Fact> = conditions
            .iter()
            .flat_map(|condition| self.facts(*condition).to_vec())
            .collect();
        let mut backends: Vec<(Backend, Vec<Condition>)> = backends
            .into_iter()
            .filter_map(|(backend, held)| Some((self.refined(backend, &facts)?, held)))
            .collect();
        if backends.is_empty() {
            let backend = Backend {
                dialect: dialect.map(str::to_owned),
                ..Backend::unknown()
            };
            backends.extend(
                self.refined(backend, &facts)
                    .map(|backend| (backend, Vec::new())),
            );
        }
        // A setting of the program may be given any value: what its defaults are is no more than likely.
        let open = url
            .alternatives()
            .iter()
            .any(|(val, _)| matches!(&val.value, Value::Env(env) if env.configured));
        for (backend, _) in backends.iter_mut().filter(|_| open) {
            backend.confidence = backend.confidence.min(Confidence::Medium);
        }
        // Several values that say the same are one.
        let mut unique: Vec<(Backend, Vec<Condition>)> = Vec::new();
        for (backend, held) in backends {
            let same = unique.iter_mut().find(|(known, _)| {
                known.dialect == backend.dialect
                    && known.path == backend.path
                    && known.driver == backend.driver
            });
            match same {
                Some((known, _)) => known.confidence = known.confidence.max(backend.confidence),
                None => unique.push((backend, held)),
            }
        }
        if declared.is_some_and(|(_, database)| database.proxy.is_some()) {
            for (backend, _) in &mut unique {
                backend.pooler = true;
            }
        }
        let (identity, shown) = self.identity(url, dialect);
        let env = url
            .alternatives()
            .iter()
            .find_map(|(val, _)| match &val.value {
                Value::Env(env) => Some(env.name.to_string()),
                _ => None,
            });
        Database {
            identity,
            shown,
            backends: unique,
            place: url.place,
            env,
            declared: declared.map(|(name, _)| name.to_owned()),
        }
    }

    /// What the user declares of the database that a value stands for: by the environment variable, or by the name
    /// that it, or the choice it is one of, goes by. What the code itself spells out needs no declaration.
    fn declaration(&self, val: &Val, whole: &Val) -> Option<(&str, &declared::Database)> {
        let last = |path: &str| {
            let name = path.rsplit('.').next().unwrap_or(path);
            self.declared.database(name)
        };
        let own = match &val.value {
            Value::Str(_) | Value::Text(_) | Value::None => return None,
            Value::Env(env) => self.declared.database(&env.name),
            Value::Path(path) | Value::Member(_, path) => last(path),
            _ => None,
        };
        own.or_else(|| {
            let symbol = val.symbol.as_ref().or(whole.symbol.as_ref())?;
            last(symbol)
        })
    }

    /// The backend that the user says it is.
    fn declared_backend(&self, dialect: &str) -> Backend {
        Backend {
            dialect: Some(dialect.to_owned()),
            path: self.path_of(dialect),
            confidence: Confidence::High,
            ..Backend::unknown()
        }
    }

    /// How many connections the server of a database takes, as the user declares it, with the name it is declared by.
    pub fn connection_limit<'d>(&self, database: &'d Database) -> Option<(&'d str, u32)> {
        let name = database.declared.as_deref()?;
        let (_, declared) = self.declared.database(name)?;
        Some((name, declared.max_connections?))
    }

    fn backends_of(
        &self,
        file: FileId,
        val: &Val,
        dialect: Option<&str>,
        held: &[Condition],
        out: &mut Vec<(Backend, Vec<Condition>)>,
    ) {
        match &val.value {
            Value::Str(text) => out.push((
                self.backend_of_text(text, dialect, Confidence::High),
                held.to_vec(),
            )),
            Value::Text(parts) => {
                let start = match parts.first() {
                    Some(Part::Literal(text)) => text.to_string(),
                    // A path built from a folder of the program.
                    Some(Part::Hole(_)) | None => String::new(),
                };
                let literal: String = parts
                    .iter()
                    .map(|part| match part {
                        Part::Literal(text) => text.to_string(),
                        Part::Hole(_) => HOLE.to_string(),
                    })
                    .collect();
                let starts = match parts.first() {
                    Some(Part::Hole(hole)) if dialect.is_none() => self.texts_of(file, hole),
                    _ => Vec::new(),
                };
                if !starts.is_empty() {
                    let rest: String = parts[1..]
                        .iter()
                        .map(|part| match part {
                            Part::Literal(text) => text.to_string(),
                            Part::Hole(hole) => {
                                default_text(hole).unwrap_or_else(|| HOLE.to_string())
                            }
                        })
                        .collect();
                    for (start, said, inner) in starts {
                        let text = format!("{start}{rest}");
                        let mut backend = self.backend_of_text(&text, None, Confidence::Medium);
                        backend.said = said;
                        out.push((backend, [held, &inner].concat()));
                    }
                } else if start.is_empty() && dialect.is_none() {
                    // The prefix may be a setting with a default.
                    let guess: String = parts
                        .iter()
                        .map(|part| match part {
                            Part::Literal(text) => text.to_string(),
                            Part::Hole(hole) => {
                                default_text(hole).unwrap_or_else(|| HOLE.to_string())
                            }
                        })
                        .collect();
                    let backend = self.backend_of_text(&guess, dialect, Confidence::Medium);
                    out.push((backend, held.to_vec()));
                } else {
                    out.push((
                        self.backend_of_text(&literal, dialect, Confidence::High),
                        held.to_vec(),
                    ));
                }
            }
            Value::Env(env) => {
                let values = self.set_texts(file, env);
                let mut known = false;
                for given in &values {
                    let counts = match given.applies {
                        Applies::Always => true,
                        Applies::Example => !known,
                        Applies::Sometimes => !known && env.default.is_none(),
                    };
                    if !counts {
                        continue;
                    }
                    let confidence = match given.applies {
                        Applies::Always => Confidence::High,
                        Applies::Sometimes | Applies::Example => Confidence::Medium,
                    };
                    let mut backend = self.backend_of_text(&given.text, dialect, confidence);
                    backend.said = Some(given.place);
                    out.push((backend, held.to_vec()));
                    known |= given.applies != Applies::Sometimes;
                }
                if values.iter().any(|given| given.applies == Applies::Always) {
                    return;
                }
                let known = !values.is_empty();
                if let Some(default) = &env.default {
                    let mut defaults = Vec::new();
                    for (default, inner) in default.alternatives() {
                        self.backends_of(file, &default, dialect, &inner, &mut defaults);
                    }
                    for (mut backend, inner) in defaults {
                        backend.confidence = backend.confidence.min(Confidence::Medium);
                        backend.said = backend.said.or(default.place);
                        out.push((backend, [held, &inner].concat()));
                    }
                } else if !known {
                    let mut backend = Backend {
                        dialect: dialect.map(str::to_owned),
                        ..Backend::unknown()
                    };
                    if let (None, Some(promised)) = (dialect, &env.dialect) {
                        backend.dialect = Some(promised.to_string());
                        backend.path = self.path_of(promised);
                        backend.confidence = Confidence::High;
                        backend.said = Some(env.place);
                    }
                    out.push((backend, held.to_vec()));
                }
            }
            Value::None => {}
            _ => {
                let kind = dialect
                    .and_then(|name| self.catalog.dialect_named(name))
                    .map(|dialect| dialect.kind);
                let path = (kind == Some(DialectKind::Server)).then_some(PathKind::Server);
                let confidence = if dialect.is_some() {
                    Confidence::High
                } else {
                    Confidence::Low
                };
                let backend = Backend {
                    dialect: dialect.map(str::to_owned),
                    path,
                    confidence,
                    ..Backend::unknown()
                };
                out.push((backend, held.to_vec()));
            }
        }
    }

    fn backend_of_text(
        &self,
        text: &str,
        dialect: Option<&str>,
        confidence: Confidence,
    ) -> Backend {
        let url = parse_url(text);
        let known = url
            .as_ref()
            .and_then(|url| self.catalog.dialect(&url.scheme));
        let (found, driver) = match (
            known,
            dialect.and_then(|name| self.catalog.dialect_named(name)),
        ) {
            (Some((found, driver)), _) => (found, driver.map(str::to_owned)),
            (None, Some(found)) => (found, None),
            (None, None) => return Backend::unknown(),
        };
        let path = match found.kind {
            DialectKind::Server => PathKind::Server,
            DialectKind::File => {
                let in_memory = match (&url, known.is_some()) {
                    (Some(url), true) => url.memory(),
                    _ => {
                        let (path, query) = text.split_once('?').unwrap_or((text, ""));
                        memory(path, query)
                    }
                };
                in_memory.unwrap_or(PathKind::File)
            }
        };
        let pooler = url.as_ref().is_some_and(|url| self.has_pooler(url));
        let mut hosts = self.catalog.contexts().idle_hosts.keys();
        let idle_host = url
            .as_ref()
            .and_then(|url| hosts.find(|end| url.host.ends_with(end.as_str())))
            .cloned();
        Backend {
            dialect: Some(found.name.clone()),
            driver,
            path: Some(path),
            confidence,
            pooler,
            idle_host,
            said: None,
        }
    }

    fn has_pooler(&self, url: &Url) -> bool {
        let contexts = self.catalog.contexts();
        contexts
            .pooler_hosts
            .iter()
            .any(|part| url.host.contains(part.as_str()) || url.query.contains(part.as_str()))
            || url
                .port
                .as_ref()
                .and_then(|port| port.parse().ok())
                .is_some_and(|port: u16| contexts.pooler_ports.contains(&port))
    }

    /// A backend after what the conditions say; nothing when they exclude it.
    pub(super) fn refined(&self, mut backend: Backend, facts: &[Fact]) -> Option<Backend> {
        for fact in facts {
            match fact {
                Fact::Dialect(name, true) => match &backend.dialect {
                    Some(known) if known != name => {
                        // The default is for another arm; this arm runs with a value from outside.
                        if backend.confidence == Confidence::High && backend.said.is_none() {
                            return None;
                        }
                        backend = Backend {
                            dialect: Some(name.clone()),
                            confidence: Confidence::Medium,
                            ..Backend::unknown()
                        };
                        backend.path = self.path_of(name);
                    }
                    Some(_) => {}
                    None => {
                        backend.dialect = Some(name.clone());
                        backend.confidence = Confidence::Medium;
                        backend.path = self.path_of(name);
                    }
                },
                Fact::Dialect(name, false) if backend.dialect.as_ref() == Some(name) => {
                    if backend.confidence == Confidence::High && backend.said.is_none() {
                        return None;
                    }
                    backend = Backend::unknown();
                }
                Fact::Memory(true) => backend.path = Some(PathKind::Memory),
                Fact::Memory(false)
                    if matches!(
                        backend.path,
                        Some(PathKind::Memory | PathKind::SharedMemory | PathKind::SharedUnnamed)
                    ) =>
                {
                    backend.path = Some(PathKind::File);
                }
                _ => {}
            }
        }
        // Not SQLite, and nothing else known: the common reading of such a branch is a server.
        if backend.dialect.is_none()
            && backend.path.is_none()
            && facts.iter().any(|fact| {
                matches!(fact, Fact::Dialect(name, false)
                    if self.catalog.dialect_named(name).is_some_and(|dialect| dialect.kind == DialectKind::File))
            })
        {
            backend.path = Some(PathKind::Server);
            backend.confidence = Confidence::Medium;
        }
        Some(backend)
    }

    /// Whether a dialect keeps its data in files.
    pub(super) fn is_file(&self, dialect: &str) -> bool {
        let found = self.catalog.dialect_named(dialect);
        found.is_some_and(|dialect| dialect.kind == DialectKind::File)
    }

    fn path_of(&self, dialect: &str) -> Option<PathKind> {
        self.catalog
            .dialect_named(dialect)
            .map(|dialect| match dialect.kind {
                DialectKind::Server => PathKind::Server,
                DialectKind::File => PathKind::File,
            })
    }

    /// The texts that settings files give a variable, as the program sees them.
    fn set_texts(&self, file: FileId, env: &Env) -> Vec<Given> {
        if env.configured {
            return Vec::new();
        }
        let mut values = self.env_values(file, &env.name);
        for given in &mut values {
            given.text = env.rewritten(&given.text);
        }
        values
    }

    /// The texts that a value at the start of a text may be.
    fn texts_of(&self, file: FileId, val: &Val) -> Vec<(String, Option<Place>, Vec<Condition>)> {
        let mut found = Vec::new();
        for (val, held) in val.alternatives() {
            match &val.value {
                Value::Str(text) => found.push((text.to_string(), None, held)),
                Value::Env(env) => {
                    let mut given = self.set_texts(file, env);
                    if given.iter().any(|given| given.applies == Applies::Always) {
                        given.retain(|given| given.applies == Applies::Always);
                    }
                    for given in given {
                        found.push((given.text, Some(given.place), held.clone()));
                    }
                    if found.is_empty() {
                        found.extend(
                            default_text(&val).map(|text| (text, env.place.into(), held.clone())),
                        );
                    }
                }
                _ => {}
            }
        }
        found
    }

    /// The values that settings files give a variable: those that always apply first, nearest folder first, then those
    /// of some environments, then examples.
    pub fn env_values(&self, file: FileId, name: &str) -> Vec<Given> {
        let path = &self.files.file(file).path;
        let folder = path.rfind('/').map_or("", |slash| &path[..slash]);
        let mut found = Vec::new();
        for folder in super::modules::ancestors(folder) {
            let before = found.len();
            for (id, settings) in &self.files.settings {
                let settings_path = &self.files.file(*id).path;
                let (at, last) = settings_path
                    .rsplit_once('/')
                    .unwrap_or(("", settings_path));
                if at != folder {
                    continue;
                }
                let example = crate::frontend::settings::is_example(settings_path);
                // Overlays (`.env.test`, `production.env`) are for one environment each; only the plain file is the default.
                if last != ".env" && !example {
                    continue;
                }
                let applies = if example {
                    Applies::Example
                } else {
                    Applies::Always
                };
                // The nearest one wins.
                let nearer = found[..before]
                    .iter()
                    .any(|given: &Given| given.applies == Applies::Always);
                if let Some((place, text)) = set_in(*id, settings, name)
                    && !(nearer && applies == Applies::Always)
                {
                    found.push(Given {
                        place,
                        text: text.to_owned(),
                        applies,
                    });
                }
            }
        }
        found.extend(self.service_values(folder, name));
        found.sort_by_key(|given| given.applies);
        found
    }

    /// What services that are built from a folder around `folder` set a variable to.
    fn service_values(&self, folder: &str, name: &str) -> Vec<Given> {
        let mut found: Vec<Given> = Vec::new();
        for (id, services) in &self.files.services {
            let path = &self.files.file(*id).path;
            let (at, last) = path.rsplit_once('/').unwrap_or(("", path));
            let overlay = !crate::frontend::compose::is_plain(last);
            for service in services {
                let built = service.build.as_ref().and_then(|build| joined(at, build));
                let runs = built.is_some_and(|built| {
                    super::modules::ancestors(folder).any(|around| around == built)
                });
                let tests = self.catalog.contexts().folders.get(&service.name)
                    == Some(&crate::catalog::ContextKind::Test);
                if !runs || tests {
                    continue;
                }
                let Some((place, text)) = self.service_value(*id, at, service, name) else {
                    continue;
                };
                if found.iter().all(|known| known.text != text) {
                    found.push(Given {
                        place,
                        text,
                        applies: if overlay {
                            Applies::Sometimes
                        } else {
                            Applies::Always
                        },
                    });
                }
            }
        }
        // One service with this, another with that: which of them runs the code is not known.
        let always = |given: &&mut Given| given.applies == Applies::Always;
        if found.iter_mut().filter(always).count() > 1 {
            for given in &mut found {
                given.applies = Applies::Sometimes;
            }
        }
        found
    }

    fn service_value(
        &self,
        file: FileId,
        folder: &str,
        service: &Service,
        name: &str,
    ) -> Option<(Place, String)> {
        let own = service
            .environment
            .iter()
            .find(|(setting, _)| setting.name.eq_ignore_ascii_case(name));
        if let Some((setting, holes)) = own {
            let SettingValue::Text(text) = &setting.value else {
                return None;
            };
            // Compose fills its file from the `.env` beside it.
            let beside = joined(folder, ".env").and_then(|path| self.settings_of(&path));
            let mut pieces = text.split(HOLE);
            let mut filled = pieces.next().unwrap_or_default().to_owned();
            for (hole, piece) in holes.iter().zip(pieces) {
                let set = beside.and_then(|(id, settings)| set_in(id, settings, &hole.name));
                match set.map(|(_, text)| text).filter(|text| !text.is_empty()) {
                    Some(text) => filled.push_str(text),
                    None => match &hole.default {
                        Some(default) => filled.push_str(default),
                        None => filled.push(HOLE),
                    },
                }
                filled.push_str(piece);
            }
            let place = Place {
                file,
                span: setting.value_span,
            };
            return Some((place, filled));
        }
        service.env_files.iter().rev().find_map(|path| {
            let (id, settings) = self.settings_of(&joined(folder, path)?)?;
            let (place, text) = set_in(id, settings, name)?;
            Some((place, text.to_owned()))
        })
    }

    fn settings_of(&self, path: &str) -> Option<(FileId, &[crate::frontend::settings::Setting])> {
        self.files
            .settings
            .iter()
            .find(|(id, _)| self.files.file(*id).path == path)
            .map(|(id, settings)| (*id, settings.as_slice()))
    }

    /// What makes a database the same as another, and its name for people.
    pub fn identity(&self, val: &Val, dialect: Option<&str>) -> (Option<String>, String) {
        match &val.value {
            Value::Str(text) => self.url_identity(text, dialect),
            // Configurations of two names may be one, and of one name two: only the attribute that holds it tells.
            Value::Env(env) if env.configured => match (self.by_symbol(val), env.name.is_empty()) {
                ((identity, _), false) => (identity, env.name.to_string()),
                (found, true) => found,
            },
            Value::Env(env) => (Some(format!("env:{}", env.name)), env.name.to_string()),
            Value::Path(path) | Value::Member(_, path) if path.contains('.') => (
                Some(format!("name:{path}")),
                path.rsplit('.').next().unwrap_or(path).to_owned(),
            ),
            Value::Text(parts) => self.text_identity(parts, val),
            Value::Choice(choices) => {
                // `a or b`, or the same name assigned in two arms: known only when the name itself stands for it.
                let mut identities: Vec<_> = choices
                    .iter()
                    .filter(|(val, _)| !matches!(val.value, Value::None))
                    .map(|(val, _)| self.identity(val, dialect))
                    .collect();
                identities.dedup();
                match (identities.as_slice(), &val.symbol) {
                    ([(identity, shown)], _) => (identity.clone(), shown.clone()),
                    (_, Some(symbol)) => (
                        Some(format!("name:{symbol}")),
                        symbol.rsplit('.').next().unwrap_or(symbol).to_owned(),
                    ),
                    _ => (None, String::new()),
                }
            }
            _ => match &val.symbol {
                Some(symbol) => (
                    Some(format!("name:{symbol}")),
                    symbol.rsplit('.').next().unwrap_or(symbol).to_owned(),
                ),
                None => (None, String::new()),
            },
        }
    }

    fn text_identity(&self, parts: &[Part], val: &Val) -> (Option<String>, String) {
        // User and password do not tell databases apart, and are never written down.
        let whole: String = parts
            .iter()
            .enumerate()
            .map(|(number, part)| match part {
                Part::Literal(text) => text.to_string(),
                Part::Hole(_) => format!("\u{1}{number}\u{2}"),
            })
            .collect();
        let Some(url) = parse_url(&whole) else {
            // No scheme to be seen: the pieces themselves, when each is known by name.
            let pieces: Option<Vec<String>> = parts
                .iter()
                .map(|part| match part {
                    Part::Literal(text) => Some(text.to_string()),
                    Part::Hole(hole) => {
                        self.scheme_of(hole).or_else(|| self.identity(hole, None).0)
                    }
                })
                .collect();
            let (symbol, mut shown) = self.by_symbol(val);
            if let (true, Some(Part::Hole(first))) = (shown.is_empty(), parts.first()) {
                let (_, name) = self.identity(first, None);
                if !name.is_empty() {
                    shown = format!("{{{name}}}…");
                }
            }
            return (
                pieces
                    .map(|pieces| format!("text:{}", pieces.join("+")))
                    .or(symbol),
                shown,
            );
        };
        let mut known = true;
        let mut fill = |text: &str, shown: bool| {
            let mut out = String::new();
            let mut rest = text;
            while let Some((before, after)) = rest.split_once('\u{1}') {
                out.push_str(before);
                let (number, after) = after.split_once('\u{2}').unwrap_or((after, ""));
                rest = after;
                match number
                    .parse::<usize>()
                    .ok()
                    .and_then(|number| parts.get(number))
                {
                    Some(Part::Hole(hole)) => {
                        let (identity, name) = self.identity(hole, None);
                        known &= identity.is_some();
                        out.push_str(&if shown {
                            let name = if name.is_empty() { "…" } else { &name };
                            format!("{{{name}}}")
                        } else {
                            identity.unwrap_or_default()
                        });
                    }
                    _ => known = false,
                }
            }
            out.push_str(rest);
            out
        };
        let scheme = url.scheme.split('+').next().unwrap_or_default().to_owned();
        let identity = format!(
            "url:{scheme}://{}:{}/{}",
            fill(&url.host, false),
            url.port.clone().unwrap_or_default(),
            fill(&url.path, false)
        );
        let shown = format!(
            "{scheme}://{}/{}",
            fill(&url.host, true),
            fill(&url.path, true)
        );
        if known {
            (Some(identity), shown)
        } else {
            (self.by_symbol(val).0, shown)
        }
    }

    /// Whether a maker may be given a URL at all: some databases are spoken to by clients of their own only, and a way on
    /// which such a URL reaches another library is never gone.
    pub(super) fn speaks(&self, dialect: Option<&str>, url: &Val) -> bool {
        let scheme = url.as_str().and_then(|text| text.split_once("://"));
        let Some((said, _)) = scheme.and_then(|(scheme, _)| self.catalog.dialect(scheme)) else {
            return true;
        };
        let own = dialect.and_then(|name| self.catalog.dialect_named(name));
        !said.own_clients && own.is_none_or(|own| !own.own_clients)
            || own.is_some_and(|own| own.name == said.name)
    }

    /// The dialect that a piece of a URL stands for which is a scheme unless the environment says otherwise: two drivers
    /// speak to one database.
    fn scheme_of(&self, val: &Val) -> Option<String> {
        let text = default_text(val)?;
        let (scheme, rest) = text.split_once("://")?;
        let (dialect, _) = self.catalog.dialect(scheme)?;
        rest.chars()
            .all(|letter| letter == '/')
            .then(|| format!("scheme:{}", dialect.name))
    }

    fn by_symbol(&self, val: &Val) -> (Option<String>, String) {
        match &val.symbol {
            Some(symbol) => (
                Some(format!("name:{symbol}")),
                symbol.rsplit('.').next().unwrap_or(symbol).to_owned(),
            ),
            None => (None, String::new()),
        }
    }

    fn url_identity(&self, text: &str, dialect: Option<&str>) -> (Option<String>, String) {
        let known = parse_url(text).and_then(|url| {
            let found = self.catalog.dialect(&url.scheme)?.0.clone();
            Some((found, url))
        });
        let Some((found, url)) = known else {
            let Some(found) = dialect.and_then(|name| self.catalog.dialect_named(name)) else {
                return (None, String::new());
            };
            return match found.kind {
                DialectKind::File => {
                    let (path, query) = text.split_once('?').unwrap_or((text, ""));
                    match memory(path, query) {
                        Some(PathKind::Memory) => (None, format!("{} in memory", found.name)),
                        _ => (Some(format!("file:{}", clean_path(path))), path.to_owned()),
                    }
                }
                // A key=value connection string.
                DialectKind::Server => {
                    let field = |key: &str| {
                        text.split_whitespace().find_map(|pair| {
                            pair.split_once('=')
                                .filter(|(name, _)| *name == key)
                                .map(|(_, value)| value)
                        })
                    };
                    match (field("host"), field("dbname")) {
                        (Some(host), Some(name)) => (
                            Some(format!(
                                "url:{}://{host}:{}/{name}",
                                found.name,
                                field("port").unwrap_or_default()
                            )),
                            format!("{}://{host}/{name}", found.name),
                        ),
                        _ => (None, found.name.clone()),
                    }
                }
            };
        };
        match found.kind {
            DialectKind::File => {
                let path = url.file();
                match url.memory() {
                    // Each pool has one of its own.
                    Some(PathKind::SharedUnnamed) if url.query.is_empty() => {
                        (None, format!("{} in memory", found.name))
                    }
                    Some(PathKind::Memory) => (None, format!("{} in memory", found.name)),
                    _ => (
                        Some(format!("file:{}", clean_path(&path))),
                        format!("{}:{}", found.name, clean_path(&path)),
                    ),
                }
            }
            DialectKind::Server => {
                let host = if url.host == "127.0.0.1" {
                    "localhost".to_owned()
                } else {
                    url.host.clone()
                };
                let default = found.port.map(|port| port.to_string()).unwrap_or_default();
                let port = url.port.clone().unwrap_or(default);
                (
                    Some(format!("url:{}://{host}:{port}/{}", found.name, url.path)),
                    format!("{}://{host}/{}", found.name, url.path),
                )
            }
        }
    }
}
