//! Each construct of Rust in a few lines: the structure, and that spans are exactly the text.

use super::{Token, parse};
use crate::source::Span;
use crate::syntax::*;

struct File {
    source: String,
    module: Module,
}

fn read(source: &str) -> File {
    File {
        source: source.to_owned(),
        module: parse(source.as_bytes()),
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

    /// The statements of a block in short: what each is, with the names and calls in it.
    fn shape(&self, block: &[StmtId]) -> String {
        let all: Vec<String> = block.iter().map(|id| self.stmt(*id)).collect();
        all.join("; ")
    }

    fn stmt(&self, id: StmtId) -> String {
        match &self.module.stmt(id).kind {
            StmtKind::Expr(expr) => self.show(*expr),
            StmtKind::Assign {
                targets,
                value,
                annotation,
            } => {
                let target = self.show(targets[0]);
                let typed = annotation.map_or(String::new(), |it| format!(": {}", self.show(it)));
                match value {
                    Some(value) => format!("{target}{typed} = {}", self.show(*value)),
                    None => format!("{target}{typed}"),
                }
            }
            StmtKind::Augment { target, value, .. } => {
                format!("{} op= {}", self.show(*target), self.show(*value))
            }
            StmtKind::Return(Some(value)) => format!("return {}", self.show(*value)),
            StmtKind::Return(None) => "return".to_owned(),
            StmtKind::Raise(_) => "raise".to_owned(),
            StmtKind::Delete(names) => {
                let names: Vec<String> = names.iter().map(|name| self.show(*name)).collect();
                format!("end {}", names.join(", "))
            }
            StmtKind::Break => "break".to_owned(),
            StmtKind::Continue => "continue".to_owned(),
            StmtKind::If(arms) => {
                let arms: Vec<String> = arms
                    .iter()
                    .map(|arm| {
                        let test = arm.test.map_or("else".to_owned(), |test| self.show(test));
                        format!("{test} {{{}}}", self.shape(&arm.body))
                    })
                    .collect();
                format!("if {}", arms.join(" "))
            }
            StmtKind::Match { subject, arms } => {
                let arms: Vec<String> = arms
                    .iter()
                    .map(|arm| format!("{{{}}}", self.shape(&arm.body)))
                    .collect();
                format!("match {} {}", self.show(*subject), arms.join(" "))
            }
            StmtKind::While { test, body, .. } => {
                let test = test.map_or("ever".to_owned(), |test| self.show(test));
                format!("while {test} {{{}}}", self.shape(body))
            }
            StmtKind::For {
                target, iter, body, ..
            } => format!(
                "for {} in {} {{{}}}",
                self.show(*target),
                self.show(*iter),
                self.shape(body)
            ),
            StmtKind::Function(id) => {
                let function = self.module.function(*id);
                format!("fn {} {{{}}}", function.name, self.shape(&function.body))
            }
            StmtKind::Class(id) => {
                let class = self.module.class(*id);
                format!("class {} {{{}}}", class.name, self.shape(&class.body))
            }
            StmtKind::Import(imports) => {
                let all: Vec<String> = imports
                    .iter()
                    .map(|import| {
                        let module: Vec<&str> = import.module.iter().map(Name::as_str).collect();
                        let module = module.join(".");
                        match &import.kind {
                            ImportKind::Module { alias } => {
                                format!("{module} as {}", alias.clone().unwrap_or_default())
                            }
                            ImportKind::Name { name, alias } => {
                                let alias = alias.clone().unwrap_or_else(|| name.clone());
                                format!("{module}.{name} as {alias}")
                            }
                            ImportKind::All => format!("{module}.*"),
                        }
                    })
                    .collect();
                format!("use {}", all.join(", "))
            }
            _ => "?".to_owned(),
        }
    }

    fn show(&self, id: ExprId) -> String {
        let all = |ids: &[ExprId]| {
            let all: Vec<String> = ids.iter().map(|id| self.show(*id)).collect();
            all.join(", ")
        };
        match &self.module.expr(id).kind {
            ExprKind::Name(name) => name.to_string(),
            ExprKind::Attribute(base, name) => format!("{}.{name}", self.show(*base)),
            ExprKind::Subscript(base, index) => format!("{}[{}]", self.show(*base), all(index)),
            ExprKind::Call(call) => {
                let args: Vec<String> = call
                    .args
                    .iter()
                    .map(|arg| match &arg.kind {
                        ArgKind::Keyword(name) => format!("{name}={}", self.show(arg.value)),
                        ArgKind::KeywordSplat => format!("**{}", self.show(arg.value)),
                        _ => self.show(arg.value),
                    })
                    .collect();
                format!("{}({})", self.show(call.callee), args.join(", "))
            }
            ExprKind::Str(text) => format!("{text:?}"),
            ExprKind::Int(number) => number.to_string(),
            ExprKind::Float(number) => number.to_string(),
            ExprKind::Bool(truth) => truth.to_string(),
            ExprKind::None => "none".to_owned(),
            ExprKind::Tuple(items) => format!("({})", all(items)),
            ExprKind::List(items) => format!("[{}]", all(items)),
            ExprKind::Await(inner) => format!("await {}", self.show(*inner)),
            ExprKind::Binary(_, left, right) => {
                format!("{} op {}", self.show(*left), self.show(*right))
            }
            ExprKind::Lambda(id) => {
                let function = self.module.function(*id);
                let params: Vec<&str> = function.params.iter().map(|it| it.name.as_str()).collect();
                format!("|{}| {{{}}}", params.join(", "), self.shape(&function.body))
            }
            ExprKind::Text(parts) => {
                let parts: Vec<String> = parts
                    .iter()
                    .map(|part| match part {
                        TextPart::Literal(text) => text.to_string(),
                        TextPart::Hole(hole) => format!("{{{}}}", self.show(*hole)),
                    })
                    .collect();
                format!("f{:?}", parts.join(""))
            }
            ExprKind::Logic(_, left, right) => {
                format!("{} and/or {}", self.show(*left), self.show(*right))
            }
            ExprKind::Not(inner) => format!("not {}", self.show(*inner)),
            ExprKind::Compare(left, _) => format!("{} ?", self.show(*left)),
            _ => "?".to_owned(),
        }
    }
}

/// The statements of the body of a function.
fn body(source: &str) -> String {
    let file = clean(&format!("fn f() -> X {{ {source} }}"));
    let function = &file.module.functions[file.module.functions.len() - 1];
    assert_eq!(function.name, "f", "{source}");
    file.shape(&function.body)
}

fn module(source: &str) -> String {
    let file = clean(source);
    file.shape(&file.module.body)
}

#[test]
fn chains_and_paths_are_attributes() {
    assert_eq!(
        body("a::b::C::new().max(5).connect(&url).await?"),
        "return await a.b.C.new().max(5).connect(url)"
    );
    assert_eq!(body("Pool::<Pg>::connect(x)"), "return Pool.connect(x)");
    assert_eq!(body("(*x).y.0"), "return x.y[0]");
    assert_eq!(body("<T as Make>::make(1)"), "return T.make(1)");
}

#[test]
fn results_and_options_stand_for_what_they_hold() {
    assert_eq!(body("Ok(Some(pool()?))"), "return pool()");
    assert_eq!(body("return Err(x);"), "raise");
    assert_eq!(body("a(None, Some(5), Err(e))"), "return a(none, 5, ?)");
    assert_eq!(
        body("let Ok(x) = y() else { return z; }; x"),
        "x = y(); if ? {return z}; return x"
    );
}

#[test]
fn values_of_blocks_are_assigned_in_each_arm() {
    assert_eq!(
        body("let x = if c { 1 } else if d { 2 } else { g(); 3 }; x"),
        "if c {x = 1} d {x = 2} else {g(); x = 3}; return x"
    );
    assert_eq!(
        body("match y { Ok(v) => v, Err(_) => panic!() }"),
        "match y {v = y; return v} {raise}"
    );
    assert_eq!(
        body("f(match y() { A(v) => v, _ => 2 })"),
        "'2 = y(); match '2 {v = ?; '1 = v} {'1 = 2}; end '2; return f('1)"
    );
    assert_eq!(
        body("let c = loop { if let Ok(c) = open() { break c; } }; c"),
        "while ever {'1 = open(); match '1 {c'1 = '1; c = c'1; break} {}; end '1}; return c"
    );
    assert_eq!(body("unsafe { x() }"), "return x()");
}

#[test]
fn loops() {
    assert_eq!(
        body("for (a, b) in it() { g(a); }"),
        "for (a, b) in it() {g(a)}"
    );
    assert_eq!(body("while x < 3 { continue; }"), "while x ? {continue}");
    assert_eq!(
        body("while let Some(job) = rx.recv() { run(job); }"),
        "while ever {'1 = rx.recv(); match '1 {job = '1; run(job); end job} {break}}; end job, '1"
    );
}

#[test]
fn inner_names_are_told_apart() {
    assert_eq!(
        body("let x = 1; { let x = 2; g(x); } x"),
        "x = 1; x'1 = 2; g(x'1); return x"
    );
    assert_eq!(
        body("let x = 1; let x = x + 1; x"),
        "x = 1; x = x op 1; return x"
    );
    assert_eq!(
        body("let x = a(); let f = |x| x; f(x)"),
        "x = a(); f = |x'1| {return x'1}; return f(x)"
    );
    assert_eq!(
        body("let x = a(); spawn(move || { let x = x.clone(); x })"),
        "x = a(); return spawn(|| {x'1 = x.clone(); return x'1})"
    );
}

#[test]
fn patterns_bind() {
    assert_eq!(body("let (a, mut b) = t; a"), "(a, b) = t; return a");
    assert_eq!(
        body("let S { a, b: c, .. } = s; a"),
        "'1 = s; a = '1.a; c = '1.b; return a"
    );
    assert_eq!(
        body("let _ = p(); let [x, ..] = y; x"),
        "p(); x = ?; y; return x"
    );
    assert_eq!(body("let x; x = 1; x"), "x = 1; return x");
}

#[test]
fn structs_are_calls() {
    assert_eq!(
        body("S { a: 1, b, ..Default::default() }"),
        "return S(a=1, b=b, **Default.default())"
    );
    assert_eq!(body("S(1)"), "return S(1)");
}

#[test]
fn macros() {
    assert_eq!(
        body("format!(\"a{x}b{}{{c}}\", y.z)"),
        "return f\"a{x}b{y.z}{c}\""
    );
    assert_eq!(body("vec![a(), b]"), "return [a(), b]");
    assert_eq!(body("tokio::join!(a(), b())"), "return (a(), b())");
    assert_eq!(
        body("sqlx::query!(\"x\", 1)"),
        "return sqlx.query!(\"x\", 1)"
    );
    assert_eq!(body("concat!(\"a\", \"b\")"), "return f\"ab\"");
    assert_eq!(body("m!(a => b)"), "return ?");
    assert_eq!(
        module("lazy_static! { static ref P: Pool = make(); }"),
        "P: Pool = make()"
    );
    assert_eq!(
        module("thread_local! { static P: Pool = make() }"),
        "P: Pool = make()"
    );
}

#[test]
fn closures_and_blocks_of_async_code() {
    assert_eq!(
        body("spawn(async move { g().await; h() })"),
        "return spawn(|| {await g(); return h()})"
    );
    assert_eq!(
        body("x(|(a, b), c| a)"),
        "return x(|'0, c| {(a, b) = '0; return a})"
    );
}

#[test]
fn items() {
    assert_eq!(
        module(
            "struct S { pool: Arc<Pool<Pg>>, n: u32 } impl S { fn new() -> Self { Self { n: 1 } } fn g(&self) {} }"
        ),
        "class S {pool: Arc[Pool[Pg]]; n: ?; fn new {return S(n=1)}; fn g {}}"
    );
    assert_eq!(module("type P = Arc<r2d2::Pool<M>>;"), "P = r2d2.Pool");
    assert_eq!(
        module("const N: u32 = 5; static T: &str = \"x\";"),
        "N = 5; T = \"x\""
    );
    assert_eq!(
        module("impl Job for other::Worker { fn run(self) {} }"),
        "class impl Worker {fn run {}}"
    );
    assert_eq!(module("mod a { pub fn b() {} }"), "class a {fn b {}}");
    assert_eq!(
        module("#[cfg(test)] mod tests { fn x() {} } #[test] fn y() {}"),
        ""
    );
    assert_eq!(
        module("#[cfg(feature = \"a\")] fn x() {} #[cfg(not(feature = \"a\"))] fn x() {}"),
        "if ? {fn x {}}; if ? {} else {fn x {}}"
    );
}

#[test]
fn a_race_waits_in_each_arm() {
    assert_eq!(
        body(
            "tokio::select! { biased; Some(x) = rx.recv(), if on => f(x), _ = stop() => { return } else => g() }"
        ),
        "match ? {x = await rx.recv(); '1 = f(x)} {await stop(); return} {'1 = g()}; return '1"
    );
}

#[test]
fn attributes_of_fields_are_values() {
    assert_eq!(
        module(
            "struct S { #[arg(long, env = \"K\", default_value_t = 4)] a: u32, #[serde(skip)] b: P }"
        ),
        "class S {a: ?; a = arg(long, env=\"K\", default_value_t=4); b: P}"
    );
}

#[test]
fn types_that_are_left_open_are_what_they_must_be() {
    assert_eq!(
        module("fn f<T>() where T: Store { T::open() }"),
        "fn f {Store.open()}"
    );
    assert_eq!(
        module("trait Store { fn pool(&self) -> &Pool; }"),
        "class Store {fn pool {}}"
    );
}

#[test]
fn a_program_says_where_it_starts() {
    assert_eq!(
        module("fn main() { f() }"),
        "fn main {f()}; if else {main()}"
    );
    assert_eq!(module("mod x { fn main() {} }"), "class x {fn main {}}");
}

#[test]
fn imports() {
    assert_eq!(
        module("use a::b::{C as D, self, e::*}; use crate::x::y; mod z; use super::q;"),
        "use a.b.C as D, a.b as b, a.b.e.*; use crate.x.y as y; use self.z as z; use super.q as q"
    );
    assert_eq!(
        module("mod t { use super::*; use super::a; fn f() { super::a(); super::super::b(); } }"),
        "use super as super; class t {fn f {a(); super.b()}}"
    );
    assert_eq!(
        module("#[path = \"x/y.rs\"] mod z;"),
        "use self.x/y.rs as z"
    );
}

#[test]
fn parameters_and_decorators() {
    let file = clean(
        "#[get(\"/x\", name = 1)]\nasync fn f(State(p): State<Pool>, n: u32, S { a, .. }: S) {}",
    );
    let function = &file.module.functions[0];
    let names: Vec<&str> = function.params.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["p", "n", "'2"]);
    assert!(function.is_async);
    assert_eq!(
        file.show(function.params[0].annotation.expect("a type")),
        "State[Pool]"
    );
    assert!(function.params[1].annotation.is_none());
    assert_eq!(file.show(function.decorators[0]), "get(\"/x\", name=1)");
    assert_eq!(file.shape(&function.body), "a = '2.a");
}

