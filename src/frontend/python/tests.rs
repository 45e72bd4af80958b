//! Each construct of Python in a few lines: the structure, and that spans are exactly the text.

use std::time::{Duration, Instant};

use super::Parser;
use crate::source::Span;
use crate::syntax::*;

struct File {
    source: String,
    module: Module,
}

fn read(source: &str) -> File {
    File {
        source: source.to_owned(),
        module: Parser::new().parse(source.as_bytes()),
    }
}

/// Reads a file that must be free of errors.
fn clean(source: &str) -> File {
    let file = read(source);
    assert!(!file.module.partial, "{source}: {:?}", file.module.errors);
    file
}

impl File {
    fn text(&self, span: Span) -> &str {
        &self.source[span.range()]
    }

    fn expr(&self, id: ExprId) -> &str {
        self.text(self.module.expr(id).span)
    }

    fn exprs(&self, ids: &[ExprId]) -> Vec<&str> {
        ids.iter().map(|id| self.expr(*id)).collect()
    }

    fn stmts(&self, block: &[StmtId]) -> Vec<&str> {
        block
            .iter()
            .map(|id| self.text(self.module.stmt(*id).span))
            .collect()
    }

    fn body(&self) -> Vec<&StmtKind> {
        self.module
            .body
            .iter()
            .map(|id| &self.module.stmt(*id).kind)
            .collect()
    }

    /// The expression of the first statement.
    fn first(&self) -> &ExprKind {
        match self.body()[0] {
            StmtKind::Expr(id) => &self.module.expr(*id).kind,
            StmtKind::Assign {
                value: Some(value), ..
            } => &self.module.expr(*value).kind,
            other => panic!("{other:?}"),
        }
    }

    fn function(&self, name: &str) -> &Function {
        self.module
            .functions
            .iter()
            .find(|function| function.name == name)
            .expect("a function of this name")
    }

    /// The calls of the file, in the order of their beginnings.
    fn calls(&self) -> Vec<&str> {
        let calls = self.module.exprs.iter();
        let mut spans: Vec<_> = calls
            .filter(|expr| matches!(expr.kind, ExprKind::Call(_)))
            .map(|expr| expr.span)
            .collect();
        spans.sort_unstable();
        spans.into_iter().map(|span| self.text(span)).collect()
    }
}

#[test]
fn arguments_have_their_text_and_comma() {
    let file = clean("f(a, *b, k=(c), **d , (e),)\n");
    let ExprKind::Call(call) = file.first() else {
        panic!()
    };
    assert_eq!(file.text(call.list), "(a, *b, k=(c), **d , (e),)");
    let args: Vec<_> = call
        .args
        .iter()
        .map(|arg| (&arg.kind, file.text(arg.span), file.expr(arg.value)))
        .collect();
    assert_eq!(
        args,
        [
            (&ArgKind::Positional, "a", "a"),
            (&ArgKind::Splat, "*b", "b"),
            (&ArgKind::Keyword("k".into()), "k=(c)", "c"),
            (&ArgKind::KeywordSplat, "**d", "d"),
            (&ArgKind::Positional, "(e)", "e"),
        ]
    );
    assert!(
        call.args
            .iter()
            .all(|arg| arg.comma.map(|comma| file.text(comma)) == Some(","))
    );
    let file = clean("f(a # one,\n , b) # two\n");
    let ExprKind::Call(call) = file.first() else {
        panic!()
    };
    assert_eq!(call.args[0].comma.map(|comma| comma.start), Some(12));
    assert_eq!(call.args[1].comma, None);
}

#[test]
fn a_generator_is_a_single_argument() {
    let file = clean("f(x for x in y if x)\n");
    let ExprKind::Call(call) = file.first() else {
        panic!()
    };
    assert_eq!(file.text(call.list), "(x for x in y if x)");
    let ExprKind::Comprehension(comprehension) = &file.module.expr(call.args[0].value).kind else {
        panic!()
    };
    assert_eq!(file.exprs(&comprehension.clauses[0].conditions), ["x"]);
}

