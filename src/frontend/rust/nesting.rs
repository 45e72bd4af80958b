//! What may not be parsed because the parser would go too deep.
//!
//! Takes the tokens; the walk over them is no recursion. The parser's own recursion follows brackets, runs of prefix signs
//! and open angle brackets; that of dropping a tree follows chains (`a.b().c()`, `1 + 1 + 1`).

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};

/// Levels of brackets and prefix signs on one way down. Code written by people stays below 50.
const MOST_LEVELS: usize = 256;

/// Angle brackets open at one time. In tables of comparisons they stay open without nesting: up to 213 were seen.
const MOST_ANGLES: usize = 600;

/// Signs in a row without `;` or `,` between them.
const LONGEST_CHAIN: usize = 20_000;

/// Why a file is not parsed.
pub(super) struct Refusal {
    pub(super) at: Span,
    pub(super) message: &'static str,
}

/// One level of brackets.
struct Level {
    tokens: proc_macro2::token_stream::IntoIter,
    /// Levels above this one.
    depth: usize,
    /// Prefix signs in a row.
    prefix: usize,
    angles: usize,
    chain: usize,
    after_block: bool,
    last: char,
}

impl Level {
    fn new(stream: TokenStream, depth: usize) -> Self {
        Self {
            tokens: stream.into_iter(),
            depth,
            prefix: 0,
            angles: 0,
            chain: 0,
            after_block: false,
            last: ' ',
        }
    }

    /// A word: what stood before it in a row is over, unless the word goes on with it.
    fn word(&mut self, goes_on: bool, is_else: bool) {
        if self.after_block && !is_else {
            self.chain = 0;
        }
        if goes_on {
            self.prefix += 1;
        } else {
            self.prefix = 0;
        }
        if is_else {
            self.chain += 1;
        }
        self.after_block = false;
        self.last = ' ';
    }

    fn sign(&mut self, sign: char) {
        match sign {
            ';' => {
                self.chain = 0;
                self.angles = 0;
                self.prefix = 0;
            }
            ',' => {
                self.chain = 0;
                self.prefix = 0;
            }
            '<' => self.angles += 1,
            '>' if self.last != '-' && self.last != '=' => {
                self.angles = self.angles.saturating_sub(1);
            }
            '!' | '*' | '&' | '-' | '|' | '=' | '#' => self.prefix += 1,
            _ => self.prefix = 0,
        }
        self.chain += 1;
        self.after_block = false;
        self.last = sign;
    }
}

/// What in a stream of tokens is too deep to be parsed.
pub(super) fn refusal(stream: &TokenStream) -> Option<Refusal> {
    let mut open = vec![Level::new(stream.clone(), 0)];
    while let Some(level) = open.last_mut() {
        let Some(token) = level.tokens.next() else {
            open.pop();
            continue;
        };
        let span = token.span();
        let refuse = |message| Some(Refusal { at: span, message });
        match token {
            TokenTree::Group(group) => {
                let inner = level.depth + 1 + level.prefix + level.angles.min(8);
                level.after_block = group.delimiter() == Delimiter::Brace;
                level.prefix = 0;
                if inner > MOST_LEVELS {
                    return refuse("more than 256 levels of nesting");
                }
                open.push(Level::new(group.stream(), inner));
                continue;
            }
            TokenTree::Punct(punct) => level.sign(punct.as_char()),
            TokenTree::Ident(ident) => {
                let goes_on = ["return", "break", "yield", "become"]
                    .iter()
                    .any(|word| ident == *word);
                level.word(goes_on, ident == "else");
            }
            TokenTree::Literal(_) => level.word(false, false),
        }
        if level.depth + level.prefix > MOST_LEVELS || level.angles > MOST_ANGLES {
            return refuse("more than 256 levels of nesting");
        }
        if level.chain > LONGEST_CHAIN {
            return refuse("an expression of more than 20000 parts");
        }
    }
    None
}
