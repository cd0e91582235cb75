//! `psa-bridge check-config`.

use crate::config::{DEFAULTS, Settings};
use clap::Args;
use std::{error::Error, path::Path, process::ExitCode};

/// What to print.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Print the commented file with every key and its default, to start your own from.
    #[arg(long)]
    defaults: bool,
}

/// Checks the configuration as `serve` would.
pub fn run(config: Option<&Path>, arguments: &Arguments) -> Result<ExitCode, Box<dyn Error>> {
    if arguments.defaults {
        print!("{DEFAULTS}");
        return Ok(ExitCode::SUCCESS);
    }
    let settings = Settings::load(config)?;
    settings.check_files()?;
    println!("{settings:#?}");
    println!("The configuration is right.");
    Ok(ExitCode::SUCCESS)
}
