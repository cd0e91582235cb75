//! `psa-bridge token`: tokens without an identity provider, for a look and for a small vendor.

use crate::{app, config::Settings};
use clap::Args;
use jiff::{SignedDuration, Timestamp};
use psa_bridge_core::ids::PartnerId;
use psa_bridge_http::{SCOPES, Scope, TokenRequest, mint};
use secrecy::ExposeSecret;
use std::{error::Error, path::Path, process::ExitCode};

/// What the token is to say.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The partner that it is for; a machine's token, where none.
    #[arg(long)]
    partner: Option<PartnerId>,
    /// What it allows, e.g. `psa:manage` for a partner or `events:write` for a pipeline. May be given several times.
    /// Without it: all that its kind may have.
    #[arg(long = "scope", value_name = "SCOPE", value_parser = parse_scope)]
    scopes: Vec<Scope>,
    /// Who uses it; appears in the audit.
    #[arg(long, default_value = "command-line")]
    subject: String,
    /// How long it is valid.
    #[arg(long, default_value_t = 8, value_name = "HOURS", value_parser = clap::value_parser!(u16).range(1..=8760))]
    hours: u16,
}

/// Prints a token.
pub fn run(config: Option<&Path>, arguments: &Arguments) -> Result<ExitCode, Box<dyn Error>> {
    let settings = Settings::load(config)?;
    let Some(key) = app::local_key(&settings)? else {
        return Err(
            "tokens come from your identity provider: auth.jwks_file is set and auth.local_key_file is not"
                .into(),
        );
    };
    let scopes = if arguments.scopes.is_empty() {
        SCOPES.into_iter().filter(|scope| scope.is_machine() == arguments.partner.is_none()).collect()
    } else {
        arguments.scopes.clone()
    };
    if let Some(wrong) = scopes.iter().find(|scope| scope.is_machine() == arguments.partner.is_some()) {
        let kind = if wrong.is_machine() { "counts only without --partner" } else { "needs --partner" };
        return Err(format!("the scope {} {kind}", wrong.as_str()).into());
    }
    let request = TokenRequest {
        subject: arguments.subject.clone(),
        partner: arguments.partner.clone(),
        scopes,
        valid_for: SignedDuration::from_hours(arguments.hours.into()),
    };
    let token = mint(&key, &app::token_rules(&settings), &request, Timestamp::now())?;
    println!("{}", token.expose_secret());
    Ok(ExitCode::SUCCESS)
}

fn parse_scope(text: &str) -> Result<Scope, String> {
    SCOPES.into_iter().find(|scope| scope.as_str() == text).ok_or_else(|| {
        let known: Vec<&str> = SCOPES.iter().map(|scope| scope.as_str()).collect();
        format!("must be one of {}", known.join(", "))
    })
}
