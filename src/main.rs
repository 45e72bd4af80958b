//! The program: arguments in, exit code out.

use poolint::cli::{self, Streams};
use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(cli::run(std::env::args_os(), &mut Streams::standard()))
}
