//! What is said to a PSA and heard from it, in the words that all PSAs share.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use utoipa::ToSchema;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Wraps an id as the PSA writes it.
            pub fn new(id: impl Into<String>) -> Self {
                Self(id.into())
            }
            /// The id as the PSA writes it.
            pub fn as_str(&self) -> &str {
                &self.0
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
    /// A client (HaloPSA) or company (Autotask) of the partner, by the PSA's id.
    ClientId
);
id!(
    /// A ticket by the PSA's id.
    TicketId
);
id!(
    /// A note or action on a ticket, by the PSA's id.
    NoteId
);
id!(
    /// A software licence by the PSA's id.
    LicenseId
);
id!(
    /// The caller's own key for one ticket or note, written onto it so that it can be found again after a lost reply.
    /// At most 50 ASCII letters, digits and `-`, the narrowest field that any PSA offers for it.
    Reference
);

/// Which PSA a connector speaks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum PsaKind {
    /// HaloPSA, and HaloITSM, which speaks the same API.
    HaloPsa,
    /// Autotask PSA.
    Autotask,
}

impl PsaKind {
    /// The name as its makers write it.
    pub fn display_name(self) -> &'static str {
        match self {
            Self::HaloPsa => "HaloPSA",
            Self::Autotask => "Autotask",
        }
    }
}

/// Which tenant of the PSA the credentials belong to. Two connections with equal identities are the same database.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub struct TenantIdentity {
    /// Which PSA.
    pub psa: PsaKind,
    /// Stable key of the tenant's database, e.g. resource server and tenant id for HaloPSA.
    pub key: String,
    /// What a person calls it, e.g. the host name.
    pub name: String,
}

/// One page of a list and how to get the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The items of this page.
    pub items: Vec<T>,
    /// Opaque position of the next page; none after the last.
    pub next: Option<String>,
}

/// A client of the partner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Client {
    /// The PSA's id.
    pub id: ClientId,
    /// The name as shown in the PSA.
    pub name: String,
    /// Whether tickets can still be logged for it.
    pub active: bool,
}

/// A software licence or subscription of a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct License {
    /// The PSA's id.
    pub id: LicenseId,
    /// The name as shown in the PSA.
    pub name: String,
    /// The seat count the PSA holds.
    pub count: i64,
    /// Whether it is active.
    pub active: bool,
}

/// Formatted text, rendered by each connector into what its PSA shows (HTML, plain text). Nothing in it is markup.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// In reading order.
    pub blocks: Vec<TextBlock>,
}

/// A block of [`Text`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TextBlock {
    /// A short heading.
    Heading(String),
    /// Running text; line feeds are kept.
    Paragraph(String),
    /// Label and value, one pair a line.
    Facts(Vec<(String, String)>),
    /// A link with its label. Only `https` addresses become clickable.
    Link {
        /// What the reader sees.
        label: String,
        /// Where it leads.
        url: String,
    },
}

/// A ticket to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewTicket {
    /// For whom.
    pub client: ClientId,
    /// The caller's key.
    pub reference: Reference,
    /// One line; connectors cut it at their PSA's limit.
    pub title: String,
    /// What happened. The connector adds the reference as a last line.
    pub description: Text,
    /// Values of the form's section `create`, by field id.
    pub fields: crate::FieldValues,
}

/// A note to be added to a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewNote {
    /// The caller's key, written into the note.
    pub reference: Reference,
    /// What the note says.
    pub text: Text,
    /// Values of the form's section `note`, by field id (for HaloPSA the outcome).
    pub fields: crate::FieldValues,
}

/// A ticket as the PSA has it now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// The PSA's id.
    pub id: TicketId,
    /// What people call it, where the PSA says: of HaloPSA the id, of Autotask a number of its own
    /// (`T20260604.0002`), which a create does not answer.
    pub number: Option<String>,
    /// The client it is logged for, where the PSA says.
    pub client: Option<ClientId>,
    /// The caller's key, where the ticket carries one.
    pub reference: Option<Reference>,
    /// One line.
    pub title: String,
    /// Open, closed, merged or gone.
    pub state: TicketState,
    /// The PSA's status id.
    pub status: Option<i64>,
    /// When the PSA says that it was made.
    pub created_at: Option<Timestamp>,
}

impl Ticket {
    /// A ticket that is gone, of which nothing but its id is known.
    pub fn deleted(id: TicketId) -> Self {
        Self {
            id,
            number: None,
            client: None,
            reference: None,
            title: String::new(),
            state: TicketState::Deleted,
            status: None,
            created_at: None,
        }
    }
}

/// Where a ticket is in its life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TicketState {
    /// It can be worked on.
    Open,
    /// It is done.
    Closed,
    /// Its story goes on in another ticket.
    Merged(TicketId),
    /// It is deleted.
    Deleted,
}

/// Whether anybody but the API user has worked on a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Touched {
    /// Nobody but the API user.
    Nobody,
    /// A person.
    Person,
    /// The PSA does not say; treat it as touched.
    Unknown,
}
