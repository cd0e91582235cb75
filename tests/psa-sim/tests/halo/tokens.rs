//! The authorisation server.

use psa_sim::{HaloSim, LoginType, ScopeMismatch, Switches};
use serde_json::json;

use crate::client::{answer, halo, with};

const ID: (&str, &str) = ("client_id", HaloSim::CLIENT_ID);
const SECRET: (&str, &str) = ("client_secret", HaloSim::CLIENT_SECRET);
const GRANT: (&str, &str) = ("grant_type", "client_credentials");
const ALL: (&str, &str) = ("scope", "all");

#[tokio::test]
async fn a_token_opens_the_api_and_says_what_it_is_good_for() {
    let halo = halo().await;
    let token = halo.ask_token("?tenant=demo", &[GRANT, ID, SECRET, ALL]).await.json();
    assert_eq!(token["token_type"], "Bearer");
    assert_eq!(token["expires_in"], 3600);
    assert_eq!(token["scope"], "all:standard", "cut down to what the application may ask for");
    assert_eq!(halo.get("Client").await.status, 200);
}

#[tokio::test]
async fn the_tenant_may_stand_in_the_form() {
    let halo = halo().await;
    assert_eq!(halo.ask_token("", &[GRANT, ID, SECRET, ALL, ("tenant", "demo")]).await.status, 200);
}

#[tokio::test]
async fn http_basic_identifies_the_application_too() {
    let halo = halo().await;
    let url = format!("{}/auth/token?tenant=demo", halo.sim.base_url());
    let request = halo.http.post(url).basic_auth(HaloSim::CLIENT_ID, Some(HaloSim::CLIENT_SECRET));
    assert_eq!(answer(request.form(&[GRANT, ALL])).await.unwrap().status, 200);
}

#[tokio::test]
async fn wrong_credentials_are_an_oauth_error() {
    let halo = halo().await;
    let refused = halo.ask_token("?tenant=demo", &[GRANT, ID, ("client_secret", "guess"), ALL]).await;
    assert_eq!(refused.status, 401);
    assert_eq!(refused.json()["error"], "invalid_client");
}

#[tokio::test]
async fn an_unknown_scope_is_an_oauth_error() {
    let halo = halo().await;
    let refused = halo.ask_token("?tenant=demo", &[GRANT, ID, SECRET, ("scope", "all read:actions")]).await;
    assert_eq!(refused.status, 400);
    assert_eq!(refused.json()["error"], "invalid_scope");
}

#[tokio::test]
async fn a_scope_that_the_application_lacks_narrows_the_token_or_is_refused() {
    let halo = halo().await;
    halo.sim.edit_tenant(|tenant| tenant.applications[0].scopes = vec!["read:customers".to_owned()]);
    let narrowed = halo.ask_token("?tenant=demo", &[GRANT, ID, SECRET, ALL]).await;
    assert_eq!(narrowed.json()["scope"], "read:customers");
    halo.sim.configure(|switches| switches.scope_mismatch = ScopeMismatch::Refuse);
    assert_eq!(halo.ask_token("?tenant=demo", &[GRANT, ID, SECRET, ALL]).await.status, 400);
}

#[tokio::test]
async fn an_application_may_ask_for_what_its_scopes_cover() {
    let halo = halo().await;
    halo.sim.configure(|switches| switches.scope_mismatch = ScopeMismatch::Refuse);
    for (own, asked, status) in [
        ("all", "all", 200),
        ("all", "admin", 200),
        ("all", "edit:customers", 200),
        ("all", "access:chat", 200),
        ("all:standard", "all:standard", 200),
        ("all:standard", "read:tickets", 200),
        ("all:standard", "all", 400),
        ("all:standard", "admin", 400),
        ("admin", "admin", 200),
        ("admin", "read:tickets", 400),
        ("edit:tickets", "edit:tickets", 200),
        ("edit:tickets", "read:tickets", 200),
        ("edit:tickets", "read:customers", 400),
        ("edit:tickets", "all:standard", 400),
        ("read:tickets", "edit:tickets", 400),
        ("read:tickets", "admin", 400),
        ("read:tickets", "read:tickets read:customers", 400),
        ("all", "read:weather", 400),
        ("all", "tickets", 400),
    ] {
        halo.sim.edit_tenant(|tenant| tenant.applications[0].scopes = vec![own.to_owned()]);
        let answer = halo.ask_token("?tenant=demo", &[GRANT, ID, SECRET, ("scope", asked)]).await;
        assert_eq!(answer.status, status, "{asked} of {own}");
        assert_eq!(answer.json()["scope"].as_str(), (status == 200).then_some(asked), "{asked} of {own}");
    }
    halo.sim.configure(|switches| switches.scope_mismatch = ScopeMismatch::Narrow);
    halo.sim.edit_tenant(|tenant| tenant.applications[0].scopes = vec!["read:tickets".to_owned()]);
    let nothing_in_common = halo.ask_token("?tenant=demo", &[GRANT, ID, SECRET, ("scope", "admin")]).await;
    assert_eq!(nothing_in_common.status, 400);
}

