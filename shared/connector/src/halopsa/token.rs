//! Access tokens: where to ask, what to ask for, and never asking twice for the same one.
//!
//! HaloPSA issues a token even for scopes that it then honours nowhere, answers 500 where the tenant is wrong, and locks
//! nobody out by contract, so this file is careful on all three counts.

use super::error::Said;
use super::site::Site;
use crate::transport::{Reply, Request, Transport};
use crate::{PsaError, PsaErrorKind};
use http::StatusCode;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::sync::Mutex;
use url::Url;

const OPERATION: &str = "sign in";

/// What is asked for, in order, until HaloPSA grants something that covers tickets.
///
/// The set-up guide's choice comes first: one request in the common case, and every list that the ticket form reads
/// lies within it. What the token may do is bounded by the agent's role, so asking for less would protect nothing that
/// the role leaves open. The narrow sets are for applications with the fewest permissions, the last for old ones.
const SCOPES: [&str; 5] = [
    "all:standard",
    "edit:tickets read:customers edit:suppliers edit:softwarelicensing",
    "edit:tickets read:customers edit:softwarelicensing",
    "edit:tickets read:customers",
    "all",
];

/// A token is renewed this long before it ends, or a fifth of its life before, whichever is shorter.
const EARLY: Duration = Duration::from_mins(1);

/// After refused credentials nothing is asked for so long, since many calls may wait for the same token.
const REFUSAL: Duration = Duration::from_secs(30);

/// A token that HaloPSA gave us.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) secret: SecretString,
    /// What it covers, where HaloPSA said.
    pub(super) scopes: Option<BTreeSet<String>>,
    renew_at: Timestamp,
}

/// The token of one connector. Whoever needs one while it is being fetched waits for that one.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    token: Option<Token>,
    server: Option<Server>,
    /// The scopes that worked.
    scope: Option<&'static str>,
    refused: Option<(Timestamp, String)>,
}

/// What the site says about signing in (`/api/authinfo`).
#[derive(Clone, Debug)]
pub(super) struct Server {
    url: Url,
    pub(super) tenant: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct AuthInfo {
    #[serde(default, deserialize_with = "super::lenient::text")]
    auth_url: Option<String>,
    #[serde(default, deserialize_with = "super::lenient::text")]
    tenant_id: Option<String>,
}

#[derive(Deserialize)]
struct Granted {
    access_token: SecretText,
    #[serde(default, deserialize_with = "super::lenient::int")]
    expires_in: Option<i64>,
    scope: Option<String>,
}

#[derive(Deserialize)]
#[serde(from = "String")]
struct SecretText(SecretString);

impl From<String> for SecretText {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl Tokens {
    /// A token that is good for now.
    pub(super) async fn current(&self, site: &Site, transport: &Transport) -> Result<Token, PsaError> {
        let mut state = self.state.lock().await;
        let now = transport.clock().now();
        match &state.token {
            Some(token) if now < token.renew_at => Ok(token.clone()),
            _ => state.fetch(site, transport).await,
        }
    }

    /// Another token than `refused`, which HaloPSA does not accept any more.
    pub(super) async fn renewed(
        &self,
        refused: &Token,
        site: &Site,
        transport: &Transport,
    ) -> Result<Token, PsaError> {
        let mut state = self.state.lock().await;
        match &state.token {
            Some(token) if token.secret.expose_secret() != refused.secret.expose_secret() => {
                Ok(token.clone())
            }
            _ => state.fetch(site, transport).await,
        }
    }

    /// Asks the site anew how to sign in, and forgets that it refused the credentials: a person is looking.
    pub(super) async fn forget(&self) {
        *self.state.lock().await = State::default();
    }

