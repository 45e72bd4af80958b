//! The frontend of process commands: what containers, process managers and shell scripts start.
//!
//! Takes the path and bytes of a Dockerfile, Procfile or shell script, or the text of one command; gives the commands
//! that name a module, something in one, or a file of code. Quotes only hold words together here: what a shell would do
//! with them, with variables and with loops is not worked out. Invariant: a pure function that never fails.

use crate::source::{Language, Span};

/// A command.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Command {
    /// Its words, without quotes.
    pub words: Vec<String>,
    /// The line on which it starts, or its text in a compose file.
    pub span: Span,
}

/// How many commands are read of one file.
const MOST: usize = 1_000;

/// Reads a file of commands.
pub fn parse(path: &str, bytes: &[u8]) -> Vec<Command> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Vec::new();
    };
    let name = path.rsplit('/').next().unwrap_or(path);
    let mut found = Vec::new();
    for (line, span) in lines(text) {
        let started = if name.starts_with("Procfile") {
            line.split_once(':').map(|(_, command)| command)
        } else if name.ends_with(".sh") {
            Some(line.as_str())
        } else {
            line.split_once([' ', '\t']).and_then(|(word, rest)| {
                let starts = ["CMD", "ENTRYPOINT"];
                let starts = starts.iter().any(|known| word.eq_ignore_ascii_case(known));
                starts.then_some(rest)
            })
        };
        found.extend(started.into_iter().flat_map(|text| commands(text, span)));
        if found.len() >= MOST {
            break;
        }
    }
    found
}

/// The commands in a text that name a module or a file of code.
pub fn commands(text: &str, span: Span) -> Vec<Command> {
    let listed = text.trim_start().starts_with('[');
    let mut all = vec![Vec::new()];
    let parts = |char: char| {
        char.is_whitespace() || "\"'`()".contains(char) || listed && "[],".contains(char)
    };
    for word in text.split(parts).filter(|word| !word.is_empty()) {
        let (word, ends) = match word.strip_suffix(';') {
            Some(word) => (word, true),
            None => (word, false),
        };
        if matches!(word, "&&" | "||" | "|" | "&") {
            all.push(Vec::new());
        } else if let (Some(last), false) = (all.last_mut(), word.is_empty()) {
            last.push(word.to_owned());
        }
        if ends {
            all.push(Vec::new());
        }
    }
    all.retain(|words| {
        words
            .iter()
            .any(|word| module_of(word).is_some() || is_source(word))
    });
    let with_place = all.into_iter().map(|words| Command { words, span });
    with_place.collect()
}

/// Whether a word of a command is a file of code (`jobs/train.py`).
fn is_source(word: &str) -> bool {
    Language::of(word).is_some_and(|language| Language::SOURCES.contains(&language))
}

/// The module that a word of a command names: `shop.asgi` of `shop.asgi:application`.
pub fn module_of(word: &str) -> Option<&str> {
    let (module, rest) = word.split_once(':').unwrap_or((word, ""));
    let is_name = |part: &str| {
        let mut chars = part.chars();
        let first = chars.next();
        first.is_some_and(|char| char.is_ascii_alphabetic() || char == '_')
            && chars.all(|char| char.is_ascii_alphanumeric() || char == '_')
    };
    let fits = module.split('.').all(is_name);
    (fits && (module.contains('.') || rest.split('.').all(is_name))).then_some(module)
}

/// The lines of a text, each with those that continue it; comments are left out.
fn lines(text: &str) -> Vec<(String, Span)> {
    let mut found: Vec<(String, Span)> = Vec::new();
    let (mut continues, mut start) = (false, 0);
    for line in text.split('\n') {
        let at = start;
        start += line.len() + 1;
        let shown = line.trim();
        if shown.is_empty() || shown.starts_with('#') {
            continue;
        }
        let (body, goes_on) = match shown.strip_suffix('\\') {
            Some(body) => (body, true),
            None => (shown, false),
        };
        match found.last_mut().filter(|_| continues) {
            Some((before, _)) => {
                before.push(' ');
                before.push_str(body);
            }
            None => {
                let lead = line.len() - line.trim_start().len();
                let span = Span::new(at + lead, at + lead + shown.len());
                found.push((body.to_owned(), span));
            }
        }
        continues = goes_on;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(path: &str, text: &str) -> Vec<String> {
        let found = parse(path, text.as_bytes());
        found.iter().map(|one| one.words.join(" ")).collect()
    }

    #[test]
    fn commands_of_every_kind_of_file() {
        let shell = "#!/bin/sh\n# uvicorn old.asgi:app\nset -e\npython manage.py migrate && exec uvicorn \\\n  shop.asgi:application --port 80\n";
        assert_eq!(
            words("bin/start.sh", shell),
            [
                "python manage.py migrate",
                "exec uvicorn shop.asgi:application --port 80"
            ]
        );
        let docker = "FROM python\nRUN pip install a.b\nCMD [\"daphne\", \"-b\", \"0.0.0.0\", \"shop.asgi:application\"]\n";
        assert_eq!(
            words("Dockerfile", docker),
            ["daphne -b 0.0.0.0 shop.asgi:application"]
        );
        assert_eq!(
            words("Procfile", "web: gunicorn shop.wsgi\nrelease: ./release\n"),
            ["gunicorn shop.wsgi"]
        );
        let shell = "ENTRYPOINT bash -c 'sleep 1; hypercorn shop.asgi'\n";
        assert_eq!(words("app.Dockerfile", shell), ["hypercorn shop.asgi"]);
    }

    #[test]
    fn places_are_inside_the_text() {
        let text = "\n  web: uvicorn a.b:c\r\n";
        let found = parse("Procfile", text.as_bytes());
        assert_eq!(&text[found[0].span.range()], "web: uvicorn a.b:c");
    }
}
