//! The words, as Fluent holds them. They are part of the program, so a mistake in them is a mistake of ours: tests catch
//! it, and at run time a text that is missing falls back to English and then to its key rather than losing a ticket.

use super::Language;
use fluent_bundle::{FluentArgs, FluentResource, concurrent::FluentBundle};
use std::sync::LazyLock;
use unic_langid::LanguageIdentifier;

type Bundle = FluentBundle<FluentResource>;

static ENGLISH: LazyLock<Bundle> = LazyLock::new(|| load(Language::En));
static GERMAN: LazyLock<Bundle> = LazyLock::new(|| load(Language::De));
static FRENCH: LazyLock<Bundle> = LazyLock::new(|| load(Language::Fr));

/// The text of a message, with its arguments put in.
pub(super) fn message(language: Language, key: &str, args: &[(&str, &str)]) -> String {
    find(language, key, None, args)
        .or_else(|| find(Language::En, key, None, args))
        .unwrap_or_else(|| key.to_owned())
}

/// The text of a message, where there is one.
pub(super) fn optional_message(language: Language, key: &str) -> Option<String> {
    find(language, key, None, &[]).or_else(|| find(Language::En, key, None, &[]))
}

/// The text of an attribute of a message, where there is one.
pub(super) fn attribute(language: Language, key: &str, name: &str) -> Option<String> {
    find(language, key, Some(name), &[]).or_else(|| find(Language::En, key, Some(name), &[]))
}

/// The text in this language alone. A text that cannot be put together in full counts as missing.
fn find(language: Language, key: &str, attribute: Option<&str>, args: &[(&str, &str)]) -> Option<String> {
    let bundle = bundle(language);
    let message = bundle.get_message(key)?;
    let pattern = match attribute {
        Some(name) => message.get_attribute(name)?.value(),
        None => message.value()?,
    };
    let args: FluentArgs<'_> = args.iter().copied().collect();
    let mut faults = Vec::new();
    let text = bundle.format_pattern(pattern, Some(&args), &mut faults).into_owned();
    faults.is_empty().then_some(text)
}

fn bundle(language: Language) -> &'static Bundle {
    match language {
        Language::En => &ENGLISH,
        Language::De => &GERMAN,
        Language::Fr => &FRENCH,
    }
}

/// The bundle of a language; what its files have wrong is logged, and the rest of them is used.
fn load(language: Language) -> Bundle {
    let (bundle, faults) = parse(language);
    for fault in faults {
        tracing::error!(%language, fault, "Text file has an error");
    }
    bundle
}

fn parse(language: Language) -> (Bundle, Vec<String>) {
    let locale: LanguageIdentifier = language.code().parse().unwrap_or_default();
    let mut bundle = Bundle::new_concurrent(vec![locale]);
    // Isolation marks keep right-to-left values apart; a PSA shows them as boxes, and no language here needs them.
    bundle.set_use_isolating(false);
    let mut faults = Vec::new();
    for (file, source) in sources(language) {
        let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(usable, errors)| {
            faults.extend(errors.into_iter().map(|error| format!("{file}: {error}")));
            usable
        });
        if let Err(errors) = bundle.add_resource(resource) {
            faults.extend(errors.into_iter().map(|error| format!("{file}: {error}")));
        }
    }
    (bundle, faults)
}

