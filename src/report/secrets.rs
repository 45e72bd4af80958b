//! Secrets in source lines.
//!
//! Takes one line as it is on disk; gives the byte ranges that must not be shown: user and password of a URL, values
//! beside words such as `password`, in settings files every value that is not a number, a switch or a URL, and in
//! their comments whatever could be a value that was put aside.

use std::ops::Range;

/// What stands in place of a secret.
pub(super) const MASK: &str = "***";

/// Words that make the value beside them a secret.
const WORDS: [&str; 9] = [
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "api_key",
    "apikey",
    "private_key",
];

/// The secrets of a line, sorted and apart.
pub(super) fn find(line: &[u8], is_settings: bool) -> Vec<Range<usize>> {
    let mut found = user_info(line);
    found.extend(beside_words(line, is_settings));
    if is_settings {
        found.extend(setting(line));
    }
    found.retain(|range| !range.is_empty());
    found.sort_by_key(|range| (range.start, range.end));
    let mut apart: Vec<Range<usize>> = Vec::new();
    for range in found {
        match apart.last_mut() {
            Some(last) if range.start < last.end => last.end = last.end.max(range.end),
            _ => apart.push(range),
        }
    }
    apart
}

/// The line with its secrets replaced.
pub(super) fn mask(line: &[u8], is_settings: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(line.len());
    let mut at = 0;
    for range in find(line, is_settings) {
        out.extend_from_slice(&line[at..range.start]);
        out.extend_from_slice(MASK.as_bytes());
        at = range.end;
    }
    out.extend_from_slice(&line[at..]);
    out
}

/// `user:password` of every `scheme://user:password@host`; holes (`{user}`, `${USER}`, `%s`) are no secrets, but the
/// strings that follow a URL with nameless holes fill them.
fn user_info(line: &[u8]) -> Vec<Range<usize>> {
    memchr::memmem::find_iter(line, "://")
        .flat_map(|at| {
            let mut found = Vec::new();
            let start = at + 3;
            let url = &line[start..start + url_length(&line[start..])];
            let authority = url
                .iter()
                .position(|byte| b"/?#".contains(byte))
                .unwrap_or(url.len());
            // An unescaped `/` in a password ends the authority too early; then what follows the colon is no port.
            let has_port = url[..authority]
                .iter()
                .position(|byte| *byte == b':')
                .is_none_or(|colon| {
                    let port = &url[colon + 1..authority];
                    port.iter().all(u8::is_ascii_digit) || only_holes(port)
                });
            let end = match memchr::memrchr(b'@', &url[..authority]) {
                Some(end) => end,
                None if has_port => return found,
                // The host may stand in another string: `"db://user:password" + "@host"`.
                None => memchr::memrchr(b'@', url).unwrap_or(url.len()),
            };
            let user_info = &url[..end];
            if !only_holes(user_info) {
                found.push(start..start + end);
            }
            let is_nameless = |hole: &&[u8]| memchr::memmem::find(user_info, hole).is_some();
            if [&b"{}"[..], b"{0", b"{1", b"%s"].iter().any(is_nameless) {
                found.extend(strings(line, start + url.len() + 1));
            }
            found
        })
        .collect()
}

/// What stands in the strings of a line behind `from`.
fn strings(line: &[u8], from: usize) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = from;
    while let Some(open) = line
        .get(at..)
        .and_then(|rest| memchr::memchr2(b'"', b'\'', rest))
    {
        let start = at + open + 1;
        let close = memchr::memchr(line[start - 1], &line[start..]);
        let end = close.map_or(line.trim_ascii_end().len().max(start), |close| {
            start + close
        });
        found.push(start..end);
        at = end + 1;
    }
    found
}

/// How many bytes from the start belong to one URL: up to white space or a quote outside of a hole.
fn url_length(text: &[u8]) -> usize {
    let mut depth = 0usize;
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            b'\r' | b'\n' => return at,
            b' ' | b'\t' | b'"' | b'\'' | b'`' | b'<' | b'>' if depth == 0 => return at,
            _ => {}
        }
    }
    text.len()
}

