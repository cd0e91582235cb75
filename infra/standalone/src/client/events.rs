//! `psa-bridge events`: what became of a partner's events.

use super::{
    Access, Bridge,
    table::{moment, print_json, print_list, print_rows, text},
};
use clap::{Args, Subcommand};
use serde_json::Value;
use std::{error::Error, process::ExitCode};

/// Events of the partner whose token it is.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List events, the latest accepted first.
    List(List),
    /// Show one event, and what happened to it step by step.
    Show {
        /// Its id, as in the list.
        id: String,
        /// In which language: en, de or fr. Left out: that of the connection.
        #[arg(long)]
        language: Option<String>,
        #[command(flatten)]
        access: Access,
    },
}

#[derive(Debug, Args)]
struct List {
    /// Of that organisation.
    #[arg(long)]
    organization: Option<String>,
    /// With a delivery to that connection.
    #[arg(long)]
    connection: Option<String>,
    /// That stand there: waiting, attempting, settling, done, ended or unrouted.
    #[arg(long)]
    state: Option<String>,
    /// Unrouted, ended or held for that reason, e.g. `psa_refused`.
    #[arg(long)]
    reason: Option<String>,
    /// Accepted then or later, e.g. 2026-03-01T12:00:00Z.
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Accepted before then.
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// How many, at most 100.
    #[arg(long, default_value = "25")]
    limit: String,
    /// Where to go on, as the page before said.
    #[arg(long, allow_hyphen_values = true)]
    cursor: Option<String>,
    #[command(flatten)]
    access: Access,
}

/// Asks, and prints.
pub async fn run(arguments: &Arguments) -> Result<ExitCode, Box<dyn Error>> {
    match &arguments.command {
        Command::List(list) => self::list(list).await?,
        Command::Show { id, language, access } => show(id, language.as_deref(), access).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(list: &List) -> Result<(), Box<dyn Error>> {
    let query = [
        ("organization", list.organization.as_deref()),
        ("connection", list.connection.as_deref()),
        ("state", list.state.as_deref()),
        ("reason", list.reason.as_deref()),
        ("since", list.since.as_deref()),
        ("until", list.until.as_deref()),
        ("limit", Some(list.limit.as_str())),
        ("cursor", list.cursor.as_deref()),
    ];
    let answer = Bridge::at(&list.access)?.get(&["events"], &query).await?;
    let headings = ["accepted", "event", "organisation", "title", "outcome"];
    print_list(&answer, list.access.json, &headings, |event| {
        vec![
            moment(&event["accepted_at"]),
            text(&event["id"]),
            text(&event["organization"]),
            text(&event["title"]),
            outcomes(event),
        ]
    });
    Ok(())
}

/// What became of an event, in a word for each delivery.
fn outcomes(event: &Value) -> String {
    let deliveries = event["deliveries"].as_array().into_iter().flatten();
    let each: Vec<String> = deliveries
        .map(|delivery| match delivery["ticket"]["id"].as_str() {
            Some(ticket) => format!("ticket {}", text(&ticket.into())),
            None => format!("{}: {}", text(&delivery["state"]), text(&delivery["reason"]["code"])),
        })
        .collect();
    if each.is_empty() { format!("unrouted: {}", text(&event["unrouted"]["code"])) } else { each.join(", ") }
}

async fn show(id: &str, language: Option<&str>, access: &Access) -> Result<(), Box<dyn Error>> {
    let event = Bridge::at(access)?.speaking(language).get(&["events", id], &[]).await?;
    if access.json {
        print_json(&event);
        return Ok(());
    }
    println!("{}", text(&event["title"]));
    for (label, value) in [
        ("event", text(&event["id"])),
        ("type", text(&event["type"])),
        ("organisation", text(&event["organization"])),
        ("account", text(&event["account"])),
        ("happened", moment(&event["time"])),
        ("accepted", moment(&event["accepted_at"])),
    ] {
        println!("  {label:<13} {value}");
    }
    for told in [&event["unrouted"], &event["notice"]] {
        if let Some(words) = told["text"].as_str() {
            println!("\n{words}");
        }
    }
    for delivery in event["deliveries"].as_array().into_iter().flatten() {
        println!("\n{}: {}", text(&delivery["connection"]), text(&delivery["state"]));
        for told in
            [&delivery["reason"]["text"], &delivery["waits_behind"]["text"], &delivery["ticket"]["url"]]
        {
            if !told.is_null() {
                println!("  {}", text(told));
            }
        }
        let lines = delivery["timeline"].as_array().into_iter().flatten();
        print_rows(
            &["at", "what happened", "detail"],
            lines.map(|line| vec![moment(&line["at"]), text(&line["text"]), text(&line["detail"])]),
        );
    }
    Ok(())
}
