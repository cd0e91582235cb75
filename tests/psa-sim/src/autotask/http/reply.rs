//! What Autotask answers: `errors` with 500 for nearly every refusal, an empty 401, and .NET's own 404 and 405.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::autotask::switches::{Denial, ErrorReport, ItemIdShape, RefusalStatus, Switches};
use crate::server::{HTML, Reply};

fn errors(status: StatusCode, messages: &[String]) -> Reply {
    Reply::json(status, &json!({ "errors": messages }))
}

/// Something is wrong with the request.
pub fn refused_for(switches: &Switches, mut problems: Vec<String>) -> Reply {
    if switches.error_report == ErrorReport::First {
        problems.truncate(1);
    }
    let status = match switches.refusal_status {
        RefusalStatus::Error500 => StatusCode::INTERNAL_SERVER_ERROR,
        RefusalStatus::Ok200 => StatusCode::OK,
        RefusalStatus::BadRequest400 => StatusCode::BAD_REQUEST,
    };
    errors(status, &problems)
}

/// The same, for one reason.
pub fn refused(switches: &Switches, problem: impl Into<String>) -> Reply {
    refused_for(switches, vec![problem.into()])
}

/// 500, whatever the switches say.
pub fn error(message: &str) -> Reply {
    errors(StatusCode::INTERNAL_SERVER_ERROR, &[message.to_owned()])
}

/// The security level does not allow it: to `query`, `create` or `update`.
pub fn denied(switches: &Switches, what: &str) -> Reply {
    let message =
        format!("The logged in Resource does not have the adequate permissions to {what} this entity type.");
    let status = match switches.denial {
        Denial::Error500 => StatusCode::INTERNAL_SERVER_ERROR,
        Denial::Forbidden403 => StatusCode::FORBIDDEN,
    };
    errors(status, &[message])
}

/// Wrong credentials, a locked user, or the wrong zone: nobody can tell.
pub fn bad_credentials(host: &str) -> Reply {
    let mut reply = Reply::new(StatusCode::UNAUTHORIZED, HTML, "");
    reply.challenge = Some(format!("Basic Realm=\"{host}\""));
    reply
}

/// 429; the words are those of a mock of somebody else's, as the real ones were not found.
pub fn over_threshold(retry_after: Option<u64>) -> Reply {
    let mut reply =
        errors(StatusCode::TOO_MANY_REQUESTS, &["IntegrationVendor exceeded the API threshold".to_owned()]);
    reply.retry_after = retry_after;
    reply
}

/// 429: too many requests at a time.
pub fn too_many_threads(limit: usize) -> Reply {
    // What was quoted by others is the middle of the sentence, with the number in it.
    let message =
        format!("The request was refused because the thread threshold of {limit} threads has been exceeded.");
    errors(StatusCode::TOO_MANY_REQUESTS, &[message])
}

/// 404, as a route that does not exist answers.
pub fn no_such_route() -> Reply {
    Reply::new(StatusCode::NOT_FOUND, HTML, "")
}

/// 405, in .NET's words.
pub fn no_such_method(method: &Method) -> Reply {
    let message = format!("The requested resource does not support http method '{method}'.");
    Reply::json(StatusCode::METHOD_NOT_ALLOWED, &json!({ "Message": message }))
}

/// The id of what was created or changed.
pub fn item_id(switches: &Switches, id: i64) -> Reply {
    let id = match switches.item_id {
        ItemIdShape::Number => Value::from(id),
        ItemIdShape::Text => Value::from(id.to_string()),
    };
    Reply::ok(&json!({ "itemId": id }))
}
