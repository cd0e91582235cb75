//! Lists: their shape, their pages, and ids that are floats.

use serde_json::{Map, Value, json};

use crate::halopsa::switches::{FloatIds, ListShape, ReplyShape, Switches};
use crate::server::{Parameters, Reply};

/// How Halo's documentation, and its users, know a list.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Documented {
    Bare,
    Envelope,
}

/// Which records of a list are asked for.
pub struct Page {
    pub skip: usize,
    pub take: usize,
    number: Option<(i64, usize)>,
}

impl Page {
    /// Reads `pageinate`, `page_size`, `page_no` and `count`.
    pub fn of(parameters: &Parameters, cap: Option<usize>, switches: &Switches) -> Result<Self, Reply> {
        let cap = cap.unwrap_or(usize::MAX);
        let size = |name| {
            let asked = parameters.number(name)?;
            Ok::<_, Reply>(asked.and_then(|size| usize::try_from(size).ok()).filter(|&size| size > 0))
        };
        if !parameters.flag("pageinate") {
            return Ok(Self { skip: 0, take: size("count")?.unwrap_or(usize::MAX).min(cap), number: None });
        }
        let take = size("page_size")?.unwrap_or(50).min(cap);
        let page_no = parameters.number("page_no")?.unwrap_or(1).max(1);
        let before = page_no - 1;
        let skip =
            before.saturating_mul(i64::try_from(take).unwrap_or(i64::MAX)) - before * switches.page_shift;
        Ok(Self { skip: usize::try_from(skip).unwrap_or(0), take, number: Some((page_no, take)) })
    }

    /// The records that are asked for, of all.
    pub fn cut<T>(&self, all: Vec<T>) -> Vec<T> {
        all.into_iter().skip(self.skip).take(self.take).collect()
    }
}

/// Puts records into the list's shape.
pub fn list(
    switches: &Switches,
    documented: Documented,
    name: &str,
    records: Vec<Value>,
    total: usize,
    page: Option<&Page>,
) -> Reply {
    let records: Vec<Value> = records.into_iter().map(|record| float_ids(switches, name, record)).collect();
    let envelope = match switches.list_shape {
        ListShape::Documented => documented == Documented::Envelope,
        ListShape::AllBare => false,
        ListShape::AllEnvelopes => true,
    };
    if !envelope {
        return Reply::ok(&Value::Array(records));
    }
    let mut body = Map::new();
    if let Some((page_no, page_size)) = page.and_then(|page| page.number) {
        body.insert("page_no".to_owned(), page_no.into());
        body.insert("page_size".to_owned(), page_size.into());
    }
    body.insert("record_count".to_owned(), total.into());
    body.insert(name.to_owned(), Value::Array(records));
    Reply::ok(&Value::Object(body))
}

/// A whole list of configuration, which is not paged.
pub fn configuration(switches: &Switches, name: &str, records: Vec<Value>) -> Reply {
    let total = records.len();
    list(switches, Documented::Bare, name, records, total, None)
}

/// A page of records.
pub fn records(
    switches: &Switches,
    parameters: &Parameters,
    name: &str,
    records: Vec<Value>,
) -> Result<Reply, Reply> {
    let page = Page::of(parameters, switches.list_page_cap, switches)?;
    let total = records.len();
    Ok(list(switches, Documented::Envelope, name, page.cut(records), total, Some(&page)))
}

/// A single record.
pub fn record(switches: &Switches, name: &str, record: Value) -> Reply {
    Reply::ok(&float_ids(switches, name, record))
}

/// What a POST answers with: the last of what it stored, or all of it.
pub fn stored(switches: &Switches, parameters: &Parameters, name: &str, mut stored: Vec<Value>) -> Reply {
    let all = parameters.flag("returnall");
    stored = stored.into_iter().map(|record| float_ids(switches, name, record)).collect();
    let last = stored.last().cloned().unwrap_or(Value::Null);
    let body = match switches.reply_shape {
        ReplyShape::Object if all => Value::Array(stored),
        ReplyShape::Object => last,
        ReplyShape::ArrayOfOne => Value::Array(if all { stored } else { vec![last] }),
        ReplyShape::Envelope => {
            let records = if all { stored } else { vec![last] };
            json!({ "record_count": records.len(), name: records })
        }
    };
    Reply::json(http::StatusCode::CREATED, &body)
}

fn float_ids(switches: &Switches, name: &str, mut record: Value) -> Value {
    let wanted = match switches.float_ids {
        FloatIds::None => false,
        FloatIds::Users => name == "users",
        FloatIds::All => true,
    };
    if wanted && let Value::Object(members) = &mut record {
        for (member, value) in members.iter_mut() {
            if (member == "id" || member.ends_with("_id"))
                && let Some(number) = value.as_i64().and_then(|number| i32::try_from(number).ok())
            {
                *value = Value::from(f64::from(number));
            }
        }
    }
    record
}
