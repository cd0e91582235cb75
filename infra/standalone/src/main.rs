//! PSA Bridge in one process: the API, the workers and the schedule on SQLite, and the tools of the command line.

mod api;
mod app;
mod check_config;
mod client;
mod config;
mod demo;
mod health;
mod jobs;
mod keys;
mod logging;
mod send;
mod serve;
mod start_error;
mod telling;
mod token;

use clap::{Parser, Subcommand};
use std::{path::PathBuf, process::ExitCode};

/// Turns what backup and security pipelines report into tickets in each partner's PSA: once, and never lost.
#[derive(Debug, Parser)]
#[command(name = "psa-bridge", version, about)]
struct Cli {
    /// The configuration file. Without one the defaults hold; see `psa-bridge check-config --defaults`.
    #[arg(long, global = true, env = "PSA_BRIDGE_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the bridge.
    Serve,
    /// Run the bridge against a simulated HaloPSA: connected, mapped, fed with events, compared with what was expected.
    Demo(demo::Arguments),
    /// Make a token for the API, signed with this machine's key.
    Token(token::Arguments),
    /// Send a file of CloudEvents, one a line, to a running bridge.
    Send(send::Arguments),
    /// List a partner's events, and show what happened to one.
    Events(client::events::Arguments),
    /// See seat counts beside the PSA's, have them written, confirm what waits, take a change back.
    Seats(client::seats::Arguments),
    /// Try an event again, or all that ended for a reason.
    Retry(client::retry::Arguments),
    /// See how all connections fare, and replay input that was no event.
    Operator(client::operator::Arguments),
    /// Read the configuration, say what is wrong with it, and print what would be in force.
    CheckConfig(check_config::Arguments),
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let config = cli.config.as_deref();
    let outcome = match cli.command {
        Command::Serve => serve::run(config).await,
        Command::Demo(arguments) => demo::run(arguments).await,
        Command::Token(arguments) => token::run(config, &arguments),
        Command::Send(arguments) => send::run(&arguments).await,
        Command::Events(arguments) => client::events::run(&arguments).await,
        Command::Seats(arguments) => client::seats::run(&arguments).await,
        Command::Retry(arguments) => client::retry::run(&arguments).await,
        Command::Operator(arguments) => client::operator::run(&arguments).await,
        Command::CheckConfig(arguments) => check_config::run(config, &arguments),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("psa-bridge: {error}");
            ExitCode::FAILURE
        }
    }
}
