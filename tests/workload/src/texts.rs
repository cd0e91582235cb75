//! What the titles of tickets have to be.
//!
//! The words themselves are the bridge's own: read from its text files, so that rewording one is no difference. Which of
//! them a ticket must have, and what becomes of a pipeline's own title, is decided here anew.

use crate::{choices::Psa, events::Event};

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

/// The longest titles on the lines of tickets that stand for many.
const LONGEST_LISTED_TITLE: usize = 100;

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

    fn life_cycle(self) -> &'static str {
        match self {
            Self::En => include_str!("../../../shared/core/locales/en/life_cycle.ftl"),
            Self::De => include_str!("../../../shared/core/locales/de/life_cycle.ftl"),
            Self::Fr => include_str!("../../../shared/core/locales/fr/life_cycle.ftl"),
        }
    }

    /// The title of the ticket that stands for many problems of an organisation.
    pub fn roll_up_title(self, organization: &str) -> String {
        let title = message(self.life_cycle(), "roll-up-title").unwrap_or_default();
        title.replace("{ $organization }", organization)
    }

    /// An event's line on that ticket. Nobody reads fractions of seconds.
    pub fn roll_up_line(self, event: &Event) -> String {
        let key = if event.resolves { "roll-up-line-resolved" } else { "roll-up-line" };
        let title = cut(&one_line(&event.full_title(self)), LONGEST_LISTED_TITLE);
        let line = message(self.life_cycle(), key).unwrap_or_default();
        one_line(&line.replace("{ $time }", &format!("{:.0}", event.time)).replace("{ $title }", &title))
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

/// A title as a PSA gets it: on one line, and of bounded length.
pub fn as_stored(title: &str, psa: Psa) -> String {
    cut(&one_line(title), longest_title(psa))
}

/// On one line, any white space a space (French has narrow ones).
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn cut(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    text.chars().take(longest - 1).chain(['…']).collect()
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
