//! The schema of the catalog's files: one form for libraries of every language, one for frameworks.
//!
//! Takes YAML through serde; gives plain structs. Unknown keys are errors, so a misspelt fact cannot be lost.
//! The doc comments here are the reference for writers of catalog files; `docs/catalog.md` shows each field in use.

mod class;
mod doing;
mod framework;
mod library;
mod maker;
mod setting;
mod value;
mod vocabulary;

pub use class::{Asked, Behaviour, DefaultClass, PathKind, PoolClass, Replacement};
pub use doing::{Action, ActionKind, Container, Listener, MadeStatement, Refusal, Treats};
pub(super) use doing::{AsksRule, Detached, TreatsRule};
pub(super) use framework::FrameworkFile;
pub use framework::{
    Application, ArgumentName, Calls, Configuration, Installed, Multiplicity, World,
};
pub(super) use library::LibraryFile;
pub(super) use maker::MakerFile;
pub use maker::{Kind, Maker, Param, Refused, Role, Scalar, Style, WithMeans};
pub use setting::{Misplaced, SettingKey};
pub use value::{ConfigurationFile, ConvertTo, ValueIs, ValueRule};
pub(super) use vocabulary::DialectFile;
pub use vocabulary::{ContextKind, Contexts, Dialect, DialectKind, PromiseWords};