#[test]
fn places_are_exact_whatever_stands_before_the_code() {
    for before in ["", "\u{feff}", "#!/usr/bin/env run\n", "\u{feff}#!/x é\r\n"] {
        let source = format!(
            "{before}// é→😀\r\nfn f() {{\r\n    let pool = P::new() // é\r\n        .max(/* five */ 5)\r\n        .go(\"ü\", x);\r\n}}\r\n"
        );
        let file = clean(&source);
        let call = |text: &str| {
            (0..file.module.exprs.len())
                .map(|number| ExprId(number as u32))
                .find(|id| file.expr(*id) == text && file.module.call(*id).is_some())
                .unwrap_or_else(|| panic!("no call {text:?} in {source:?}"))
        };
        call("P::new()");
        let outer = call("P::new() // é\r\n        .max(/* five */ 5)\r\n        .go(\"ü\", x)");
        let outer = file.module.call(outer).expect("a call");
        assert_eq!(file.text(outer.list), "(\"ü\", x)");
        assert_eq!(file.text(outer.args[0].span), "\"ü\"");
        assert_eq!(file.text(outer.args[0].comma.expect("a comma")), ",");
        let comments: Vec<&str> = file
            .module
            .comments
            .iter()
            .map(|it| file.text(*it))
            .collect();
        assert_eq!(comments, ["// é→😀", "// é", "/* five */"]);
        let function = &file.module.functions[0];
        assert!(file.text(function.span).starts_with("fn f()"));
        assert!(file.text(function.span).ends_with('}'));
        assert_eq!(file.text(function.name_span), "f");
    }
    let attribute = clean("#![allow(x)]\nfn f() {}");
    assert_eq!(
        attribute.text(attribute.module.functions[0].span),
        "fn f() {}"
    );
}

