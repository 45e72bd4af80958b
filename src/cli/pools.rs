//! `poolint pools`: the inventory.
//!
//! Takes options; writes rows to stdout, notes and a summary to stderr. Exit code 0, or 2 when it cannot be made.

use super::config::{ConfigArgs, Shown};
use super::files::FileArgs;
use super::{Failure, LookArgs, Streams, check, write};
use crate::report::paths::Paths;
use crate::report::{Sources, pools};
use clap::{Args, ValueEnum};

/// Options of `pools`.
#[derive(Args)]
pub(crate) struct PoolsArgs {
    #[command(flatten)]
    files: FileArgs,
    /// Form of the inventory
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        help_heading = "Output"
    )]
    output_format: Format,
    #[command(flatten)]
    look: LookArgs,
    #[command(flatten)]
    config: ConfigArgs,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Runs the command; gives the exit code.
pub(super) fn run(args: &PoolsArgs, streams: &mut Streams<'_>) -> Result<u8, Failure> {
    let request = args.files.resolve(&args.config)?;
    if args.config.show_config {
        let shown = Shown {
            config: &request.config,
            options: &request.options,
            selection: None,
            fail_on: None,
        };
        write::quietly(streams.out.write_all(shown.text().as_bytes()))?;
        return Ok(0);
    }
    let for_people = args.files.for_people(&request.options.root);
    let paths = match args.output_format {
        Format::Text => for_people.clone(),
        Format::Json => Paths::of_project(),
    };
    let (run, mut rows) = crate::pools(&request.options, &paths)?;
    rows.retain(|row| crate::judge::covers(&request.paths, run.path(row.place.file)));
    rows.sort_by_key(|row| row.place);
    write::quietly(match args.output_format {
        Format::Text => pools::write_text(&rows, &mut *streams.out),
        Format::Json => pools::write_json(&rows, &mut *streams.out),
    })?;
    write::quietly(streams.out.flush())?;
    if !args.look.quiet {
        check::notes(&run, &for_people, streams);
        streams.say(&pools::summary(&rows));
    }
    Ok(0)
}
