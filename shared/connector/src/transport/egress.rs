//! Where requests may go. The addresses come from partners, so each is judged before anything is sent to it: the URL
//! when the request is made, and every address that its name resolves to when the connection is made. Nothing is
//! followed or resolved behind this policy's back.

use super::address::is_public;
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use thiserror::Error;
use url::{Host, Url};

/// Where requests may go: `https` to the public internet, and whatever the operator of the bridge listed besides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EgressPolicy {
    /// Host and port, lower case, IPv6 without brackets.
    origins: BTreeSet<(String, u16)>,
    loopback: bool,
}

/// Why a request may not go there. Holds no more of the URL than its host, since URLs can hold secrets.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum EgressDenied {
    /// Only `https` is spoken, except to listed origins.
    #[error("only https is allowed, not {0}")]
    Scheme(String),
    /// A URL with a user name or password in it.
    #[error("a user name or password in the address is not allowed")]
    UserInfo,
    /// A URL without a host.
    #[error("the address has no host")]
    NoHost,
    /// The host has, or resolves to, an address that is not on the public internet.
    #[error("{host} is not on the public internet")]
    NotPublic {
        /// The host as written. The address behind it is not told: that would make us a scanner of our own network.
        host: String,
    },
    /// The host is listed with other ports alone.
    #[error("this port of {host} is not allowed")]
    Port {
        /// The host as written.
        host: String,
    },
    /// What was to be listed is no `host:port`.
    #[error("{0:?} is not host:port")]
    NotAnOrigin(String),
}

impl EgressPolicy {
    /// `https` to the public internet alone. The default.
    pub fn public_only() -> Self {
        Self::default()
    }

    /// Also allows `host:port` (IPv6 in brackets), with `http` or `https`, wherever it resolves to. For simulators.
    pub fn allow_origin(mut self, origin: &str) -> Result<Self, EgressDenied> {
        let malformed = || EgressDenied::NotAnOrigin(origin.to_owned());
        let (_, port) = origin.rsplit_once(':').ok_or_else(malformed)?;
        let port = port.parse().map_err(|_| malformed())?;
        let url = Url::parse(&format!("http://{origin}/")).map_err(|_| malformed())?;
        let bare = url.path() == "/" && url.query().is_none() && url.username().is_empty();
        let host = url.host().filter(|_| bare).ok_or_else(malformed)?;
        self.origins.insert((plain(&host), port));
        Ok(self)
    }

    /// Also allows `http` and `https` to any port of this machine's loopback. For tests and simulators.
    #[must_use]
    pub fn allow_loopback(mut self) -> Self {
        self.loopback = true;
        self
    }

    /// Whether a request may be sent to `url`, as far as the URL itself tells.
    pub fn check(&self, url: &Url) -> Result<(), EgressDenied> {
        if !url.username().is_empty() || url.password().is_some() {
            return Err(EgressDenied::UserInfo);
        }
        let host = url.host().ok_or(EgressDenied::NoHost)?;
        let name = plain(&host);
        let listed = self.lists(url);
        match url.scheme() {
            "https" => {}
            "http" if listed => {}
            scheme => return Err(EgressDenied::Scheme(scheme.to_owned())),
        }
        if listed {
            return Ok(());
        }
        // The resolver knows names without ports, so a listed name is allowed on its listed ports alone.
        if self.is_listed_name(&name) {
            return Err(EgressDenied::Port { host: name });
        }
        match host {
            Host::Ipv4(v4) => self.check_address(&name, IpAddr::V4(v4)),
            Host::Ipv6(v6) => self.check_address(&name, IpAddr::V6(v6)),
            Host::Domain(_) => Ok(()),
        }
    }

    /// Whether `url` is on a host that the operator listed. Connectors that speak to one domain alone let it pass.
    pub fn lists(&self, url: &Url) -> bool {
        let Some(host) = url.host() else { return false };
        let port = url.port_or_known_default().unwrap_or(0);
        self.origins.contains(&(plain(&host), port)) || (self.loopback && is_loopback(&host))
    }

    /// Whether a connection may be made to `address`, which is one of those that `host` resolves to.
    pub fn check_address(&self, host: &str, address: IpAddr) -> Result<(), EgressDenied> {
        let listed = self.is_listed_name(&host.to_ascii_lowercase());
        let own = self.loopback && is_local_name(host) && address.is_loopback();
        if listed || own || is_public(address) {
            Ok(())
        } else {
            Err(EgressDenied::NotPublic { host: host.to_owned() })
        }
    }

