//! What the titles of tickets have to be.
//!
//! The words themselves are the bridge's own: read from its text files, so that rewording one is no difference. Which of
//! them a ticket must have, and what becomes of a pipeline's own title, is decided here anew.

use crate::choices::Psa;

/// A language of partners.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English.
    En,
    /// German.
    De,
    /// French.
    Fr,
}

/// The longest titles that PSAs get, in characters. None of the workload's has one that UTF-16 writes as two.
fn longest_title(psa: Psa) -> usize {
    match psa {
        Psa::Halopsa => 200,
        Psa::Autotask => 255,
    }
}

impl Language {
    /// As in JSON.
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Fr => "fr",
        }
    }

    fn catalogue(self) -> &'static str {
        match self {
            Self::En => include_str!("../../../shared/core/locales/en/catalogue.ftl"),
            Self::De => include_str!("../../../shared/core/locales/de/catalogue.ftl"),
            Self::Fr => include_str!("../../../shared/core/locales/fr/catalogue.ftl"),
        }
    }

    fn ticket(self) -> &'static str {
        match self {
            Self::En => include_str!("../../../shared/core/locales/en/ticket.ftl"),
            Self::De => include_str!("../../../shared/core/locales/de/ticket.ftl"),
            Self::Fr => include_str!("../../../shared/core/locales/fr/ticket.ftl"),
        }
    }

    /// The title of an event type of the catalogue.
    pub fn catalogue_title(self, event_type: &str) -> Option<&'static str> {
        message(self.catalogue(), &event_type.replace('.', "-"))
    }

    /// The title of test tickets.
    pub fn test_ticket_title(self) -> &'static str {
        message(self.ticket(), "test-ticket-title").unwrap_or_default()
    }
}

/// The value of a message that fits on one line.
fn message(file: &'static str, key: &str) -> Option<&'static str> {
    file.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = "))
}

/// A title as a PSA gets it: on one line, any white space a space (French has narrow ones), of bounded length.
pub fn as_stored(title: &str, psa: Psa) -> String {
    let longest = longest_title(psa);
    let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
    if title.chars().count() <= longest {
        return title;
    }
    title.chars().take(longest - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::CATALOGUE;

    #[test]
    fn every_type_of_the_catalogue_has_a_title_in_every_language() {
        for language in [Language::En, Language::De, Language::Fr] {
            for event_type in CATALOGUE {
                assert!(language.catalogue_title(event_type).is_some(), "{language:?} {event_type}");
            }
            assert!(language.test_ticket_title().to_lowercase().contains("test"));
        }
    }

    #[test]
    fn long_titles_are_cut_at_a_character() {
        assert_eq!(as_stored("Größe", Psa::Halopsa), "Größe");
        assert_eq!(as_stored("Échec\u{202f}: agenda", Psa::Autotask), "Échec : agenda");
        assert_eq!(as_stored(&"ü".repeat(300), Psa::Halopsa).chars().count(), 200);
        assert_eq!(as_stored(&"ü".repeat(300), Psa::Autotask).chars().count(), 255);
    }
}
