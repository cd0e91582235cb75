//! Who may do what, and how a refusal shows itself.

use psa_sim::AutotaskSim;
use psa_sim::autotask::{Denial, Entity, EntityRights, Right, WrongIntegrationCode};
use serde_json::json;

use crate::client::{Answer, Autotask, answer, autotask};

async fn with_headers(autotask: &Autotask, headers: &[(&str, &str)]) -> Answer {
    let mut request = autotask.http.get(autotask.url("Version"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    answer(request).await.unwrap()
}

async fn log_in(autotask: &Autotask, secret: &str, code: &str) -> Answer {
    let headers = [("UserName", AutotaskSim::USERNAME), ("Secret", secret), ("ApiIntegrationCode", code)];
    with_headers(autotask, &headers).await
}

#[tokio::test]
async fn bad_credentials_get_an_empty_401() {
    let autotask = autotask().await;
    let code = AutotaskSim::INTEGRATION_CODE;
    for headers in [
        vec![],
        vec![("UserName", AutotaskSim::USERNAME), ("ApiIntegrationCode", code)],
        vec![("UserName", "nobody@demo.example"), ("Secret", "x"), ("ApiIntegrationCode", code)],
        vec![("UserName", AutotaskSim::USERNAME), ("Secret", "wrong"), ("ApiIntegrationCode", code)],
    ] {
        let refused = with_headers(&autotask, &headers).await;
        assert_eq!((refused.status.as_u16(), refused.text.as_str()), (401, ""), "{headers:?}");
        assert!(refused.challenge.unwrap().starts_with("Basic Realm="));
    }
}

#[tokio::test]
async fn a_wrong_integration_code_is_500_or_401() {
    let autotask = autotask().await;
    let refused = log_in(&autotask, AutotaskSim::SECRET, "SOMEBODYELSE").await;
    assert_eq!(refused.error(), "IntegrationCode is invalid.");
    autotask.sim.configure(|switches| switches.wrong_integration_code = WrongIntegrationCode::Empty401);
    assert_eq!(log_in(&autotask, AutotaskSim::SECRET, "SOMEBODYELSE").await.status, 401);
}

#[tokio::test]
async fn bad_log_ins_in_a_row_lock_the_user_until_somebody_unlocks_it() {
    let autotask = autotask().await;
    let code = AutotaskSim::INTEGRATION_CODE;
    for _ in 0..4 {
        assert_eq!(log_in(&autotask, "wrong", code).await.status, 401);
    }
    assert_eq!(log_in(&autotask, AutotaskSim::SECRET, code).await.status, 200, "not yet, and counting anew");
    for _ in 0..5 {
        assert_eq!(log_in(&autotask, "wrong", code).await.status, 401);
    }
    assert_eq!(log_in(&autotask, AutotaskSim::SECRET, code).await.status, 401, "locked");
    let unlocked = autotask.command("users/bridge-api@demo.example", json!({ "locked": false })).await;
    assert_eq!(unlocked.status, 200);
    assert_eq!(log_in(&autotask, AutotaskSim::SECRET, code).await.status, 200);
}

fn give(autotask: &Autotask, entity: Entity, rights: EntityRights) {
    autotask.sim.edit_tenant(|tenant| tenant.api_users[0].set_rights(entity, rights));
}

#[tokio::test]
async fn a_missing_permission_is_500_or_403_and_shows_in_metadata() {
    let autotask = autotask().await;
    let none = EntityRights { query: Right::None, create: Right::None, update: Right::None };
    give(&autotask, Entity::Tickets, none);
    let words = |what: &str| {
        format!("The logged in Resource does not have the adequate permissions to {what} this entity type.")
    };
    assert_eq!(autotask.find("Tickets", "id", "gte", json!(0)).await.error(), words("query"));
    assert_eq!(autotask.get("Tickets/1").await.error(), words("query"));
    assert_eq!(autotask.ticket(json!({})).await.error(), words("create"));
    assert_eq!(autotask.patch("Tickets", json!({ "id": 1 })).await.error(), words("update"));
    let info = autotask.get("Tickets/entityInformation").await.json()["info"].clone();
    assert_eq!((&info["canCreate"], &info["userAccessForCreate"]), (&json!(true), &json!("None")));
    autotask.sim.configure(|switches| switches.denial = Denial::Forbidden403);
    assert_eq!(autotask.ticket(json!({})).await.status, 403);
}

#[tokio::test]
async fn each_right_is_its_own() {
    let autotask = autotask().await;
    let all = EntityRights::default();
    for (what, lacks) in [
        ("query", EntityRights { query: Right::None, ..all }),
        ("create", EntityRights { create: Right::None, ..all }),
        ("update", EntityRights { update: Right::None, ..all }),
    ] {
        give(&autotask, Entity::Tickets, all);
        let id = autotask.ticket(json!({})).await.id();
        give(&autotask, Entity::Tickets, lacks);
        let mut denied = Vec::new();
        if autotask.get(&format!("Tickets/{id}")).await.status != 200 {
            denied.push("query");
        }
        if autotask.ticket(json!({})).await.status != 200 {
            denied.push("create");
        }
        if autotask.patch("Tickets", json!({ "id": id, "priority": 1 })).await.status != 200 {
            denied.push("update");
        }
        assert_eq!(denied, [what]);
    }
}

#[tokio::test]
async fn a_restricted_right_looks_like_no_data() {
    let autotask = autotask().await;
    give(&autotask, Entity::Companies, EntityRights { query: Right::Restricted, ..EntityRights::default() });
    assert_eq!(autotask.find("Companies", "id", "gte", json!(0)).await.ids(), Vec::<i64>::new());
    assert_eq!(autotask.get("Companies/174").await.json(), json!({ "item": null }));
    autotask.sim.edit_tenant(|tenant| tenant.api_users[0].restricted_to = vec![174]);
    assert_eq!(autotask.find("Companies", "id", "gte", json!(0)).await.ids(), [174]);
    give(&autotask, Entity::Tickets, EntityRights { create: Right::Restricted, ..EntityRights::default() });
    assert_eq!(autotask.ticket(json!({})).await.status, 200);
    assert!(autotask.ticket(json!({ "companyID": 175 })).await.error().contains("companyID"));
}

#[tokio::test]
async fn nobody_may_be_impersonated() {
    let autotask = autotask().await;
    let query = autotask.request(reqwest::Method::GET, "Tickets/1").header("ImpersonationResourceId", "29");
    assert!(answer(query).await.unwrap().error().contains("permissions to query"));
}
