//! The tool and its rules, as SARIF describes them.

use super::model::{Driver, ReportingConfiguration, ReportingDescriptor, RuleProperties, Tool};
use super::{level, words};
use crate::finding::{Confidence, Severity};
use crate::report::page;
use crate::rules::{self, Entry};

/// poolint with all it can say; `entries` are sorted by name, and results point at them by number.
pub(super) fn tool(entries: &[Entry<'_>]) -> Tool {
    Tool {
        driver: Driver {
            name: env!("CARGO_PKG_NAME"),
            version: env!("CARGO_PKG_VERSION"),
            semantic_version: env!("CARGO_PKG_VERSION"),
            information_uri: page::HOME,
            rules: entries.iter().map(descriptor).collect(),
        },
    }
}

fn descriptor(entry: &Entry<'_>) -> ReportingDescriptor {
    let meta = rules::meta(entry.name);
    let mut help = words(&meta.map_or_else(|| entry.summary.to_owned(), page::text));
    help.markdown = meta.map(|meta| super::escaped(&page::markdown(meta)));
    let full = meta.map_or_else(
        || entry.summary.to_owned(),
        |meta| page::unwrapped(&meta.what),
    );
    ReportingDescriptor {
        id: entry.name.to_owned(),
        short_description: words(entry.summary),
        full_description: words(&full),
        help,
        help_uri: page::address(entry.name),
        default_configuration: ReportingConfiguration {
            level: level(entry.severity),
        },
        properties: RuleProperties {
            tags: ["connection-pool", "database", entry.group]
                .map(str::to_owned)
                .to_vec(),
            precision: precision(entry.confidence),
            problem_severity: match entry.severity {
                Severity::Info => "recommendation",
                Severity::Warning => "warning",
                Severity::Error => "error",
            },
        },
    }
}

/// The word for a confidence; GitHub knows the same three besides `very-high`.
pub(super) fn precision(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Low => "low",
        Confidence::Medium => "medium",
        Confidence::High => "high",
    }
}
