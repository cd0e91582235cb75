//! What vendor and partners do before the first event: organisations registered, PSAs connected, tickets chosen,
//! organisations mapped, a test ticket sent, the set-up confirmed.
//!
//! The PSAs may stumble meanwhile, as they do, so a step that failed over the PSA is taken again, as a person would.

use crate::{
    api::{Api, Call, Caller, Reply},
    error::WorkloadError,
    simulators::Simulators,
    world::{Choices, Link, Organization, Partner, PartnerIndex, Registered, SUB_RESELLER, World},
};
use futures_util::future::try_join_all;
use psa_sim::HaloSim;
use reqwest::Method;
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};

/// How often a step is taken before the PSA's stumbling is no excuse any more.
const TRIES: u32 = 25;
/// The wait between two tries, and between two looks at an operation.
const PAUSE: Duration = Duration::from_millis(150);
/// How long a test ticket may take: longer than any settle time of a run.
const TEST_TICKET: Duration = Duration::from_mins(1);

/// The partners' connections.
pub type Connections = BTreeMap<PartnerIndex, String>;

/// Sets the world up. Returns the connection of each partner that has a PSA.
pub async fn set_up(api: &Api, world: &World, simulators: &Simulators) -> Result<Connections, WorkloadError> {
    for organization in world.organizations.iter().filter(|o| o.registered == Registered::ByVendor) {
        register(api, world, organization).await?;
    }
    let connecting = world.connected().map(|(index, partner, choices)| async move {
        let step = Step { api, world, partner, index };
        let connection = step.set_up(simulators, choices).await?;
        Ok::<_, WorkloadError>((index, connection))
    });
    let connections: Connections = try_join_all(connecting).await?.into_iter().collect();
    stop_clients(world, simulators);
    Ok(connections)
}

async fn register(api: &Api, world: &World, organization: &Organization) -> Result<(), WorkloadError> {
    let chain: Vec<&str> =
        organization.chain.iter().map(|(partner, _)| world.partners[*partner].id.as_str()).collect();
    let path = format!("/v1/organizations/{}", organization.id);
    let body = json!({ "name": organization.name, "chain": chain });
    api.send(Call::new(Caller::Machine, Method::PUT, path).json(&body)).await?.success()?;
    Ok(())
}

/// People stop clients that organisations are mapped to.
fn stop_clients(world: &World, simulators: &Simulators) {
    for organization in &world.organizations {
        for (partner, link) in &organization.chain {
            if *link == Link::ClientStopped
                && let Some(client) = world.client(&organization.id)
                && let Some(sim) = simulators.of(*partner)
            {
                sim.set_client_inactive(client, true);
            }
        }
    }
}

/// Confirms a partner's set-up.
pub(crate) async fn confirm(api: &Api, partner: &Partner, connection: &str) -> Result<(), WorkloadError> {
    act(api, partner, connection, "confirm").await
}

/// Confirms, pauses or resumes, each of which can be asked for again.
pub(crate) async fn act(
    api: &Api,
    partner: &Partner,
    connection: &str,
    what: &str,
) -> Result<(), WorkloadError> {
    let path = format!("/v1/connections/{connection}/{what}");
    api.send(Call::new(Caller::Partner(&partner.id), Method::POST, path)).await?.success()?;
    Ok(())
}

/// Maps one organisation.
pub(crate) async fn map(
    api: &Api,
    partner: &Partner,
    connection: &str,
    organization: &str,
    client: i64,
    flow: bool,
) -> Result<(), WorkloadError> {
    let path = format!("/v1/connections/{connection}/mappings/{organization}");
    let body = json!({ "client": client.to_string(), "flow": flow });
    let call = Call::new(Caller::Partner(&partner.id), Method::PUT, path).json(&body);
    patiently(api, "map an organisation", |_| call.clone()).await?.success()?;
    Ok(())
}

/// Calls until the PSA no longer stands in the way.
async fn patiently<'a>(
    api: &Api,
    step: &str,
    call: impl Fn(u32) -> Call<'a>,
) -> Result<Reply, WorkloadError> {
    let mut last = String::new();
    for tries in 1..=TRIES {
        let reply = api.send(call(tries)).await?;
        if !is_trouble_of_the_psa(&reply) {
            return Ok(reply);
        }
        last = format!("{} {}", reply.status, reply.body);
        tokio::time::sleep(PAUSE).await;
    }
    Err(WorkloadError::Step { step: step.to_owned(), tries: TRIES, last })
}

fn is_trouble_of_the_psa(reply: &Reply) -> bool {
    reply.code() == "not_connected" || reply.code().starts_with("psa_")
}

/// One partner at the screen.
struct Step<'a> {
    api: &'a Api,
    world: &'a World,
    partner: &'a Partner,
    index: PartnerIndex,
}

impl<'a> Step<'a> {
    async fn set_up(&self, simulators: &Simulators, choices: Choices) -> Result<String, WorkloadError> {
        let site = simulators.of(self.index).map(HaloSim::base_url).unwrap_or_default();
        let connection = self.connect(site).await?;
        self.save_settings(&connection, choices).await?;
        self.map_all(&connection).await?;
        self.send_test_ticket(&connection).await?;
        if self.index != SUB_RESELLER {
            confirm(self.api, self.partner, &connection).await?;
        }
        Ok(connection)
    }

