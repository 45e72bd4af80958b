//! What a person sees.

use super::super::tests;
use super::*;
use textwrap::core::display_width;

const PLAIN: Style = Style {
    color: false,
    unicode: false,
    width: 80,
};

fn sources() -> tests::Texts {
    let module = "import os\n\nURL = os.getenv(\"DATABASE_URL\", \"db:///traffic.db\")\n\n\
        logs_engine = make_engine(URL, poolclass=Single, echo=False)\n\
        Session = bind(logs_engine)\n";
    let settings =
        "class Settings:\n    size = int(os.getenv(\"POOL_SIZE\", \"20\"))\n\n    other = 1\n";
    let hostile = "\u{feff}def get_db():\r\n\tengine = make(\r\n\t\tURL,\r\n\t\tpool_size=5,  # \u{1b}[31mred\r\n\t)\r\n\treturn engine\r\n";
    let mut long = b"a=1;".repeat(60);
    long.extend(b"e = make(URL, size=\xff5);");
    long.extend(b"b=2;".repeat(90));
    tests::Texts(vec![
        ("database/traffic.py", module.into()),
        ("app/settings.py", settings.into()),
        ("app/\u{1b}[2J.py", hostile.into()),
        ("long.py", long),
        (".env", "POOL_SIZE=20\nDB_PASSWORD=hunter2\n".into()),
    ])
}

fn shown(findings: &[Finding], sources: &tests::Texts, style: Style) -> String {
    let mut out = Vec::new();
    write(findings, &Texts::new(sources), style, &mut out).expect("in memory");
    String::from_utf8(out).expect("UTF-8")
}

fn everything(sources: &tests::Texts) -> Finding {
    let make = sources.place(0, "make_engine(URL, poolclass=Single, echo=False)", 0);
    let mut finding = Finding::new(
        "null-pool",
        make,
        "every checkout of `logs_engine` opens a new connection to a database of a server",
    )
    .related(
        sources.place(0, "poolclass=Single", 0),
        "the pool class is set here",
    )
    .related(
        sources.place(1, "\"20\"", 0),
        "20 when the variable is not set",
    )
    .related(
        sources.place(0, "os.getenv(\"DATABASE_URL\", \"db:///traffic.db\")", 0),
        "the database",
    )
    .help("Drop `poolclass=Single`; the default pool keeps 5 connections and opens up to 10 more.")
    .note("4 workers × (5 + 10) = 60 > max_connections 50");
    finding.repeats = vec![sources.place(1, "other", 0); 12];
    finding
}

