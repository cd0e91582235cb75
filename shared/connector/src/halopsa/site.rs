//! What a partner enters to connect HaloPSA, and what it means. People paste what they see (with `/api`, with a slash,
//! the other server's address), so each of those is understood or refused with the reason.

use crate::integrations::{CredentialProblem, Credentials};
use crate::transport::EgressPolicy;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

pub(super) const SITE_URL: &str = "site_url";
pub(super) const CLIENT_ID: &str = "client_id";
pub(super) const CLIENT_SECRET: &str = "client_secret";
pub(super) const TENANT: &str = "tenant";

/// Domains of Halo's own cloud, where nothing is hosted in a sub-folder.
const HALO_CLOUD: [&str; 3] = ["halopsa.com", "haloitsm.com", "haloservicedesk.com"];

/// The sign-in server that all older tenants shared. It has no API, so it can't lead to the tenant's own.
const SHARED_SIGN_IN: &str = "auth.haloservicedesk.com";

/// Where a HaloPSA is and who we are there.
#[derive(Clone, Debug)]
pub(super) struct Site {
    /// The site without `/api`, without a slash at the end.
    pub(super) portal: String,
    pub(super) client_id: String,
    pub(super) client_secret: SecretString,
    pub(super) tenant: Option<String>,
}

impl Site {
    pub(super) fn parse(
        credentials: &Credentials,
        policy: &EgressPolicy,
    ) -> Result<Self, Vec<CredentialProblem>> {
        let mut problems: Vec<_> = credentials
            .fields()
            .filter(|field| ![SITE_URL, CLIENT_ID, CLIENT_SECRET, TENANT].contains(field))
            .map(|field| {
                CredentialProblem::new(field, "unknown_field", "HaloPSA needs no such value: leave it out.")
            })
            .collect();
        let portal = required(credentials, SITE_URL, "the site's address", &mut problems)
            .and_then(|entered| portal(&entered, policy).map_err(|problem| problems.push(problem)).ok());
        let client_id = required(credentials, CLIENT_ID, "the client ID", &mut problems);
        let client_secret = required(credentials, CLIENT_SECRET, "the client secret", &mut problems);
        for (field, value) in [(CLIENT_ID, &client_id), (CLIENT_SECRET, &client_secret)] {
            if value.as_ref().is_some_and(|value| value.contains(char::is_whitespace)) {
                let message = "There is a space or a line break in it: copy the value alone.";
                problems.push(CredentialProblem::new(field, "malformed", message));
            }
        }
        // Set-up pages of other products have people write "None" for a self-hosted HaloPSA, which has no tenant.
        let tenant = entered(credentials, TENANT).filter(|tenant| !tenant.eq_ignore_ascii_case("none"));
        match (portal, client_id, client_secret) {
            (Some(portal), Some(client_id), Some(client_secret)) if problems.is_empty() => {
                Ok(Self { portal, client_id, client_secret: client_secret.into(), tenant })
            }
            _ => Err(problems),
        }
    }
}

fn entered(credentials: &Credentials, field: &str) -> Option<String> {
    let value = credentials.get(field)?.expose_secret().trim();
    (!value.is_empty()).then(|| value.to_owned())
}

fn required(
    credentials: &Credentials,
    field: &str,
    what: &str,
    problems: &mut Vec<CredentialProblem>,
) -> Option<String> {
    let value = entered(credentials, field);
    if value.is_none() {
        problems.push(CredentialProblem::new(field, "required", format!("Enter {what}.")));
    }
    value
}