    /// Where to sign in, and to which tenant.
    pub(super) async fn server(&self, site: &Site, transport: &Transport) -> Result<Server, PsaError> {
        self.state.lock().await.server(site, transport).await
    }
}

impl State {
    async fn fetch(&mut self, site: &Site, transport: &Transport) -> Result<Token, PsaError> {
        let now = transport.clock().now();
        if let Some((until, detail)) = &self.refused
            && now < *until
        {
            return Err(PsaError::new(PsaErrorKind::InvalidCredentials, OPERATION, detail.clone()));
        }
        let server = self.server(site, transport).await?;
        let had_token = self.token.take().is_some();
        let result = self.fetch_from(&server, site, transport, had_token).await;
        if let Err(error) = &result
            && *error.kind() == PsaErrorKind::InvalidCredentials
        {
            self.refused = Some((later(now, REFUSAL), error.detail().to_owned()));
        }
        self.token = result.as_ref().ok().cloned();
        result
    }

    async fn fetch_from(
        &mut self,
        server: &Server,
        site: &Site,
        transport: &Transport,
        had_token: bool,
    ) -> Result<Token, PsaError> {
        let tenant = site.tenant.as_deref().or(server.tenant.as_deref());
        let known = self.scope;
        for scope in known.into_iter().chain(SCOPES.into_iter().filter(|scope| Some(*scope) != known)) {
            let reply = ask(server, tenant, scope, site, transport).await?;
            if reply.status == StatusCode::INTERNAL_SERVER_ERROR && !had_token {
                return Err(self.blame(server, site, transport).await);
            }
            if let Some(token) = read(&reply, scope, transport.clock().now())? {
                self.scope = Some(scope);
                return Ok(token);
            }
            tracing::debug!(scope, "HaloPSA does not grant this scope");
        }
        let detail = "The application has no permission for tickets. In HaloPSA: Configuration › Integrations › Halo API › \
                      View Applications › the application › Permissions: all:standard, or edit:tickets and read:customers";
        Err(PsaError::new(PsaErrorKind::MissingPermission, OPERATION, detail))
    }

    /// A 500 at the first sign-in is a wrong tenant or an outage. The site's own tenant tells: a server that has an
    /// answer for it is up.
    async fn blame(&self, server: &Server, site: &Site, transport: &Transport) -> PsaError {
        let outage = || {
            let detail = "HTTP 500 from the sign-in server: it is down, or HaloPSA shows a tenant that was not entered";
            PsaError::new(PsaErrorKind::Unavailable, OPERATION, detail)
        };
        let (Some(entered), Some(own)) = (&site.tenant, &server.tenant) else { return outage() };
        if entered.eq_ignore_ascii_case(own) {
            return outage();
        }
        match ask(server, Some(own), SCOPES[0], site, transport).await {
            Ok(reply) if !reply.status.is_server_error() => {
                let detail = format!("There is no tenant {entered:?} at this address; its own is {own:?}");
                PsaError::new(PsaErrorKind::InvalidCredentials, OPERATION, detail)
            }
            // The second attempt failed like the first: it is the server.
            Ok(_) | Err(_) => outage(),
        }
    }

