//! Frontends.
pub mod python;
