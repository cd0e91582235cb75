//! Users of the API, and what they may do.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::autotask::schema::Entity;

/// How far a right reaches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Right {
    /// Not at all.
    None,
    /// Only for the companies that the user is restricted to. What is out of reach looks as if it did not exist.
    Restricted,
    /// To everything.
    #[default]
    All,
}

/// What a security level allows at an entity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EntityRights {
    /// Seeing.
    pub query: Right,
    /// Adding.
    pub create: Right,
    /// Editing.
    pub update: Right,
}

/// A user of the API.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiUser {
    /// The user name, a key in the shape of an address.
    pub username: String,
    /// The secret.
    pub secret: String,
    /// The tracking identifier of the integration that the user was created for.
    pub integration_code: String,
    /// The resource that it is: who creates its tickets, and can't be assigned to any.
    pub resource: i64,
    /// Whether it may log in.
    pub active: bool,
    /// Whether bad log-ins have locked it.
    pub locked: bool,
    /// Bad log-ins in a row.
    pub bad_log_ins: u32,
    /// What it may do, by entity; everything where nothing is said.
    pub rights: BTreeMap<Entity, EntityRights>,
    /// The companies that restricted rights reach to.
    pub restricted_to: Vec<i64>,
    /// The category of tickets that name none.
    pub default_category: Option<i64>,
}

impl fmt::Debug for ApiUser {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = formatter.debug_struct("ApiUser");
        debug.field("username", &self.username).field("resource", &self.resource);
        debug.field("active", &self.active).field("locked", &self.locked).finish_non_exhaustive()
    }
}

impl ApiUser {
    /// What it may do at an entity.
    pub fn rights_at(&self, entity: Entity) -> EntityRights {
        self.rights.get(&entity).copied().unwrap_or_default()
    }

    /// Gives it other rights at an entity.
    pub fn set_rights(&mut self, entity: Entity, rights: EntityRights) {
        self.rights.insert(entity, rights);
    }
}
