//! The frontend of compose files: which service is built from which folder, and what its environment is.
//!
//! Takes the bytes of one file; gives its services. The part of YAML that such files use is read line by line: block
//! mappings and lists, flow lists and mappings on one line, quotes, anchors, aliases and merges. What else there is stays
//! unread. Invariant: a pure function that never fails; its work is bounded by the file's size, since an alias is
//! followed when it is asked for and a bounded number of times.

use super::commands::{Command, commands};
use super::settings::{HOLE, Setting, SettingValue};
use crate::source::Span;
use std::collections::HashMap;

/// A service.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// The folder it is built from, relative to the compose file; nothing for a service of an image from elsewhere.
    pub build: Option<String>,
    /// What it sets, the winning setting of each name. `${NAME}` is resolved when there is a default only, see
    /// [`Hole`].
    pub environment: Vec<(Setting, Vec<Hole>)>,
    /// The files of settings it reads, relative to the compose file, in order.
    pub env_files: Vec<String>,
    /// What it starts, as far as that names a module.
    pub commands: Vec<Command>,
}

/// A variable that compose replaces when it reads the file: [`HOLE`] stands in its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hole {
    /// The name of the variable.
    pub name: String,
    /// What stands there when the variable is not set.
    pub default: Option<String>,
}

/// Whether a compose file of this name is read without being asked for, not one for some environment.
pub fn is_plain(name: &str) -> bool {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let stem = stem.strip_suffix(".override").unwrap_or(stem);
    matches!(stem, "compose" | "docker-compose")
}

/// Bounds on hostile files.
const MOST_LINES: usize = 50_000;
const MOST_NODES: usize = 50_000;
const MOST_DEPTH: usize = 32;
const MOST_SERVICES: usize = 500;
const MOST_SETTINGS: usize = 1_000;
/// How many aliases, merges and `extends` lie one behind the other.
const MOST_ALIASES: usize = 4;

/// A node of the tree: a scalar, a mapping or a list.
#[derive(Default)]
struct Node {
    /// The key; empty for an item of a list.
    key: Option<(String, Span)>,
    scalar: Option<(String, Span)>,
    /// The lines of a block of text, and where they stand.
    block: Option<(String, Span)>,
    alias: Option<String>,
    children: Vec<usize>,
    is_list: bool,
}

/// The tree of one file.
struct Tree {
    nodes: Vec<Node>,
    anchors: HashMap<String, usize>,
}

/// Reads a compose file.
pub fn parse(bytes: &[u8]) -> Vec<Service> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Vec::new();
    };
    let tree = Tree::read(text);
    let Some(services) = tree.child(0, "services") else {
        return Vec::new();
    };
    tree.entries(services)
        .into_iter()
        .take(MOST_SERVICES)
        .filter_map(|node| {
            let (name, _) = tree.nodes[node].key.as_ref()?;
            let mut service = Service {
                name: name.clone(),
                build: None,
                environment: Vec::new(),
                env_files: Vec::new(),
                commands: Vec::new(),
            };
            tree.fill(&mut service, services, node, MOST_ALIASES);
            Some(service)
        })
        .collect()
}

