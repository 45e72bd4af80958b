//! poolint.
pub mod catalog;
pub mod finding;
pub mod frontend;
pub mod project;
pub mod rule;
pub mod source;
pub mod syntax;