/// Whether the text is nothing but holes that something else fills, and colons.
fn only_holes(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text);
    text.split(':').all(|part| {
        part.is_empty()
            || (part.starts_with('{') || part.starts_with("${") || part.starts_with("%("))
                && part.ends_with(['}', 's'])
            || part == "%s"
            || part.strip_prefix('$').is_some_and(|name| {
                !name.is_empty()
                    && name
                        .chars()
                        .all(|char| char.is_alphanumeric() || char == '_')
            })
    })
}

/// Values beside a word of [`WORDS`]: `password="…"`, `"password": "…"`, `getenv("DB_PASSWORD", "…")`,
/// `?password=…`, and in settings files `PASSWORD=…`.
fn beside_words(line: &[u8], is_settings: bool) -> Vec<Range<usize>> {
    let lower = line.to_ascii_lowercase();
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-".contains(byte);
    let mut found = Vec::new();
    for word in WORDS {
        for start in memchr::memmem::find_iter(&lower, word) {
            let tail = |from: usize, of: &dyn Fn(&u8) -> bool| {
                from + line[from..].iter().take_while(|byte| of(byte)).count()
            };
            let spaces = |from: usize| tail(from, &|byte| b" \t".contains(byte));
            let mut at = tail(start, &is_name);
            let quoted = line.get(at).is_some_and(|byte| b"\"'".contains(byte));
            at = spaces(at + usize::from(quoted));
            at += usize::from(quoted && line.get(at) == Some(&b']'));
            at = spaces(at);
            let separator = line.get(at).copied();
            let is_separator = match separator {
                Some(b'=') => line.get(at + 1) != Some(&b'='),
                Some(b':') => true,
                Some(b',') => quoted,
                _ => false,
            };
            if !is_separator {
                continue;
            }
            at = spaces(at + 1);
            if separator == Some(b':') && !quoted && !is_settings {
                // `password: str = "…"`: the value follows the annotation.
                let annotation = tail(at, &|byte| !b"=,)\"'".contains(byte));
                if line.get(annotation) == Some(&b'=') {
                    at = spaces(annotation + 1);
                }
            }
            let text = tail(at, &|byte| b"rbfuRBFU".contains(byte));
            match line.get(text) {
                Some(quote @ (b'"' | b'\'')) => {
                    let open = tail(text, &|byte| byte == quote);
                    let close = tail(open, &|byte| byte != quote && !b"\r\n".contains(byte));
                    // Two quotes are an empty string, one or three open one.
                    if (open - text) % 2 == 1 {
                        found.push(open..close);
                    }
                }
                _ if is_settings || is_in_query(line, start) || is_in_string(line, start) => {
                    found.push(at..tail(at, &|byte| !b"&\"'#,) \t\r\n".contains(byte)));
                }
                _ => {}
            }
        }
    }
    found
}

/// Whether the name at `at` stands in the query of a URL.
fn is_in_query(line: &[u8], at: usize) -> bool {
    line[..at]
        .iter()
        .rev()
        .find(|byte| !byte.is_ascii_alphanumeric() && !b"_-".contains(byte))
        .is_some_and(|byte| b"?&".contains(byte))
}

/// Whether a quote is open at `at`, as in `connect("host=h password=…")`.
fn is_in_string(line: &[u8], at: usize) -> bool {
    let quotes = line[..at].iter().filter(|byte| b"\"'".contains(byte));
    quotes.count() % 2 == 1
}

/// The value of a line of a settings file, unless it is a number, a switch or a URL (whose secrets are found anyway),
/// and what is secret in its comment.
fn setting(line: &[u8]) -> Vec<Range<usize>> {
    let end = line.trim_ascii_end().len();
    let line = &line[..end];
    let indent = end - line.trim_ascii_start().len();
    if line.get(indent) == Some(&b'#') {
        return comment(line, indent + 1);
    }
    let Some(separator) = memchr::memchr2(b'=', b':', line) else {
        return Vec::new();
    };
    let start = separator + 1;
    let hash = comment_start(line, start);
    let value = line[start..hash.unwrap_or(end)].trim_ascii_end();
    let mut found = Vec::new();
    if !is_plain(value) {
        // Not every reader of such files knows comments: the rest may belong to the password.
        if WORDS.iter().any(|word| contains(&line[..separator], word)) {
            found.push(start..end);
            return found;
        }
        found.push(start..start + value.len());
    }
    found.extend(hash.map(|hash| comment(line, hash + 1)).unwrap_or_default());
    found
}