impl Tree {
    fn read(text: &str) -> Self {
        let mut tree = Self {
            nodes: vec![Node::default()],
            anchors: HashMap::new(),
        };
        // The open nodes and the column from which their children start.
        let mut open: Vec<(usize, usize)> = vec![(0, 0)];
        // The column of a block of text (`|`, `>`), whose lines are no nodes.
        let mut block: Option<(usize, usize)> = None;
        let mut start = 0;
        for line in text.split('\n').take(MOST_LINES) {
            let at = start;
            start += line.len() + 1;
            let line = line.strip_suffix('\r').unwrap_or(line);
            let line = if at == 0 {
                line.strip_prefix('\u{feff}').unwrap_or(line)
            } else {
                line
            };
            let at = if at == 0 && text.starts_with('\u{feff}') {
                3
            } else {
                at
            };
            let mut column = line.len() - line.trim_start_matches(' ').len();
            if line.trim().is_empty() {
                continue;
            }
            if let Some((around, node)) = block {
                if column > around {
                    tree.block_line(node, line.trim(), at + column);
                    continue;
                }
                block = None;
            }
            let mut rest = &line[column..];
            if rest.starts_with(['#', '\t']) || rest == "---" || rest.starts_with('%') {
                continue;
            }
            if rest == "..." || tree.nodes.len() >= MOST_NODES {
                break;
            }
            // A list may stand at the column of its key.
            let is_item = |rest: &str| rest == "-" || rest.starts_with("- ");
            while open.len() > 1 {
                let (node, from) = open[open.len() - 1];
                let inside =
                    column > from || (is_item(rest) && column == from && !tree.is_item(node));
                if inside {
                    break;
                }
                open.pop();
            }
            while is_item(rest) && open.len() < MOST_DEPTH {
                let parent = open[open.len() - 1].0;
                tree.nodes[parent].is_list = true;
                let item = tree.add(parent, None);
                open.push((item, column));
                let inner = rest[1..].trim_start_matches(' ');
                column += rest.len() - inner.len();
                rest = inner;
            }
            if open.len() >= MOST_DEPTH {
                continue;
            }
            let parent = open[open.len() - 1].0;
            match key(rest) {
                Some((name, length, value)) => {
                    let span = Span::new(at + column, at + column + length);
                    let node = tree.add(parent, Some((name, span)));
                    open.push((node, column));
                    let lead = rest.len() - rest[value..].trim_start().len();
                    tree.value(
                        node,
                        &rest[lead.max(value)..],
                        at + column + lead.max(value),
                    );
                    if tree.nodes[node]
                        .scalar
                        .as_ref()
                        .is_some_and(|(text, _)| text.starts_with(['|', '>']))
                    {
                        block = Some((column, node));
                        tree.nodes[node].scalar = None;
                    }
                }
                None => tree.value(parent, rest, at + column),
            }
        }
        tree
    }

    fn block_line(&mut self, node: usize, line: &str, at: usize) {
        let span = Span::new(at, at + line.len());
        match &mut self.nodes[node].block {
            Some((text, whole)) => {
                text.push(' ');
                text.push_str(line);
                whole.end = span.end;
            }
            none => *none = Some((line.to_owned(), span)),
        }
    }

    fn is_item(&self, node: usize) -> bool {
        node != 0 && self.nodes[node].key.is_none()
    }

    fn add(&mut self, parent: usize, key: Option<(String, Span)>) -> usize {
        let node = self.nodes.len();
        self.nodes.push(Node {
            key,
            ..Node::default()
        });
        self.nodes[parent].children.push(node);
        node
    }

    /// Reads what stands behind a key or a dash, at offset `at` of the file.
    fn value(&mut self, node: usize, text: &str, at: usize) {
        let mut text = without_comment(text).trim_end();
        let mut at = at;
        for _ in 0..2 {
            if let Some(rest) = text.strip_prefix('&') {
                let name = rest.split([' ', '\t']).next().unwrap_or_default();
                self.anchors.insert(name.to_owned(), node);
                let inner = rest[name.len()..].trim_start();
                at += text.len() - inner.len();
                text = inner;
            } else if text.starts_with('!') {
                // A tag says nothing that counts here.
                let tag = text.split([' ', '\t']).next().unwrap_or_default();
                let inner = text[tag.len()..].trim_start();
                at += text.len() - inner.len();
                text = inner;
            }
        }
        if text.is_empty() {
            return;
        }
        if let Some(name) = text.strip_prefix('*') {
            self.nodes[node].alias = Some(name.trim().to_owned());
            return;
        }
        let flow = |open, close| {
            text.strip_prefix(open)
                .and_then(|rest: &str| rest.strip_suffix(close))
        };
        if let Some(inner) = flow('[', ']') {
            self.nodes[node].is_list = true;
            for (offset, item) in pieces(inner) {
                if self.nodes.len() >= MOST_NODES {
                    return;
                }
                let child = self.add(node, None);
                self.scalar(child, item, at + 1 + offset);
            }
        } else if let Some(inner) = flow('{', '}') {
            for (offset, item) in pieces(inner) {
                if self.nodes.len() >= MOST_NODES {
                    return;
                }
                if let Some((name, length, value)) = key(item) {
                    let start = at + 1 + offset;
                    let span = Span::new(start, start + length);
                    let child = self.add(node, Some((name, span)));
                    let value = value + item[value..].len() - item[value..].trim_start().len();
                    self.scalar(child, &item[value..], start + value);
                }
            }
        } else {
            self.scalar(node, text, at);
        }
    }

