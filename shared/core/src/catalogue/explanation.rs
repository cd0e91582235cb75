//! What a technician needs to know about an event type of the catalogue.

use super::{Language, entry::entry, texts};
use serde::Serialize;
use utoipa::ToSchema;

/// An event type, explained.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Explanation {
    /// One line, without a full stop.
    pub title: String,
    /// What failed, or was mended.
    pub what_failed: String,
    /// Why, as far as the type tells.
    pub why: String,
    /// What to do, step by step.
    pub advice: Vec<String>,
}

/// Explains an event type, where the catalogue holds it.
pub fn explanation(event_type: &str, language: Language) -> Option<Explanation> {
    // Fluent's identifiers take no dot.
    let key = entry(event_type)?.code.replace('.', "-");
    let text = |name: &str| texts::attribute(language, &key, name);
    Some(Explanation {
        title: texts::message(language, &key, &[]),
        what_failed: text("what").unwrap_or_default(),
        why: text("why").unwrap_or_default(),
        advice: (1..).map_while(|step| text(&format!("advice-{step}"))).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::{super::entries, *};
    use std::collections::BTreeSet;

    #[test]
    fn every_type_is_explained_in_every_language() {
        for language in Language::ALL {
            let mut titles = BTreeSet::new();
            for entry in entries() {
                let told = explanation(entry.code, language).unwrap();
                assert!(told.title.chars().count() <= 90, "{language}: {}", told.title);
                assert!(!told.title.ends_with('.'), "{language}: {}", told.title);
                assert!(!told.title.contains(entry.code), "{language}: {}", told.title);
                assert!((2..=4).contains(&told.advice.len()), "{language} {}", entry.code);
                for sentence in [&told.what_failed, &told.why].into_iter().chain(&told.advice) {
                    assert!(sentence.ends_with('.'), "{language} {}: {sentence}", entry.code);
                    for leftover in ["TODO", "XXX", "{", "}", "$", "  "] {
                        assert!(!sentence.contains(leftover), "{language} {}: {sentence}", entry.code);
                    }
                }
                assert!(titles.insert(told.title.clone()), "{language}: {} twice", told.title);
            }
        }
    }

    #[test]
    fn no_explanation_is_left_in_english() {
        for entry in entries() {
            let [english, german, french] =
                Language::ALL.map(|language| explanation(entry.code, language).unwrap());
            for (a, b) in [(&english, &german), (&english, &french), (&german, &french)] {
                assert_ne!(a.title, b.title);
                assert_ne!(a.what_failed, b.what_failed);
                assert_ne!(a.why, b.why);
                assert!(a.advice.iter().zip(&b.advice).all(|(a, b)| a != b), "{}", entry.code);
            }
        }
    }

    #[test]
    fn the_file_holds_the_types_of_the_catalogue_and_no_other() {
        let types: BTreeSet<String> = entries().iter().map(|entry| entry.code.replace('.', "-")).collect();
        let messages: BTreeSet<String> = texts::tests::keys(Language::En, "catalogue.ftl")
            .into_keys()
            .filter(|key| !key.starts_with('-') && !key.contains('.'))
            .collect();
        assert_eq!(messages, types);
    }

    #[test]
    fn the_http_status_codes_are_named_where_the_source_names_them() {
        for (event_type, statuses) in [
            ("backup.onedrive.unreachable", ["404", "429", "503"]),
            ("backup.onedrive.auth_failed", ["400", "401", "403"]),
        ] {
            for language in Language::ALL {
                let why = explanation(event_type, language).unwrap().why;
                assert!(statuses.iter().all(|status| why.contains(status)), "{language}: {why}");
            }
        }
    }

    #[test]
    fn a_type_outside_the_catalogue_has_no_explanation() {
        assert_eq!(explanation("security.ransomware.detected", Language::En), None);
        // A key of the files that is no event type.
        assert_eq!(explanation("test-ticket-title", Language::En), None);
    }
}
