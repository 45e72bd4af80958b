//! Refusals: calls that are given an argument of a kind which they do not take.
//!
//! Takes what the catalog says of calls; gives those of the project whose argument is surely of a refused kind.
//! Invariant: an argument that may be something else is no refusal.

use super::values::{Val, Value};
use super::{ExprRef, Project};
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
}

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
        let val = self.eval(argument, &None);
        let mut kinds = val.alternatives().into_iter();
        let refusal = self.refusal_of(&kinds.next()?.0, refusals)?;
        let alike = kinds.all(|(val, _)| self.refusal_of(&val, refusals) == Some(refusal));
        alike.then(|| Refusing {
            call,
            path: catalog.canonical(path).as_ref().into(),
            argument,
            refusal,
            made: self.made_at(&val),
        })
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
