//! `psa-bridge send`: a file of CloudEvents to a running bridge, with a progress bar and an account at the end.

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use psa_bridge_core::cloud_event::MAX_BATCH;
use psa_bridge_ingest::{EventStatus, IngestAnswer, MAX_POST};
use reqwest::{Client, StatusCode, Url};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::{
    error::Error,
    fs::File,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

/// Times that a request is sent before the file is given up; what was taken stays taken.
const TRIES: u32 = 5;
/// Lines of refused events that are printed; all are counted.
const SHOWN: usize = 20;

/// What to send, and where.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The file: JSON Lines, one CloudEvent a line.
    file: PathBuf,
    /// Where the bridge listens.
    #[arg(long, default_value = "http://127.0.0.1:8080", env = "PSA_BRIDGE_URL")]
    url: Url,
    /// A machine's token with the scope events:write.
    #[arg(long, env = "PSA_BRIDGE_TOKEN", hide_env_values = true)]
    token: SecretString,
    /// Events in one request.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u16).range(1..=1000))]
    batch: u16,
}

#[derive(Default)]
struct Account {
    accepted: usize,
    duplicates: usize,
    refused: Vec<(usize, String)>,
}

/// Sends the file. Fails where any line was refused, so that a script notices.
pub async fn run(arguments: &Arguments) -> Result<ExitCode, Box<dyn Error>> {
    let file = File::open(&arguments.file)
        .map_err(|error| format!("{} cannot be read: {error}", arguments.file.display()))?;
    let bar = ProgressBar::new(file.metadata()?.len());
    bar.set_style(ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {msg} {eta}")?);
    let client = http_client()?;
    let url = arguments.url.join("/v1/events")?;
    let mut account = Account::default();
    let mut batch: Vec<(usize, Value)> = Vec::new();
    let mut size = 0;
    for (index, line) in BufReader::new(bar.wrap_read(file)).lines().enumerate() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let event = match serde_json::from_str(&line) {
            Ok(event) => event,
            Err(error) => {
                account.refused.push((index + 1, format!("not JSON: {error}")));
                continue;
            }
        };
        if batch.len() >= usize::from(arguments.batch).min(MAX_BATCH) || size + line.len() + 1 >= MAX_POST {
            post(&client, &url, &arguments.token, &std::mem::take(&mut batch), &mut account).await?;
            size = 0;
        }
        size += line.len() + 1;
        batch.push((index + 1, event));
        bar.set_message(format!("{} taken", account.accepted + account.duplicates));
    }
    if !batch.is_empty() {
        post(&client, &url, &arguments.token, &batch, &mut account).await?;
    }
    bar.finish_and_clear();
    Ok(report(&account))
}

/// The command line's HTTP client, for the bridge's own API.
pub fn http_client() -> Result<Client, Box<dyn Error>> {
    // A second provider in the same process is no error: one is enough.
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        tracing::debug!("A TLS provider was installed before");
    }
    Ok(Client::builder().timeout(Duration::from_secs(30)).build()?)
}

fn report(account: &Account) -> ExitCode {
    println!("accepted   {:>8}", account.accepted);
    println!("duplicates {:>8}", account.duplicates);
    println!("refused    {:>8}", account.refused.len());
    for (line, why) in account.refused.iter().take(SHOWN) {
        println!("  line {line}: {why}");
    }
    if account.refused.len() > SHOWN {
        println!("  and {} more", account.refused.len() - SHOWN);
    }
    if account.refused.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn post(
    client: &Client,
    url: &Url,
    token: &SecretString,
    batch: &[(usize, Value)],
    account: &mut Account,
) -> Result<(), Box<dyn Error>> {
    let events: Vec<&Value> = batch.iter().map(|(_, event)| event).collect();
    let answer = answer(client, url, token, &events).await?;
    account.accepted += answer.accepted;
    account.duplicates += answer.duplicates;
    for result in answer.results {
        let line = batch.get(result.index).map_or(0, |(line, _)| *line);
        if result.status == EventStatus::Rejected {
            let why: Vec<String> = result.errors.into_iter().map(|problem| problem.message).collect();
            account.refused.push((line, why.join(" ")));
        }
    }
    Ok(())
}

/// Posts, and posts again while the bridge cannot be reached or says that it may work later: an event that was taken
/// is a duplicate then.
async fn answer(
    client: &Client,
    url: &Url,
    token: &SecretString,
    events: &[&Value],
) -> Result<IngestAnswer, Box<dyn Error>> {
    let mut last = String::new();
    for tries in 0..TRIES {
        if tries > 0 {
            tokio::time::sleep(Duration::from_secs(1 << tries)).await;
        }
        let request = client.post(url.clone()).bearer_auth(token.expose_secret()).json(events);
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => {
                last = format!("{url} cannot be reached: {error}");
                continue;
            }
        };
        let status = response.status();
        if status.is_success() {
            return Ok(response.json().await?);
        }
        last = format!("the bridge answered {status}: {}", response.text().await?);
        if !status.is_server_error() && status != StatusCode::TOO_MANY_REQUESTS {
            break;
        }
    }
    Err(last.into())
}
