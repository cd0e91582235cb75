//! Our texts as HaloPSA shows them: HTML with inline elements alone (style sheets are dropped), everything escaped, and
//! our reference as the last line, from where it can be read again.

use crate::plain_text::{self, MARK, clean, https};
use crate::{Reference, Text, TextBlock};
use html_escape::{decode_html_entities, encode_double_quoted_attribute, encode_text};

/// HaloPSA stores 4000 characters of a summary; lists and e-mail subjects stay readable with far fewer.
const LONGEST_SUMMARY: usize = 200;

/// The title on one line, cut where it is too long.
pub(super) fn summary(title: &str) -> String {
    plain_text::one_line(title, LONGEST_SUMMARY)
}

/// The text as HTML, with the reference below it.
pub(super) fn html(text: &Text, reference: &Reference) -> String {
    let body: String = text.blocks.iter().map(block).collect();
    format!("{body}<p>{MARK} {}</p>", escape(reference.as_str()))
}

fn block(block: &TextBlock) -> String {
    match block {
        TextBlock::Heading(text) => format!("<p><b>{}</b></p>", escape(text)),
        TextBlock::Paragraph(text) => format!("<p>{}</p>", escape(text)),
        TextBlock::Facts(facts) => {
            let lines: Vec<_> = facts
                .iter()
                .map(|(label, value)| format!("<b>{}:</b> {}", escape(label), escape(value)))
                .collect();
            format!("<p>{}</p>", lines.join("<br>"))
        }
        TextBlock::Link { label, url } => match https(url) {
            Some(url) => format!(
                "<p><a href=\"{}\">{}</a></p>",
                encode_double_quoted_attribute(url.as_str()),
                escape(label)
            ),
            None => format!("<p>{}: {}</p>", escape(label), escape(url)),
        },
    }
}

fn escape(text: &str) -> String {
    encode_text(&clean(text)).replace('\n', "<br>")
}

/// Whether `html` (or plain text) holds the reference, as a whole word.
pub(super) fn mentions(html: &str, reference: &Reference) -> bool {
    plain_text::mentions(&plain(html), reference)
}

/// The reference that `html` ends with, if it has one.
pub(super) fn reference_in(html: &str) -> Option<Reference> {
    plain_text::reference_in(&plain(html))
}

/// The text between the tags.
fn plain(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut in_tag = false;
    for c in html.chars() {
        match c {
            '<' => in_tag = true,
            '>' if in_tag => {
                in_tag = false;
                text.push(' ');
            }
            c if !in_tag => text.push(c),
            _ => {}
        }
    }
    decode_html_entities(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(block: TextBlock) -> String {
        html(&Text { blocks: vec![block] }, &Reference::new("PB-1"))
    }

    #[test]
    fn nothing_of_a_text_becomes_markup() {
        let hostile = "<script>alert(1)</script> & \"quoted\"";
        for block in [
            TextBlock::Heading(hostile.into()),
            TextBlock::Paragraph(hostile.into()),
            TextBlock::Facts(vec![(hostile.into(), hostile.into())]),
            TextBlock::Link { label: hostile.into(), url: format!("https://example.org/{hostile}") },
            TextBlock::Link { label: hostile.into(), url: hostile.into() },
        ] {
            let html = rendered(block);
            assert!(!html.contains("<script") && html.contains("&lt;script"), "{html}");
        }
    }

    #[test]
    fn only_https_is_a_link() {
        for (url, linked) in [
            ("https://example.org/a?b=1&c=2", true),
            ("http://example.org/", false),
            ("javascript:alert(1)", false),
            ("data:text/html,x", false),
            ("https:", false),
            ("//example.org", false),
        ] {
            let html = rendered(TextBlock::Link { label: "Open".into(), url: url.into() });
            assert_eq!(html.contains("<a href="), linked, "{html}");
        }
        let html = rendered(TextBlock::Link { label: "x".into(), url: "https://e.org/\"onclick=\"x".into() });
        assert!(!html.contains("\"onclick"), "{html}");
    }

    #[test]
    fn lines_are_kept_and_control_characters_are_not() {
        let html = rendered(TextBlock::Paragraph("a\r\nb\u{0}\u{1b}[31m\tc\u{202e}d".into()));
        assert_eq!(html, "<p>a<br>b[31m cd</p><p>Ref: PB-1</p>");
    }

    #[test]
    fn a_summary_is_one_line_of_bounded_length() {
        assert_eq!(summary("  Backup\r\nfailed\u{7}  now "), "Backup failed now");
        assert_eq!(summary("<b>& \"x\""), "<b>& \"x\"");
        let long = summary(&"日本語".repeat(100));
        assert_eq!(long.chars().count(), LONGEST_SUMMARY);
        assert!(long.ends_with('…'));
    }

    #[test]
    fn a_reference_is_found_only_as_a_whole() {
        let html = rendered(TextBlock::Paragraph("text".into()));
        assert_eq!(reference_in(&html), Some(Reference::new("PB-1")));
        for (reference, there) in
            [("PB-1", true), ("PB-11", false), ("PB-", false), ("B-1", false), ("pb-1", false), ("", false)]
        {
            assert_eq!(mentions(&html, &Reference::new(reference)), there, "{reference}");
        }
        assert!(mentions("text\n\nRef: PB-1\n", &Reference::new("PB-1")), "in plain text as well");
        assert_eq!(reference_in("no reference here"), None);
    }
}
