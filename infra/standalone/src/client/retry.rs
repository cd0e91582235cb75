//! `psa-bridge retry`: try one event again, or all that ended for a reason.

use super::{Access, Bridge, table::print_json};
use clap::{ArgGroup, Args};
use serde_json::{Value, json};
use std::{collections::BTreeSet, error::Error, process::ExitCode};

/// What to try again: an event, or all that ended for a reason.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).args(["event", "reason"]))]
pub struct Arguments {
    /// The event.
    event: Option<String>,
    /// All that ended for this reason: `psa_refused`, `psa_failed` or `client_missing`.
    #[arg(long)]
    reason: Option<String>,
    /// Only to that connection.
    #[arg(long, requires = "reason")]
    connection: Option<String>,
    /// Only of that organisation.
    #[arg(long, requires = "reason")]
    organization: Option<String>,
    /// Only what was accepted before then, e.g. 2026-03-01T12:00:00Z.
    #[arg(long, requires = "reason", value_name = "TIME")]
    until: Option<String>,
    #[command(flatten)]
    access: Access,
}

/// Asks until all is done, and prints how many.
pub async fn run(arguments: &Arguments) -> Result<ExitCode, Box<dyn Error>> {
    let bridge = Bridge::at(&arguments.access)?;
    let (retried, connections, answer) = match &arguments.event {
        Some(event) => {
            let answer = bridge.post(&["events", event, "retry"], &[], None).await?;
            (1, names(&answer), answer)
        }
        None => all(&bridge, arguments).await?,
    };
    if arguments.access.json {
        print_json(&answer);
    } else if connections.is_empty() {
        println!("nothing to try again");
    } else {
        let connections: Vec<String> = connections.into_iter().collect();
        println!("tried again: {retried}, in {}", connections.join(", "));
    }
    Ok(ExitCode::SUCCESS)
}

async fn all(
    bridge: &Bridge<'_>,
    arguments: &Arguments,
) -> Result<(u64, BTreeSet<String>, Value), Box<dyn Error>> {
    let mut body = json!({ "reason": arguments.reason });
    for (name, value) in [
        ("connection", &arguments.connection),
        ("organization", &arguments.organization),
        ("until", &arguments.until),
    ] {
        if let Some(value) = value {
            body[name] = json!(value);
        }
    }
    let (mut retried, mut connections) = (0, BTreeSet::new());
    loop {
        let mut answer = bridge.post(&["events", "retry"], &[], Some(body.to_string().into_bytes())).await?;
        retried += answer["retried"].as_u64().unwrap_or_default();
        connections.extend(names(&answer));
        // The same wish goes on, so that what is refused anew meanwhile is left alone.
        body["ended_before"] = answer["ended_before"].clone();
        if answer["more"] != true {
            answer["retried"] = json!(retried);
            answer["connections"] = json!(connections);
            return Ok((retried, connections, answer));
        }
        eprintln!("tried again so far: {retried}");
    }
}

fn names(answer: &Value) -> BTreeSet<String> {
    let names = answer["connections"].as_array().into_iter().flatten();
    names.filter_map(|name| name.as_str().map(str::to_owned)).collect()
}
