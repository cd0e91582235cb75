//! Connectors to PSAs (professional services automation: tickets, clients, licences).
//!
//! One trait, [`PsaConnector`], and one module a PSA. The crate knows PSAs and nothing of partners, events or storage,
//! so it is of use by itself. What a PSA can do is declared in [`Capabilities`]; what went wrong is a [`PsaError`] that
//! says whether the request took effect, which is the question that decides whether it may be sent again.

mod autotask;
pub mod check;
pub mod clock;
#[cfg(feature = "conformance")]
pub mod conformance;
mod connector;
mod error;
pub mod form;
mod gate;
mod halopsa;
pub mod integrations;
mod lenient;
mod plain_text;
mod seats;
pub mod transport;
mod types;

pub use check::{CheckCode, CheckLine, CheckReport, CheckStatus};
pub use clock::{Clock, Random, SystemClock, SystemRandom};
pub use connector::{Capabilities, PsaConnector};
pub use error::{PsaError, PsaErrorKind};
pub use form::{
    FieldKind, FieldOption, FieldProblem, FieldValue, FieldValues, FormField, FormSection, SectionName,
    TicketForm,
};
pub use gate::{GateClosed, OpenGate, RequestGate, RequestKind};
pub use integrations::{
    AutotaskMemory, AutotaskOptions, ConnectorOptions, CredentialProblem, Credentials, Integration,
    integrations, open,
};
pub use seats::{
    LicenseDraft, LicenseRecord, LicenseRef, SeatBasis, SeatChange, SeatCount, SeatWrite, WriteStyle,
};
pub use transport::{EgressPolicy, Transport, TransportOptions};
pub use types::{
    Client, ClientId, License, LicenseId, NewNote, NewTicket, NoteId, Page, PsaKind, Reference,
    TenantIdentity, Text, TextBlock, Ticket, TicketId, TicketState, Touched,
};
