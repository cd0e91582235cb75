//! Why an event has a ticket, has none yet, or will have none: typed, so that it can be counted, filtered and put in
//! words in every language (`locales/*/reasons.ftl`).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)*) => {
        /// A reason that a partner or an operator can read.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum Reason {
            $($(#[$doc])* $name,)*
        }

        impl Reason {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable code, as in JSON.
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }

            /// The reason of that code.
            pub fn from_code(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|reason| reason.code() == code)
            }
        }
    };
}

reasons! {
    /// The partner has connected no PSA.
    NoConnection = "no_connection",
    /// The organisation is not mapped to a client.
    Unmapped = "unmapped",
    /// The flow of the mapping is off.
    FlowOff = "flow_off",
    /// The set-up of the connection has not been confirmed.
    NotConfirmed = "not_confirmed",
    /// The event named this partner, and the registry does not.
    NotInChain = "not_in_chain",
    /// The event named other partners than the registry; it reaches those that both name.
    ChainDisagrees = "chain_disagrees",
    /// 48 hours went by without a mapping.
    LeftWindowUnrouted = "left_window_unrouted",
    /// The PSA refuses this ticket while it takes others.
    PsaRefused = "psa_refused",
    /// The PSA fails over this ticket while it answers otherwise.
    PsaFailed = "psa_failed",
    /// The mapped client is gone from the PSA, or inactive.
    ClientMissing = "client_missing",
    /// The connection was revoked.
    ConnectionRevoked = "connection_revoked",
    /// The connection is paused by a person.
    Paused = "paused",
    /// The PSA does not accept the credentials.
    SuspendedCredentials = "suspended_credentials",
    /// The API user lost a permission.
    SuspendedPermission = "suspended_permission",
    /// The PSA cannot be reached or is in maintenance.
    SuspendedUnavailable = "suspended_unavailable",
    /// The request budget is spent.
    SuspendedBudget = "suspended_budget",
    /// The ticket settings were reset.
    SettingsMissing = "settings_missing",
    /// It is about to be worked.
    WaitingTurn = "waiting_turn",
    /// A reply of the PSA was lost; whether the ticket is there is being found out.
    OutcomeUnknown = "outcome_unknown",
    /// The time that records are kept for ended.
    RetentionReached = "retention_reached",
    /// Carries a seat count, which makes no ticket.
    SeatCount = "seat_count",
    /// A ticket was made.
    TicketCreated = "ticket_created",
    /// The ticket was there already after a lost reply.
    TicketFound = "ticket_found",
    /// It happened again: a note on the open ticket.
    NoteAdded = "note_added",
    /// It is over: noted, and the ticket closed.
    TicketResolved = "ticket_resolved",
    /// It is over: noted, and the ticket left to whoever works on it.
    ResolveNoted = "resolve_noted",
    /// It is back: noted, and the ticket opened again.
    TicketReopened = "ticket_reopened",
    /// So many problems at once that one ticket stands for them.
    RolledUp = "rolled_up",
    /// A failure that came after its own recovery.
    AlreadyResolved = "already_resolved",
    /// A failure and its recovery that both waited.
    ResolvedWhileWaiting = "resolved_while_waiting",
    /// A recovery without an open ticket.
    NothingToResolve = "nothing_to_resolve",
    /// A recovery that is older than the latest failure.
    Superseded = "superseded",
    /// A recovery, of which the settings want nothing made.
    ResolveIgnored = "resolve_ignored",
    /// The PSA refuses notes on the ticket of the problem, and a new ticket was made for that before.
    NoteRefused = "note_refused",
    /// A person asked for another try.
    RetriedByPerson = "retried_by_person",
    /// The pipeline sent the same event again.
    Duplicate = "duplicate",
}

impl Reason {
    /// Whether a delivery that ended so can be tried again by hand.
    pub fn is_retryable(self) -> bool {
        matches!(self, Self::PsaRefused | Self::PsaFailed | Self::ClientMissing | Self::NoteRefused)
    }
}
