//! Attributes, items and methods of values.
//!
//! Takes a value and a name or key; gives what stands there. Objects made outside the project answer by path
//! (`Type.attribute`), objects of its own classes by what their classes say and what their methods write.

use super::bindings;
use crate::catalog::{ConvertTo, Scalar, ValueIs};
use crate::project::modules::Target;
use crate::project::values::{Dict, Env, Frames, Part, Val, Value};
use crate::project::{ClassRef, ExprRef, FunctionRef, Project};
use crate::source::{FileId, Place};
use crate::syntax::{ArgKind, Call, ExprKind, Name};
use std::collections::BTreeMap;
use std::rc::Rc;

impl Project<'_> {
    pub(super) fn attribute(&self, base: &Val, name: &str, frames: &Frames) -> Val {
        base.map(|base| match &base.value {
            Value::Module(file) => self.member_of_module(*file, &Target::File(*file), name),
            Value::Folder(folder) => match self.files.submodule_of_folder(folder, name) {
                Some(Target::File(file)) => Val::new(Value::Module(file)),
                Some(Target::Folder(folder)) => Val::new(Value::Folder(folder.into())),
                _ => Val::unknown(),
            },
            Value::Path(path) => {
                let path = self.canonical(&format!("{path}.{name}"));
                match self.catalog.constant(&path) {
                    Some(Scalar::Int(number)) => return Val::new(Value::Int(*number)),
                    Some(Scalar::Bool(truth)) => return Val::new(Value::Bool(*truth)),
                    _ => {}
                }
                let found = self.keyed(base, &path).or_else(|| self.carried(&path));
                found.unwrap_or_else(|| Val::new(Value::Path(path)))
            }
            Value::Member(_, path) => self.member(base, &format!("{path}.{name}")),
            Value::Object(object) => self.member(base, &format!("{}.{name}", object.type_path)),
            Value::Instance(class, _) => self.instance_attribute(base, *class, name, frames),
            Value::Class(class) => self.class_attribute(*class, name, None),
            Value::Function(function, _) => self.function_attribute(*function, name),
            _ => Val::unknown(),
        })
    }

    /// An attribute that is called: a function that has the name of a field stands beside it.
    pub(super) fn called_attribute(&self, base: &Val, name: &str, frames: &Frames) -> Val {
        base.map(|base| {
            let class = match &base.value {
                Value::Instance(class, _) | Value::Class(class) => Some(*class),
                _ => None,
            };
            let class = class.filter(|class| self.is_record(*class));
            let beside = class.and_then(|class| self.beside_field(base, class, name));
            beside.unwrap_or_else(|| self.attribute(base, name, frames))
        })
    }

    fn beside_field(&self, base: &Val, class: ClassRef, name: &str) -> Option<Val> {
        let (_, index) = self.tree(class.file);
        let scope = index.scope(index.class_scopes[class.class.index()]);
        scope.names.get(name)?;
        let function = self.find_method(class, name)?;
        let instance = matches!(base.value, Value::Instance(..)).then_some(base);
        Some(self.method(function, class, instance))
    }

    /// An attribute of what a decorator makes of a function, when the catalog knows what that is.
    fn function_attribute(&self, function: FunctionRef, name: &str) -> Val {
        let decorators = &self.function(function).decorators;
        let made = decorators.iter().find_map(|decorator| {
            let path = self.decorator_path(ExprRef {
                file: function.file,
                expr: *decorator,
            })?;
            let type_path = self.catalog.returns(&path);
            (type_path != self.canonical(&path).as_ref()).then(|| type_path.into_owned())
        });
        made.map_or_else(Val::unknown, |type_path| {
            Val::new(Value::Path(self.canonical(&format!("{type_path}.{name}"))))
        })
    }

    /// What the project keeps under an attribute of an object that carries such things; `path` ends with the attribute.
    pub(super) fn carried(&self, path: &str) -> Option<Val> {
        let (type_path, name) = path.rsplit_once('.')?;
        if !self.catalog.is_carrier(type_path) || self.catalog.knows(path) {
            return None;
        }
        // It rests on all that was parsed, also when it was asked before.
        self.passing.set(true);
        let writes = self.known.attribute_writes.get_or_init(|| {
            let mut all: BTreeMap<Name, Vec<(FileId, usize)>> = BTreeMap::new();
            for (file, parsed) in self.files.all_parsed() {
                for (number, write) in parsed.index.attribute_writes.iter().enumerate() {
                    let known = all.entry(write.name.clone()).or_default();
                    known.push((file, number));
                }
            }
            all
        });
        let (mut sure, mut likely) = (Vec::new(), Vec::new());
        for (file, number) in writes.get(name)? {
            let (module, index) = self.tree(*file);
            let write = &index.attribute_writes[*number];
            let Some((value, positions)) = &write.value else {
                continue;
            };
            let base = self.eval(
                ExprRef {
                    file: *file,
                    expr: write.base,
                },
                &None,
            );
            let found = match base.value {
                _ if self.carries(&base) => &mut sure,
                Value::Param(..) => &mut likely,
                Value::Unknown => match &module.expr(write.base).kind {
                    ExprKind::Attribute(_, holder) if self.catalog.holds_carrier(holder) => {
                        &mut likely
                    }
                    _ => continue,
                },
                _ => continue,
            };
            let value = self.eval(
                ExprRef {
                    file: *file,
                    expr: *value,
                },
                &None,
            );
            let value = bindings::unpack(&value, positions);
            if !matches!(value.value, Value::None) {
                found.push((value, Vec::new()));
            }
        }
        let found = if sure.is_empty() { likely } else { sure };
        (!found.is_empty()).then(|| Val::choice(found))
    }

    /// Whether an object is of a type on which programs keep things of their own.
    pub(in crate::project) fn carries(&self, val: &Val) -> bool {
        val.alternatives().iter().any(|(val, _)| match &val.value {
            Value::Object(object) => self.catalog.is_carrier(&object.type_path),
            Value::Path(path) | Value::Member(_, path) => self
                .catalog
                .attribute(path)
                .is_some_and(|holds| self.catalog.is_carrier(&holds)),
            Value::Instance(class, _) => {
                let lineage = self.lineage(*class);
                lineage.1.iter().any(|path| self.catalog.is_carrier(path))
            }
            _ => false,
        })
    }

    fn member(&self, base: &Val, path: &str) -> Val {
        let path = self.canonical(path);
        let found = self.keyed(base, &path).or_else(|| self.carried(&path));
        found.unwrap_or_else(|| Val::new(Value::Member(Rc::new(base.clone()), path)))
    }

    /// What the project sets under the settings key that a path of the catalog ends in (`config[KEY]`).
    fn keyed(&self, base: &Val, path: &str) -> Option<Val> {
        let (_, key) = path.strip_suffix(']')?.rsplit_once('[')?;
        self.setting_value(key, base.place?)
    }

    /// `base[key]`.
    pub(super) fn item(&self, base: &Val, key: &Val, here: Place) -> Val {
        match (&base.value, &key.value) {
            (Value::Dict(dict), Value::Str(key)) => {
                super::dictionaries::get(dict, key).unwrap_or_else(Val::unknown)
            }
            // A key that is only known at run time picks one of the entries.
            (Value::Dict(dict), _) if !dict.open && !dict.entries.is_empty() && is_open(key) => {
                any_entry(dict)
            }
            (Value::List(items) | Value::Tuple(items), Value::Int(number)) => {
                usize::try_from(*number)
                    .ok()
                    .and_then(|number| items.get(number).cloned())
                    .unwrap_or_else(Val::unknown)
            }
            (Value::Instance(class, _), Value::Int(place)) if self.is_record(*class) => {
                let field = place.to_string();
                match self.declared_field(*class, &field) {
                    Some(_) => self.attribute(base, &field, &None),
                    // The one field of a wrapper, which stands for what it holds.
                    None if *place == 0 => base.clone(),
                    None => Val::unknown(),
                }
            }
            (Value::Object(_), Value::Int(0)) if self.is_lender(base) => base.clone(),
            (Value::Path(_) | Value::Member(..) | Value::Object(_), Value::Str(key)) => {
                let path = match &base.value {
                    Value::Object(object) => object.type_path.clone(),
                    _ => base.path().cloned().unwrap_or_else(|| "".into()),
                };
                if let Some(val) = self.setting_value(key, here) {
                    return val;
                }
                let indexed = self.canonical(&format!("{path}.[]"));
                let rule = self.catalog.value(&indexed);
                if let Some(rule) = rule.filter(|rule| rule.is == ValueIs::Environment) {
                    let env = Env {
                        convert: rule.to,
                        ..Env::new(key.clone(), here)
                    };
                    return Val::at(Value::Env(Rc::new(env)), here);
                }
                Val::new(Value::Path(format!("{path}[{key}]").into()))
            }
            _ => Val::unknown(),
        }
    }

    /// A method of a built-in value, when the base is one; nothing when the callee has to be looked up as usual.
    pub(super) fn value_method(
        &self,
        base: &Val,
        name: &str,
        expr: ExprRef,
        call: &Call,
        frames: &Frames,
    ) -> Option<Val> {
        if let Some(passed) = self.passed(base, name, expr, call, frames) {
            return Some(passed);
        }
        if let Value::Class(class) = &base.value
            && self.is_record(*class)
            && self.find_method(*class, name).is_none()
            && self.catalog.constructs(name)
        {
            return Some(Val::at(Value::Instance(*class, None), self.place(expr)));
        }
        let type_name = match &base.value {
            // `app.config.get("KEY")`: what the project sets under a key that the catalog knows.
            Value::Path(_) | Value::Member(..)
                if self.catalog.value_method("dict", name) == Some("item") =>
            {
                let key = call
                    .args
                    .first()
                    .filter(|arg| arg.kind == ArgKind::Positional)?;
                let key = self.eval(
                    ExprRef {
                        file: expr.file,
                        expr: key.value,
                    },
                    frames,
                );
                return self.setting_value(key.as_str()?, self.place(expr));
            }
            Value::Dict(_) => "dict",
            Value::Str(_) | Value::Text(_) | Value::Env(_) => "str",
            Value::Choice(choices)
                if choices.iter().all(|(val, _)| {
                    matches!(
                        val.value,
                        Value::Dict(_)
                            | Value::Str(_)
                            | Value::Text(_)
                            | Value::Env(_)
                            | Value::Path(_)
                            | Value::Member(..)
                            | Value::Param(..)
                            | Value::None
                            | Value::Unknown
                    )
                }) && choices.iter().any(|(val, _)| {
                    matches!(
                        val.value,
                        Value::Dict(_) | Value::Str(_) | Value::Text(_) | Value::Env(_)
                    )
                }) =>
            {
                return Some(base.map(|base| {
                    self.value_method(base, name, expr, call, frames)
                        .unwrap_or_else(Val::unknown)
                }));
            }
            // A setting or parameter of unknown kind that is treated as text keeps its identity.
            Value::Unknown | Value::Param(..) => {
                return matches!(
                    self.catalog.value_method("str", name),
                    Some("same" | "replace")
                )
                .then(|| base.clone());
            }
            _ => return None,
        };
        let argument = |number: usize| {
            call.args
                .iter()
                .filter(|arg| arg.kind == ArgKind::Positional)
                .nth(number)
                .map(|arg| {
                    self.eval(
                        ExprRef {
                            file: expr.file,
                            expr: arg.value,
                        },
                        frames,
                    )
                })
        };
        Some(
            match (self.catalog.value_method(type_name, name), &base.value) {
                (Some("same"), _) => base.clone(),
                (Some("integer"), _) => base.converted(ConvertTo::Integer),
                (Some("through"), _) => self.through(base, argument(0)),
                (Some("item" | "remove" | "fill"), Value::Dict(dict)) => {
                    let key = argument(0)?;
                    if is_open(&key) && !dict.open && !dict.entries.is_empty() {
                        return Some(any_entry(dict));
                    }
                    match key
                        .as_str()
                        .and_then(|key| super::dictionaries::get(dict, key))
                    {
                        Some(val) => val,
                        None if dict.open => Val::unknown(),
                        None => argument(1).unwrap_or_else(|| Val::new(Value::None)),
                    }
                }
                (Some("replace"), Value::Str(text)) => match (argument(0), argument(1)) {
                    (Some(from), Some(to)) => match (from.as_str(), to.as_str()) {
                        (Some(from), Some(to)) if !from.is_empty() => Val {
                            value: Value::Str(text.replace(from, to).into()),
                            ..base.clone()
                        },
                        _ => Val::unknown(),
                    },
                    _ => Val::unknown(),
                },
                (Some("replace"), Value::Env(_) | Value::Text(_)) => {
                    match (argument(0), argument(1)) {
                        (Some(from), Some(to)) => match (from.as_str(), to.as_str()) {
                            (Some(from), Some(to)) if !from.is_empty() => replaced(base, from, to),
                            _ => base.clone(),
                        },
                        _ => base.clone(),
                    }
                }
                (None, _) if type_name == "str" => {
                    let (meaning, keyword) = self
                        .catalog
                        .value_method("url", name)
                        .map(|meaning| meaning.split_once(' ').unwrap_or((meaning, "")))?;
                    match meaning {
                        "same" => base.clone(),
                        "parts" => {
                            let keyword = crate::catalog::ArgumentName::Keyword(keyword.to_owned());
                            let scheme = self.call_argument(call, &keyword).map(|found| {
                                self.eval(
                                    ExprRef {
                                        file: expr.file,
                                        expr: found,
                                    },
                                    frames,
                                )
                            });
                            let rest = Part::Hole(Val::unknown());
                            let parts = match scheme {
                                Some(scheme) => {
                                    vec![Part::Hole(scheme), Part::Literal("://".into()), rest]
                                }
                                None => vec![Part::Hole(base.clone()), rest],
                            };
                            Val::at(super::text_of(parts), self.place(expr))
                        }
                        _ => Val::unknown(),
                    }
                }
                (Some("format"), Value::Str(template)) => {
                    let filled = super::filled(template, '{', '}', |name, number| {
                        let name = name.split(['!', ':']).next().unwrap_or_default();
                        if let Ok(number) = name.parse() {
                            return argument(number);
                        }
                        if name.is_empty() {
                            return argument(number);
                        }
                        let keyword = crate::catalog::ArgumentName::Keyword(name.to_owned());
                        let found = self.call_argument(call, &keyword)?;
                        Some(self.eval(
                            ExprRef {
                                file: expr.file,
                                expr: found,
                            },
                            frames,
                        ))
                    });
                    Val::at(filled, self.place(expr))
                }
                _ => Val::unknown(),
            },
        )
    }

    /// A text that a function is applied to: a number, where the function makes one of it.
    fn through(&self, base: &Val, applied: Option<Val>) -> Val {
        let Some(Value::Function(function, _)) = applied.map(|applied| applied.value) else {
            return base.clone();
        };
        let (module, index) = self.tree(function.file);
        let converts = index.calls.iter().any(|call| {
            let inside = index.function_of(index.standing(*call).scope) == Some(function.function);
            let callee = module
                .call(*call)
                .map(|call| &module.expr(call.callee).kind);
            inside
                && matches!(callee, Some(ExprKind::Attribute(_, method))
                    if self.catalog.value_method("str", method) == Some("integer"))
        });
        match converts {
            true => base.converted(ConvertTo::Integer),
            false => base.clone(),
        }
    }

    /// The name of a star or plain import path, for messages.
    pub fn import_path(&self, path: &[crate::syntax::Name]) -> String {
        bindings::dotted(path)
    }
}