#[tokio::test]
async fn only_a_post_to_the_token_endpoint_gets_a_token() {
    let halo = halo().await;
    for (path, status) in [("token", 405), ("tokens", 404), ("", 404)] {
        let url = format!("{}/auth/{path}?tenant=demo", halo.sim.base_url());
        assert_eq!(answer(halo.http.get(url)).await.unwrap().status, status, "{path}");
    }
}

#[tokio::test]
async fn a_wrong_tenant_is_a_page_of_html_and_500() {
    let halo = halo().await;
    for (query, tenant) in [("?tenant=other", None), ("", Some(("tenant", "other")))] {
        let form: Vec<_> = [GRANT, ID, SECRET, ALL].into_iter().chain(tenant).collect();
        let refused = halo.ask_token(query, &form).await;
        assert_eq!(refused.status, 500);
        assert!(refused.text.starts_with("<!DOCTYPE html>"));
    }
}

#[tokio::test]
async fn the_host_stands_for_a_tenant_that_is_not_named_unless_the_tenant_insists() {
    let halo = halo().await;
    assert_eq!(halo.ask_token("", &[GRANT, ID, SECRET, ALL]).await.status, 200);
    halo.sim.configure(|switches| switches.tenant_required = true);
    let refused = halo.ask_token("", &[GRANT, ID, SECRET, ALL]).await;
    assert_eq!(refused.status, 500);
    assert!(refused.text.starts_with("<!DOCTYPE html>"));
}

#[tokio::test]
async fn a_token_without_a_scope_is_issued_and_good_for_nothing() {
    let mut halo = halo().await;
    let issued = halo.ask_token("?tenant=demo", &[GRANT, ID, SECRET]).await;
    assert_eq!(issued.status, 200);
    halo.token = issued.json()["access_token"].as_str().unwrap().to_owned();
    for path in ["Client", "Tickets", "TicketType", "Agent/me"] {
        assert_eq!(halo.get(path).await.status, 401, "{path}");
    }
}

#[tokio::test]
async fn a_token_expires_and_can_be_taken_away() {
    let halo = with(HaloSim::builder().switches(Switches { token_seconds: 1, ..Switches::default() })).await;
    assert_eq!(halo.get("Client").await.status, 200);
    halo.wait_until("the token expires", async || halo.get("Client").await.status == 401).await;
    halo.sim.configure(|switches| switches.token_seconds = 3600);
    let mut halo = halo;
    halo.token = halo.token_for(HaloSim::CLIENT_ID, HaloSim::CLIENT_SECRET, "all").await;
    assert_eq!(halo.get("Client").await.status, 200);
    halo.sim.expire_tokens();
    assert_eq!(halo.get("Client").await.status, 401);
}

#[tokio::test]
async fn authinfo_needs_no_token_and_paths_have_no_case() {
    let mut halo = halo().await;
    halo.token = "none".to_owned();
    for path in ["AuthInfo", "authinfo", "AUTHINFO"] {
        let info = halo.get(path).await.json();
        assert_eq!(info["tenant_id"], "demo");
        assert_eq!(info["auth_url"], format!("{}/auth/", halo.sim.base_url()));
    }
    let url = format!("{}/auth/.well-known/openid-configuration", halo.sim.base_url());
    let metadata = answer(halo.http.get(url)).await.unwrap().json();
    assert_eq!(metadata["token_endpoint"], format!("{}/auth/token", halo.sim.base_url()));
}

#[tokio::test]
async fn a_disabled_application_and_one_that_is_nobody_get_nowhere() {
    let halo = halo().await;
    halo.sim.edit_tenant(|tenant| tenant.applications[0].login_type = LoginType::None);
    let nobody = halo.get("Tickets").await;
    assert_eq!((nobody.status.as_u16(), nobody.text.as_str()), (403, ""));
    halo.sim.edit_tenant(|tenant| tenant.applications[0].disabled = true);
    assert_eq!(halo.get("Tickets").await.status, 401);
    assert_eq!(halo.ask_token("?tenant=demo", &[GRANT, ID, SECRET, ALL]).await.status, 401);
}

#[tokio::test]
async fn a_token_of_one_tenant_opens_no_other() {
    let (mut one, other) = (halo().await, halo().await);
    assert_ne!(one.token, other.token);
    one.token.clone_from(&other.token);
    assert_eq!(one.get("Client").await.status, 401);
}

#[tokio::test]
async fn only_a_form_gets_a_token() {
    let halo = halo().await;
    let url = format!("{}/auth/token?tenant=demo", halo.sim.base_url());
    let refused =
        answer(halo.http.post(url).json(&json!({ "grant_type": "client_credentials" }))).await.unwrap();
    assert_eq!((refused.status.as_u16(), &refused.json()["error"]), (400, &json!("invalid_request")));
    let refused = halo.ask_token("?tenant=demo", &[("grant_type", "password"), ID, SECRET]).await;
    assert_eq!(refused.json()["error"], "unsupported_grant_type");
}