/// Where the comment behind the value at `from` starts, which a `#` outside of quotes and behind white space does.
fn comment_start(line: &[u8], from: usize) -> Option<usize> {
    let value = line[from..].trim_ascii_start();
    let value_start = line.len() - value.len();
    let mut at = value_start;
    if let Some(quote @ (b'"' | b'\'')) = value.first() {
        // A quote that is not closed leaves no comment.
        at += 2 + memchr::memchr(*quote, &value[1..])?;
    }
    let hash = memchr::memchr_iter(b'#', &line[at..]).map(|found| at + found);
    hash.into_iter()
        .find(|hash| line[hash - 1].is_ascii_whitespace())
}

/// Whether a value is a number, a switch, or a URL.
fn is_plain(value: &[u8]) -> bool {
    let value = String::from_utf8_lossy(value).to_ascii_lowercase();
    let value = value.trim().trim_matches(['"', '\'']);
    let is_switch = matches!(value, "true" | "false" | "yes" | "no" | "on" | "off");
    let is_number = value
        .chars()
        .all(|char| char.is_ascii_digit() || char == '.');
    is_switch || is_number || value.contains("://")
}

/// What could be a value in the comment whose text starts at `start`: what is assigned to a name, unless it is plain; a
/// word that stands alone; a word with digits and letters or signs in it; and everything else when a word of [`WORDS`]
/// occurs.
fn comment(line: &[u8], start: usize) -> Vec<Range<usize>> {
    let words = words(line, start);
    let Some(first) = words.first() else {
        return Vec::new();
    };
    let is_secret = WORDS.iter().any(|word| contains(&line[start..], word));
    let separator = memchr::memchr2(b'=', b':', &line[start..]).map(|at| start + at);
    // `NAME=value`, `NAME = value`, `name: value`.
    let assigned = separator.filter(|at| {
        words
            .iter()
            .all(|word| word.start <= first.start || word.start >= *at)
    });
    if let Some(separator) = assigned {
        let value = &line[separator + 1..];
        if is_secret
            || line[separator] == b'='
            || value.trim_ascii().split(u8::is_ascii_whitespace).count() == 1
        {
            let rest = separator + 1..line.len();
            return if is_plain(value) {
                Vec::new()
            } else {
                vec![rest]
            };
        }
    }
    if is_secret {
        return std::iter::once(first.start..line.len()).collect();
    }
    let is_alone = words.len() == 1;
    let hidden = |word: &Range<usize>| {
        let word = &line[word.clone()];
        let says = word.iter().any(u8::is_ascii_alphanumeric) || !word.is_ascii();
        says && !is_plain(word) && (is_alone || !is_word(word))
    };
    words.iter().filter(|word| hidden(word)).cloned().collect()
}

/// The words of a line from `start` on.
fn words(line: &[u8], start: usize) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut open = None;
    for at in start..=line.len() {
        let is_space = line.get(at).is_none_or(u8::is_ascii_whitespace);
        match (open, is_space) {
            (None, false) => open = Some(at),
            (Some(from), true) => {
                found.push(from..at);
                open = None;
            }
            _ => {}
        }
    }
    found
}

/// Whether it is a word of a sentence or a number: letters or digits, not both, with what sentences put around them.
fn is_word(word: &[u8]) -> bool {
    let word = String::from_utf8_lossy(word);
    let inner = word.trim_matches(|char: char| "([{\"'`.,;:!?)]}".contains(char));
    let of = |test: fn(char) -> bool| {
        inner
            .chars()
            .all(|char| test(char) || "-_'/.,".contains(char))
    };
    of(char::is_alphabetic) || of(|char| char.is_ascii_digit())
}

