//! The line of a timeline in words: what happened to an event, and why.

use super::{Language, reason_text, texts};
use crate::delivery::{Happened, TimelineEntry};
use jiff::Timestamp;

/// In place of what a line should know and does not.
const UNKNOWN: &str = "…";

/// What happened, in words. The PSA's own words, where there are any, stand in [`TimelineEntry::detail`].
pub fn timeline_text(line: &TimelineEntry, language: Language) -> String {
    // Why something ended says more than that it did, and says what to do.
    let why = line.reason.filter(|_| line.what == Happened::Ended);
    why.and_then(|reason| reason_text(reason.code(), language)).unwrap_or_else(|| {
        let detail = line.detail.as_deref().unwrap_or(UNKNOWN);
        texts::message(language, key(line.what), &[("detail", detail)])
    })
}

/// Whose turn it is before that of a waiting delivery: how many come first, or more than that where they were not all
/// counted, and when the next of them happened.
pub fn waits_behind_text(count: usize, is_all: bool, next: Timestamp, language: Language) -> String {
    let key = if is_all { "timeline-waits-behind" } else { "timeline-waits-behind-many" };
    let args = [("count", &*count.to_string()), ("time", &*format!("{next:.0}"))];
    texts::message(language, key, &args)
}

/// The message for what happened.
fn key(what: Happened) -> &'static str {
    match what {
        Happened::Accepted => "timeline-accepted",
        Happened::AttemptStarted => "timeline-attempt_started",
        Happened::TicketCreated => "timeline-ticket_created",
        Happened::TicketFound => "timeline-ticket_found",
        Happened::NoteAdded => "timeline-note_added",
        Happened::NoteFound => "timeline-note_found",
        Happened::NoteRefused => "timeline-note_refused",
        Happened::TicketClosed => "timeline-ticket_closed",
        Happened::TicketLeftOpen => "timeline-ticket_left_open",
        Happened::TicketReopened => "timeline-ticket_reopened",
        Happened::ReopenRefused => "timeline-reopen_refused",
        Happened::RolledUp => "timeline-rolled_up",
        Happened::OutcomeUnknown => "timeline-outcome_unknown",
        Happened::NotFound => "timeline-not_found",
        Happened::LookAgain => "timeline-look_again",
        Happened::TryAgain => "timeline-try_again",
        Happened::Ended => "timeline-ended",
        Happened::Retried => "timeline-retried",
        Happened::Rerouted => "timeline-rerouted",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reason::Reason;
    use std::collections::BTreeSet;
    use utoipa::PartialSchema;

    /// Every value, as the API document lists them.
    fn all() -> Vec<(String, Happened)> {
        let schema = serde_json::to_value(Happened::schema()).unwrap();
        let codes = schema["enum"].as_array().unwrap().iter();
        codes
            .map(|code| (code.as_str().unwrap().to_owned(), serde_json::from_value(code.clone()).unwrap()))
            .collect()
    }

    fn line(what: Happened, reason: Option<Reason>, detail: Option<&str>) -> TimelineEntry {
        let detail = detail.map(str::to_owned);
        TimelineEntry { at: Timestamp::UNIX_EPOCH, what, reason, detail }
    }

    #[test]
    fn the_file_holds_everything_that_happens_and_nothing_else() {
        let messages = texts::tests::keys(Language::En, "timeline.ftl").into_keys();
        let messages: BTreeSet<String> =
            messages.filter(|key| !key.starts_with("timeline-waits-behind")).collect();
        let expected: BTreeSet<String> = all().iter().map(|(code, _)| format!("timeline-{code}")).collect();
        assert_eq!(messages, expected);
        for (code, what) in all() {
            assert_eq!(key(what), format!("timeline-{code}"));
        }
    }

    #[test]
    fn every_line_has_its_own_words_in_every_language() {
        let mut texts = BTreeSet::new();
        for language in Language::ALL {
            for (_, what) in all() {
                let text = timeline_text(&line(what, None, Some("4711")), language);
                assert!(text.ends_with('.') && !text.starts_with("timeline-"), "{text}");
                assert!(texts.insert(text.clone()), "twice: {text}");
            }
        }
    }

    #[test]
    fn a_line_names_the_ticket_and_who_asked_for_another_try() {
        for language in Language::ALL {
            for what in [Happened::TicketCreated, Happened::TicketFound, Happened::Retried] {
                let text = timeline_text(&line(what, None, Some("4711")), language);
                assert!(text.contains("4711"), "{text}");
            }
        }
    }

    #[test]
    fn an_end_is_told_by_its_reason_and_by_that_alone() {
        for language in Language::ALL {
            let text = timeline_text(&line(Happened::Ended, Some(Reason::PsaRefused), Some("no")), language);
            assert_eq!(Some(text), reason_text("psa_refused", language));
        }
    }

    #[test]
    fn a_line_that_lacks_its_detail_is_told_all_the_same() {
        let text = timeline_text(&line(Happened::TicketCreated, None, None), Language::En);
        assert_eq!(text, "The PSA created ticket ….");
    }

    #[test]
    fn whose_turn_it_is_is_told_with_how_many_come_first() {
        let next: Timestamp = "2026-03-01T12:00:00.5Z".parse().unwrap();
        for language in Language::ALL {
            let few = waits_behind_text(3, true, next, language);
            assert!(few.contains('3') && few.contains("2026-03-01T12:00:00Z"), "{few}");
            assert_ne!(few, waits_behind_text(3, false, next, language));
        }
    }
}
