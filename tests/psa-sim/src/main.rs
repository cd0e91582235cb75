//! The simulators as a program: one tenant, until it is interrupted.

use clap::{Parser, ValueEnum};
use psa_sim::{
    AutotaskSim, AutotaskSwitches, FaultSchedule, FaultTiming, HaloSim, RateLimit, SimError, Switches,
};

/// A simulator of a PSA, as strict as the real one, with faults on demand.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The PSA.
    #[arg(long, value_enum, default_value_t = Psa::Halopsa)]
    psa: Psa,
    /// The port of the API on 127.0.0.1; any free one by default.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// The port of the control API on 127.0.0.1, which an outage does not close; any free one by default.
    #[arg(long, default_value_t = 0)]
    control_port: u16,
    /// The tenant's name; Halo's token endpoint wants it.
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
    /// Requests in 5 minutes (HaloPSA, 700 by default) or in an hour (Autotask, 10,000 by default); 0 for no limit.
    #[arg(long)]
    rate_limit: Option<usize>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Psa {
    Halopsa,
    Autotask,
}

#[derive(Clone, Copy, ValueEnum)]
enum Faults {
    Default,
    None,
}

impl Arguments {
    fn schedule(&self) -> FaultSchedule {
        let half = self.settle_ms / 2;
        let timing = FaultTiming { late_commit_ms: half, late_visibility_ms: half, ..FaultTiming::default() };
        let schedule = match self.faults {
            Faults::Default => FaultSchedule::default_faults(self.seed),
            Faults::None => FaultSchedule::none(),
        };
        schedule.with_timing(timing)
    }

    fn limit(&self, usual: RateLimit) -> Option<RateLimit> {
        let requests = self.rate_limit.unwrap_or(usual.requests);
        (requests > 0).then_some(RateLimit { requests, ..usual })
    }

    async fn halopsa(&self) -> Result<HaloSim, SimError> {
        HaloSim::builder()
            .tenant(HaloSim::demo_tenant(&self.tenant))
            .switches(Switches { create_ms: self.create_ms, ..Switches::default() })
            .faults(self.schedule())
            .rate_limit(self.limit(HaloSim::usual_limit()))
            .port(self.port)
            .control_port(self.control_port)
            .seed(self.seed)
            .start()
            .await
    }

    async fn autotask(&self) -> Result<AutotaskSim, SimError> {
        AutotaskSim::builder()
            .tenant(AutotaskSim::demo_tenant(&self.tenant))
            .switches(AutotaskSwitches { create_ms: self.create_ms, ..AutotaskSwitches::default() })
            .faults(self.schedule())
            .rate_limit(self.limit(AutotaskSim::usual_limit()))
            .port(self.port)
            .control_port(self.control_port)
            .seed(self.seed)
            .start()
            .await
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt().with_env_filter("psa_sim=info").with_writer(std::io::stderr).init();
    match arguments.psa {
        Psa::Halopsa => {
            let sim = arguments.halopsa().await?;
            println!("HaloPSA      {}   (resource server /api, authorisation server /auth)", sim.base_url());
            println!("Tenant       {}", arguments.tenant);
            println!("Client ID    {}", HaloSim::CLIENT_ID);
            println!("Secret       {}", HaloSim::CLIENT_SECRET);
            println!("Control page {}/", sim.control_url());
            println!("Settle time  above {} ms", sim.settle_bound().as_millis());
            tokio::signal::ctrl_c().await?;
            sim.stop().await;
        }
        Psa::Autotask => {
            let sim = arguments.autotask().await?;
            println!("Autotask     {}   (zone look-up and API under /ATServicesRest)", sim.base_url());
            println!("User name    {}", AutotaskSim::USERNAME);
            println!("Secret       {}", AutotaskSim::SECRET);
            println!("Integration  {}", AutotaskSim::INTEGRATION_CODE);
            println!("Control page {}/", sim.control_url());
            println!("Settle time  above {} ms", sim.settle_bound().as_millis());
            tokio::signal::ctrl_c().await?;
            sim.stop().await;
        }
    }
    Ok(())
}
