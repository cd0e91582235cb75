//! `psa-bridge seats`: the vendor's seat counts beside the PSA's, and what a person does about them.

mod history;
mod lines;

use super::{Access, Bridge, table::print_json};
use clap::{Args, Subcommand};
use lines::command;
use serde_json::{Value, json};
use std::{error::Error, process::ExitCode};

/// Seat counts of a connection.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List both counts, the difference, what waits, and what to do about it.
    List(List),
    /// Compare and write now, whatever the mode: all, or the named organisations.
    Sync(Sync),
    /// Make a change that waits, at just the counts that `list` shows.
    Confirm(Confirm),
    /// Set the PSA's count back to what it was before the last change.
    Undo(Undo),
    /// List what was changed in the PSA, newest first.
    History(History),
}

#[derive(Debug, Args)]
struct List {
    /// The connection.
    connection: String,
    /// Ask the PSA first what it shows now.
    #[arg(long)]
    refresh: bool,
    #[command(flatten)]
    page: Page,
    #[command(flatten)]
    access: Access,
}

#[derive(Debug, Args)]
struct Page {
    /// How many, at most 100.
    #[arg(long, default_value = "25")]
    limit: String,
    /// Where to go on, as the page before said.
    #[arg(long, allow_hyphen_values = true)]
    cursor: Option<String>,
}

#[derive(Debug, Args)]
struct Sync {
    /// The connection.
    connection: String,
    /// Only of this organisation; can be given several times. Where one has no counts, nothing is done.
    #[arg(long, value_name = "ID")]
    organization: Vec<String>,
    #[command(flatten)]
    access: Access,
}

#[derive(Debug, Args)]
struct Confirm {
    /// The connection.
    connection: String,
    /// Whose seats.
    organization: String,
    /// Of what.
    product: String,
    /// The PSA's count, as `list` shows it.
    #[arg(long, allow_negative_numbers = true)]
    there: i64,
    /// The count that it is to have, as `list` shows it.
    #[arg(long, allow_negative_numbers = true)]
    here: i64,
    #[command(flatten)]
    access: Access,
}

#[derive(Debug, Args)]
struct Undo {
    /// The connection.
    connection: String,
    /// Whose seats.
    organization: String,
    /// Of what.
    product: String,
    /// What the last change made of the count, as `history` shows it under `to`.
    #[arg(long, allow_negative_numbers = true)]
    to: i64,
    #[command(flatten)]
    access: Access,
}

#[derive(Debug, Args)]
struct History {
    /// The connection.
    connection: String,
    /// Only of this organisation.
    #[arg(long)]
    organization: Option<String>,
    #[command(flatten)]
    page: Page,
    #[command(flatten)]
    access: Access,
}

/// Asks, and prints.
pub async fn run(arguments: &Arguments) -> Result<ExitCode, Box<dyn Error>> {
    match &arguments.command {
        Command::List(list) => self::list(list).await?,
        Command::Sync(sync) => self::sync(sync).await?,
        Command::Confirm(confirm) => {
            let body = json!({
                "organizations": [confirm.organization], "product": confirm.product, "confirm": true,
                "there": confirm.there, "here": confirm.here,
            });
            ask(&confirm.access, &confirm.connection, "sync", &body, |_| "confirmed".to_owned()).await?;
        }
        Command::Undo(undo) => {
            let body = json!({ "organization": undo.organization, "product": undo.product, "to": undo.to });
            ask(&undo.access, &undo.connection, "undo", &body, |_| "being taken back".to_owned()).await?;
        }
        Command::History(history) => self::history(history).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(list: &List) -> Result<(), Box<dyn Error>> {
    let query = [
        ("refresh", list.refresh.then_some("true")),
        ("limit", Some(list.page.limit.as_str())),
        ("cursor", list.page.cursor.as_deref()),
    ];
    let answer = Bridge::at(&list.access)?.get(&["connections", &list.connection, "seats"], &query).await?;
    lines::print(&answer, &list.connection, list.access.json);
    Ok(())
}

async fn sync(sync: &Sync) -> Result<(), Box<dyn Error>> {
    let mut body = json!({});
    if !sync.organization.is_empty() {
        body["organizations"] = json!(sync.organization);
    }
    let counts = |asked: u64| match asked {
        0 => "nothing to compare: no organisation that is mapped here has a seat count yet".to_owned(),
        1 => "1 seat count is being compared".to_owned(),
        more => format!("{more} seat counts are being compared"),
    };
    ask(&sync.access, &sync.connection, "sync", &body, counts).await
}

/// Asks for something that is done later, and tells where to see what becomes of it.
async fn ask(
    access: &Access,
    connection: &str,
    what: &str,
    body: &Value,
    tell: impl Fn(u64) -> String,
) -> Result<(), Box<dyn Error>> {
    let path = ["connections", connection, "seats", what];
    let answer = Bridge::at(access)?.post(&path, &[], Some(body.to_string().into_bytes())).await?;
    if access.json {
        print_json(&answer);
        return Ok(());
    }
    let asked = answer["asked"].as_u64().unwrap_or_default();
    println!("{}", tell(asked));
    if asked > 0 {
        println!("see what becomes of it: {}", command("list", &[connection]));
    }
    Ok(())
}

async fn history(history: &History) -> Result<(), Box<dyn Error>> {
    let query = [
        ("organization", history.organization.as_deref()),
        ("limit", Some(history.page.limit.as_str())),
        ("cursor", history.page.cursor.as_deref()),
    ];
    let path = ["connections", history.connection.as_str(), "seats", "history"];
    let answer = Bridge::at(&history.access)?.get(&path, &query).await?;
    history::print(&answer, history.access.json);
    Ok(())
}
