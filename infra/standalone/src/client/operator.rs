//! `psa-bridge operator`: how the connections of all partners fare, and input that was no event.

use super::{
    Access, Bridge,
    table::{joined, moment, print_json, print_list, print_rows, text},
};
use clap::{ArgGroup, Args, Subcommand};
use jiff::SignedDuration;
use serde_json::Value;
use std::{error::Error, fs, path::PathBuf, process::ExitCode};

/// The operator's view, with a machine's token that has the scope psa:operate.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List connections with trouble.
    Connections {
        /// Which trouble: any, suspended, paused, `not_confirmed`, `settings_missing`, `unfit_settings` or held.
        #[arg(long, default_value = "any")]
        trouble: String,
        /// List all, with or without trouble.
        #[arg(long, conflicts_with = "trouble")]
        all: bool,
        #[command(flatten)]
        page: PageArguments,
        #[command(flatten)]
        access: Access,
    },
    /// List input that was no event.
    Rejected {
        /// With that code, e.g. `missing`.
        #[arg(long)]
        code: Option<String>,
        /// Received then or later, e.g. 2026-03-01T12:00:00Z.
        #[arg(long, value_name = "TIME")]
        since: Option<String>,
        /// Received before then.
        #[arg(long, value_name = "TIME")]
        until: Option<String>,
        /// That was replayed (true), or was not (false).
        #[arg(long, value_name = "BOOL")]
        replayed: Option<bool>,
        #[command(flatten)]
        page: PageArguments,
        #[command(flatten)]
        access: Access,
    },
    /// Take rejected input in again, once what was in its way is mended.
    Replay(Replay),
}

#[derive(Debug, Args)]
struct PageArguments {
    /// How many, at most 100.
    #[arg(long, default_value = "25")]
    limit: String,
    /// Where to go on, as the page before said.
    #[arg(long, allow_hyphen_values = true)]
    cursor: Option<String>,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).args(["id", "code"]))]
struct Replay {
    /// The input, by its id in the list.
    id: Option<String>,
    /// A file with what to take in its place: a CloudEvent in JSON.
    #[arg(long, requires = "id", value_name = "FILE")]
    body: Option<PathBuf>,
    /// All input of this code that was not replayed yet.
    #[arg(long)]
    code: Option<String>,
    #[command(flatten)]
    access: Access,
}

/// Asks, and prints. Fails where input is left that is still no event, so that a script notices.
pub async fn run(arguments: &Arguments) -> Result<ExitCode, Box<dyn Error>> {
    match &arguments.command {
        Command::Connections { trouble, all, page, access } => {
            let trouble = (!all).then_some(trouble.as_str());
            let query = [
                ("trouble", trouble),
                ("limit", Some(page.limit.as_str())),
                ("cursor", page.cursor.as_deref()),
            ];
            let answer = Bridge::at(access)?.get(&["operator", "connections"], &query).await?;
            let headings = ["connection", "partner", "psa", "tenant", "trouble", "held", "waiting", "why"];
            print_list(&answer, access.json, &headings, connection);
            Ok(ExitCode::SUCCESS)
        }
        Command::Rejected { code, since, until, replayed, page, access } => {
            let replayed = replayed.map(|replayed| replayed.to_string());
            let query = [
                ("code", code.as_deref()),
                ("since", since.as_deref()),
                ("until", until.as_deref()),
                ("replayed", replayed.as_deref()),
                ("limit", Some(page.limit.as_str())),
                ("cursor", page.cursor.as_deref()),
            ];
            let answer = Bridge::at(access)?.get(&["operator", "rejected"], &query).await?;
            let headings = ["received", "id", "code", "bytes", "what is wrong", "replayed"];
            print_list(&answer, access.json, &headings, rejected);
            Ok(ExitCode::SUCCESS)
        }
        Command::Replay(replay) => match &replay.id {
            Some(id) => replay_one(id, replay).await,
            None => replay_all(replay).await,
        },
    }
}

fn connection(connection: &Value) -> Vec<String> {
    let waiting = connection["waiting_seconds"].as_i64().map(SignedDuration::from_secs);
    vec![
        text(&connection["connection"]),
        text(&connection["partner"]),
        text(&connection["psa"]),
        text(&connection["tenant"]),
        joined(&connection["troubles"]),
        text(&connection["held"]),
        waiting.map_or_else(|| "-".to_owned(), |waiting| format!("{waiting:#}")),
        text(&connection["suspended"]["detail"]),
    ]
}

fn rejected(rejected: &Value) -> Vec<String> {
    vec![
        moment(&rejected["received_at"]),
        text(&rejected["id"]),
        text(&rejected["code"]),
        text(&rejected["length"]),
        text(&rejected["message"]),
        moment(&rejected["replay"]["at"]),
    ]
}

async fn replay_one(id: &str, replay: &Replay) -> Result<ExitCode, Box<dyn Error>> {
    let body = match &replay.body {
        Some(path) => {
            Some(fs::read(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?)
        }
        None => None,
    };
    let path = ["operator", "rejected", id, "replay"];
    let answer = Bridge::at(&replay.access)?.post(&path, &[], body).await?;
    if replay.access.json {
        print_json(&answer);
    } else {
        println!("{id} became {}", joined(&answer["events"]));
    }
    Ok(ExitCode::SUCCESS)
}

async fn replay_all(replay: &Replay) -> Result<ExitCode, Box<dyn Error>> {
    let bridge = Bridge::at(&replay.access)?;
    let (mut results, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let query = [("code", replay.code.as_deref()), ("limit", Some("100")), ("cursor", cursor.as_deref())];
        let mut page = bridge.post(&["operator", "rejected", "replay"], &query, None).await?;
        if let Value::Array(items) = page["results"].take() {
            results.extend(items);
        }
        cursor = page["next"].as_str().map(str::to_owned);
        if cursor.is_none() {
            break;
        }
        eprintln!("tried so far: {}", results.len());
    }
    let left = results.iter().filter(|result| result["outcome"] != "replayed").count();
    if replay.access.json {
        print_json(&Value::Array(results));
    } else if results.is_empty() {
        println!("nothing");
    } else {
        print_rows(&["id", "outcome", "events", "what is wrong"], results.iter().map(replayed));
    }
    Ok(if left == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn replayed(result: &Value) -> Vec<String> {
    let errors = result["errors"].as_array().into_iter().flatten();
    let errors: Vec<String> =
        errors.map(|error| format!("{}: {}", text(&error["field"]), text(&error["message"]))).collect();
    vec![text(&result["id"]), text(&result["outcome"]), joined(&result["events"]), errors.join(" ")]
}
