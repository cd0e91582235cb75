//! The ticket that a partner sends to see that everything works. It must not be mistaken for trouble.

use super::{Language, clean, texts};
use psa_connector::{Text, TextBlock};

/// The title of the test ticket.
pub fn test_ticket_title(language: Language) -> String {
    texts::message(language, "test-ticket-title", &[])
}

/// The text of the test ticket, which is made for this organisation or client.
pub fn test_ticket_text(language: Language, organization_or_client: &str) -> Text {
    let client = clean::one_line(organization_or_client);
    Text {
        blocks: vec![
            TextBlock::Heading(texts::message(language, "test-ticket-heading", &[])),
            TextBlock::Paragraph(texts::message(language, "test-ticket-text", &[("client", &client)])),
            TextBlock::Paragraph(texts::message(language, "test-ticket-advice", &[])),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_in_every_language_that_it_is_a_test_and_for_whom() {
        for (language, word) in [(Language::En, "Test"), (Language::De, "Test"), (Language::Fr, "test")] {
            assert!(test_ticket_title(language).contains(word));
            let text = test_ticket_text(language, "Contoso\u{7} { $x }");
            let TextBlock::Paragraph(paragraph) = &text.blocks[1] else { panic!("{text:?}") };
            assert!(paragraph.contains("Contoso { $x }"), "{paragraph}");
        }
    }
}
