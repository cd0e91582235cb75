//! What a failure of the use cases is to the caller.

use psa_bridge_core::{ids::OrganizationId, seats::IllegalSeatChange, usecases::seats::SeatsError};
use psa_bridge_http::Problem;

pub(crate) fn problem(error: SeatsError) -> Problem {
    use SeatsError as E;
    match error {
        E::NoConnection => Problem::not_found("connection"),
        E::NoLine => Problem::not_found("seat count"),
        E::NoLinesOf(organizations) => no_counts_of(&organizations),
        E::Line(illegal) => conflict(illegal),
        E::Conflict(conflict) => conflict.into(),
        E::Psa(error) => error.into(),
        E::Open(error) => error.into(),
        E::Store(error) => error.into(),
    }
}

fn no_counts_of(organizations: &[OrganizationId]) -> Problem {
    let names: Vec<&str> = organizations.iter().map(OrganizationId::as_str).collect();
    Problem::not_found("seat count")
        .with_field("organizations")
        .with_detail(format!("There are no seat counts of: {}. Nothing was done.", names.join(", ")))
        .with_fix(
            "An organisation has counts here once it is mapped and the vendor told one. Map it, or leave it out.",
        )
}

fn conflict(illegal: IllegalSeatChange) -> Problem {
    use IllegalSeatChange as I;
    let (title, fix) = match illegal {
        I::UnderWay | I::NothingUnderWay | I::Overtaken => {
            ("A change of this count is under way", "Wait until it is done, and look again.")
        }
        I::NothingToConfirm => (
            "Nothing waits that can be confirmed",
            "Look at the counts again; `reason` says what else is to be done.",
        ),
        I::CountsChanged => (
            "The counts are no longer those that you saw",
            "Look at the counts again, and confirm what they are now.",
        ),
        I::NothingToUndo => (
            "There is no such change to take back",
            "Look at the history: only the last change can be taken back, only until the vendor tells another count, and only while the organisation is mapped onto the licence on which it was made.",
        ),
    };
    Problem::conflict(illegal.code(), title).with_fix(fix)
}