    fn scalar(&mut self, node: usize, text: &str, at: usize) {
        if let Some(name) = text.strip_prefix('*') {
            self.nodes[node].alias = Some(name.trim().to_owned());
        } else if let Some((text, span)) = scalar(text, at) {
            self.nodes[node].scalar = Some((text, span));
        }
    }

    /// The node that an alias stands for.
    fn real(&self, mut node: usize) -> usize {
        for _ in 0..MOST_ALIASES {
            match self.nodes[node]
                .alias
                .as_ref()
                .and_then(|name| self.anchors.get(name))
            {
                Some(target) => node = *target,
                None => break,
            }
        }
        node
    }

    /// The value under a key of a mapping; merged mappings are looked into last.
    fn child(&self, node: usize, name: &str) -> Option<usize> {
        self.entries(node).into_iter().find(|child| {
            self.nodes[*child]
                .key
                .as_ref()
                .is_some_and(|(key, _)| key == name)
        })
    }

    /// The children of a mapping or list, its own before those it merges.
    fn entries(&self, node: usize) -> Vec<usize> {
        let mut found = Vec::new();
        let mut merged = vec![(self.real(node), MOST_ALIASES)];
        while let Some((node, left)) = merged.pop() {
            for child in &self.nodes[node].children {
                let is_merge = self.nodes[*child]
                    .key
                    .as_ref()
                    .is_some_and(|(key, _)| key == "<<");
                if !is_merge {
                    if found.len() < MOST_SETTINGS {
                        found.push(*child);
                    }
                } else if left > 0 && merged.len() < MOST_ALIASES * 4 {
                    let list = self.nodes[*child].is_list;
                    let targets = if list {
                        self.nodes[*child].children.clone()
                    } else {
                        vec![*child]
                    };
                    merged.extend(
                        targets
                            .iter()
                            .take(MOST_ALIASES)
                            .map(|target| (self.real(*target), left - 1)),
                    );
                }
            }
        }
        found
    }

    fn text(&self, node: usize) -> Option<&(String, Span)> {
        self.nodes[self.real(node)].scalar.as_ref()
    }

    /// What a service starts: text, a block of text, or a list of words.
    fn command(&self, service: usize, key: &str) -> Vec<Command> {
        let Some(node) = self.child(service, key) else {
            return Vec::new();
        };
        let written = self.nodes[self.real(node)]
            .block
            .as_ref()
            .or(self.text(node));
        if let Some((text, span)) = written {
            return commands(text, *span);
        }
        let listed = self.entries(node);
        let words: Vec<&(String, Span)> =
            listed.iter().filter_map(|item| self.text(*item)).collect();
        let (Some((_, first)), Some((_, last))) = (words.first(), words.last()) else {
            return Vec::new();
        };
        let span = Span {
            start: first.start,
            end: last.end,
        };
        let text: Vec<&str> = words.iter().map(|(text, _)| text.as_str()).collect();
        commands(&text.join(" "), span)
    }

