//! Which of Autotask's data centres a tenant lives in. It is found by the API user's name, kept for as long as it holds,
//! and asked for again when a tenant has moved. Credentials go nowhere but to Autotask's own domain.

use super::error::{Meaning, errors_in, meaning};
use super::memory::AutotaskMemory;
use crate::integrations::AutotaskOptions;
use crate::lenient::{int, text};
use crate::transport::{EgressPolicy, Reading, Reply, Request, Transport};
use crate::{PsaError, PsaErrorKind};
use serde::Deserialize;
use url::Url;

const OPERATION: &str = "find the zone";

const DOMAIN: &str = "autotask.net";

/// Where a ticket opens when nobody asked Autotask yet which zone the tenant is in.
const ANY_ZONE: &str = "https://www.autotask.net";

/// The version that is spoken. Autotask announces others as they come; what they change is not known beforehand.
const VERSION: &str = "V1.0/";

/// A tenant's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Zone {
    /// Ends in `V1.0/`.
    pub(super) api: Url,
    /// Where people work, without a slash at the end.
    web: Option<String>,
    /// The tenant's database.
    pub(super) database: i64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ZoneInformation {
    #[serde(deserialize_with = "text")]
    url: Option<String>,
    #[serde(rename = "webUrl", deserialize_with = "text")]
    web_url: Option<String>,
    #[serde(deserialize_with = "int")]
    ci: Option<i64>,
}

/// Where to ask for one API user's zone.
#[derive(Clone, Debug)]
pub(super) struct ZoneFinder {
    lookup: String,
    memory: AutotaskMemory,
    user: String,
}

impl ZoneFinder {
    pub(super) fn new(options: &AutotaskOptions, user: &str) -> Self {
        let lookup = format!("{}/{VERSION}zoneInformation", options.url.trim_end_matches('/'));
        Self { lookup, memory: options.memory.clone(), user: user.to_owned() }
    }

    /// The zone as far as it is known, asking where it is not.
    pub(super) async fn current(&self, transport: &Transport) -> Result<Zone, PsaError> {
        match self.memory.zone(&self.user) {
            Some(zone) => Ok(zone),
            None => self.detect(transport).await,
        }
    }

    /// <https://ww1.autotask.net/help/DeveloperHelp/Content/APIs/REST/API_Calls/REST_Zone_Information.htm>:
    /// `GET /zoneInformation?user=`, which needs no credentials.
    pub(super) async fn detect(&self, transport: &Transport) -> Result<Zone, PsaError> {
        let broken = |what: String| PsaError::new(PsaErrorKind::Protocol, OPERATION, what);
        let url = Url::parse_with_params(&self.lookup, [("user", &self.user)])
            .map_err(|error| broken("Autotask's address is not valid".to_owned()).with_source(error))?;
        checked(&url, transport.policy())?;
        let reply = transport.send(Request::get(OPERATION, url).read_by(reading)).await?;
        let zone = read(&reply, transport.policy())?;
        self.memory.keep_zone(&self.user, zone.clone());
        Ok(zone)
    }

    pub(super) fn forget(&self) {
        self.memory.forget_zone(&self.user);
    }

    /// <https://ww1.autotask.net/help/DeveloperHelp/Content/APIs/ExecuteCommand/APIExecuteCommand.htm>
    pub(super) fn ticket_url(&self, id: &str) -> String {
        let web = self.memory.zone(&self.user).and_then(|zone| zone.web);
        let web = web.unwrap_or_else(|| ANY_ZONE.to_owned());
        format!("{web}/Autotask/AutotaskExtend/ExecuteCommand.aspx?Code=OpenTicketDetail&TicketID={id}")
    }
}

/// An unknown user is Autotask's own answer; other trouble passes.
fn reading(reply: &Reply) -> Reading {
    let unknown_user = errors_in(&reply.body).iter().any(|text| meaning(text) == Meaning::UnknownUser);
    if unknown_user { Reading::Answer } else { Reading::Unclear }
}

fn read(reply: &Reply, policy: &EgressPolicy) -> Result<Zone, PsaError> {
    let error =
        |kind, what: &str| Err(PsaError::new(kind, OPERATION, format!("HTTP {}: {what}", reply.status)));
    if reading(reply) == Reading::Answer {
        let what = "Autotask knows no API user of this name";
        return error(PsaErrorKind::InvalidCredentials, what);
    }
    if reply.status.is_server_error() || reply.body.trim_ascii_start().first() == Some(&b'<') {
        return error(PsaErrorKind::Unavailable, "Autotask does not tell the zone at present");
    }
    let Ok(found) = serde_json::from_slice::<ZoneInformation>(&reply.body) else {
        return error(PsaErrorKind::Protocol, "the answer is no zone");
    };
    let (Some(url), Some(database)) = (found.url, found.ci) else {
        return error(PsaErrorKind::Protocol, "the answer holds no address or no database");
    };
    let api = Url::parse(&format!("{}/{VERSION}", url.trim_end_matches('/')));
    let Ok(api) = api else { return error(PsaErrorKind::Protocol, "the zone has no valid address") };
    checked(&api, policy)?;
    // It only becomes a link, so a strange one is no reason to stop.
    let web = found.web_url.and_then(|web| Url::parse(&web).ok()).filter(|web| checked(web, policy).is_ok());
    let web = web.map(|web| web.as_str().trim_end_matches('/').to_owned());
    Ok(Zone { api, web, database })
}

