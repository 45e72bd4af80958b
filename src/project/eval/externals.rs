//! Calls of things outside the project whose value the catalog describes: environment variables, conversions, copies.
//!
//! Takes a rule of the catalog and a call; gives the value.

use super::dictionaries;
use crate::catalog::{ArgumentName, ConvertTo, ValueIs, ValueRule};
use crate::project::modules::Target;
use crate::project::values::{Dict, Env, Frames, Made, Val, Value};
use crate::project::{ExprRef, Project};
use crate::syntax::{ArgKind, Call, Name};
use std::rc::Rc;

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
                    return Val::unknown();
                };
                let default = any(&rule.default).filter(|val| !matches!(val.value, Value::None));
                let cast = any(&rule.cast).and_then(|cast| {
                    let rule = self.catalog.value(cast.path()?)?;
                    conversion(rule.is)
                });
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
                    Some(to) => default.map(|default| default.converted(to)),
                    None => default,
                };
                Val::at(
                    Value::Env(Rc::new(Env {
                        name: name.into(),
                        default,
                        convert,
                        place: here,
                    })),
                    here,
                )
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
            ValueIs::Same | ValueIs::List => first().unwrap_or_else(Val::unknown),
            ValueIs::Field => any(&rule.default).unwrap_or_else(|| {
                let factory = rule.default_factory.as_ref().and_then(argument);
                match factory.map(|factory| factory.value) {
                    Some(Value::Function(function, _)) => self.returned(function, &None),
                    _ => Val::unknown(),
                }
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
            ValueIs::Record | ValueIs::EnvironmentFile => Val::unknown(),
        }
    }

    /// A URL made from parts, as text with holes.
    fn url_of_parts(&self, rule: &ValueRule, call: &Call, frames: &Frames, expr: ExprRef) -> Val {
        use crate::catalog::Role;
        use crate::project::values::Part;
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
        let Some(scheme) = part(Role::Scheme) else {
            return Val::unknown();
        };
        let literal = |text: &str| Part::Literal(text.into());
        let mut parts = vec![Part::Hole(scheme), literal("://")];
        if let Some(host) = part(Role::Host) {
            parts.push(Part::Hole(host));
        }
        if let Some(port) = part(Role::Port).filter(|port| !matches!(port.value, Value::None)) {
            parts.extend([literal(":"), Part::Hole(port)]);
        }
        parts.push(literal("/"));
        if let Some(name) = part(Role::DatabaseName) {
            parts.push(Part::Hole(name));
        }
        Val::at(super::text_of(parts), self.place(expr))
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
