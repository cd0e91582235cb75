//! What the control API shows.

use serde_json::{Value, json};

use crate::server::{Parameters, Psa, Reply, Shared};

/// How many tickets are shown unless more are asked for.
const SHOWN: usize = 200;

/// A page, or a document in JSON; nothing if there is none by that name.
pub fn answer<P: Psa>(shared: &Shared<P>, path: &[&str], parameters: &Parameters) -> Option<Reply> {
    const SCRIPT: &str = "text/javascript; charset=utf-8";
    match path {
        [] => Some(Reply::page(include_str!("page.html"))),
        ["page.js"] => Some(Reply::asset(SCRIPT, include_str!("page.js"))),
        ["psa.js"] => Some(Reply::asset(SCRIPT, P::PAGE_SCRIPT)),
        ["page.css"] => Some(Reply::asset("text/css; charset=utf-8", include_str!("page.css"))),
        ["state"] => Some(Reply::ok(&state(shared))),
        ["counts"] => Some(Reply::ok(&json!(*shared.counts()))),
        ["tickets", rest @ ..] => shared.world().show(rest, parameters).map(|shown| Reply::ok(&shown)),
        _ => None,
    }
}

/// How many tickets are asked for.
pub fn limit(parameters: &Parameters) -> usize {
    parameters.text("limit").and_then(|limit| limit.parse().ok()).unwrap_or(SHOWN)
}

/// Everything but the tickets.
fn state<P: Psa>(shared: &Shared<P>) -> Value {
    let mut state = shared.world().state();
    {
        let injector = shared.faults();
        state["schedule"] = json!(injector.schedule());
        state["faults_waiting"] = json!(injector.waiting());
    }
    state["psa"] = P::NAME.into();
    state["base_url"] = shared.base_url().into();
    state["rate_limit"] = json!(shared.limiter().limit);
    state["outage"] = json!(*shared.outage.borrow());
    state["counts"] = json!(*shared.counts());
    state
}
