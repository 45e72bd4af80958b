//! `queue-pool-in-async`: a pool class of the sync world in an async engine, or the other way round.
//!
//! Looks at the classes that the code names. Speaks only when every class that the engine may get is of the wrong world.

use crate::catalog::{Asked, ContextKind, Holds, Maker, PoolClass, Refused};
use crate::edit::Applicability;
use crate::finding::{Confidence, Finding, Severity};
use crate::project::Project;
use crate::project::pools::{ClassChoice, Pool};
use crate::project::versions::Basis;

const NAME: &str = "queue-pool-in-async";

/// What nobody here maintains.
const SILENT: &[ContextKind] = &[ContextKind::Vendored, ContextKind::Generated];

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for pool in project.instances() {
        let contexts = project.pool_contexts(pool);
        if contexts.iter().any(|context| SILENT.contains(context)) {
            continue;
        }
        if project.is_one_maker(pool)
            && let Some(finding) = judge(project, pool)
            && findings.iter().all(|known| known.place != finding.place)
        {
            findings.push(finding);
        }
    }
    findings
}

fn judge(project: &Project<'_>, pool: &Pool) -> Option<Finding> {
    let maker = project.catalog.maker(&pool.maker)?;
    let mut named = pool.classes.iter().filter(|choice| choice.explicit);
    let choice = named.next()?;
    let class = wrong(project, pool, choice)?;
    if !named.all(|other| wrong(project, pool, other).is_some()) {
        return None;
    }
    let place = choice.place?;
    let name = Pool::class_name(choice);
    let finding = say(project, pool, maker, class, name)?
        .symbol(pool.symbol.clone())
        .fold_key(format!("{}:{name}", pool.maker))
        .related(place, format!("`{name}` is set here"));
    let certain = finding.severity == Severity::Error;
    let tested = project.pool_contexts(pool).contains(&ContextKind::Test);
    if !certain || tested || class.other_world.is_none() || !choice.conditions.is_empty() {
        return Some(finding);
    }
    // The class of the right world is named, so that settings it takes stay legal on every version.
    let repair = project
        .replacement(pool, &pool.conditions, Asked::QueuePool)
        .filter(|row| row.connect_arguments.is_empty() && row.class == class.other_world)
        .and_then(|row| project.replace_class(pool, choice, row));
    Some(match repair {
        Some(repair) => finding.fix(super::null_pool::fix(name, repair, Applicability::Safe)),
        None => finding,
    })
}

/// The class of a choice, when it belongs to the other world than the engine.
fn wrong<'p>(project: &'p Project<'_>, pool: &Pool, choice: &ClassChoice) -> Option<&'p PoolClass> {
    let class = project.catalog.class(choice.path.as_deref()?)?;
    let world = if pool.is_async { "async" } else { "sync" };
    (class.world != "both" && class.world != world).then_some(class)
}

fn say(
    project: &Project<'_>,
    pool: &Pool,
    maker: &Maker,
    class: &PoolClass,
    name: &str,
) -> Option<Finding> {
    let versions = project.version_basis(pool.site.file, &pool.library);
    let rests_on = project.version_note(pool.site.file, &pool.library);
    let (basis, versions) = (versions.basis, versions.interval);
    let checked = versions.within(class.world_checked.as_ref()?);
    let refused = if pool.is_async {
        Refused::SyncClass
    } else {
        Refused::AsyncClass
    };
    let raised = maker.raises.get(&refused)?.replace("{}", name);
    let at = project.place(pool.site);
    let help = "Leave the class out, or name the one of this world.";
    if checked == Holds::No {
        // Accepted: a wait for a connection stops everything that could give one back.
        let blocks = pool.is_async.then(|| {
            format!(
                "`{name}` blocks the event loop of {} while it waits",
                super::null_pool::name_of(pool)
            )
        })?;
        return Some(
            Finding::new(NAME, at, blocks)
                .severity(Severity::Warning)
                .help(help)
                .note(format!("later versions raise `{raised}`"))
                .note(rests_on),
        );
    }
    let mut finding = Finding::new(
        NAME,
        at,
        format!("`{}` raises `{raised}`", pool.maker_name()),
    )
    .severity(Severity::Error)
    .help(help);
    if checked == Holds::Depends {
        finding = finding.confidence(Confidence::Medium).note(
            "the oldest versions that the project allows accept it, and wait in the event loop",
        );
    }
    if basis == Basis::Assumed {
        finding = finding.confidence(Confidence::Medium);
    }
    Some(finding.note(rests_on))
}
