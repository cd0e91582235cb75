//! `psa-bridge demo`: the whole bridge against simulated HaloPSA and Autotask tenants, set up and fed by the workload.
//!
//! With `--once` it is a test of the promise that anybody can run: so many events with every fault that the simulators
//! know, and a table at the end that says whether any was lost or ticketed twice.

mod bridge;
mod pace;
mod tokens;
mod tour;

use crate::{config::Settings, logging, serve};
use bridge::Bridge;
use clap::{Args, ValueEnum};
use jiff::Timestamp;
use pace::Pace;
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
    /// What goes wrong in the simulated PSAs by itself; by default each fault strikes at least 5 % of what it can, and in
    /// runs of many thousand events as many requests as in one of a few thousand.
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
    let pace = Pace::of(arguments.once.then_some(arguments.events));
    let simulators = Simulators::start(&world, &simulator_options(&arguments, pace)).await?;
    let folder = Folder::new(arguments.data.clone())?;
    let mut settings = Settings::load(None)?;
    pace.quicken(&mut settings, &simulators)?;
    folder.path().clone_into(&mut settings.data.folder);
    settings.server.listen = ([127, 0, 0, 1], arguments.port).into();
    settings.server.public_url.clear();
    settings.log.filter.clone_from(&arguments.log);
    logging::start(&settings.log)?;
    // Made here, so that the bridge takes the same key.
    let mut access = tokens::access(&settings, &world)?;
    let (mut bridge, url) = Bridge::start(&settings).await?;
    access.url = url;
    let stop = CancellationToken::new();
    serve::stop_on_signal(&stop)?;

    let api = Api::new(access.clone())?;
    let shown = async {
        let connections = set_up(&api, &world, &simulators).await?;
        if arguments.once {
            return once(&arguments, &settings, &api, &world, &simulators, &connections).await;
        }
        tour::print(&access, &world, &simulators, &connections);
        feed(&api, &world, &simulators, arguments.seed).await?;
        Ok((String::new(), ExitCode::SUCCESS))
    };
    let outcome = tokio::select! {
        shown = shown => shown,
        // Ctrl-C ends both processes.
        () = stop.cancelled() => Ok((String::new(), if arguments.once { ExitCode::FAILURE } else { ExitCode::SUCCESS })),
        error = bridge.ended(), if !stop.is_cancelled() => Err(error.into()),
    };
    let peak = bridge.peak_memory();
    bridge.stop().await?;
    simulators.stop().await;
    let (report, code) = outcome?;
    if let (true, Some(peak)) = (arguments.once, peak) {
        println!("The bridge's process took {} MB of memory at most", peak.div_ceil(1_000_000));
    }
    print!("{report}");
    Ok(code)
}

async fn once(
    arguments: &Arguments,
    settings: &Settings,
    api: &Api,
    world: &World,
    simulators: &Simulators,
    connections: &Connections,
) -> Result<(String, ExitCode), Box<dyn Error>> {
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
    let report = report(&conditions, api, simulators, &ran, &comparison);
    Ok((report, if comparison.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE }))
}

fn simulator_options(arguments: &Arguments, pace: Pace) -> SimulatorOptions {
    let faults = match arguments.faults {
        Faults::None => FaultSchedule::none(),
        Faults::Default => pace.faults(arguments.seed),
    };
    SimulatorOptions { seed: arguments.seed, faults, rate_limit: Some(pace.rate_limit()) }
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
