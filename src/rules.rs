//! The table of all rules, and of what poolint says itself without a rule.
//!
//! A rule is two lines here: its module and its row. Its words come from `rules/<name>.yaml`, read once.
//! Invariant: every name that a finding, `--select` or an inline ignore may use stands in one of the two tables.

mod async_engine_multi_loop;
mod blocking_pool_in_async;
mod competing_pool_modules;
mod connect_in_loop;
mod connect_under_pool_lock;
mod connection_leak;
mod connection_lost_on_error;
mod connection_per_call;
mod connection_shared_across_threads;
mod connection_task_not_spawned;
mod connection_with_does_not_close;
mod dispose_per_request;
mod django_conn_max_age_asgi;
mod django_pool_misconfigured;
mod duckdb_mixed_config;
mod duckdb_multiple_writers;
mod duplicate_engine;
mod engine_per_call;
mod flask_sqlalchemy_ignored_key;
mod held_write_connection;
mod inconsistent_pool_size;
mod min_exceeds_max;
mod missing_pool_module;
mod missing_pre_ping;
mod missing_recycle;
mod nested_acquire;
mod no_acquire_timeout;
mod null_pool;
mod placeholder_pooling;
mod pool_args_rejected;
mod pool_closed_while_shared;
mod pool_not_awaited;
mod pool_per_worker;
mod pool_poisoned_with_none;
mod pool_reuses_dirty_connection;
mod pool_runtime_mismatch;
mod pool_setting_from_string;
mod pooled_connection_stored;
mod pragma_on_pool;
mod psycopg2_simple_pool_threads;
mod queue_pool_in_async;
mod read_only_missing;
mod scoped_session_not_removed;
mod session_factory_per_call;
mod session_shared_across_tasks;
mod sqlite_memory_expiry;
mod sqlite_memory_pool;
mod stale_pool_bytecode;
mod static_pool_shared;
mod suspicious_unit;
mod sync_event_on_async_engine;
mod unbounded_pool;
mod untracked_pool_module;
mod unused_pool_module;

use crate::finding::{Confidence, Severity};
use crate::rule::{Fold, Meta, Rule};
use std::sync::OnceLock;

/// A row of the table: the name, which is also the name of the YAML file, and the check.
macro_rules! rule {
    ($name:literal, $check:path) => {
        Rule {
            name: $name,
            yaml: include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/rules/",
                $name,
                ".yaml"
            )),
            check: $check,
        }
    };
}

/// All rules, sorted by name.
pub static RULES: &[Rule] = &[
    rule!("async-engine-multi-loop", async_engine_multi_loop::check),
    rule!("blocking-pool-in-async", blocking_pool_in_async::check),
    rule!("competing-pool-modules", competing_pool_modules::check),
    rule!("connect-in-loop", connect_in_loop::check),
    rule!("connect-under-pool-lock", connect_under_pool_lock::check),
    rule!("connection-leak", connection_leak::check),
    rule!("connection-lost-on-error", connection_lost_on_error::check),
    rule!("connection-per-call", connection_per_call::check),
    rule!(
        "connection-shared-across-threads",
        connection_shared_across_threads::check
    ),
    rule!(
        "connection-task-not-spawned",
        connection_task_not_spawned::check
    ),
    rule!(
        "connection-with-does-not-close",
        connection_with_does_not_close::check
    ),
    rule!("dispose-per-request", dispose_per_request::check),
    rule!("django-conn-max-age-asgi", django_conn_max_age_asgi::check),
    rule!(
        "django-pool-misconfigured",
        django_pool_misconfigured::check
    ),
    rule!("duckdb-mixed-config", duckdb_mixed_config::check),
    rule!("duckdb-multiple-writers", duckdb_multiple_writers::check),
    rule!("duplicate-engine", duplicate_engine::check),
    rule!("engine-per-call", engine_per_call::check),
    rule!(
        "flask-sqlalchemy-ignored-key",
        flask_sqlalchemy_ignored_key::check
    ),
    rule!("held-write-connection", held_write_connection::check),
    rule!("inconsistent-pool-size", inconsistent_pool_size::check),
    rule!("min-exceeds-max", min_exceeds_max::check),
    rule!("missing-pool-module", missing_pool_module::check),
    rule!("missing-pre-ping", missing_pre_ping::check),
    rule!("missing-recycle", missing_recycle::check),
    rule!("nested-acquire", nested_acquire::check),
    rule!("no-acquire-timeout", no_acquire_timeout::check),
    rule!("null-pool", null_pool::check),
    rule!("placeholder-pooling", placeholder_pooling::check),
    rule!("pool-args-rejected", pool_args_rejected::check),
    rule!("pool-closed-while-shared", pool_closed_while_shared::check),
    rule!("pool-not-awaited", pool_not_awaited::check),
    rule!("pool-per-worker", pool_per_worker::check),
    rule!("pool-poisoned-with-none", pool_poisoned_with_none::check),
    rule!(
        "pool-reuses-dirty-connection",
        pool_reuses_dirty_connection::check
    ),
    rule!("pool-runtime-mismatch", pool_runtime_mismatch::check),
    rule!("pool-setting-from-string", pool_setting_from_string::check),
    rule!("pooled-connection-stored", pooled_connection_stored::check),
    rule!("pragma-on-pool", pragma_on_pool::check),
    rule!(
        "psycopg2-simple-pool-threads",
        psycopg2_simple_pool_threads::check
    ),
    rule!("queue-pool-in-async", queue_pool_in_async::check),
    rule!("read-only-missing", read_only_missing::check),
    rule!(
        "scoped-session-not-removed",
        scoped_session_not_removed::check
    ),
    rule!("session-factory-per-call", session_factory_per_call::check),
    rule!(
        "session-shared-across-tasks",
        session_shared_across_tasks::check
    ),
    rule!("sqlite-memory-expiry", sqlite_memory_expiry::check),
    rule!("sqlite-memory-pool", sqlite_memory_pool::check),
    rule!("stale-pool-bytecode", stale_pool_bytecode::check),
    rule!("static-pool-shared", static_pool_shared::check),
    rule!("suspicious-unit", suspicious_unit::check),
    rule!(
        "sync-event-on-async-engine",
        sync_event_on_async_engine::check
    ),
    rule!("unbounded-pool", unbounded_pool::check),
    rule!("untracked-pool-module", untracked_pool_module::check),
    rule!("unused-pool-module", unused_pool_module::check),
];

