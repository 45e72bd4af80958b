//! The inventory: what is known of every place that makes an engine, a pool, a connection or a session.
//!
//! Takes the recognised sites; gives rows for people and programs. Invariant: a value is shown only when it is a number,
//! a truth value, a class or a keyword of the catalog; a database without user, password and query.

use super::placement::Placement;
use super::pools::{ClassChoice, Pool, Setting};
use super::values::{Frame, MOST_CALLS, Made, Val, Value};
use super::{ClassRef, ExprRef, FunctionRef, Project};
use crate::catalog::{ByVersion, ContextKind, Kind, Multiplicity, Role, Scalar};
use crate::finding::Confidence;
use crate::report::Texts;
use crate::report::pools::PoolRow;
use crate::source::Place;
use crate::syntax::Name;
use std::rc::Rc;

/// What is known of one site, before places become lines.
pub struct Known {
    place: Place,
    kind: &'static str,
    name: String,
    library: String,
    database: String,
    class: String,
    settings: Vec<(String, String, From)>,
    placement: String,
    /// The line of a settings file by which it is never made.
    ruled_out: Option<Place>,
    conditions: Vec<String>,
}

/// Where a value comes from.
enum From {
    Place(Place, String),
    Default(String),
}

impl Project<'_> {
    /// What is known of every site.
    pub fn inventory(&self) -> Vec<Known> {
        // What takes from an engine needs no word of the catalog: `engine.connect()`.
        for pool in self.sites().iter().chain(self.instances()) {
            if pool.checkout || pool.kind == Kind::Session {
                continue;
            }
            if let Some(function) = self.enclosing(pool.site) {
                self.callers(function);
            }
            self.want_users_of_attribute(pool.site);
            let name = Some(pool.symbol.as_str()).filter(|name| !name.contains('.'));
            self.want_importers(pool.place.file, name.map(Name::from));
        }
        self.sites().iter().map(|pool| self.known(pool)).collect()
    }

    fn known(&self, pool: &Pool) -> Known {
        let kind = match pool.kind {
            Kind::Engine => "engine",
            Kind::Pool => "pool",
            Kind::Connection if pool.checkout => "checkout",
            Kind::Connection => "connection",
            Kind::SessionFactory => "session factory",
            Kind::Registry => "session registry",
            Kind::Session => "session",
        };
        let mut settings = Vec::new();
        for (role, given) in &pool.settings {
            if shows(*role) {
                for setting in given {
                    settings.push((role_name(*role), shown_value(setting), self.from(setting)));
                }
            }
        }
        if pool.owns_connections() {
            settings.extend(self.defaults(pool));
        }
        // What a function is given is what its callers give it.
        let named = pool.owns_connections() && is_unnamed(pool);
        let reached = if named {
            self.wanting(|| self.as_reached(pool))
        } else {
            Vec::new()
        };
        let ruled_out = self.ruled_out(pool);
        let all = if reached.is_empty() {
            std::slice::from_ref(pool)
        } else {
            reached.as_slice()
        };
        let mut classes: Vec<String> = Vec::new();
        let mut databases: Vec<String> = Vec::new();
        for pool in all {
            let found = if ruled_out.is_some() {
                pool.database.shown.clone()
            } else {
                shown_database(pool)
            };
            let found = if found.is_empty() && !reached.is_empty() {
                "unknown".to_owned()
            } else {
                found
            };
            if !databases.contains(&found) {
                databases.push(found);
            }
            for name in pool.classes.iter().map(shown_class) {
                if !classes.contains(&name) {
                    classes.push(name);
                }
            }
        }
        databases.sort_by_key(|shown| shown == "unknown");
        // A library without pool classes to choose from: what is made is the pool.
        let chooses = self
            .catalog
            .library(&pool.library)
            .is_some_and(|library| !library.default_classes.is_empty());
        if pool.owns_connections()
            && !chooses
            && let Some(maker) = self.catalog.maker(&pool.maker)
        {
            classes = vec![
                maker
                    .gives
                    .rsplit('.')
                    .next()
                    .unwrap_or_default()
                    .to_owned(),
            ];
        }
        Known {
            place: pool.place,
            kind,
            name: pool.symbol.clone(),
            library: pool.library.clone(),
            database: databases.join(" | "),
            class: classes.join(" | "),
            settings,
            placement: self.shown_placement(pool),
            ruled_out,
            conditions: pool
                .conditions
                .iter()
                .filter_map(|condition| self.shown_condition(*condition))
                .collect(),
        }
    }

    /// A pool of a function as its callers reach it: one for each way that says more about the database, and `pool`
    /// itself when there are ways that do not.
    fn as_reached(&self, pool: &Pool) -> Vec<Pool> {
        let mut ways = Ways {
            known: Vec::new(),
            others: false,
            left: MOST_WAYS,
        };
        self.ways(pool, pool.site, &mut Vec::new(), &mut ways);
        if !ways.known.is_empty() && ways.others {
            ways.known.push(pool.clone());
        }
        ways.known
    }

    fn ways(
        &self,
        pool: &Pool,
        at: ExprRef,
        chain: &mut Vec<(ExprRef, FunctionRef)>,
        ways: &mut Ways,
    ) {
        if ways.left == 0 || chain.len() >= usize::from(MOST_CALLS) {
            ways.others = true;
            return;
        }
        ways.left -= 1;
        let Some(function) = self.enclosing(at) else {
            ways.others = true;
            return;
        };
        let is_test = |file| self.file_contexts(file).contains(&ContextKind::Test);
        let mut callers = self.callers(function);
        callers.retain(|caller| chain.iter().all(|(known, _)| known != caller));
        // A test passes what suits the test.
        if !is_test(pool.site.file) && callers.iter().any(|caller| !is_test(caller.file)) {
            callers.retain(|caller| !is_test(caller.file));
        }
        let mut tell = |found: Option<Pool>| match found {
            Some(found) if !is_unnamed(&found) => {
                let same = |known: &Pool| {
                    known.database.shown == found.database.shown
                        && known.database.backends == found.database.backends
                };
                if !ways.known.iter().any(same) {
                    ways.known.push(found);
                }
                true
            }
            _ => false,
        };
        let mut further = Vec::new();
        for caller in &callers {
            chain.push((*caller, function));
            let frames = self.frames_of(chain);
            // What a caller passes may lead past the site.
            let passes_by = self
                .conditions(pool.site, &frames)
                .into_iter()
                .any(|condition| self.decided(condition, &frames) == Some(false));
            if !passes_by && !tell(self.pool(pool.site, &pool.maker, &frames)) {
                further.push(*caller);
            }
            chain.pop();
        }
        // A method without arguments knows what its object was made with.
        let found = self.function(function);
        if let (Some(class), [_]) = (found.class, found.params.as_slice())
            && chain.is_empty()
            && (callers.is_empty() || !further.is_empty())
        {
            let class = ClassRef {
                file: function.file,
                class,
            };
            let mut made = self.constructions_of(class);
            if !is_test(pool.site.file) && made.iter().any(|call| !is_test(call.file)) {
                made.retain(|call| !is_test(call.file));
            }
            let told = made.iter().filter(|call| {
                let made = Made {
                    call: **call,
                    frames: None,
                    bound: None,
                };
                let frame = Frame {
                    call: **call,
                    callee: function,
                    receiver: Some(Val::new(Value::Instance(class, Some(Rc::new(made))))),
                    bound: None,
                    outer: None,
                    depth: 1,
                };
                tell(self.pool(pool.site, &pool.maker, &Some(Rc::new(frame))))
            });
            if told.count() == made.len() && !made.is_empty() {
                return;
            }
        }
        ways.others |= callers.is_empty();
        for caller in further {
            chain.push((caller, function));
            self.ways(pool, caller, chain, ways);
            chain.pop();
        }
    }

    fn shown_placement(&self, pool: &Pool) -> String {
        let placement = self.placement(pool.site);
        let prefix = &self.catalog.contexts().test_functions;
        let is_run = self
            .enclosing(pool.site)
            .is_some_and(|function| self.function(function).name.starts_with(prefix.as_str()));
        if placement.evidence.is_empty()
            && !prefix.is_empty()
            && is_run
            && self
                .file_contexts(pool.site.file)
                .contains(&ContextKind::Test)
            && !placement.at_import
            && !placement.from_main
        {
            return "per test".to_owned();
        }
        shown_placement(&placement)
    }

    /// The numbers that the library takes when none are given.
    fn defaults(&self, pool: &Pool) -> Vec<(String, String, From)> {
        let Some(maker) = self.catalog.maker(&pool.maker) else {
            return Vec::new();
        };
        let keeps = pool.classes.iter().all(|choice| {
            choice
                .behaviour
                .is_none_or(|behaviour| behaviour == crate::catalog::Behaviour::Queue)
        });
        if !keeps || pool.open {
            return Vec::new();
        }
        let (versions, stated) = self.versions(pool.site.file, &pool.library);
        let of = if stated {
            String::new()
        } else {
            ", version assumed".to_owned()
        };
        [Role::Size, Role::Overflow, Role::Min, Role::Max]
            .into_iter()
            .filter(|role| !pool.settings.contains_key(role))
            .filter_map(|role| {
                let fact = maker.parameters.get(&role)?.default.as_ref()?;
                let value = match fact {
                    ByVersion::Always(scalar) => scalar,
                    ByVersion::Ranges(_) => fact.fact(&versions)?,
                };
                let text = match value {
                    Scalar::Int(number) => number.to_string(),
                    Scalar::Null(()) | Scalar::Bool(_) | Scalar::Float(_) | Scalar::Text(_) => {
                        return None;
                    }
                };
                Some((
                    role_name(role),
                    text,
                    From::Default(format!("default of {}{of}", pool.library)),
                ))
            })
            .collect()
    }

    fn from(&self, setting: &Setting) -> From {
        match &setting.val.value {
            Value::Env(env) => {
                let place = setting.val.place.unwrap_or(env.place);
                let what = if env.configured {
                    "setting"
                } else {
                    "environment variable"
                };
                let words = format!("{what} {}", env.name);
                From::Place(place, words.trim_end().to_owned())
            }
            _ => From::Place(setting.val.place.unwrap_or(setting.place), String::new()),
        }
    }
}