#[test]
fn documentation_is_a_comment() {
    let file = clean("//! top\n/// doc \"x\"\nfn f() { /* a /* b */ c */ }\n/** d */\nstruct S;");
    let comments: Vec<&str> = file
        .module
        .comments
        .iter()
        .map(|it| file.text(*it))
        .collect();
    assert_eq!(
        comments,
        ["//! top", "/// doc \"x\"", "/* a /* b */ c */", "/** d */"]
    );
    assert!(
        !file
            .module
            .exprs
            .iter()
            .any(|expr| matches!(expr.kind, ExprKind::Str(_)))
    );
}

#[test]
fn comments_are_told_from_what_looks_like_them() {
    let source = concat!(
        "const A: &str = \"// no \\\" /* no\"; // yes\n",
        "const B: &str = r#\"// no \" // no \"#; /* yes \" ' */\n",
        "const C: &[u8] = br\"\\\"; // yes \"\n",
        "const D: (char, char, u8) = ('\"', '\\'', b'/'); // yes\n",
        "fn f<'a, 'b>(r: &'a str) -> char { 'l: loop { break 'l '\u{e9}' } } // yes '\n",
        "m! { r\"// no\" c\"// no\" over\"// no\" 'x // yes\n }\n",
        "/// yes: https://example.org \"\nstruct S(u8 /* yes */);\n",
    );
    let file = clean(source);
    let expected: Vec<Span> = super::tokens(source.as_bytes())
        .expect("the tokens")
        .into_iter()
        .filter(|token| token.kind == Token::COMMENT)
        .map(|token| token.span)
        .collect();
    assert_eq!(file.module.comments, expected);
    assert_eq!(source.matches("yes").count(), expected.len());
    assert!(expected.iter().all(|it| file.text(*it).contains("yes")));
}

