//! poolint.
pub mod catalog;
pub mod finding;
pub mod frontend;
pub mod git;
pub mod project;
pub mod rule;
pub mod sieve;
pub mod source;
pub mod syntax;
pub mod walk;