/// The site's address without `/api`, from whichever of its addresses a person pasted.
fn portal(entered: &str, policy: &EgressPolicy) -> Result<String, CredentialProblem> {
    let problem = |code, message: &str| CredentialProblem::new(SITE_URL, code, message);
    let not_a_url =
        || problem("not_a_url", "This is no web address. It looks like https://example.halopsa.com.");
    let with_scheme = if entered.contains("://") { entered.to_owned() } else { format!("https://{entered}") };
    let mut url = Url::parse(&with_scheme).map_err(|_| not_a_url())?;
    let host = url.host_str().ok_or_else(not_a_url)?.trim_end_matches('.').to_owned();
    if host == SHARED_SIGN_IN {
        let message =
            "This is the Authorisation Server. Enter the Resource Server, which is shown next to it.";
        return Err(problem("wrong_address", message));
    }
    if let Err(denied) = policy.check(&url) {
        return Err(problem("address_not_allowed", &format!("This address cannot be used: {denied}.")));
    }
    url.set_query(None);
    url.set_fragment(None);
    let path = if is_halo_cloud(&host) { String::new() } else { folder(url.path()) };
    url.set_path(&path);
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

fn is_halo_cloud(host: &str) -> bool {
    HALO_CLOUD.iter().any(|domain| host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.')))
}

/// The folder that a self-hosted HaloPSA lives in: the path without the parts that name its servers.
fn folder(path: &str) -> String {
    let mut parts: Vec<_> = path.split('/').filter(|part| !part.is_empty()).collect();
    for server in ["token", "authinfo", "api", "auth"] {
        if parts.last().is_some_and(|part| part.eq_ignore_ascii_case(server)) {
            parts.pop();
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(site: &str) -> Credentials {
        Credentials::new().with(SITE_URL, site).with(CLIENT_ID, "id").with(CLIENT_SECRET, "secret")
    }

    fn parse(credentials: &Credentials) -> Result<Site, Vec<(String, String)>> {
        Site::parse(credentials, &EgressPolicy::public_only())
            .map_err(|problems| problems.into_iter().map(|problem| (problem.field, problem.code)).collect())
    }

    #[test]
    fn whatever_people_paste_leads_to_the_same_site() {
        for (entered, portal) in [
            ("https://acme.halopsa.com", "https://acme.halopsa.com"),
            ("https://acme.halopsa.com/", "https://acme.halopsa.com"),
            ("https://acme.halopsa.com/api", "https://acme.halopsa.com"),
            ("https://acme.halopsa.com/api/", "https://acme.halopsa.com"),
            ("https://acme.halopsa.com/auth", "https://acme.halopsa.com"),
            ("https://acme.halopsa.com/auth/token", "https://acme.halopsa.com"),
            ("https://acme.halopsa.com/api/authinfo", "https://acme.halopsa.com"),
            ("  acme.halopsa.com  ", "https://acme.halopsa.com"),
            ("https://ACME.HaloPSA.com/home?mainview=x#y", "https://acme.halopsa.com"),
            ("https://acme.haloitsm.com/tickets?id=4", "https://acme.haloitsm.com"),
            ("https://service.example.org", "https://service.example.org"),
            ("https://service.example.org:8443/halo/api/", "https://service.example.org:8443/halo"),
            ("https://auth.example.org/api", "https://auth.example.org"),
        ] {
            assert_eq!(parse(&credentials(entered)).unwrap().portal, portal, "{entered}");
        }
    }

    #[test]
    fn what_cannot_be_right_is_refused_with_the_reason() {
        for (entered, code) in [
            ("", "required"),
            ("   ", "required"),
            ("https://", "not_a_url"),
            ("not a url", "not_a_url"),
            ("http://acme.halopsa.com", "address_not_allowed"),
            ("https://user:secret@acme.halopsa.com", "address_not_allowed"),
            ("https://10.1.2.3/api", "address_not_allowed"),
            ("https://localhost.", "https://localhost."),
            ("https://auth.haloservicedesk.com", "wrong_address"),
        ] {
            match parse(&credentials(entered)) {
                Err(problems) => assert_eq!(problems, [(SITE_URL.to_owned(), code.to_owned())], "{entered}"),
                // Names are judged by what they resolve to, once they are used.
                Ok(site) => assert_eq!(site.portal, code, "{entered}"),
            }
        }
    }

    #[test]
    fn every_missing_field_is_named_at_once() {
        let fields: Vec<_> = parse(&Credentials::new().with("password", "x"))
            .unwrap_err()
            .into_iter()
            .map(|(field, _)| field)
            .collect();
        assert_eq!(fields, ["password", SITE_URL, CLIENT_ID, CLIENT_SECRET]);
    }

    #[test]
    fn a_blank_tenant_or_none_is_no_tenant() {
        for (entered, tenant) in
            [("", None), ("  ", None), ("None", None), ("none", None), (" acme ", Some("acme"))]
        {
            let site = parse(&credentials("acme.halopsa.com").with(TENANT, entered)).unwrap();
            assert_eq!(site.tenant.as_deref(), tenant, "{entered:?}");
        }
    }
}
