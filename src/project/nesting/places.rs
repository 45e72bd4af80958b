//! One pool by its place: a parameter or field that stands for a pool nobody knows the making of.
//!
//! Takes what a function takes from such a place; gives each call meanwhile that takes a further one from the same place,
//! itself or through functions that are handed it. Invariant: a name counts only where one thing ever binds it.

use super::{Bodies, Nested, runs};
use crate::project::flow::Taken;
use crate::project::names::BindingKind;
use crate::project::values::{MOST_CALLS, Value};
use crate::project::{ExprRef, FunctionRef, Project};
use crate::syntax::{ArgKind, ExprKind, Name, Receiver};
use std::collections::BTreeSet;

/// The names from a local one to what it leads to: `state`, `pool`.
pub(super) type Path = Vec<Name>;

/// How many names of one thing are followed.
const MOST_NAMES: u8 = 8;

impl Project<'_> {
    /// The place that a thing was taken from, and the maker of what stands there.
    pub(super) fn place_of_take(&self, held: &Taken) -> Option<(Path, &str)> {
        if !held.chain.is_empty() {
            return None;
        }
        let (module, _) = self.tree(held.at.file);
        let ExprKind::Attribute(base, _) = &module.expr(module.call(held.at.expr)?.callee).kind
        else {
            return None;
        };
        let base = ExprRef {
            file: held.at.file,
            expr: *base,
        };
        let maker = self.lender_at(base)?;
        Some((self.path_to(base, MOST_NAMES)?, maker))
    }

    /// The maker of the engine or pool that an expression stands for.
    fn lender_at(&self, expr: ExprRef) -> Option<&str> {
        let val = self.wanting(|| self.eval(expr, &None));
        let Value::Object(object) = &val.value else {
            return None;
        };
        let maker = self.catalog.lender(&object.type_path)?;
        Some(&maker.path)
    }

    /// The names that lead to what an expression stands for.
    fn path_to(&self, expr: ExprRef, left: u8) -> Option<Path> {
        let (module, _) = self.tree(expr.file);
        let language = self.files.file(expr.file).language.word();
        let at = |expr_id| ExprRef {
            file: expr.file,
            expr: expr_id,
        };
        match &module.expr(expr.expr).kind {
            ExprKind::Name(name) => self.path_to_name(expr, name, left),
            ExprKind::Attribute(base, name) => {
                let mut path = self.path_to(at(*base), left)?;
                path.push(name.clone());
                Some(path)
            }
            ExprKind::Subscript(base, key) => {
                let [key] = key.as_slice() else { return None };
                let ExprKind::Int(number) = module.expr(*key).kind else {
                    return None;
                };
                let mut path = self.path_to(at(*base), left)?;
                path.push(Name::from(number.to_string()));
                Some(path)
            }
            ExprKind::Call(call) if call.args.is_empty() => match &module.expr(call.callee).kind {
                ExprKind::Attribute(base, method) if self.catalog.passes(language, method) => {
                    self.path_to(at(*base), left)
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// A local name, or what it is another name of.
    fn path_to_name(&self, expr: ExprRef, name: &Name, left: u8) -> Option<Path> {
        let (_, index) = self.tree(expr.file);
        let mut scope = Some(index.standing(expr.expr).scope);
        let bindings = loop {
            let found = index.scope(scope?);
            match found.names.get(name) {
                Some(bindings) => break bindings,
                None => scope = found.parent,
            }
        };
        index.function_of(scope?)?;
        let mut binds = bindings.iter().filter(|binding| {
            !binding.kind.is_mutation() && !matches!(binding.kind, BindingKind::Deleted)
        });
        let (only, None) = (binds.next()?, binds.next()) else {
            return None;
        };
        if let (BindingKind::Value(value), Some(left)) = (&only.kind, left.checked_sub(1)) {
            let value = ExprRef {
                file: expr.file,
                expr: *value,
            };
            if let Some(path) = self.path_to(value, left) {
                return Some(path);
            }
        }
        Some(vec![name.clone()])
    }

    /// Whether a call takes a connection of the pool at `path`: by a method of the pool, or as it is given the pool.
    fn takes_from(&self, call: ExprRef, path: &Path) -> bool {
        let (module, _) = self.tree(call.file);
        let Some(found) = module.call(call.expr) else {
            return false;
        };
        let ExprKind::Attribute(base, method) = &module.expr(found.callee).kind else {
            return false;
        };
        let pool = |expr| {
            let at = ExprRef {
                file: call.file,
                expr,
            };
            let there = self.path_to(at, MOST_NAMES).as_ref() == Some(path);
            let maker = there.then(|| self.lender_at(at)).flatten();
            maker.and_then(|maker| self.catalog.maker(maker))
        };
        let lists = |methods: &[String]| methods.iter().any(|it| it == method.as_str());
        if let Some(maker) = pool(*base) {
            return lists(&maker.takes) || lists(&maker.borrows);
        }
        let mut given = found.args.iter().filter_map(|arg| pool(arg.value));
        given.any(|maker| lists(&maker.borrowed_by))
    }

    /// The places in a function that is called which are the place `path` of the caller.
    fn handed_places(&self, call: ExprRef, function: FunctionRef, path: &Path) -> Vec<Path> {
        let (module, _) = self.tree(call.file);
        let Some(found) = module.call(call.expr) else {
            return Vec::new();
        };
        let called = self.function(function);
        let mut params = called.params.iter();
        let mut handed = Vec::new();
        let on = match &module.expr(found.callee).kind {
            ExprKind::Attribute(base, _) if called.receiver == Receiver::Instance => Some(*base),
            _ => None,
        };
        // `Type::method(object, …)` hands the object over like any other argument.
        let on = on.filter(|_| found.args.len() < called.params.len());
        let args = found
            .args
            .iter()
            .filter(|arg| arg.kind == ArgKind::Positional)
            .map(|arg| arg.value);
        for given in on.into_iter().chain(args) {
            let Some(param) = params.next() else { break };
            let given = ExprRef {
                file: call.file,
                expr: given,
            };
            let rest = self
                .path_to(given, MOST_NAMES)
                .and_then(|given| path.strip_prefix(given.as_slice()).map(<[Name]>::to_vec));
            if let Some(rest) = rest {
                handed.push(std::iter::once(param.name.clone()).chain(rest).collect());
            }
        }
        handed
    }
}

/// The search for a take from one place below one call.
pub(super) struct Search<'s, 'a> {
    pub(super) project: &'s Project<'a>,
    pub(super) bodies: &'s Bodies,
    pub(super) seen: BTreeSet<FunctionRef>,
}

impl Search<'_, '_> {
    /// A further connection of the pool that `held` was taken from, by `call`.
    pub(super) fn nested(
        &mut self,
        held: &Taken,
        (path, maker): (&Path, &str),
        call: ExprRef,
    ) -> Option<Nested> {
        let mut chain = self.taking(call, path, 0)?;
        chain.reverse();
        chain.remove(0);
        Some(Nested {
            held: held.clone(),
            pool: None,
            maker: maker.into(),
            shown: path.iter().map(Name::as_str).collect::<Vec<_>>().join("."),
            at: call,
            chain,
        })
    }

    fn taking(&mut self, call: ExprRef, path: &Path, depth: u8) -> Option<Vec<ExprRef>> {
        let project = self.project;
        if project.takes_from(call, path) {
            return Some(vec![call]);
        }
        if depth >= MOST_CALLS {
            return None;
        }
        let function = runs(project, call)?;
        let places = project.handed_places(call, function, path);
        if places.is_empty() || !self.seen.insert(function) {
            return None;
        }
        let calls = self.bodies.get(&function)?;
        places.iter().find_map(|path| {
            calls.iter().find_map(|inner| {
                if project.leads_past(call, function, *inner) {
                    return None;
                }
                let mut chain = self.taking(*inner, path, depth + 1)?;
                chain.push(call);
                Some(chain)
            })
        })
    }
}