/// How many calls are looked at to learn what a function is given.
const MOST_WAYS: usize = 40;

/// The ways to a creation site.
struct Ways {
    known: Vec<Pool>,
    /// Whether there are ways that do not say which database it is.
    others: bool,
    left: usize,
}

/// Whether nothing tells which database it is, nor of what kind.
fn is_unnamed(pool: &Pool) -> bool {
    let database = &pool.database;
    database.shown.is_empty()
        && database
            .backends
            .iter()
            .all(|(backend, _)| backend.dialect.is_none())
}

fn shown_class(choice: &ClassChoice) -> String {
    let last = |path: &String| path.rsplit('.').next().unwrap_or(path).to_owned();
    let name = if choice.by_version.is_empty() {
        Pool::class_name(choice).to_owned()
    } else {
        let names: Vec<String> = choice.by_version.iter().map(last).collect();
        format!("{} by version", names.join(" or "))
    };
    if choice.explicit {
        name
    } else {
        format!("{name} (default)")
    }
}

/// Whether the values of a role may be shown.
fn shows(role: Role) -> bool {
    !matches!(
        role,
        Role::Class
            | Role::Database
            | Role::Password
            | Role::User
            | Role::ConnectArguments
            | Role::Creator
            | Role::Host
            | Role::Port
            | Role::DatabaseName
            | Role::Bind
            | Role::Factory
    )
}

