//! `unused-pool-module`: a module that makes a pool and that no code of the product imports.
//!
//! Looks at modules that give others a pool. "Nobody" is said only where the program is known and every way of naming a
//! module was looked at; tests and scripts that import it are named and do not count.

use crate::finding::{Confidence, Finding, Severity};
use crate::project::Project;
use crate::project::providers::{Gives, Provider};

const NAME: &str = "unused-pool-module";

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    project
        .provider_files()
        .into_iter()
        .filter(|provider| provider.gives == Gives::Pool)
        .filter_map(|provider| judge(project, provider))
        .collect()
}

fn judge(project: &Project<'_>, provider: &Provider) -> Option<Finding> {
    let file = provider.file;
    if project.is_program(file) || !project.has_program_beside(file) || project.is_published(file) {
        return None;
    }
    let users = project.users(file);
    if users.product || project.loads_unknown(file) {
        return None;
    }
    let path = &project.files.file(file).path;
    let mut finding = Finding::new(
        NAME,
        project.first_line(file),
        format!("`{path}` makes a pool (`{}`), and no code of the product imports it", provider.name),
    )
    .severity(Severity::Warning)
    .confidence(Confidence::High)
    .symbol(provider.name.clone())
    .help("Delete it, or let the program take its connections from it.")
    .note("its size, timeouts and repairs hold for nothing: the program connects by another way, and whoever changes this file changes no connection")
    .related(provider.made.place, "the pool is made here")
    .fold_key(provider.name.clone());
    for place in users.beside {
        finding = finding.related(place, "imported here, beside the product");
    }
    Some(finding)
}