    fn caller(&self) -> Caller<'a> {
        Caller::Partner(&self.partner.id)
    }

    async fn connect(&self, site: &str) -> Result<String, WorkloadError> {
        let body = json!({
            "psa": "halopsa",
            "language": self.partner.language.code(),
            // As a person pastes it.
            "credentials": {
                "site_url": format!("{site}/api/"),
                "client_id": HaloSim::CLIENT_ID,
                "client_secret": HaloSim::CLIENT_SECRET,
            },
        });
        // A refusal is remembered with its key, so each try has its own.
        let call = |tries| {
            let key = format!("connect-{}-{tries}", self.index);
            Call::new(self.caller(), Method::POST, "/v1/connections").json(&body).key(key)
        };
        let reply = patiently(self.api, "connect", call).await?;
        if reply.code() == "already_connected" {
            // The answer to an earlier try was lost.
            let list = self.api.send(Call::get(self.caller(), "/v1/connections")).await?;
            let name = list.call.clone();
            let body = list.success()?;
            return text(&name, &body, "/items/0/id", "a connection");
        }
        let name = reply.call.clone();
        text(&name, &reply.success()?, "/id", "the connection's id")
    }

    async fn save_settings(&self, connection: &str, choices: Choices) -> Result<(), WorkloadError> {
        let path = format!("/v1/connections/{connection}/settings");
        let body = json!({
            "ticket": {
                "tickettype_id": choices.ticket_type,
                "sla_id": choices.sla,
                "priority_id": choices.priority,
            },
            "sync_seats": false,
            "language": self.partner.language.code(),
            "emergency_contact": "noc@example.com",
        });
        let call = Call::new(self.caller(), Method::PUT, path).json(&body);
        patiently(self.api, "save the settings", |_| call.clone()).await?.success()?;
        Ok(())
    }

    async fn map_all(&self, connection: &str) -> Result<(), WorkloadError> {
        let wanted: Vec<Value> = self
            .world
            .organizations
            .iter()
            .filter_map(|organization| {
                let flow = match organization.link(self.index)? {
                    Link::Mapped | Link::ClientStopped => true,
                    Link::FlowOff => false,
                    Link::MappedLate | Link::Unmapped | Link::NoConnection => return None,
                };
                let client = self.world.client(&organization.id)?.to_string();
                Some(json!({ "organization": organization.id, "client": client, "flow": flow }))
            })
            .collect();
        let path = format!("/v1/connections/{connection}/mappings");
        let body = json!({ "mappings": wanted });
        let call = Call::new(self.caller(), Method::PUT, path).json(&body);
        let reply = patiently(self.api, "map the organisations", |_| call.clone()).await?;
        let name = reply.call.clone();
        let answer = reply.success()?;
        let saved = answer.pointer("/results").and_then(Value::as_array).map_or(0, |results| {
            results.iter().filter(|result| result.pointer("/saved") == Some(&Value::Bool(true))).count()
        });
        if saved == wanted.len() {
            return Ok(());
        }
        Err(WorkloadError::Shape {
            call: name,
            what: "a saved mapping for each wish",
            body: answer.to_string(),
        })
    }

    /// Sends test tickets until one was made and found: the PSA may lose one, and then the bridge has to say so.
    async fn send_test_ticket(&self, connection: &str) -> Result<(), WorkloadError> {
        let mapped = |organization: &&Organization| organization.link(self.index) == Some(Link::Mapped);
        let first = self.world.organizations.iter().find(mapped).map(|o| o.id.as_str()).unwrap_or_default();
        let client = self.world.client(first).unwrap_or_default();
        let body = json!({ "client": client.to_string() });
        let path = format!("/v1/connections/{connection}/test-ticket");
        let mut last = String::new();
        for tries in 1..=TRIES {
            let call = |again| {
                let key = format!("test-{}-{tries}-{again}", self.index);
                Call::new(self.caller(), Method::POST, path.clone()).json(&body).key(key)
            };
            let reply = patiently(self.api, "send a test ticket", call).await?;
            let name = reply.call.clone();
            let operation = text(&name, &reply.success()?, "/operation", "the operation")?;
            match self.outcome(&operation).await? {
                Ok(()) => return Ok(()),
                Err(failed) => last = failed,
            }
        }
        Err(WorkloadError::Step { step: "send a test ticket".to_owned(), tries: TRIES, last })
    }

    /// Waits for an operation to end.
    async fn outcome(&self, operation: &str) -> Result<Result<(), String>, WorkloadError> {
        let path = format!("/v1/operations/{operation}");
        let began = tokio::time::Instant::now();
        loop {
            let reply = self.api.send(Call::get(self.caller(), path.clone())).await?;
            let name = reply.call.clone();
            let body = reply.success()?;
            match text(&name, &body, "/state", "the state")?.as_str() {
                "succeeded" => return Ok(Ok(())),
                "failed" => return Ok(Err(body.to_string())),
                _ if began.elapsed() > TEST_TICKET => {
                    let step = "wait for a test ticket".to_owned();
                    return Err(WorkloadError::Step { step, tries: 1, last: body.to_string() });
                }
                _ => tokio::time::sleep(PAUSE).await,
            }
        }
    }
}

fn text(call: &str, body: &Value, pointer: &str, what: &'static str) -> Result<String, WorkloadError> {
    body.pointer(pointer).and_then(Value::as_str).map(str::to_owned).ok_or_else(|| WorkloadError::Shape {
        call: call.to_owned(),
        what,
        body: body.to_string(),
    })
}
