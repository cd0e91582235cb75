//! The authorisation server: tokens for applications, and where it is.
//!
//! Observed live by others: a wrong secret is 401 `invalid_client`, a wrong tenant is 500 with a page of HTML, a
//! request without a scope gets a token that opens nothing. A hosted tenant has its name in the host, so a request that
//! names none is granted: the public library `halopsa` names none. Texts of `error_description` are guesses.

use std::time::{Duration, Instant};

use http::{Method, StatusCode, header};
use serde_json::json;

use crate::halopsa::Shared;
use crate::halopsa::access::{Application, scope_covers, scope_exists};
use crate::halopsa::switches::ScopeMismatch;
use crate::halopsa::world::{Token, World};
use crate::server::{Incoming, Parameters, Reply};

/// `GET /api/authinfo`, which needs no token.
pub fn auth_info(shared: &Shared) -> Reply {
    let world = shared.world();
    Reply::ok(&json!({
        "auth_url": format!("{}/auth/", shared.base_url()),
        "tenant_id": world.tenant.name,
        "version": "2.236.122"
    }))
}

/// Everything under `/auth`.
pub fn answer(shared: &Shared, incoming: &Incoming) -> Reply {
    let path: Vec<&str> = incoming.path.iter().skip(1).map(String::as_str).collect();
    match (path.as_slice(), &incoming.method) {
        ([".well-known", "openid-configuration"], &Method::GET) => Reply::ok(&json!({
            "issuer": format!("{}/auth/", shared.base_url()),
            "token_endpoint": format!("{}/auth/token", shared.base_url()),
            "authorization_endpoint": format!("{}/auth/authorize", shared.base_url()),
            "grant_types_supported": ["authorization_code", "client_credentials", "refresh_token"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"]
        })),
        (["token"], &Method::POST) => token(&mut shared.world(), incoming).unwrap_or_else(|refusal| refusal),
        (["token"], _) => Reply::method_not_allowed(),
        _ => Reply::not_found(),
    }
}

fn token(world: &mut World, incoming: &Incoming) -> Result<Reply, Reply> {
    let bad_request = |error, description| Reply::oauth(StatusCode::BAD_REQUEST, error, description);
    let form_type = incoming.header(&header::CONTENT_TYPE).to_lowercase();
    if !form_type.starts_with("application/x-www-form-urlencoded") {
        return Err(bad_request("invalid_request", "The specified 'Content-Type' header is not valid."));
    }
    let query = Parameters::parse(&incoming.query);
    let form = Parameters::parse(&String::from_utf8_lossy(&incoming.body));
    match query.text("tenant").or(form.text("tenant")) {
        Some(tenant) if tenant.eq_ignore_ascii_case(&world.tenant.name) => {}
        None if !world.switches.tenant_required => {}
        _ => return Err(Reply::server_error()),
    }
    if form.text("grant_type") != Some("client_credentials") {
        return Err(bad_request("unsupported_grant_type", "The specified 'grant_type' is not supported."));
    }
    let (client_id, client_secret) = credentials(incoming, &form)
        .ok_or_else(|| bad_request("invalid_request", "The mandatory 'client_id' parameter is missing."))?;
    let application = world
        .tenant
        .applications
        .iter()
        .find(|app| app.client_id == client_id && app.client_secret == client_secret && !app.disabled)
        .ok_or_else(|| {
            Reply::oauth(
                StatusCode::UNAUTHORIZED,
                "invalid_client",
                "The specified client credentials are invalid.",
            )
        })?
        .clone();
    let asked: Vec<String> =
        form.text("scope").unwrap_or_default().split_whitespace().map(str::to_owned).collect();
    let scopes = grant(&application, &asked, world.switches.scope_mismatch)
        .ok_or_else(|| bad_request("invalid_scope", "The specified 'scope' is invalid."))?;
    Ok(issue(world, client_id, scopes))
}

/// The client's id and secret: of the form, or of HTTP's Basic authentication.
fn credentials(incoming: &Incoming, form: &Parameters) -> Option<(String, String)> {
    if let (Some(id), Some(secret)) = (form.text("client_id"), form.text("client_secret")) {
        return Some((id.to_owned(), secret.to_owned()));
    }
    let value = incoming.header(&header::AUTHORIZATION);
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = data_encoding::BASE64.decode(encoded.trim().as_bytes()).ok()?;
    let decoded = String::from_utf8(decoded).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    // The two halves are form-encoded (RFC 6749, 2.3.1).
    let pair = Parameters::parse(&format!("id={id}&secret={secret}"));
    Some((pair.text("id")?.to_owned(), pair.text("secret")?.to_owned()))
}

/// What is granted of the scopes that were asked for; nothing asked, nothing granted, and no error.
fn grant(application: &Application, asked: &[String], mismatch: ScopeMismatch) -> Option<Vec<String>> {
    if !asked.iter().all(|scope| scope_exists(scope)) {
        return None;
    }
    let mut granted: Vec<String> = Vec::new();
    for scope in asked {
        if scope_covers(&application.scopes, scope) {
            granted.push(scope.clone());
        } else if mismatch == ScopeMismatch::Refuse {
            return None;
        } else {
            let narrower = application.scopes.iter().filter(|own| scope_covers(asked, own));
            granted.extend(narrower.cloned());
        }
    }
    granted.sort();
    granted.dedup();
    (asked.is_empty() || !granted.is_empty()).then_some(granted)
}

fn issue(world: &mut World, client_id: String, scopes: Vec<String>) -> Reply {
    let now = Instant::now();
    let seconds = world.switches.token_seconds;
    let access_token = world.random_hex(32);
    let body = json!({
        "scope": scopes.join(" "), "token_type": "Bearer", "access_token": access_token, "expires_in": seconds
    });
    world.tokens.retain(|_, token| token.expires > now);
    world
        .tokens
        .insert(access_token, Token { client_id, scopes, expires: now + Duration::from_secs(seconds) });
    Reply::ok(&body)
}
