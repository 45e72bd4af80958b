//! The node kinds of tree-sitter-python, and a node together with its kind.
//!
//! Kinds are matched by number: the table from tree-sitter's ids to [`Kind`] is made once per process. Kinds whose names
//! this grammar version does not know become `Named` or `Token`, so a new grammar loses detail and never breaks.

use std::sync::OnceLock;

use tree_sitter::{Language, Node, TreeCursor};

use crate::source::Span;

macro_rules! kinds {
    (named { $($named:ident $named_text:literal,)* } tokens { $($token:ident $token_text:literal,)* }) => {
        /// What a node of the parse tree is.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub(super) enum Kind {
            $($named,)*
            $($token,)*
            /// A part that could not be parsed.
            Error,
            /// Any other named node.
            Named,
            /// Any other keyword, operator or bracket.
            Token,
        }

        impl Kind {
            fn of(text: &str, named: bool) -> Self {
                match (text, named) {
                    ("ERROR", true) => Kind::Error,
                    $(($named_text, true) => Kind::$named,)*
                    $(($token_text, false) => Kind::$token,)*
                    (_, true) => Kind::Named,
                    (_, false) => Kind::Token,
                }
            }

            /// Whether this is a keyword, an operator or punctuation.
            pub(super) fn is_token(self) -> bool {
                matches!(self, Kind::Token $(| Kind::$token)*)
            }
        }
    };
}

kinds! {
    named {
        AliasedImport "aliased_import",
        ArgumentList "argument_list",
        AsPattern "as_pattern",
        AsPatternTarget "as_pattern_target",
        AssertStatement "assert_statement",
        Assignment "assignment",
        Attribute "attribute",
        AugmentedAssignment "augmented_assignment",
        Await "await",
        BinaryOperator "binary_operator",
        Block "block",
        BooleanOperator "boolean_operator",
        BreakStatement "break_statement",
        Call "call",
        CaseClause "case_clause",
        CasePattern "case_pattern",
        Chevron "chevron",
        ClassDefinition "class_definition",
        ClassPattern "class_pattern",
        Comment "comment",
        ComparisonOperator "comparison_operator",
        ConcatenatedString "concatenated_string",
        ConditionalExpression "conditional_expression",
        ConstrainedType "constrained_type",
        ContinueStatement "continue_statement",
        DecoratedDefinition "decorated_definition",
        Decorator "decorator",
        DefaultParameter "default_parameter",
        DeleteStatement "delete_statement",
        DictPattern "dict_pattern",
        Dictionary "dictionary",
        DictionaryComprehension "dictionary_comprehension",
        DictionarySplat "dictionary_splat",
        DictionarySplatPattern "dictionary_splat_pattern",
        DottedName "dotted_name",
        ElifClause "elif_clause",
        ElseClause "else_clause",
        EscapeInterpolation "escape_interpolation",
        EscapeSequence "escape_sequence",
        ExceptClause "except_clause",
        ExecStatement "exec_statement",
        ExpressionList "expression_list",
        ExpressionStatement "expression_statement",
        False "false",
        FinallyClause "finally_clause",
        Float "float",
        ForInClause "for_in_clause",
        ForStatement "for_statement",
        FormatExpression "format_expression",
        FormatSpecifier "format_specifier",
        FunctionDefinition "function_definition",
        FutureImport "future_import_statement",
        GeneratorExpression "generator_expression",
        GenericType "generic_type",
        GlobalStatement "global_statement",
        Identifier "identifier",
        IfClause "if_clause",
        IfStatement "if_statement",
        ImportFrom "import_from_statement",
        ImportPrefix "import_prefix",
        ImportStatement "import_statement",
        Integer "integer",
        Interpolation "interpolation",
        KeywordArgument "keyword_argument",
        KeywordPattern "keyword_pattern",
        KeywordSeparator "keyword_separator",
        Lambda "lambda",
        LambdaParameters "lambda_parameters",
        LineContinuation "line_continuation",
        List "list",
        ListComprehension "list_comprehension",
        ListPattern "list_pattern",
        ListSplat "list_splat",
        ListSplatPattern "list_splat_pattern",
        MatchStatement "match_statement",
        MemberType "member_type",
        NamedExpression "named_expression",
        None "none",
        NonlocalStatement "nonlocal_statement",
        NotOperator "not_operator",
        Pair "pair",
        Parameters "parameters",
        Parenthesized "parenthesized_expression",
        PassStatement "pass_statement",
        PatternList "pattern_list",
        PositionalSeparator "positional_separator",
        PrintStatement "print_statement",
        RaiseStatement "raise_statement",
        RelativeImport "relative_import",
        ReturnStatement "return_statement",
        Set "set",
        SetComprehension "set_comprehension",
        Slice "slice",
        SplatPattern "splat_pattern",
        SplatType "splat_type",
        String "string",
        StringContent "string_content",
        StringEnd "string_end",
        StringStart "string_start",
        Subscript "subscript",
        True "true",
        TryStatement "try_statement",
        Tuple "tuple",
        TuplePattern "tuple_pattern",
        Type "type",
        TypeAlias "type_alias_statement",
        TypeConversion "type_conversion",
        TypeParameter "type_parameter",
        TypedDefaultParameter "typed_default_parameter",
        TypedParameter "typed_parameter",
        UnaryOperator "unary_operator",
        UnionPattern "union_pattern",
        UnionType "union_type",
        WhileStatement "while_statement",
        WildcardImport "wildcard_import",
        WithClause "with_clause",
        WithItem "with_item",
        WithStatement "with_statement",
        Yield "yield",
    }
    tokens {
        AsyncToken "async",
        Bar "|",
        Colon ":",
        Comma ",",
        Equals "=",
        From "from",
        Minus "-",
    }
}

/// The grammar.
pub(super) fn language() -> &'static Language {
    static LANGUAGE: OnceLock<Language> = OnceLock::new();
    LANGUAGE.get_or_init(|| tree_sitter_python::LANGUAGE.into())
}

/// The kind of a node.
pub(super) fn kind_of(node: &Node<'_>) -> Kind {
    static TABLE: OnceLock<Vec<Kind>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let language = language();
        let kinds = u16::try_from(language.node_kind_count()).unwrap_or(u16::MAX);
        (0..kinds)
            .map(|id| {
                let text = language.node_kind_for_id(id).unwrap_or_default();
                Kind::of(text, language.node_kind_is_named(id))
            })
            .collect()
    });
    // The id of ERROR lies far outside the table.
    table
        .get(usize::from(node.kind_id()))
        .copied()
        .unwrap_or(Kind::Error)
}

/// A node with its kind.
#[derive(Clone, Copy)]
pub(super) struct Part<'t> {
    pub(super) kind: Kind,
    pub(super) node: Node<'t>,
}

impl<'t> Part<'t> {
    pub(super) fn new(node: Node<'t>) -> Self {
        Self {
            kind: kind_of(&node),
            node,
        }
    }

    pub(super) fn start(self) -> usize {
        self.node.start_byte()
    }

    pub(super) fn end(self) -> usize {
        self.node.end_byte()
    }

    pub(super) fn span(self) -> Span {
        Span::new(self.start(), self.end())
    }
}

/// Goes through `root` and everything below it, parents first, without recursion. `visit` says whether to go into a node.
pub(super) fn walk<'t>(root: Node<'t>, mut visit: impl FnMut(Node<'t>) -> bool) {
    let mut cursor: TreeCursor<'t> = root.walk();
    loop {
        if visit(cursor.node()) && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return;
            }
        }
    }
}
