//! What every connector promises, as cases that any connector can be held against: a simulator in its tests, or a real
//! tenant by hand. The capabilities choose the cases; a case that does not apply is skipped with its reason.
//!
//! The cases make tickets and notes for one client where [`Subject::writes`] says so, change the seat count that
//! [`Subject::license`] names and set it back, and delete nothing.

mod reading;
mod seats;
mod writing;

use crate::clock::{Clock, Random, SystemClock, SystemRandom};
use crate::{ClientId, FieldValues, LicenseRef, PsaConnector, PsaError, Reference, TicketId};
use std::fmt;
use std::sync::Arc;

/// A connector and what the cases may do with it.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The connector.
    pub connector: Arc<dyn PsaConnector>,
    /// An active client that tickets may be made for.
    pub client: ClientId,
    /// Values for the form's section `create` that this tenant needs.
    pub fields: FieldValues,
    /// Whether tickets may be made, and the seat count of `license` changed.
    pub writes: bool,
    /// What takes seat counts: they are changed, and set back. Without it, seat counts are not tried.
    pub license: Option<LicenseRef>,
    /// Whether a licence may be made for the client, which stays.
    pub makes_licenses: bool,
    /// A client that does not exist.
    pub unknown_client: ClientId,
    /// A ticket that does not exist.
    pub unknown_ticket: TicketId,
    /// The clock that settle times are waited for by.
    pub clock: Arc<dyn Clock>,
}

impl Subject {
    /// A connector whose cases may make tickets for `client`.
    pub fn new(connector: Arc<dyn PsaConnector>, client: ClientId) -> Self {
        Self {
            connector,
            client,
            fields: FieldValues::new(),
            writes: true,
            license: None,
            makes_licenses: false,
            unknown_client: ClientId::new("999999999"),
            unknown_ticket: TicketId::new("999999999"),
            clock: Arc::new(SystemClock),
        }
    }

    /// Looks and makes nothing.
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.writes = false;
        self.makes_licenses = false;
        self
    }
}

/// How every case went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// In the order in which they ran.
    pub cases: Vec<Case>,
}

/// How one case went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The promise.
    pub name: &'static str,
    /// Whether it was kept.
    pub outcome: Outcome,
}

/// Whether a promise was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was.
    Kept,
    /// It was not; the text says what happened instead.
    Broken(String),
    /// It does not apply here, for this reason.
    Skipped(&'static str),
}

impl Report {
    /// Whether no promise was broken.
    pub fn passed(&self) -> bool {
        self.broken().next().is_none()
    }

    /// The cases that were broken.
    pub fn broken(&self) -> impl Iterator<Item = &Case> {
        self.cases.iter().filter(|case| matches!(case.outcome, Outcome::Broken(_)))
    }

    fn add(&mut self, name: &'static str, result: Result<(), Broken>) {
        let outcome = match result {
            Ok(()) => Outcome::Kept,
            Err(Broken(what)) => Outcome::Broken(what),
        };
        self.cases.push(Case { name, outcome });
    }

    fn skip(&mut self, name: &'static str, reason: &'static str) {
        self.cases.push(Case { name, outcome: Outcome::Skipped(reason) });
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Case { name, outcome } in &self.cases {
            match outcome {
                Outcome::Kept => writeln!(f, "kept     {name}")?,
                Outcome::Broken(what) => writeln!(f, "BROKEN   {name}: {what}")?,
                Outcome::Skipped(reason) => writeln!(f, "skipped  {name}: {reason}")?,
            }
        }
        Ok(())
    }
}

/// Runs every case that applies.
pub async fn run(subject: &Subject) -> Report {
    let mut report = Report::default();
    reading::run(subject, &mut report).await;
    writing::run(subject, &mut report).await;
    seats::run(subject, &mut report).await;
    report
}

/// What broke a promise.
#[derive(Debug)]
struct Broken(String);

impl From<PsaError> for Broken {
    fn from(error: PsaError) -> Self {
        let said =
            error.psa_message().map(|message| format!(" (the PSA says: {message})")).unwrap_or_default();
        Self(format!("{error}{said}"))
    }
}

fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), Broken> {
    if holds { Ok(()) } else { Err(Broken(otherwise())) }
}

/// A reference that nothing carries yet.
fn fresh_reference() -> Reference {
    let mut bytes = [0; 12];
    SystemRandom.fill(&mut bytes);
    Reference::new(format!("CT-{}", data_encoding::HEXLOWER.encode(&bytes)))
}