    /// Adds what a service says to what is known of it; what is known already wins.
    fn fill(&self, service: &mut Service, services: usize, node: usize, left: usize) {
        if service.build.is_none()
            && let Some(build) = self.child(node, "build")
        {
            let context = self
                .text(build)
                .or_else(|| self.text(self.child(build, "context")?));
            let context = context.map_or(".", |(text, _)| text.as_str());
            // A folder that a variable or a server names is none of this tree.
            service.build = (!context.contains(['$', ':'])).then(|| context.to_owned());
        }
        if let Some(environment) = self.child(node, "environment") {
            for child in self.entries(environment) {
                let setting = match &self.nodes[child].key {
                    Some((name, name_span)) => self
                        .text(child)
                        .map(|(text, span)| (name.as_str(), *name_span, text.as_str(), *span)),
                    None => self.text(child).and_then(|(text, span)| {
                        let (name, value) = text.split_once('=')?;
                        let start = span.start as usize;
                        let end = span.end as usize;
                        let name_span = Span::new(start, (start + name.len()).min(end));
                        let value_span = Span::new((start + name.len() + 1).min(end), end);
                        Some((name, name_span, value, value_span))
                    }),
                };
                let Some((name, name_span, value, value_span)) = setting else {
                    continue;
                };
                if service.environment.len() < MOST_SETTINGS
                    && service
                        .environment
                        .iter()
                        .all(|(known, _)| known.name != name)
                {
                    let (value, holes) = interpolated(value);
                    let value = SettingValue::Text(value);
                    service.environment.push((
                        Setting {
                            name: name.to_owned(),
                            value,
                            name_span,
                            value_span,
                        },
                        holes,
                    ));
                }
            }
        }
        if service.env_files.is_empty()
            && let Some(files) = self.child(node, "env_file")
        {
            let listed = self.entries(files);
            let all = if listed.is_empty() {
                vec![files]
            } else {
                listed
            };
            for file in all {
                let path = self
                    .text(file)
                    .or_else(|| self.text(self.child(file, "path")?));
                service.env_files.extend(path.map(|(path, _)| path.clone()));
            }
        }
        if service.commands.is_empty() {
            for key in ["entrypoint", "command"] {
                service.commands.extend(self.command(node, key));
            }
        }
        let Some(extends) = self.child(node, "extends").filter(|_| left > 0) else {
            return;
        };
        if self.child(extends, "file").is_some() {
            return;
        }
        let base = self
            .text(extends)
            .or_else(|| self.text(self.child(extends, "service")?));
        if let Some(base) = base.and_then(|(name, _)| self.child(services, name)) {
            self.fill(service, services, base, left - 1);
        }
    }
}

/// The key of `key: value`: its text, its length as written, and where the value may start.
fn key(text: &str) -> Option<(String, usize, usize)> {
    let quote = text
        .chars()
        .next()
        .filter(|first| matches!(first, '"' | '\''));
    if let Some(quote) = quote {
        let close = text[1..].find(quote)? + 1;
        let behind = text[close + 1..].trim_start();
        let colon = text.len() - behind.len();
        behind.starts_with(':').then_some(())?;
        return Some((text[1..close].to_owned(), close + 1, colon + 1));
    }
    if text.starts_with(['[', '{', '*', '&', '#', '|', '>']) {
        return None;
    }
    let colon = text
        .match_indices(':')
        .find(|(at, _)| text[at + 1..].is_empty() || text[at + 1..].starts_with([' ', '\t']))?
        .0;
    let name = text[..colon].trim_end();
    (!name.contains('#')).then(|| (name.to_owned(), name.len(), colon + 1))
}

/// A text without its comment, quotes respected.
fn without_comment(text: &str) -> &str {
    let mut quote = None;
    let mut before = ' ';
    for (at, char) in text.char_indices() {
        match quote {
            Some(open) if char == open => quote = None,
            Some(_) => {}
            None if matches!(char, '"' | '\'') && matches!(before, ' ' | '[' | '{' | ',' | ':') => {
                quote = Some(char);
            }
            None if char == '#' && matches!(before, ' ' | '\t') => return &text[..at],
            None => {}
        }
        before = char;
    }
    text
}

/// The pieces of a flow list or mapping without further nesting, with their offsets.
fn pieces(inner: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut quote = None;
    let mut start = 0;
    let mut push = |start: usize, end: usize| {
        let piece = &inner[start..end];
        let lead = piece.len() - piece.trim_start().len();
        if !piece.trim().is_empty() {
            found.push((start + lead, piece.trim()));
        }
    };
    for (at, char) in inner.char_indices() {
        match quote {
            Some(open) if char == open => quote = None,
            Some(_) => {}
            None if matches!(char, '"' | '\'') => quote = Some(char),
            None if char == ',' => {
                push(start, at);
                start = at + 1;
            }
            None => {}
        }
    }
    push(start, inner.len());
    found
}

