//! The languages that partners read.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use thiserror::Error;
use utoipa::ToSchema;

/// A language of tickets, mails and the portal.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// German.
    De,
    /// French.
    Fr,
}

/// A language tag that names none of the languages on offer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0:?} is not a language on offer: en, de or fr")]
pub struct UnknownLanguage(pub String);

impl Language {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::En, Self::De, Self::Fr];

    /// The ISO 639-1 code, as in JSON.
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Fr => "fr",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    /// Reads a BCP 47 tag by its language alone, since browsers and identity providers add a region: `de-AT` is German.
    fn from_str(tag: &str) -> Result<Self, Self::Err> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|language| primary.eq_ignore_ascii_case(language.code()))
            .ok_or_else(|| UnknownLanguage(tag.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_and_display_use_the_code() {
        for language in Language::ALL {
            assert_eq!(serde_json::to_value(language).unwrap(), language.code());
            assert_eq!(serde_json::from_value::<Language>(language.code().into()).unwrap(), language);
            assert_eq!(language.to_string().parse(), Ok(language));
        }
    }

    #[test]
    fn a_region_does_not_hide_the_language() {
        assert_eq!("de-AT".parse(), Ok(Language::De));
        assert_eq!("FR_ch".parse(), Ok(Language::Fr));
    }

    #[test]
    fn another_language_is_refused() {
        for tag in ["", "it", "deu", "english"] {
            assert_eq!(tag.parse::<Language>(), Err(UnknownLanguage(tag.into())));
        }
    }
}
