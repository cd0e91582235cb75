//! Queries: by a filter, page by page, counted, by id, and by the parent's path.

mod filter;
mod narrow;

use std::time::Instant;

use http::Method;
use serde_json::{Map, Value, json};

use super::allow;
use super::call::{Call, member};
use super::reply::{no_such_method, no_such_route, refused};
use crate::autotask::schema::Entity;
use crate::autotask::switches::MissingItem;
use crate::autotask::tenant::{Record, Right};
use crate::autotask::world::World;
use crate::server::{Parameters, Reply};
use filter::{Condition, Reader};

/// The most records of a page, and how many there are unless fewer are asked for.
const PAGE: usize = 500;

/// What is asked for.
struct Query {
    condition: Condition,
    take: usize,
    include: Option<Vec<String>>,
    /// The last id of the page before.
    after: i64,
}

/// `…/query`, `…/query/count`, `…/query/next`.
pub fn answer(world: &World, call: &Call, entity: Entity, how: &[&str]) -> Result<Reply, Reply> {
    if !matches!(call.method, Method::GET | Method::POST) {
        return Err(no_such_method(&call.method));
    }
    if !matches!(how, [] | ["count" | "next"]) {
        return Err(no_such_route());
    }
    let right = allow(world, call, entity, "query")?;
    let parameters = Parameters::parse(&call.query);
    let is_next = how == ["next"];
    if is_next && call.method == Method::GET && parameters.text("search").is_none() {
        return Err(no_such_method(&call.method));
    }
    let asked = asked(world, call, &parameters)?;
    let mut query = read(world, entity, &asked)?;
    if is_next {
        let (after, size) = position(&parameters).ok_or_else(no_such_route)?;
        query.after = after;
        query.take = size.clamp(1, PAGE);
    }
    let now = Instant::now();
    let candidates = narrow::candidates(world, entity, &query.condition, query.after);
    let mut matching = candidates.filter(|record| {
        let visible = record.visible_from.is_none_or(|from| from <= now);
        visible && within_reach(call, right, record) && query.condition.matches(record)
    });
    if how == ["count"] {
        return Ok(Reply::ok(&json!({ "queryCount": matching.count() })));
    }
    let page: Vec<_> = matching.by_ref().take(query.take).collect();
    let is_full = page.len() == query.take;
    let more = is_full && (world.switches.full_last_page_has_next || matching.next().is_some());
    drop(matching);
    let include = query.include.as_deref();
    if more && include.is_some_and(|names| !names.iter().any(|name| name.eq_ignore_ascii_case("id"))) {
        return Err(refused(
            &world.switches,
            "IncludeFields must contain id if there is more than one page.",
        ));
    }
    let last = page.last().map_or(0, |record| record.id());
    let next = more.then(|| next_url(world, call, entity, &query, last, &parameters));
    let items: Vec<Value> = page.iter().map(|record| show(world, entity, record, include)).collect();
    Ok(Reply::ok(&json!({
        "items": items,
        "pageDetails": {
            "count": items.len(), "requestCount": query.take, "prevPageUrl": null, "nextPageUrl": next
        }
    })))
}

/// The query's document: the body of a POST, `search` of a GET.
fn asked(world: &World, call: &Call, parameters: &Parameters) -> Result<Map<String, Value>, Reply> {
    let missing = || refused(&world.switches, "Value cannot be null.\r\nParameter name: filters");
    if call.method == Method::POST {
        if call.body.is_empty() {
            return Err(missing());
        }
        return call.object(&world.switches);
    }
    let search = parameters.text("search").ok_or_else(missing)?;
    match serde_json::from_str(search) {
        Ok(Value::Object(object)) => Ok(object),
        _ => Err(refused(&world.switches, "Unexpected character encountered while parsing value. Path ''.")),
    }
}

fn read(world: &World, entity: Entity, asked: &Map<String, Value>) -> Result<Query, Reply> {
    let refuse = |message: String| refused(&world.switches, message);
    let (tenant, switches) = (&world.tenant, &world.switches);
    let mut reader = Reader { tenant, switches, entity, user_defined: 0, alternatives: 0 };
    let condition = reader.read(member(asked, "filter").unwrap_or(&Value::Null)).map_err(refuse)?;
    let take = match member(asked, "maxrecords") {
        None | Some(Value::Null) => PAGE,
        Some(value) => match value.as_u64().and_then(|size| usize::try_from(size).ok()) {
            Some(size) if size > 0 => size.min(PAGE),
            _ => return Err(refuse("MaxRecords must be between 1 and 500.".to_owned())),
        },
    };
    let include = match member(asked, "includefields") {
        Some(Value::Array(names)) if !names.is_empty() => {
            let names = names.iter().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>();
            let user_defined = |name: &str| tenant.user_defined_fields.iter().any(|field| field.name == name);
            let unknown =
                names.iter().find(|name| entity.schema().field(name).is_none() && !user_defined(name));
            if let Some(unknown) = unknown {
                return Err(refuse(format!("Unable to find {unknown} in the {} Entity.", entity.name())));
            }
            Some(names)
        }
        _ => None,
    };
    Ok(Query { condition, take, include, after: i64::MIN })
}

