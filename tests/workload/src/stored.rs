//! A ticket as a PSA has it, with what either kind of PSA has in common.

use psa_sim::{AutotaskTicket, StoredAction, StoredTicket, autotask::Record};
use serde_json::Value;
use std::collections::BTreeMap;

/// A ticket as a PSA has it.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The PSA's number of it.
    pub id: i64,
    /// The client.
    pub client: i64,
    /// Its title.
    pub title: String,
    /// Its opening text: HTML in `HaloPSA`, plain in Autotask.
    pub text: String,
    /// Whether the text is HTML.
    pub html: bool,
    /// The reference in the field for keys of other systems.
    pub reference: String,
    /// Whether it is closed.
    pub closed: bool,
    /// Notes that carry a reference: the bridge's own.
    pub notes: Vec<Note>,
    /// Its fields, as settings call them.
    pub values: BTreeMap<String, String>,
}

/// A note as a PSA has it.
#[derive(Clone, Debug)]
pub struct Note {
    /// What it says, as a person reads it.
    pub text: String,
    /// Its reference.
    pub reference: String,
}

impl Note {
    /// The note of that text, if it carries a reference.
    fn of(text: String) -> Option<Self> {
        let reference = text.lines().rev().find_map(|line| line.trim().strip_prefix("Ref: "))?.to_owned();
        Some(Self { text, reference })
    }
}

impl Stored {
    /// Its opening text, as a person reads it.
    pub fn plain_text(&self) -> String {
        if self.html { plain(&self.text) } else { self.text.clone() }
    }

    /// A field of it; empty where it has none.
    pub fn value(&self, field: &str) -> String {
        self.values.get(field).cloned().unwrap_or_default()
    }

    /// The last line of its text.
    pub fn last_line(&self) -> &str {
        if self.html {
            self.text.rsplit("<p>").next().unwrap_or_default().trim_end_matches("</p>")
        } else {
            self.text.lines().last().unwrap_or_default()
        }
    }
}

pub fn in_halopsa(ticket: &StoredTicket) -> Stored {
    let opening = ticket.actions.first().and_then(|action| action.fields.get("note_html"));
    let html = ticket.fields.get("details_html").or(opening).and_then(Value::as_str);
    let note = |action: &StoredAction| {
        let text = |field: &str| action.fields.get(field).and_then(Value::as_str);
        Note::of(text("note_html").map(plain).or_else(|| text("note").map(str::to_owned))?)
    };
    let values = [
        ("tickettype_id", ticket.tickettype_id),
        ("sla_id", ticket.sla_id),
        ("priority_id", ticket.priority_id),
    ];
    Stored {
        id: ticket.id,
        client: ticket.client_id,
        title: ticket.summary.clone(),
        text: html.unwrap_or_default().to_owned(),
        html: true,
        reference: ticket.text("third_party_id_string").unwrap_or_default().to_owned(),
        closed: ticket.closed.is_some(),
        notes: ticket.actions.iter().skip(1).filter_map(note).collect(),
        values: values.map(|(field, number)| (field.to_owned(), number.to_string())).into(),
    }
}

pub fn in_autotask(ticket: &AutotaskTicket, notes: &[Record]) -> Stored {
    let text = |field: &str| ticket.text(field).unwrap_or_default().to_owned();
    let own = ticket.record.fields.iter().map(|(field, value)| ((*field).to_owned(), shown(value)));
    let users =
        ticket.record.user_defined.iter().map(|(field, value)| (format!("udf:{field}"), shown(value)));
    let mut values: BTreeMap<String, String> = own.chain(users).collect();
    // Settings say in how many hours a ticket is due.
    let due = text("dueDateTime").parse::<jiff::Timestamp>();
    if let Ok(due) = due {
        let minutes = (due.as_millisecond() - ticket.created) / 60_000;
        values.insert("dueDateTime".to_owned(), ((minutes + 30) / 60).to_string());
    }
    let note = |note: &Record| Note::of(note.text("description")?.to_owned());
    Stored {
        id: ticket.id,
        client: ticket.number("companyID").unwrap_or_default(),
        title: text("title"),
        text: text("description"),
        html: false,
        reference: text("externalID"),
        closed: ticket.text("completedDate").is_some(),
        notes: notes.iter().filter_map(note).collect(),
        values,
    }
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// What a person reads of HTML: the text between the tags, on the lines that they make.
pub fn plain(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(begin) = rest.find('<') {
        text.push_str(&rest[..begin]);
        let Some(length) = rest[begin..].find('>') else { break };
        if ["<br>", "</p>"].contains(&&rest[begin..=begin + length]) {
            text.push('\n');
        }
        rest = &rest[begin + length + 1..];
    }
    text.push_str(rest);
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&amp;", "&")]
        .into_iter()
        .fold(text, |text, (escaped, plain)| text.replace(escaped, plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_is_read_as_a_person_reads_it() {
        let html = "<p><b>List:</b> 2</p><p>a &lt;b&gt; &amp;lt;<br>c</p><p>Ref: PSB-A</p>";
        assert_eq!(plain(html), "List: 2\na <b> &lt;\nc\nRef: PSB-A\n");
        assert_eq!(Note::of(plain(html)).map(|note| note.reference), Some("PSB-A".to_owned()));
        assert!(Note::of(plain("<p>Looking into it</p>")).is_none());
    }
}
