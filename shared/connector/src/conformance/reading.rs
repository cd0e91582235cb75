//! Promises that can be tried without making anything.

use super::{Broken, Report, Subject, ensure};
use crate::form::{FieldKind, FieldValue, FormField, FormSection};
use crate::{PsaErrorKind, SectionName, TicketState};
use std::collections::BTreeSet;

/// More pages of clients than are looked through.
const MOST_PAGES: usize = 500;

pub(super) async fn run(subject: &Subject, report: &mut Report) {
    report.add("a check answers every question, and all of them well", check(subject).await);
    report.add("a ping succeeds", subject.connector.ping().await.map_err(Broken::from));
    report.add("the tenant is the same each time", tenant(subject).await);
    report.add("the ticket form is consistent in itself", form(subject).await);
    report
        .add("the pages of all clients show each client once, the test's among them", clients(subject).await);
    report.add("a search finds a client by a part of its name, in any case", search(subject).await);
    report.add("a search for nonsense finds nobody", nonsense(subject).await);
    report.add("a client is read by its id", client(subject).await);
    report.add("a client that does not exist is none", unknown_client(subject).await);
    report.add("a ticket that does not exist is deleted, or not found", unknown_ticket(subject).await);
    report.add("a ticket's address is a web address with its id", ticket_url(subject));
    licenses(subject, report).await;
}

async fn check(subject: &Subject) -> Result<(), Broken> {
    let report = subject.connector.check().await;
    ensure(!report.lines.is_empty(), || "the report has no line".to_owned())?;
    let codes: BTreeSet<_> = report.lines.iter().map(|line| line.code).collect();
    ensure(codes.len() == report.lines.len(), || "a question is answered twice".to_owned())?;
    ensure(report.passed(), || format!("lines fail: {:?}", report.lines))
}

async fn tenant(subject: &Subject) -> Result<(), Broken> {
    let (one, other) = (subject.connector.tenant().await?, subject.connector.tenant().await?);
    ensure(one == other, || format!("{one:?}, then {other:?}"))?;
    ensure(!one.key.is_empty() && one.psa == subject.connector.psa(), || format!("{one:?}"))
}

async fn form(subject: &Subject) -> Result<(), Broken> {
    let form = subject.connector.ticket_form().await?;
    let names: BTreeSet<_> = form.sections.iter().map(|section| format!("{:?}", section.name)).collect();
    ensure(names.len() == form.sections.len(), || "a section occurs twice".to_owned())?;
    let create = form.section(SectionName::Create).ok_or_else(|| Broken("no section `create`".to_owned()))?;
    ensure(!create.fields.is_empty(), || "section `create` has no field".to_owned())?;
    for section in &form.sections {
        for field in &section.fields {
            consistent(field, section)?;
        }
    }
    if subject.connector.capabilities().notes {
        ensure(form.section(SectionName::Note).is_some(), || "no section `note`".to_owned())?;
    }
    if subject.connector.capabilities().reopen {
        ensure(form.section(SectionName::Reopen).is_some(), || "no section `reopen`".to_owned())?;
    }
    let problems = form.problems(SectionName::Create, &subject.fields);
    ensure(problems.is_empty(), || format!("the test's own fields do not fit the form: {problems:?}"))
}

fn consistent(field: &FormField, section: &FormSection) -> Result<(), Broken> {
    let id = &field.id;
    ensure(section.fields.iter().filter(|other| other.id == *id).count() == 1, || {
        format!("{id} occurs twice")
    })?;
    let FieldKind::Choice { options } = &field.kind else { return Ok(()) };
    ensure(!options.is_empty(), || format!("{id} offers no choice"))?;
    if let Some(default) = &field.default {
        ensure(options.iter().any(|option| option.value == *default), || {
            format!("{id} has a default that it does not offer")
        })?;
    }
    let pairs: BTreeSet<_> = options.iter().map(|option| (&option.value, &option.parent)).collect();
    ensure(pairs.len() == options.len(), || format!("{id} offers a value twice under one parent"))?;
    let parents: BTreeSet<_> = options.iter().filter_map(|option| option.parent.as_ref()).collect();
    let Some(depends_on) = &field.depends_on else {
        return ensure(parents.is_empty(), || format!("{id} depends on nothing, and its options do"));
    };
    let parent = section.fields.iter().find(|other| other.id == *depends_on);
    let offered: BTreeSet<&FieldValue> = match parent.map(|parent| &parent.kind) {
        Some(FieldKind::Choice { options }) => options.iter().map(|option| &option.value).collect(),
        _ => BTreeSet::new(),
    };
    ensure(parents.is_subset(&offered), || {
        format!("{id} has options under values that {depends_on} does not offer")
    })
}

