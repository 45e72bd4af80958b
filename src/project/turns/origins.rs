//! Origins: what goes into a connection, and whether any of it is another thing on each turn of a loop.

use super::super::names::{Binding, BindingKind, Index, Standing, Turn};
use super::super::values::Value;
use super::super::{ExprRef, FunctionRef, Project};
use super::{any_inside, stands_in};
use crate::source::FileId;
use crate::syntax::{Arg, ArgKind, ExprId, ExprKind, Module, Name, Param, ParamKind, Receiver};
use std::collections::BTreeSet;

/// What an argument is made of, by the names of its function.
#[derive(Clone, Default)]
pub(super) struct Origins {
    names: BTreeSet<Name>,
    attributes: BTreeSet<Name>,
}

impl Project<'_> {
    /// The expressions at a call that feed what is counted: all of its arguments, or those of the named parameters.
    pub(super) fn fed(&self, call: ExprRef, origins: &Origins, whole: bool) -> Vec<ExprId> {
        let (module, _) = self.tree(call.file);
        let Some(found) = module.call(call.expr) else {
            return Vec::new();
        };
        if whole {
            return std::iter::once(found.callee)
                .chain(found.args.iter().map(|arg| arg.value))
                .collect();
        }
        let callee = ExprRef {
            file: call.file,
            expr: found.callee,
        };
        let mut fed = Vec::new();
        for (val, _) in self.eval(callee, &None).alternatives() {
            let function = match val.value {
                Value::Function(function, _) | Value::Method(function, _) => function,
                Value::Class(class) => match self.constructor(class) {
                    Some(function) => function,
                    None => continue,
                },
                _ => continue,
            };
            self.fed_to(
                function,
                found.callee,
                &found.args,
                module,
                origins,
                &mut fed,
            );
        }
        fed
    }

    fn fed_to(
        &self,
        function: FunctionRef,
        callee: ExprId,
        args: &[Arg],
        module: &Module,
        origins: &Origins,
        fed: &mut Vec<ExprId>,
    ) {
        let found = self.function(function);
        let own = usize::from(found.receiver != Receiver::None);
        if own == 1
            && found
                .params
                .first()
                .is_some_and(|param| origins.names.contains(&param.name))
            && let ExprKind::Attribute(base, _) = &module.expr(callee).kind
        {
            fed.push(*base);
        }
        let rest = |kind| {
            let mut params = found.params.iter();
            params.find(|param| param.kind == kind).map(|it| &it.name)
        };
        let mut position = own;
        for arg in args {
            let named = match &arg.kind {
                ArgKind::Positional => {
                    position += 1;
                    let own = found.params.get(position - 1).map(|param| &param.name);
                    own.or_else(|| rest(ParamKind::Rest))
                }
                ArgKind::Keyword(name) if found.params.iter().any(|it| it.name == *name) => {
                    Some(name)
                }
                ArgKind::Keyword(_) => rest(ParamKind::KeywordRest),
                ArgKind::Splat | ArgKind::KeywordSplat => None,
            };
            let open = !matches!(arg.kind, ArgKind::Positional) && named.is_none();
            if open || named.is_some_and(|name| origins.names.contains(name)) {
                fed.push(arg.value);
            }
        }
    }

    /// What expressions at a call are made of, and whether any of it is bound on a turn.
    pub(super) fn made_of(
        &self,
        call: ExprRef,
        fed: &[ExprId],
        below: &Origins,
        turn: Option<Turn>,
    ) -> (Origins, bool) {
        let (module, index) = self.tree(call.file);
        let mut origins = Origins {
            names: BTreeSet::new(),
            attributes: below.attributes.clone(),
        };
        let mut varies = false;
        let mut queue = fed.to_vec();
        let mut seen: BTreeSet<ExprId> = BTreeSet::new();
        let on_turn = |at: Standing| turn.is_some_and(|turn| stands_in(index, at, turn));
        while let Some(expr) = queue.pop() {
            if !seen.insert(expr) {
                continue;
            }
            match &module.expr(expr).kind {
                ExprKind::Name(name) => {
                    for binding in bindings(index, index.standing(expr), name) {
                        if self.is_own_method(call.file, &binding.kind) {
                            continue;
                        }
                        varies |= on_turn(binding.at);
                        origins.names.insert(name.clone());
                        queue.extend(values_of(module, &binding.kind));
                    }
                }
                ExprKind::Attribute(_, name) => {
                    origins.attributes.insert(name.clone());
                }
                _ => {}
            }
            queue.extend(module.children(expr));
        }
        let written = index.class_attributes.iter().flatten();
        varies |= written
            .filter(|(name, _)| origins.attributes.contains(*name))
            .any(|(_, bindings)| bindings.iter().any(|binding| on_turn(binding.at)));
        let others = index.attribute_writes.iter();
        varies |= others
            .filter(|write| origins.attributes.contains(&write.name))
            .any(|write| on_turn(write.at));
        (origins, varies)
    }

    /// Whether anything that goes into a call is, or hangs on, what the function around it is given.
    pub(in crate::project) fn is_fed_by_caller(&self, call: ExprRef) -> bool {
        let Some(function) = self.enclosing(call) else {
            return false;
        };
        let fed = self.fed(call, &Origins::default(), true);
        let (origins, _) = self.made_of(call, &fed, &Origins::default(), None);
        let mut params = self.function(function).params.iter();
        params.any(|param| origins.names.contains(&param.name))
    }

    /// Whether what goes into a connection is what handlers of a framework are asked for: each request may name another
    /// database, so none of them could keep a pool for the others. What is injected is the same for all.
    pub fn is_asked_for(&self, site: ExprRef) -> bool {
        self.asked_above(site, true, &Origins::default(), &mut BTreeSet::new())
    }

    fn asked_above(
        &self,
        call: ExprRef,
        whole: bool,
        below: &Origins,
        seen: &mut BTreeSet<ExprRef>,
    ) -> bool {
        let Some(function) = self.enclosing(call).filter(|_| seen.insert(call)) else {
            return false;
        };
        let fed = self.fed(call, below, whole);
        let (origins, _) = self.made_of(call, &fed, below, None);
        let found = self.function(function);
        let own = usize::from(found.receiver != Receiver::None);
        let params = found.params.iter().skip(own);
        let mut given = params.filter(|param| origins.names.contains(&param.name));
        if given.clone().next().is_none() || seen.len() > super::MOST_CALLERS {
            return false;
        }
        let handles = !self.registrations(function).is_empty();
        handles && given.any(|param| !self.is_injected(function, param))
            || self.callers(function).into_iter().any(|caller| {
                !self.contexts(caller).iter().any(super::is_beside)
                    && self.asked_above(caller, false, &origins, seen)
            })
    }

    /// Whether a framework gives something of its own for a parameter: it says so with a call, its type is of a library,
    /// or only what hangs on it is looked at.
    fn is_injected(&self, function: FunctionRef, param: &Param) -> bool {
        let (module, index) = self.tree(function.file);
        let is_call = |id: ExprId| matches!(module.expr(id).kind, ExprKind::Call(_));
        let Some(annotation) = param.annotation else {
            let body = self.function(function).span;
            let bare = (0..).zip(&module.exprs).any(|(number, expr)| {
                let parent = index.parent(ExprId(number));
                let parent = parent.map(|parent| &module.expr(parent).kind);
                matches!(&expr.kind, ExprKind::Name(name) if *name == param.name)
                    && body.contains(expr.span)
                    && !matches!(parent, Some(ExprKind::Attribute(..)))
            });
            return param.default.is_some_and(is_call) || !bare;
        };
        let library = self
            .annotated(ExprRef {
                file: function.file,
                expr: annotation,
            })
            .is_some_and(|val| match val.value {
                Value::Object(object) => object.type_path.contains('.'),
                _ => false,
            });
        library || param.default.is_some_and(is_call) || any_inside(module, annotation, &is_call)
    }

    /// A call of a method that the project defines: it does its work, and the object stays what it is.
    fn is_own_method(&self, file: FileId, kind: &BindingKind) -> bool {
        let BindingKind::Method(call) = kind else {
            return false;
        };
        let (module, _) = self.tree(file);
        module.call(*call).is_some_and(|call| {
            let expr = call.callee;
            let callee = self.eval(ExprRef { file, expr }, &None);
            let mut alternatives = callee.alternatives().into_iter();
            alternatives.any(|(val, _)| matches!(val.value, Value::Method(..)))
        })
    }
}

/// What a name is bound to where an expression stands.
pub(in crate::project) fn bindings<'i>(
    index: &'i Index,
    at: Standing,
    name: &Name,
) -> &'i [Binding] {
    let mut scope = Some(at.scope);
    while let Some(id) = scope {
        if let Some(bindings) = index.scope(id).names.get(name) {
            return bindings;
        }
        scope = index.scope(id).parent;
    }
    &[]
}

/// The expressions that a binding takes its value from.
fn values_of(module: &Module, kind: &BindingKind) -> Vec<ExprId> {
    match kind {
        BindingKind::Value(value)
        | BindingKind::Unpack(value, _)
        | BindingKind::Element(value, _)
        | BindingKind::With(value)
        | BindingKind::Augment(_, value) => vec![*value],
        BindingKind::SetItem(key, value) | BindingKind::SetInner(key, value) => vec![*key, *value],
        BindingKind::Method(call) => module
            .call(*call)
            .map(|call| call.args.iter().map(|arg| arg.value).collect())
            .unwrap_or_default(),
        _ => Vec::new(),
    }
}
