//! Statements: what text is given to a connection, session or pool to be run.
//!
//! Takes the methods that the catalog says run statements; gives each call whose text starts with something known, with
//! what it is run on. Invariant: a statement without a known start is not listed, and who counts on seeing all of them
//! must count the calls, too.

use super::pools::Pool;
use super::values::{Part, Val, Value};
use super::{ExprRef, Project};
use crate::catalog::Maker;
use crate::syntax::{Call, ExprId, ExprKind};
use std::collections::BTreeSet;
use std::rc::Rc;

/// A statement and what runs it.
#[derive(Clone, Debug)]
pub struct Statement {
    /// The call that runs it.
    pub at: ExprRef,
    /// How it starts: all of it, or what stands before its first hole.
    pub text: String,
    /// The call that made what it is run on.
    pub on: ExprRef,
    /// The maker of that.
    pub maker: Rc<str>,
}

impl Project<'_> {
    /// The statements of the project, in path order.
    pub fn statements(&self) -> Rc<Vec<Statement>> {
        if let Some(known) = self.known.statements.get() {
            return known.clone();
        }
        let names: BTreeSet<&str> = self
            .catalog
            .makers()
            .flat_map(|maker| maker.runs.iter().map(String::as_str))
            .collect();
        let made = self.catalog.made_statements().iter();
        let run: BTreeSet<&str> = made
            .flat_map(|each| each.run_by.iter().map(String::as_str))
            .collect();
        let mut all = Vec::new();
        for (file, parsed) in self.all_parsed() {
            for expr in &parsed.index.calls {
                let call = parsed.module.call(*expr);
                let callee = call.map(|call| &parsed.module.expr(call.callee).kind);
                let runs =
                    matches!(callee, Some(ExprKind::Attribute(_, name)) if names.contains(&**name));
                if runs {
                    all.extend(self.statement_at(ExprRef { file, expr: *expr }));
                }
                let runs =
                    matches!(callee, Some(ExprKind::Attribute(_, name)) if run.contains(&**name));
                if runs {
                    all.extend(self.made_statement_at(ExprRef { file, expr: *expr }));
                }
            }
        }
        let all = Rc::new(all);
        let _ = self.known.statements.set(all.clone());
        all
    }

    fn statement_at(&self, at: ExprRef) -> Option<Statement> {
        let (module, _) = self.tree(at.file);
        let call = module.call(at.expr)?;
        let ExprKind::Attribute(base, method) = &module.expr(call.callee).kind else {
            return None;
        };
        let text = self.text_given(at, call.args.first()?.value, 1)?;
        let base = self.eval(ExprRef { expr: *base, ..at }, &None);
        let [(val, _)] = base.alternatives().try_into().ok()?;
        let (path, made) = match &val.value {
            Value::Object(object) => object.made.clone()?,
            _ => return None,
        };
        let maker: &Maker = self.catalog.maker(&path)?;
        maker
            .runs
            .iter()
            .any(|name| **name == **method)
            .then(|| Statement {
                at,
                text,
                on: made.call,
                maker: maker.path.as_str().into(),
            })
    }

    /// A statement that is made in the expression on which it is run.
    fn made_statement_at(&self, at: ExprRef) -> Option<Statement> {
        let (module, _) = self.tree(at.file);
        let call = module.call(at.expr)?;
        let ExprKind::Attribute(base, method) = &module.expr(call.callee).kind else {
            return None;
        };
        let made = self.innermost_call(at.file, *base)?;
        let callee = ExprRef {
            expr: made.callee,
            ..at
        };
        let path = self.eval(callee, &None).path()?.clone();
        if !self.catalog.runs_made(&path, method) {
            return None;
        }
        let text = self.text_given(at, made.args.first()?.value, 0)?;
        let on = self.eval(
            ExprRef {
                expr: call.args.first()?.value,
                ..at
            },
            &None,
        );
        let [(val, _)] = on.alternatives().try_into().ok()?;
        let (path, made) = match &val.value {
            Value::Object(object) => object.made.clone()?,
            _ => return None,
        };
        let maker: &Maker = self.catalog.maker(&path)?;
        Some(Statement {
            at,
            text,
            on: made.call,
            maker: maker.path.as_str().into(),
        })
    }

    /// The first call of a chain of methods.
    fn innermost_call(&self, file: crate::source::FileId, mut expr: ExprId) -> Option<&Call> {
        let (module, _) = self.tree(file);
        loop {
            let call = module.call(expr)?;
            match &module.expr(call.callee).kind {
                ExprKind::Attribute(base, _) if module.call(*base).is_some() => expr = *base,
                _ => return Some(call),
            }
        }
    }

    /// The text that an argument is, or that the call which makes the argument is given.
    fn text_given(&self, at: ExprRef, expr: ExprId, left: u8) -> Option<String> {
        let (module, _) = self.tree(at.file);
        let start = |val: &Val| match &val.value {
            Value::Str(text) => Some(text.to_string()),
            Value::Text(parts) => match parts.first() {
                Some(Part::Literal(text)) => Some(text.to_string()),
                _ => None,
            },
            _ => None,
        };
        let known = start(&self.eval(ExprRef { expr, ..at }, &None));
        known.or_else(|| {
            let inner = module.call(expr).filter(|_| left > 0)?.args.first()?.value;
            self.text_given(at, inner, left - 1)
        })
    }

    /// What a statement sets for its own connection only (`PRAGMA busy_timeout`), in the words of the catalog; nothing
    /// when it sets nothing, or something that is not the connection's own.
    pub fn sets_for_connection(&self, text: &str, dialects: &[&str]) -> Option<&str> {
        let mut all = text.split(';').filter(|one| !one.trim().is_empty());
        let first = self.sets_one(all.next()?, dialects)?;
        // What follows in the same text runs on the connection that has the setting.
        all.all(|one| self.sets_one(one, dialects).is_some())
            .then_some(first)
    }

    fn sets_one(&self, text: &str, dialects: &[&str]) -> Option<&str> {
        let words = |text: &str| -> Vec<String> {
            let parts = text
                .split(|letter: char| !letter.is_alphanumeric() && letter != '_' && letter != '@');
            let parts = parts.filter(|part| !part.is_empty());
            parts.map(str::to_lowercase).collect()
        };
        let given = words(text);
        let starts = |known: &&String| given.starts_with(&words(known));
        let sets = self
            .catalog
            .dialects()
            .filter(|dialect| dialects.is_empty() || dialects.contains(&&*dialect.name));
        sets.filter(|dialect| {
            !dialect
                .settings_elsewhere
                .iter()
                .any(|known| starts(&known))
        })
        .find_map(|dialect| dialect.connection_settings.iter().find(starts))
        .map(String::as_str)
        .filter(|known| given.len() > words(known).len())
    }

    /// The pool behind what a call makes: what it makes itself, or what the connection or session comes from.
    pub fn pool_behind(&self, site: ExprRef) -> Option<Pool> {
        let made = self.sites().iter().find(|pool| pool.site == site)?;
        if made.owns_connections() {
            return Some(made.clone());
        }
        let mut all = self.sites().iter().filter(|pool| pool.owns_connections());
        all.find(|pool| self.comes_from(made, pool)).cloned()
    }

    /// The maker that a call calls.
    pub fn maker_of_site(&self, site: ExprRef) -> Option<&Maker> {
        let made = self.sites().iter().find(|pool| pool.site == site)?;
        self.catalog.maker(&made.maker)
    }

    /// Whether a method of a connection only ends a transaction.
    pub fn ends_transaction(&self, method: &str) -> bool {
        self.catalog
            .contexts()
            .ending_methods
            .iter()
            .any(|name| name == method)
    }
}