async fn clients(subject: &Subject) -> Result<(), Broken> {
    let mut seen = BTreeSet::new();
    let mut after = None;
    for _ in 0..MOST_PAGES {
        let page = subject.connector.search_clients("", after.as_deref()).await?;
        for client in page.items {
            ensure(client.active, || format!("{client:?} is not active"))?;
            ensure(seen.insert(client.id.clone()), || format!("{client:?} is shown twice"))?;
        }
        match page.next {
            Some(next) => after = Some(next),
            None => {
                return ensure(seen.contains(&subject.client), || {
                    format!("{} clients, and the test's is not among them", seen.len())
                });
            }
        }
    }
    Err(Broken(format!("no end after {MOST_PAGES} pages")))
}

async fn search(subject: &Subject) -> Result<(), Broken> {
    let client = subject.connector.client(&subject.client).await?;
    let client = client.ok_or_else(|| Broken("the test's client is none".to_owned()))?;
    let part: String = client.name.chars().skip(1).take(6).collect::<String>().trim().to_uppercase();
    let mut after = None;
    for _ in 0..MOST_PAGES {
        let page = subject.connector.search_clients(&part, after.as_deref()).await?;
        if page.items.iter().any(|found| found.id == client.id) {
            return Ok(());
        }
        if page.next.is_none() {
            break;
        }
        after = page.next;
    }
    Err(Broken(format!("{part:?} does not find {:?}", client.name)))
}

async fn nonsense(subject: &Subject) -> Result<(), Broken> {
    let page = subject.connector.search_clients("no client is called zq&x=y#'%", None).await?;
    ensure(page.items.is_empty() && page.next.is_none(), || format!("{page:?}"))
}

async fn client(subject: &Subject) -> Result<(), Broken> {
    let client = subject.connector.client(&subject.client).await?;
    let same = client.as_ref().is_some_and(|client| client.id == subject.client && !client.name.is_empty());
    ensure(same, || format!("{client:?}"))
}

async fn unknown_client(subject: &Subject) -> Result<(), Broken> {
    let client = subject.connector.client(&subject.unknown_client).await?;
    ensure(client.is_none(), || format!("{client:?}"))
}

async fn unknown_ticket(subject: &Subject) -> Result<(), Broken> {
    match subject.connector.ticket(&subject.unknown_ticket).await {
        Ok(ticket) => ensure(ticket.state == TicketState::Deleted, || format!("{ticket:?}")),
        Err(error) => ensure(*error.kind() == PsaErrorKind::NotFound, || error.to_string()),
    }
}

fn ticket_url(subject: &Subject) -> Result<(), Broken> {
    let url = subject.connector.ticket_url(&subject.unknown_ticket);
    let parsed = url::Url::parse(&url).map_err(|error| Broken(format!("{url}: {error}")))?;
    ensure(parsed.as_str().contains(subject.unknown_ticket.as_str()), || url)
}

async fn licenses(subject: &Subject, report: &mut Report) {
    const NAME: &str = "the licences of a client have an id each";
    if !subject.connector.capabilities().seats() {
        return report.skip(NAME, "this PSA has neither licences nor contract services");
    }
    let result = async {
        let licenses = subject.connector.licenses(&subject.client).await?;
        let ids: BTreeSet<_> = licenses.iter().map(|license| &license.id).collect();
        ensure(ids.len() == licenses.len(), || format!("{licenses:?}"))
    };
    report.add(NAME, result.await);
}
