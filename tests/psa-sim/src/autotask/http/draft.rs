//! The body of a create or a change, read against the entity's fields: unknown members, nulls, types, lengths, picklists.
//!
//! Numbers in quotes are read, and an empty text clears its field: the library django-autotask sends both in production.

use std::collections::BTreeMap;

use serde_json::{Map, Number, Value};

use super::call::member;
use crate::autotask::schema::{Entity, Field, FieldType};
use crate::autotask::switches::{Switches, Unwelcome};
use crate::autotask::tenant::{PicklistValue, Record, Row, UserDefinedField};
use crate::autotask::world::World;
use crate::time::parse_date;

/// What a record is to become.
#[derive(Debug, Default)]
pub struct Draft {
    /// Fields that are set.
    pub set: Row,
    /// Fields that are nulled.
    pub cleared: Vec<&'static str>,
    pub user_defined: BTreeMap<String, Value>,
    /// What is wrong with it.
    pub problems: Vec<String>,
}

/// Reads a body; `current` is the record that it changes, if it changes one.
pub fn read(world: &World, entity: Entity, body: &Map<String, Value>, current: Option<&Record>) -> Draft {
    let mut draft = Draft::default();
    let switches = &world.switches;
    for (name, value) in body {
        if name.eq_ignore_ascii_case("userDefinedFields") {
            if entity == Entity::Tickets {
                read_user_defined(world, value, &mut draft);
            }
            continue;
        }
        let Some(field) = entity.schema().field(name) else {
            if switches.unknown_members == Unwelcome::Refuse {
                // The words are those of queries; whether creates refuse at all is not known.
                draft.problems.push(format!("Unable to find {name} in the {} Entity.", entity.name()));
            }
            continue;
        };
        // A change names its record, and a child its parent.
        if field.name == "id" {
            continue;
        }
        if field.read_only {
            if switches.refuse_read_only_members {
                draft.problems.push(format!("The field {} is read-only.", field.name));
            }
            continue;
        }
        let empty = is_no_value(switches, value);
        if value.is_null() || empty {
            if current.is_some() {
                draft.cleared.push(field.name);
            } else if !empty && switches.null_members == Unwelcome::Refuse {
                draft.problems.push(not_null(field));
            }
            continue;
        }
        let kept = convert(switches, field, value).and_then(|value| {
            check_picklist(world, entity, field, &value, current)?;
            Ok(value)
        });
        match kept {
            Ok(value) => {
                draft.set.insert(field.name, value);
            }
            Err(problem) => draft.problems.push(problem),
        }
    }
    draft
}

/// The words are .NET's; that nulls broke creates is known, the text is not.
fn not_null(field: &Field) -> String {
    format!(
        "Error converting value {{null}} to type '{}'. Path '{}', line 1, position 1.",
        dot_net(field.kind),
        field.name
    )
}

fn dot_net(kind: FieldType) -> &'static str {
    match kind {
        FieldType::Integer => "System.Int32",
        FieldType::Long => "System.Int64",
        FieldType::Double => "System.Double",
        FieldType::Boolean => "System.Boolean",
        FieldType::DateTime => "System.DateTime",
        FieldType::Text => "System.String",
    }
}

/// Whether the value is an empty text that stands for none.
fn is_no_value(switches: &Switches, value: &Value) -> bool {
    !switches.strict_values && value.as_str() == Some("")
}

/// The number that a record is named by.
pub fn id(switches: &Switches, body: &Map<String, Value>) -> Option<i64> {
    let value = member(body, "id")?;
    unquoted(switches, FieldType::Long, value).unwrap_or_else(|| value.clone()).as_i64()
}

/// The number in a text, where the field wants one.
fn unquoted(switches: &Switches, kind: FieldType, value: &Value) -> Option<Value> {
    let text = value.as_str().filter(|_| !switches.strict_values)?;
    match kind {
        FieldType::Integer | FieldType::Long => text.parse::<i64>().ok().map(Value::from),
        FieldType::Double => text.parse().ok().and_then(Number::from_f64).map(Value::Number),
        FieldType::Boolean | FieldType::DateTime | FieldType::Text => None,
    }
}

