//! Changes to a bracketed list: the arguments of a call, the entries of a dictionary.
//!
//! Takes the text and what is to become of one entry; gives the edits. Invariant: what is not asked for stays as it is
//! written: quotes, comments of other entries, trailing commas, one entry a line or all on one.

use super::text::Text;
use crate::frontend::Token;
use crate::source::Span;

/// A value that can be written into a source.
#[derive(Clone, PartialEq, Debug)]
pub enum Literal {
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f64),
    /// A dictionary.
    Table(Vec<(String, Literal)>),
}

/// What is to become of an entry and of the list it stands in.
#[derive(Clone, Debug)]
pub struct Change {
    /// The argument (`name=value`), or the value of the dictionary's entry.
    pub entry: Span,
    /// Its new value; without one it is removed.
    pub becomes: Option<String>,
    /// Entries that are added unless the list names them.
    pub adds: Vec<(String, Literal)>,
    /// A dictionary of the same file, usually an argument of the same call, and the entries it gets unless it has them.
    pub inside: Option<(Span, Vec<(String, Literal)>)>,
}

/// The edits that take entries out of the list that they all stand in; `None` where they are not written in one.
pub fn remove(text: &Text<'_>, entries: &[Span]) -> Option<Vec<(Span, String)>> {
    let list = List::around(text, *entries.first()?)?;
    let mut fates: Vec<Fate> = list.items.iter().map(|_| Fate::Stays).collect();
    for entry in entries {
        let holds = |item: &Item| item.span.contains(*entry);
        let at = list.items.iter().position(holds)?;
        list.value(text, &list.items[at])?;
        fates[at] = Fate::Goes;
    }
    Some(list.edits(text, fates, Vec::new()))
}

/// The edits that add entries to the list that `entry` stands in, unless it names them.
pub fn add(
    text: &Text<'_>,
    entry: Span,
    adds: &[(String, Literal)],
) -> Option<Vec<(Span, String)>> {
    let list = List::around(text, entry)?;
    let fates = list.items.iter().map(|_| Fate::Stays).collect();
    Some(list.edits(text, fates, list.written(text, adds)))
}

/// The edits that add named arguments to a call, unless it names them. An empty list of several lines stays as it is.
pub fn add_to_call(
    text: &Text<'_>,
    call: Span,
    adds: &[(String, Literal)],
) -> Option<Vec<(Span, String)>> {
    let mut open: Vec<Span> = Vec::new();
    let mut last = None;
    for token in text.tokens_in(call) {
        if opens(token.kind) {
            open.push(token.span);
        } else if closes(token.kind) {
            last = open.pop();
        }
    }
    let list = List::opened(text, last?)?;
    let fates = list.items.iter().map(|_| Fate::Stays).collect();
    let whole = list.close.end == call.end;
    whole.then(|| list.edits(text, fates, list.written(text, adds)))
}

/// The edits that give an entry another value.
pub fn set(text: &Text<'_>, entry: Span, value: &Literal) -> Option<Vec<(Span, String)>> {
    let new = Change {
        entry,
        becomes: Some(literal(value, text.quote())),
        adds: Vec::new(),
        inside: None,
    };
    change(text, &new)
}

