//! What a deployment decides about Autotask, the same for all partners.

use super::memory::AutotaskMemory;
use secrecy::SecretString;

/// Any numbered host of Autotask tells every tenant's zone; this one has no number.
const AUTOTASK: &str = "https://webservices.autotask.net/atservicesrest";

/// What Autotask needs besides a partner's credentials.
#[derive(Clone, Debug)]
pub struct AutotaskOptions {
    /// The tracking identifier that Autotask gave the vendor. A partner's own one (of an API user with the vendor
    /// "Custom (Internal Integration)") goes before it.
    pub integration_code: Option<SecretString>,
    /// Where tenants' zones are asked for, without the version. Other than Autotask's own only for simulators, whose
    /// origins the egress policy must allow.
    pub url: String,
    /// What is known of tenants and credentials. Connectors that are opened with clones of the same options share it.
    pub memory: AutotaskMemory,
}

impl Default for AutotaskOptions {
    fn default() -> Self {
        Self { integration_code: None, url: AUTOTASK.to_owned(), memory: AutotaskMemory::default() }
    }
}
