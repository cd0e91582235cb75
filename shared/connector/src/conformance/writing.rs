//! Promises about tickets and notes, which are tried by making some.

use super::{Broken, Report, Subject, ensure, fresh_reference};
use crate::form::{FieldKind, FieldOption, FieldValue};
use crate::{
    FieldValues, NewNote, NewTicket, PsaErrorKind, Reference, SectionName, Text, TextBlock, TicketId,
    TicketState, Touched,
};
use jiff::{Timestamp, ToSpan};
use std::collections::BTreeSet;
use std::time::Duration;

/// Characters that trouble whoever forgets to escape or to count.
const TROUBLE: &str = "Sicherung für <Müller & Söhne> – „5 > 3“ 'x' \"y\" 日本 🙂 &amp; <b>fett</b>";

pub(super) async fn run(subject: &Subject, report: &mut Report) {
    const TICKET: &str = "a ticket is made, found by its reference and read back";
    if !subject.writes {
        return report.skip(TICKET, "the subject must not be written to");
    }
    let since = subject.clock.now();
    let reference = fresh_reference();
    let made = made(subject, &reference, since).await;
    let Ok(ticket) = made else {
        return report.add(TICKET, made.map(drop));
    };
    report.add(TICKET, Ok(()));
    report.add("a ticket has a number that people know it by", numbered(subject, &ticket).await);
    report.add(
        "a reference that is nearly the same finds nothing",
        near_miss(subject, &reference, since).await,
    );
    report.add(
        "a ticket is found by its reference however long ago it is looked for",
        long_ago(subject, &ticket, &reference).await,
    );
    report.add("a ticket that only the bridge made is touched by nobody", untouched(subject, &ticket).await);
    report.add("a title of any length and any characters makes a ticket", long_title(subject).await);
    report.add(
        "a ticket for a client that does not exist is refused, and nothing is stored",
        refused(subject).await,
    );
    if subject.connector.capabilities().notes {
        report.add("a note is made and found by its reference", note(subject, &ticket).await);
        report.add("a note for a ticket that does not exist is refused", note_nowhere(subject).await);
    } else {
        report.skip("a note is made and found by its reference", "this PSA takes no notes");
    }
    report.add(
        "a ticket is resolved, and read back as closed",
        set_state(subject, &ticket, SectionName::Resolve).await,
    );
    if subject.connector.capabilities().reopen {
        report.add(
            "a resolved ticket is reopened, and read back as open",
            set_state(subject, &ticket, SectionName::Reopen).await,
        );
    } else {
        report.skip("a resolved ticket is reopened, and read back as open", "this PSA cannot reopen tickets");
    }
}

fn new_ticket(subject: &Subject, reference: &Reference, title: &str) -> NewTicket {
    NewTicket {
        client: subject.client.clone(),
        reference: reference.clone(),
        title: title.to_owned(),
        description: Text {
            blocks: vec![
                TextBlock::Heading("Conformance test".to_owned()),
                TextBlock::Paragraph(format!("{TROUBLE}\nsecond line\u{7}")),
                TextBlock::Facts(vec![("Account & more".to_owned(), TROUBLE.to_owned())]),
                TextBlock::Link {
                    label: "<Details>".to_owned(),
                    url: "https://example.org/?a=1&b=\"2\"".to_owned(),
                },
            ],
        },
        fields: subject.fields.clone(),
    }
}

async fn made(subject: &Subject, reference: &Reference, since: Timestamp) -> Result<TicketId, Broken> {
    let title = format!("Test of PSA Bridge: {TROUBLE}");
    let id = subject.connector.create_ticket(&new_ticket(subject, reference, &title)).await?;
    let found = find(subject, reference, since).await?;
    ensure(found.as_ref() == Some(&id), || format!("made as {id}, found as {found:?}"))?;
    let ticket = subject.connector.ticket(&id).await?;
    ensure(ticket.id == id, || format!("{id} is read back as {}", ticket.id))?;
    ensure(ticket.title == title, || format!("title {title:?} is read back as {:?}", ticket.title))?;
    ensure(ticket.reference.as_ref() == Some(reference), || {
        format!("{reference} is read back as {:?}", ticket.reference)
    })?;
    ensure(ticket.state == TicketState::Open, || format!("a new ticket is {:?}", ticket.state))?;
    let client = ticket.client;
    ensure(client.as_ref().is_none_or(|client| *client == subject.client), || {
        format!("it is on client {client:?}")
    })?;
    Ok(id)
}

/// A person finds a ticket by its number: it is there, it stays, and no other ticket has it.
async fn numbered(subject: &Subject, ticket: &TicketId) -> Result<(), Broken> {
    let other = new_ticket(subject, &fresh_reference(), "Test of PSA Bridge: the next number");
    let other = subject.connector.create_ticket(&other).await?;
    let mut numbers = BTreeSet::new();
    for id in [ticket, &other, ticket] {
        let number = subject.connector.ticket(id).await?.number;
        let number = number.filter(|number| !number.is_empty() && number.trim() == number);
        numbers.insert(number.ok_or_else(|| Broken(format!("ticket {id} has none")))?);
    }
    ensure(numbers.len() == 2, || format!("tickets {ticket} and {other} have {numbers:?}"))
}