/// A scalar without its quotes, and where it stands; nothing for null and for quotes that go on.
fn scalar(text: &str, at: usize) -> Option<(String, Span)> {
    let quote = text
        .chars()
        .next()
        .filter(|first| matches!(first, '"' | '\''));
    let Some(quote) = quote else {
        let text = text.trim_end();
        return (!matches!(text, "" | "~" | "null" | "Null" | "NULL"))
            .then(|| (text.to_owned(), Span::new(at, at + text.len())));
    };
    let close = text[1..].rfind(quote)? + 1;
    let inner = &text[1..close];
    let span = Span::new(at + 1, at + close);
    // Escapes move what stands behind them; the value itself is what counts.
    Some((
        match quote {
            '\'' => inner.replace("''", "'"),
            _ => inner.replace("\\\"", "\"").replace("\\\\", "\\"),
        },
        span,
    ))
}

/// A value with [`HOLE`] for each variable, and the variables.
fn interpolated(value: &str) -> (String, Vec<Hole>) {
    let mut text = String::with_capacity(value.len());
    let mut holes = Vec::new();
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('$') {
        text.push_str(before);
        if let Some(after) = after.strip_prefix('$') {
            text.push('$');
            rest = after;
            continue;
        }
        let is_part = |char: char| char.is_ascii_alphanumeric() || char == '_';
        if let Some((inner, behind)) = after.strip_prefix('{').and_then(braced) {
            let length = inner.find(|char| !is_part(char)).unwrap_or(inner.len());
            let (name, operator) = inner.split_at(length);
            let default = operator
                .strip_prefix(":-")
                .or_else(|| operator.strip_prefix('-'))
                .filter(|default| !default.contains('$'))
                .map(str::to_owned);
            text.push(HOLE);
            holes.push(Hole {
                name: name.to_owned(),
                default,
            });
            rest = behind;
        } else {
            let length = after.find(|char| !is_part(char)).unwrap_or(after.len());
            if length == 0 {
                text.push('$');
            } else {
                text.push(HOLE);
                holes.push(Hole {
                    name: after[..length].to_owned(),
                    default: None,
                });
            }
            rest = &after[length..];
        }
    }
    text.push_str(rest);
    (text, holes)
}

