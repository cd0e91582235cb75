//! The event catalogue: the event types that PSA Bridge can explain, and all the words that a partner's technicians read.
//!
//! The words live in Fluent files, `locales/{en,de,fr}/*.ftl`, so that they are edited and translated without touching
//! code. An event type outside the catalogue passes through with the words that its pipeline gives.

mod clean;
mod entry;
mod explanation;
mod language;
mod mail;
mod note;
mod reason_text;
mod setup_text;
mod test_ticket;
mod texts;
mod ticket;
mod timeline_text;

pub use entry::{Action, CatalogueEntry, entries, entry, problem};
pub use explanation::{Explanation, explanation};
pub use language::{Language, UnknownLanguage};
pub use mail::{MailInput, mail};
pub use note::{
    RollUpLine, relapse_note, repeat_note, resolve_note, roll_up_note, roll_up_text, roll_up_title,
};
pub use reason_text::reason_text;
pub use setup_text::setup_text;
pub use test_ticket::{test_ticket_text, test_ticket_title};
pub use ticket::{TicketInput, ticket_text, ticket_title};
pub use timeline_text::{timeline_text, waits_behind_text};