/// The edits that make a change; `None` where the entry is not written in a way that can be changed.
pub fn change(text: &Text<'_>, change: &Change) -> Option<Vec<(Span, String)>> {
    let list = List::around(text, change.entry)?;
    let at = list
        .items
        .iter()
        .position(|item| item.span.contains(change.entry))?;
    let value = list.value(text, &list.items[at])?;
    let mut adds: Vec<String> = list.written(text, &change.adds);
    let mut fates: Vec<Fate> = list.items.iter().map(|_| Fate::Stays).collect();
    fates[at] = match &change.becomes {
        Some(new) => {
            let head = Span {
                end: value.start,
                ..list.items[at].span
            };
            Fate::Becomes(format!("{}{new}", text.slice(head)))
        }
        // What is added takes the place of what goes, so that one line of the list changes.
        None if !adds.is_empty() => Fate::Becomes(adds.remove(0)),
        None => Fate::Goes,
    };
    let mut edits = Vec::new();
    if let Some((dictionary, entries)) = &change.inside {
        let inner = List::of(text, *dictionary)?;
        let stays = inner.items.iter().map(|_| Fate::Stays).collect();
        let inner_edits = inner.edits(text, stays, inner.written(text, entries));
        match list
            .items
            .iter()
            .position(|item| item.span.contains(*dictionary))
        {
            Some(around) if list.is_one_line(text) && around != at => {
                let start = list.items[around].span.start;
                let moved = inner_edits.iter().map(|(span, content)| {
                    let span = Span {
                        start: span.start - start,
                        end: span.end - start,
                    };
                    (span, content.as_str())
                });
                let item = text.slice(list.items[around].span);
                let new = super::apply(item.as_bytes(), moved);
                fates[around] = Fate::Becomes(String::from_utf8(new).ok()?);
            }
            _ => edits = inner_edits,
        }
    }
    edits.extend(list.edits(text, fates, adds));
    edits.sort();
    Some(edits)
}

/// What becomes of an item.
pub(super) enum Fate {
    Stays,
    Goes,
    Becomes(String),
}

/// An entry of a list, with the comma that follows it.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) span: Span,
    pub(super) comma: Option<Span>,
}

/// A list between brackets, or one that ends with its line.
#[derive(Debug)]
pub(super) struct List {
    /// The bracket, or the word that the list follows.
    pub(super) open: Span,
    /// The bracket, or nothing at the end.
    pub(super) close: Span,
    pub(super) items: Vec<Item>,
}

fn opens(kind: &str) -> bool {
    matches!(kind, "(" | "[" | "{")
}

fn closes(kind: &str) -> bool {
    matches!(kind, ")" | "]" | "}")
}

impl List {
    /// The innermost list around a span.
    fn around(text: &Text<'_>, span: Span) -> Option<Self> {
        let mut open: Vec<Span> = Vec::new();
        for token in &text.tokens {
            if token.span.start >= span.start {
                break;
            }
            if opens(token.kind) {
                open.push(token.span);
            } else if closes(token.kind) {
                open.pop();
            }
        }
        Self::opened(text, open.pop()?)
    }

    /// The list that a span is.
    fn of(text: &Text<'_>, span: Span) -> Option<Self> {
        let first = text.tokens_in(span).first()?;
        let list = opens(first.kind)
            .then(|| Self::opened(text, first.span))
            .flatten()?;
        (list.open.start == span.start && list.close.end == span.end).then_some(list)
    }

    pub(super) fn opened(text: &Text<'_>, open: Span) -> Option<Self> {
        let from = text.tokens.partition_point(|token| token.span <= open);
        let mut items: Vec<Item> = Vec::new();
        let mut item: Option<Span> = None;
        // Commas between the parameters of a lambda separate no items.
        let (mut depth, mut lambdas) = (0, 0);
        for token in &text.tokens[from..] {
            if depth == 0 && closes(token.kind) {
                items.extend(item.map(|span| Item { span, comma: None }));
                return Some(Self {
                    open,
                    close: token.span,
                    items,
                });
            }
            match token.kind {
                Token::COMMENT => continue,
                "lambda" if depth == 0 => lambdas += 1,
                ":" if depth == 0 && lambdas > 0 => lambdas -= 1,
                "," if depth == 0 && lambdas == 0 => {
                    let comma = Some(token.span);
                    items.extend(item.take().map(|span| Item { span, comma }));
                    continue;
                }
                kind if opens(kind) => depth += 1,
                kind if closes(kind) => depth -= 1,
                _ => {}
            }
            let start = item.map_or(token.span.start, |item| item.start);
            item = Some(Span {
                start,
                end: token.span.end,
            });
        }
        None
    }

