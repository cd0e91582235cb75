//! The registry of organisations: the authority on which partners own which.

use crate::ids::{OrganizationId, PartnerId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A customer of a partner, the thing that is backed up or watched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Organization {
    /// The vendor's id.
    pub id: OrganizationId,
    /// What a person calls it.
    pub name: Option<String>,
    /// The partners that own it, top tier first.
    pub chain: Vec<PartnerId>,
    /// Who said so. What the registry says is never overwritten by an event.
    pub registered_by: RegisteredBy,
    /// When it was last said.
    pub updated_at: Timestamp,
}

/// Who registered an organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RegisteredBy {
    /// The vendor, by `PUT /v1/organizations/{id}`.
    Registry,
    /// An event of an organisation that was not known.
    Event,
}
