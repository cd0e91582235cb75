//! What HaloPSA writes, by its own field names, as far as the bridge reads it.

use super::lenient::{flag, int, list, text, time};
use super::session::Row;
use jiff::Timestamp;
use serde::Deserialize;

/// `Faults` in HaloPSA's schema.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TicketRow {
    #[serde(deserialize_with = "int")]
    pub(super) id: Option<i64>,
    #[serde(deserialize_with = "text")]
    pub(super) summary: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) details: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) details_html: Option<String>,
    #[serde(deserialize_with = "int")]
    pub(super) client_id: Option<i64>,
    #[serde(deserialize_with = "int")]
    pub(super) status_id: Option<i64>,
    #[serde(deserialize_with = "text")]
    pub(super) third_party_id_string: Option<String>,
    #[serde(deserialize_with = "flag")]
    pub(super) hasbeenclosed: Option<bool>,
    #[serde(deserialize_with = "flag")]
    pub(super) deleted: Option<bool>,
    #[serde(deserialize_with = "int")]
    pub(super) merged_into_id: Option<i64>,
    #[serde(deserialize_with = "time")]
    pub(super) dateoccurred: Option<Timestamp>,
    #[serde(deserialize_with = "time")]
    pub(super) dateclosed: Option<Timestamp>,
}

impl TicketRow {
    /// The id, where the ticket exists: HaloPSA answers for a deleted one with an object that has none.
    pub(super) fn real_id(&self) -> Option<i64> {
        self.id.filter(|id| *id > 0)
    }

    /// What integrations write their key into, where the row shows one.
    pub(super) fn third_party(&self) -> Option<&str> {
        self.third_party_id_string.as_deref().map(str::trim).filter(|text| !text.is_empty())
    }

    /// The description in whichever forms the row shows.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        [&self.details_html, &self.details]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .filter(|text| !text.is_empty())
    }
}

/// `Actions` in HaloPSA's schema.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ActionRow {
    #[serde(deserialize_with = "int")]
    pub(super) id: Option<i64>,
    #[serde(deserialize_with = "int")]
    pub(super) ticket_id: Option<i64>,
    #[serde(deserialize_with = "text")]
    pub(super) note: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) note_html: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) who: Option<String>,
    /// 1 an agent, 2 a user.
    #[serde(deserialize_with = "int")]
    pub(super) who_type: Option<i64>,
    #[serde(deserialize_with = "int")]
    pub(super) who_agentid: Option<i64>,
    #[serde(deserialize_with = "text")]
    pub(super) actionby_application_id: Option<String>,
}

impl ActionRow {
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        [&self.note_html, &self.note].into_iter().flatten().map(String::as_str)
    }
}

/// `Area` in HaloPSA's schema.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ClientRow {
    #[serde(deserialize_with = "int")]
    pub(super) id: Option<i64>,
    #[serde(deserialize_with = "text")]
    pub(super) name: Option<String>,
    #[serde(deserialize_with = "flag")]
    pub(super) inactive: Option<bool>,
}

/// `Licence_List` in HaloPSA's schema.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct LicenceRow {
    #[serde(deserialize_with = "int")]
    pub(super) id: Option<i64>,
    #[serde(deserialize_with = "text")]
    pub(super) name: Option<String>,
    #[serde(deserialize_with = "int")]
    pub(super) count: Option<i64>,
    #[serde(deserialize_with = "int")]
    pub(super) client_id: Option<i64>,
    #[serde(deserialize_with = "flag")]
    pub(super) is_active: Option<bool>,
    #[serde(deserialize_with = "flag")]
    pub(super) deleted: Option<bool>,
}

/// `RequestType` in HaloPSA's schema. The link to the SLA has had five names.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TicketTypeRow {
    #[serde(deserialize_with = "int")]
    pub(super) id: Option<i64>,
    #[serde(deserialize_with = "text")]
    pub(super) name: Option<String>,
    #[serde(rename = "use", deserialize_with = "text")]
    pub(super) used_for: Option<String>,
    #[serde(deserialize_with = "flag")]
    pub(super) cancreate: Option<bool>,
    #[serde(deserialize_with = "flag")]
    pub(super) inactive: Option<bool>,
    #[serde(deserialize_with = "int")]
    default_sla: Option<i64>,
    #[serde(deserialize_with = "int")]
    default_sla_id: Option<i64>,
    #[serde(deserialize_with = "int")]
    sla_id: Option<i64>,
    #[serde(deserialize_with = "int")]
    slaid: Option<i64>,
    #[serde(deserialize_with = "int")]
    sla: Option<i64>,
}

impl TicketTypeRow {
    pub(super) fn default_sla(&self) -> Option<i64> {
        [self.default_sla, self.default_sla_id, self.sla_id, self.slaid, self.sla]
            .into_iter()
            .flatten()
            .find(|id| *id > 0)
    }

    /// Whether tickets of this type can be made.
    pub(super) fn is_usable(&self) -> bool {
        let for_tickets = self.used_for.as_deref().is_none_or(|used| used.eq_ignore_ascii_case("tickets"));
        for_tickets && self.cancreate != Some(false) && self.inactive != Some(true)
    }
}

/// `SlaHead` in HaloPSA's schema. Some versions list the ids of the priorities alone.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SlaRow {
    #[serde(deserialize_with = "int")]
    pub(super) id: Option<i64>,
    #[serde(deserialize_with = "text")]
    pub(super) name: Option<String>,
    #[serde(deserialize_with = "list")]
    pub(super) priorities: Vec<PriorityRow>,
}

