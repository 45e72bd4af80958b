//! `path:line:column: severity[rule] message`, one finding a line.
//!
//! Takes unfolded findings; repeats stand on lines of their own, ignored findings are left out.

use super::{Texts, printable, severity_word};
use crate::finding::{Finding, Status};
use std::io::{self, Write};

/// Writes the report.
pub fn write(findings: &[Finding], texts: &Texts<'_>, out: &mut dyn Write) -> io::Result<()> {
    for finding in findings
        .iter()
        .filter(|finding| finding.status == Status::Open)
    {
        for place in std::iter::once(finding.place).chain(finding.repeats.iter().copied()) {
            let at = texts.start(place);
            let Finding {
                rule,
                severity,
                message,
                ..
            } = finding;
            let path = texts.path(place.file);
            let (severity, message) = (severity_word(*severity), printable(message));
            writeln!(
                out,
                "{path}:{}:{}: {severity}[{rule}] {message}",
                at.line, at.column
            )?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests;
    use super::*;

    #[test]
    fn one_line_each_with_columns_in_characters() {
        let sources = tests::Texts(vec![
            ("a.py", "\u{feff}é = make()\r\n\tmake()\r\n".into()),
            ("b\x1b.py", b"\xff\xffmake()".to_vec()),
        ]);
        let mut first = Finding::new("null-pool", sources.place(0, "make()", 0), "it\nmakes");
        first.repeats.push(sources.place(0, "make()", 1));
        let mut ignored = first.clone();
        ignored.status = Status::Ignored;
        let last = Finding::new("null-pool", sources.place(1, "make()", 0), "it makes");
        let mut out = Vec::new();
        write(&[first, ignored, last], &Texts::new(&sources), &mut out).expect("in memory");
        assert_eq!(
            String::from_utf8_lossy(&out),
            "a.py:1:5: warning[null-pool] it makes\n\
             a.py:2:2: warning[null-pool] it makes\n\
             b\\x1b.py:1:3: warning[null-pool] it makes\n"
        );
    }
}