    /// The value of an item that has a name.
    fn value(&self, text: &Text<'_>, item: &Item) -> Option<Span> {
        let tokens = text.tokens_in(item.span);
        let (_, sign) = match text.slice(self.open) {
            "(" => (Token::NAME, "="),
            _ => (Token::STRING, ":"),
        };
        let at = tokens.iter().position(|token| token.kind == sign)?;
        let first = tokens[at + 1..]
            .iter()
            .find(|token| token.kind != Token::COMMENT)?;
        Some(Span {
            start: first.span.start,
            end: item.span.end,
        })
    }

    /// The name of an item that has one.
    fn name<'t>(&self, text: &Text<'t>, item: &Item) -> Option<&'t str> {
        let value = self.value(text, item)?;
        let head = Span {
            end: value.start,
            ..item.span
        };
        let name = text.slice(head).trim_end();
        let name = name.strip_suffix(['=', ':'])?.trim_end();
        Some(name.trim_matches(['"', '\'']))
    }

    /// New entries as this list writes them; those it already has are left out.
    fn written(&self, text: &Text<'_>, entries: &[(String, Literal)]) -> Vec<String> {
        let call = text.slice(self.open) == "(";
        // A dictionary's own quotes are the better example.
        let own = self.items.first().map(|item| text.slice(item.span));
        let quote = match own.and_then(|item| item.chars().next()) {
            Some(quote @ ('"' | '\'')) if !call => quote,
            _ => text.quote(),
        };
        entries
            .iter()
            .filter(|(name, _)| {
                self.items
                    .iter()
                    .all(|item| self.name(text, item) != Some(name.as_str()))
            })
            .map(|(name, value)| {
                let value = literal(value, quote);
                if call {
                    format!("{name}={value}")
                } else {
                    format!("{quote}{name}{quote}: {value}")
                }
            })
            .collect()
    }

    fn is_one_line(&self, text: &Text<'_>) -> bool {
        !text.slice(self.inside()).contains('\n')
    }

    /// Everything between the brackets.
    fn inside(&self) -> Span {
        Span {
            start: self.open.end,
            end: self.close.start,
        }
    }

    pub(super) fn edits(
        &self,
        text: &Text<'_>,
        fates: Vec<Fate>,
        adds: Vec<String>,
    ) -> Vec<(Span, String)> {
        if self.is_one_line(text) {
            return self.one_line(text, &fates, adds);
        }
        let mut edits = Vec::new();
        for (at, fate) in fates.iter().enumerate() {
            match fate {
                Fate::Stays => {}
                Fate::Becomes(new) => edits.extend(trimmed(text, self.items[at].span, new)),
                Fate::Goes => edits.extend(self.removal(text, at)),
            }
        }
        let last = (0..self.items.len())
            .rev()
            .find(|at| !matches!(fates[*at], Fate::Goes));
        edits.extend(self.additions(text, last, &adds));
        edits
    }

    fn one_line(&self, text: &Text<'_>, fates: &[Fate], adds: Vec<String>) -> Vec<(Span, String)> {
        let old = text.slice(self.inside());
        let between = |start: u32, end: u32| text.slice(Span { start, end });
        let mut items: Vec<(String, &str)> = Vec::new();
        for (at, item) in self.items.iter().enumerate() {
            let new = match &fates[at] {
                Fate::Goes => continue,
                Fate::Stays => text.slice(item.span).to_owned(),
                Fate::Becomes(new) => new.clone(),
            };
            let before = match at.checked_sub(1) {
                Some(last) if !matches!(fates[last], Fate::Goes) => {
                    between(self.items[last].span.end, item.span.start)
                }
                _ => ", ",
            };
            items.push((new, before));
        }
        items.extend(adds.into_iter().map(|add| (add, ", ")));
        let ends = |at: Option<&Item>, end: bool| match at {
            None => "",
            Some(item) if end => between(item.span.end, self.close.start),
            Some(item) => between(self.open.end, item.span.start),
        };
        let mut new = ends(self.items.first(), false).to_owned();
        for (at, (item, before)) in items.iter().enumerate() {
            if at > 0 {
                new.push_str(before);
            }
            new.push_str(item);
        }
        new.push_str(ends(self.items.last(), true));
        if items.is_empty() {
            new.clear();
        }
        let start = self.open.start as usize;
        let line = &text.text[text.line_start(start)..text.line_end(start)];
        let length = line.chars().count();
        let grown = length + new.chars().count() - old.chars().count();
        if grown > length.max(text.width()) {
            let (newline, indent) = (text.newline(), text.indent(start));
            new.clear();
            let bare = self.close.start == self.close.end;
            if bare {
                new.push_str(" (");
            }
            for (item, _) in &items {
                new.push_str(&format!("{newline}{indent}{}{item},", text.indent_unit()));
            }
            new.push_str(&format!("{newline}{indent}"));
            if bare {
                new.push(')');
            }
        }
        trimmed(text, self.inside(), &new).into_iter().collect()
    }

    /// What takes an item out of a list of several lines.
    fn removal(&self, text: &Text<'_>, at: usize) -> Vec<(Span, String)> {
        let item = &self.items[at];
        let (start, end) = (item.span.start as usize, item.span.end as usize);
        let after = item.comma.map_or(end, |comma| comma.end as usize);
        let tail = text
            .comment_behind(after)
            .map_or(after, |comment| comment.end as usize);
        let before = at.checked_sub(1).map(|before| &self.items[before]);
        let cut = |from: usize, to: usize| (Span::new(from, to), String::new());
        // Without a comma behind the last item there is none behind the one that becomes the last.
        let orphan = before
            .and_then(|before| before.comma)
            .filter(|_| item.comma.is_none())
            .map(|comma| (comma, String::new()));
        let comments_between = |from: usize, to: usize| {
            let tokens = text.tokens_in(Span::new(from, to));
            tokens.iter().any(|token| token.kind == Token::COMMENT)
        };
        let inside = self.inside();
        if self.items.len() == 1 && !comments_between(inside.start as usize, inside.end as usize) {
            return vec![(inside, String::new())];
        }
        if text.starts_line(start) && text.ends_line(tail) {
            let mut from = text.line_start(start);
            // A comment above that names what goes would speak of nothing.
            while from > 0 {
                let above = &text.text[text.line_start(from - 1)..from];
                let own = above.trim_start().starts_with('#')
                    && self.words(text, item).any(|word| above.contains(word));
                if !own {
                    break;
                }
                from = text.line_start(from - 1);
            }
            return orphan
                .into_iter()
                .chain([cut(from, text.next_line(tail))])
                .collect();
        }
        if let Some(next) = self.items.get(at + 1)
            && !text.text[after..next.span.start as usize].contains('\n')
        {
            return vec![cut(start, next.span.start as usize)];
        }
        match before {
            Some(before) => {
                let comma = before.comma.map_or(before.span.end, |comma| comma.end) as usize;
                let from = if item.comma.is_some() {
                    comma
                } else {
                    before.span.end as usize
                };
                if comments_between(from, start) {
                    orphan.into_iter().chain([cut(start, after)]).collect()
                } else {
                    vec![cut(from, after)]
                }
            }
            None => vec![cut(start, after)],
        }
    }

    /// The names in an item.
    fn words<'t>(&self, text: &'t Text<'t>, item: &Item) -> impl Iterator<Item = &'t str> {
        let names = text.tokens_in(item.span).iter();
        names
            .filter(|token| token.kind == Token::NAME)
            .map(|token| text.slice(token.span))
    }

    /// What adds entries behind the item `last` of a list of several lines.
    fn additions(
        &self,
        text: &Text<'_>,
        last: Option<usize>,
        adds: &[String],
    ) -> Vec<(Span, String)> {
        let Some(last) = last
            .map(|last| &self.items[last])
            .filter(|_| !adds.is_empty())
        else {
            return Vec::new();
        };
        let newline = text.newline();
        let indent = text.indent(last.span.start as usize);
        let end = last.span.end as usize;
        let after = last.comma.map_or(end, |comma| comma.end as usize);
        let insert = |at: usize, content: String| (Span::new(at, at), content);
        if !text.starts_line(last.span.start as usize) {
            let added: usize = adds.iter().map(|add| add.chars().count() + 2).sum();
            let line = text.line_start(end)..text.line_end(end);
            if text.text[line].chars().count() + added <= text.width() {
                return vec![insert(end, format!(", {}", adds.join(", ")))];
            }
        }
        let comma = if last.comma.is_some() { "," } else { "" };
        let lines: Vec<String> = adds
            .iter()
            .map(|add| format!("{newline}{indent}{add}"))
            .collect();
        let lines = format!("{}{comma}", lines.join(","));
        let tail = text
            .comment_behind(after)
            .map_or(after, |comment| comment.end as usize);
        match last.comma {
            Some(_) => vec![insert(tail, lines)],
            None if tail == end => vec![insert(end, format!(",{lines}"))],
            None => vec![insert(end, ",".to_owned()), insert(tail, lines)],
        }
    }
}