#[test]
fn a_person_sees_the_fact_the_places_the_cure_and_the_arithmetic() {
    let sources = sources();
    let expected = r#"warning[null-pool]: every checkout of `logs_engine` opens a new connection to a
  database of a server
  --> database/traffic.py:5:15
   |
 3 | URL = os.getenv("DATABASE_URL", "db:///traffic.db")
   |       ---------------------------------------------
   |                             `-- the database
 4 |
 5 | logs_engine = make_engine(URL, poolclass=Single, echo=False)
   |               ^^^^^^^^^^^^^^^  ----------------
   |                                        `-- the pool class is set here
 6 | Session = bind(logs_engine)
  --> app/settings.py:2:39
   |
 1 | class Settings:
 2 |     size = int(os.getenv("POOL_SIZE", "20"))
   |                                       ----
   |                                         `-- 20 when the variable is not set
  help: Drop `poolclass=Single`; the default pool keeps 5 connections and opens
        up to 10 more.
  note: 4 workers × (5 + 10) = 60 > max_connections 50
  the same in 12 more places:
    app/settings.py:4
    app/settings.py:4
    app/settings.py:4
    app/settings.py:4
    app/settings.py:4
    app/settings.py:4
    app/settings.py:4
    app/settings.py:4
    app/settings.py:4
    app/settings.py:4
    and 2 more

"#;
    assert_eq!(shown(&[everything(&sources)], &sources, PLAIN), expected);
}

#[test]
fn a_terminal_gets_lines_and_colours_around_the_same_words() {
    let sources = sources();
    let mut finding = everything(&sources);
    finding.related.truncate(1);
    finding.help.clear();
    finding.notes.clear();
    finding.repeats.clear();
    let expected = r#"warning[null-pool]: every checkout of `logs_engine` opens a new connection to a
  database of a server
   ╭─[database/traffic.py:5:15]
 5 │ logs_engine = make_engine(URL, poolclass=Single, echo=False)
   ·               ━━━━━━━━━━━━━━━  ────────┬───────
   ·                                        ╰── the pool class is set here
 6 │ Session = bind(logs_engine)
   ╰────

"#;
    let unicode = Style {
        unicode: true,
        ..PLAIN
    };
    assert_eq!(
        shown(std::slice::from_ref(&finding), &sources, unicode),
        expected
    );
    let colored = shown(
        &[finding],
        &sources,
        Style {
            color: true,
            ..unicode
        },
    );
    let mut plain = String::new();
    for (at, part) in colored.split("\x1b[").enumerate() {
        let text = if at == 0 {
            part
        } else {
            part.split_once('m').map_or("", |(_, text)| text)
        };
        plain.push_str(text);
    }
    assert_eq!(plain, expected);
    assert!(
        colored.starts_with("\x1b[33;1mwarning[null-pool]:\x1b[0m"),
        "{colored}"
    );
}

#[test]
fn byte_order_marks_tabs_crlf_and_escapes_do_not_move_a_mark() {
    let sources = sources();
    let make = "make(\r\n\t\tURL,\r\n\t\tpool_size=5,  # \u{1b}[31mred\r\n\t)";
    let finding = Finding::new("sizes", sources.place(2, make, 0), "the sizes are 5 and 20")
        .severity(Severity::Error)
        .related(sources.place(2, "pool_size=5", 0), "set to 5 here");
    let expected = r"error[sizes]: the sizes are 5 and 20
  --> app/\x1b[2J.py:2:11
   |
 1 |     def get_db():
 2 | ,->     engine = make(
 3 | |           URL,
 4 | |           pool_size=5,  # \x1b[31mred
   | |           -----------
   | |                `-- set to 5 here
 5 | `->     )
 6 |         return engine

";
    assert_eq!(shown(&[finding], &sources, PLAIN), expected);
}

#[test]
fn long_lines_are_cut_around_their_marks() {
    let sources = sources();
    let call = Place {
        file: FileId(3),
        span: Span::new(244, 262),
    };
    let finding = Finding::new("long", call, "a line without end")
        .severity(Severity::Info)
        .related(
            sources.place(3, "size=", 0),
            "words that are so many that they must be wrapped somewhere",
        );
    let expected = r"info[long]: a line without end
  --> long.py:1:245
   |
 1 | ...=1;a=1;a=1;a=1;a=1;e = make(URL, size=\xff5);b=2;b=2;b=2;b=2;b=2;b=2;...
   |                           ^^^^^^^^  -----
   |                                       `-| words that are so many that they
   |                                         | must be wrapped somewhere

";
    assert_eq!(shown(&[finding], &sources, PLAIN), expected);
}

#[test]
fn a_long_line_is_moved_so_that_its_marks_are_seen_to_their_ends() {
    let text = "class Store:\n    def __init__(self):\n        url = self.url or \"sqlite://\"\n        \
        self.engine = create_engine(self.database_url, pool_size=10, max_overflow=20)  # why\n";
    let sources = tests::Texts(vec![("a.py", text.into())]);
    let call = "create_engine(self.database_url, pool_size=10, max_overflow=20)";
    let finding = Finding::new("sizes", sources.place(0, call, 0), "x");
    let alone = r#"warning[sizes]: x
  --> a.py:4:23
   |
 4 | ...ine = create_engine(self.database_url, pool_size=10, max_overflow=20)...
   |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
"#;
    let text = shown(std::slice::from_ref(&finding), &sources, PLAIN);
    assert_eq!(text, format!("{alone}\n"));
    // Words need room behind their marks: these get a drawing of their own.
    let finding = finding
        .related(sources.place(0, "10", 0), "size is set to 10 here")
        .related(sources.place(0, "20", 0), "overflow is set to 20 here");
    let text = shown(&[finding], &sources, PLAIN);
    let rest = text.strip_prefix(alone).unwrap_or_else(|| panic!("{text}"));
    for seen in [
        "pool_size=10, max_overflow=20)  # why\n",
        "- size is set to 10 here\n",
        "- overflow is set to 20 here\n",
    ] {
        assert!(rest.contains(seen), "{text}");
    }
    assert_eq!(rest.matches("--> a.py").count(), 1, "{text}");
}

