//! The page of a rule, for tools that show it beside a finding.
//!
//! Takes the words of `rules/<name>.yaml`; gives plain text and Markdown without HTML. Invariant: no word is written
//! here that the page does not have, but for the headings.

use crate::rule::Meta;

/// Where poolint lives.
pub(super) const HOME: &str = "https://github.com/poolint/poolint";

/// Where the page of a rule can be read; what poolint says without a rule has a paragraph of the README.
pub(super) fn address(rule: &str) -> String {
    match crate::rules::meta(rule) {
        Some(_) => format!("{HOME}/blob/main/rules/{rule}.yaml"),
        None => format!("{HOME}#what-it-finds"),
    }
}

/// The headed parts of a page, without those that are empty.
fn parts(meta: &Meta) -> Vec<(&'static str, String)> {
    let parts = [
        ("What it finds", &meta.what),
        ("Why it matters", &meta.why),
        ("Severity", &meta.severities),
        ("When it is silent", &meta.silent),
        ("What to write instead", &meta.instead),
    ];
    let parts = parts.map(|(heading, text)| (heading, unwrapped(text)));
    parts
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .collect()
}

/// The page as plain text: paragraphs.
pub(super) fn text(meta: &Meta) -> String {
    let mut paragraphs = vec![meta.summary.clone()];
    paragraphs.extend(
        parts(meta)
            .into_iter()
            .map(|(heading, text)| format!("{heading}: {text}")),
    );
    if !meta.references.is_empty() {
        paragraphs.push(format!("References: {}", meta.references.join(", ")));
    }
    paragraphs.join("\n\n")
}

/// The page as Markdown.
pub(super) fn markdown(meta: &Meta) -> String {
    let mut paragraphs = vec![without_html(&meta.summary)];
    for (heading, text) in parts(meta) {
        paragraphs.push(format!("### {heading}"));
        paragraphs.push(without_html(&text));
    }
    if !meta.references.is_empty() {
        paragraphs.push("### References".to_owned());
        let items = meta.references.iter().map(|address| format!("- {address}"));
        paragraphs.push(items.collect::<Vec<_>>().join("\n"));
    }
    paragraphs.join("\n\n")
}

/// Paragraphs on one line each.
pub(super) fn unwrapped(text: &str) -> String {
    let paragraphs = text.trim().split("\n\n");
    let lines = |paragraph: &str| paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    paragraphs.map(lines).collect::<Vec<_>>().join("\n\n")
}

/// Markdown in which nothing can be taken for a tag; between backticks nothing can.
fn without_html(text: &str) -> String {
    let parts = text.split('`').enumerate();
    let escaped = parts.map(|(at, part)| match at % 2 {
        0 => part.replace('<', "\\<"),
        _ => part.to_owned(),
    });
    escaped.collect::<Vec<_>>().join("`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_all_its_parts_in_both_forms() {
        for meta in crate::rules::metas() {
            for page in [text(meta), markdown(meta)] {
                assert!(page.starts_with(&meta.summary), "{page}");
                for part in [&meta.what, &meta.why, &meta.silent, &meta.instead] {
                    let first = part.split_whitespace().next().expect("a word");
                    assert!(page.contains(first), "{page}");
                }
                assert!(meta.references.iter().all(|address| page.contains(address)));
                assert_eq!(page.contains("Severity"), !meta.severities.is_empty());
            }
            assert!(markdown(meta).contains("\n\n### What to write instead\n\n"));
        }
    }

    #[test]
    fn paragraphs_are_unwrapped_and_tags_are_none() {
        assert_eq!(unwrapped("a\nb\n\n  c\n"), "a b\n\nc");
        assert_eq!(without_html("a <b> `<c>` <d"), "a \\<b> `<c>` \\<d");
    }
}
