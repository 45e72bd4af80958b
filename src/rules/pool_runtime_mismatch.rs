//! `pool-runtime-mismatch`: a pool that was made on an async runtime which is gone when the pool is used.
//!
//! Looks at the pools whose maker is run on a runtime of the same function, and that the function gives away.

use crate::catalog::ContextKind;
use crate::finding::{Finding, Severity};
use crate::project::Project;
use crate::project::pools::Pool;
use crate::project::runtimes::ShortLived;

const NAME: &str = "pool-runtime-mismatch";

/// What nobody here maintains.
const SILENT: &[ContextKind] = &[ContextKind::Vendored, ContextKind::Generated];

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    project
        .sites()
        .iter()
        .filter(|pool| pool.is_async && pool.owns_connections() && !pool.is_over_another())
        .filter_map(|pool| {
            let contexts = project.contexts(pool.site);
            let silent = contexts.iter().any(|context| SILENT.contains(context));
            let runtime = (!silent).then(|| project.short_lived_runtime(pool))??;
            Some(say(pool, &runtime))
        })
        .collect()
}

fn say(pool: &Pool, runtime: &ShortLived) -> Finding {
    let who = match runtime.function.as_str() {
        "" => "the function".to_owned(),
        name => format!("`{name}`"),
    };
    Finding::new(
        NAME,
        pool.place,
        format!(
            "`{}` runs on a runtime that ends with {who}, and the pool goes on: its sockets and timers end with the runtime",
            pool.maker_name()
        ),
    )
    .severity(Severity::Error)
    .symbol(pool.symbol.clone())
    .help("Make the pool in the runtime that uses it, or keep the runtime as long as the pool, both in a static.")
    .note("the next checkout waits for a socket that nobody watches any more, and fails when its time is up")
    .related(runtime.made, "the runtime is made here")
    .related(runtime.run, "the pool is made on it here")
}
