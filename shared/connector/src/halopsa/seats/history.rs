//! Who changed what of a licence, by HaloPSA's own history: what tells a loss by our write from an operator's edit in the
//! same moment.
//!
//! That there is a field, an old value, a new value, a person and a time is told; by which names, is not. So several are
//! tried, and a history that cannot be read counts as none.

use super::super::api;
use super::super::session::Session;
use super::record::{Record, is_blank, whole};
use crate::lenient::as_int;
use crate::{PsaError, PsaErrorKind};
use serde_json::{Map, Value};

const WHO: [&str; 5] = ["who", "agent_name", "agentname", "changed_by", "user_name"];
const FIELD: [&str; 4] = ["field_name", "fieldname", "field", "fieldid"];
const OLD: [&str; 4] = ["old_value", "oldvalue", "old", "from"];
const NEW: [&str; 4] = ["new_value", "newvalue", "new", "to"];

/// The changes of one licence.
#[derive(Debug)]
pub(super) struct History(Vec<Change>);

#[derive(Clone, Debug)]
struct Change {
    id: i64,
    who: String,
    field: String,
    old: String,
    new: String,
}

/// The newest change that a history had at some time.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mark(i64);

impl History {
    /// None where there is none to be read.
    pub(super) async fn read(session: &Session, licence: i64) -> Result<Option<Self>, PsaError> {
        match api::licence_changes(session, licence).await {
            Ok(rows) => {
                let changes: Vec<_> = rows.iter().filter_map(Change::parse).collect();
                Ok((changes.len() == rows.len()).then_some(Self(changes)))
            }
            Err(error) => match error.kind() {
                PsaErrorKind::MissingPermission
                | PsaErrorKind::NotFound
                | PsaErrorKind::Rejected { .. }
                | PsaErrorKind::Protocol => Ok(None),
                _ => Err(error),
            },
        }
    }

    pub(super) fn mark(&self) -> Mark {
        Mark(self.0.iter().map(|change| change.id).max().unwrap_or_default())
    }

    /// Who made the newest change of the count from the one to the other: ourselves.
    fn own_name(&self, from: i64, to: i64) -> Option<&str> {
        let counts = self.0.iter().filter(|change| {
            change.old.trim().parse() == Ok(from) && change.new.trim().parse() == Ok(to) && change.is_count()
        });
        counts.max_by_key(|change| change.id).map(|change| change.who.as_str())
    }

    /// What our writing the count alone took away, of what is blank now, with the value that each had then. None where
    /// the history does not say who we are.
    pub(super) fn lost(
        &self,
        (from, to): (i64, i64),
        before: &Record,
        after: &Record,
    ) -> Option<Map<String, Value>> {
        let own = self.own_name(from, to)?;
        let lost = after.blanks().filter_map(|(name, blank)| {
            let newest = self.0.iter().filter(|change| change.is_of(name)).max_by_key(|change| change.id)?;
            let ours = newest.who == own && !newest.leaves_a_value();
            let like = before.get(name).filter(|value| !value.is_null()).unwrap_or(blank);
            ours.then(|| (name.to_owned(), newest.old_like(like)))
        });
        Some(lost.collect())
    }

    /// What our writing everything took back: edits by others since the mark, with the value that they gave.
    pub(super) fn overwritten(
        &self,
        (from, to): (i64, i64),
        since: Mark,
        now: &Record,
    ) -> Map<String, Value> {
        let Some(own) = self.own_name(from, to) else { return Map::new() };
        let ours =
            self.0.iter().filter(|change| change.id > since.0 && change.who == own && !change.is_count());
        let mut edits = Map::new();
        for change in ours {
            if let Some(value) = now.get(&change.field) {
                edits.insert(change.field.clone(), change.old_like(value));
            }
        }
        edits
    }
}

impl Change {
    fn parse(row: &Map<String, Value>) -> Option<Self> {
        let text = |names: &[&str]| {
            names.iter().find_map(|name| match row.get(*name)? {
                Value::String(text) => Some(text.clone()),
                Value::Null => Some(String::new()),
                Value::Bool(_) | Value::Number(_) => row.get(*name).map(Value::to_string),
                _ => None,
            })
        };
        Some(Self {
            id: row.get("id").and_then(as_int)?,
            who: text(&WHO)?,
            field: text(&FIELD)?,
            old: text(&OLD)?,
            new: text(&NEW)?,
        })
    }

    fn is_of(&self, field: &str) -> bool {
        self.field.eq_ignore_ascii_case(field)
    }

    fn is_count(&self) -> bool {
        self.is_of("count")
    }

    fn leaves_a_value(&self) -> bool {
        let new = self.new.trim();
        let nothing = ["null", "false"].iter().any(|word| new.eq_ignore_ascii_case(word));
        !(nothing || is_blank(&Value::from(new)) || new.parse() == Ok(0.0))
    }

    /// The old value in the type of another, or that other where it is none of its type.
    fn old_like(&self, like: &Value) -> Value {
        let old = self.old.as_str();
        match like {
            Value::String(_) => Some(old.into()),
            Value::Bool(_) => old.trim().to_ascii_lowercase().parse::<bool>().ok().map(Value::from),
            Value::Number(_) => match old.trim().parse::<i64>() {
                Ok(number) => Some(number.into()),
                Err(_) => old.trim().parse::<f64>().ok().map(Value::from),
            },
            _ => serde_json::from_str(old).ok(),
        }
        .map_or_else(|| like.clone(), whole)
    }
}