#[test]
fn a_star_belongs_to_the_whole_chain() {
    for source in [
        "x = *f(a), y\n",
        "x = *f.g(a)[0], y\n",
        "[*f(a), y]\n",
        "x = *a | b, y\n",
    ] {
        let file = clean(source);
        let (ExprKind::Tuple(items) | ExprKind::List(items)) = file.first() else {
            panic!("{source}")
        };
        let ExprKind::Splat(inner) = file.module.expr(items[0]).kind else {
            panic!("{source}")
        };
        assert_eq!(file.expr(items[0]), format!("*{}", file.expr(inner)));
        assert!(
            !file.calls().iter().any(|call| call.starts_with('*')),
            "{source}"
        );
    }
}

#[test]
fn a_type_call_that_is_assigned_to_is_no_alias() {
    for (source, target) in [
        ("type(x).a = v\n", "type(x).a"),
        ("type(x)[k] = v\n", "type(x)[k]"),
        ("type(n, b, {}).a = v\n", "type(n, b, {}).a"),
        ("type (x).f().a = v\n", "type (x).f().a"),
        ("type(x).a: int = v\n", "type(x).a"),
    ] {
        let file = clean(source);
        let StmtKind::Assign {
            targets,
            annotation,
            value,
        } = file.body()[0]
        else {
            panic!("{source}")
        };
        assert_eq!(file.exprs(targets), [target]);
        assert_eq!(
            annotation.map(|id| file.expr(id)),
            source.contains("int").then_some("int")
        );
        assert_eq!(value.map(|id| file.expr(id)), Some("v"));
        assert!(
            file.calls().iter().all(|call| call.starts_with("type")),
            "{:?}",
            file.calls()
        );
    }
    for source in ["type X = int\n", "type X[T] = list[T]\n"] {
        assert!(
            matches!(clean(source).body()[0], StmtKind::Pass),
            "{source}"
        );
    }
}

#[test]
fn assignments() {
    let file = clean("a = (b).c = d, = value\nx: list[int] | None | str\nn += 1\n(y) = *z, w\n");
    let body = file.body();
    let StmtKind::Assign {
        targets,
        value: Some(value),
        annotation: None,
    } = body[0]
    else {
        panic!()
    };
    assert_eq!(file.exprs(targets), ["a", "(b).c", "d,"]);
    assert_eq!(file.expr(*value), "value");
    let StmtKind::Assign {
        value: None,
        annotation: Some(annotation),
        ..
    } = body[1]
    else {
        panic!()
    };
    let ExprKind::Binary(BinaryOp::BitOr, left, right) = file.module.expr(*annotation).kind else {
        panic!()
    };
    assert_eq!(
        (file.expr(left), file.expr(right)),
        ("list[int] | None", "str")
    );
    assert!(matches!(
        body[2],
        StmtKind::Augment {
            op: BinaryOp::Add,
            ..
        }
    ));
    let StmtKind::Assign { targets, .. } = body[3] else {
        panic!()
    };
    assert_eq!(file.exprs(targets), ["y"]);
}

#[test]
fn imports() {
    let file = clean(
        "import a.b, c . d as e\nfrom .. x import (y as z,  # why\n w)\nfrom . import q\nfrom m import *\nfrom __future__ import annotations\n",
    );
    let mut seen = Vec::new();
    for stmt in file.body() {
        let StmtKind::Import(imports) = stmt else {
            panic!()
        };
        for import in imports {
            seen.push((
                import.level,
                import.module.join("."),
                import.kind.clone(),
                file.text(import.span),
            ));
        }
    }
    let module = |alias: Option<&str>| ImportKind::Module {
        alias: alias.map(Name::new),
    };
    let name = |name: &str, alias: Option<&str>| ImportKind::Name {
        name: name.into(),
        alias: alias.map(Name::new),
    };
    assert_eq!(
        seen,
        [
            (0, "a.b".to_owned(), module(None), "a.b"),
            (0, "c.d".to_owned(), module(Some("e")), "c . d as e"),
            (2, "x".to_owned(), name("y", Some("z")), "y as z"),
            (2, "x".to_owned(), name("w", None), "w"),
            (1, String::new(), name("q", None), "q"),
            (0, "m".to_owned(), ImportKind::All, "*"),
            (
                0,
                "__future__".to_owned(),
                name("annotations", None),
                "annotations"
            ),
        ]
    );
}

