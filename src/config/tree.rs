//! A configuration file as a tree whose every key and value knows its bytes.
//!
//! Takes YAML or TOML; gives a [`Node`], the same for both, or says where the text is none. Invariant: work and memory
//! are bounded by the length of the text: no alias is ever followed and nothing is deeper than [`DEEPEST`].

use super::Problem;
use crate::source::Span;
use saphyr_parser::{Event, Parser, ScalarStyle};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// How deep lists and tables may be nested; the configuration itself needs six levels, a manifest around it more.
const DEEPEST: usize = 32;

/// A value and where it stands.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Node {
    /// Its bytes.
    pub(super) span: Span,
    /// What it is.
    pub(super) value: Value,
}

/// What a value is.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Value {
    /// Nothing, or YAML's `null`.
    Nothing,
    /// A text.
    Text(String),
    /// `true` or `false`.
    Truth(bool),
    /// A whole number.
    Number(i64),
    /// Anything else that is neither list nor table, by its name.
    Other(&'static str),
    /// A list.
    List(Vec<Node>),
    /// A table, in the order of the file.
    Table(Vec<(Key, Node)>),
}

/// The key of an entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Key {
    /// Its bytes.
    pub(super) span: Span,
    /// Its text.
    pub(super) name: String,
}

impl Value {
    /// What it is, for people.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Text(_) => "a text",
            Self::Truth(_) => "true or false",
            Self::Number(_) => "a number",
            Self::Other(kind) => kind,
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }
}

/// What is being built: a list, or a table with the key whose value comes next.
enum Open {
    List(Span, Vec<Node>),
    Table(Span, Vec<(Key, Node)>, Option<Key>),
}

/// Reads the one document of a YAML text.
pub(super) fn yaml(text: &str) -> Result<Node, Problem> {
    // The parser counts characters.
    let mut offsets: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    offsets.push(text.len());
    let offset = |index: usize| offsets.get(index).copied().unwrap_or(text.len());
    let mut open: Vec<Open> = Vec::new();
    let mut whole: Option<Node> = None;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let at = offset(error.marker().index());
            Problem::at(Span::new(at, at), error.info())
        })?;
        let span = Span::new(offset(span.start.index()), offset(span.end.index()));
        let node = match event {
            Event::Alias(_) => return Err(Problem::at(span, "an alias has no use here")),
            Event::Scalar(_, _, anchor, _)
            | Event::SequenceStart(anchor, _)
            | Event::MappingStart(anchor, _)
                if anchor > 0 =>
            {
                return Err(Problem::at(span, "an anchor has no use here"));
            }
            Event::Scalar(_, _, _, Some(_))
            | Event::SequenceStart(_, Some(_))
            | Event::MappingStart(_, Some(_)) => {
                return Err(Problem::at(span, "a tag has no use here"));
            }
            Event::DocumentStart(_) if whole.is_some() => {
                return Err(Problem::at(span, "a second document has no use here"));
            }
            Event::SequenceStart(..) | Event::MappingStart(..) if open.len() == DEEPEST => {
                return Err(Problem::at(span, "this is nested too deeply"));
            }
            Event::SequenceStart(..) => {
                open.push(Open::List(span, Vec::new()));
                continue;
            }
            Event::MappingStart(..) => {
                open.push(Open::Table(span, Vec::new(), None));
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(Open::List(start, items)) => Node {
                    span: Span {
                        end: span.end,
                        ..start
                    },
                    value: Value::List(items),
                },
                Some(Open::Table(start, entries, _)) => Node {
                    span: Span {
                        end: span.end,
                        ..start
                    },
                    value: Value::Table(entries),
                },
                None => continue,
            },
            Event::Scalar(text, style, _, _) => Node {
                span,
                value: match style {
                    ScalarStyle::Plain => plain(&text),
                    _ => Value::Text(text.into_owned()),
                },
            },
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => continue,
        };
        match open.last_mut() {
            None => whole = Some(node),
            Some(Open::List(_, items)) => items.push(node),
            Some(Open::Table(_, entries, key)) => match key.take() {
                Some(key) => entries.push((key, node)),
                None => {
                    let name = text[node.span.range()].to_owned();
                    let name = match node.value {
                        Value::Text(text) => text,
                        Value::List(_) | Value::Table(_) => {
                            return Err(Problem::at(node.span, "a key must be a text"));
                        }
                        _ => name,
                    };
                    if entries.iter().any(|(known, _)| known.name == name) {
                        return Err(Problem::at(node.span, format!("`{name}` is given twice")));
                    }
                    *key = Some(Key {
                        span: node.span,
                        name,
                    });
                }
            },
        }
    }
    Ok(whole.unwrap_or(Node {
        span: Span::default(),
        value: Value::Nothing,
    }))
}

