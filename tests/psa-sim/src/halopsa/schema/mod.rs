//! Reads posted objects as strictly as Halo's own deserialiser does, and knows which members exist.
//!
//! The member lists are Halo's OpenAPI document of September 2024; unknown members are dropped without a word, as
//! Halo does. The texts of the refusals are those of Newtonsoft.Json, one of which was observed live.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde_json::{Map, Value};

use crate::server::Reply;

/// The members of an object that Halo takes.
pub struct Schema(HashMap<String, (&'static str, Type)>);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Type {
    Integer,
    Number,
    Boolean,
    Text,
    Date,
    Array,
    Object,
}

/// Members of a ticket.
pub static TICKET: LazyLock<Schema> = LazyLock::new(|| Schema::parse(include_str!("ticket.fields")));
/// Members of an action.
pub static ACTION: LazyLock<Schema> = LazyLock::new(|| Schema::parse(include_str!("action.fields")));
/// Members of a software licence.
pub static LICENCE: LazyLock<Schema> = LazyLock::new(|| Schema::parse(include_str!("licence.fields")));
/// Members of an external link.
pub static EXTERNAL_LINK: LazyLock<Schema> =
    LazyLock::new(|| Schema::parse(include_str!("external_link.fields")));

/// A numeric string in one of these is answered as if no client had been chosen (seen in production by others).
const WHO_IT_IS_FOR: [&str; 3] = ["client_id", "site_id", "user_id"];

/// The answer to a ticket whose client, site and user do not fit together.
pub const SELECT_A_VALID_CLIENT: &str = "Please select a valid Client/Site/User";

impl Schema {
    fn parse(text: &'static str) -> Self {
        let mut members = HashMap::new();
        let mut current = Type::Text;
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            match line {
                "integer:" => current = Type::Integer,
                "number:" => current = Type::Number,
                "boolean:" => current = Type::Boolean,
                "string:" => current = Type::Text,
                "date:" => current = Type::Date,
                "array:" => current = Type::Array,
                "object:" => current = Type::Object,
                names => {
                    for name in names.split_whitespace() {
                        members.insert(name.to_lowercase(), (name, current));
                    }
                }
            }
        }
        Self(members)
    }

    /// The known members of the object, each of the right type; nulls count as absent.
    pub fn read(&self, path: &str, posted: &Map<String, Value>) -> Result<Map<String, Value>, Reply> {
        let mut known = Map::new();
        for (name, value) in posted {
            let Some((canonical, wanted)) = self.0.get(&name.to_lowercase()) else { continue };
            if value.is_null() {
                continue;
            }
            let value =
                convert(*wanted, value).map_err(|message| refuse(path, canonical, value, &message))?;
            known.insert((*canonical).to_owned(), value);
        }
        Ok(known)
    }
}

fn refuse(path: &str, member: &str, value: &Value, message: &str) -> Reply {
    let numeric_text = value.as_str().is_some_and(|text| text.parse::<i64>().is_ok());
    if numeric_text && WHO_IT_IS_FOR.contains(&member) {
        return Reply::refused(SELECT_A_VALID_CLIENT);
    }
    let place = if path.is_empty() { member.to_owned() } else { format!("{path}.{member}") };
    Reply::model_state(&place, &format!("{message} Path '{place}', line 1, position 1."))
}

fn convert(wanted: Type, value: &Value) -> Result<Value, String> {
    let fits = match wanted {
        Type::Integer => value.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
        Type::Number => value.is_number(),
        Type::Boolean => value.is_boolean(),
        Type::Text => value.is_string(),
        Type::Date => value.as_str().is_some_and(|text| crate::halopsa::world::parse_date(text).is_some()),
        Type::Array => value.is_array(),
        Type::Object => value.is_object(),
    };
    if fits {
        return Ok(value.clone());
    }
    match (wanted, value) {
        (Type::Text, Value::Number(number)) => Ok(Value::String(number.to_string())),
        (Type::Text, Value::Bool(flag)) => Ok(Value::String(if *flag { "True" } else { "False" }.to_owned())),
        (Type::Integer, Value::String(text)) => Err(format!("Could not convert string to integer: {text}.")),
        (Type::Number, Value::String(text)) => Err(format!("Could not convert string to double: {text}.")),
        (Type::Boolean, Value::String(text)) => Err(format!("Could not convert string to boolean: {text}.")),
        (Type::Date, Value::String(text)) => Err(format!("Could not convert string to DateTime: {text}.")),
        (Type::Integer, Value::Number(number)) => {
            Err(format!("Input string '{number}' is not a valid integer."))
        }
        (_, other) => {
            let first = other.to_string().chars().next().unwrap_or('?');
            Err(format!("Unexpected character encountered while parsing value: {first}."))
        }
    }
}