/// Looks until it is there or the settle time is over.
async fn find(
    subject: &Subject,
    reference: &Reference,
    since: Timestamp,
) -> Result<Option<TicketId>, Broken> {
    let settle = subject.connector.capabilities().settle_time;
    let step = (settle / 20).max(Duration::from_millis(20));
    let mut waited = Duration::ZERO;
    loop {
        let found = subject.connector.find_ticket(&subject.client, reference, since).await?;
        if found.is_some() || waited > settle {
            return Ok(found);
        }
        subject.clock.sleep(step).await;
        waited += step;
    }
}

async fn near_miss(subject: &Subject, reference: &Reference, since: Timestamp) -> Result<(), Broken> {
    let text = reference.as_str();
    let shorter = text.get(..text.len() - 1).unwrap_or_default();
    for near in [shorter.to_owned(), format!("{text}0"), format!("x{text}"), text.to_uppercase()] {
        let found =
            subject.connector.find_ticket(&subject.client, &Reference::new(near.as_str()), since).await?;
        ensure(found.is_none(), || format!("{near} finds {found:?}, whose reference is {text}"))?;
    }
    Ok(())
}

async fn long_ago(subject: &Subject, ticket: &TicketId, reference: &Reference) -> Result<(), Broken> {
    let since = subject.clock.now().checked_sub(72.hours()).unwrap_or(Timestamp::MIN);
    let found = subject.connector.find_ticket(&subject.client, reference, since).await?;
    ensure(found.as_ref() == Some(ticket), || format!("{found:?}"))
}

async fn untouched(subject: &Subject, ticket: &TicketId) -> Result<(), Broken> {
    let touched = subject.connector.touched(ticket).await?;
    let told = subject.connector.capabilities().touched;
    let expected = if told { Touched::Nobody } else { Touched::Unknown };
    ensure(touched == expected, || format!("{touched:?}"))
}

async fn long_title(subject: &Subject) -> Result<(), Broken> {
    let title = format!("Two\r\nlines\u{0} {}", TROUBLE.repeat(100));
    let reference = fresh_reference();
    let id = subject.connector.create_ticket(&new_ticket(subject, &reference, &title)).await?;
    let read = subject.connector.ticket(&id).await?.title;
    ensure(read.starts_with("Two lines") && read.len() < title.len(), || format!("read back as {read:?}"))
}

async fn refused(subject: &Subject) -> Result<(), Broken> {
    let reference = fresh_reference();
    let nowhere =
        NewTicket { client: subject.unknown_client.clone(), ..new_ticket(subject, &reference, "Nowhere") };
    match subject.connector.create_ticket(&nowhere).await {
        Ok(id) => Err(Broken(format!("made as {id}"))),
        Err(error) => {
            let definite = matches!(
                error.kind(),
                PsaErrorKind::Rejected { .. } | PsaErrorKind::NotFound | PsaErrorKind::MissingPermission
            );
            ensure(definite, || format!("refused as {error}"))
        }
    }
}

async fn note(subject: &Subject, ticket: &TicketId) -> Result<(), Broken> {
    let reference = fresh_reference();
    let before = subject.connector.find_note(ticket, &reference).await?;
    ensure(before.is_none(), || format!("found as {before:?} before it was made"))?;
    let id = subject.connector.add_note(ticket, &new_note(&reference)).await?;
    let found = subject.connector.find_note(ticket, &reference).await?;
    ensure(found.as_ref() == Some(&id), || format!("made as {id}, found as {found:?}"))?;
    let near = Reference::new(format!("{reference}0"));
    let missed = subject.connector.find_note(ticket, &near).await?;
    ensure(missed.is_none(), || format!("{near} finds {missed:?}"))
}

async fn note_nowhere(subject: &Subject) -> Result<(), Broken> {
    match subject.connector.add_note(&subject.unknown_ticket, &new_note(&fresh_reference())).await {
        Ok(id) => Err(Broken(format!("made as {id}"))),
        Err(error) => {
            let definite = matches!(error.kind(), PsaErrorKind::Rejected { .. } | PsaErrorKind::NotFound);
            ensure(definite, || format!("refused as {error}"))
        }
    }
}

fn new_note(reference: &Reference) -> NewNote {
    let text = Text { blocks: vec![TextBlock::Paragraph(TROUBLE.to_owned())] };
    NewNote { reference: reference.clone(), text, fields: FieldValues::new() }
}

async fn set_state(subject: &Subject, ticket: &TicketId, section: SectionName) -> Result<(), Broken> {
    let closes = section == SectionName::Resolve;
    let status = status(subject, section).await?;
    subject.connector.set_status(ticket, status).await?;
    subject.connector.set_status(ticket, status).await?;
    let read = subject.connector.ticket(ticket).await?;
    ensure(read.status == Some(status), || format!("status {status} is read back as {:?}", read.status))?;
    let expected = if closes { TicketState::Closed } else { TicketState::Open };
    ensure(read.state == expected, || format!("in status {status} it is {:?}", read.state))
}

/// The section's default for its status, or the first that it offers.
async fn status(subject: &Subject, section: SectionName) -> Result<i64, Broken> {
    let form = subject.connector.ticket_form().await?;
    let fields = form.section(section).map(|section| section.fields.as_slice()).unwrap_or_default();
    let field = fields.iter().find(|field| matches!(&field.kind, FieldKind::Choice { .. }));
    let first = |options: &[FieldOption]| options.first().map(|option| option.value.clone());
    let value = field.and_then(|field| match &field.kind {
        FieldKind::Choice { options } => field.default.clone().or_else(|| first(options)),
        _ => None,
    });
    match value {
        Some(FieldValue::Int(status)) => Ok(status),
        other => Err(Broken(format!("section {section:?} offers no status: {other:?}"))),
    }
}
