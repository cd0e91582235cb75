//! `psa-bridge demo`: the whole bridge against simulated HaloPSA and Autotask tenants, set up and fed by the workload.
//!
//! With `--once` it is a test of the promise that anybody can run: so many events with every fault that the simulators
//! know, and a table at the end that says whether any was lost or ticketed twice.

mod pace;
mod tokens;
mod tour;

use crate::{
    app::{self, App},
    config::Settings,
    logging, serve,
};
use clap::{Args, ValueEnum};
use jiff::Timestamp;
use psa_bridge_workload::{
    Api, Conditions, Connections, Plan, Progress, Run, SimulatorOptions, Simulators, World, compare, feed,
    report, set_up,
};
use psa_sim::FaultSchedule;
use std::{error::Error, path::PathBuf, process::ExitCode, time::Duration};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// What to show.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Send so many events, wait until all is done, print what was expected and what came of it, and end: with status 0
    /// if both are the same.
    #[arg(long)]
    once: bool,
    /// How many events `--once` sends.
    #[arg(long, default_value_t = 500, value_name = "N", value_parser = clap::value_parser!(u32).range(20..=100_000))]
    events: u32,
    /// Where randomness starts: the same seed sends the same events.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// What goes wrong in the simulated PSAs by itself; by default each fault strikes at least 5 % of what it can.
    #[arg(long, value_enum, default_value_t = Faults::None)]
    faults: Faults,
    /// The API's port on 127.0.0.1; any free one by default.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// A folder to keep the database in, for a look afterwards; it must not hold one yet. By default it is thrown away.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Which log lines to print to standard error, as in `RUST_LOG`. Errors alone by default: what a PSA refuses, or
    /// fails over, is a warning, and here it does so on purpose.
    #[arg(long, default_value = "error", value_name = "FILTER")]
    log: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Faults {
    /// Nothing.
    None,
    /// Every fault that the simulators know.
    Default,
}

/// Runs the demonstration.
pub async fn run(arguments: Arguments) -> Result<ExitCode, Box<dyn Error>> {
    let world = World::new();
    let simulators = Simulators::start(&world, &simulator_options(&arguments)).await?;
    let folder = Folder::new(arguments.data.clone())?;
    let mut settings = Settings::load(None)?;
    pace::quicken(&mut settings, &simulators)?;
    folder.path().clone_into(&mut settings.data.folder);
    settings.server.listen = ([127, 0, 0, 1], arguments.port).into();
    settings.log.filter.clone_from(&arguments.log);
    logging::start(&settings.log)?;
    let listener = app::listen(&settings).await?;
    settings.server.public_url = format!("http://{}", listener.local_addr()?);
    let bridge = App::open(&settings).await?;
    let access = tokens::access(&settings, &world)?;
    let stop = CancellationToken::new();
    serve::stop_on_signal(&stop)?;
    let serving = tokio::spawn(bridge.run(listener, stop.clone()));

    let api = Api::new(access.clone())?;
    let shown = async {
        let connections = set_up(&api, &world, &simulators).await?;
        if arguments.once {
            return once(&arguments, &settings, &api, &world, &simulators, &connections).await;
        }
        tour::print(&access, &world, &simulators, &connections);
        feed(&api, &world, &simulators, arguments.seed).await?;
        Ok(ExitCode::SUCCESS)
    };
    let outcome = tokio::select! {
        shown = shown => shown,
        () = stop.cancelled() => Ok(if arguments.once { ExitCode::FAILURE } else { ExitCode::SUCCESS }),
    };
    stop.cancel();
    serving.await??;
    simulators.stop().await;
    outcome
}

async fn once(
    arguments: &Arguments,
    settings: &Settings,
    api: &Api,
    world: &World,
    simulators: &Simulators,
    connections: &Connections,
) -> Result<ExitCode, Box<dyn Error>> {
    let count = usize::try_from(arguments.events)?;
    let plan = Plan::new(world, arguments.seed, count, Timestamp::now());
    let progress = Progress::default();
    let run = Run { api, world, simulators, connections, plan: &plan, progress: &progress };
    let ran = run.run().await?;
    let comparison = compare(&run, &ran).await?;
    let conditions = Conditions {
        seed: arguments.seed,
        budget: pace::budget(settings),
        settle: Duration::from_secs(settings.work.settle_seconds.into()),
    };
    print!("{}", report(&conditions, api, simulators, &ran, &comparison));
    Ok(if comparison.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn simulator_options(arguments: &Arguments) -> SimulatorOptions {
    let faults = match arguments.faults {
        Faults::None => FaultSchedule::none(),
        Faults::Default => FaultSchedule::default_faults(arguments.seed),
    };
    SimulatorOptions { seed: arguments.seed, faults, rate_limit: Some(pace::RATE_LIMIT) }
}

/// Where the data is.
enum Folder {
    Kept(PathBuf),
    ThrownAway(TempDir),
}

impl Folder {
    fn new(named: Option<PathBuf>) -> Result<Self, Box<dyn Error>> {
        let Some(path) = named else { return Ok(Self::ThrownAway(tempfile::tempdir()?)) };
        if path.join("psa-bridge.db").exists() {
            // Its connections lead to simulators that are gone.
            return Err(format!("{} holds a database already: name an empty folder", path.display()).into());
        }
        Ok(Self::Kept(path))
    }

    fn path(&self) -> &std::path::Path {
        match self {
            Self::Kept(path) => path,
            Self::ThrownAway(folder) => folder.path(),
        }
    }
}