/// What stands before the closing brace, and what behind it.
fn braced(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0_u32;
    for (at, char) in text.char_indices() {
        match char {
            '{' => depth += 1,
            '}' if depth == 0 => return Some((&text[..at], &text[at + 1..])),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `service@build file… NAME=value …`, holes as `{NAME|default}`.
    fn read(source: &str) -> Vec<String> {
        parse(source.as_bytes())
            .into_iter()
            .map(|service| {
                let mut words = vec![format!(
                    "{}@{}",
                    service.name,
                    service.build.as_deref().unwrap_or("-")
                )];
                words.extend(service.env_files.iter().map(|file| format!("<{file}")));
                for (setting, holes) in &service.environment {
                    let SettingValue::Text(text) = &setting.value else {
                        continue;
                    };
                    let mut text = text.clone();
                    for hole in holes {
                        let shown = match &hole.default {
                            Some(default) => format!("{{{}|{default}}}", hole.name),
                            None => format!("{{{}}}", hole.name),
                        };
                        text = text.replacen(HOLE, &shown, 1);
                    }
                    words.push(format!("{}={text}", setting.name));
                }
                words.join(" ")
            })
            .collect()
    }

    #[test]
    fn lists_and_mappings_are_read() {
        assert_eq!(
            read(
                "version: '3'\nservices:\n  web:\n    build: .\n    env_file: [a.env, \"b.env\"]\n    environment:\n    - POOL=20  # no\n    - 'URL=postgresql://u:p@db/x#y'\n    - SHELL\n  api:\n    build:\n      context: ./api\n    env_file:\n      - path: c.env\n        required: false\n      - d.env\n    environment:\n      POOL: 25\n      NAME: \"a # b\" # c\n      NONE:\n      LAST: yes\n  db:\n    image: x:1\n    command: |\n      POOL: 3\n      y\n    environment: {A: 1, \"B\": 'two, 2'}\n"
            ),
            [
                "web@. <a.env <b.env POOL=20 URL=postgresql://u:p@db/x#y",
                "api@./api <c.env <d.env POOL=25 NAME=a # b LAST=yes",
                "db@- A=1 B=two, 2"
            ]
        );
    }

    #[test]
    fn anchors_merges_and_extends_are_followed() {
        assert_eq!(
            read(
                "x-env: &env\n  A: 1\n  B: 2\nx-app: &app\n  build: .\n  environment: *env\nservices:\n  one:\n    <<: *app\n  two:\n    <<: [*app]\n    environment:\n      <<: *env\n      B: 3\n  three:\n    extends:\n      service: two\n    environment:\n      A: 9\n  four:\n    extends: five\n  five:\n    extends: four\n"
            ),
            [
                "one@. A=1 B=2",
                "two@. B=3 A=1",
                "three@. A=9 B=3",
                "four@-",
                "five@-"
            ]
        );
    }

    #[test]
    fn variables_are_holes() {
        assert_eq!(
            read(
                "services:\n  w:\n    environment:\n      A: ${X:-5}\n      B: postgres://${U}:$P@db/${N-x}?a=$$1\n      C: ${Z:?no}\n      D: ${Q:-${R:-1}}\n"
            ),
            ["w@- A={X|5} B=postgres://{U}:{P}@db/{N|x}?a=$1 C={Z} D={Q}"]
        );
    }

    #[test]
    fn spans_are_those_of_name_and_value() {
        let source = "services:\n  w:\n    environment:\n    - A=é1\n    - \"B=2\"\n  v:\n    environment:\n      C: '3'\n";
        let found = parse(source.as_bytes());
        let texts: Vec<(&str, &str)> = found
            .iter()
            .flat_map(|service| &service.environment)
            .map(|(setting, _)| {
                (
                    &source[setting.name_span.range()],
                    &source[setting.value_span.range()],
                )
            })
            .collect();
        assert_eq!(texts, [("A", "é1"), ("B", "2"), ("C", "3")]);
    }

    #[test]
    fn hostile_files_end() {
        let mut bomb = "a: &a [x, x, x, x, x, x, x, x]\n".to_owned();
        for pair in ["ab", "bc", "cd", "de", "ef", "fg"] {
            let (from, to) = pair.split_at(1);
            let all = format!("*{from}, ").repeat(9);
            bomb.push_str(&format!("{to}: &{to} [{all}]\n"));
        }
        bomb.push_str("services:\n  w:\n    environment: *g\n    <<: *g\n");
        parse(bomb.as_bytes());
        parse("services: &a\n  <<: *a\n  w: *a\n".as_bytes());
        let deep: String = (0..5_000)
            .map(|n| format!("{}k:\n", " ".repeat(n)))
            .collect();
        parse(deep.as_bytes());
        parse("- ".repeat(20_000).as_bytes());
        parse("[".repeat(20_000).as_bytes());
        parse(&b"services:\n  \xff: 1\n"[..]);
        let wide = format!("services:\n{}", "  w:\n    build: .\n".repeat(20_000));
        assert!(parse(wide.as_bytes()).len() <= MOST_SERVICES);
    }

    #[test]
    fn no_text_panics() {
        let pieces = [
            "services:",
            "\n",
            "  ",
            "w",
            ": ",
            "- ",
            "environment:",
            "\"",
            "'",
            "*a",
            "&a",
            "<<",
            "[",
            "]",
            "{",
            "}",
            "#",
            "${",
            "$",
            ":-",
            "=",
            "é",
            "|",
            "\t",
            "\r",
            "build",
            "...",
            "!x ",
        ];
        let mut state = 1_u64;
        for length in 0..20_000 {
            let mut source = "services:\n  w:\n    environment:\n".to_owned();
            for _ in 0..length % 24 {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                source.push_str(pieces[(state >> 33) as usize % pieces.len()]);
            }
            for service in parse(source.as_bytes()) {
                for (setting, _) in service.environment {
                    assert!(source.get(setting.value_span.range()).is_some(), "{source}");
                }
            }
        }
    }
}