/// `Policy` in HaloPSA's schema. A ticket takes `priorityid`, which means something within its SLA alone; `id` is a
/// GUID that tickets know nothing of.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PriorityRow {
    #[serde(deserialize_with = "int")]
    pub(super) slaid: Option<i64>,
    #[serde(deserialize_with = "int")]
    pub(super) priorityid: Option<i64>,
    #[serde(deserialize_with = "text")]
    pub(super) name: Option<String>,
    #[serde(deserialize_with = "flag")]
    pub(super) ishidden: Option<bool>,
}

/// A row of a short list: a status, team, category, look-up value or outcome.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct NamedRow {
    #[serde(deserialize_with = "int")]
    pub(super) id: Option<i64>,
    #[serde(deserialize_with = "text")]
    pub(super) name: Option<String>,
    /// Of categories: the whole path.
    #[serde(deserialize_with = "text")]
    pub(super) value: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) category_name: Option<String>,
    /// Of outcomes.
    #[serde(deserialize_with = "text")]
    pub(super) outcome: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) buttonname: Option<String>,
    #[serde(deserialize_with = "flag")]
    pub(super) inactive: Option<bool>,
    #[serde(deserialize_with = "flag")]
    pub(super) hidden: Option<bool>,
    /// Of teams.
    #[serde(deserialize_with = "flag")]
    pub(super) forrequests: Option<bool>,
}

/// `FieldInfo` in HaloPSA's schema.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct FieldRow {
    #[serde(deserialize_with = "text")]
    pub(super) name: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) label: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) hint: Option<String>,
    #[serde(deserialize_with = "flag")]
    pub(super) readonly: Option<bool>,
    #[serde(deserialize_with = "int")]
    pub(super) characterlimit: Option<i64>,
    #[serde(deserialize_with = "list")]
    pub(super) values: Vec<NamedRow>,
}

/// `GET /Agent/me`, which has been seen as the agent's record and as a list of claims.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Me {
    #[serde(deserialize_with = "int")]
    id: Option<i64>,
    #[serde(deserialize_with = "list")]
    claims: Vec<Claim>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Claim {
    #[serde(rename = "type", deserialize_with = "text")]
    kind: Option<String>,
    #[serde(deserialize_with = "int")]
    value: Option<i64>,
}

impl Me {
    /// The id of the agent, where it can be read with certainty.
    pub(super) fn agent_id(&self) -> Option<i64> {
        const NAMES: [&str; 3] = ["agentid", "agent_id", "agent-id"];
        let mut claimed = self.claims.iter().filter(|claim| {
            let kind = claim.kind.as_deref().unwrap_or_default().to_ascii_lowercase();
            let name = kind.rsplit(['/', ':', '.']).next().unwrap_or_default();
            NAMES.contains(&name)
        });
        self.id.or_else(|| claimed.find_map(|claim| claim.value)).filter(|id| *id > 0)
    }
}

macro_rules! rows {
    ($($name:ident),*) => {
        $(impl Row for $name {
            fn id(&self) -> Option<i64> {
                self.id
            }
        })*
    };
}

rows!(TicketRow, ActionRow, ClientRow, LicenceRow);

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn ticket(row: Value) -> TicketRow {
        serde_json::from_value(row).unwrap()
    }

    #[test]
    fn a_ticket_exists_where_it_has_an_id_above_zero() {
        for (row, id) in [
            (json!({ "id": 2381 }), Some(2381)),
            (json!({ "id": "2381" }), Some(2381)),
            (json!({ "id": 1 }), Some(1)),
            (json!({ "id": 0 }), None),
            (json!({ "id": -1 }), None),
            (json!({ "summary": "deleted" }), None),
        ] {
            assert_eq!(ticket(row.clone()).real_id(), id, "{row}");
        }
    }

    #[test]
    fn an_empty_key_is_no_key() {
        let key = |text: &str| ticket(json!({ "third_party_id_string": text }));
        assert_eq!(key(" PSB-7 ").third_party(), Some("PSB-7"));
        assert_eq!(key("  ").third_party(), None);
        assert_eq!(ticket(json!({})).third_party(), None);
    }

    #[test]
    fn texts_are_read_in_both_forms() {
        let both = ticket(json!({ "details": "plain", "details_html": "<p>html</p>" }));
        assert_eq!(both.texts().collect::<Vec<_>>(), ["<p>html</p>", "plain"]);
        assert_eq!(ticket(json!({ "details": "", "details_html": null })).texts().count(), 0);
        let note: ActionRow =
            serde_json::from_value(json!({ "note": "plain", "note_html": "html" })).unwrap();
        assert_eq!(note.texts().collect::<Vec<_>>(), ["html", "plain"]);
    }

    #[test]
    fn a_ticket_types_sla_is_the_first_that_is_one() {
        let sla = |row: Value| serde_json::from_value::<TicketTypeRow>(row).unwrap().default_sla();
        assert_eq!(sla(json!({ "default_sla": 0, "slaid": 4 })), Some(4));
        assert_eq!(sla(json!({ "default_sla": -1, "sla": 0 })), None);
        assert_eq!(sla(json!({ "sla": 1 })), Some(1));
    }

    #[test]
    fn the_own_agent_is_read_from_a_record_or_from_claims() {
        let me = |answer: Value| serde_json::from_value::<Me>(answer).unwrap().agent_id();
        assert_eq!(me(json!({ "id": 30, "name": "API" })), Some(30));
        assert_eq!(me(json!({ "id": 0 })), None);
        assert_eq!(me(json!({ "id": 1 })), Some(1));
        let claim = |kind: &str, value: Value| json!({ "claims": [{ "type": "sub", "value": "x" }, { "type": kind, "value": value }] });
        assert_eq!(me(claim("https://halo.example/claims/agentid", json!("30"))), Some(30));
        assert_eq!(me(claim("agent_id", json!(-1))), None);
        assert_eq!(me(claim("department_id", json!(30))), None);
    }
}
