//! Workers: what a server runs once in each of its worker threads, and in how many.
//!
//! Takes the evidence about a place; gives the one that says so, and the number that the code states.

use super::placement::{Evidence, Placement};
use super::values::Value;
use super::{ExprRef, Project};
use crate::catalog::Multiplicity;
use crate::syntax::ExprKind;

impl Placement {
    /// Evidence that the place runs in each of several worker threads of one process.
    pub fn in_worker_threads(&self) -> Option<&Evidence> {
        let mut all = self.evidence.iter();
        all.find(|evidence| evidence.when == Multiplicity::PerWorker && evidence.threads)
    }
}

impl Project<'_> {
    /// How many workers run a function, where a method of what runs it says so: `.workers(4)`.
    pub fn workers(&self, evidence: &Evidence) -> Option<i64> {
        let (function, at) = (evidence.of?, evidence.at?);
        let registrations = self.registrations(function);
        let registration = registrations.iter().find(|it| it.at == at)?;
        let (module, index) = self.tree(at.file);
        let mut outer = index.parent(at.expr);
        while let Some(expr) = outer {
            if let Some(call) = module.call(expr)
                && let ExprKind::Attribute(_, method) = &module.expr(call.callee).kind
                && registration
                    .calls
                    .counted_by
                    .iter()
                    .any(|name| name == method.as_str())
                && let [count] = call.args.as_slice()
            {
                let expr = count.value;
                let val = self.eval(
                    ExprRef {
                        file: at.file,
                        expr,
                    },
                    &None,
                );
                return match val.value {
                    Value::Int(count) => Some(count),
                    _ => None,
                };
            }
            outer = index.parent(expr);
        }
        None
    }
}
