//! Opens connectors to the model in place of the network.

use super::{Psas, connector::ModelConnector};
use crate::vault::secret_of;
use psa_bridge_core::connector_factory::OpenConnector;
use psa_connector::{CredentialProblem, Credentials, PsaConnector, PsaKind, RequestGate};
use secrecy::ExposeSecret;
use std::sync::Arc;

/// The field of the credentials that says which tenant.
const TENANT: &str = "tenant";

/// Credentials of an API user of a tenant.
pub fn credentials(tenant: &str, secret: &str) -> Credentials {
    Credentials::new().with(TENANT, tenant.to_owned()).with(crate::vault::SECRET, secret.to_owned())
}

impl OpenConnector for Psas {
    fn open(
        &self,
        psa: PsaKind,
        credentials: &Credentials,
        gate: Arc<dyn RequestGate>,
    ) -> Result<Arc<dyn PsaConnector>, Vec<CredentialProblem>> {
        let tenant = credentials.get(TENANT).map(|tenant| tenant.expose_secret().to_owned());
        Ok(Arc::new(ModelConnector {
            psas: self.clone(),
            psa,
            tenant: tenant.unwrap_or_default(),
            secret: secret_of(credentials),
            gate,
        }))
    }
}
