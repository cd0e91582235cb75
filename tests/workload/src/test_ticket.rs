//! A person's test tickets: sent again where the PSA stumbled, and with the settings completed where the PSA refused one
//! for a field that no form had shown to be required.

use crate::{
    api::{Api, Call, Caller},
    choices::{Choices, Field},
    error::WorkloadError,
    set_up::{PAUSE, Step, TRIES, patiently, text},
};
use reqwest::Method;
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};

/// How long a test ticket may take: longer than any settle time of a run.
const TEST_TICKET: Duration = Duration::from_mins(1);

/// A test ticket that was made and found.
#[derive(Clone, Debug)]
pub struct TestTicket {
    /// The PSA's number of it.
    pub ticket: String,
    /// What the bridge told of each of its steps: whether it worked.
    pub steps: BTreeMap<String, bool>,
    /// Fields that refused test tickets showed to be required, in that order.
    pub revealed: Vec<&'static str>,
}

/// How an operation ended.
enum Ended {
    Succeeded { ticket: String, steps: BTreeMap<String, bool> },
    Failed { code: String, all: String },
}

impl Step<'_> {
    /// Sends test tickets until one was made and found: the PSA may lose one, and then the bridge has to say so.
    pub(crate) async fn send_test_ticket(
        &self,
        connection: &str,
        client: i64,
        choices: &Choices,
    ) -> Result<TestTicket, WorkloadError> {
        let body = json!({ "client": client.to_string() });
        let path = format!("/v1/connections/{connection}/test-ticket");
        let mut revealed: Vec<Field> = Vec::new();
        let mut last = String::new();
        for tries in 1..=TRIES {
            let call = |again| {
                let key = format!("test-{}-{tries}-{again}", self.desk);
                Call::new(self.caller(), Method::POST, path.clone()).json(&body).key(key)
            };
            let reply = patiently(self.api, "send a test ticket", call).await?;
            let name = reply.call.clone();
            let operation = text(&name, &reply.success()?, "/operation", "the operation")?;
            match outcome(self.api, self.caller(), &operation).await? {
                Ended::Succeeded { ticket, steps } => {
                    let revealed = revealed.into_iter().map(|(field, _)| field).collect();
                    return Ok(TestTicket { ticket, steps, revealed });
                }
                Ended::Failed { code, all } => {
                    if code == "field_required" {
                        revealed.push(self.next_required(connection, choices, &revealed).await?);
                        self.save_settings(connection, choices.chosen.iter().chain(&revealed)).await?;
                    }
                    last = all;
                }
            }
        }
        Err(WorkloadError::Step { step: "send a test ticket".to_owned(), tries: TRIES, last })
    }

    /// The field that the form asks for since the last test ticket was refused.
    async fn next_required(
        &self,
        connection: &str,
        choices: &Choices,
        revealed: &[Field],
    ) -> Result<Field, WorkloadError> {
        let path = format!("/v1/connections/{connection}/ticket-form");
        let call = Call::get(self.caller(), path);
        let reply = patiently(self.api, "read the ticket form", |_| call.clone()).await?;
        let name = reply.call.clone();
        let form = reply.success()?;
        let required = required_fields(&form);
        let open = choices.revealed.iter().find(|field| !revealed.contains(field));
        open.filter(|(field, _)| required.contains(field)).copied().ok_or_else(|| WorkloadError::Shape {
            call: name,
            what: "the field that a test ticket was refused for, as required",
            body: format!("{required:?}"),
        })
    }
}

/// The fields of a new ticket that the form asks for.
fn required_fields(form: &Value) -> Vec<&str> {
    let create =
        list(form, "sections").iter().filter(|section| section.get("name") == Some(&json!("create")));
    let fields = create.flat_map(|section| list(section, "fields"));
    let required = fields.filter(|field| field.get("required") == Some(&Value::Bool(true)));
    required.filter_map(|field| field.get("id")?.as_str()).collect()
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Waits for an operation to end.
async fn outcome(api: &Api, caller: Caller<'_>, operation: &str) -> Result<Ended, WorkloadError> {
    let path = format!("/v1/operations/{operation}");
    let began = tokio::time::Instant::now();
    loop {
        let reply = api.send(Call::get(caller, path.clone())).await?;
        let name = reply.call.clone();
        let body = reply.success()?;
        match text(&name, &body, "/state", "the state")?.as_str() {
            "succeeded" => {
                let ticket = text(&name, &body, "/ticket", "the ticket")?;
                let steps = list(&body, "steps");
                let told =
                    |step: &Value| Some((step.get("step")?.as_str()?.to_owned(), step.get("ok")?.as_bool()?));
                return Ok(Ended::Succeeded { ticket, steps: steps.iter().filter_map(told).collect() });
            }
            "failed" => {
                let code = text(&name, &body, "/code", "the code")?;
                return Ok(Ended::Failed { code, all: body.to_string() });
            }
            _ if began.elapsed() > TEST_TICKET => {
                let step = "wait for a test ticket".to_owned();
                return Err(WorkloadError::Step { step, tries: 1, last: body.to_string() });
            }
            _ => tokio::time::sleep(PAUSE).await,
        }
    }
}
