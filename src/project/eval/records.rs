//! Fields that objects take at construction or from the environment: records, settings, models.

use super::attributes::is_scalar;
use crate::catalog::ValueIs;
use crate::frontend;
use crate::project::calls::lent::Holder;
use crate::project::names::BindingKind;
use crate::project::values::{Env, Val, Value};
use crate::project::{ClassRef, ExprRef, FunctionRef, Project};
use crate::source::Place;
use crate::syntax::{ArgKind, ClassForm, ExprKind, Name};
use std::rc::Rc;

impl Project<'_> {
    /// The rule for the fields of a class, when a base or decorator of it has one.
    fn field_rule(&self, class: ClassRef) -> Option<&crate::catalog::ValueRule> {
        let lineage = self.lineage(class);
        let (own, outside) = &*lineage;
        if let Some(rule) = outside.iter().find_map(|path| self.catalog.fields(path)) {
            return Some(rule);
        }
        own.iter().find_map(|class| {
            let (module, _) = self.tree(class.file);
            module
                .class(class.class)
                .decorators
                .iter()
                .find_map(|decorator| {
                    self.decorator_path(ExprRef {
                        file: class.file,
                        expr: *decorator,
                    })
                    .and_then(|path| self.catalog.fields(&path))
                })
        })
    }

    /// A field of a class whose objects take it at construction or from the environment.
    pub(super) fn field(
        &self,
        class: ClassRef,
        name: &str,
        default: Val,
        declared: bool,
        instance: Option<&Val>,
        place: Option<Place>,
    ) -> Val {
        let is_record = self.is_record(class);
        let rule = self.field_rule(class);
        if rule.is_none() && !is_record {
            return if declared { Val::unknown() } else { default };
        }
        if let Some(Value::Instance(_, Some(made))) = instance.map(|val| &val.value) {
            if let Some(given) = self.field_argument(made.call, name) {
                return self.eval(given, &made.frames);
            }
            if is_record && let Some(rest) = self.rest_of(made.call) {
                return self.attribute(&self.eval(rest, &made.frames), name, &made.frames);
            }
        }
        let Some(rule) = rule else {
            return self.field_of_record(class, name, (!declared).then_some(default), place);
        };
        let default = (!declared).then_some(default);
        let field = name;
        let worked_out = || self.worked_out(class, field);
        match (rule.is, place) {
            (ValueIs::Environment, Some(place)) => {
                let prefix = rule
                    .prefix_in
                    .iter()
                    .find_map(|path| self.class_text(class, path));
                let name = format!("{}{name}", prefix.unwrap_or_default()).to_uppercase();
                // Settings in settings read their variables themselves.
                if let Some(Value::Instance(inner, _)) = default.as_ref().map(|val| &val.value)
                    && self
                        .field_rule(*inner)
                        .is_some_and(|rule| rule.is == ValueIs::Environment)
                {
                    return default.unwrap_or_else(Val::unknown);
                }
                let default = default
                    .filter(|default| !matches!(default.value, Value::None))
                    .or_else(worked_out);
                Val::at(
                    Value::Env(Rc::new(Env {
                        default,
                        dialect: self.promised(class, field),
                        ..Env::new(name.into(), place)
                    })),
                    place,
                )
            }
            _ => default
                .filter(|default| !matches!(default.value, Value::None))
                .or_else(worked_out)
                .unwrap_or_else(Val::unknown),
        }
    }

    /// What the construction of an object gives for a field: by its name, or by its place for a field that has no other
    /// name.
    pub(in crate::project) fn field_argument(&self, made: ExprRef, field: &str) -> Option<ExprRef> {
        let (module, _) = self.tree(made.file);
        let mut args = module.call(made.expr)?.args.iter();
        let given = match field.parse::<usize>() {
            Ok(place) => args
                .take_while(|arg| arg.kind == ArgKind::Positional)
                .nth(place),
            Err(_) => {
                args.find(|arg| matches!(&arg.kind, ArgKind::Keyword(keyword) if keyword == field))
            }
        };
        given.map(|arg| ExprRef {
            expr: arg.value,
            ..made
        })
    }

    /// The object from which a construction takes the fields that it does not name.
    fn rest_of(&self, made: ExprRef) -> Option<ExprRef> {
        let (module, _) = self.tree(made.file);
        let mut args = module.call(made.expr)?.args.iter();
        let rest = args.find(|arg| arg.kind == ArgKind::KeywordSplat)?;
        Some(ExprRef {
            expr: rest.value,
            ..made
        })
    }

    /// Whether objects of a class are made by naming their fields.
    pub(in crate::project) fn is_record(&self, class: ClassRef) -> bool {
        let (module, _) = self.tree(class.file);
        module.class(class.class).form == ClassForm::Record
    }

    /// A field of a record of which nobody says what it is given: what it is unless it is set, else what its type tells.
    fn field_of_record(
        &self,
        class: ClassRef,
        name: &str,
        said: Option<Val>,
        place: Option<Place>,
    ) -> Val {
        let (module, index) = self.tree(class.file);
        let scope = index.scope(index.class_scopes[class.class.index()]);
        let mut bindings = scope.names.get(name).into_iter().flatten();
        if !bindings.any(|binding| matches!(binding.kind, BindingKind::Declared(_))) {
            return said.unwrap_or_else(Val::unknown);
        }
        let own_name = format!("{}.{name}", module.class(class.class).name);
        let setting = match (said.map(|said| said.value), place) {
            (Some(Value::Env(env)), _) if !env.name.is_empty() || env.default.is_some() => {
                Some(Env::clone(&env))
            }
            (_, Some(place)) => self.default_of_field(class, name).map(|default| Env {
                default: Some(default),
                configured: true,
                ..Env::new("".into(), place)
            }),
            _ => None,
        };
        let Some(mut env) = setting else {
            let declared = self.declared_field(class, name);
            let holder = Holder::Field(class, Name::from(name));
            return declared.map_or_else(Val::unknown, |declared| {
                self.lent_as(declared, Some(&holder), class.file)
            });
        };
        if env.name.is_empty() {
            env.name = own_name.into();
        }
        env.default = env.default.map(read_number);
        let place = env.place;
        Val::at(Value::Env(Rc::new(env)), place)
    }

    /// What a field of a record is in the object that stands for all defaults, where that is plain to see.
    fn default_of_field(&self, class: ClassRef, field: &str) -> Option<Val> {
        let (module, index) = self.tree(class.file);
        let own = &module.class(class.class).name;
        index.calls.iter().find_map(|expr| {
            let call = module.call(*expr)?;
            let (ExprKind::Name(called) | ExprKind::Attribute(_, called)) =
                &module.expr(call.callee).kind
            else {
                return None;
            };
            let function = index.function_of(index.standing(*expr).scope)?;
            if called != own || !frontend::gives_defaults(&module.function(function).name) {
                return None;
            }
            let keyword = |kind: &ArgKind| matches!(kind, ArgKind::Keyword(name) if name == field);
            let given = call.args.iter().find(|arg| keyword(&arg.kind))?;
            let val = self.eval(
                ExprRef {
                    file: class.file,
                    expr: given.value,
                },
                &None,
            );
            is_scalar(&val).then_some(val)
        })
    }

    /// A value of the type that a class declares for a field.
    pub(super) fn declared_field(&self, class: ClassRef, field: &str) -> Option<Val> {
        let (_, index) = self.tree(class.file);
        let scope = index.class_scopes[class.class.index()];
        let bindings = index.scope(scope).names.get(field)?;
        bindings.iter().find_map(|binding| match binding.kind {
            BindingKind::Declared(annotation) => self.annotated(ExprRef {
                file: class.file,
                expr: annotation,
            }),
            _ => None,
        })
    }

    /// What the functions of a class that work out a field make of it, where nothing is given.
    fn worked_out(&self, class: ClassRef, field: &str) -> Option<Val> {
        let (module, index) = self.tree(class.file);
        let mut found = Vec::new();
        for function in &index.methods[class.class.index()] {
            let works = module
                .function(*function)
                .decorators
                .iter()
                .any(|decorator| {
                    let ExprKind::Call(call) = &module.expr(*decorator).kind else {
                        return false;
                    };
                    let names = call.args.iter().any(|arg| {
                    matches!(&module.expr(arg.value).kind, ExprKind::Str(text) if **text == *field)
                });
                    let decorator = ExprRef {
                        file: class.file,
                        expr: *decorator,
                    };
                    names
                        && self
                            .decorator_path(decorator)
                            .and_then(|path| self.catalog.value(&path))
                            .is_some_and(|rule| rule.is == ValueIs::Validator)
                });
            if works {
                let function = FunctionRef {
                    file: class.file,
                    function: *function,
                };
                found.extend(self.returned(function, &None).alternatives());
            }
        }
        found.retain(|(val, _)| {
            !matches!(
                val.value,
                Value::None | Value::Unknown | Value::Param(..) | Value::Object(_)
            )
        });
        (!found.is_empty()).then(|| Val::choice(found))
    }

    /// The dialect that the annotation of a field promises.
    fn promised(&self, class: ClassRef, field: &str) -> Option<Rc<str>> {
        let (_, index) = self.tree(class.file);
        let scope = index.class_scopes[class.class.index()];
        let bindings = index.scope(scope).names.get(field)?;
        bindings.iter().find_map(|binding| {
            let BindingKind::Declared(annotation) = binding.kind else {
                return None;
            };
            let annotation = ExprRef {
                file: class.file,
                expr: annotation,
            };
            let Value::Object(object) = self.annotated(annotation)?.value else {
                return None;
            };
            let rule = self.catalog.value(&object.type_path)?;
            rule.dialect.as_deref().map(Rc::from)
        })
    }

    /// What a class body assigns to a name, as it stands there.
    fn plain_member(&self, class: ClassRef, name: &str) -> Option<Val> {
        let lineage = self.lineage(class);
        let (own, _) = &*lineage;
        own.iter().copied().find_map(|owner| {
            let (_, index) = self.tree(owner.file);
            let scope = index.class_scopes[owner.class.index()];
            index
                .scope(scope)
                .names
                .contains_key(name)
                .then(|| self.body_value(owner, scope, name))
        })
    }

    /// The text that a class holds at a path: attribute `A`, and in it keyword, key or attribute `B`.
    fn class_text(&self, class: ClassRef, path: &str) -> Option<String> {
        let (outer, inner) = path.split_once('.')?;
        let holder = self.plain_member(class, outer)?;
        let found = match &holder.value {
            Value::Dict(dict) => super::dictionaries::get(dict, inner)?,
            Value::Class(nested) => self.plain_member(*nested, inner)?,
            Value::Object(object) => {
                let (_, made) = object.made.as_ref()?;
                let (module, _) = self.tree(made.call.file);
                let name = crate::catalog::ArgumentName::Keyword(inner.to_owned());
                let argument = self.call_argument(module.call(made.call.expr)?, &name)?;
                self.eval(
                    ExprRef {
                        file: made.call.file,
                        expr: argument,
                    },
                    &made.frames,
                )
            }
            _ => return None,
        };
        found.as_str().map(str::to_owned)
    }
}

/// The number that a text is where types leave no choice.
fn read_number(val: Val) -> Val {
    let number = val.as_str().and_then(|text| text.trim().parse().ok());
    match number {
        Some(number) => Val {
            value: Value::Int(number),
            ..val
        },
        None => val,
    }
}
