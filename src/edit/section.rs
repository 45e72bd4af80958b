//! A new import statement: the section of the file that it belongs to, and its place there.
//!
//! Takes a module and a name of it; gives the edit that imports the name. Invariant: what is inserted stands in the body of
//! the module, behind its docstring and what the language itself must read first.

use super::import::imports_of;
use super::text::Text;
use crate::source::Span;
use crate::syntax::{ImportKind, Module, Stmt, StmtKind};

/// The edit that imports a name from the module at `path`, whose section holds the imports `kin`; `None` where no line of its own can be begun.
pub(super) fn import(
    text: &Text<'_>,
    module: &Module,
    (path, name): (&str, &str),
    kin: &[Span],
) -> Option<(Span, String)> {
    let newline = text.newline();
    let line = format!("from {path} import {name}{newline}");
    let insert = |at: usize, content: String| (Span::new(at, at), content);
    let mut statements = module.body.iter().map(|stmt| module.stmt(*stmt)).peekable();
    let mut behind = 0;
    // The docstring, and what changes how the file is read.
    while let Some(first) = statements.next_if(|stmt| comes_first(module, stmt)) {
        behind = text.next_line(first.span.end as usize);
    }
    let first = statements.peek()?;
    if !text.starts_line(first.span.start as usize) {
        return None;
    }
    let top = text.line_start(first.span.start as usize);
    if imports_of(first).is_empty() {
        return Some(insert(top.max(behind), format!("{line}{newline}")));
    }
    // The first section: imports with no blank line between them.
    let mut section: Vec<&Stmt> = vec![statements.next()?];
    while let Some(next) = statements.next_if(|stmt| {
        let last = section.last().map_or(0, |stmt| stmt.span.end as usize);
        let between = &text.text[last..stmt.span.start as usize];
        !imports_of(stmt).is_empty() && between.matches('\n').count() == 1
    }) {
        section.push(next);
    }
    let of_section = |span: &Span| section.iter().any(|stmt| stmt.span.contains(*span));
    if !kin.iter().any(of_section) {
        return Some(insert(top, format!("{line}{newline}")));
    }
    let own = (true, path.to_owned());
    let after = section
        .iter()
        .find(|stmt| key(stmt).is_none_or(|key| key > own));
    let at = match after {
        Some(stmt) => text.line_start(stmt.span.start as usize),
        None => text.next_line(section.last()?.span.end as usize),
    };
    text.text[..at].ends_with('\n').then_some(())?;
    Some(insert(at, line))
}

/// How imports of one section are sorted: whole modules before names, then by module. Nothing for relative ones.
fn key(stmt: &Stmt) -> Option<(bool, String)> {
    let import = imports_of(stmt).first()?;
    let names = !matches!(import.kind, ImportKind::Module { .. });
    (import.level == 0).then(|| (names, import.module.join(".")))
}

/// Whether a statement has to stand before every other import.
fn comes_first(module: &Module, stmt: &Stmt) -> bool {
    match &stmt.kind {
        StmtKind::Expr(expr) => matches!(module.expr(*expr).kind, crate::syntax::ExprKind::Str(_)),
        StmtKind::Import(imports) => imports
            .first()
            .and_then(|import| import.module.first())
            .is_some_and(|first| first == "__future__"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frontend::python;
    use crate::source::Language;

    fn imported(text: &str) -> Option<String> {
        let read = Text::new(Language::Python, text.as_bytes()).expect("it parses");
        let module = python::Parser::new().parse(text.as_bytes());
        let imports = module.stmts.iter().flat_map(imports_of);
        let ours = imports.filter(|import| import.module[0] != "vendor");
        let kin: Vec<Span> = ours.map(|import| import.span).collect();
        let (span, content) = import(&read, &module, ("contextlib", "closing"), &kin)?;
        let edits = [(span, content.as_str())];
        String::from_utf8(super::super::apply(text.as_bytes(), edits)).ok()
    }

    #[test]
    fn an_import_goes_to_its_kind() {
        let line = "from contextlib import closing\n";
        for (before, behind) in [
            ("import sqlite3\n\nx = 1\n", "import sqlite3\n"),
            (
                "import os\nfrom typing import Any\n\nx = 1\n",
                "import os\n",
            ),
            (
                "\"\"\"Text.\"\"\"\nfrom __future__ import annotations\n\nimport os\n",
                "import os\n",
            ),
            (
                "# coding\nimport os\nfrom ast import parse\n\nimport vendor\n",
                "import parse\n",
            ),
        ] {
            let at = before.find(behind).expect("it is there") + behind.len();
            let wanted = format!("{}{line}{}", &before[..at], &before[at..]);
            assert_eq!(imported(before), Some(wanted));
        }
        for (before, ahead) in [
            ("import vendor\n\nx = 1\n", "import"),
            ("\"\"\"Text.\"\"\"\n\nx = 1\n", "x = 1"),
        ] {
            let at = before.find(ahead).expect("it is there");
            let wanted = format!("{}{line}\n{}", &before[..at], &before[at..]);
            assert_eq!(imported(before), Some(wanted));
        }
        let windows = "import sqlite3\r\n\r\nx = 1\r\n";
        assert_eq!(
            imported(windows).as_deref(),
            Some("import sqlite3\r\nfrom contextlib import closing\r\n\r\nx = 1\r\n")
        );
    }
}
