//! Our texts as Autotask shows them: plain, since it shows markup as it is, with our reference as the last line. Autotask
//! refuses what is too long, so it is cut here, and counted as Autotask counts: in UTF-16.

use crate::plain_text::{MARK, clean, one_line};
use crate::{Reference, Text, TextBlock};

const LONGEST_TITLE: usize = 255;
const LONGEST_DESCRIPTION: usize = 8000;
const LONGEST_NOTE: usize = 32_000;
/// Autotask takes 250; lists stay readable with fewer.
const LONGEST_NOTE_TITLE: usize = 120;

/// The title on one line. Autotask takes no ticket without one.
pub(super) fn title(title: &str) -> String {
    or("Alert", cut(&one_line(title, LONGEST_TITLE), LONGEST_TITLE))
}

pub(super) fn description(text: &Text, reference: &Reference) -> String {
    plain(text, reference, LONGEST_DESCRIPTION)
}

pub(super) fn note(text: &Text, reference: &Reference) -> String {
    plain(text, reference, LONGEST_NOTE)
}

/// The first line of a note, which has no title of its own.
pub(super) fn note_title(text: &Text) -> String {
    let first = text.blocks.first().map(block).unwrap_or_default();
    let line = first.lines().next().unwrap_or_default();
    or("Note", cut(&one_line(line, LONGEST_NOTE_TITLE), LONGEST_NOTE_TITLE))
}

/// A reference cut off would be lost, so the text before it makes room.
fn plain(text: &Text, reference: &Reference, longest: usize) -> String {
    let last = format!("{MARK} {}", reference.as_str());
    let blocks: Vec<_> = text.blocks.iter().map(block).filter(|block| !block.is_empty()).collect();
    let body = cut(&blocks.join("\n\n"), longest.saturating_sub(units(&last) + 2));
    if body.is_empty() { last } else { format!("{body}\n\n{last}") }
}

fn block(block: &TextBlock) -> String {
    match block {
        TextBlock::Heading(text) | TextBlock::Paragraph(text) => clean(text),
        TextBlock::Facts(facts) => {
            let lines: Vec<_> =
                facts.iter().map(|(label, value)| format!("{}: {}", clean(label), clean(value))).collect();
            lines.join("\n")
        }
        TextBlock::Link { label, url } => format!("{}: {}", clean(label), clean(url)),
    }
}

fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// At most `longest` UTF-16 units of `text`, with a mark where some are left out.
fn cut(text: &str, longest: usize) -> String {
    if units(text) <= longest {
        return text.to_owned();
    }
    let mut left = longest.saturating_sub(1);
    let fits = |c: &char| match left.checked_sub(c.len_utf16()) {
        Some(rest) => {
            left = rest;
            true
        }
        None => false,
    };
    text.chars().take_while(fits).chain(['…']).collect()
}

fn or(otherwise: &str, text: String) -> String {
    if text.is_empty() { otherwise.to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plain_text::reference_in;

    fn reference() -> Reference {
        Reference::new("PB-1")
    }

    fn text(blocks: Vec<TextBlock>) -> Text {
        Text { blocks }
    }

    #[test]
    fn blocks_are_read_as_they_are_written() {
        let shown = description(
            &text(vec![
                TextBlock::Heading("Backup <b>failed</b>".into()),
                TextBlock::Paragraph("a\r\nb\u{0}\u{202e}c".into()),
                TextBlock::Facts(vec![("Account".into(), "jo".into()), ("Code".into(), "503".into())]),
                TextBlock::Link { label: "Open".into(), url: "https://example.org/?a=1&b=2".into() },
            ]),
            &reference(),
        );
        let lines = "Backup <b>failed</b>\n\na\nbc\n\nAccount: jo\nCode: 503\n\nOpen: https://example.org/?a=1&b=2\n\nRef: PB-1";
        assert_eq!(shown, lines);
    }

    #[test]
    fn a_text_of_any_length_keeps_its_reference() {
        for (body, longest) in [("x".repeat(9000), 8000), ("🙂".repeat(9000), 8000), (String::new(), 8000)]
        {
            let shown = description(&text(vec![TextBlock::Paragraph(body)]), &reference());
            assert!(units(&shown) <= longest, "{}", units(&shown));
            assert_eq!(reference_in(&shown), Some(reference()));
        }
        let note = note(&text(vec![TextBlock::Paragraph("x".repeat(40_000))]), &reference());
        assert_eq!(units(&note), 32_000);
        assert!(note.ends_with("…\n\nRef: PB-1"));
    }

    #[test]
    fn titles_are_one_line_within_autotasks_limit() {
        assert_eq!(title("  Backup\r\nfailed\u{7}  now "), "Backup failed now");
        assert_eq!(title(" \n"), "Alert");
        assert_eq!(units(&title(&"🙂".repeat(300))), 255);
        let of = |block| note_title(&text(vec![block]));
        assert_eq!(of(TextBlock::Paragraph("It failed again\nthree times".into())), "It failed again");
        assert_eq!(note_title(&Text::default()), "Note");
    }
}
