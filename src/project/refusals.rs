//! Refusals: calls that are given an argument of a kind which they do not take.
//!
//! Takes what the catalog says of calls; gives those of the project whose argument is surely of a refused kind.
//! Invariant: an argument that may be something else is no refusal; one that callers pass is of the kind that all of them
//! pass.

use super::values::{MOST_CALLS, Val, Value};
use super::{ExprRef, FunctionRef, Project};
use crate::catalog::Refusal;
use crate::edit::Edit;
use crate::source::{Place, Span};
use crate::syntax::ExprKind;
use std::rc::Rc;

/// A call with an argument that it refuses.
#[derive(Clone, Debug)]
pub struct Refusing<'c> {
    /// The call.
    pub call: ExprRef,
    /// The canonical path that is called.
    pub path: Rc<str>,
    /// The argument.
    pub argument: ExprRef,
    /// What the catalog says of it.
    pub refusal: &'c Refusal,
    /// Where the argument's object is made, when it is known.
    pub made: Option<Place>,
    /// The call that passes the object, where the function around is given it.
    pub passed: Option<Place>,
}

/// Calls that lead to a place, innermost first, each with the function that it calls.
type Chain = Vec<(ExprRef, FunctionRef)>;

impl<'a> Project<'a> {
    /// The calls with an argument that they refuse, in path order.
    pub fn refusals(&self) -> Vec<Refusing<'a>> {
        self.call_graph()
            .refusing
            .iter()
            .filter_map(|(call, path)| self.wanting(|| self.refused(*call, path)))
            .collect()
    }

    fn refused(&self, call: ExprRef, path: &str) -> Option<Refusing<'a>> {
        let catalog = self.catalog;
        let (module, _) = self.tree(call.file);
        let found = module.call(call.expr)?;
        let here = |expr| ExprRef {
            file: call.file,
            expr,
        };
        let refusals = catalog.refusals(path);
        let first = refusals.first()?;
        let argument = first
            .argument
            .iter()
            .find_map(|name| self.call_argument(found, name))?;
        let argument = here(argument);
        let kinds = self.kinds(call, argument, &mut Vec::new());
        let (first, passed) = kinds.first()?;
        let refusal = self.refusal_of(first, refusals)?;
        let mut others = kinds.iter();
        let alike = others.all(|(val, _)| self.refusal_of(val, refusals) == Some(refusal));
        alike.then(|| Refusing {
            call,
            path: catalog.canonical(path).as_ref().into(),
            argument,
            refusal,
            made: self.made_at(first),
            passed: passed.map(|caller| self.place(caller)),
        })
    }

    /// What an argument may be. What the function around is given, all its callers say, each with its call; a test on
    /// the way may ask what it is, so nothing is known behind one.
    fn kinds(
        &self,
        call: ExprRef,
        argument: ExprRef,
        chain: &mut Chain,
    ) -> Vec<(Val, Option<ExprRef>)> {
        let outermost = chain.last().map(|(caller, _)| *caller);
        let at = outermost.unwrap_or(call);
        let val = self.eval(argument, &self.frames_of(chain));
        let mut kinds = Vec::new();
        for (val, _) in val.alternatives() {
            let Value::Param(function, _) = val.value else {
                kinds.push((val, outermost));
                continue;
            };
            let callers = self.callers(function);
            let followed = self.enclosing(at) == Some(function)
                && self.conditions(at, &None).is_empty()
                && chain.len() < usize::from(MOST_CALLS)
                && chain.iter().all(|(_, known)| *known != function)
                && !callers.is_empty();
            if !followed {
                return vec![(Val::unknown(), None)];
            }
            for caller in callers {
                chain.push((caller, function));
                kinds.extend(self.kinds(call, argument, chain));
                chain.pop();
            }
        }
        kinds
    }

    fn refusal_of(&self, val: &Val, refusals: &'a [Refusal]) -> Option<&'a Refusal> {
        refusals.iter().find(|refusal| match &val.value {
            Value::Object(object) => refusal.what == *object.type_path && !refusal.class,
            Value::Path(path) => refusal.class && refusal.what == *self.catalog.canonical(path),
            Value::Class(class) => {
                let lineage = self.lineage(*class);
                refusal.class && lineage.1.iter().any(|path| refusal.what == **path)
            }
            _ => false,
        })
    }

    fn made_at(&self, val: &Val) -> Option<Place> {
        match &val.value {
            Value::Object(object) => {
                let (_, made) = object.made.as_ref()?;
                Some(self.place(made.call))
            }
            _ => None,
        }
    }

    /// What names an attribute of the argument in its place.
    pub fn member_edit(&self, found: &Refusing<'_>, name: &str) -> Option<Edit> {
        let (module, _) = self.tree(found.argument.file);
        let plain = matches!(
            module.expr(found.argument.expr).kind,
            ExprKind::Name(_) | ExprKind::Attribute(..) | ExprKind::Call(_)
        );
        let end = self.span(found.argument).end as usize;
        (plain && !module.partial).then(|| Edit {
            place: Place {
                file: found.argument.file,
                span: Span::new(end, end),
            },
            content: format!(".{name}"),
        })
    }
}
