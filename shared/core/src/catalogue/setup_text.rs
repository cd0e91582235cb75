//! What is left to set up, in words.

use super::{Language, texts};

/// What to do about the code of a [`ConnectionConflict`](crate::connection::ConnectionConflict) that stands in the way of
/// confirming; none for any other code.
pub fn setup_text(code: &str, language: Language) -> Option<String> {
    texts::optional_message(language, &format!("setup-{code}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::ConnectionConflict as C;

    #[test]
    fn whatever_stands_in_the_way_of_confirming_has_words_in_every_language() {
        for conflict in [C::SettingsMissing, C::ContactMissing, C::NotProven, C::Suspended] {
            for language in Language::ALL {
                assert!(setup_text(conflict.code(), language).is_some(), "{conflict:?} {language}");
            }
        }
        assert_eq!(setup_text(C::Revoked.code(), Language::En), None);
    }
}