/// Where the next page begins. The token carries the position alone, not the filter.
fn position(parameters: &Parameters) -> Option<(i64, usize)> {
    let token: Value = serde_json::from_str(parameters.text("paging")?).ok()?;
    let size = usize::try_from(token["pageSize"].as_u64()?).ok()?;
    Some((token["nextIds"][0].as_i64()?, size))
}

fn next_url(
    world: &World,
    call: &Call,
    entity: Entity,
    query: &Query,
    last: i64,
    parameters: &Parameters,
) -> String {
    let before = if query.after == i64::MIN { -1 } else { query.after };
    let token = json!({ "pageSize": query.take, "previousIds": [before], "nextIds": [last] }).to_string();
    let mut url = format!("{}V1.0/{}/query/next?paging={}", world.zone_url(), entity.path(), encoded(&token));
    if call.method == Method::GET
        && let Some(search) = parameters.text("search")
    {
        url.push_str("&search=");
        url.push_str(&encoded(search));
    }
    url
}

/// Percent-encoded, in lower case as Autotask does it.
fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push_str(&data_encoding::HEXLOWER.encode(&[byte]));
        }
    }
    encoded
}

/// A restricted right reaches to some companies; whatever else there is looks as if it were not there.
fn within_reach(call: &Call, right: Right, record: &Record) -> bool {
    right == Right::All || record.company.is_some_and(|company| call.user.restricted_to.contains(&company))
}

/// One record by its id.
pub fn one(world: &World, call: &Call, entity: Entity, id: i64) -> Result<Reply, Reply> {
    if call.method != Method::GET {
        return Err(no_such_method(&call.method));
    }
    let right = allow(world, call, entity, "query")?;
    let record = world.record(entity, id).filter(|record| within_reach(call, right, record));
    match (record, world.switches.missing_item) {
        (Some(record), _) => Ok(Reply::ok(&json!({ "item": show(world, entity, &record, None) }))),
        (None, MissingItem::Null) => Ok(Reply::ok(&json!({ "item": null }))),
        (None, MissingItem::NotFound) => Err(no_such_route()),
    }
}

/// The children of a record, all on one page.
pub fn children(
    world: &World,
    call: &Call,
    entity: Entity,
    parent_field: &str,
    parent: i64,
) -> Result<Reply, Reply> {
    let right = allow(world, call, entity, "query")?;
    let now = Instant::now();
    let items: Vec<Value> = narrow::candidates(world, entity, &Condition::All(Vec::new()), i64::MIN)
        .filter(|record| record.number(parent_field) == Some(parent))
        .filter(|record| record.visible_from.is_none_or(|from| from <= now))
        .filter(|record| within_reach(call, right, record))
        .map(|record| show(world, entity, &record, None))
        .collect();
    Ok(Reply::ok(&json!({
        "items": items,
        "pageDetails": { "count": items.len(), "requestCount": PAGE, "prevPageUrl": null, "nextPageUrl": null }
    })))
}

/// One child of a record.
pub fn child(
    world: &World,
    call: &Call,
    entity: Entity,
    (parent_field, parent): (&str, i64),
    id: i64,
) -> Result<Reply, Reply> {
    match world.record(entity, id) {
        Some(record) if record.number(parent_field) != Some(parent) => Err(no_such_route()),
        _ => one(world, call, entity, id),
    }
}

/// A record as the API shows it: every field, null where it is not set, or those that are asked for.
pub fn show(world: &World, entity: Entity, record: &Record, include: Option<&[String]>) -> Value {
    let wanted =
        |name: &str| include.is_none_or(|names| names.iter().any(|wanted| wanted.eq_ignore_ascii_case(name)));
    let mut shown = Map::new();
    for field in &entity.schema().fields {
        if wanted(field.name) {
            let value = record.fields.get(field.name).cloned().unwrap_or(Value::Null);
            shown.insert(field.name.to_owned(), value);
        }
    }
    let user_defined: Vec<Value> = if entity == Entity::Tickets {
        let fields = world.tenant.user_defined_fields.iter().filter(|field| wanted(&field.name));
        fields
            .map(|field| json!({ "name": field.name, "value": record.user_defined.get(&field.name) }))
            .collect()
    } else {
        Vec::new()
    };
    shown.insert("userDefinedFields".to_owned(), Value::Array(user_defined));
    Value::Object(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_encoded_as_it_was_seen() {
        assert_eq!(encoded(r#"{"pageSize":500}"#), "%7b%22pageSize%22%3a500%7d");
    }
}