/// A scalar without quotes, as YAML 1.2 reads it.
fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Nothing,
        "true" | "True" | "TRUE" => Value::Truth(true),
        "false" | "False" | "FALSE" => Value::Truth(false),
        _ => match text.parse() {
            Ok(number) => Value::Number(number),
            Err(_) if text.parse::<f64>().is_ok() => Value::Other("a number"),
            Err(_) => Value::Text(text.to_owned()),
        },
    }
}

/// Reads a TOML text.
pub(super) fn toml(text: &str) -> Result<Node, Problem> {
    let table = DeTable::parse(text).map_err(|error| {
        let span = error.span().unwrap_or(0..0);
        let message = error.message().lines().collect::<Vec<_>>().join(", ");
        Problem::at(Span::new(span.start, span.end), message)
    })?;
    let span = Span::new(table.span().start, table.span().end);
    Ok(Node {
        span,
        value: of_table(table.get_ref()),
    })
}

fn of_table(table: &DeTable<'_>) -> Value {
    let mut entries: Vec<(Key, Node)> = table
        .iter()
        .map(|(key, value)| {
            let key = Key {
                span: Span::new(key.span().start, key.span().end),
                name: key.get_ref().to_string(),
            };
            (key, of_value(value))
        })
        .collect();
    entries.sort_by_key(|(key, _)| key.span);
    Value::Table(entries)
}

/// The parser itself bounds how deep this goes.
fn of_value(value: &Spanned<DeValue<'_>>) -> Node {
    let span = Span::new(value.span().start, value.span().end);
    let value = match value.get_ref() {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or(Value::Other("a number"), Value::Number),
        DeValue::Float(_) => Value::Other("a number"),
        DeValue::Boolean(truth) => Value::Truth(*truth),
        DeValue::Datetime(_) => Value::Other("a date"),
        DeValue::Array(items) => Value::List(items.iter().map(of_value).collect()),
        DeValue::Table(table) => of_table(table),
    };
    Node { span, value }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tree without its places, as text.
    fn shape(node: &Node) -> String {
        match &node.value {
            Value::Text(text) => format!("{text:?}"),
            Value::List(items) => {
                let items: Vec<_> = items.iter().map(shape).collect();
                format!("[{}]", items.join(" "))
            }
            Value::Table(entries) => {
                let entries: Vec<_> = entries
                    .iter()
                    .map(|(key, node)| format!("{}={}", key.name, shape(node)))
                    .collect();
                format!("{{{}}}", entries.join(" "))
            }
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn both_languages_give_the_same_tree() {
        let yaml = yaml("# é\na: [x, \"1\"]\nb: {c: 1, d: true}\n").expect("YAML");
        let toml = toml("# é\na = [\"x\", \"1\"]\n[b]\nc = 1\nd = true\n").expect("TOML");
        assert_eq!(
            shape(&yaml),
            r#"{a=["x" "1"] b={c=Number(1) d=Truth(true)}}"#
        );
        assert_eq!(shape(&toml), shape(&yaml));
    }

    #[test]
    fn places_are_bytes_even_behind_other_letters() {
        let text = "é: \"ü\"\nab: cd\n";
        let Value::Table(entries) = yaml(text).expect("YAML").value else {
            panic!("a table");
        };
        let seen: Vec<_> = entries
            .iter()
            .map(|(key, node)| (&text[key.span.range()], &text[node.span.range()]))
            .collect();
        assert_eq!(seen, [("é", "\"ü\""), ("ab", "cd")]);
    }

    #[test]
    fn what_could_grow_is_refused() {
        let refused = |text: &str| yaml(text).expect_err("refused").message;
        assert_eq!(refused("a: &x 1"), "an anchor has no use here");
        assert!(!refused("a: *x").is_empty());
        assert_eq!(refused("a: !!str 1"), "a tag has no use here");
        assert_eq!(
            refused("a: 1\n---\nb: 1"),
            "a second document has no use here"
        );
        assert_eq!(refused("a: 1\na: 2"), "`a` is given twice");
        assert_eq!(refused("{[a]: 1}"), "a key must be a text");
        let deep = "[".repeat(100_000);
        assert!(!refused(&deep).is_empty());
        assert_eq!(
            refused(&format!("a: {}", "[".repeat(40))),
            "this is nested too deeply"
        );
        let deep = format!("a = {}", "[".repeat(100_000));
        assert!(toml(&deep).is_err());
        assert_eq!(shape(&yaml("").expect("empty")), "Nothing");
        assert_eq!(shape(&yaml("# only words").expect("empty")), "Nothing");
    }
}
