//! The simulator as a program: one tenant, until it is interrupted.

use clap::{Parser, ValueEnum};
use psa_sim::{FaultSchedule, FaultTiming, HaloSim, RateLimit, Switches};

/// A simulator of HaloPSA, as strict as the real one, with faults on demand.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The port of the API on 127.0.0.1; any free one by default.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// The port of the control API on 127.0.0.1, which an outage does not close; any free one by default.
    #[arg(long, default_value_t = 0)]
    control_port: u16,
    /// The tenant's name, as the token endpoint wants it.
    #[arg(long, default_value = "demo")]
    tenant: String,
    /// Where randomness starts: tokens, and which requests faults strike.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// What goes wrong by itself.
    #[arg(long, value_enum, default_value_t = Faults::None)]
    faults: Faults,
    /// How long a late commit, and then a late visibility, take together at most, in milliseconds.
    #[arg(long, default_value_t = 1600)]
    settle_ms: u64,
    /// How long creating a ticket takes, in milliseconds.
    #[arg(long, default_value_t = 10)]
    create_ms: u64,
    /// Requests in 5 minutes; 0 for no limit.
    #[arg(long, default_value_t = 700)]
    rate_limit: usize,
}

#[derive(Clone, Copy, ValueEnum)]
enum Faults {
    Default,
    None,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt().with_env_filter("psa_sim=info").with_writer(std::io::stderr).init();
    let half = arguments.settle_ms / 2;
    let timing = FaultTiming { late_commit_ms: half, late_visibility_ms: half, ..FaultTiming::default() };
    let faults = match arguments.faults {
        Faults::Default => FaultSchedule::default_faults(arguments.seed),
        Faults::None => FaultSchedule::none(),
    };
    let limit = (arguments.rate_limit > 0)
        .then(|| RateLimit { requests: arguments.rate_limit, ..RateLimit::default() });
    let sim = HaloSim::builder()
        .tenant(HaloSim::demo_tenant(&arguments.tenant))
        .switches(Switches { create_ms: arguments.create_ms, ..Switches::default() })
        .faults(faults.with_timing(timing))
        .rate_limit(limit)
        .port(arguments.port)
        .control_port(arguments.control_port)
        .seed(arguments.seed)
        .start()
        .await?;
    println!("HaloPSA      {}   (resource server /api, authorisation server /auth)", sim.base_url());
    println!("Tenant       {}", arguments.tenant);
    println!("Client ID    {}", HaloSim::CLIENT_ID);
    println!("Secret       {}", HaloSim::CLIENT_SECRET);
    println!("Control page {}/", sim.control_url());
    println!("Settle time  above {} ms", sim.settle_bound().as_millis());
    tokio::signal::ctrl_c().await?;
    sim.stop().await;
    Ok(())
}
