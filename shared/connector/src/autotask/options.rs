//! What a deployment decides about Autotask, the same for all partners.

use super::zone::Known;
use secrecy::SecretString;
use std::fmt;

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
    /// What is known of the zones. Connectors that are opened with clones of the same options share it.
    pub zones: AutotaskZones,
}

impl Default for AutotaskOptions {
    fn default() -> Self {
        Self { integration_code: None, url: AUTOTASK.to_owned(), zones: AutotaskZones::default() }
    }
}

/// Which tenant lives where, as far as it was asked for. Clones share what they know.
#[derive(Clone, Default)]
pub struct AutotaskZones {
    pub(super) known: Known,
}

/// Leaves out whose zones they are.
impl fmt::Debug for AutotaskZones {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AutotaskZones").finish_non_exhaustive()
    }
}
