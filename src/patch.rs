//! Patches that git takes.
//!
//! Takes files that change; gives a unified diff for `git apply`, or a mailbox message for `git am`. Invariant: the same
//! input gives the same bytes, and what the patch makes of a file is what a fix writes, byte for byte.

use crate::diff as lines;
use crate::fix::{Changed, Told};
use crate::git::{ObjectFormat, Repository};
use crate::report::count;
use sha1::Digest;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// Who signs a message when git knows no name.
const AUTHOR: &str = "poolint <poolint@localhost>";

/// A unified diff of all files, in path order. Paths start at the top of the repository; outside of one, at the project
/// root, and no ids are given.
pub fn diff(
    changed: &BTreeMap<String, Changed>,
    root: &Path,
    repository: Option<&Repository>,
) -> Vec<u8> {
    let mut files: Vec<(String, &Changed)> = changed
        .iter()
        .map(|(path, changed)| (path_in_patch(path, changed, root, repository), changed))
        .collect();
    files.sort_by(|a, b| a.0.cmp(&b.0));
    let mut out = Vec::new();
    for (path, changed) in files {
        if changed.old == changed.new {
            continue;
        }
        let (old, new) = (quoted("a/", &path), quoted("b/", &path));
        // A reader of the two lines takes a tab as the end of a name with a space in it.
        let tab = if path.contains(' ') && !old.starts_with('"') {
            "\t"
        } else {
            ""
        };
        let mut head = format!("diff --git {old} {new}\n");
        if let Some(repository) = repository {
            let id = |bytes: &[u8]| blob_id(repository.format, bytes);
            let mode = mode(&changed.absolute);
            _ = writeln!(
                head,
                "index {}..{} {mode}",
                id(&changed.old),
                id(&changed.new)
            );
        }
        _ = write!(head, "--- {old}{tab}\n+++ {new}{tab}\n");
        out.extend_from_slice(head.as_bytes());
        out.extend_from_slice(&lines::hunks(&changed.old, &changed.new, lines::CONTEXT));
    }
    out
}

/// One message of a mailbox, which `git am` makes a commit and `git apply` takes as well.
pub fn message(
    diff: &[u8],
    fixed: &[Told],
    repository: Option<&Repository>,
    date: Option<i64>,
) -> Vec<u8> {
    let date = date.or_else(|| repository?.last_commit).unwrap_or(0);
    let author = repository.and_then(|repository| repository.author.as_deref());
    let rules: BTreeSet<&str> = fixed.iter().map(|told| told.rule).collect();
    let rules: Vec<&str> = rules.into_iter().collect();
    let mut text = format!(
        "From {} Mon Sep 17 00:00:00 2001\nFrom: {}\nDate: {}\nSubject: [PATCH] Repair {} of {}\n",
        "0".repeat(40),
        author.unwrap_or(AUTHOR),
        rfc_2822(date),
        count(fixed.len(), "finding"),
        rules.join(", "),
    );
    text.push_str(
        "MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n\n",
    );
    for told in fixed {
        _ = writeln!(
            text,
            "{}:{}: {}: {}",
            crate::report::printable(&told.path),
            told.line,
            told.rule,
            told.words
        );
    }
    if memchr::memmem::find(diff, b"\r\n").is_some() {
        text.push_str("\nSome lines end with CR LF: use `git am --keep-cr`.\n");
    }
    text.push_str("---\n\n");
    let mut out = text.into_bytes();
    out.extend_from_slice(diff);
    out.extend_from_slice(format!("-- \npoolint {}\n\n", env!("CARGO_PKG_VERSION")).as_bytes());
    out
}

/// The path of a file as the patch names it, with `/`.
fn path_in_patch(
    path: &str,
    changed: &Changed,
    root: &Path,
    repository: Option<&Repository>,
) -> String {
    let from = repository.map_or(root, |repository| &repository.top);
    // A link is followed: git keeps the contents under the name they have.
    let real = fs::canonicalize(&changed.absolute).ok();
    let inside = real
        .as_deref()
        .zip(fs::canonicalize(from).ok())
        .and_then(|(real, from)| real.strip_prefix(from).ok().map(Path::to_path_buf));
    match inside {
        Some(inside) => {
            let parts = inside.components();
            let parts: Vec<_> = parts
                .map(|part| part.as_os_str().to_string_lossy())
                .collect();
            parts.join("/")
        }
        None => path.to_owned(),
    }
}

