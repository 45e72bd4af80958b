//! Frontends.
pub mod manifest;
pub mod settings;
