//! What vendor and partners do before the first event: organisations registered, PSAs connected, tickets chosen,
//! organisations mapped, a test ticket sent, the set-up confirmed.
//!
//! The PSAs may stumble meanwhile, as they do, so a step that failed over the PSA is taken again, as a person would.

use crate::{
    api::{Api, Call, Caller, Reply},
    choices::{Choices, Field, Psa},
    error::WorkloadError,
    organizations::{Link, Organization, Registered},
    seats,
    simulator::Simulator,
    simulators::Simulators,
    test_ticket::TestTicket,
    world::{DeskIndex, Partner, World},
};
use futures_util::future::try_join_all;
use psa_sim::{AutotaskSim, HaloSim};
use reqwest::Method;
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, time::Duration};

/// How often a step is taken before the PSA's stumbling is no excuse any more.
pub(crate) const TRIES: u32 = 25;
/// The wait between two tries, and between two looks at an operation.
pub(crate) const PAUSE: Duration = Duration::from_millis(150);
/// A connection that is set up.
#[derive(Clone, Debug)]
pub struct Connected {
    /// The bridge's id of it.
    pub id: String,
    /// The test ticket that proved it.
    pub test: TestTicket,
}

/// The desks' connections.
pub type Connections = BTreeMap<DeskIndex, Connected>;

/// Sets the world up. Returns the connection of each desk that has a PSA.
pub async fn set_up(api: &Api, world: &World, simulators: &Simulators) -> Result<Connections, WorkloadError> {
    for organization in world.organizations.iter().filter(|o| o.registered == Registered::ByVendor) {
        register(api, world, organization).await?;
    }
    let connecting = world.connected().map(|(desk, _, choices)| async move {
        let step = Step { api, world, partner: world.partner_at(desk), desk };
        let connected = step.set_up(simulators, choices).await?;
        Ok::<_, WorkloadError>((desk, connected))
    });
    let connections: Connections = try_join_all(connecting).await?.into_iter().collect();
    stop_clients(world, simulators);
    Ok(connections)
}

async fn register(api: &Api, world: &World, organization: &Organization) -> Result<(), WorkloadError> {
    let chain: Vec<&str> =
        organization.chain.iter().map(|partner| world.partners[*partner].id.as_str()).collect();
    let path = format!("/v1/organizations/{}", organization.id);
    let body = json!({ "name": organization.name, "chain": chain });
    api.send(Call::new(Caller::Machine, Method::PUT, path).json(&body)).await?.success()?;
    Ok(())
}

