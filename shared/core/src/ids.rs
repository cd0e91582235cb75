//! Ids that don't mix. Those that the bridge makes have a prefix; those that others make are taken as they are.

use data_encoding::{BASE32_NOPAD, Encoding, Specification};
use jiff::Timestamp;
use psa_connector::{Random, Reference};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{fmt, str::FromStr, sync::LazyLock};
use thiserror::Error;
use utoipa::ToSchema;

/// Longest id that is taken from outside, in bytes.
pub const MAX_EXTERNAL_ID: usize = 256;

/// Why a text is not an id.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum IdError {
    /// Nothing in it.
    #[error("must not be empty")]
    Empty,
    /// More than [`MAX_EXTERNAL_ID`] bytes.
    #[error("must be at most {MAX_EXTERNAL_ID} bytes long")]
    TooLong,
    /// Control characters, or white space at an end.
    #[error("must not contain control characters, nor begin or end with a space")]
    Characters,
    /// Not an id of this kind.
    #[error("must look like {0}…")]
    Prefix(&'static str),
}

fn checked(text: &str) -> Result<(), IdError> {
    if text.is_empty() {
        return Err(IdError::Empty);
    }
    if text.len() > MAX_EXTERNAL_ID {
        return Err(IdError::TooLong);
    }
    if text.trim() != text || text.chars().any(char::is_control) {
        return Err(IdError::Characters);
    }
    Ok(())
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schema(value_type = String)]
        pub struct $name(String);

        impl $name {
            /// What every such id begins with.
            pub const PREFIX: &'static str = $prefix;

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                checked(text)?;
                if !text.starts_with($prefix) {
                    return Err(IdError::Prefix($prefix));
                }
                Ok(Self(text.to_owned()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(
    /// An MSP of any tier, by the vendor's id. Comes from the token alone.
    PartnerId, ""
);
id!(
    /// A customer of a partner, by the vendor's id.
    OrganizationId, ""
);
id!(
    /// A partner's link to one tenant of one PSA.
    ConnectionId, "con_"
);
id!(
    /// An event, derived from its source and id, so that the same event always has the same.
    EventId, "evt_"
);
id!(
    /// Something that takes longer than an answer may.
    OperationId, "op_"
);
id!(
    /// Something to tell, derived from what it is about, so that it is told once.
    NoticeId, "ntc_"
);

id!(
    /// Input that was no event, by the store's id of it.
    RejectedId, "rej_"
);

static LOWER_BASE32: LazyLock<Encoding> = LazyLock::new(|| {
    let mut specification = Specification::new();
    specification.symbols.push_str("abcdefghijklmnopqrstuvwxyz234567");
    specification.encoding().unwrap_or(BASE32_NOPAD)
});

fn random_id(prefix: &str, random: &dyn Random) -> String {
    let mut bytes = [0; 15];
    random.fill(&mut bytes);
    format!("{prefix}{}", LOWER_BASE32.encode(&bytes))
}

/// Hashes parts so that no two different lists of parts give the same input.
fn digest(parts: &[&str]) -> [u8; 15] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let mut short = [0; 15];
    short.copy_from_slice(&hash.finalize()[..15]);
    short
}

impl ConnectionId {
    /// A new one.
    pub fn random(random: &dyn Random) -> Self {
        Self(random_id(Self::PREFIX, random))
    }
}

impl OperationId {
    /// A new one.
    pub fn random(random: &dyn Random) -> Self {
        Self(random_id(Self::PREFIX, random))
    }
}

impl NoticeId {
    /// The id of the notice that these parts tell from every other.
    pub fn derive(parts: &[&str]) -> Self {
        Self(format!("{}{}", Self::PREFIX, LOWER_BASE32.encode(&digest(parts))))
    }
}

impl EventId {
    /// The id of the event that `source` calls `id`.
    pub fn derive(source: &str, id: &str) -> Self {
        Self(format!("{}{}", Self::PREFIX, LOWER_BASE32.encode(&digest(&[source, id]))))
    }
}

/// The key that is written onto the ticket of `event` in `connection`: `PSB-` and 24 letters and digits.
pub fn ticket_reference(event: &EventId, connection: &ConnectionId) -> Reference {
    let hash = digest(&["ticket", event.as_str(), connection.as_str()]);
    Reference::new(format!("PSB-{}", BASE32_NOPAD.encode(&hash)))
}

/// The key that is written onto the test ticket of an operation.
pub fn test_reference(operation: &OperationId) -> Reference {
    Reference::new(format!("PSB-{}", BASE32_NOPAD.encode(&digest(&["test", operation.as_str()]))))
}

/// The key that is written into the note on the test ticket of an operation.
pub fn test_note_reference(operation: &OperationId) -> Reference {
    Reference::new(format!("PSB-{}", BASE32_NOPAD.encode(&digest(&["test note", operation.as_str()]))))
}

/// The key that is written into the note about `event` on the ticket of its problem in `connection`.
pub fn note_reference(event: &EventId, connection: &ConnectionId) -> Reference {
    let hash = digest(&["note", event.as_str(), connection.as_str()]);
    Reference::new(format!("PSB-{}", BASE32_NOPAD.encode(&hash)))
}

/// The key that is written onto a ticket that stands for many, and into each note on it; `lead` is the first event that
/// the ticket or note lists. Another request lists others, so each has a key of its own, by when it was recorded:
/// whoever finds the key knows that it is listed there.
pub fn roll_up_reference(lead: &EventId, connection: &ConnectionId, started_at: Timestamp) -> Reference {
    let hash = digest(&["roll-up", lead.as_str(), connection.as_str(), &started_at.to_string()]);
    Reference::new(format!("PSB-{}", BASE32_NOPAD.encode(&hash)))
}

/// What events share that are about the same thing of the same organisation, whichever client that is in a PSA.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Topic(String);

impl Topic {
    /// The topic of a problem of an account, or of the event's own `dedup_key`.
    pub fn new(
        organization: &OrganizationId,
        problem: &str,
        account: Option<&str>,
        dedup_key: Option<&str>,
    ) -> Self {
        let hash = match dedup_key {
            Some(key) => digest(&["dedup", organization.as_str(), key]),
            None => digest(&["problem", organization.as_str(), problem, account.unwrap_or_default()]),
        };
        Self(LOWER_BASE32.encode(&hash))
    }

    /// The topic as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What deliveries share that are about the same thing in the same PSA: connection, client, problem and account, or
/// the event's own `dedup_key` in place of the last two.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// The fingerprint of a problem of an account of a client.
    pub fn new(client: &str, problem: &str, account: Option<&str>, dedup_key: Option<&str>) -> Self {
        let hash = match dedup_key {
            Some(key) => digest(&["dedup", client, key]),
            None => digest(&["problem", client, problem, account.unwrap_or_default()]),
        };
        Self(LOWER_BASE32.encode(&hash))
    }

    /// What deliveries share that are listed on one ticket that stands for many.
    pub fn of_roll_up(client: &str, organization: &OrganizationId) -> Self {
        Self(LOWER_BASE32.encode(&digest(&["roll-up", client, organization.as_str()])))
    }

    /// The fingerprint as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