    fn is_listed_name(&self, name: &str) -> bool {
        self.origins.iter().any(|(host, _)| host == name)
    }
}

fn plain(host: &Host<&str>) -> String {
    match host {
        Host::Domain(name) => name.trim_end_matches('.').to_ascii_lowercase(),
        Host::Ipv4(v4) => v4.to_string(),
        Host::Ipv6(v6) => v6.to_string(),
    }
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => is_local_name(name),
        Host::Ipv4(v4) => Ipv4Addr::is_loopback(v4),
        Host::Ipv6(v6) => Ipv6Addr::is_loopback(v6),
    }
}

fn is_local_name(name: &str) -> bool {
    name.trim_end_matches('.').eq_ignore_ascii_case("localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(policy: &EgressPolicy, url: &str) -> Result<(), EgressDenied> {
        policy.check(&Url::parse(url).unwrap())
    }

    #[test]
    fn https_to_public_names_and_addresses_is_allowed() {
        let policy = EgressPolicy::public_only();
        for url in [
            "https://acme.halopsa.com/api",
            "https://halo.example.org:8443/",
            "https://8.8.8.8/",
            "https://[2606:4700::1111]/",
        ] {
            assert_eq!(check(&policy, url), Ok(()), "{url}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        let policy = EgressPolicy::public_only();
        for url in [
            "http://acme.halopsa.com/",
            "ftp://acme.halopsa.com/",
            "file:///etc/passwd",
            "https://user@acme.halopsa.com/",
            "https://user:secret@acme.halopsa.com/",
            "https://:secret@acme.halopsa.com/",
            "https://127.0.0.1/",
            "https://127.1/",
            "https://0x7f000001/",
            "https://2130706433/",
            "https://0177.0.0.1/",
            "https://169.254.169.254/latest/meta-data",
            "https://10.0.0.1:8443/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[64:ff9b::a9fe:a9fe]/",
            "https://[fd00:ec2::254]/",
        ] {
            assert!(check(&policy, url).is_err(), "{url}");
        }
    }

    #[test]
    fn a_listed_origin_is_allowed_on_its_port_alone() {
        let policy = EgressPolicy::public_only().allow_origin("psa-sim:8090").unwrap();
        assert_eq!(check(&policy, "http://psa-sim:8090/api"), Ok(()));
        assert_eq!(check(&policy, "https://PSA-SIM:8090/api"), Ok(()));
        assert!(matches!(check(&policy, "https://psa-sim/"), Err(EgressDenied::Port { .. })));
        assert!(matches!(check(&policy, "http://psa-sim:8091/"), Err(EgressDenied::Scheme(_))));
        assert!(check(&policy, "http://127.0.0.1:8090/").is_err());
        assert_eq!(policy.check_address("psa-sim", "172.18.0.2".parse().unwrap()), Ok(()));
        assert!(policy.check_address("elsewhere", "172.18.0.2".parse().unwrap()).is_err());
    }

    #[test]
    fn loopback_is_allowed_only_where_asked_for() {
        let policy = EgressPolicy::public_only().allow_loopback();
        for url in ["http://127.0.0.1:9/", "http://localhost:9/", "http://[::1]:9/", "https://localhost/"] {
            assert_eq!(check(&policy, url), Ok(()), "{url}");
        }
        assert_eq!(policy.check_address("localhost", "127.0.0.1".parse().unwrap()), Ok(()));
        assert!(policy.check_address("localhost", "10.0.0.1".parse().unwrap()).is_err());
        // A partner's name that points at this machine.
        assert!(policy.check_address("rebind.example.org", "127.0.0.1".parse().unwrap()).is_err());
        assert!(check(&policy, "http://10.0.0.1/").is_err());
    }

    #[test]
    fn only_host_and_port_can_be_listed() {
        for origin in ["", "sim", "sim:", "sim:x", "http://sim:80", "sim:80/path", "user@sim:80", "sim:99999"]
        {
            assert!(EgressPolicy::public_only().allow_origin(origin).is_err(), "{origin:?}");
        }
        let policy = EgressPolicy::public_only().allow_origin("[fd00::1]:8080").unwrap();
        assert_eq!(check(&policy, "http://[fd00::1]:8080/"), Ok(()));
    }
}
