//! Calls of things outside the project whose value the catalog describes: environment variables, conversions, copies.
//!
//! Takes a rule of the catalog and a call; gives the value.

use super::dictionaries;
use crate::catalog::{ArgumentName, ConfigurationFile, ConvertTo, ValueIs, ValueRule};
use crate::frontend::ini::Entry;
use crate::frontend::settings::{HOLE, SettingValue};
use crate::project::databases::{Applies, joined};
use crate::project::modules::{Target, ancestors};
use crate::project::values::{Condition, Dict, Env, Frames, Made, Val, Value};
use crate::project::{ExprRef, Project};
use crate::source::{FileId, Place};
use crate::syntax::{ArgKind, Call, ExprId, ExprKind, Name, StmtKind};
use std::rc::Rc;

/// Gives the first argument present of several names, and where it is written.
type ArgumentOf<'a> = dyn Fn(&[ArgumentName]) -> Option<(Val, Place)> + 'a;

impl Project<'_> {
    /// The argument of a call by position or keyword.
    pub fn call_argument(&self, call: &Call, name: &ArgumentName) -> Option<crate::syntax::ExprId> {
        match name {
            ArgumentName::Position(position) => {
                let before_splat = call
                    .args
                    .iter()
                    .take_while(|arg| arg.kind != ArgKind::Splat);
                before_splat
                    .filter(|arg| arg.kind == ArgKind::Positional)
                    .nth(*position)
                    .map(|arg| arg.value)
            }
            ArgumentName::Keyword(keyword) => call
                .args
                .iter()
                .find(|arg| matches!(&arg.kind, ArgKind::Keyword(name) if name == keyword))
                .map(|arg| arg.value),
        }
    }

    pub(super) fn external_value(
        &self,
        rule: &ValueRule,
        expr: ExprRef,
        call: &Call,
        frames: &Frames,
    ) -> Val {
        let here = self.place(expr);
        let eval = |id| {
            self.eval(
                ExprRef {
                    file: expr.file,
                    expr: id,
                },
                frames,
            )
        };
        let argument = |name: &ArgumentName| self.call_argument(call, name).map(eval);
        let any = |names: &[ArgumentName]| names.iter().find_map(argument);
        // Where nothing is looked up, `default` says which argument holds the value.
        let first = || any(&rule.default).or_else(|| argument(&ArgumentName::Position(0)));
        match rule.is {
            ValueIs::Environment => {
                let Some(name) = any(&rule.name) else {
                    // Set in another way than by a variable, unless nothing is said of it at all.
                    let env = any(&rule.default).map(|default| Env {
                        default: Some(default),
                        configured: true,
                        ..Env::new("".into(), here)
                    });
                    return env
                        .map_or_else(Val::unknown, |env| Val::at(Value::Env(Rc::new(env)), here));
                };
                let default = any(&rule.default).filter(|val| !matches!(val.value, Value::None));
                let caster = any(&rule.cast);
                let caster = caster.and_then(|cast| self.catalog.value(cast.path()?));
                let cast = caster.and_then(|rule| conversion(rule.is));
                let convert = rule.to.or(cast);
                let Some(name) = name.as_str() else {
                    // Which variable it is, the caller says.
                    return match name.value {
                        Value::Param(..) => {
                            Val::new(Value::Member(Rc::new(name), "variable".into()))
                        }
                        _ => Val::unknown(),
                    };
                };
                let default = match convert {
                    // What is text because variables are text leaves its fallback as it is.
                    Some(ConvertTo::Text) if cast.is_none() => default,
                    Some(to) => default.map(|default| default.converted(to)),
                    None => default,
                };
                let val = Val::at(
                    Value::Env(Rc::new(Env {
                        default,
                        convert,
                        ..Env::new(name.into(), here)
                    })),
                    here,
                );
                match caster.filter(|rule| rule.is == ValueIs::Database) {
                    Some(rule) => self.database_settings(rule, val, expr, &|_| None),
                    None => val,
                }
            }
            ValueIs::Database => {
                let default = any(&rule.default).filter(|val| !matches!(val.value, Value::None));
                let name = any(&rule.name);
                let name = match &name {
                    Some(name) => name.as_str().map(Rc::from),
                    None => rule.variable.as_deref().map(Rc::from),
                };
                // Without a variable the URL itself is given; which variable it is may not be known.
                let looked_up = rule.variable.is_some() || !rule.name.is_empty();
                let url = match name {
                    Some(name) => Val::at(
                        Value::Env(Rc::new(Env {
                            default,
                            ..Env::new(name, here)
                        })),
                        here,
                    ),
                    None => default.filter(|_| !looked_up).unwrap_or_else(Val::unknown),
                };
                let given = |names: &[ArgumentName]| {
                    let found = names
                        .iter()
                        .find_map(|name| self.call_argument(call, name))?;
                    let span = call.args.iter().find(|arg| arg.value == found)?.span;
                    let file = expr.file;
                    Some((eval(found), Place { file, span }))
                };
                self.database_settings(rule, url, expr, &given)
            }
            ValueIs::Integer | ValueIs::Float | ValueIs::Text | ValueIs::Boolean => {
                match (first(), conversion(rule.is)) {
                    (Some(val), Some(to)) => val.converted(to),
                    _ => Val::unknown(),
                }
            }
            // Each has the arguments of this call in front of those of its own.
            ValueIs::Partial => first().unwrap_or_else(Val::unknown).map(|callee| Val {
                bound: Some(Rc::new(Made {
                    call: expr,
                    frames: frames.clone(),
                    bound: callee.bound.clone(),
                })),
                ..callee.clone()
            }),
            ValueIs::Same => {
                let val = scaled(first().unwrap_or_else(Val::unknown), rule.times);
                let spoken = rule.dialect.as_deref().map(Rc::from);
                match spoken.or_else(|| self.dialect_of_types(expr.file, call.callee)) {
                    Some(dialect) => Val {
                        dialect: Some(dialect),
                        ..val
                    },
                    None => val,
                }
            }
            ValueIs::List => first().unwrap_or_else(Val::unknown),
            ValueIs::Result => match first().map(|callee| callee.value) {
                Some(Value::Function(function, frames)) => {
                    self.run_block(self.returned(function, &frames))
                }
                _ => self
                    .declared_inside(expr, call)
                    .unwrap_or_else(Val::unknown),
            },
            ValueIs::Field => any(&rule.default).unwrap_or_else(|| {
                let factory = rule.default_factory.as_ref().and_then(argument);
                let made = factory.and_then(|factory| self.made_by(expr.file, &factory));
                made.unwrap_or_else(Val::unknown)
            }),
            ValueIs::Dictionary => {
                let mut dict = Dict::default();
                for arg in &call.args {
                    let val = eval(arg.value);
                    match &arg.kind {
                        ArgKind::Positional | ArgKind::KeywordSplat => {
                            dictionaries::merge(&mut dict, &val, &[])
                        }
                        ArgKind::Keyword(name) => {
                            let place = self.place(ExprRef {
                                file: expr.file,
                                expr: arg.value,
                            });
                            let key = Val::new(Value::Str(name.as_str().into()));
                            dictionaries::set(&mut dict, &key, val, Vec::new(), place);
                        }
                        ArgKind::Splat => dict.open = true,
                    }
                }
                Val::at(Value::Dict(Rc::new(dict)), here)
            }
            ValueIs::Minimum | ValueIs::Maximum => {
                let numbers: Option<Vec<i64>> = call
                    .args
                    .iter()
                    .map(|arg| match eval(arg.value).value {
                        Value::Int(number) => Some(number),
                        _ => None,
                    })
                    .collect();
                let picked = numbers.and_then(|numbers| match rule.is {
                    ValueIs::Minimum => numbers.into_iter().min(),
                    _ => numbers.into_iter().max(),
                });
                picked.map_or_else(Val::unknown, |number| Val::at(Value::Int(number), here))
            }
            ValueIs::Attribute => match (first(), argument(&ArgumentName::Position(1))) {
                (Some(base), Some(name)) => match name.as_str() {
                    Some(name) => self.attribute(&base, name, frames),
                    None => Val::unknown(),
                },
                _ => Val::unknown(),
            },
            ValueIs::Module => {
                let Some(path) = first() else {
                    return Val::unknown();
                };
                path.map(|path| {
                    let Some(path) = path.as_str() else {
                        return Val::unknown();
                    };
                    if path.starts_with('.') {
                        return Val::unknown();
                    }
                    let path: Vec<Name> = path.split('.').map(Name::from).collect();
                    match self.resolve(expr.file, 0, &path) {
                        Target::File(file) => Val::new(Value::Module(file)),
                        Target::External(path) => Val::new(Value::Path(path.into())),
                        Target::Folder(_) | Target::Missing => Val::unknown(),
                    }
                })
            }
            ValueIs::Url => self.url_of_parts(rule, call, frames, expr),
            ValueIs::Setting => {
                let names: Vec<String> = rule
                    .name
                    .iter()
                    .filter_map(argument)
                    .filter_map(|val| val.as_str().map(str::to_owned))
                    .collect();
                let factory = rule.default_factory.as_ref().and_then(argument);
                let default = any(&rule.default)
                    .or_else(|| self.made_by(expr.file, &factory?))
                    .filter(|val| !matches!(val.value, Value::None));
                Val::at(
                    Value::Env(Rc::new(Env {
                        default,
                        convert: rule.to,
                        configured: true,
                        ..Env::new(names.join(".").into(), here)
                    })),
                    here,
                )
            }
            ValueIs::Section => {
                let section = any(&rule.name);
                let dict = self.section(rule, expr, section.as_ref().and_then(Val::as_str));
                Val::at(Value::Dict(Rc::new(dict)), here)
            }
            ValueIs::Entry => {
                let dict = self.section(rule, expr, None);
                let key = any(&rule.name);
                key.as_ref()
                    .and_then(Val::as_str)
                    .and_then(|key| dictionaries::get(&dict, key))
                    .or_else(|| any(&rule.default))
                    .unwrap_or_else(Val::unknown)
            }
            // Options are collected before anybody asks for their value.
            ValueIs::Record | ValueIs::EnvironmentFile | ValueIs::Validator | ValueIs::Options => {
                Val::unknown()
            }
        }
    }

    /// The dialect of the first type that speaks one among those that a call names for what it makes
    /// (`Manager::<Connection>::new`).
    pub(in crate::project) fn dialect_of_types(
        &self,
        file: FileId,
        callee: ExprId,
    ) -> Option<Rc<str>> {
        let (module, _) = self.tree(file);
        let types = module.type_arguments.get(&callee)?;
        types
            .iter()
            .find_map(|expr| self.dialect_written(ExprRef { file, expr: *expr }))
    }

    fn dialect_written(&self, annotation: ExprRef) -> Option<Rc<str>> {
        let (module, _) = self.tree(annotation.file);
        if let ExprKind::Subscript(base, held) = &module.expr(annotation.expr).kind {
            let mut parts = std::iter::once(base).chain(held);
            return parts.find_map(|expr| {
                self.dialect_written(ExprRef {
                    expr: *expr,
                    ..annotation
                })
            });
        }
        // A path that is followed to its end has lost the spelling that says it.
        if let ExprKind::Attribute(base, name) = &module.expr(annotation.expr).kind {
            let base = self.eval(
                ExprRef {
                    expr: *base,
                    ..annotation
                },
                &None,
            );
            let spelled = base.path().map(|path| format!("{path}.{name}"));
            let spoken = spelled.and_then(|path| Some(self.catalog.dialect_of_type(&path)?.into()));
            if spoken.is_some() {
                return spoken;
            }
        }
        let named = self.eval(annotation, &None);
        self.catalog.dialect_of_type(named.path()?).map(Rc::from)
    }

    /// What stands in something that was made empty and is filled later, by its type: `static POOL: Cell<Pool>`.
    fn declared_inside(&self, expr: ExprRef, call: &Call) -> Option<Val> {
        let (module, _) = self.tree(expr.file);
        let ExprKind::Attribute(base, _) = &module.expr(call.callee).kind else {
            return None;
        };
        let base = ExprRef {
            expr: *base,
            ..expr
        };
        let Value::Object(cell) = self.eval(base, &None).value else {
            return None;
        };
        let (_, made) = cell.made.as_ref()?;
        let (module, _) = self.tree(made.call.file);
        let StmtKind::Assign { annotation, .. } = &module.stmt(self.statement(made.call)).kind
        else {
            return None;
        };
        let ExprKind::Subscript(_, held) = &module.expr((*annotation)?).kind else {
            return None;
        };
        let declared = held.iter().find_map(|held| {
            self.annotated(ExprRef {
                expr: *held,
                ..made.call
            })
        })?;
        Some(self.lent_as(declared, None, expr.file))
    }

    /// What a function gives that is handed over, or named by a text (`"module::function"`), to make a default.
    fn made_by(&self, file: FileId, factory: &Val) -> Option<Val> {
        let found = match &factory.value {
            Value::Str(path) => {
                let mut names = path.split("::").flat_map(|part| part.split('.'));
                let first = self.module_member(file, names.next()?)?;
                names.fold(first, |val, name| self.attribute(&val, name, &None))
            }
            _ => factory.clone(),
        };
        match found.value {
            Value::Function(function, _) => Some(self.returned(function, &None)),
            _ => None,
        }
    }

    /// A section of the configuration file that `asked` reads: what the file says, and what code sets on top of it.
    fn section(&self, rule: &ValueRule, asked: ExprRef, section: Option<&str>) -> Dict {
        let mut dict = Dict {
            open: true,
            ..Dict::default()
        };
        let Some(source) = &rule.source else {
            return dict;
        };
        let section = section.unwrap_or(&source.section);
        if let Some((file, entries)) = self.configuration_of(asked.file, source) {
            dict.open = false;
            for entry in entries.iter().filter(|entry| entry.section == section) {
                let place = Place {
                    file,
                    span: entry.setting.value_span,
                };
                let value = match &entry.setting.value {
                    SettingValue::Text(text) if !text.is_empty() => {
                        Value::Str(text.as_str().into())
                    }
                    _ => Value::Unknown,
                };
                let key = Val::new(Value::Str(entry.setting.name.as_str().into()));
                dictionaries::set(&mut dict, &key, Val::at(value, place), Vec::new(), place);
            }
        }
        let (own, others): (Vec<_>, Vec<_>) = self
            .writes(source)
            .into_iter()
            .partition(|call| call.file == asked.file);
        let mut own = own
            .into_iter()
            .filter_map(|call| self.written(call, source))
            .peekable();
        if own.peek().is_some() {
            for (key, val, place, conditions) in own {
                dictionaries::set(&mut dict, &key, val, conditions, place);
            }
            return dict;
        }
        // Whoever runs the file may have set it before: one more thing that it may be.
        let scope = self.files.file(asked.file).scope;
        let others = others.into_iter();
        for call in others.filter(|call| self.files.file(call.file).scope == scope) {
            let Some((key, val, place, _)) = self.written(call, source) else {
                continue;
            };
            let known = key.as_str().and_then(|key| dictionaries::get(&dict, key));
            let all = known
                .into_iter()
                .filter(|known| !known.is_unknown())
                .chain([val]);
            let val = Val::choice(all.map(|val| (val, Vec::new())).collect());
            dictionaries::set(&mut dict, &key, val, Vec::new(), place);
        }
        dict
    }

    /// The configuration file of this kind that the code of `file` is run with.
    fn configuration_of(
        &self,
        file: FileId,
        source: &ConfigurationFile,
    ) -> Option<(FileId, &[Entry])> {
        let path = &self.files.file(file).path;
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let matching = |(id, entries): &&(FileId, Vec<Entry>)| {
            let path = &self.files.file(*id).path;
            let (at, last) = path.rsplit_once('/').unwrap_or(("", path));
            let Some(key) = source.folder_in.as_ref().filter(|_| last == source.file) else {
                return last == source.file && ancestors(folder).any(|around| around == at);
            };
            let named = entries
                .iter()
                .rev()
                .find(|entry| entry.setting.name == *key);
            let Some(SettingValue::Text(text)) = named.map(|entry| &entry.setting.value) else {
                return at == folder;
            };
            // Relative to the file, to the folder the program runs in, or a folder of a package (`package:folder`).
            let text = text.trim_start_matches([HOLE, '/']).replace(':', "/");
            joined(at, &text).is_some_and(|named| named == folder)
                || folder == text
                || folder.ends_with(&format!("/{text}"))
        };
        let mut found: Vec<_> = self.files.inis.iter().filter(matching).collect();
        // The nearest one, when several name the same folder.
        found.sort_by_key(|(id, _)| {
            let path = &self.files.file(*id).path;
            let at = path.rsplit_once('/').map_or("", |(at, _)| at);
            ancestors(folder)
                .position(|around| around == at)
                .unwrap_or(usize::MAX)
        });
        found.first().map(|(id, entries)| (*id, entries.as_slice()))
    }

    /// The calls that may set something in a configuration, in path order.
    fn writes(&self, source: &ConfigurationFile) -> Vec<ExprRef> {
        let methods = source
            .set_by
            .keys()
            .filter_map(|path| path.rsplit('.').next());
        let mut found: Vec<ExprRef> = methods
            .flat_map(|method| self.calls_of_method(method))
            .copied()
            .collect();
        found.sort();
        found.dedup();
        found
    }

    /// What a call sets in a configuration: key, value, place and conditions.
    fn written(
        &self,
        at: ExprRef,
        source: &ConfigurationFile,
    ) -> Option<(Val, Val, Place, Vec<Condition>)> {
        let (module, index) = self.tree(at.file);
        let call = module.call(at.expr)?;
        let sub = |expr| ExprRef { expr, ..at };
        let callee = self.eval(sub(call.callee), &None);
        let position = callee.alternatives().iter().find_map(|(val, _)| {
            let path = self.catalog.canonical(val.path()?).into_owned();
            source.set_by.get(&path).copied()
        })?;
        let argument = |position| {
            let found = self.call_argument(call, &ArgumentName::Position(position))?;
            Some((self.eval(sub(found), &None), self.place(sub(found))))
        };
        let ((key, _), (val, place)) = (argument(position)?, argument(position + 1)?);
        let guard = index.standing(at.expr).guard;
        let conditions = index.atoms(guard).map(|atom| Condition {
            file: at.file,
            atom,
        });
        Some((key, val, place, conditions.collect()))
    }

    /// The settings of a database that a library makes from its URL: the URL itself, what arguments set, and what the
    /// query of the URL sets.
    fn database_settings(
        &self,
        rule: &ValueRule,
        url: Val,
        expr: ExprRef,
        given: &ArgumentOf<'_>,
    ) -> Val {
        let here = self.place(expr);
        let mut dict = Dict::default();
        let set = |dict: &mut Dict, key: &str, val: Val, place: Place| {
            let key = Val::new(Value::Str(key.into()));
            dictionaries::set(dict, &key, val, Vec::new(), place);
        };
        let mut rest = Dict::default();
        for (name, val, place) in self.query_of(expr.file, &url) {
            let capitals = name.to_uppercase();
            let entry = rule.query.iter().find(|known| **known == capitals);
            match (entry, &rule.query_rest) {
                (Some(entry), _) => set(&mut dict, entry, val, place),
                (None, Some(_)) => set(&mut rest, &name, val, place),
                (None, None) => {}
            }
        }
        if let (Some(key), false) = (&rule.query_rest, rest.entries.is_empty()) {
            let rest = Val::at(Value::Dict(Rc::new(rest)), here);
            set(&mut dict, key, rest, here);
        }
        for (key, names) in &rule.sets {
            if let Some((val, place)) = given(names) {
                set(&mut dict, key, val, place);
            }
        }
        let place = url.place.unwrap_or(here);
        set(&mut dict, dictionaries::URL, url, place);
        let dict = Val::at(Value::Dict(Rc::new(dict)), here);
        let Some(under) = &rule.under else {
            return dict;
        };
        let mut outer = Dict::default();
        set(&mut outer, under, dict, here);
        Val::at(Value::Dict(Rc::new(outer)), here)
    }

    /// What the query of a URL says: the URL that a settings file gives, else the one written in the code. Of a
    /// variable it is only what holds while nobody sets it.
    fn query_of(&self, file: FileId, url: &Val) -> Vec<(String, Val, Place)> {
        let (text, place, env) = match &url.value {
            Value::Str(text) => (text.to_string(), url.place, None),
            Value::Env(env) => {
                let mut given = self.env_values(file, &env.name).into_iter();
                match given.find(|given| given.applies == Applies::Always) {
                    Some(given) => (given.text, Some(given.place), None),
                    None => match &env.default {
                        Some(default) if !matches!(default.value, Value::Env(_)) => {
                            let text = default.as_str().unwrap_or_default().to_owned();
                            (text, default.place, Some(env))
                        }
                        _ => return Vec::new(),
                    },
                }
            }
            _ => return Vec::new(),
        };
        let (Some((_, query)), Some(place)) = (text.split_once('?'), place) else {
            return Vec::new();
        };
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let pairs = pairs.map(|(name, text)| {
            let value = match (text.parse(), text) {
                (Ok(number), _) => Value::Int(number),
                (_, "None" | "none") => Value::None,
                _ => Value::Unknown,
            };
            let value = match env {
                Some(env) => Value::Env(Rc::new(Env {
                    default: Some(Val::at(value, place)),
                    ..Env::clone(env)
                })),
                None => value,
            };
            (name.to_owned(), Val::at(value, place), place)
        });
        pairs.collect()
    }

    /// A URL made from parts, as text with holes.
    fn url_of_parts(&self, rule: &ValueRule, call: &Call, frames: &Frames, expr: ExprRef) -> Val {
        use crate::catalog::Role;
        let part = |role: Role| {
            let param = rule.parts.get(&role)?;
            let by_name = param.keyword.iter().find_map(|keyword| {
                self.call_argument(call, &ArgumentName::Keyword(keyword.clone()))
            });
            let found = by_name.or_else(|| {
                param.position.and_then(|position| {
                    self.call_argument(call, &ArgumentName::Position(position))
                })
            })?;
            Some(self.eval(
                ExprRef {
                    file: expr.file,
                    expr: found,
                },
                frames,
            ))
        };
        let part = |role: Role| {
            let param = rule.parts.get(&role)?;
            part(role).or_else(|| super::builders::default_part(param))
        };
        Val::at(super::url_text(&part), self.place(expr))
    }
}

fn conversion(is: ValueIs) -> Option<ConvertTo> {
    match is {
        ValueIs::Integer => Some(ConvertTo::Integer),
        ValueIs::Float => Some(ConvertTo::Float),
        ValueIs::Text => Some(ConvertTo::Text),
        ValueIs::Boolean => Some(ConvertTo::Boolean),
        _ => None,
    }
}

/// A number in another unit; whole where it comes out whole.
fn scaled(val: Val, times: Option<f64>) -> Val {
    let Some(times) = times else {
        return val;
    };
    val.map(|val| {
        let number = match val.value {
            Value::Int(number) => number as f64 * times,
            Value::Float(number) => number * times,
            _ => return Val::unknown(),
        };
        let value = if number.fract() == 0.0 && number.abs() < 1e15 {
            Value::Int(number as i64)
        } else {
            Value::Float(number)
        };
        Val {
            value,
            ..val.clone()
        }
    })
}
