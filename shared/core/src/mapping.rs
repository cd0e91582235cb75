//! Which client of the PSA an organisation is.

use crate::ids::{ConnectionId, OrganizationId, PartnerId};
use jiff::Timestamp;
use psa_connector::{ClientId, LicenseId, LicenseRef};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Organisation -> PSA client, with its flow switch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Mapping {
    /// In which PSA.
    pub connection: ConnectionId,
    /// Whose connection that is.
    pub partner: PartnerId,
    /// Whose events.
    pub organization: OrganizationId,
    /// Onto which client.
    pub client: ClientId,
    /// The client's name when it was last read.
    pub client_name: String,
    /// The licence that takes the seat count.
    pub license: Option<LicenseId>,
    /// Whether events become tickets.
    pub flow: bool,
    /// Whether the client is still what it was.
    pub health: MappingHealth,
    /// When it was made or last changed.
    pub updated_at: Timestamp,
}

impl Mapping {
    /// Where the organisation's seats stand, where it is mapped onto a licence.
    pub fn license_ref(&self) -> Option<LicenseRef> {
        Some(LicenseRef { client: self.client.clone(), license: self.license.clone()? })
    }
}

/// What became of the mapped client, by its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MappingHealth {
    /// There, active, of the same name.
    Ok,
    /// There under another name.
    Renamed,
    /// There, inactive.
    Inactive,
    /// Not there, or not shown to the API user.
    Missing,
}
