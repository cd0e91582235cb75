//! The list of events that a partner sees, filtered. Each filter starts from an index that is ordered as the list is.

use super::{
    cursor,
    error::DbResult,
    events::{self, event_id, place},
    rows::{all, rows_and_one, text},
};
use psa_bridge_core::{
    connection::Connection,
    ids::PartnerId,
    ports::{EventFilter, EventView},
    reason::Reason,
};
use psa_connector::Page;
use rusqlite::{Connection as Db, types::Value};

const LIST: &str = "events";
/// In place of a delivery's state: that there is no delivery.
const UNROUTED: &str = "unrouted";

/// What the partner sees, newest acceptance first.
pub(super) fn list(
    db: &Db,
    partner: &PartnerId,
    filter: &EventFilter,
    after: Option<&str>,
    limit: usize,
) -> DbResult<Page<EventView>> {
    let [time, id] = cursor::time_and_id(LIST, after, [cursor::END, cursor::END])?;
    let mut found = Vec::new();
    for query in queries(partner, filter, &time, &id, limit) {
        found.extend(all(db, &query.sql, rusqlite::params_from_iter(query.parameters), place)?);
    }
    found.sort_unstable_by(|a, b| b.cmp(a));
    found.dedup();
    found.truncate(limit.max(1).saturating_add(1));
    let mut views = Vec::with_capacity(found.len());
    for (time, id) in found {
        if let Some(view) = events::view(db, partner, &event_id(&id)?)? {
            views.push(((time, id), view));
        }
    }
    cursor::page(views, limit, |(time, id)| cursor::encode(LIST, &[time, id]))
}

/// The queries whose results together are the list.
pub(super) fn queries(
    partner: &PartnerId,
    filter: &EventFilter,
    time: &str,
    id: &str,
    limit: usize,
) -> Vec<Query> {
    let state = filter.state.as_deref();
    let mut queries = Vec::new();
    if filter.connection.is_none() && state.is_none_or(|state| state == UNROUTED) {
        let mut query = Query::on("sightings s", "s", partner);
        match (filter.reason, state) {
            (Some(reason), _) => query.only("s.unrouted =", reason.code()),
            (None, Some(_)) => query.sql.push_str(" AND s.unrouted IS NOT NULL"),
            (None, None) => {}
        }
        queries.push(query);
    }
    if state != Some(UNROUTED) && (filter.connection.is_some() || filter.reason.is_some() || state.is_some())
    {
        let tables = "deliveries d CROSS JOIN sightings s ON s.event = d.event AND s.partner = d.partner";
        let mut query = Query::on(tables, "d", partner);
        if let Some(connection) = &filter.connection {
            query.only("d.connection =", connection.as_str());
        }
        if let Some(state) = state {
            query.only("d.state =", state);
        }
        if let Some(reason) = filter.reason {
            query.only("d.reason =", reason.code());
        }
        queries.push(query);
    }
    if let Some(reason) = filter.reason {
        queries.extend(unfinished_for(partner, filter, reason));
    }
    for query in &mut queries {
        query.page(filter, time, id, limit);
    }
    queries
}

/// Unfinished deliveries that show this reason: what holds their connection or, where nothing does, what they wait for.
/// One query a state, because the index is ordered by time within a state.
fn unfinished_for(partner: &PartnerId, filter: &EventFilter, reason: Reason) -> Vec<Query> {
    const TABLES: &str = "deliveries d CROSS JOIN sightings s ON s.event = d.event AND s.partner = d.partner
        CROSS JOIN connections c ON c.id = d.connection";
    let is_hold = Connection::HOLDS.contains(&reason);
    let states: &[&str] = match reason {
        Reason::WaitingTurn => &["waiting", "attempting"],
        Reason::OutcomeUnknown => &["settling"],
        _ if is_hold => &["waiting", "attempting", "settling"],
        _ => &[],
    };
    let wanted = states.iter().filter(|state| filter.state.as_deref().is_none_or(|wish| wish == **state));
    wanted
        .map(|state| {
            let mut query = Query::on(TABLES, "d", partner);
            query.only("d.state =", *state);
            if is_hold {
                query.only("c.hold =", reason.code());
            } else {
                query.sql.push_str(" AND c.hold IS NULL");
            }
            if let Some(connection) = &filter.connection {
                query.only("d.connection =", connection.as_str());
            }
            query
        })
        .collect()
}

/// A query that is put together.
pub(super) struct Query {
    table: &'static str,
    pub(super) sql: String,
    pub(super) parameters: Vec<Value>,
}

impl Query {
    fn on(tables: &str, table: &'static str, partner: &PartnerId) -> Self {
        let sql = format!(
            "SELECT DISTINCT {table}.accepted_at, {table}.event FROM {tables} WHERE {table}.partner = ?"
        );
        Self { table, sql, parameters: vec![Value::Text(partner.to_string())] }
    }

    /// With one condition more, on a value that follows it.
    fn only(&mut self, condition: &str, value: impl Into<String>) {
        self.sql.push_str(" AND ");
        self.sql.push_str(condition);
        self.sql.push_str(" ?");
        self.parameters.push(Value::Text(value.into()));
    }

    fn page(&mut self, filter: &EventFilter, time: &str, id: &str, limit: usize) {
        let table = self.table;
        if let Some(organization) = &filter.organization {
            self.only(&format!("{table}.organization ="), organization.as_str());
        }
        if let Some(since) = filter.since {
            self.only(&format!("{table}.accepted_at >="), text(since));
        }
        if let Some(until) = filter.until {
            self.only(&format!("{table}.accepted_at <"), text(until));
        }
        let rest = format!(
            " AND ({table}.accepted_at, {table}.event) < (?, ?) ORDER BY {table}.accepted_at DESC, {table}.event DESC LIMIT ?"
        );
        self.sql.push_str(&rest);
        let limit = Value::Integer(rows_and_one(limit));
        self.parameters.extend([Value::Text(time.to_owned()), Value::Text(id.to_owned()), limit]);
    }
}
