//! Names inside a function: a name that is bound anew in an inner block is another one there.
//!
//! The common tree has one scope for a function. `let` in a block hides the outer name up to the block's end only, so
//! the inner one is told apart by a number behind its name. A path is never about a local name, nor is what stands before
//! the name is bound (`let pool = pool();`): what is called like one is told apart, too.

use crate::syntax::{ExprId, Name};
use std::collections::{HashMap, HashSet};

/// The names of the blocks around a place, by function.
#[derive(Default)]
pub(super) struct Scopes {
    functions: Vec<Names>,
    /// What the module itself defines.
    pub(super) globals: HashSet<String>,
    told_apart: u32,
}

/// The names of one function.
#[derive(Default)]
struct Names {
    blocks: Vec<Block>,
    /// All that are bound anywhere in it.
    bound: HashSet<Name>,
    /// What it names that nothing before has bound: heads of paths, and what lies outside of it.
    heads: Vec<(Name, ExprId)>,
}

/// The names of one block.
#[derive(Default)]
struct Block {
    names: HashMap<String, Name>,
    /// Those that may hold something which ends with the block, in the order in which they were bound.
    ending: Vec<Name>,
}

impl Scopes {
    pub(super) fn enter_function(&mut self) {
        self.functions.push(Names {
            blocks: vec![Block::default()],
            ..Names::default()
        });
    }

    /// Leaves a function; gives the heads of paths in it that are called like one of its names.
    pub(super) fn leave_function(&mut self) -> Vec<ExprId> {
        let Some(left) = self.functions.pop() else {
            return Vec::new();
        };
        let (hidden, open): (Vec<_>, Vec<_>) = left
            .heads
            .into_iter()
            .partition(|(name, _)| left.bound.contains(name));
        // A name of the function around hides them as well.
        if let Some(around) = self.functions.last_mut() {
            around.heads.extend(open);
        }
        hidden.into_iter().map(|(_, id)| id).collect()
    }

    /// Notes the head of a path, or a name that is not bound yet.
    pub(super) fn note_head(&mut self, name: Name, id: ExprId) {
        if let Some(names) = self.functions.last_mut() {
            names.heads.push((name, id));
        }
    }

    pub(super) fn enter_block(&mut self) {
        if let Some(names) = self.functions.last_mut() {
            names.blocks.push(Block::default());
        }
    }

    /// Leaves a block; gives the names that end with it, the last first.
    pub(super) fn leave_block(&mut self) -> Vec<Name> {
        let names = self.functions.last_mut();
        let mut ending = names
            .and_then(|names| names.blocks.pop())
            .map_or_else(Vec::new, |block| block.ending);
        ending.reverse();
        ending.dedup();
        ending
    }

    /// Notes that what a name holds ends with the block.
    pub(super) fn ends(&mut self, name: &Name) {
        let names = self.functions.last_mut();
        if let Some(block) = names.and_then(|names| names.blocks.last_mut()) {
            block.ending.push(name.clone());
        }
    }

    /// What a name that is about to be bound is called in the tree.
    pub(super) fn bind(&mut self, name: &str) -> Name {
        let Some((names, outer)) = self.functions.split_last_mut() else {
            return Name::new(name);
        };
        let Some((here, around)) = names.blocks.split_last_mut() else {
            return Name::new(name);
        };
        if let Some(known) = here.names.get(name) {
            return known.clone();
        }
        // `async move { let pool = pool.clone(); … }`: the second is that of the function around.
        let mut outer = outer.iter().flat_map(|names| &names.blocks);
        let hides = around.iter().any(|block| block.names.contains_key(name))
            || outer.any(|block| block.names.contains_key(name))
            || !around.is_empty() && self.globals.contains(name);
        let called = if hides {
            self.told_apart += 1;
            Name::from(format!("{name}'{}", self.told_apart))
        } else {
            Name::new(name)
        };
        here.names.insert(name.to_owned(), called.clone());
        names.bound.insert(called.clone());
        called
    }

    /// Whether a name is bound here or around here by what stands before.
    pub(super) fn knows(&self, name: &str) -> bool {
        let blocks = self.functions.iter().flat_map(|names| &names.blocks);
        blocks
            .into_iter()
            .any(|block| block.names.contains_key(name))
    }

    /// What a name is called in the tree.
    pub(super) fn name(&self, name: &str) -> Name {
        self.functions
            .iter()
            .rev()
            .flat_map(|names| names.blocks.iter().rev())
            .find_map(|block| block.names.get(name))
            .cloned()
            .unwrap_or_else(|| Name::new(name))
    }
}
