//! Name resolution under the egress policy: the place where a name that points into our network is caught, at the
//! moment of connecting, so that a name cannot be public when it is checked and private when it is used.

use super::egress::EgressPolicy;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::SocketAddr;

#[derive(Debug)]
pub(super) struct GuardedResolver {
    pub(super) policy: EgressPolicy,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let policy = self.policy.clone();
        Box::pin(async move {
            let host = name.as_str();
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host, 0)).await?.collect();
            // One bad address spoils the name: which of them would be used is nobody's to choose.
            for address in &found {
                policy.check_address(host, address.ip())?;
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}