/// Lets no request with credentials leave for anywhere but Autotask, or a simulator that the operator listed.
fn checked(url: &Url, policy: &EgressPolicy) -> Result<(), PsaError> {
    let host = url.host_str().unwrap_or_default().trim_end_matches('.');
    let own = host.strip_suffix(DOMAIN).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    let right = url.scheme() == "https" && url.port().is_none() && own;
    if right || policy.lists(url) {
        return Ok(());
    }
    let what = format!("{host:?} is no address of Autotask");
    Err(PsaError::new(PsaErrorKind::Protocol, OPERATION, what))
}

impl Zone {
    /// The address of a call.
    pub(super) fn call(&self, operation: &'static str, path: &str) -> Result<Url, PsaError> {
        self.api.join(path).map_err(|error| {
            PsaError::new(PsaErrorKind::Protocol, operation, "The address is not valid").with_source(error)
        })
    }

    /// The next page of a list, whose address comes from an answer: only where this page came from.
    pub(super) fn next_page(&self, operation: &'static str, address: &str) -> Result<Url, PsaError> {
        let url = Url::parse(address).ok().filter(|url| {
            let here = self.api.path().to_ascii_lowercase();
            let plain = url.username().is_empty() && url.password().is_none();
            plain && url.origin() == self.api.origin() && url.path().to_ascii_lowercase().starts_with(&here)
        });
        url.ok_or_else(|| {
            let what = "The next page lies outside the zone: not asked for";
            PsaError::new(PsaErrorKind::Protocol, operation, what)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderMap, StatusCode};

    fn reply(status: u16, body: &str) -> Reply {
        Reply {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: body.to_owned().into(),
        }
    }

    fn zone(url: &str, web: &str) -> Result<Zone, PsaErrorKind> {
        let body =
            serde_json::json!({ "zoneName": "America East", "url": url, "webUrl": web, "ci": 123_456 });
        read(&reply(200, &body.to_string()), &EgressPolicy::public_only())
            .map_err(|error| error.kind().clone())
    }

    #[test]
    fn a_zone_is_read_as_autotask_writes_it() {
        let zone =
            zone("https://webservices3.autotask.net/ATServicesRest/", "https://ww3.autotask.net/").unwrap();
        assert_eq!(zone.api.as_str(), "https://webservices3.autotask.net/ATServicesRest/V1.0/");
        assert_eq!(zone.web.as_deref(), Some("https://ww3.autotask.net"));
        assert_eq!(zone.database, 123_456);
        let call = zone.call("test", "Tickets/query").unwrap();
        assert_eq!(call.as_str(), "https://webservices3.autotask.net/ATServicesRest/V1.0/Tickets/query");
    }

    #[test]
    fn credentials_go_to_autotask_alone() {
        let web = "https://ww3.autotask.net/";
        for url in [
            "https://webservices3.example.org/ATServicesRest/",
            "https://autotask.net.example.org/ATServicesRest/",
            "https://evilautotask.net/ATServicesRest/",
            "http://webservices3.autotask.net/ATServicesRest/",
            "https://webservices3.autotask.net:8443/ATServicesRest/",
            "http://127.0.0.1:9/ATServicesRest/",
            "nonsense",
        ] {
            assert_eq!(zone(url, web), Err(PsaErrorKind::Protocol), "{url}");
        }
        let strange = zone("https://prde.autotask.net/ATServicesRest/", "javascript:alert(1)").unwrap();
        assert_eq!(strange.web, None);
    }

    #[test]
    fn an_unknown_user_is_told_from_trouble() {
        for (status, body, kind) in [
            (
                500,
                r#"{"errors":["Zone information could not be determined"]}"#,
                PsaErrorKind::InvalidCredentials,
            ),
            (500, r#"{"errors":["Something else"]}"#, PsaErrorKind::Unavailable),
            (500, "", PsaErrorKind::Unavailable),
            (503, "<html>", PsaErrorKind::Unavailable),
            (200, "<html>Maintenance</html>", PsaErrorKind::Unavailable),
            (200, "{}", PsaErrorKind::Protocol),
            (404, "", PsaErrorKind::Protocol),
        ] {
            let error = read(&reply(status, body), &EgressPolicy::public_only()).unwrap_err();
            assert_eq!(*error.kind(), kind, "{status} {body}");
        }
    }

    #[test]
    fn the_next_page_lies_where_this_one_came_from() {
        let zone = zone("https://webservices3.autotask.net/ATServicesRest/", "").unwrap();
        let next = |address: &str| zone.next_page("test", address).is_ok();
        assert!(next(
            "https://webservices3.autotask.net/atservicesrest/v1.0/Tickets/query/next?paging=%7b%22nextIds%22%3a%5b7%5d%7d"
        ));
        for elsewhere in [
            "https://webservices4.autotask.net/ATServicesRest/V1.0/Tickets/query/next",
            "https://webservices3.autotask.net.example.org/ATServicesRest/V1.0/Tickets/query/next",
            "https://x@webservices3.autotask.net/ATServicesRest/V1.0/Tickets/query/next",
            "http://webservices3.autotask.net/ATServicesRest/V1.0/Tickets/query/next",
            "https://webservices3.autotask.net/elsewhere",
            "/ATServicesRest/V1.0/Tickets/query/next",
            "",
        ] {
            assert!(!next(elsewhere), "{elsewhere}");
        }
    }
}
