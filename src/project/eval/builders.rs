//! Options that are collected before something is made of them: builders and structs of options.
//!
//! `Options::new().max(5).connect(url)`, `let mut o = Options::new(url); o.max(5); connect(o)`, `Options { max: 5, ..o }`:
//! each gives an object that carries what was set, as a dictionary. Invariant: what may have been set unseen leaves the
//! dictionary open.

use super::attributes::is_scalar;
use super::dictionaries;
use crate::catalog::{
    ByVersion, Param, Role, Scalar, ValueIs, ValueRule, options_type, position_key,
};
use crate::project::names::{AttributeWrite, ScopeId};
use crate::project::values::{Condition, Dict, Frames, Made, Object, Val, Value};
use crate::project::{ExprRef, Project};
use crate::source::{FileId, Place};
use crate::syntax::{ArgKind, Call, ExprId, ExprKind};
use std::rc::Rc;

/// How many methods in one chain are followed.
const LONGEST_CHAIN: usize = 64;

impl Project<'_> {
    /// What a call gives that starts options or goes on with them.
    pub(super) fn collected(
        &self,
        callee: &Val,
        path: &Rc<str>,
        expr: ExprRef,
        call: &Call,
        frames: &Frames,
    ) -> Option<Val> {
        if let Value::Member(object, _) = &callee.value
            && let Value::Object(options) = &object.value
            && self.catalog.collects(&options.type_path)
        {
            let method = path.rsplit('.').next().unwrap_or_default();
            let ends = self.catalog.maker(path).is_some() || self.catalog.value(path).is_some();
            return (!ends).then(|| {
                let set = self.set_by(options, method, expr, call, &[], frames);
                Val::at(Value::Object(Rc::new(set)), self.place(expr))
            });
        }
        let rule = self.catalog.value(path);
        let rule = rule.filter(|rule| {
            let by_setters = rule.is == ValueIs::Url && self.catalog.collects(options_type(path));
            rule.is == ValueIs::Options || by_setters
        });
        let starts = self.catalog.starts_builder(path);
        if rule.is_none() && !starts {
            return None;
        }
        let made = Rc::new(Made {
            call: expr,
            frames: frames.clone(),
            bound: callee.bound.clone(),
        });
        let type_path = if starts { path } else { options_type(path) };
        let object = Object {
            type_path: type_path.into(),
            made: Some((path.clone(), made)),
            set: Some(Rc::new(self.started(rule, expr, call, frames))),
        };
        Some(Val::at(Value::Object(Rc::new(object)), self.place(expr)))
    }

    /// What the call sets that starts options.
    fn started(
        &self,
        rule: Option<&ValueRule>,
        expr: ExprRef,
        call: &Call,
        frames: &Frames,
    ) -> Dict {
        let mut dict = Dict::default();
        let mut position = 0;
        for arg in &call.args {
            let at = ExprRef {
                file: expr.file,
                expr: arg.value,
            };
            let place = Place {
                file: expr.file,
                span: arg.span,
            };
            let val = self.eval(at, frames);
            match &arg.kind {
                ArgKind::Positional => {
                    for key in keys_at(rule, position) {
                        set(&mut dict, &key, val.clone(), &[], place);
                    }
                    position += 1;
                }
                ArgKind::Keyword(name) => set(&mut dict, name, val, &[], place),
                ArgKind::KeywordSplat => self.take_over(&mut dict, &val),
                ArgKind::Splat => dict.open = true,
            }
        }
        dict
    }

    /// The rest of a struct (`..other`): what is not named beside it.
    fn take_over(&self, dict: &mut Dict, rest: &Val) {
        let rest = match &rest.value {
            Value::Object(object) => match &object.set {
                Some(set) => Val::new(Value::Dict(set.clone())),
                None => Val::unknown(),
            },
            _ => Val::unknown(),
        };
        let mut all = Dict::default();
        dictionaries::merge(&mut all, &rest, &[]);
        let own = Val::new(Value::Dict(Rc::new(dict.clone())));
        dictionaries::merge(&mut all, &own, &[]);
        *dict = all;
    }

    /// The options after a method was called on them.
    fn set_by(
        &self,
        options: &Object,
        method: &str,
        expr: ExprRef,
        call: &Call,
        conditions: &[Condition],
        frames: &Frames,
    ) -> Object {
        let eval = |id| {
            let file = expr.file;
            self.eval(ExprRef { file, expr: id }, frames)
        };
        let file = expr.file;
        let (val, span) = match call.args.as_slice() {
            [] => (Val::new(Value::Bool(true)), call.list),
            [only] => (eval(only.value), only.span),
            several => {
                let parts = several.iter().map(|arg| eval(arg.value)).collect();
                (Val::new(Value::Tuple(parts)), call.list)
            }
        };
        let place = Place { file, span };
        let rule = self.catalog.options(&options.type_path);
        let key = rule
            .and_then(|rule| {
                let mut setters = rule.setters.iter();
                setters.find(|(_, methods)| methods.iter().any(|it| it == method))
            })
            .map_or(method, |(key, _)| key.as_str());
        let mut dict = known(options);
        set(&mut dict, key, val, conditions, place);
        Object {
            set: Some(Rc::new(dict)),
            ..options.clone()
        }
    }

    /// `name.method(…).other(…)` on a name that holds options: what it holds afterwards.
    pub(super) fn changed_options(
        &self,
        file: FileId,
        call: ExprId,
        val: &mut Val,
        conditions: &[Condition],
        frames: &Frames,
    ) {
        let Value::Object(options) = &val.value else {
            return;
        };
        if !self.catalog.collects(&options.type_path) {
            return;
        }
        let (module, index) = self.tree(file);
        let language = self.files.file(file).language.word();
        let mut now = Object::clone(options);
        let mut at = Some(call);
        for _ in 0..LONGEST_CHAIN {
            let Some((id, found)) = at.and_then(|id| Some((id, module.call(id)?))) else {
                break;
            };
            let ExprKind::Attribute(_, method) = &module.expr(found.callee).kind else {
                break;
            };
            let path = self.canonical(&format!("{}.{method}", now.type_path));
            if self.catalog.passes(language, method)
                || self.catalog.maker(&path).is_some()
                || self.catalog.value(&path).is_some()
            {
                break;
            }
            let here = ExprRef { file, expr: id };
            now = self.set_by(&now, method, here, found, conditions, frames);
            // The next link of the chain is the call of an attribute of this one.
            at = index.parent(id).and_then(|attribute| {
                let outer = index.parent(attribute)?;
                (module.call(outer)?.callee == attribute).then_some(outer)
            });
        }
        val.value = Value::Object(Rc::new(now));
    }

    /// Options that somebody may have changed unseen: nothing is known of them any more.
    pub(super) fn forget_options(&self, val: &mut Val) {
        if let Value::Object(options) = &val.value
            && self.catalog.collects(&options.type_path)
        {
            let open = Dict {
                open: true,
                ..Dict::default()
            };
            val.value = Value::Object(Rc::new(Object {
                set: Some(Rc::new(open)),
                ..Object::clone(options)
            }));
        }
    }

    /// What the fields of a name that holds options are set to before `until`: `name.field = …`, `name.a.b = …`.
    pub(super) fn with_fields(
        &self,
        file: FileId,
        owner: ScopeId,
        name: &str,
        until: u32,
        val: &mut Val,
        frames: &Frames,
    ) {
        let Value::Object(options) = &val.value else {
            return;
        };
        if !self.catalog.collects(&options.type_path) {
            return;
        }
        let (_, index) = self.tree(file);
        let lent = index.lent_out.get(name).into_iter().flatten();
        let mut lent = lent.filter(|(span, at)| {
            span.end <= until && index.function_of(at.scope) == index.function_of(owner)
        });
        if lent.next().is_some() {
            self.forget_options(val);
            return;
        }
        let mut now = Object::clone(options);
        let mut changed = false;
        for write in &index.attribute_writes {
            let here = index.function_of(write.at.scope) == index.function_of(owner);
            let Some(path) = self.written_path(file, write, name).filter(|_| here) else {
                continue;
            };
            let Some((value, _)) = write.value.as_ref().filter(|_| write.span.end <= until) else {
                continue;
            };
            let at = ExprRef { file, expr: *value };
            let conditions: Vec<Condition> = index
                .atoms(write.at.guard)
                .map(|atom| Condition { file, atom })
                .collect();
            let mut dict = known(&now);
            let place = self.place(at);
            set(&mut dict, &path, self.eval(at, frames), &conditions, place);
            now.set = Some(Rc::new(dict));
            changed = true;
        }
        if changed {
            val.value = Value::Object(Rc::new(now));
        }
    }

    /// The fields between a name and what is written, joined; nothing when something else is written to.
    fn written_path(&self, file: FileId, write: &AttributeWrite, name: &str) -> Option<String> {
        let (module, _) = self.tree(file);
        let language = self.files.file(file).language.word();
        let mut fields = vec![write.name.to_string()];
        let mut at = write.base;
        loop {
            match &module.expr(at).kind {
                ExprKind::Name(root) if root == name => break,
                ExprKind::Attribute(base, field) => {
                    fields.push(field.to_string());
                    at = *base;
                }
                // `options.pool.as_mut().unwrap().size = …`
                ExprKind::Call(call) => match &module.expr(call.callee).kind {
                    ExprKind::Attribute(base, method) if self.catalog.passes(language, method) => {
                        at = *base;
                    }
                    _ => return None,
                },
                _ => return None,
            }
        }
        fields.reverse();
        Some(fields.join("."))
    }

    /// The URL that options amount to, when they are those of a database.
    pub(in crate::project) fn as_url(&self, val: &Val) -> Val {
        let is_object = |(val, _): &(Val, Vec<Condition>)| matches!(val.value, Value::Object(_));
        if !val.alternatives().iter().any(is_object) {
            return val.clone();
        }
        val.map(|val| {
            let Value::Object(options) = &val.value else {
                return val.clone();
            };
            let rule = self.catalog.options(&options.type_path);
            let Some(rule) = rule.filter(|rule| rule.is == ValueIs::Url) else {
                return val.clone();
            };
            let Some(set) = options.set.as_ref().filter(|set| !set.open) else {
                return Val::unknown();
            };
            let part = |role: Role| {
                let param = rule.parts.get(&role)?;
                let mut names = param.setter.iter().chain(&param.keyword);
                let given = names.find_map(|name| dictionaries::get(set, name));
                given.or_else(|| default_part(param))
            };
            Val {
                value: super::url_text(&part),
                ..val.clone()
            }
        })
    }

    /// What a method gives that passes on what it is called on.
    pub(super) fn passed(
        &self,
        base: &Val,
        method: &str,
        expr: ExprRef,
        call: &Call,
        frames: &Frames,
    ) -> Option<Val> {
        let language = self.files.file(expr.file).language.word();
        if !self.catalog.passes(language, method) {
            return None;
        }
        if matches!(&base.value, Value::Instance(class, _) if self.find_method(*class, method).is_some())
        {
            return None;
        }
        let default = match self.catalog.stands_in(language, method) {
            true => self.standing_in(expr.file, call, frames),
            false => None,
        };
        let Some(default) = default else {
            return Some(base.clone());
        };
        match &base.value {
            Value::None => Some(default),
            Value::Param(..) => Some(Val::choice(vec![
                (base.clone(), Vec::new()),
                (default, Vec::new()),
            ])),
            // A setting that may be missing.
            Value::Unknown | Value::Object(_)
                if is_scalar(&default) && (base.is_unknown() || self.says_little(base)) =>
            {
                let env = crate::project::values::Env {
                    default: Some(default),
                    configured: true,
                    ..crate::project::values::Env::new("".into(), self.place(expr))
                };
                Some(Val {
                    value: Value::Env(Rc::new(env)),
                    ..base.clone()
                })
            }
            Value::Env(env) if env.default.is_none() => {
                let default = match env.convert {
                    Some(to) => default.converted(to),
                    None => default,
                };
                let env = crate::project::values::Env {
                    default: Some(default),
                    ..crate::project::values::Env::clone(env)
                };
                Some(Val {
                    value: Value::Env(Rc::new(env)),
                    ..base.clone()
                })
            }
            _ => Some(base.clone()),
        }
    }

    /// What a call gives where what it is called on is not there.
    fn standing_in(&self, file: FileId, call: &Call, frames: &Frames) -> Option<Val> {
        let expr = call.args.first()?.value;
        let given = self.eval(ExprRef { file, expr }, frames);
        let default = match &given.value {
            Value::Function(function, frames) => self.returned(*function, frames),
            _ => given,
        };
        (!default.is_unknown() && !matches!(default.value, Value::None)).then_some(default)
    }
}

/// The part of a URL that is meant where none is given.
pub(super) fn default_part(param: &Param) -> Option<Val> {
    match param.default.as_ref()? {
        ByVersion::Always(Scalar::Text(text)) => Some(Val::new(Value::Str(text.as_str().into()))),
        _ => None,
    }
}

/// What is known to be set of options.
fn known(options: &Object) -> Dict {
    match &options.set {
        Some(set) => Dict::clone(set),
        None => Dict {
            open: true,
            ..Dict::default()
        },
    }
}

/// The keys that an argument of the call sets which starts options.
fn keys_at(rule: Option<&ValueRule>, position: usize) -> Vec<String> {
    let Some(rule) = rule else {
        return vec![position_key(position)];
    };
    let at = crate::catalog::ArgumentName::Position(position);
    let sets = rule.sets.iter().filter(|(_, names)| names.contains(&at));
    sets.map(|(key, _)| key.clone()).collect()
}

fn set(dict: &mut Dict, key: &str, val: Val, conditions: &[Condition], place: Place) {
    let key = Val::new(Value::Str(key.into()));
    dictionaries::set(dict, &key, val, conditions.to_vec(), place);
}
