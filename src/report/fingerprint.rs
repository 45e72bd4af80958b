//! Fingerprints: which findings of two runs are the same one.
//!
//! Takes a finding; gives a number that survives moved lines, reformatting, a changed password, and a moved file.
//! Invariant: no value of a settings file goes into it.

use super::{Texts, secrets};
use crate::finding::Finding;

/// The fingerprint of a finding, 16 hexadecimal digits: the hash of its rule, the qualified name of what it lies in,
/// its source with white space normalised and secrets masked, and its fold key.
pub fn fingerprint(finding: &Finding, texts: &Texts<'_>) -> String {
    let place = finding.place;
    let source = if texts.sources().is_settings(place.file) {
        String::new()
    } else {
        let text = texts.text(place.file);
        let bytes = text.bytes.get(place.span.range()).unwrap_or_default();
        normalised(bytes)
    };
    let parts = [finding.rule, &finding.symbol, &source, &finding.fold_key];
    format!("{:016x}", fnv1a(parts.join("\0").as_bytes()))
}

/// The words of a piece of source, secrets masked. White space counts only between two word characters.
fn normalised(bytes: &[u8]) -> String {
    let masked: Vec<u8> = bytes
        .split_inclusive(|byte| *byte == b'\n')
        .flat_map(|line| secrets::mask(line, false))
        .collect();
    let text = String::from_utf8_lossy(&masked);
    let is_word = |char: char| char.is_alphanumeric() || char == '_';
    let mut out = String::new();
    for word in text.split_whitespace() {
        if out.ends_with(is_word) && word.starts_with(is_word) {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// FNV-1a, 64 bits (Fowler, Noll, Vo; draft-eastlake-fnv): stable across versions and machines, unlike the hashers of
/// the standard library; collisions cost no more than one baseline entry that counts for two.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests;
    use super::*;

    #[test]
    fn the_hash_is_the_published_one() {
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn it_survives_moves_and_changes_with_what_matters() {
        let one = "make(\"db://u:old@h/d\", size=5)";
        let two = "# moved\n\nmake(\n    \"db://u:new@h/d\",\r\n    size = 5)";
        let other = "make(\"db://u:old@h/d\", size=6)";
        let sources = tests::Texts(
            [one, two, other]
                .into_iter()
                .map(|text| ("a.py", text.into()))
                .collect(),
        );
        let print = |file: usize, symbol: &str, key: &str| {
            let text = String::from_utf8_lossy(&sources.0[file].1).into_owned();
            let needle = text.trim_start_matches("# moved\n\n");
            let place = sources.place(file, needle, 0);
            let finding = Finding::new("r", place, "m").symbol(symbol).fold_key(key);
            fingerprint(&finding, &Texts::new(&sources))
        };
        assert_eq!(print(0, "f", ""), print(1, "f", ""));
        assert_eq!(print(0, "f", "").len(), 16);
        assert_ne!(print(0, "f", ""), print(2, "f", ""));
        assert_ne!(print(0, "f", ""), print(0, "g", ""));
        assert_ne!(print(0, "f", ""), print(0, "f", "k"));
    }
}