fn role_name(role: Role) -> String {
    let debug = format!("{role:?}");
    let mut name = String::new();
    for (number, letter) in debug.chars().enumerate() {
        if letter.is_uppercase() && number > 0 {
            name.push('-');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

/// A value for people: numbers, truth values and names only.
pub(crate) fn shown_value(setting: &Setting) -> String {
    shown(&setting.val.value)
}

fn shown(value: &Value) -> String {
    match value {
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::None => "none".to_owned(),
        Value::Env(env) => match &env.default {
            Some(default) if matches!(default.value, Value::Env(_)) => shown(&default.value),
            Some(default) => format!("{} unless set", shown(&default.value)),
            None => "from the environment".to_owned(),
        },
        Value::Path(path) | Value::Member(_, path) => {
            path.rsplit('.').next().unwrap_or(path).to_owned()
        }
        Value::Str(text)
            if text
                .chars()
                .all(|letter| letter.is_ascii_uppercase() || " _".contains(letter)) =>
        {
            text.to_string()
        }
        Value::Str(_) => "text".to_owned(),
        _ => "unknown".to_owned(),
    }
}

fn shown_database(pool: &Pool) -> String {
    let mut kinds: Vec<String> = pool
        .database
        .backends
        .iter()
        .filter_map(|(backend, _)| {
            let name = backend.dialect.clone()?;
            Some(if backend.confidence == Confidence::High {
                name
            } else {
                format!("{name}?")
            })
        })
        .collect();
    let certain = kinds.clone();
    kinds.retain(|kind| {
        kind.strip_suffix('?')
            .is_none_or(|name| !certain.iter().any(|kind| kind == name))
    });
    let mut seen = std::collections::BTreeSet::new();
    kinds.retain(|kind| seen.insert(kind.clone()));
    match (pool.database.shown.is_empty(), kinds.is_empty()) {
        (true, true) => String::new(),
        (true, false) => kinds.join(" | "),
        (false, true) => pool.database.shown.clone(),
        (false, false) => format!("{} ({})", pool.database.shown, kinds.join(" | ")),
    }
}

fn shown_placement(placement: &Placement) -> String {
    if let Some(evidence) = placement.repeated() {
        let how = match evidence.when {
            Multiplicity::PerRequest => "per request",
            Multiplicity::PerTask => "per task",
            Multiplicity::PerThread => "per thread",
            Multiplicity::PerTurn => "per loop turn",
            Multiplicity::PerConnection => "per connection",
            _ => "repeatedly",
        };
        return how.to_owned();
    }
    if placement.made_once {
        return "once, behind a guard".to_owned();
    }
    if placement.from_main {
        return "once, when run as a program".to_owned();
    }
    if placement.at_import {
        return "once, at import".to_owned();
    }
    if placement.evidence.is_empty() {
        "unknown: no call is known".to_owned()
    } else {
        "once".to_owned()
    }
}

/// Turns places into lines.
pub(crate) fn rows(texts: &Texts<'_>, known: Vec<Known>) -> Vec<PoolRow> {
    let at = |place: Place| format!("{}:{}", texts.path(place.file), texts.start(place).line);
    known
        .into_iter()
        .map(|known| {
            let start = texts.start(known.place);
            let settings = known.settings.into_iter().map(|(role, value, from)| {
                let from = match from {
                    From::Place(place, words) if words.is_empty() => at(place),
                    From::Place(place, words) => format!("{words}, {}", at(place)),
                    From::Default(words) => words,
                };
                (role, value, from)
            });
            let mut settings: Vec<_> = settings.collect();
            // Under several conditions the same may be set at the same place.
            settings.dedup();
            PoolRow {
                path: texts.path(known.place.file),
                line: start.line,
                column: start.column,
                kind: known.kind.to_owned(),
                name: known.name,
                library: known.library,
                database: known.database,
                class: known.class,
                settings,
                placement: match known.ruled_out {
                    Some(place) => format!("never: ruled out by {}", at(place)),
                    None => known.placement,
                },
                conditions: known.conditions,
                place: known.place,
            }
        })
        .collect()
}
