//! Workflow commands of GitHub Actions: each finding becomes an annotation of a line of the change.
//!
//! Takes unfolded findings; repeats get annotations of their own, ignored findings none. GitHub wants paths relative
//! to the repository. Invariant: a finding is one line that starts with `::`, whatever its words, names and paths hold,
//! so that nothing of the analysed project can be taken for a command.
//!
//! The form is that of <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>, the escapes are
//! those of `packages/core/src/command.ts` in <https://github.com/actions/toolkit>.

use super::{Texts, printable, push_printable};
use crate::finding::{Finding, Severity, Status};
use crate::source::Place;
use std::io::{self, Write};

/// Writes the report.
pub fn write(findings: &[Finding], texts: &Texts<'_>, out: &mut dyn Write) -> io::Result<()> {
    for finding in findings
        .iter()
        .filter(|finding| finding.status == Status::Open)
    {
        let message = data(&message(finding, texts));
        for place in std::iter::once(finding.place).chain(finding.repeats.iter().copied()) {
            let properties = properties(finding.rule, place, texts);
            writeln!(out, "::{} {properties}::{message}", level(finding.severity))?;
        }
    }
    Ok(())
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "notice",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// Where the annotation stands, and its title.
fn properties(rule: &str, place: Place, texts: &Texts<'_>) -> String {
    let text = texts.text(place.file);
    let start = text.line_column(place.span.start);
    let end = text.line_column(place.span.end.max(place.span.start));
    let path = property(&texts.address(place.file));
    // The runner drops columns, with a message in its log, unless both are of one line.
    let columns = if start.line == end.line {
        (
            format!(",col={}", start.column),
            format!(",endColumn={}", end.column),
        )
    } else {
        Default::default()
    };
    let (from, to) = columns;
    let title = property(&format!("poolint: {rule}"));
    format!(
        "file={path},line={}{from},endLine={}{to},title={title}",
        start.line, end.line
    )
}

/// The fact, the cure, the arithmetic, and where else to look.
fn message(finding: &Finding, texts: &Texts<'_>) -> String {
    let mut lines = vec![printable(&finding.message)];
    if !finding.help.is_empty() {
        lines.push(format!("help: {}", printable(&finding.help)));
    }
    lines.extend(
        finding
            .notes
            .iter()
            .map(|note| format!("note: {}", printable(note))),
    );
    for related in &finding.related {
        let at = texts.start(related.place);
        let path = printable(&texts.address(related.place.file));
        let words = printable(&related.message);
        lines.push(format!("see {path}:{}:{} {words}", at.line, at.column));
    }
    lines.join("\n")
}

/// A message with what would end its line escaped.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// The value of a property: besides, what would end it.
fn property(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\r' | '\n' => shown.push(char),
            _ => push_printable(&mut shown, char),
        }
    }
    data(&shown).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::super::{paths::Paths, tests};
    use super::*;
    use std::path::Path;

    fn written(findings: &[Finding], texts: &Texts<'_>) -> String {
        let mut out = Vec::new();
        write(findings, texts, &mut out).expect("in memory");
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn a_finding_is_one_command_with_all_it_has_to_say() {
        let sources = tests::Texts(vec![
            ("app/db.py", "é = make(URL)\ny = make(\n    URL)\n".into()),
            ("app/.env", "SIZE=5\n".into()),
        ]);
        let mut finding = Finding::new(
            "null-pool",
            sources.place(0, "make(URL)", 0),
            "50% of it\nmakes",
        )
        .help("Do not.")
        .note("4 × 5 = 20")
        .related(sources.place(1, "SIZE=5", 0), "set to 5 here");
        finding.repeats.push(sources.place(0, "make(\n    URL)", 0));
        let mut ignored = finding.clone();
        ignored.status = Status::Ignored;
        let words = "50%25 of it makes%0Ahelp: Do not.%0Anote: 4 × 5 = 20%0Asee shop/app/.env:1:1 set to 5 here";
        let paths = Paths::from(Path::new("/r"), Path::new("/r/shop"));
        assert_eq!(
            written(&[finding, ignored], &Texts::written(&sources, paths)),
            format!(
                "::warning file=shop/app/db.py,line=1,col=5,endLine=1,endColumn=14,title=poolint%3A null-pool::{words}\n\
                 ::warning file=shop/app/db.py,line=2,endLine=3,title=poolint%3A null-pool::{words}\n"
            )
        );
    }

    #[test]
    fn nothing_can_be_taken_for_another_command_or_property() {
        let sources = tests::Texts(vec![("a,b:c%\n::error::\x1b.py", "make()".into())]);
        let finding = Finding::new(
            "null-pool",
            sources.place(0, "make()", 0),
            "x\r\n::stop-commands::y",
        )
        .severity(Severity::Error);
        assert_eq!(
            written(std::slice::from_ref(&finding), &Texts::new(&sources)),
            "::error file=a%2Cb%3Ac%25%0A%3A%3Aerror%3A%3A\\x1b.py,line=1,col=1,endLine=1,endColumn=7,\
             title=poolint%3A null-pool::x ::stop-commands::y\n"
        );
        let info = finding.severity(Severity::Info);
        assert!(written(&[info], &Texts::new(&sources)).starts_with("::notice "));
    }
}