/// A path with its prefix, in quotes where git would put it in quotes.
fn quoted(prefix: &str, path: &str) -> String {
    let plain = |byte: u8| (0x20..0x7f).contains(&byte) && byte != b'"' && byte != b'\\';
    if path.bytes().all(plain) {
        return format!("{prefix}{path}");
    }
    let mut out = format!("\"{prefix}");
    for byte in path.bytes() {
        match byte {
            b'"' | b'\\' => {
                out.push('\\');
                out.push(byte.into());
            }
            b'\n' => out.push_str("\\n"),
            b'\t' => out.push_str("\\t"),
            byte if plain(byte) => out.push(byte.into()),
            byte => _ = write!(out, "\\{byte:03o}"),
        }
    }
    out.push('"');
    out
}

/// The name that git gives to contents.
fn blob_id(format: ObjectFormat, bytes: &[u8]) -> String {
    let head = format!("blob {}\0", bytes.len());
    let hash: Vec<u8> = match format {
        ObjectFormat::Sha1 => sha1::Sha1::new()
            .chain_update(head)
            .chain_update(bytes)
            .finalize()
            .to_vec(),
        ObjectFormat::Sha256 => sha2::Sha256::new()
            .chain_update(head)
            .chain_update(bytes)
            .finalize()
            .to_vec(),
    };
    hash.iter().fold(String::new(), |mut text, byte| {
        _ = write!(text, "{byte:02x}");
        text
    })
}

/// The mode that git notes for a file.
fn mode(path: &Path) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if fs::metadata(path).is_ok_and(|known| known.permissions().mode() & 0o100 != 0) {
            return "100755";
        }
    }
    #[cfg(not(unix))]
    let _ = path;
    "100644"
}

/// A moment as mail headers write it, in UTC.
fn rfc_2822(seconds: i64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [(&str, i64); 12] = [
        ("Jan", 31),
        ("Feb", 28),
        ("Mar", 31),
        ("Apr", 30),
        ("May", 31),
        ("Jun", 30),
        ("Jul", 31),
        ("Aug", 31),
        ("Sep", 30),
        ("Oct", 31),
        ("Nov", 30),
        ("Dec", 31),
    ];
    let seconds = seconds.max(0);
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let (mut year, mut day) = (1970, days);
    while day >= 365 + i64::from(leap(year)) {
        day -= 365 + i64::from(leap(year));
        year += 1;
    }
    let mut name = "";
    for (month, length) in MONTHS {
        let length = length + i64::from(month == "Feb" && leap(year));
        name = month;
        if day < length {
            break;
        }
        day -= length;
    }
    format!(
        "{}, {} {name} {year} {:02}:{:02}:{:02} +0000",
        DAYS[usize::try_from(days % 7).unwrap_or(0)],
        day + 1,
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_named_as_git_names_them() {
        // `printf 'a\n' | git hash-object --stdin`, in a repository of either format.
        assert_eq!(
            blob_id(ObjectFormat::Sha1, b"a\n"),
            "78981922613b2afb6025042ff6bd878ac1994e85"
        );
        assert_eq!(blob_id(ObjectFormat::Sha256, b"").len(), 64);
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(rfc_2822(0), "Thu, 1 Jan 1970 00:00:00 +0000");
        assert_eq!(rfc_2822(951_782_400), "Tue, 29 Feb 2000 00:00:00 +0000");
        assert_eq!(rfc_2822(1_735_689_599), "Tue, 31 Dec 2024 23:59:59 +0000");
    }

    #[test]
    fn names_are_quoted_as_git_quotes_them() {
        assert_eq!(quoted("a/", "x y.py"), "a/x y.py");
        assert_eq!(quoted("a/", "é\"\\\n.py"), r#""a/\303\251\"\\\n.py""#);
    }
}
