//! What is lent: parameters without a type of their own, by what the calls of their function hand over for them.
//!
//! Takes the calls of all parsed modules; gives what parameters stand for on which somebody calls what takes a connection:
//! an engine, a pool or a factory. Invariant: calls that hand over different things leave a parameter unknown, and which
//! pool it is, is known only where every known call hands over the same one.

use super::CallGraph;
use crate::catalog::ContextKind;
use crate::project::flow::last_name;
use crate::project::turns::held_names;
use crate::project::values::{MOST_CALLS, Made, Object, Val, Value};
use crate::project::{ExprRef, FunctionRef, Project};
use crate::syntax::{ExprKind, Name, Receiver};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Under how many names something is followed that is handed on.
const MOST_NAMES: usize = 16;

/// A parameter: its function and its place.
type Parameter = (FunctionRef, u32);

/// By parameter: what stands for it.
pub(in crate::project) type Lent = BTreeMap<Parameter, Val>;

/// What the calls of a function hand over for one parameter.
#[derive(Default)]
struct Handed {
    /// Engines, pools and factories.
    lenders: Vec<Val>,
    /// Whether any call hands over what is not known.
    unknown: bool,
    /// Whether any call hands over something else.
    other: bool,
}

impl Project<'_> {
    /// The parameters on which connections are taken and that every known call gives an engine, pool or factory of one
    /// type. Those that were known before are looked at again: there may be more calls now.
    pub(super) fn lent(&self, graph: &CallGraph) -> Lent {
        let mut asked = self.asked_for_connections(graph);
        asked.extend(self.memo.lent.borrow().keys());
        let mut found = Lent::new();
        for parameter in asked {
            let mut handed = Handed::default();
            self.collect_handed(parameter, graph, 0, &mut handed);
            if let Some(val) = one_of(handed) {
                found.insert(parameter, val);
            }
        }
        found
    }

    /// The parameters on which a method is called that takes a connection from something, or that are called themselves.
    fn asked_for_connections(&self, graph: &CallGraph) -> BTreeSet<Parameter> {
        let makers = self.catalog.makers();
        let methods: BTreeSet<&str> = makers
            .filter(|maker| maker.kind.lends())
            .flat_map(|maker| maker.takes.iter().chain(&maker.borrows))
            .map(String::as_str)
            .collect();
        let mut asked: BTreeSet<Parameter> = graph.parameters.keys().copied().collect();
        for (file, parsed) in self.all_parsed() {
            for expr in &parsed.index.calls {
                let callee = parsed.module.call(*expr).map(|call| call.callee);
                let Some(ExprKind::Attribute(base, method)) =
                    callee.map(|callee| &parsed.module.expr(callee).kind)
                else {
                    continue;
                };
                if !methods.contains(method.as_str()) {
                    continue;
                }
                let base = self.eval(ExprRef { file, expr: *base }, &None);
                for (val, _) in base.alternatives() {
                    if let Value::Param(function, number) = val.value {
                        asked.insert((function, number));
                    }
                }
            }
        }
        asked
    }

    /// Notes as wanted the files whose functions are handed an engine, pool or factory that is made at `site`, by the
    /// names under which it is handed on, or by the calls of functions that return it.
    pub(in crate::project) fn want_borrowers(&self, site: ExprRef) {
        let graph = self.call_graph();
        let mut names: Vec<Name> = Vec::new();
        let mut calls: Vec<ExprRef> = Vec::new();
        for source in self.sources_of(site) {
            let (module, index) = self.tree(source.file);
            let held = held_names(module, index.standing(source.expr).stmt);
            names.extend(held.into_iter().cloned());
            calls.extend(self.handing_call(source));
        }
        let mut seen: BTreeSet<Name> = names.iter().cloned().collect();
        loop {
            for call in std::mem::take(&mut calls) {
                let Some(function) = self.wanting(|| self.called_function(call)) else {
                    continue;
                };
                for (number, param) in (0..).zip(&self.function(function).params) {
                    let argument = self.argument_for(call, function, number);
                    let handed = argument.is_some_and(|argument| {
                        let (module, _) = self.tree(argument.file);
                        let name = last_name(&module.expr(argument.expr).kind);
                        name.is_none_or(|name| seen.contains(name))
                    });
                    if handed && seen.len() < MOST_NAMES && seen.insert(param.name.clone()) {
                        names.push(param.name.clone());
                    }
                }
            }
            let Some(name) = names.pop() else { break };
            calls.extend(graph.named_arguments.get(&name).into_iter().flatten());
        }
        self.want_users_of_kept(&seen);
    }

    /// Notes as wanted the files that use what one of these names holds by the attribute of an object that it is put under
    /// (`bot.pool = pool`).
    fn want_users_of_kept(&self, names: &BTreeSet<Name>) {
        for (file, parsed) in self.all_parsed() {
            for write in &parsed.index.attribute_writes {
                let value = write.value.as_ref().map(|(value, _)| *value);
                let named = value.and_then(|value| last_name(&parsed.module.expr(value).kind));
                if !named.is_some_and(|name| names.contains(name)) {
                    continue;
                }
                let expr = write.base;
                if let Value::Instance(class, _) = self.eval(ExprRef { file, expr }, &None).value {
                    self.want_callers_of_method(class, &write.name);
                }
            }
        }
    }

    /// The call that makes something, and the calls of functions that return it.
    fn sources_of(&self, site: ExprRef) -> Vec<ExprRef> {
        let mut sources = vec![site];
        let mut at = 0;
        while let Some(source) = sources.get(at).copied() {
            at += 1;
            let giver = self.enclosing(source);
            let giver = giver.filter(|giver| self.returns_made(*giver, site));
            let callers = giver.map(|giver| self.callers(giver)).unwrap_or_default();
            sources.extend(
                callers
                    .into_iter()
                    .filter(|call| !sources.contains(call))
                    .collect::<Vec<_>>(),
            );
            sources.truncate(MOST_NAMES);
        }
        sources
    }

    /// The call that an expression is an argument of, awaited or not.
    fn handing_call(&self, source: ExprRef) -> Option<ExprRef> {
        let (module, index) = self.tree(source.file);
        let mut inner = source.expr;
        let mut outer = index.parent(inner)?;
        if let ExprKind::Await(_) = module.expr(outer).kind {
            inner = outer;
            outer = index.parent(outer)?;
        }
        let call = module.call(outer)?;
        let handed = call.args.iter().any(|arg| arg.value == inner);
        handed.then_some(ExprRef {
            expr: outer,
            ..source
        })
    }

    fn collect_handed(
        &self,
        (function, number): Parameter,
        graph: &CallGraph,
        depth: u8,
        handed: &mut Handed,
    ) {
        let found = self.function(function);
        let mut calls = graph.callers.get(&function).cloned().unwrap_or_default();
        if let Some(class) = found.class
            && crate::frontend::is_constructor(&found.name)
        {
            let file = function.file;
            calls.extend(self.constructions_in(crate::project::ClassRef { file, class }, graph));
        }
        // A method may be called on what is not known to be its object.
        handed.unknown |= found.receiver != Receiver::None && calls.is_empty();
        for call in calls {
            let beside = |context: &ContextKind| *context == ContextKind::Test;
            if self.file_contexts(call.file).iter().any(beside) {
                continue;
            }
            let Some(argument) = self.argument_for(call, function, number) else {
                handed.unknown = true;
                continue;
            };
            for (val, _) in self.eval(argument, &None).alternatives() {
                match &val.value {
                    Value::None => {}
                    Value::Param(outer, number) if depth + 1 < MOST_CALLS => {
                        self.collect_handed((*outer, *number), graph, depth + 1, handed);
                    }
                    Value::Unknown | Value::Param(..) | Value::Member(..) => handed.unknown = true,
                    Value::Object(_) => {
                        if self.is_lender(&val) {
                            handed.lenders.push(val.clone());
                        } else {
                            handed.other = true;
                        }
                    }
                    _ => handed.other = true,
                }
            }
        }
    }
}

