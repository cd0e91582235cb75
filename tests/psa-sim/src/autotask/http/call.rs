//! A request as the endpoints see it: who asks, for what, with which body.

use http::Method;
use serde_json::{Map, Value};

use super::reply::refused;
use crate::autotask::switches::Switches;
use crate::autotask::tenant::ApiUser;
use crate::server::Reply;

/// A request to the API.
pub struct Call {
    pub user: ApiUser,
    pub method: Method,
    /// The path after the version, in lower case.
    pub path: Vec<String>,
    pub query: String,
    pub content_type: String,
    pub body: Vec<u8>,
}

impl Call {
    /// The body, which has to be an object.
    pub fn object(&self, switches: &Switches) -> Result<Map<String, Value>, Reply> {
        let kind = self.content_type.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/json") {
            return Err(Reply::new(http::StatusCode::UNSUPPORTED_MEDIA_TYPE, crate::server::HTML, ""));
        }
        match serde_json::from_slice(&self.body) {
            Ok(Value::Object(object)) => Ok(object),
            Ok(other) => {
                let first = other.to_string().chars().next().unwrap_or('?');
                Err(refused(
                    switches,
                    format!("Unexpected character encountered while parsing value: {first}."),
                ))
            }
            Err(error) => Err(refused(
                switches,
                format!(
                    "Unexpected character encountered while parsing value. Path '', line {}, position {}.",
                    error.line(),
                    error.column()
                ),
            )),
        }
    }
}

/// A member by its name, in whatever case.
pub fn member<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}