/// The value, if it is of the field's type.
fn convert(switches: &Switches, field: &Field, value: &Value) -> Result<Value, String> {
    let number = unquoted(switches, field.kind, value);
    let value = number.as_ref().unwrap_or(value);
    let fits = match field.kind {
        FieldType::Integer => value.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
        FieldType::Long => value.is_i64(),
        FieldType::Double => value.is_number(),
        FieldType::Boolean => value.is_boolean(),
        FieldType::DateTime => value.as_str().is_some_and(|text| parse_date(text).is_some()),
        FieldType::Text => value.is_string(),
    };
    if !fits {
        return Err(format!(
            "Error converting value {value} to type '{}'. Path '{}', line 1, position 1.",
            dot_net(field.kind),
            field.name
        ));
    }
    let length = value.as_str().map_or(0, |text| text.chars().count());
    if field.kind == FieldType::Text && field.length > 0 && length > field.length {
        return Err(too_long(field.name));
    }
    let time = (field.kind == FieldType::DateTime).then(|| value.as_str().and_then(parse_date)).flatten();
    Ok(time.map_or_else(|| value.clone(), |time| crate::autotask::world::show_time(time).into()))
}

fn too_long(name: &str) -> String {
    format!("String value exceeds maximum length (field:{name})")
}

/// A record may keep a value that can't be chosen any more, but not take it.
fn check_picklist(
    world: &World,
    entity: Entity,
    field: &Field,
    value: &Value,
    current: Option<&Record>,
) -> Result<(), String> {
    if !field.picklist || current.is_some_and(|current| current.fields.get(field.name) == Some(value)) {
        return Ok(());
    }
    let values = world.tenant.picklist(entity.path(), field.name);
    if is_choice(world, &values, |choice| value.as_i64() == Some(choice.value)) {
        return Ok(());
    }
    Err(format!("Picklist value [{value}] does not exist for {}. ; on record number [1].", field.name))
}

fn is_choice(world: &World, values: &[PicklistValue], matches: impl Fn(&PicklistValue) -> bool) -> bool {
    let any = world.switches.inactive_picklist_value == Unwelcome::Ignore;
    values.iter().any(|choice| matches(choice) && (choice.active || any))
}

/// User-defined fields are `[{"name": …, "value": …}]`, their values texts.
fn read_user_defined(world: &World, value: &Value, draft: &mut Draft) {
    let Value::Array(rows) = value else {
        draft.problems.push(
            "Unexpected character encountered while parsing value. Path 'userDefinedFields'.".to_owned(),
        );
        return;
    };
    for row in rows {
        let name = row["name"].as_str().unwrap_or_default();
        let known =
            world.tenant.user_defined_fields.iter().find(|field| field.name.eq_ignore_ascii_case(name));
        let Some(field) = known else {
            draft.problems.push(format!("Unable to find user-defined field {name} in the Ticket Entity."));
            continue;
        };
        match check_user_defined(world, field, &row["value"]) {
            Ok(value) => {
                draft.user_defined.insert(field.name.clone(), value);
            }
            Err(problem) => draft.problems.push(problem),
        }
    }
}

fn check_user_defined(world: &World, field: &UserDefinedField, value: &Value) -> Result<Value, String> {
    let Some(text) = value.as_str() else {
        if value.is_null() {
            return Ok(Value::Null);
        }
        return Err(format!(
            "Error converting value {value} to type 'System.String'. Path 'userDefinedFields'."
        ));
    };
    if is_no_value(&world.switches, value) {
        return Ok(Value::Null);
    }
    if field.length > 0 && text.chars().count() > field.length {
        return Err(too_long(&field.name));
    }
    let by_value = |choice: &PicklistValue| choice.value.to_string() == text;
    if !field.values.is_empty() && !is_choice(world, &field.values, by_value) {
        return Err(format!(
            "Picklist value [{text}] does not exist for {}. ; on record number [1].",
            field.name
        ));
    }
    if field.kind == "Integer" && text.parse::<i64>().is_err() {
        return Err(format!("The value {text} is not valid for the user-defined field {}.", field.name));
    }
    Ok(value.clone())
}
