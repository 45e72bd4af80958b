//! The inventory: what is known of every place that makes an engine, a pool, a connection or a session.
//!
//! Takes the recognised sites; gives rows for people and programs. Invariant: a value is shown only when it is a number,
//! a truth value, a class or a keyword of the catalog; a database without user, password and query.

use super::Project;
use super::placement::Placement;
use super::pools::{Pool, Setting};
use super::values::Value;
use crate::Run;
use crate::catalog::{ByVersion, Kind, Multiplicity, Role, Scalar};
use crate::finding::Confidence;
use crate::report::Texts;
use crate::report::pools::PoolRow;
use crate::source::Place;
use crate::syntax::Name;

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
        let mut classes: Vec<String> = pool
            .classes
            .iter()
            .map(|choice| {
                let name = Pool::class_name(choice);
                if choice.explicit {
                    name.to_owned()
                } else {
                    format!("{name} (default)")
                }
            })
            .collect();
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
            database: shown_database(pool),
            class: classes.join(" | "),
            settings,
            placement: shown_placement(&self.placement(pool.site)),
            conditions: pool
                .conditions
                .iter()
                .filter_map(|condition| self.shown_condition(*condition))
                .collect(),
        }
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
    kinds.dedup();
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
pub(crate) fn rows(run: &Run, known: Vec<Known>) -> Vec<PoolRow> {
    let texts = Texts::new(run);
    let at = |place: Place| format!("{}:{}", texts.path(place.file), texts.start(place).line);
    known
        .into_iter()
        .map(|known| {
            let start = texts.start(known.place);
            PoolRow {
                path: texts.path(known.place.file),
                line: start.line,
                column: start.column,
                kind: known.kind.to_owned(),
                name: known.name,
                library: known.library,
                database: known.database,
                class: known.class,
                settings: known
                    .settings
                    .into_iter()
                    .map(|(role, value, from)| {
                        let from = match from {
                            From::Place(place, words) if words.is_empty() => at(place),
                            From::Place(place, words) => format!("{words}, {}", at(place)),
                            From::Default(words) => words,
                        };
                        (role, value, from)
                    })
                    .collect(),
                placement: known.placement,
                conditions: known.conditions,
                place: known.place,
            }
        })
        .collect()
}
