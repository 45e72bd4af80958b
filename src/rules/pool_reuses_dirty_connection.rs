//! `pool-reuses-dirty-connection`: connections that are handed to the next one with what the last one left open.
//!
//! Looks at pools whose reset on return is switched off, and at hand-written ones whose files never end a transaction.

use super::missing_pre_ping::{keep_gravest, place_of};
use super::null_pool::name_of;
use crate::catalog::{ContextKind, Maker, Role};
use crate::edit::{Applicability, Fix};
use crate::finding::{Confidence, Finding};
use crate::project::Project;
use crate::project::containers::Handmade;
use crate::project::freshness::{Off, Transactions};
use crate::project::pools::Pool;

const NAME: &str = "pool-reuses-dirty-connection";

/// What is no part of the product.
const SILENT: &[ContextKind] = &[
    ContextKind::Test,
    ContextKind::Vendored,
    ContextKind::Generated,
    ContextKind::Example,
];

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for pool in project.instances() {
        let contexts = project.pool_contexts(pool);
        let quiet = contexts.iter().any(|context| SILENT.contains(context))
            || project.is_deliberate(pool.site)
            || project.listens_instead(pool, Role::Reset);
        if let Some(maker) = project.catalog.maker(&pool.maker)
            && !quiet
            && let Some(finding) = without_reset(project, pool, maker)
        {
            keep_gravest(&mut findings, finding);
        }
    }
    let containers = project.containers();
    findings.extend(
        containers
            .pools
            .iter()
            .filter_map(|pool| by_hand(project, pool)),
    );
    findings
}

/// A hand-written pool whose connections begin transactions, and nothing around it ends one.
fn by_hand(project: &Project<'_>, pool: &Handmade) -> Option<Finding> {
    let site = &project.sites()[pool.site];
    let maker = project.catalog.maker(&site.maker)?;
    let returned = project.returned_by_hand();
    let containers = project.containers();
    let put = returned
        .iter()
        .find(|each| containers.pools[each.home.pool].number == pool.number)?
        .put;
    let contexts = project.contexts(put);
    let quiet = contexts.iter().any(|context| SILENT.contains(context))
        || project.is_deliberate(put)
        || maker.resets.is_empty()
        || [put.file, site.site.file]
            .into_iter()
            .any(|file| project.names_any(file, &maker.resets));
    if quiet {
        return None;
    }
    let confidence = match project.transactions(site, maker) {
        Transactions::None => return None,
        // A file begins one with the first change only.
        Transactions::Left if project.is_on_server(site).is_some() => Confidence::High,
        Transactions::Left => Confidence::Medium,
        Transactions::Unknown => Confidence::Low,
    };
    let slot = pool.slot.name();
    Some(
        Finding::new(
            NAME,
            project.place(put),
            format!("a connection goes back to `{slot}` with what its last user left open"),
        )
        .confidence(confidence)
        .symbol(project.symbol_of(put))
        .help("Roll it back before it goes in; where that fails, close it and put a new one in.")
        .note("measured: an insert without a commit kept its lock in the pool (another writer was refused with `database is locked`), and the next user's commit wrote it")
        .related(site.place, "each statement begins a transaction that lasts until somebody ends it")
        .fold_key(format!("{:?}", pool.slot)),
    )
}

/// A pool that is told to leave connections as they come back.
fn without_reset(project: &Project<'_>, pool: &Pool, maker: &Maker) -> Option<Finding> {
    let Off::ByHand(setting) = project.off(pool, maker, Role::Reset)? else {
        return None;
    };
    let confidence = match project.transactions(pool, maker) {
        Transactions::None => return None,
        Transactions::Left => Confidence::High,
        Transactions::Unknown => Confidence::Low,
    };
    // A class that keeps nothing ends what was left open by closing the connection.
    if !project.hands_out_again(pool) {
        return None;
    }
    let keyword = maker.parameters.get(&Role::Reset)?.keyword.as_deref()?;
    let mut finding = Finding::new(
        NAME,
        place_of(project, pool),
        format!(
            "{} hands out connections with what their last user left open: `{keyword}` is switched off",
            name_of(pool)
        ),
    )
    .confidence(confidence)
    .symbol(pool.symbol.clone())
    .help(format!(
        "Leave out `{keyword}`, so that each connection is rolled back when it comes back."
    ))
    .note("measured: an insert without a commit kept its lock after the connection was given back (1 of 1 other writers was refused), and the next user was in the middle of that transaction")
    .note("connections and sessions that are closed in order may end their transaction themselves; raw ones, and those that are dropped, do not")
    .related(setting.place, "switched off here")
    .fold_key(pool.maker.to_string());
    if let Some(edits) = project.drop_settings(&[setting.place]) {
        let title = format!("Leave out `{keyword}`");
        finding = finding.fix(Fix::new(title, Applicability::Unsafe, edits));
    }
    Some(finding)
}
