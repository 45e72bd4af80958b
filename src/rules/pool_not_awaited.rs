//! `pool-not-awaited`: a pool that must be opened before it is used, and that nothing opens.
//!
//! Speaks only when everything that becomes of the pool is known: a pool that goes where it cannot be followed may be
//! opened there.

use crate::catalog::{ContextKind, Maker, Refused, Role, Scalar};
use crate::edit::{Applicability, Fix};
use crate::finding::{Finding, Severity};
use crate::project::pools::Pool;
use crate::project::values::Value;
use crate::project::{ExprRef, Project};

const NAME: &str = "pool-not-awaited";

/// A test may want to see the failure; the rest nobody here maintains.
const SILENT: &[ContextKind] = &[
    ContextKind::Test,
    ContextKind::Vendored,
    ContextKind::Generated,
];

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    project
        .sites()
        .iter()
        .filter(|pool| pool.owns_connections())
        .filter_map(|pool| judge(project, pool))
        .collect()
}

fn judge(project: &Project<'_>, pool: &Pool) -> Option<Finding> {
    let maker = project.catalog.maker(&pool.maker)?;
    let raised = maker.raises.get(&Refused::Unopened)?;
    if !is_made_closed(maker, pool)
        || !project.is_one_maker(pool)
        || project
            .pool_contexts(pool)
            .iter()
            .any(|context| SILENT.contains(context))
    {
        return None;
    }
    let (place, method) = never_opened(project, maker, pool)?;
    let finding = Finding::new(
        NAME,
        project.place(pool.site),
        format!(
            "nothing opens the pool that `{}` makes: `{method}` on it raises `{}`",
            pool.maker_name(),
            raised.replace("{}", &method)
        ),
    )
    .severity(Severity::Error)
    .symbol(pool.symbol.clone())
    .help(cure(maker))
    .related(project.place(place), "used here");
    let awaits = maker.opens.iter().any(|way| way == "await");
    Some(match project.awaited(pool.site).filter(|_| awaits) {
        Some(edit) => finding.fix(Fix::new(
            format!("Await `{}`", pool.maker_name()),
            Applicability::Unsafe,
            vec![edit],
        )),
        None => finding,
    })
}

/// Whether construction leaves it closed: always, or because it is told to.
fn is_made_closed(maker: &Maker, pool: &Pool) -> bool {
    let Some(open) = maker.parameters.get(&Role::Open) else {
        return true;
    };
    let off = open.off.contains(&Scalar::Bool(false));
    let given = pool
        .settings
        .get(&Role::Open)
        .map_or(&[][..], Vec::as_slice);
    off && matches!(given, [only] if matches!(only.val.value, Value::Bool(false)))
}

/// The first use that needs the pool open, when nothing can open it.
fn never_opened(project: &Project<'_>, maker: &Maker, pool: &Pool) -> Option<(ExprRef, String)> {
    let uses = project.uses(pool.site);
    let proved = uses.complete && uses.entered.is_empty() && uses.escapes.is_empty();
    let needs_open = |name: &str| {
        maker
            .takes
            .iter()
            .chain(&maker.borrows)
            .any(|it| it == name)
    };
    let harmless = |name: &str| {
        needs_open(name)
            || maker.gives_back.iter().any(|it| it == name)
            || !project
                .catalog
                .actions(&format!("{}.{name}", maker.gives))
                .is_empty()
    };
    if !proved || !uses.methods.iter().all(|it| harmless(&it.name)) {
        return None;
    }
    let mut needing = uses
        .methods
        .iter()
        .filter(|it| it.certain && needs_open(&it.name));
    needing.next().map(|it| (it.at, it.name.to_string()))
}

fn cure(maker: &Maker) -> String {
    let ways: Vec<String> = maker
        .opens
        .iter()
        .map(|way| match way.as_str() {
            "await" => "await it where it is made".to_owned(),
            "with" => "enter it with a `with` block".to_owned(),
            method => format!("call `{method}()` on it before the first use"),
        })
        .collect();
    let mut text = ways.join(", or ");
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    format!("{text}.")
}