/// Rules that `default` leaves out: they say nothing until the project states its own limits.
pub const OFF_BY_DEFAULT: &[&str] = &["pool-policy"];

/// The group of everything that is about a file and not about a pool.
const FILES: &str = "files";

/// A finding that poolint makes itself, without a rule.
pub struct BuiltIn {
    /// Its name, as in `--select`.
    pub name: &'static str,
    /// Its severity.
    pub severity: Severity,
    /// One sentence.
    pub summary: &'static str,
}

/// A file that could not be read in full.
pub const SYNTAX_ERROR: &str = "syntax-error";
/// An inline ignore that cannot be obeyed.
pub const INVALID_IGNORE: &str = "invalid-ignore";
/// An inline ignore that nothing needs.
pub const UNUSED_IGNORE: &str = "unused-ignore";

/// What poolint says without a rule, sorted by name.
pub static BUILT_IN: &[BuiltIn] = &[
    BuiltIn {
        name: INVALID_IGNORE,
        severity: Severity::Warning,
        summary: "An inline ignore has the wrong form or names no rule.",
    },
    BuiltIn {
        name: SYNTAX_ERROR,
        severity: Severity::Warning,
        summary: "A file cannot be parsed in full, so nothing is claimed absent from it.",
    },
    BuiltIn {
        name: UNUSED_IGNORE,
        severity: Severity::Warning,
        summary: "An inline ignore sets aside nothing.",
    },
];

/// One line of the rule list: a rule or a built-in.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its group.
    pub group: &'a str,
    /// The severity of a usual finding.
    pub severity: Severity,
    /// The confidence of a usual finding.
    pub confidence: Confidence,
    /// `none`, `safe` or `unsafe`.
    pub fix: &'a str,
    /// One sentence.
    pub summary: &'a str,
    /// Over what repeats are folded.
    pub fold: Fold,
    /// Rules that speak instead of this one at the same place.
    pub yields_to: &'a [String],
}

/// The pages of all rules, in the order of [`RULES`].
///
/// # Panics
/// When a page that is compiled into the program is not of the schema; a test reads them all.
pub fn metas() -> &'static [Meta] {
    static METAS: OnceLock<Vec<Meta>> = OnceLock::new();
    METAS.get_or_init(|| {
        RULES
            .iter()
            .map(|rule| {
                serde_yaml::from_str(rule.yaml)
                    .unwrap_or_else(|error| panic!("rules/{}.yaml: {error}", rule.name))
            })
            .collect()
    })
}

/// The page of a rule.
pub fn meta(name: &str) -> Option<&'static Meta> {
    metas().iter().find(|meta| meta.name == name)
}

/// All rules and built-ins, sorted by name.
pub fn entries() -> Vec<Entry<'static>> {
    let rules = metas().iter().map(|meta| Entry {
        name: &meta.name,
        group: &meta.group,
        severity: meta.severity,
        confidence: meta.confidence,
        fix: &meta.fix,
        summary: &meta.summary,
        fold: meta.fold,
        yields_to: &meta.yields_to,
    });
    let built_in = BUILT_IN.iter().map(|built_in| Entry {
        name: built_in.name,
        group: FILES,
        severity: built_in.severity,
        confidence: Confidence::High,
        fix: "none",
        summary: built_in.summary,
        fold: Fold::None,
        yields_to: &[],
    });
    let mut entries: Vec<_> = rules.chain(built_in).collect();
    entries.sort_by_key(|entry| entry.name);
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_of_the_schema_and_bear_the_name_of_their_rule() {
        let names: Vec<_> = RULES.iter().map(|rule| rule.name).collect();
        assert!(names.is_sorted());
        assert_eq!(
            metas().iter().map(|meta| &*meta.name).collect::<Vec<_>>(),
            names
        );
        let entries = entries();
        assert_eq!(entries.len(), RULES.len() + BUILT_IN.len());
        assert!(entries.is_sorted_by(|a, b| a.name < b.name));
    }
}
