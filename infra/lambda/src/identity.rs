//! Who is calling, as the HTTP API's JWT authorizer says: it has checked signature, issuer, audience and times, and passes
//! the claims on. Scopes are checked here, by the code that both homes share.

use async_trait::async_trait;
use http::{StatusCode, request::Parts};
use lambda_http::request::RequestContext;
use psa_bridge_core::ids::PartnerId;
use psa_bridge_http::{Authenticator, Claims, Problem};
use std::collections::HashMap;

/// Reads the claims that the gateway has checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayAuthenticator {
    /// The claim that names the partner.
    pub partner_claim: String,
    /// What stands before each scope of ours. Cognito puts the resource server's id and a slash there.
    pub scope_prefix: String,
}

impl GatewayAuthenticator {
    /// The claims of a caller, from those of a checked token.
    ///
    /// # Errors
    /// 401 `invalid_token`, or 403 `mixed_token`.
    pub fn claims(&self, claims: &HashMap<String, String>) -> Result<Claims, Problem> {
        let subject = claims
            .get("sub")
            .filter(|subject| !subject.is_empty())
            .ok_or_else(|| invalid_token("It has no subject."))?;
        let partner = match claims.get(&self.partner_claim) {
            None => None,
            Some(text) => {
                let partner: Option<PartnerId> = text.parse().ok();
                Some(partner.ok_or_else(|| invalid_token("Its partner is no partner's id."))?)
            }
        };
        Claims::new(subject, partner, self.scopes(claims))
    }

    /// The scopes of `scope` and `scp`. The gateway writes a list as `[a b]`.
    fn scopes<'a>(&'a self, claims: &'a HashMap<String, String>) -> impl Iterator<Item = &'a str> {
        ["scope", "scp"]
            .into_iter()
            .filter_map(|name| claims.get(name))
            .flat_map(|text| text.trim_matches(['[', ']']).split([' ', ',']))
            .filter_map(|scope| scope.strip_prefix(&self.scope_prefix))
    }
}

#[async_trait]
impl Authenticator for GatewayAuthenticator {
    async fn authenticate(&self, parts: &Parts) -> Result<Claims, Problem> {
        let context = parts.extensions.get::<RequestContext>();
        let Some(RequestContext::ApiGatewayV2(context)) = context else { return Err(unguarded(parts)) };
        let token = context.authorizer.as_ref().and_then(|authorizer| authorizer.jwt.as_ref());
        let token = token.ok_or_else(|| unguarded(parts))?;
        self.claims(&token.claims)
    }
}

/// A route without an authorizer: refuse, rather than let everybody in.
fn unguarded(parts: &Parts) -> Problem {
    tracing::error!(path = parts.uri.path(), "The gateway's route has no JWT authorizer");
    Problem::internal()
}

fn invalid_token(why: &str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "invalid_token", "The bearer token is not valid here")
        .with_detail(why)
        .with_fix("Get a new token and send the request again.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use psa_bridge_http::Scope;

    fn read(prefix: &str, claims: &[(&str, &str)]) -> Result<Claims, Problem> {
        let gateway = GatewayAuthenticator {
            partner_claim: "custom:partner".to_owned(),
            scope_prefix: prefix.to_owned(),
        };
        let claims = claims.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        gateway.claims(&claims.collect())
    }

    #[test]
    fn a_partner_and_its_scopes_are_read() {
        let claims =
            read("", &[("sub", "ann"), ("custom:partner", "msp"), ("scope", "openid psa:manage")]).unwrap();
        assert_eq!(claims.partner().unwrap().as_str(), "msp");
        assert!(claims.allows(Scope::Read) && claims.allows(Scope::Manage));
        assert!(!claims.allows(Scope::WriteEvents));
    }

    #[test]
    fn lists_of_scopes_are_read_as_the_gateway_writes_them() {
        for scopes in ["[events:write psa:operate]", "[events:write, psa:operate]"] {
            let claims = read("", &[("sub", "m"), ("scp", scopes)]).unwrap();
            assert!(claims.allows(Scope::WriteEvents) && claims.allows(Scope::Operate), "{scopes}");
        }
    }

    #[test]
    fn with_a_prefix_only_scopes_that_have_it_count() {
        let scopes = [("sub", "m"), ("scope", "bridge/events:write psa:operate other/organizations:write")];
        let claims = read("bridge/", &scopes).unwrap();
        assert!(claims.allows(Scope::WriteEvents));
        assert!(!claims.allows(Scope::Operate) && !claims.allows(Scope::WriteOrganizations));
    }

    #[test]
    fn what_is_nobodys_token_is_refused() {
        for claims in [
            &[("scope", "psa:read")][..],
            &[("sub", ""), ("scope", "psa:read")],
            &[("sub", "ann"), ("custom:partner", ""), ("scope", "psa:read")],
            &[("sub", "ann"), ("custom:partner", "a\nb"), ("scope", "psa:read")],
        ] {
            assert_eq!(read("", claims).unwrap_err().status(), StatusCode::UNAUTHORIZED, "{claims:?}");
        }
        let mixed = [("sub", "ann"), ("custom:partner", "msp"), ("scope", "events:write")];
        assert_eq!(read("", &mixed).unwrap_err().status(), StatusCode::FORBIDDEN);
    }

    #[tokio::test]
    async fn a_route_without_an_authorizer_lets_nobody_in() {
        let (parts, ()) = http::Request::new(()).into_parts();
        let gateway = GatewayAuthenticator { partner_claim: "p".to_owned(), scope_prefix: String::new() };
        let problem = gateway.authenticate(&parts).await.unwrap_err();
        assert_eq!(problem.status(), StatusCode::INTERNAL_SERVER_ERROR);
    }
}
