//! What is written onto a ticket after it was made, and the ticket that stands for many.

use super::{
    Language, clean, texts,
    ticket::{Page, TicketInput, ticket_title},
};
use jiff::Timestamp;
use psa_connector::{Text, TextBlock};

/// It happened again; `count` such notes are on the ticket, with this one.
pub fn repeat_note(input: &TicketInput<'_>, count: u32, language: Language) -> Text {
    note(input, language, "note-repeat-heading", "note-repeat-text", &[("count", &count.to_string())])
}

/// It is over; and whether the ticket will be closed for it.
pub fn resolve_note(input: &TicketInput<'_>, closes: bool, language: Language) -> Text {
    let text = if closes { "note-resolve-close-text" } else { "note-resolve-text" };
    note(input, language, "note-resolve-heading", text, &[])
}

/// It is back, and the ticket will be opened again.
pub fn relapse_note(input: &TicketInput<'_>, language: Language) -> Text {
    note(input, language, "note-relapse-heading", "note-relapse-text", &[])
}

fn note(
    input: &TicketInput<'_>,
    language: Language,
    heading: &str,
    text: &str,
    args: &[(&str, &str)],
) -> Text {
    let page = Page { input, language };
    let time = time_of(input.time);
    let args: Vec<(&str, &str)> = args.iter().copied().chain([("time", time.as_str())]).collect();
    let mut blocks = vec![page.heading(heading), TextBlock::Paragraph(page.say_with(text, &args))];
    blocks.extend(page.details(page.said()));
    blocks.extend(page.link());
    blocks.extend(page.event());
    Text { blocks }
}

/// The longest title on a line, in UTF-16 units, as PSAs count. A pipeline's own title may be of any length, and PSAs cut
/// or refuse texts that are too long (Autotask's tickets hold 8,000): what is listed must not be lost at the end of them.
const LONGEST_LISTED_TITLE: usize = 100;

/// One line on the ticket that stands for many.
#[derive(Clone, Debug)]
pub struct RollUpLine<'a> {
    /// The event.
    pub input: TicketInput<'a>,
    /// Whether it says that a problem is over.
    pub resolves: bool,
}

/// The title of the ticket that stands for many problems of this organisation.
pub fn roll_up_title(organization: &str, language: Language) -> String {
    texts::message(language, "roll-up-title", &[("organization", &clean::one_line(organization))])
}

/// The text of that ticket.
pub fn roll_up_text(organization: &str, lines: &[RollUpLine<'_>], language: Language) -> Text {
    let organization = clean::one_line(organization);
    let mut blocks = vec![
        TextBlock::Heading(texts::message(language, "roll-up-heading", &[])),
        TextBlock::Paragraph(texts::message(language, "roll-up-text", &[("organization", &organization)])),
    ];
    blocks.extend(roll_up_note(lines, language).blocks);
    Text { blocks }
}

/// The text of a note on it.
pub fn roll_up_note(lines: &[RollUpLine<'_>], language: Language) -> Text {
    let count = lines.len().to_string();
    let list: Vec<String> = lines.iter().map(|line| roll_up_line(line, language)).collect();
    Text {
        blocks: vec![
            TextBlock::Heading(texts::message(language, "roll-up-list-heading", &[("count", &count)])),
            TextBlock::Paragraph(list.join("\n")),
        ],
    }
}

fn roll_up_line(line: &RollUpLine<'_>, language: Language) -> String {
    let key = if line.resolves { "roll-up-line-resolved" } else { "roll-up-line" };
    let title = clean::cut(&ticket_title(&line.input, language), LONGEST_LISTED_TITLE);
    let time = time_of(line.input.time);
    texts::message(language, key, &[("time", &time), ("title", &title)])
}

/// Whole seconds: nobody reads the rest.
fn time_of(time: Timestamp) -> String {
    format!("{time:.0}")
}

#[cfg(test)]
mod tests;
