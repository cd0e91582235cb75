//! What every PSA's texts have in common: nothing hidden in them, and the caller's reference, written so that it is found
//! again.

use crate::Reference;
use url::Url;

/// What stands before the reference, on the last line of a text.
pub(crate) const MARK: &str = "Ref:";

/// `text` without control characters and line breaks, of at most `longest` characters.
pub(crate) fn one_line(text: &str, longest: usize) -> String {
    let clean: String = text.chars().map(|c| if is_unwanted(c) || c == '\n' { ' ' } else { c }).collect();
    let line = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    cut(&line, longest)
}

/// At most `longest` characters of `text`, with a mark where some are left out.
pub(crate) fn cut(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    text.chars().take(longest.saturating_sub(1)).chain(['…']).collect()
}

/// `text` with its lines, and without anything else that does not show.
pub(crate) fn clean(text: &str) -> String {
    let lines = text.replace("\r\n", "\n").replace('\r', "\n").replace('\t', " ");
    lines.chars().filter(|c| !is_unwanted(*c)).collect()
}

/// Control characters, and those that turn the direction of the text around them, by which a text could show as another.
fn is_unwanted(c: char) -> bool {
    (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// An address that may become a link.
pub(crate) fn https(url: &str) -> Option<Url> {
    Url::parse(url.trim()).ok().filter(|url| url.scheme() == "https" && url.has_host())
}

/// Whether `text` holds the reference, as a whole word.
pub(crate) fn mentions(text: &str, reference: &Reference) -> bool {
    let wanted = reference.as_str();
    !wanted.is_empty() && words(text).any(|word| word == wanted)
}

/// The reference that `text` ends with, if it has one.
pub(crate) fn reference_in(text: &str) -> Option<Reference> {
    let (_, after) = text.rsplit_once(MARK)?;
    words(after).next().map(Reference::new)
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).filter(|word| !word.is_empty())
}
