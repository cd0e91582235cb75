//! A typed reason in words: why an event has no ticket yet or will get none, and what to do.

use super::{Language, texts};

/// The words for a reason's code ([`crate::reason::Reason::code`]); none for a code that does not exist.
pub fn reason_text(code: &str, language: Language) -> Option<String> {
    texts::optional_message(language, &format!("reason-{code}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reason::Reason;
    use std::collections::BTreeSet;

    #[test]
    fn the_file_holds_every_reason_and_no_other() {
        let codes: BTreeSet<String> =
            Reason::ALL.iter().map(|reason| format!("reason-{}", reason.code())).collect();
        let messages: BTreeSet<String> =
            texts::tests::keys(Language::En, "reasons.ftl").into_keys().collect();
        assert_eq!(messages, codes);
    }

    #[test]
    fn every_reason_has_its_own_words_in_every_language() {
        let texts: BTreeSet<String> = Language::ALL
            .into_iter()
            .flat_map(|language| Reason::ALL.iter().map(move |reason| (reason, language)))
            .map(|(reason, language)| reason_text(reason.code(), language).unwrap())
            .inspect(|text| assert!(text.ends_with('.'), "{text}"))
            .collect();
        assert_eq!(texts.len(), Reason::ALL.len() * Language::ALL.len());
    }

    #[test]
    fn an_unknown_code_has_no_words() {
        assert_eq!(reason_text("no_such_reason", Language::En), None);
        assert_eq!(reason_text("", Language::En), None);
    }
}
