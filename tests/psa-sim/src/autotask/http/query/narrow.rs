//! Finds few candidates for a query by the indices of the tickets, where its conditions allow it.

use std::borrow::Cow;

use super::filter::{Condition, FieldName, Operator, Test, Wanted};
use crate::autotask::schema::Entity;
use crate::autotask::tenant::Record;
use crate::autotask::world::{StoredTicket, World};

/// The records that may match, in the order of their ids, beginning after one.
pub fn candidates<'a>(
    world: &'a World,
    entity: Entity,
    condition: &Condition,
    after: i64,
) -> Box<dyn Iterator<Item = Cow<'a, Record>> + 'a> {
    match entity {
        Entity::Tickets => {
            let shown = |ticket: &'a StoredTicket| (!ticket.deleted).then_some(Cow::Borrowed(&ticket.record));
            match ticket_ids(world, condition) {
                Some(ids) => {
                    let later = ids.into_iter().filter(move |&id| id > after);
                    Box::new(later.filter_map(|id| world.tickets.get(id)).filter_map(shown))
                }
                None => Box::new(world.tickets.beginning_at(after.saturating_add(1)).filter_map(shown)),
            }
        }
        Entity::TicketNotes => {
            let notes = world.notes.range(after.saturating_add(1)..).map(|(_, note)| note);
            let kept = notes.filter(|note| {
                let ticket = world.tickets.get(note.number("ticketID").unwrap_or(0));
                ticket.is_some_and(|ticket| !ticket.deleted)
            });
            Box::new(kept.map(Cow::Borrowed))
        }
        other => {
            let records = world.records(other).into_iter();
            Box::new(records.filter(move |record| record.id() > after).map(Cow::Owned))
        }
    }
}

/// The ids of the tickets that an index gives for one of the conditions that must hold.
fn ticket_ids(world: &World, condition: &Condition) -> Option<Vec<i64>> {
    let tests = required_tests(condition);
    let named = |name: &'static str| {
        tests
            .iter()
            .copied()
            .filter(move |test| matches!(test.field, FieldName::Known(known) if known == name))
    };
    for test in named("id") {
        if matches!(test.operator, Operator::Eq | Operator::In) {
            let mut ids: Vec<i64> = test.wanted.iter().filter_map(number).collect();
            ids.sort_unstable();
            ids.dedup();
            return Some(ids);
        }
    }
    for test in named("externalID") {
        if matches!(test.operator, Operator::Eq | Operator::In) {
            let texts = test.wanted.iter().filter_map(|wanted| match wanted {
                Wanted::Text(text) => Some(text),
                _ => None,
            });
            let mut ids: Vec<i64> = texts.flat_map(|text| world.tickets.with_external(text)).collect();
            ids.sort_unstable();
            ids.dedup();
            return Some(ids);
        }
    }
    let company = named("companyID").find(|test| test.operator == Operator::Eq)?;
    let company = company.wanted.first().and_then(number)?;
    let (mut from, mut until) = (i64::MIN, i64::MAX);
    for test in named("createDate") {
        let Some(Wanted::Time(time)) = test.wanted.first() else { continue };
        match test.operator {
            Operator::Gt | Operator::Gte => from = from.max(*time),
            Operator::Lt | Operator::Lte => until = until.min(*time),
            _ => {}
        }
    }
    Some(world.tickets.of_company(company, from, until))
}

fn required_tests(condition: &Condition) -> Vec<&Test> {
    match condition {
        Condition::All(conditions) => conditions.iter().flat_map(required_tests).collect(),
        Condition::Any(_) => Vec::new(),
        Condition::Test(test) => vec![test],
    }
}

fn number(wanted: &Wanted) -> Option<i64> {
    match wanted {
        Wanted::Number(number) => number.as_i64(),
        _ => None,
    }
}