/// Whether a text holds a word in any case.
fn contains(text: &[u8], word: &str) -> bool {
    memchr::memmem::find(&text.to_ascii_lowercase(), word.as_bytes()).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(line: &str, is_settings: bool) -> String {
        String::from_utf8_lossy(&mask(line.as_bytes(), is_settings)).into_owned()
    }

    #[test]
    fn no_marker_survives() {
        for line in [
            "e = make(\"db://me:HUNTER2@host/d\")",
            "e = make('db+x://HUNTER2@host:5432/d?x=1')",
            "e = make('db://me:HUN/TER2HUNTER2@host/d')",
            "e = make(f\"db://{os.environ['U']}:HUNTER2@{h}/d\")",
            "e = make('db://host/d?a=1&password=HUNTER2&b=2')",
            "connect(host='h', password='HUNTER2', port=1)",
            "connect('host=h user=u password=HUNTER2 port=1')",
            "e = make('db://me:HUNTER2' + '@host/d')",
            "e = make('db://{}:{}@host/d'.format('HUNTER2', \"HUNTER2\"))",
            "e = make('db://%s:%s@host/d' % ('HUNTER2', 'HUNTER2'))",
            "connect(passwd=\"HUNTER2\")",
            "DB = {\"PASSWORD\": \"HUNTER2\", \"port\": 1}",
            "os.environ[\"DB_PASSWORD\"] = \"HUNTER2\"",
            "p = os.getenv(\"DB_PASSWORD\", \"HUNTER2\")",
            "password: str = \"HUNTER2\"",
            "SECRET_KEY = b\"HUNTER2\"",
        ] {
            assert!(
                !masked(line, false).contains("HUNTER2"),
                "{}",
                masked(line, false)
            );
        }
        for line in [
            "DB_PASSWORD=HUNTER2",
            "export THING='HUNTER2 x'",
            "# OLD=HUNTER2",
            "URL=db://me:HUNTER2@h/d",
            "key: HUNTER2",
            "#HUNTER2",
            "# hunter: HUNTER2",
            "# HUNTER2 # HUNTER2",
            "# was HUNTER2 before",
            "# the password is HUNTER2",
            "# password HUNTER2: HUNTER2",
            "# HUNTER2 was = 5",
            "# was HUNTER2 = HUNTER2",
            "# see: HUNTER2 or x",
            "# OLD = x HUNTER2",
            "POOL_SIZE=5 # HUNTER2",
            "POOL_SIZE=5 # OLD=HUNTER2",
            "PASSWORD=a #HUNTER2",
            "PASSWORD=a # b HUNTER2",
            "THING='HUNTER2 # x' # no HUNTER2 here",
            "THING='HUNTER2 # HUNTER2",
            "THING=HUNTER2#HUNTER2 # see db://h",
            "URL=db://me:HUNTER2@h/d # HUNTER2",
            "HUNTER=HUNTER2 # see https://example.org",
        ] {
            assert!(
                !masked(line, true).contains("HUNTER2"),
                "{}",
                masked(line, true)
            );
        }
    }

    #[test]
    fn what_is_no_secret_stays_readable() {
        for line in [
            "e = make(URL, size=5)  # see https://example.org/@someone",
            "e = make(f\"db://{user}:{password}@{host}/d\")",
            "e = make(\"db://host:5432/d\", password=password)",
            "if password == \"\":",
            "connect(password=\"\", host=\"h\")",
            "e = make(f\"db://host:{port}/d\", name='x')",
            "e = make('db://host:5432/d', name='x')",
            "def connect(password: str, size: int = 5):",
        ] {
            assert_eq!(masked(line, false), line);
        }
        assert_eq!(masked("POOL_SIZE=20\r\n", true), "POOL_SIZE=20\r\n");
        assert_eq!(masked("ECHO=\"false\"", true), "ECHO=\"false\"");
        assert_eq!(masked("A=db://u:p@h/d\n", true), "A=db://***@h/d\n");
        assert_eq!(masked("A=b\n", true), "A=***\n");
        for line in [
            "# Connections of the web processes, not of workers (see docs).\n",
            "POOL_SIZE=20  # five of them are for 2 workers\n",
            "#POOL_SIZE=20\n",
            "# POOL_SIZE = \"20\"\n",
            "ECHO=off # it's off/on\n",
            "# DB_POOL_SIZE: what each process may open\n",
            "#\n",
            "####\n",
        ] {
            assert_eq!(masked(line, true), line);
        }
        for (line, shown) in [
            ("A=b # as in the docs", "A=*** # as in the docs"),
            ("A='b # c' # as in docs", "A=*** # as in docs"),
            ("A=b#c # as in docs", "A=*** # as in docs"),
            ("PASSWORD=a # b", "PASSWORD=***"),
            ("#A=b", "#A=***"),
            ("# abc", "# ***"),
            ("# one a1b2 three", "# one *** three"),
        ] {
            assert_eq!(masked(line, true), shown);
        }
    }
}