/// Whether the same is known of the same parameters.
pub(super) fn are_same(one: &Lent, other: &Lent) -> bool {
    one.len() == other.len()
        && one
            .iter()
            .zip(other)
            .all(|((parameter, val), (also, known))| {
                parameter == also && made(val).map(origin) == made(known).map(origin)
            })
}

/// A type, and the call that makes the object, where it is known.
type MadeOf = (Rc<str>, Option<Rc<Made>>);

fn made(val: &Val) -> Option<MadeOf> {
    let Value::Object(object) = &val.value else {
        return None;
    };
    let made = object.made.as_ref().map(|(_, made)| made.clone());
    Some((object.type_path.clone(), made))
}

/// A type, with the call that makes the object and those that lead there.
fn origin((type_path, made): MadeOf) -> (Rc<str>, Vec<ExprRef>) {
    let calls = made.map(|made| {
        let outer = std::iter::successors(made.frames.as_ref(), |frame| frame.outer.as_ref());
        let mut calls = vec![made.call];
        calls.extend(outer.map(|frame| frame.call));
        calls
    });
    (type_path, calls.unwrap_or_default())
}

/// The one thing that is handed over, as far as it is one.
fn one_of(handed: Handed) -> Option<Val> {
    let first = handed.lenders.first()?;
    let (type_path, calls) = made(first).map(origin)?;
    let mut all = handed.lenders.iter().filter_map(made).map(origin);
    if handed.other || all.clone().any(|(path, _)| path != type_path) {
        return None;
    }
    let same = !calls.is_empty() && all.all(|(_, others)| others == calls);
    if same && !handed.unknown {
        return Some(first.clone());
    }
    let object = Object {
        type_path,
        made: None,
        set: None,
    };
    Some(Val::new(Value::Object(Rc::new(object))))
}
