//! A request as the endpoints see it: method, path without regard to case, parameters, body, and who asks.

use http::{Method, header};
use serde_json::{Map, Value};

use crate::halopsa::access::Session;
use crate::halopsa::world::parse_date;
use crate::server::{Parameters, Reply};

/// A request to the API.
pub struct Call {
    pub method: Method,
    /// The path after `/api`, in lower case.
    pub path: Vec<String>,
    pub parameters: Parameters,
    pub content_type: String,
    pub body: Vec<u8>,
    pub session: Session,
}

impl Parameters {
    /// A whole number; anything else is refused as ASP.NET does.
    pub fn number(&self, name: &str) -> Result<Option<i64>, Reply> {
        self.text(name).map(|value| value.parse().map_err(|_| invalid(name, value))).transpose()
    }

    /// Whole numbers with commas between.
    pub fn numbers(&self, name: &str) -> Option<Vec<i64>> {
        self.text(name).map(|value| value.split(',').filter_map(|part| part.trim().parse().ok()).collect())
    }

    /// A date or a time, and whether it came without a time of day.
    pub fn date(&self, name: &str) -> Result<Option<(i64, bool)>, Reply> {
        let Some(value) = self.text(name) else { return Ok(None) };
        let time = parse_date(value).ok_or_else(|| invalid(name, value))?;
        Ok(Some((time, !value.contains(['T', ' ', ':']))))
    }
}

fn invalid(name: &str, value: &str) -> Reply {
    Reply::model_state(name, &format!("The value '{value}' is not valid."))
}

impl Call {
    /// The id in the path, as in `/Tickets/12`.
    pub fn id(&self) -> Result<i64, Reply> {
        self.path.get(1).and_then(|text| text.parse().ok()).ok_or_else(Reply::not_found)
    }

    fn json(&self) -> Result<Value, Reply> {
        let kind = self.content_type.split(';').next().unwrap_or_default().trim().to_lowercase();
        let accepted = kind == "application/json"
            || kind == "text/json"
            || (kind.starts_with("application/") && kind.ends_with("+json"));
        if !accepted {
            return Err(Reply::unsupported_media_type());
        }
        serde_json::from_slice(&self.body).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            let what = format!("Unexpected character encountered while parsing value. Path '', line {line}, position {column}.");
            Reply::model_state("", &what)
        })
    }

    /// The objects of an array, which is what nearly every POST takes.
    pub fn objects(&self) -> Result<Vec<Map<String, Value>>, Reply> {
        match self.json()? {
            Value::Array(items) => items
                .into_iter()
                .enumerate()
                .map(|(index, item)| match item {
                    Value::Object(object) => Ok(object),
                    _ => Err(Reply::model_state(
                        &format!("[{index}]"),
                        "Error converting value. An object was expected.",
                    )),
                })
                .collect(),
            _ => Err(Reply::model_state(
                "",
                "Cannot deserialize the current JSON object (e.g. {\"name\":\"value\"}) into type \
                 'System.Collections.Generic.List`1' because the type requires a JSON array (e.g. [1,2,3]) to \
                 deserialize correctly. Path '', line 1, position 1.",
            )),
        }
    }

    /// One object.
    pub fn object(&self) -> Result<Map<String, Value>, Reply> {
        match self.json()? {
            Value::Object(object) => Ok(object),
            _ => Err(Reply::model_state(
                "",
                "Cannot deserialize the current JSON array (e.g. [1,2,3]): an object was expected.",
            )),
        }
    }
}

/// The bearer token of a request.
pub fn bearer(headers: &http::HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
