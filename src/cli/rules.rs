//! `poolint rules`: one line each: name, severity, confidence, fix, group, summary.

use super::{Failure, Streams, write};
use crate::finding::Confidence;
use crate::report::severity_word;
use crate::rules::{self, Entry};
use std::io::{self, Write};

/// Runs the command; gives the exit code.
pub(super) fn run(streams: &mut Streams<'_>) -> Result<u8, Failure> {
    write::quietly(list(&rules::entries(), &mut *streams.out))?;
    Ok(0)
}

fn list(entries: &[Entry<'_>], out: &mut dyn Write) -> io::Result<()> {
    let rows: Vec<[&str; 6]> = entries
        .iter()
        .map(|entry| {
            let confidence = match entry.confidence {
                Confidence::Low => "low",
                Confidence::Medium => "medium",
                Confidence::High => "high",
            };
            let severity = severity_word(entry.severity);
            [
                entry.name,
                severity,
                confidence,
                entry.fix,
                entry.group,
                entry.summary,
            ]
        })
        .collect();
    let widths: [usize; 5] =
        std::array::from_fn(|at| rows.iter().map(|row| row[at].len()).max().unwrap_or(0));
    for row in rows {
        for (cell, width) in row.iter().zip(widths) {
            write!(out, "{cell:width$}  ")?;
        }
        writeln!(out, "{}", row[5])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Severity;
    use crate::rule::Fold;

    #[test]
    fn columns_are_aligned_and_the_summary_is_last() {
        let entry = |name, severity| Entry {
            name,
            group: "class",
            severity,
            confidence: Confidence::High,
            fix: "none",
            summary: "A sentence.",
            fold: Fold::None,
            yields_to: &[],
        };
        let mut out = Vec::new();
        let entries = [entry("ab", Severity::Warning), entry("abc", Severity::Info)];
        list(&entries, &mut out).expect("in memory");
        assert_eq!(
            String::from_utf8_lossy(&out),
            "ab   warning  high  none  class  A sentence.\n\
             abc  info     high  none  class  A sentence.\n"
        );
    }
}
