//! The PSAs on offer: what each needs to be connected, how a partner sets it up, and how a connector is opened. Whoever
//! shows a form or stores credentials needs no knowledge of any one PSA.

pub use crate::autotask::{AutotaskMemory, AutotaskOptions};

use crate::{Capabilities, PsaConnector, PsaKind, Transport, autotask, halopsa};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use utoipa::ToSchema;

/// A PSA on offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Integration {
    /// Which.
    pub psa: PsaKind,
    /// What its makers call it.
    pub name: String,
    /// What a partner enters to connect it, in order.
    pub credential_fields: Vec<CredentialField>,
    /// What a partner does in the PSA before, in order.
    pub guide: Vec<GuideStep>,
    /// What it can do.
    pub capabilities: Capabilities,
}

/// One input of the connect form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CredentialField {
    /// The key in [`Credentials`].
    pub id: String,
    /// What a person calls it.
    pub label: String,
    /// Whether it is never shown again once entered.
    pub secret: bool,
    /// Whether a connection needs it.
    pub required: bool,
    /// Where to find it.
    pub help: String,
}

/// One step of the set-up guide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GuideStep {
    /// A stable name, for translations.
    pub id: String,
    /// One line.
    pub title: String,
    /// What to do; line feeds separate the actions.
    pub text: String,
}

/// What a partner entered, by field id. `Debug` shows the ids alone, and there is deliberately no `Serialize`.
#[derive(Clone, Default, Deserialize)]
#[serde(from = "BTreeMap<String, String>")]
pub struct Credentials(BTreeMap<String, SecretString>);

impl Credentials {
    /// No credentials yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// With one value more.
    #[must_use]
    pub fn with(mut self, field: impl Into<String>, value: impl Into<SecretString>) -> Self {
        self.0.insert(field.into(), value.into());
        self
    }

    /// The value of a field.
    pub fn get(&self, field: &str) -> Option<&SecretString> {
        self.0.get(field)
    }

    /// The fields that have a value.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Every value in the clear, for a vault to encrypt and store. The only way out; [`From`] is the way back.
    pub fn expose(&self) -> BTreeMap<String, String> {
        self.0.iter().map(|(field, value)| (field.clone(), value.expose_secret().to_owned())).collect()
    }
}

impl From<BTreeMap<String, String>> for Credentials {
    fn from(values: BTreeMap<String, String>) -> Self {
        Self(values.into_iter().map(|(field, value)| (field, value.into())).collect())
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.0.keys().map(|field| (field, "[redacted]"))).finish()
    }
}

/// Something wrong with an entered field, found without asking the PSA.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CredentialProblem {
    /// The field.
    pub field: String,
    /// A stable code: `required`, `unknown_field`, `not_a_url`, `address_not_allowed`, `wrong_address`, `malformed`.
    pub code: String,
    /// What to do.
    pub message: String,
}

impl CredentialProblem {
    pub(crate) fn new(field: &str, code: &str, message: impl Into<String>) -> Self {
        Self { field: field.to_owned(), code: code.to_owned(), message: message.into() }
    }
}

/// How connectors behave, the same for all connections.
#[derive(Clone, Debug)]
pub struct ConnectorOptions {
    /// In place of the PSA's own settle time (see [`Capabilities::settle_time`]).
    pub settle_time: Option<Duration>,
    /// Items asked for per page of a list; PSAs may give fewer.
    pub page_size: u32,
    /// What Autotask needs besides a partner's credentials.
    pub autotask: AutotaskOptions,
}

impl Default for ConnectorOptions {
    fn default() -> Self {
        // Most that any of the PSAs gives; each connector asks for no more than its own.
        Self { settle_time: None, page_size: 500, autotask: AutotaskOptions::default() }
    }
}

/// Every PSA on offer.
pub fn integrations() -> Vec<Integration> {
    vec![halopsa::integration(), autotask::integration()]
}

/// A connector for one tenant. Sends nothing yet.
///
/// # Errors
/// Everything that is wrong with the credentials on their face, field by field.
pub fn open(
    psa: PsaKind,
    credentials: &Credentials,
    transport: &Transport,
    options: &ConnectorOptions,
) -> Result<Arc<dyn PsaConnector>, Vec<CredentialProblem>> {
    match psa {
        PsaKind::HaloPsa => {
            let connector = halopsa::HaloPsa::open(credentials, transport, options)?;
            Ok(Arc::new(connector))
        }
        PsaKind::Autotask => {
            let connector = autotask::Autotask::open(credentials, transport, options)?;
            Ok(Arc::new(connector))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_show_no_value() {
        let credentials = Credentials::new().with("client_id", "visible?").with("client_secret", "hunter2");
        let shown = format!("{credentials:?}");
        assert!(
            shown.contains("client_secret") && !shown.contains("hunter2") && !shown.contains("visible"),
            "{shown}"
        );
    }

    #[test]
    fn credentials_survive_a_vault() {
        let stored = Credentials::new().with("client_secret", "hunter2").expose();
        let back = Credentials::from(stored);
        assert_eq!(back.get("client_secret").map(ExposeSecret::expose_secret), Some("hunter2"));
        assert_eq!(back.fields().collect::<Vec<_>>(), ["client_secret"]);
    }

    #[test]
    fn every_integration_says_what_it_needs() {
        for integration in integrations() {
            assert!(!integration.guide.is_empty(), "{} has a guide", integration.name);
            assert!(integration.credential_fields.iter().any(|field| field.secret && field.required));
        }
    }
}