/// People stop clients that organisations are mapped to.
fn stop_clients(world: &World, simulators: &Simulators) {
    for organization in &world.organizations {
        for (desk, link) in &organization.links {
            if *link == Link::ClientStopped
                && let Some(client) = world.client(*desk, &organization.id)
                && !simulators.of(*desk).is_some_and(|sim| sim.stop_client(client))
            {
                tracing::error!(desk, client, "There is no such client to be stopped");
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
pub(crate) async fn patiently<'a>(
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

/// One partner at the screen of one desk.
pub(crate) struct Step<'a> {
    pub(crate) api: &'a Api,
    pub(crate) world: &'a World,
    pub(crate) partner: &'a Partner,
    pub(crate) desk: DeskIndex,
}

impl<'a> Step<'a> {
    async fn set_up(&self, simulators: &Simulators, choices: &Choices) -> Result<Connected, WorkloadError> {
        let site = simulators.of(self.desk).map(Simulator::base_url).unwrap_or_default();
        let connection = self.connect(choices.psa, site).await?;
        self.save_settings(&connection, choices.chosen.iter()).await?;
        self.map_all(&connection).await?;
        if let Some(sim) = simulators.of(self.desk) {
            self.map_seats(&connection, sim).await?;
        }
        let mapped = |organization: &&Organization| organization.link(self.desk) == Some(Link::Mapped);
        let first = self.world.organizations.iter().find(mapped).map(|o| o.id.as_str()).unwrap_or_default();
        let client = self.world.client(self.desk, first).unwrap_or_default();
        let test = self.send_test_ticket(&connection, client, choices).await?;
        if !self.world.desks[self.desk].confirmed_late {
            confirm(self.api, self.partner, &connection).await?;
        }
        Ok(Connected { id: connection, test })
    }

    pub(crate) fn caller(&self) -> Caller<'a> {
        Caller::Partner(&self.partner.id)
    }

    async fn connect(&self, psa: Psa, site: &str) -> Result<String, WorkloadError> {
        let body = json!({
            "psa": psa.code(),
            "language": self.partner.language.code(),
            "credentials": self.credentials(psa, site),
        });
        // A refusal is remembered with its key, so each try has its own.
        let call = |tries| {
            let key = format!("connect-{}-{tries}", self.desk);
            Call::new(self.caller(), Method::POST, "/v1/connections").json(&body).key(key)
        };
        let reply = patiently(self.api, "connect", call).await?;
        if reply.code() == "already_connected" {
            // The answer to an earlier try was lost.
            let list = self.api.send(Call::get(self.caller(), "/v1/connections")).await?;
            let name = list.call.clone();
            let body = list.success()?;
            let items = body.get("items").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            let own = items.iter().find(|item| item.get("psa").and_then(Value::as_str) == Some(psa.code()));
            return text(&name, own.unwrap_or(&body), "/id", "a connection to this PSA");
        }
        let name = reply.call.clone();
        text(&name, &reply.success()?, "/id", "the connection's id")
    }

    /// As a person pastes them.
    fn credentials(&self, psa: Psa, site: &str) -> Value {
        match psa {
            Psa::Halopsa => json!({
                "site_url": format!("{site}/api/"),
                "client_id": HaloSim::CLIENT_ID,
                "client_secret": HaloSim::CLIENT_SECRET,
            }),
            Psa::Autotask => json!({
                "user_name": World::autotask_user(self.desk),
                "secret": format!("{}\n", AutotaskSim::SECRET),
                "integration_code": World::own_integration_code(self.desk).unwrap_or_default(),
            }),
        }
    }

    pub(crate) async fn save_settings(
        &self,
        connection: &str,
        fields: impl Iterator<Item = &Field>,
    ) -> Result<(), WorkloadError> {
        let path = format!("/v1/connections/{connection}/settings");
        let ticket: Map<String, Value> =
            fields.map(|(field, choice)| ((*field).to_owned(), choice.json())).collect();
        let mut body = json!({
            "ticket": ticket,
            "seats": seats::settings(),
            "language": self.partner.language.code(),
            "emergency_contact": "noc@example.com",
        });
        if let Some(life) = self.world.desks[self.desk].life.json() {
            body["life_cycle"] = life;
        }
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
                let flow = match organization.link(self.desk)? {
                    Link::Mapped | Link::ClientStopped => true,
                    Link::FlowOff => false,
                    Link::MappedLate => return None,
                };
                let client = self.world.client(self.desk, &organization.id)?.to_string();
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

    /// Maps the organisations that are billed by the seat onto what takes their counts. One by one: where PSAs stumble, many
    /// at once would hardly ever succeed.
    async fn map_seats(&self, connection: &str, sim: &Simulator) -> Result<(), WorkloadError> {
        for organization in self.world.organizations.iter().filter(|it| seats::is_billed(it, self.desk)) {
            if let Some(client) = self.world.client(self.desk, &organization.id) {
                let path = format!("/v1/connections/{connection}/mappings/{}", organization.id);
                let body = json!({ "client": client.to_string(), "license": sim.seat_license(client) });
                let call = Call::new(self.caller(), Method::PUT, path).json(&body);
                patiently(self.api, "map onto a licence", |_| call.clone()).await?.success()?;
            }
        }
        Ok(())
    }
}

pub(crate) fn text(
    call: &str,
    body: &Value,
    pointer: &str,
    what: &'static str,
) -> Result<String, WorkloadError> {
    body.pointer(pointer).and_then(Value::as_str).map(str::to_owned).ok_or_else(|| WorkloadError::Shape {
        call: call.to_owned(),
        what,
        body: body.to_string(),
    })
}
