//! In which language a reader wants texts, by `Accept-Language`.

use axum::extract::FromRequestParts;
use http::{header, request::Parts};
use psa_bridge_core::catalogue::Language;
use std::convert::Infallible;

/// The language that the caller asks for, where it asks for one that there are texts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestLanguage(pub Option<Language>);

impl<S: Sync> FromRequestParts<S> for RequestLanguage {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let header = parts.headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        Ok(Self(header.and_then(preferred)))
    }
}

/// The best liked language of an `Accept-Language` header that there are texts in.
fn preferred(header: &str) -> Option<Language> {
    let header = header.replace(' ', "");
    let mut ranked: Vec<(f32, Language)> = header
        .split(',')
        .filter_map(|range| {
            let (tag, quality) = range.split_once(";q=").unwrap_or((range, "1"));
            let quality = quality.parse().ok().filter(|quality| *quality > 0.0)?;
            Some((quality, tag.parse().ok()?))
        })
        .collect();
    // A stable sort keeps the order of the header among equals.
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    ranked.first().map(|(_, language)| *language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_liked_language_with_texts_is_taken() {
        let cases = [
            ("de", Some(Language::De)),
            ("fr-CH, de;q=0.9, en;q=0.8", Some(Language::Fr)),
            ("en ; q=0.2, de-AT; q=0.7", Some(Language::De)),
            ("ja, de;q=0.1", Some(Language::De)),
            ("de;q=0, en", Some(Language::En)),
            ("ja", None),
            ("*", None),
            ("", None),
        ];
        for (header, language) in cases {
            assert_eq!(preferred(header), language, "{header}");
        }
    }
}
