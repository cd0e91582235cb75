//! Scopes, and the rights of the agent.

use psa_sim::{Access, Choice, Denial, HaloSim, Rights};
use serde_json::json;

use crate::client::{acting_as, halo};

#[tokio::test]
async fn a_missing_right_shows_itself_in_three_ways() {
    let halo = acting_as(Rights { customers: Access::None, ..Rights::default() }).await;
    let refused = halo.get("Client").await;
    assert_eq!((refused.status.as_u16(), refused.text.as_str()), (403, ""));
    halo.sim.configure(|switches| switches.denial = Denial::UnauthorizedOnDetail);
    assert_eq!(
        (halo.get("Client").await.status.as_u16(), halo.get("Client/2").await.status.as_u16()),
        (200, 401)
    );
    halo.sim.configure(|switches| switches.denial = Denial::EmptyList);
    assert_eq!(halo.get("Client").await.json()["record_count"], 0);
}

#[tokio::test]
async fn reading_rights_do_not_write() {
    let halo =
        acting_as(Rights { tickets: Access::Read, software_licensing: Access::Read, ..Rights::default() })
            .await;
    assert_eq!(halo.get("Tickets").await.status, 200);
    assert_eq!(halo.ticket(json!({})).await.status, 403);
    assert_eq!(halo.get("SoftwareLicence").await.status, 200);
    assert_eq!(halo.post("SoftwareLicence", json!([{ "id": 500, "count": 1 }])).await.status, 403);
}

#[tokio::test]
async fn adding_and_editing_are_rights_of_their_own() {
    let halo = halo().await;
    let id = halo.ticket(json!({})).await.id();
    halo.sim.edit_tenant(|tenant| {
        let rights = &mut tenant.agents[0].rights;
        rights.can_add_tickets = false;
        rights.can_edit_tickets_of_others = false;
    });
    assert_eq!(halo.ticket(json!({})).await.status, 403);
    assert_eq!(halo.post("Tickets", json!([{ "id": id, "status_id": 9 }])).await.status, 403);
    assert_eq!(halo.post("Actions", json!([{ "ticket_id": id, "outcome_id": 7 }])).await.status, 403);
}

#[tokio::test]
async fn chosen_clients_and_types_are_all_that_the_agent_sees() {
    let halo = halo().await;
    let hidden = halo.ticket(json!({ "client_id": 3 })).await.id();
    halo.sim.edit_tenant(|tenant| {
        let rights = &mut tenant.agents[0].rights;
        rights.clients = Choice::Only(vec![2]);
        rights.ticket_types = Choice::Only(vec![21]);
    });
    assert_eq!(halo.get("Client").await.json()["record_count"], 1);
    assert_eq!(halo.get("Client/3").await.status, 403);
    assert_eq!(halo.get("Tickets").await.json()["record_count"], 0);
    assert_eq!(halo.get(&format!("Tickets/{hidden}")).await.status, 403);
    assert_eq!(halo.get("SoftwareLicence").await.json()["record_count"], 2);
    assert_eq!(halo.get("TicketType").await.json().as_array().unwrap().len(), 1);
    assert_eq!(halo.ticket(json!({ "client_id": 3 })).await.says(), "Please select a valid Client/Site/User");
    assert_eq!(
        halo.ticket(json!({ "tickettype_id": 1 })).await.says(),
        "You do not have access to this Ticket Type"
    );
    assert_eq!(halo.ticket(json!({})).await.status, 201);
}

#[tokio::test]
async fn the_scope_cuts_the_agents_rights_down() {
    let mut halo = halo().await;
    halo.token =
        halo.token_for(HaloSim::CLIENT_ID, HaloSim::CLIENT_SECRET, "edit:tickets read:customers").await;
    assert_eq!(halo.ticket(json!({})).await.status, 201);
    assert_eq!(halo.get("Site").await.status, 200);
    assert_eq!(halo.get("SoftwareLicence").await.status, 403);
    assert_eq!(halo.get("Supplier").await.status, 403);
    assert_eq!(halo.get("TicketType").await.status, 200);
}

#[tokio::test]
async fn each_scope_opens_what_it_names() {
    let mut halo = halo().await;
    halo.sim.edit_tenant(|tenant| tenant.applications[0].scopes = vec!["all".to_owned(), "admin".to_owned()]);
    for (scope, tickets, new_ticket, clients, licences) in [
        ("all", 200, 201, 200, 200),
        ("all:standard", 200, 201, 200, 200),
        ("edit:tickets", 200, 201, 403, 403),
        ("read:tickets", 200, 403, 403, 403),
        ("read:tickets edit:customers", 200, 403, 200, 403),
        ("read:softwarelicensing", 403, 403, 403, 200),
        ("admin", 403, 403, 403, 403),
        ("all:teams", 403, 403, 403, 403),
        ("access:chat", 403, 403, 403, 403),
    ] {
        halo.token = halo.token_for(HaloSim::CLIENT_ID, HaloSim::CLIENT_SECRET, scope).await;
        assert_eq!(halo.get("Tickets").await.status, tickets, "{scope}");
        assert_eq!(halo.ticket(json!({})).await.status, new_ticket, "{scope}");
        assert_eq!(halo.get("Client").await.status, clients, "{scope}");
        assert_eq!(halo.get("SoftwareLicence").await.status, licences, "{scope}");
    }
}

#[tokio::test]
async fn a_record_out_of_reach_shows_itself_in_three_ways() {
    let halo = acting_as(Rights { clients: Choice::Only(vec![2]), ..Rights::default() }).await;
    for (denial, status) in
        [(Denial::Empty403, 403), (Denial::UnauthorizedOnDetail, 401), (Denial::EmptyList, 404)]
    {
        halo.sim.configure(|switches| switches.denial = denial);
        assert_eq!(halo.get("Client/3").await.status, status, "{denial:?}");
        assert_eq!(halo.get("Client/2").await.status, 200, "{denial:?}");
    }
}

#[tokio::test]
async fn however_a_missing_right_shows_itself_nothing_is_written() {
    let halo = acting_as(Rights { tickets: Access::Read, ..Rights::default() }).await;
    for denial in [Denial::Empty403, Denial::UnauthorizedOnDetail, Denial::EmptyList] {
        halo.sim.configure(|switches| switches.denial = denial);
        assert_eq!(halo.ticket(json!({})).await.status, 403, "{denial:?}");
    }
    assert_eq!(halo.sim.ticket_count(), 0);
}
