//! Differences of two contents, line by line.
//!
//! Takes bytes old and new; gives the hunks of a unified diff. Invariant: what is not UTF-8 or has no line end at its
//! end comes out as it went in.

/// Lines of context around a change in a patch.
pub const CONTEXT: usize = 3;

/// The hunks between two contents.
pub fn hunks(old: &[u8], new: &[u8], context: usize) -> Vec<u8> {
    let mut options = diffy::DiffOptions::new();
    options.set_context_len(context);
    let patch = options.create_patch_bytes(old, new);
    let mut text = Vec::new();
    // An empty line of context is written with its space, as git does. Writing into memory does not fail.
    let formatter = diffy::PatchFormatter::new().suppress_blank_empty(false);
    _ = formatter.write_patch_into(&patch, &mut text);
    // The two lines with names in front are written by whoever knows the names.
    let from = memchr::memchr_iter(b'\n', &text).nth(1);
    text.split_off(from.map_or(text.len(), |at| at + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_line_end_is_said_and_context_is_kept() {
        let diff = hunks(b"a\n\nb\r\nc", b"a\n\nb\r\nd\n", CONTEXT);
        let expected = "@@ -1,4 +1,4 @@\n a\n \n b\r\n-c\n\\ No newline at end of file\n+d\n";
        assert_eq!(String::from_utf8_lossy(&diff), expected);
        assert!(hunks(b"a\n", b"a\n", 0).is_empty());
    }
}