/// Whether a key is only known at run time.
fn is_open(key: &Val) -> bool {
    matches!(
        key.value,
        Value::Env(_)
            | Value::Unknown
            | Value::Param(..)
            | Value::Text(_)
            | Value::Path(_)
            | Value::Member(..)
            | Value::Object(_)
            | Value::Instance(..)
    )
}

/// One of the entries of a dictionary.
fn any_entry(dict: &Dict) -> Val {
    let entries = dict.entries.iter();
    Val::choice(
        entries
            .map(|entry| (entry.val.clone(), Vec::new()))
            .collect(),
    )
}

/// A text that is not all known, with `from` replaced where it stands in what is known.
fn replaced(base: &Val, from: &str, to: &str) -> Val {
    let value = match &base.value {
        Value::Str(text) => Value::Str(text.replace(from, to).into()),
        Value::Text(parts) => Value::Text(
            parts
                .iter()
                .map(|part| match part {
                    Part::Literal(text) => Part::Literal(text.replace(from, to).into()),
                    hole @ Part::Hole(_) => hole.clone(),
                })
                .collect(),
        ),
        Value::Env(env) => {
            let change = (Rc::from(from), Rc::from(to));
            Value::Env(Rc::new(Env {
                default: env
                    .default
                    .as_ref()
                    .map(|default| default.map(|default| replaced(default, from, to))),
                replaced: env.replaced.iter().cloned().chain([change]).collect(),
                ..Env::clone(env)
            }))
        }
        other => other.clone(),
    };
    Val {
        value,
        ..base.clone()
    }
}

/// Whether a value is a number, a text or a truth.
pub(super) fn is_scalar(val: &Val) -> bool {
    matches!(
        val.value,
        Value::Int(_) | Value::Float(_) | Value::Bool(_) | Value::Str(_)
    )
}