/// The edit that makes a span another text, without the words that both begin and end with.
pub(super) fn trimmed(text: &Text<'_>, span: Span, new: &str) -> Option<(Span, String)> {
    let old = text.slice(span);
    if old == new {
        return None;
    }
    let is_word = |char: char| char.is_alphanumeric() || char == '_';
    let mut start: usize = old
        .chars()
        .zip(new.chars())
        .take_while(|(a, b)| a == b)
        .map(|(char, _)| char.len_utf8())
        .sum();
    start -= old[..start].len() - old[..start].trim_end_matches(is_word).len();
    let mut end: usize = old[start..]
        .chars()
        .rev()
        .zip(new[start..].chars().rev())
        .take_while(|(a, b)| a == b)
        .map(|(char, _)| char.len_utf8())
        .sum();
    let shared = &old[old.len() - end..];
    end -= shared.len() - shared.trim_start_matches(is_word).len();
    let (from, to) = (span.start as usize + start, span.end as usize - end);
    Some((Span::new(from, to), new[start..new.len() - end].to_owned()))
}

fn literal(value: &Literal, quote: char) -> String {
    match value {
        Literal::Bool(true) => "True".to_owned(),
        Literal::Bool(false) => "False".to_owned(),
        Literal::Int(number) => number.to_string(),
        Literal::Float(number) => format!("{number:?}"),
        Literal::Table(entries) => {
            let entries: Vec<String> = entries
                .iter()
                .map(|(name, value)| format!("{quote}{name}{quote}: {}", literal(value, quote)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Language;

    /// The text after the entry `what` is removed or gets the value `becomes`, and switches of these names are added.
    fn changed(text: &str, what: &str, becomes: Option<&str>, adds: &[&str]) -> Option<String> {
        let read = Text::new(Language::Python, text.as_bytes()).expect("it parses");
        let start = text.find(what).expect("the entry");
        let adds = adds
            .iter()
            .map(|name| ((*name).to_owned(), Literal::Bool(true)));
        let change = Change {
            entry: Span::new(start, start + what.len()),
            becomes: becomes.map(str::to_owned),
            adds: adds.collect(),
            inside: None,
        };
        let edits = super::change(&read, &change)?;
        let edits = edits
            .iter()
            .map(|(span, content)| (*span, content.as_str()));
        String::from_utf8(crate::edit::apply(text.as_bytes(), edits)).ok()
    }

    #[test]
    fn an_entry_goes_with_its_comma_and_nothing_else() {
        for (before, after) in [
            ("f(P=1)", "f()"),
            ("f(a, P=1)", "f(a)"),
            ("f(a, P=1,)", "f(a,)"),
            ("f(P=1, b=2)", "f(b=2)"),
            ("f(key=lambda a, b: a, P=1)", "f(key=lambda a, b: a)"),
            (
                "f(\n    a,\n    P=1,  # own\n    b,\n)",
                "f(\n    a,\n    b,\n)",
            ),
            ("f(\n    a,  # a\n    P=1\n)", "f(\n    a  # a\n)"),
            (
                "f(\n    # of P\n    P=1,\n    # of b\n    b=2,\n)",
                "f(\n    # of b\n    b=2,\n)",
            ),
            ("f(\n    P=1,\n)", "f()"),
            ("f(a,\n  P=1)", "f(a)"),
            ("f(a,  # a\n  P=1)", "f(a  # a\n  )"),
            ("f(a, P=1,\n  b=2)", "f(a,\n  b=2)"),
            ("f(\n    P=1, b=2,\n)", "f(\n    b=2,\n)"),
            ("f(x=(1, 2), P=1)", "f(x=(1, 2))"),
        ] {
            let new = changed(&format!("{before}\n"), "P=1", None, &[]);
            assert_eq!(new, Some(format!("{after}\n")));
        }
    }

    #[test]
    fn what_comes_is_written_as_its_neighbours_are() {
        for (before, after) in [
            ("f(P=1)", "f(P=2, q=True, r=True)"),
            ("f(P=1,)", "f(P=2, q=True, r=True,)"),
            ("f(\n\tP=1,\n)", "f(\n\tP=2,\n\tq=True,\n\tr=True,\n)"),
            (
                "f(\n    P=1  # own\n)",
                "f(\n    P=2,  # own\n    q=True,\n    r=True\n)",
            ),
            ("f(a,\n  P=1)", "f(a,\n  P=2,\n  q=True,\n  r=True)"),
            ("f(\n    q=0, P=1)", "f(\n    q=0, P=2, r=True)"),
        ] {
            let new = changed(&format!("{before}\n"), "P=1", Some("2"), &["q", "r"]);
            assert_eq!(new, Some(format!("{after}\n")));
        }
        let url = "u".repeat(70);
        let text = format!("if 1:\n  x = f(\"{url}\", P=1)\n");
        let wanted = format!("if 1:\n  x = f(\n    \"{url}\",\n    P=2,\n    q=True,\n  )\n");
        assert_eq!(changed(&text, "P=1", Some("2"), &["q"]), Some(wanted));
        let new = changed("d = {'a': 1, 'P': 1}\n", "'P': 1", None, &["q"]);
        assert_eq!(new.as_deref(), Some("d = {'a': 1, 'q': True}\n"));
    }

    #[test]
    fn a_call_gets_an_argument_however_many_it_has() {
        for (call, after) in [
            ("f()", "f(q=5)"),
            ("p.get()", "p.get(q=5)"),
            ("p(1).get(a)", "p(1).get(a, q=5)"),
            ("f(\n)", "f(\n)"),
            ("f(q=None)", "f(q=None)"),
        ] {
            let text = Text::new(Language::Python, call.as_bytes()).expect("it parses");
            let adds = [("q".to_owned(), Literal::Int(5))];
            let edits = add_to_call(&text, Span::new(0, call.len()), &adds).expect("it is a call");
            let edits = edits
                .iter()
                .map(|(span, content)| (*span, content.as_str()));
            let new = crate::edit::apply(call.as_bytes(), edits);
            assert_eq!(String::from_utf8(new).as_deref(), Ok(after));
        }
    }

    #[test]
    fn what_has_no_name_or_cannot_be_read_is_not_changed() {
        for text in ["f(1, 2)\n", "d = [1, 2]\n", "d['k'] = 2\n"] {
            assert_eq!(changed(text, "2", None, &[]), None, "{text}");
        }
        assert!(Text::new(Language::Python, b"f(a=1\n").is_none());
        assert!(Text::new(Language::Python, b"f(a='\xe9')\n").is_none());
    }
}