    async fn server(&mut self, site: &Site, transport: &Transport) -> Result<Server, PsaError> {
        if let Some(server) = &self.server {
            return Ok(server.clone());
        }
        let discovered = discover(site, transport).await?;
        let server = match &discovered {
            Some(server) => server.clone(),
            None => Server { url: parse(&format!("{}/auth/token", site.portal))?, tenant: None },
        };
        // A guess is not kept: the site may tell next time.
        self.server = discovered;
        Ok(server)
    }
}

/// <https://halopsa.com/apidocs>, "Authentication". Needs no token; nothing where the site does not offer it.
async fn discover(site: &Site, transport: &Transport) -> Result<Option<Server>, PsaError> {
    let url = parse(&format!("{}/api/authinfo", site.portal))?;
    let reply = transport.send(Request::get("find the sign-in server", url)).await?;
    if !reply.status.is_success() {
        return Ok(None);
    }
    let Ok(info) = serde_json::from_slice::<AuthInfo>(&reply.body) else { return Ok(None) };
    let given =
        |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let Some(auth_url) = given(info.auth_url) else { return Ok(None) };
    let url = parse(&format!("{}/token", auth_url.trim_end_matches('/')))?;
    Ok(Some(Server { url, tenant: given(info.tenant_id) }))
}

async fn ask(
    server: &Server,
    tenant: Option<&str>,
    scope: &str,
    site: &Site,
    transport: &Transport,
) -> Result<Reply, PsaError> {
    let mut url = server.url.clone();
    if let Some(tenant) = tenant {
        url.query_pairs_mut().append_pair("tenant", tenant);
    }
    let form = vec![
        ("grant_type", "client_credentials".into()),
        ("client_id", site.client_id.clone().into()),
        ("client_secret", site.client_secret.clone()),
        ("scope", scope.into()),
    ];
    transport.send(Request::sign_in(OPERATION, url, form)).await
}

/// The token of a reply; nothing where the scope is not granted.
fn read(reply: &Reply, scope: &'static str, now: Timestamp) -> Result<Option<Token>, PsaError> {
    if reply.status.is_success() {
        let Ok(granted) = serde_json::from_slice::<Granted>(&reply.body) else {
            let detail = "The sign-in server's answer holds no token";
            let kind =
                if looks_like_html(&reply.body) { PsaErrorKind::Unavailable } else { PsaErrorKind::Protocol };
            return Err(PsaError::new(kind, OPERATION, detail));
        };
        return Ok(granted.accept(now));
    }
    let said = Said::parse(&reply.body);
    let code = said.code.as_deref().unwrap_or_default();
    let about_scope = said.message.as_deref().is_some_and(|message| message.to_lowercase().contains("scope"));
    if code == "invalid_scope" || (code != "invalid_client" && about_scope) {
        return Ok(None);
    }
    let kind = match reply.status.as_u16() {
        400 | 401 => PsaErrorKind::InvalidCredentials,
        500.. | 408 => PsaErrorKind::Unavailable,
        _ => PsaErrorKind::Protocol,
    };
    let error = PsaError::new(kind, OPERATION, format!("HTTP {} for scope {scope:?}", reply.status));
    Err(match said.message {
        Some(message) => error.with_psa_message(crate::plain_text::one_line(&message, 300)),
        None => error,
    })
}

impl Granted {
    /// A token whose scopes do not reach tickets would be answered with 401 everywhere.
    fn accept(self, now: Timestamp) -> Option<Token> {
        let scopes: Option<BTreeSet<_>> =
            self.scope.map(|scope| scope.split_whitespace().map(str::to_owned).collect());
        let useful = scopes.as_ref().is_none_or(|scopes: &BTreeSet<String>| covers(scopes, "read:tickets"));
        let life =
            Duration::from_secs(self.expires_in.and_then(|life| u64::try_from(life).ok()).unwrap_or(0));
        let renew_at = later(now, life.saturating_sub(EARLY.min(life / 5)));
        useful.then_some(Token { secret: self.access_token.0, scopes, renew_at })
    }
}

/// Whether scopes include `wanted`, which is `read:…` or `edit:…`; the right to edit includes the right to read.
pub(super) fn covers(scopes: &BTreeSet<String>, wanted: &str) -> bool {
    let has = |scope: &str| scopes.contains(scope);
    let by_edit = wanted.strip_prefix("read:").is_some_and(|object| has(&format!("edit:{object}")));
    has("all") || has("all:standard") || has(wanted) || by_edit
}

pub(super) fn looks_like_html(body: &[u8]) -> bool {
    body.trim_ascii_start().first() == Some(&b'<')
}

fn later(now: Timestamp, by: Duration) -> Timestamp {
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}

fn parse(url: &str) -> Result<Url, PsaError> {
    Url::parse(url).map_err(|error| {
        PsaError::new(PsaErrorKind::Protocol, OPERATION, "The sign-in server has no valid address")
            .with_source(error)
    })
}

#[cfg(test)]
mod tests;
