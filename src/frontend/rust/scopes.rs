//! Names inside a function: a name that is bound anew in an inner block is another one there.
//!
//! The common tree has one scope for a function. `let` in a block hides the outer name up to the block's end only, so
//! the inner one is told apart by a number behind its name.

use crate::syntax::Name;
use std::collections::{HashMap, HashSet};

/// The names of the blocks around a place, by function.
#[derive(Default)]
pub(super) struct Scopes {
    functions: Vec<Vec<HashMap<String, Name>>>,
    /// What the module itself defines.
    pub(super) globals: HashSet<String>,
    told_apart: u32,
}

impl Scopes {
    pub(super) fn enter_function(&mut self) {
        self.functions.push(vec![HashMap::new()]);
    }

    pub(super) fn leave_function(&mut self) {
        self.functions.pop();
    }

    pub(super) fn enter_block(&mut self) {
        if let Some(blocks) = self.functions.last_mut() {
            blocks.push(HashMap::new());
        }
    }

    pub(super) fn leave_block(&mut self) {
        if let Some(blocks) = self.functions.last_mut() {
            blocks.pop();
        }
    }

    /// What a name that is about to be bound is called in the tree.
    pub(super) fn bind(&mut self, name: &str) -> Name {
        let Some(blocks) = self.functions.last_mut() else {
            return Name::new(name);
        };
        let Some((here, around)) = blocks.split_last_mut() else {
            return Name::new(name);
        };
        if let Some(known) = here.get(name) {
            return known.clone();
        }
        let hides = around.iter().any(|block| block.contains_key(name))
            || !around.is_empty() && self.globals.contains(name);
        let called = if hides {
            self.told_apart += 1;
            Name::from(format!("{name}'{}", self.told_apart))
        } else {
            Name::new(name)
        };
        here.insert(name.to_owned(), called.clone());
        called
    }

    /// What a name is called in the tree.
    pub(super) fn name(&self, name: &str) -> Name {
        self.functions
            .iter()
            .rev()
            .flat_map(|blocks| blocks.iter().rev())
            .find_map(|block| block.get(name))
            .cloned()
            .unwrap_or_else(|| Name::new(name))
    }
}