/// The files of a language, by name.
fn sources(language: Language) -> [(&'static str, &'static str); 7] {
    match language {
        Language::En => [
            ("catalogue.ftl", include_str!("../../locales/en/catalogue.ftl")),
            ("life_cycle.ftl", include_str!("../../locales/en/life_cycle.ftl")),
            ("mail.ftl", include_str!("../../locales/en/mail.ftl")),
            ("reasons.ftl", include_str!("../../locales/en/reasons.ftl")),
            ("setup.ftl", include_str!("../../locales/en/setup.ftl")),
            ("ticket.ftl", include_str!("../../locales/en/ticket.ftl")),
            ("timeline.ftl", include_str!("../../locales/en/timeline.ftl")),
        ],
        Language::De => [
            ("catalogue.ftl", include_str!("../../locales/de/catalogue.ftl")),
            ("life_cycle.ftl", include_str!("../../locales/de/life_cycle.ftl")),
            ("mail.ftl", include_str!("../../locales/de/mail.ftl")),
            ("reasons.ftl", include_str!("../../locales/de/reasons.ftl")),
            ("setup.ftl", include_str!("../../locales/de/setup.ftl")),
            ("ticket.ftl", include_str!("../../locales/de/ticket.ftl")),
            ("timeline.ftl", include_str!("../../locales/de/timeline.ftl")),
        ],
        Language::Fr => [
            ("catalogue.ftl", include_str!("../../locales/fr/catalogue.ftl")),
            ("life_cycle.ftl", include_str!("../../locales/fr/life_cycle.ftl")),
            ("mail.ftl", include_str!("../../locales/fr/mail.ftl")),
            ("reasons.ftl", include_str!("../../locales/fr/reasons.ftl")),
            ("setup.ftl", include_str!("../../locales/fr/setup.ftl")),
            ("ticket.ftl", include_str!("../../locales/fr/ticket.ftl")),
            ("timeline.ftl", include_str!("../../locales/fr/timeline.ftl")),
        ],
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    /// The messages of a file and, for each message and attribute, the names in its placeables.
    pub(in crate::catalogue) fn keys(
        language: Language,
        file: &str,
    ) -> BTreeMap<String, BTreeSet<&'static str>> {
        let source = sources(language).into_iter().find(|(name, _)| *name == file).unwrap().1;
        let mut message = "";
        source
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .map(|line| {
                let (key, text) = line.split_once(" = ").unwrap_or_else(|| panic!("{file}: {line:?}"));
                let key = if let Some(attribute) = key.trim_start().strip_prefix('.') {
                    format!("{message}.{attribute}")
                } else {
                    message = key;
                    key.to_owned()
                };
                let names = text.split("{ ").skip(1).filter_map(|rest| rest.split_once(" }"));
                (key, names.map(|(name, _)| name).collect())
            })
            .collect()
    }

    #[test]
    fn every_file_parses_in_every_language() {
        for language in Language::ALL {
            assert_eq!(parse(language).1, Vec::<String>::new(), "{language}");
        }
    }

    #[test]
    fn every_file_has_the_same_keys_and_placeables_in_every_language() {
        for (file, _) in sources(Language::En) {
            let english = keys(Language::En, file);
            assert_eq!(keys(Language::De, file), english, "{file}");
            assert_eq!(keys(Language::Fr, file), english, "{file}");
        }
    }

    #[test]
    fn every_message_stands_in_its_own_language() {
        for language in Language::ALL {
            for (file, _) in sources(language) {
                for (key, names) in keys(language, file) {
                    if key.starts_with('-') {
                        continue;
                    }
                    let args: Vec<(&str, &str)> =
                        names.iter().filter_map(|name| Some((name.strip_prefix('$')?, "x"))).collect();
                    let (message, attribute) =
                        key.split_once('.').map_or((key.as_str(), None), |(key, name)| (key, Some(name)));
                    let text = find(language, message, attribute, &args)
                        .unwrap_or_else(|| panic!("{language} {key} is missing"));
                    assert!(!text.trim().is_empty(), "{language} {key}");
                    assert!(!text.contains(['{', '}', '\n']), "{language} {key}: {text}");
                }
            }
        }
    }

    #[test]
    fn punctuation_follows_the_customs_of_the_language() {
        for language in Language::ALL {
            for (file, source) in sources(language) {
                for line in source.lines().filter(|line| !line.starts_with('#')) {
                    assert!(!line.contains(['"', '\'']), "{language} {file}: straight quote in {line}");
                    let quotes = match language {
                        Language::En => ['“', '”'],
                        Language::De => ['„', '“'],
                        Language::Fr => ['«', '»'],
                    };
                    let foreign: Vec<char> =
                        line.chars().filter(|c| "“”„«»".contains(*c) && !quotes.contains(c)).collect();
                    assert!(foreign.is_empty(), "{language} {file}: {line}");
                    if language == Language::Fr {
                        for breakable in [" :", " ;", " ?", " !", " »", "« "] {
                            assert!(!line.contains(breakable), "{file}: breakable {breakable:?} in {line}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn an_unknown_key_is_its_own_text() {
        assert_eq!(message(Language::Fr, "no-such-text", &[]), "no-such-text");
        assert_eq!(optional_message(Language::Fr, "no-such-text"), None);
        assert_eq!(attribute(Language::De, "backup-email-failed", "advice-99"), None);
    }

    #[test]
    fn a_message_short_of_an_argument_is_not_shown_with_a_hole() {
        assert_eq!(message(Language::En, "ticket-type-reported", &[]), "ticket-type-reported");
    }
}
