//! What a ticket says: the words of the catalogue where it knows the event's type, and those of the pipeline.

use super::{
    Language, clean,
    explanation::{Explanation, explanation},
    texts,
};
use jiff::Timestamp;
use psa_connector::{Text, TextBlock};

/// What there is to say about an event.
#[derive(Clone, Copy, Debug)]
pub struct TicketInput<'a> {
    /// A code of the catalogue, or any other.
    pub event_type: &'a str,
    /// The CloudEvents source.
    pub source: &'a str,
    /// The CloudEvents id.
    pub event_id: &'a str,
    /// When it happened.
    pub time: Timestamp,
    /// To whom, by name.
    pub organization_name: Option<&'a str>,
    /// To whom, by id.
    pub organization_id: &'a str,
    /// The account (mailbox, user) that it is about.
    pub account: Option<&'a str>,
    /// How bad, in the pipeline's words.
    pub severity: Option<&'a str>,
    /// The pipeline's title.
    pub title: Option<&'a str>,
    /// The pipeline's description.
    pub description: Option<&'a str>,
    /// Where to read on.
    pub url: Option<&'a str>,
}

/// The title: one line, of any length. The catalogue's title and the account; outside the catalogue the pipeline's title,
/// else the type.
pub fn ticket_title(input: &TicketInput<'_>, language: Language) -> String {
    let Some(explanation) = explanation(input.event_type, language) else {
        return given(input.title).unwrap_or_else(|| clean::one_line(input.event_type));
    };
    match given(input.account) {
        Some(account) => texts::message(
            language,
            "ticket-title-with-account",
            &[("title", &explanation.title), ("account", &account)],
        ),
        None => explanation.title,
    }
}

/// The text: what happened, when and to whom, what it means, what to do, what the pipeline says, and which event it was.
/// The connector adds the reference.
///
/// `earlier` is a ticket about the same problem, as a person finds it: its number or address.
pub fn ticket_text(input: &TicketInput<'_>, earlier: Option<&str>, language: Language) -> Text {
    let page = Page { input, language };
    let mut blocks = match explanation(input.event_type, language) {
        Some(explanation) => page.explained(&explanation),
        None => page.passed_through(),
    };
    blocks.extend(earlier.map(|ticket| {
        TextBlock::Paragraph(page.say_with("ticket-earlier", &[("ticket", &clean::one_line(ticket))]))
    }));
    blocks.extend(page.link());
    blocks.extend(page.event());
    Text { blocks }
}

pub(super) struct Page<'a> {
    pub(super) input: &'a TicketInput<'a>,
    pub(super) language: Language,
}

impl Page<'_> {
    /// In the words of the catalogue, with those of the pipeline as details.
    fn explained(&self, explanation: &Explanation) -> Vec<TextBlock> {
        let mut blocks = vec![
            self.heading("ticket-heading-happened"),
            TextBlock::Paragraph(explanation.what_failed.clone()),
            self.whom_and_when(),
            self.heading("ticket-heading-meaning"),
            TextBlock::Paragraph(explanation.why.clone()),
            self.heading("ticket-heading-advice"),
            TextBlock::Paragraph(numbered(&explanation.advice)),
        ];
        blocks.extend(self.details(self.said()));
        blocks
    }

    /// What the pipeline says itself.
    pub(super) fn said(&self) -> impl Iterator<Item = String> {
        [given(self.input.title), given_lines(self.input.description)].into_iter().flatten()
    }

    /// In the words of the pipeline alone.
    fn passed_through(&self) -> Vec<TextBlock> {
        let event_type = clean::one_line(self.input.event_type);
        let happened = given(self.input.title)
            .unwrap_or_else(|| self.say_with("ticket-type-reported", &[("type", &event_type)]));
        let mut blocks = vec![
            self.heading("ticket-heading-happened"),
            TextBlock::Paragraph(happened),
            self.whom_and_when(),
        ];
        blocks.extend(self.details(given_lines(self.input.description).into_iter()));
        blocks
    }

    pub(super) fn whom_and_when(&self) -> TextBlock {
        let facts = [
            // Whole seconds: nobody reads the rest.
            ("ticket-label-time", Some(format!("{:.0}", self.input.time))),
            ("ticket-label-organization", Some(self.organization())),
            ("ticket-label-account", given(self.input.account)),
            ("ticket-label-severity", given(self.input.severity)),
        ];
        self.facts(facts)
    }

    fn organization(&self) -> String {
        let id = clean::one_line(self.input.organization_id);
        match given(self.input.organization_name) {
            Some(name) => self.say_with("ticket-organization-with-id", &[("name", &name), ("id", &id)]),
            None => id,
        }
    }

    pub(super) fn details(&self, paragraphs: impl Iterator<Item = String>) -> Vec<TextBlock> {
        let mut blocks: Vec<TextBlock> = paragraphs.map(TextBlock::Paragraph).collect();
        if !blocks.is_empty() {
            blocks.insert(0, self.heading("ticket-heading-details"));
        }
        blocks
    }

    pub(super) fn link(&self) -> Option<TextBlock> {
        given(self.input.url).map(|url| TextBlock::Link { label: self.say("ticket-link"), url })
    }

    pub(super) fn event(&self) -> [TextBlock; 2] {
        let facts = [
            ("ticket-label-event-id", given(Some(self.input.event_id))),
            ("ticket-label-source", given(Some(self.input.source))),
            ("ticket-label-type", given(Some(self.input.event_type))),
        ];
        [self.heading("ticket-heading-event"), self.facts(facts)]
    }

    fn facts<const N: usize>(&self, facts: [(&str, Option<String>); N]) -> TextBlock {
        TextBlock::Facts(
            facts.into_iter().filter_map(|(label, value)| Some((self.say(label), value?))).collect(),
        )
    }

    pub(super) fn heading(&self, key: &str) -> TextBlock {
        TextBlock::Heading(self.say(key))
    }

    fn say(&self, key: &str) -> String {
        self.say_with(key, &[])
    }

    pub(super) fn say_with(&self, key: &str, args: &[(&str, &str)]) -> String {
        texts::message(self.language, key, args)
    }
}

/// A value of one line, unless nothing of it can be seen.
fn given(value: Option<&str>) -> Option<String> {
    value.map(clean::one_line).filter(|line| !line.is_empty())
}

/// Running text, unless nothing of it can be seen.
fn given_lines(value: Option<&str>) -> Option<String> {
    value.map(clean::lines).filter(|lines| !lines.is_empty())
}

/// One step a line, in digits, since plain text has no lists.
fn numbered(steps: &[String]) -> String {
    let lines: Vec<String> = (1..).zip(steps).map(|(number, step)| format!("{number}. {step}")).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests;
