//! Pool numbers: which value wins, and where it comes from.
//!
//! Takes the settings of a pool; gives numbers with their fallbacks and the settings files that override them.

use super::Project;
use super::databases::Applies;
use super::pools::{Pool, Setting};
use super::values::{Condition, Env, Value};
use crate::catalog::{ByVersion, Role, Scalar};
use crate::source::Place;

/// A number of a pool.
#[derive(Clone, Debug)]
pub struct Number {
    /// The number written in the code, when it is not read from the environment.
    pub literal: Option<i64>,
    /// The environment variable it is read from.
    pub env: Option<String>,
    /// What the code falls back to when the variable is not set.
    pub fallback: Option<i64>,
    /// Where that is written.
    pub fallback_place: Option<Place>,
    /// What a settings file sets the variable to; true for a file that is only an example.
    pub file: Option<(Box<Number>, bool)>,
    /// Where it is written.
    pub place: Place,
    /// When it is given.
    pub conditions: Vec<Condition>,
}

impl Number {
    /// The number that the pool gets: the settings file's (an example does not count), else the code's.
    pub fn winning(&self) -> Option<i64> {
        match &self.file {
            Some((number, false)) => number.winning(),
            _ => self.literal.or(self.fallback),
        }
    }
}

/// The most connections that a pool may hold.
pub struct Most {
    /// How many.
    pub number: i64,
    /// The arithmetic.
    pub words: String,
}

impl Project<'_> {
    /// The numbers a pool may have in a role; library defaults are not among them.
    pub fn numbers(&self, pool: &Pool, role: Role) -> Vec<Number> {
        pool.settings
            .get(&role)
            .into_iter()
            .flatten()
            .filter_map(|setting| self.number(pool, setting))
            .collect()
    }

    pub(super) fn number(&self, pool: &Pool, setting: &Setting) -> Option<Number> {
        let place = setting.val.place.unwrap_or(setting.place);
        let plain = |literal: i64| Number {
            literal: Some(literal),
            env: None,
            fallback: None,
            fallback_place: None,
            file: None,
            place,
            conditions: setting.conditions.clone(),
        };
        match &setting.val.value {
            Value::Int(number) => Some(plain(*number)),
            Value::Env(env) => self.variable(pool, env, place, &setting.conditions),
            _ => None,
        }
    }

    fn variable(
        &self,
        pool: &Pool,
        env: &Env,
        place: Place,
        conditions: &[Condition],
    ) -> Option<Number> {
        let fallback = env
            .default
            .as_ref()
            .and_then(|default| match &default.value {
                Value::Int(number) => Some(*number),
                Value::Str(text) => text.trim().parse().ok(),
                // Read twice, by the settings class and by its field; or one variable stands in for another.
                Value::Env(inner) => {
                    let inner_number = self.variable(pool, inner, place, conditions)?;
                    if inner.name == env.name {
                        inner_number.fallback
                    } else {
                        inner_number.winning()
                    }
                }
                _ => None,
            });
        let given = if env.configured {
            Vec::new()
        } else {
            self.env_values(pool.site.file, &env.name)
        };
        let file = given
            .into_iter()
            .filter(|given| given.applies != Applies::Sometimes)
            .find_map(|given| {
                let literal = given.text.trim().parse().ok()?;
                let number = Number {
                    literal: Some(literal),
                    env: Some(env.name.to_string()),
                    fallback: None,
                    fallback_place: None,
                    file: None,
                    place: given.place,
                    conditions: Vec::new(),
                };
                Some((Box::new(number), given.applies == Applies::Example))
            });
        Some(Number {
            literal: None,
            env: Some(env.name.to_string()),
            fallback,
            fallback_place: env.default.as_ref().and_then(|default| default.place),
            file,
            place,
            conditions: conditions.to_vec(),
        })
    }

    /// The pools whose numbers count for the product, in path order, one for each place.
    pub fn numbered_pools(&self) -> Vec<Pool> {
        let silent = |file| {
            use crate::catalog::ContextKind::{Example, Generated, Test, Vendored};
            self.file_contexts(file)
                .iter()
                .any(|context| matches!(context, Test | Vendored | Generated | Example))
        };
        let mut pools: Vec<Pool> = Vec::new();
        for pool in self.instances() {
            if !silent(pool.site.file)
                && !silent(pool.place.file)
                && pools.iter().all(|known| known.place != pool.place)
            {
                pools.push(pool.clone());
            }
        }
        pools
    }

    /// What pools of the same link scope fall back to when `env` is not set, in path order.
    pub fn fallbacks_of(&self, env: &str, pool: &Pool) -> Vec<Number> {
        let scope = self.files.file(pool.site.file).scope;
        let mut all: Vec<Number> = self
            .numbered_pools()
            .iter()
            .filter(|other| self.files.file(other.site.file).scope == scope)
            .flat_map(|other| {
                [Role::Size, Role::Overflow, Role::Min, Role::Max]
                    .into_iter()
                    .flat_map(|role| self.numbers(other, role))
            })
            .filter(|number| number.env.as_deref() == Some(env))
            .collect();
        all.sort_by_key(|number| number.place);
        all.dedup_by_key(|number| number.place);
        all
    }

    /// The most connections a pool may hold: its size and overflow, or its maximum, with library defaults.
    pub fn most_connections(&self, pool: &Pool) -> Option<Most> {
        let keeps = pool.classes.iter().all(|choice| {
            choice
                .behaviour
                .is_none_or(|behaviour| behaviour == crate::catalog::Behaviour::Queue)
        });
        if !keeps {
            return None;
        }
        let maker = self.catalog.maker(&pool.maker)?;
        let (versions, _) = self.versions(pool.site.file, &pool.library);
        let value = |role: Role| -> Option<i64> {
            match self.numbers(pool, role).as_slice() {
                [] if pool.settings.contains_key(&role) || pool.open => None,
                [] => match maker.parameters.get(&role)?.default.as_ref()? {
                    ByVersion::Always(Scalar::Int(number)) => Some(*number),
                    fact @ ByVersion::Ranges(_) => match fact.fact(&versions) {
                        Some(Scalar::Int(number)) => Some(*number),
                        _ => None,
                    },
                    ByVersion::Always(_) => None,
                },
                [number] => number.winning(),
                _ => None,
            }
        };
        if maker.parameters.contains_key(&Role::Max) {
            let number = value(Role::Max)?;
            return Some(Most {
                number,
                words: number.to_string(),
            });
        }
        let (size, overflow) = (value(Role::Size)?, value(Role::Overflow)?);
        let number = size.checked_add(overflow)?;
        (size > 0 && overflow >= 0).then(|| Most {
            number,
            words: format!("({size} + {overflow})"),
        })
    }
}