#[test]
fn what_cannot_be_read_is_left_out() {
    let file = read("fn a() {}\nfn b( {}\nfn c() {}");
    assert!(file.module.partial && file.module.functions.is_empty());
    let file = read("fn a() {}\nfn b() { let = ; }\nmod m { fn c() {} fn d() { + } }\nfn e() {}");
    let names: Vec<&str> = file
        .module
        .functions
        .iter()
        .map(|it| it.name.as_str())
        .collect();
    assert_eq!(names, ["a", "c", "e"]);
    assert!(file.module.partial);
    assert_eq!(file.module.errors.len(), 3);
    assert!(parse(b"fn f() {} \xff").partial);
    assert!(parse(b"").body.is_empty());
}

#[test]
fn nothing_is_too_deep() {
    const DEEP: usize = 100_000;
    let nested = |open: &str, inside: &str, close: &str| {
        format!(
            "fn f() {{ {}{inside}{}; }}",
            open.repeat(DEEP),
            close.repeat(DEEP)
        )
    };
    for source in [
        nested("(", "1", ")"),
        nested("[", "1", "]"),
        nested("{", "1", "}"),
        nested("g(", "1", ")"),
        nested("!", "x", ""),
        nested("&", "x", ""),
        nested("-", "x", ""),
        nested("return ", "x", ""),
        nested("|a| ", "x", ""),
        nested("a = ", "x", ""),
        nested("if a {", "x", "}"),
        nested("", "x", ".b()"),
        nested("", "x", ".await?"),
        nested("", "1", "+ 1"),
        nested("", "x", " as T"),
        nested("m!(", "x", ")"),
        nested("if a {} else ", "{}", ""),
        format!("type T = {}u8{};", "A<".repeat(DEEP), ">".repeat(DEEP)),
        format!("{}{}", "mod a {".repeat(DEEP), "}".repeat(DEEP)),
        format!("use {}b{};", "a::{".repeat(DEEP), "}".repeat(DEEP)),
        format!("use {}b;", "a::".repeat(DEEP)),
    ] {
        let module = parse(source.as_bytes());
        let start: String = source.chars().take(40).collect();
        assert!(module.partial, "{start}");
        assert_eq!(module.errors.len(), 1, "{start}: {:?}", module.errors);
    }
}

