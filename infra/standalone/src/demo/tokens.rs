//! Tokens for all who call in the demonstration.

use crate::{app, config::Settings};
use jiff::{SignedDuration, Timestamp};
use psa_bridge_http::{LocalKey, SCOPES, TokenRequest, mint};
use psa_bridge_workload::{Access, World};
use secrecy::SecretString;
use std::error::Error;

/// The way in: a machine's token with all that machines may have, and one for each partner.
pub fn access(settings: &Settings, world: &World) -> Result<Access, Box<dyn Error>> {
    let key = app::local_key(settings)?
        .ok_or("the demonstration makes its own tokens: leave auth.jwks_file empty")?;
    let machine = token(settings, &key, None)?;
    let partners = world
        .partners
        .iter()
        .map(|partner| Ok((partner.id.clone(), token(settings, &key, Some(&partner.id))?)))
        .collect::<Result<_, Box<dyn Error>>>()?;
    Ok(Access { url: settings.public_url(), machine, partners })
}

fn token(settings: &Settings, key: &LocalKey, partner: Option<&str>) -> Result<SecretString, Box<dyn Error>> {
    let request = TokenRequest {
        subject: "demo".to_owned(),
        partner: partner.map(str::parse).transpose()?,
        scopes: SCOPES.into_iter().filter(|scope| scope.is_machine() == partner.is_none()).collect(),
        valid_for: SignedDuration::from_hours(24),
    };
    Ok(mint(key, &app::token_rules(settings), &request, Timestamp::now())?)
}