#[test]
fn strings() {
    let literal = |source: &str| match clean(source).first() {
        ExprKind::Str(text) => text.to_string(),
        other => panic!("{source}: {other:?}"),
    };
    assert_eq!(literal(r#"x = "a\n" 'b'  "#), "a\nb");
    assert_eq!(literal("x = ('a'  # why\n 'b')"), "ab");
    assert_eq!(literal(r#"x = r"\\""#), r"\\");
    assert_eq!(literal("x = f\"{{}}\""), "{}");
    assert_eq!(literal("x = ''"), "");
    for source in [
        "x = b'a'",
        "x = 'a' b'b'",
        r#"x = "\N{DASH}""#,
        r#"x = "\ud800""#,
    ] {
        assert!(matches!(clean(source).first(), ExprKind::Bytes), "{source}");
    }
}

#[test]
fn strings_with_holes() {
    let file = clean("x = f'a{b}c' 'd' rf\"\\e{g()!s}{h!r}{i:>{w}}{j=}\"\n");
    let ExprKind::Text(parts) = file.first() else {
        panic!()
    };
    let parts: Vec<_> = parts
        .iter()
        .map(|part| match part {
            TextPart::Literal(text) => text.to_string(),
            TextPart::Hole(hole) => format!("<{}>", file.expr(*hole)),
        })
        .collect();
    // What is shown in another form than its value's is opaque, with the braces.
    assert_eq!(
        parts,
        [
            "a",
            "<b>",
            "cd\\e",
            "<g()>",
            "<{h!r}>",
            "<{i:>{w}}>",
            "<{j=}>"
        ]
    );
    assert_eq!(file.calls(), ["g()"]);
}

#[test]
fn operators() {
    for (source, kind) in [
        ("not a", "Not("),
        ("-1", "Negate("),
        ("~a", "Unary("),
        ("a or b", "Logic(Or"),
        ("a // b", "Binary(FloorDiv"),
        ("a if b else c", "Conditional"),
        ("await a", "Await("),
        ("(a := b)", "Assigned(\"a\""),
        ("(yield)", "Yield(None"),
        ("(yield from a)", "YieldFrom("),
        ("...", "Opaque([])"),
        ("{**a, b: c}", "Dict([Splat("),
        ("{a, b}", "Set("),
        ("()", "Tuple([])"),
        ("(a)", "Name(\"a\")"),
        ("a,", "Tuple(["),
        ("1_0", "Int(10)"),
        ("1e3", "Float(1000.0)"),
        ("1j", "Opaque([])"),
    ] {
        let shown = format!("{:?}", clean(source).first());
        assert!(shown.starts_with(kind), "{source}: {shown}");
    }
    let file = clean("a < b is not c not  in d\n");
    let ExprKind::Compare(_, rest) = file.first() else {
        panic!()
    };
    let operators: Vec<_> = rest.iter().map(|(operator, _)| *operator).collect();
    assert_eq!(
        operators,
        [CompareOp::Order, CompareOp::IsNot, CompareOp::NotIn]
    );
    let file = clean("a[b, c:d, (e)]\n");
    let ExprKind::Subscript(_, index) = file.first() else {
        panic!()
    };
    assert_eq!(file.exprs(index), ["b", "c:d", "e"]);
}

#[test]
fn functions() {
    let file = clean(
        "@deco\n@other(1) # why\nasync def f(a, /, b: int = 1, *args: T, c, d=2, **kw) -> R: # here\n    yield a  # last\n    # trailing\n\nx = lambda y, *z: (await y)\ndef g(*, k): pass;\n",
    );
    let function = file.function("f");
    assert_eq!(file.text(function.name_span), "f");
    assert!(file.text(function.span).starts_with("async def f"));
    assert!(file.text(function.span).ends_with("yield a"));
    assert!(function.is_async && function.is_generator);
    assert_eq!(file.exprs(&function.decorators), ["deco", "other(1)"]);
    assert_eq!(function.returns.map(|id| file.expr(id)), Some("R"));
    let params: Vec<_> = function
        .params
        .iter()
        .map(|param| {
            assert_eq!(file.text(param.span), param.name);
            (
                param.name.as_str(),
                param.kind,
                param.default.map(|id| file.expr(id)),
            )
        })
        .collect();
    assert_eq!(
        params,
        [
            ("a", ParamKind::PositionalOnly, None),
            ("b", ParamKind::Plain, Some("1")),
            ("args", ParamKind::Rest, None),
            ("c", ParamKind::KeywordOnly, None),
            ("d", ParamKind::KeywordOnly, Some("2")),
            ("kw", ParamKind::KeywordRest, None),
        ]
    );
    assert!(file.stmts(&file.module.body)[0].starts_with("@deco"));
    let lambda = file.function("");
    assert_eq!(file.text(lambda.span), "lambda y, *z: (await y)");
    assert_eq!(file.stmts(&lambda.body), ["await y"]);
    assert_eq!(file.function("g").params[0].kind, ParamKind::KeywordOnly);
    assert_eq!(file.text(file.function("g").span), "def g(*, k): pass");
}

#[test]
fn classes_and_receivers() {
    let file = clean(
        "class A(B, metaclass=M):\n    def i(self): return lambda s: s\n    @staticmethod\n    def s(x): pass\n    @classmethod\n    def c(cls): pass\n    def __new__(cls): pass\n    @property\n    def p(self):\n        def inner(x): pass\n    if X:\n        def n(self): pass\n    def r(*args): pass\ndef f(x): pass\n",
    );
    let class = &file.module.classes[0];
    let bases: Vec<_> = class
        .bases
        .iter()
        .map(|base| file.text(base.span))
        .collect();
    assert_eq!(bases, ["B", "metaclass=M"]);
    for (name, receiver, in_class) in [
        ("i", Receiver::Instance, true),
        ("s", Receiver::None, true),
        ("c", Receiver::Class, true),
        ("__new__", Receiver::Class, true),
        ("p", Receiver::Instance, true),
        ("inner", Receiver::None, false),
        ("n", Receiver::Instance, true),
        ("r", Receiver::None, true),
        ("f", Receiver::None, false),
        ("", Receiver::None, false),
    ] {
        let function = file.function(name);
        assert_eq!(
            (function.receiver, function.class.is_some()),
            (receiver, in_class),
            "{name}"
        );
    }
}

#[test]
fn arms_that_the_language_knows() {
    for (test, kind) in [
        ("TYPE_CHECKING", ArmKind::TypeOnly),
        ("typing.TYPE_CHECKING", ArmKind::TypeOnly),
        ("__name__ == '__main__'", ArmKind::Main),
        ("('__main__' == __name__)", ArmKind::Main),
        ("__name__ != '__main__'", ArmKind::Plain),
        ("not TYPE_CHECKING", ArmKind::Plain),
    ] {
        let file = clean(&format!(
            "if a:\n  pass\nelif {test}:\n  b  # c\nelse:\n  d ;\n"
        ));
        let StmtKind::If(arms) = file.body()[0] else {
            panic!()
        };
        let kinds: Vec<_> = arms.iter().map(|arm| arm.kind).collect();
        assert_eq!(kinds, [ArmKind::Plain, kind, ArmKind::Plain], "{test}");
        assert!(arms[2].test.is_none());
        assert!(file.stmts(&file.module.body)[0].ends_with("  d"));
    }
}

#[test]
fn tries() {
    let file = clean(
        "try:\n  a\nexcept (A, b.C) as e:\n  h # x\nexcept D, E:\n  pass\nexcept:\n  pass\nelse:\n  o\nfinally:\n  # f\n  z\n\ntry: a\nexcept* G: pass\n",
    );
    let body = file.body();
    let StmtKind::Try {
        handlers,
        otherwise,
        finally,
        ..
    } = body[0]
    else {
        panic!()
    };
    let types: Vec<_> = handlers
        .iter()
        .map(|handler| file.exprs(&handler.types))
        .collect();
    assert_eq!(types, [vec!["A", "b.C"], vec!["D", "E"], vec![]]);
    assert_eq!(
        handlers[0]
            .name
            .as_ref()
            .map(|(name, span)| (name.as_str(), file.text(*span))),
        Some(("e", "e"))
    );
    assert_eq!(file.text(handlers[0].span), "except (A, b.C) as e:\n  h");
    assert_eq!(
        (file.stmts(otherwise), file.stmts(finally)),
        (vec!["o"], vec!["z"])
    );
    assert!(matches!(body[1], StmtKind::Try { handlers, .. } if handlers.len() == 1));
}

#[test]
fn withs() {
    for (source, expected) in [
        ("with a(): pass", vec![("a()", None)]),
        ("with a() as b: pass", vec![("a()", Some("b"))]),
        ("with (a() as b): pass", vec![("a()", Some("b"))]),
        (
            "with (a() as b, c() as (d, e),): pass",
            vec![("a()", Some("b")), ("c()", Some("(d, e)"))],
        ),
        ("with (a, b): pass", vec![("a", None), ("b", None)]),
        ("with (a, b) as c: pass", vec![("(a, b)", Some("c"))]),
        (
            "async def f():\n  async with (a) as b.c: pass",
            vec![("a", Some("b.c"))],
        ),
    ] {
        let file = clean(source);
        let mut stmts = file.module.stmts.iter();
        let (items, is_async) = stmts
            .find_map(|stmt| match &stmt.kind {
                StmtKind::With {
                    items, is_async, ..
                } => Some((items, *is_async)),
                _ => None,
            })
            .expect("a with statement");
        let items: Vec<_> = items
            .iter()
            .map(|item| (file.expr(item.context), item.target.map(|id| file.expr(id))))
            .collect();
        assert_eq!(
            (items, is_async),
            (expected, source.contains("async with")),
            "{source}"
        );
    }
}

#[test]
fn loops() {
    let file =
        clean("for a, b in c, d:\n  pass\nelse:\n  e\nwhile f: break\n[x async for (x) in y]\n");
    let body = file.body();
    let StmtKind::For {
        target,
        iter,
        otherwise,
        is_async: false,
        ..
    } = body[0]
    else {
        panic!()
    };
    assert_eq!(
        (file.expr(*target), file.expr(*iter), file.stmts(otherwise)),
        ("a, b", "c, d", vec!["e"])
    );
    assert!(matches!(body[1], StmtKind::While { test: Some(_), .. }));
    let StmtKind::Expr(id) = body[2] else {
        panic!()
    };
    let ExprKind::Comprehension(comprehension) = &file.module.expr(*id).kind else {
        panic!()
    };
    assert!(comprehension.clauses[0].is_async);
    assert_eq!(file.expr(comprehension.clauses[0].target), "x");
}

#[test]
fn matches_() {
    let file = clean(
        "match a, b:\n  case 'x' | ('y') | -1: pass\n  case {'k': v, **rest} if v: pass\n  case P(q, r=[s, *t]) as u: pass\n  case Q.R | None: pass\n  case 1,: pass\n  case _: pass # end\n",
    );
    let StmtKind::Match { subject, arms } = file.body()[0] else {
        panic!()
    };
    assert_eq!(file.expr(*subject), "a, b");
    let arms: Vec<_> = arms
        .iter()
        .map(|arm| {
            (
                file.exprs(&arm.values),
                arm.binds
                    .iter()
                    .map(|(_, span)| file.text(*span))
                    .collect::<Vec<_>>(),
            )
        })
        .collect();
    assert_eq!(
        arms,
        [
            (vec!["'x'", "'y'", "-1"], vec![]),
            (vec![], vec!["v", "rest"]),
            (vec![], vec!["q", "s", "t", "u"]),
            (vec![], vec![]),
            (vec![], vec![]),
            (vec![], vec![]),
        ]
    );
    assert!(file.stmts(&file.module.body)[0].ends_with("case _: pass"));
}

#[test]
fn small_statements() {
    let file = clean(
        "raise A from b\nassert a, b\ndel a, b[c]\nglobal g, h\nnonlocal n\npass; break ;continue\nreturn a, b\nprint 'x', y\nexec 'z' in w\nprint(f)\n",
    );
    let body = file.body();
    assert!(matches!(body[0], StmtKind::Raise(operands) if file.exprs(operands) == ["A", "b"]));
    assert!(matches!(body[1], StmtKind::Assert(operands) if operands.len() == 2));
    assert!(matches!(body[2], StmtKind::Delete(targets) if file.exprs(targets) == ["a", "b[c]"]));
    assert!(matches!(body[3], StmtKind::Global(names) if names.len() == 2));
    assert!(matches!(body[4], StmtKind::Nonlocal(_)));
    assert!(matches!(
        (body[5], body[6], body[7]),
        (StmtKind::Pass, StmtKind::Break, StmtKind::Continue)
    ));
    assert!(matches!(body[8], StmtKind::Return(Some(value)) if file.expr(*value) == "a, b"));
    assert!(matches!(body[9], StmtKind::Opaque(operands) if file.exprs(operands) == ["'x'", "y"]));
    assert!(matches!(body[10], StmtKind::Opaque(operands) if file.exprs(operands) == ["'z'", "w"]));
    assert!(matches!(body[11], StmtKind::Expr(_)));
    assert_eq!(
        file.stmts(&file.module.body)[5..8],
        ["pass", "break", "continue"]
    );
}

#[test]
fn comments_are_all_there_once() {
    let source = "# a\r\nx = [ # b\n 1, # c\n] # d\ndef f( # e\n): # f\n  # g\n  pass # h\n# '''\ntype X = ( # i\n int)\nif 1 +: # j\n  pass # k\n";
    let file = read(source);
    let comments: Vec<_> = file
        .module
        .comments
        .iter()
        .map(|span| file.text(*span))
        .collect();
    let expected: Vec<_> = source
        .lines()
        .filter_map(|line| line.find('#').map(|at| &line[at..]))
        .collect();
    assert_eq!(comments, expected);
}

#[test]
fn broken_statements_lose_their_content_only() {
    let file = read("import a\ndef f():\n    x = = g()\n    ok(1)\nclass C(D:\n    pass\nend()\n");
    assert!(file.module.partial && !file.module.errors.is_empty());
    assert!(file.calls().contains(&"ok(1)"), "{:?}", file.calls());
    assert!(!file.calls().contains(&"g()"));
    let file = read("def f(a=g():\n    ok()\n");
    assert!(!file.calls().contains(&"g()"), "{:?}", file.calls());
    // The flag without any ERROR or MISSING node.
    let file = read("x = 1\ny = 1_000 0\n");
    assert_eq!(file.module.errors.len(), 1, "{:?}", file.module.errors);
    let file = read("for x in:\n    ok()\n");
    assert_eq!(file.module.errors[0].message, "expected identifier");
    assert_eq!(file.calls(), ["ok()"]);
    let file = read("x = f(a b)\n");
    assert_eq!(
        file.module.errors[0].message,
        "cannot parse this: unexpected `b`"
    );
    assert_eq!(file.text(file.module.errors[0].span), "b");
    let many = read(&"x = = 1\n".repeat(100));
    assert_eq!(many.module.errors.len(), 20);
}

#[test]
fn files_that_are_not_read() {
    for (bytes, message) in [
        (
            &b"\xff\xfeu\0t\0f\0"[..],
            "the file is UTF-16, which Python does not read",
        ),
        (b"i\0m\0p\0o\0r\0t\0", "the file is UTF-16 or not text"),
        (b"x = 1\n<<<<<<< HEAD\nf()\n", "merge-conflict marker"),
        (
            b"# coding: shift_jis\nx = '\x83\x5c'\n",
            "the file is in an encoding that cannot be read",
        ),
    ] {
        let module = Parser::new().parse(bytes);
        assert!(module.partial && module.body.is_empty());
        assert_eq!(module.errors[0].message, message);
    }
    let file = clean("\u{feff}x = ' <<<<<<< '\n");
    assert_eq!(file.stmts(&file.module.body), ["x = ' <<<<<<< '"]);
}

#[test]
fn foreign_bytes_are_unknown_strings() {
    for cookie in ["", "# -*- coding: latin-1 -*-\n"] {
        let bytes = [
            cookie.as_bytes(),
            b"a = 'caf\xe9'\nb = 'ok'\nc = f'\xe9{d}'\n",
        ]
        .concat();
        let module = Parser::new().parse(&bytes);
        assert!(!module.partial, "{:?}", module.errors);
        let kinds: Vec<_> = module.exprs.iter().map(|expr| &expr.kind).collect();
        assert!(kinds.iter().any(|kind| matches!(kind, ExprKind::Bytes)));
        assert!(
            kinds
                .iter()
                .any(|kind| matches!(kind, ExprKind::Str(text) if &**text == "ok"))
        );
        assert!(kinds.iter().any(|kind| matches!(kind, ExprKind::Text(_))));
    }
    let declared = Parser::new().parse("# coding=cp1252\nx = 'é'\n".as_bytes());
    assert!(
        declared
            .exprs
            .iter()
            .any(|expr| matches!(expr.kind, ExprKind::Bytes))
    );
}

#[test]
fn a_carriage_return_alone_makes_a_file_partial() {
    let file = read("# c\rx = make(1)\n");
    assert_eq!((file.module.partial, file.module.errors.len()), (true, 1));
    clean("x = '''a\rb'''\r\n");
}

/// Levels of every kind of nesting: on the stack of a worker, without an overflow and without losing all calls.
#[test]
fn nesting_is_bounded() {
    let build = |levels: usize| {
        let n = |text: &str| text.repeat(levels);
        let indented = |line: &str| {
            // The parser itself gives up beyond 511 levels of indentation; it must not crash.
            (0..levels.min(600))
                .map(|level| " ".repeat(level) + line)
                .collect::<String>()
        };
        vec![
            format!("x = {}f(){}\n", n("("), n(")")),
            format!("x = {}f(){}\n", n("["), n("]")),
            format!("x = {}f(){}\n", n("{"), n("}")),
            format!("x = {}f(){}\n", n("f("), n(")")),
            format!("x = {}f(){}\n", n("f(k="), n(")")),
            format!("x = a{}\n", n(".b()")),
            format!("x = f(){}\n", n("[b]")),
            format!("x = a{}\n", n(" + f()")),
            format!("x = a{}\n", n(" or f()")),
            format!("x = {}f()\n", n("not ")),
            format!("x = {}f()\n", n("-")),
            format!("x = {}f()\n", n("lambda: ")),
            format!("x = {}f()\n", n("a if b else ")),
            format!("{}f()\n", n("a = ")),
            format!("x: a[b]{} = f()\n", n(" | c")),
            format!("if a: f()\n{}", n("elif b: f()\n")),
            format!("x = {}f(){}\n", n("*"), ""),
            format!("match x:\n  case {}y{}: f()\n", n("["), n("]")),
            format!("match x:\n  case y{}: f()\n", n(" | 1")),
            indented("if x:\n") + &" ".repeat(levels.min(600)) + "f()\n",
            indented("def g():\n") + &" ".repeat(levels.min(600)) + "f()\n",
            indented("class g:\n") + &" ".repeat(levels.min(600)) + "f()\n",
        ]
    };
    let worker = std::thread::Builder::new().stack_size(16 << 20);
    let worker = worker.spawn(move || {
        let mut parser = Parser::new();
        for levels in [900, 10_000, 100_000] {
            for source in build(levels) {
                let module = parser.parse(source.as_bytes());
                let calls = module
                    .exprs
                    .iter()
                    .filter(|expr| matches!(expr.kind, ExprKind::Call(_)))
                    .count();
                let start = &source[..source.len().min(20)];
                assert!(calls > 0 || module.partial, "{levels} {start}");
                assert_eq!(
                    module.partial,
                    !module.errors.is_empty(),
                    "{levels} {start}"
                );
            }
        }
    });
    worker.expect("a thread").join().expect("no panic");
}

#[test]
fn calls_below_the_deepest_level_are_kept() {
    let file = read(&format!(
        "x = {}a.b(c, k=d, *e){}\n",
        "f(".repeat(3_000),
        ")".repeat(3_000)
    ));
    assert!(file.module.partial);
    assert_eq!(
        file.module.errors[0].message,
        "more than 1000 levels of nesting"
    );
    assert_eq!(file.calls().len(), 3_001);
    let exprs = &file.module.exprs;
    let inner = exprs.iter().find_map(|expr| match &expr.kind {
        ExprKind::Call(call) if call.args.len() == 3 => Some(call),
        _ => None,
    });
    let inner = inner.expect("the innermost call");
    assert_eq!(file.expr(inner.callee), "a.b");
    assert_eq!(inner.args[1].kind, ArgKind::Keyword("k".into()));
}

#[test]
fn long_runs_of_comments_are_quick_and_kept() {
    let start = Instant::now();
    let comments = "  # x\n".repeat(16_000);
    let file = clean(&format!("def f():\n  a()\n{comments}  b()\n"));
    assert_eq!(file.module.comments.len(), 16_000);
    assert!(
        file.module
            .comments
            .iter()
            .all(|span| file.text(*span) == "# x")
    );
    assert_eq!(file.calls(), ["a()", "b()"]);
    clean(&format!("x = 1 + \\\n{}  2\n", "\\\n".repeat(16_000)));
    assert!(
        start.elapsed() < Duration::from_secs(2),
        "{:?}",
        start.elapsed()
    );
    // What looks like comments may be a text.
    let text = "# x\n".repeat(300);
    let file = clean(&format!(
        "x = '''\n{text}# '''; y = f()\n{text}z = f'''\n{text}{{g()}}'''\n"
    ));
    assert_eq!(file.module.comments.len(), 300);
    assert_eq!(file.calls(), ["f()", "g()"]);
}

#[test]
fn a_parse_that_was_broken_off_leaves_nothing_behind() {
    let mut parser = Parser::new();
    let slow = "x = f(1)\n".repeat(20_000);
    let module = parser.parse_within(slow.as_bytes(), Duration::ZERO);
    assert_eq!(module.errors[0].message, "took too long to parse");
    assert!(module.partial && module.body.is_empty());
    let module = parser.parse(b"y = 2\n");
    assert_eq!((module.body.len(), module.partial), (1, false));
}

#[test]
fn spans_count_every_byte() {
    let source = "\u{feff}é = 'ü'\r\nif é:\r\n\tf(é,\r\n\t  \"ß\")\r\n";
    let file = clean(source);
    assert_eq!(
        file.stmts(&file.module.body),
        ["é = 'ü'", "if é:\r\n\tf(é,\r\n\t  \"ß\")"]
    );
    assert_eq!(file.calls(), ["f(é,\r\n\t  \"ß\")"]);
}

#[test]
fn bases_stand_in_brackets() {
    let found = |text: &str| -> Vec<String> {
        let all = super::bases(text.as_bytes());
        all.map(|it| String::from_utf8_lossy(it).into_owned())
            .collect()
    };
    assert_eq!(found("class A(B, c.D):\n    pass\n"), ["B, c.D"]);
    assert_eq!(found("class A(\n    B,\n):\n    x = 1\n"), ["\n    B,\n"]);
    assert_eq!(found("class A:\n    def f(B): ...\n"), [""; 0]);
    assert_eq!(found("# no class A(B)\nx = 'class A(B):'\n"), [""; 0]);
}