#[test]
fn the_steps_of_a_chain_are_numbered_and_keep_their_order() {
    let sources = sources();
    let place = |file, needle| sources.place(file, needle, 0);
    let finding = Finding::new("r", place(0, "make_engine"), "x")
        .related(place(1, "class Settings"), "called here")
        .related(place(0, "import os"), "called here")
        .related(place(1, "other"), "handles requests")
        .chained();
    let expected = r"warning[r]: x
  --> database/traffic.py:5:15
   |
 5 | logs_engine = make_engine(URL, poolclass=Single, echo=False)
   |               ^^^^^^^^^^^
 6 | Session = bind(logs_engine)
  --> app/settings.py:1:1
   |
 1 | class Settings:
   | --------------
   |        `-- 1. called here
";
    let text = shown(std::slice::from_ref(&finding), &sources, PLAIN);
    assert!(text.starts_with(expected), "{text}");
    let steps: Vec<_> = text
        .lines()
        .filter_map(|line| line.split_once("`-- "))
        .collect();
    let steps: Vec<_> = steps.iter().map(|(_, words)| *words).collect();
    assert_eq!(
        steps,
        ["1. called here", "2. called here", "3. handles requests"]
    );
    let mut single = finding.clone();
    single.related.truncate(1);
    single.chains[0].end = 1;
    assert!(shown(&[single], &sources, PLAIN).contains("`-- called here"));
    let mut apart = finding;
    apart.chains.clear();
    assert!(!shown(&[apart], &sources, PLAIN).contains("1. "));
}

#[test]
fn values_of_settings_files_are_not_shown() {
    let sources = sources();
    let finding = Finding::new("r", sources.place(4, "POOL_SIZE=20", 0), "x");
    let text = shown(&[finding], &sources, PLAIN);
    assert!(text.contains("1 | POOL_SIZE=20\n"), "{text}");
    assert!(text.contains("2 | DB_PASSWORD=***\n"), "{text}");
}

#[test]
fn more_related_places_than_can_be_drawn_are_listed() {
    let sources = sources();
    let mut finding = Finding::new("r", sources.place(0, "import os", 0), "x");
    for start in 0..20 {
        let place = Place {
            file: FileId(3),
            span: Span::new(start, start + 1),
        };
        finding = finding.related(place, format!("label {start}"));
    }
    let text = shown(&[finding], &sources, PLAIN);
    assert!(
        text.contains("  also:\n    long.py:1:7 label 6\n"),
        "{text}"
    );
    assert!(
        text.ends_with("    long.py:1:16 label 15\n    and 4 more\n\n"),
        "{text}"
    );
}

#[test]
fn ignored_findings_are_left_out() {
    let sources = sources();
    let mut finding = everything(&sources);
    finding.status = Status::Ignored;
    assert_eq!(shown(&[finding], &sources, PLAIN), "");
}

/// Whatever the place: no panic, no line wider than 80 columns, no escape.
#[test]
fn every_place_of_an_awkward_text_can_be_drawn() {
    let text = "\u{feff}é\t(世界,\u{1b} \"db://u:p@h\")\r\n\n\rx\u{202e}\n".repeat(4)
        + "# 世".repeat(50).as_str();
    let mut bytes = text.into_bytes();
    bytes.splice(9..9, [0xff, 0xfe]);
    let length = bytes.len();
    let sources = tests::Texts(vec![("a.py", bytes)]);
    let place = |start, end| Place {
        file: FileId(0),
        span: Span::new(start, end),
    };
    for start in (0..length + 2).step_by(3) {
        for end in (start..length + 3).step_by(7) {
            let inner = place(
                (start + end) / 2,
                end.saturating_sub(1).max((start + end) / 2),
            );
            let finding = Finding::new("r", place(start, end), "x")
                .related(inner, "some words that say what is there")
                .related(place(end / 2, end), "again");
            for unicode in [false, true] {
                let text = shown(
                    std::slice::from_ref(&finding),
                    &sources,
                    Style { unicode, ..PLAIN },
                );
                assert!(
                    !text.contains(['\x1b', '\r', '\t', '\u{202e}', '\u{fffd}']),
                    "{text}"
                );
                let widest = text.lines().map(display_width).max();
                assert!(widest <= Some(80), "{start}..{end}\n{text}");
                assert!(text.contains("a.py:"), "{start}..{end}\n{text}");
                for related in &finding.related {
                    let word = related.message.split(' ').next().expect("word");
                    assert!(text.contains(word), "{start}..{end}\n{text}");
                }
            }
        }
    }
}

#[test]
fn a_broken_catalog_shows_its_line_with_a_caret() {
    let mut error = catalog::Error {
        path: "tools/our.yaml".to_owned(),
        text: "library: x\nmakers:\n  - nmae: y\n".to_owned(),
        message: "unknown field `nmae`".to_owned(),
        line_column: Some((3, 5)),
    };
    let expected = "error: tools/our.yaml: unknown field `nmae`\n  --> tools/our.yaml:3:5\n   |\n \
        2 | makers:\n 3 |   - nmae: y\n   |     ^\n   |     `-- here\n";
    assert_eq!(catalog_error(&error, PLAIN), expected);
    for line_column in [Some((99, 99)), Some((3, 99)), Some((0, 0)), None] {
        error.line_column = line_column;
        assert!(catalog_error(&error, PLAIN).starts_with("error: tools/our.yaml: unknown"));
    }
}