#[test]
fn long_but_flat_code_is_read() {
    let table: String = (0..30_000)
        .map(|number| format!("({number} < 2, a.b),"))
        .collect();
    assert!(!read(&format!("const T: X = [{table}];")).module.partial);
    let arms: String = (0..30_000)
        .map(|number| format!("{number} => {{}}\n"))
        .collect();
    assert!(
        !read(&format!("fn f() {{ match x {{ {arms} }} }}"))
            .module
            .partial
    );
    let chain = ".b()".repeat(500);
    assert!(!read(&format!("fn f() {{ x{chain}; }}")).module.partial);
}

#[test]
fn declared_modules_are_read_from_the_text() {
    let declared = |text: &str| super::declared(text.as_bytes());
    let names = |names: &[&str]| Some(names.iter().map(|name| name.to_string()).collect());
    assert_eq!(
        declared("mod db;pub mod  r#pool ;\n mod inner { mod deep; }\nmodel;submod x;"),
        names(&["db", "pool", "deep"])
    );
    assert_eq!(
        declared("#[path = \"../shared/pool_v2.rs\"] mod pool; include!(\"gen/mod.rs\");"),
        names(&["pool", "pool_v2", "gen"])
    );
    assert_eq!(declared("automod::dir!(\"src\");"), None);
    for text in ["mod", "mod ", "mod x", "mod r#", ".rs\"", "mod \u{e4};"] {
        assert!(declared(text).is_some(), "{text}");
    }
}

#[test]
fn bases_stand_in_headers() {
    let found = |text: &str| -> Vec<String> {
        let all = super::bases(text.as_bytes());
        all.map(|it| String::from_utf8_lossy(it).into_owned())
            .collect()
    };
    assert_eq!(
        found("impl<T> db::Store<T> for Shop {}"),
        ["<T> db::Store<T> "]
    );
    assert_eq!(
        found("impl Shop { fn sell(&self) { for x in y {} } }"),
        [""; 0]
    );
    assert_eq!(
        found("pub trait Sell: Store + Send { }"),
        ["Sell: Store + Send "]
    );
}
