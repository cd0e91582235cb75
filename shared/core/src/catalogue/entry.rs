//! Which event types the catalogue holds, and which of them are about the same problem.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whether an event says that something broke or that it was mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Something broke.
    Trigger,
    /// It was mended.
    Resolve,
}

/// An event type that PSA Bridge can explain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CatalogueEntry {
    /// Its number in the catalogue, from 1.
    pub number: u8,
    /// The event type.
    pub code: &'static str,
    /// What it is about. A failure and its recovery share one.
    pub problem: &'static str,
    /// What an event of this type says unless it says otherwise itself.
    pub action: Action,
}

const MAIN_APP_TOKEN: &str = "auth.main_app_token";

static ENTRIES: [CatalogueEntry; 17] = [
    failure(1, "backup.email.failed"),
    failure(2, "backup.onedrive.unreachable"),
    failure(3, "backup.onedrive.auth_failed"),
    CatalogueEntry {
        number: 4,
        code: "auth.main_app_token.failed",
        problem: MAIN_APP_TOKEN,
        action: Action::Trigger,
    },
    CatalogueEntry {
        number: 5,
        code: "auth.main_app_token.resolved",
        problem: MAIN_APP_TOKEN,
        action: Action::Resolve,
    },
    failure(6, "auth.device_token.failed"),
    failure(7, "auth.delegated_token.failed"),
    failure(8, "backup.tasks.unreachable"),
    failure(9, "backup.tasks.throttled"),
    failure(10, "backup.tasks.auth_failed"),
    failure(11, "backup.contacts.unreachable"),
    failure(12, "backup.contacts.auth_failed"),
    failure(13, "backup.calendar.unreachable"),
    failure(14, "backup.calendar.auth_failed"),
    failure(15, "archive.auth_failed"),
    failure(16, "backup.calendar.api_failed"),
    failure(17, "backup.contacts.api_failed"),
];

/// A failure without a recovery event: its type is its problem.
const fn failure(number: u8, code: &'static str) -> CatalogueEntry {
    CatalogueEntry { number, code, problem: code, action: Action::Trigger }
}

/// The whole catalogue, by number.
pub fn entries() -> &'static [CatalogueEntry] {
    &ENTRIES
}

/// The entry of an event type, where the catalogue holds it.
pub fn entry(event_type: &str) -> Option<&'static CatalogueEntry> {
    ENTRIES.iter().find(|entry| entry.code == event_type)
}

/// What an event type is about. A failure and its recovery share one; a type outside the catalogue is its own.
pub fn problem(event_type: &str) -> &str {
    entry(event_type).map_or(event_type, |entry| entry.problem)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn numbers_run_from_1_to_17_and_codes_are_distinct() {
        let numbers: Vec<u8> = entries().iter().map(|entry| entry.number).collect();
        assert_eq!(numbers, (1..=17).collect::<Vec<u8>>());
        let codes: BTreeSet<&str> = entries().iter().map(|entry| entry.code).collect();
        assert_eq!(codes.len(), 17);
    }

    #[test]
    fn a_failure_and_its_recovery_share_a_problem() {
        let failed = entry("auth.main_app_token.failed").unwrap();
        let resolved = entry("auth.main_app_token.resolved").unwrap();
        assert_eq!((failed.action, resolved.action), (Action::Trigger, Action::Resolve));
        assert_eq!(problem(failed.code), "auth.main_app_token");
        assert_eq!(problem(resolved.code), "auth.main_app_token");
    }

    #[test]
    fn every_other_type_is_its_own_problem() {
        for entry in entries().iter().filter(|entry| entry.problem != MAIN_APP_TOKEN) {
            assert_eq!(problem(entry.code), entry.code);
            assert_eq!(entry.action, Action::Trigger);
        }
    }

    #[test]
    fn a_type_outside_the_catalogue_passes_through() {
        assert_eq!(entry("security.ransomware.detected"), None);
        assert_eq!(problem("security.ransomware.detected"), "security.ransomware.detected");
        assert_eq!(problem(""), "");
    }
}
