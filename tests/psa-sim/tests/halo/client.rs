//! A small client of the simulator: a token, GET, POST.

#![expect(clippy::expect_used, reason = "a test that can't ask has failed")]

use std::sync::Once;
use std::time::{Duration, Instant};

use psa_sim::{HaloSim, HaloSimBuilder, Rights};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

static CRYPTO: Once = Once::new();

pub fn http() -> reqwest::Client {
    CRYPTO.call_once(|| {
        // Another test may have been first.
        drop(rustls::crypto::ring::default_provider().install_default());
    });
    reqwest::Client::builder().no_proxy().build().expect("a client")
}

pub struct Halo {
    pub sim: HaloSim,
    pub http: reqwest::Client,
    pub token: String,
}

#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub text: String,
    pub retry_after: Option<String>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    /// What a 400 says in a bare string.
    pub fn says(&self) -> String {
        assert_eq!(self.status, StatusCode::BAD_REQUEST, "{self:?}");
        self.json().as_str().unwrap_or_else(|| panic!("not a string: {self:?}")).to_owned()
    }

    /// The ids in a list, in its order.
    pub fn ids(&self, list: &str) -> Vec<i64> {
        let body = self.json();
        let rows = body[list].as_array().unwrap_or_else(|| panic!("no {list}: {self:?}"));
        rows.iter().map(|row| row["id"].as_i64().expect("an id")).collect()
    }

    pub fn id(&self) -> i64 {
        assert_eq!(self.status, StatusCode::CREATED, "{self:?}");
        self.json()["id"].as_i64().expect("an id")
    }
}

pub async fn halo() -> Halo {
    with(HaloSim::builder()).await
}

pub async fn with(builder: HaloSimBuilder) -> Halo {
    let sim = builder.start().await.expect("the simulator starts");
    let mut halo = Halo { sim, http: http(), token: String::new() };
    halo.token = halo.token_for(HaloSim::CLIENT_ID, HaloSim::CLIENT_SECRET, "all").await;
    halo
}

/// A demo tenant whose application acts as an agent with these rights.
pub async fn acting_as(rights: Rights) -> Halo {
    let mut tenant = HaloSim::demo_tenant("demo");
    tenant.agents[0].rights = rights;
    with(HaloSim::builder().tenant(tenant)).await
}

impl Halo {
    pub async fn ask_token(&self, query: &str, form: &[(&str, &str)]) -> Answer {
        let url = format!("{}/auth/token{query}", self.sim.base_url());
        answer(self.http.post(url).form(form)).await.expect("an answer")
    }

    pub async fn token_for(&self, id: &str, secret: &str, scope: &str) -> String {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", id),
            ("client_secret", secret),
            ("scope", scope),
        ];
        let answer = self.ask_token("?tenant=demo", &form).await;
        answer.json()["access_token"].as_str().expect("a token").to_owned()
    }

    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}/api/{path}", self.sim.base_url())).bearer_auth(&self.token)
    }

    pub async fn try_get(&self, path: &str) -> Result<Answer, reqwest::Error> {
        answer(self.request(Method::GET, path)).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.try_get(path).await.expect("an answer")
    }

    pub async fn try_post(&self, path: &str, body: &Value) -> Result<Answer, reqwest::Error> {
        answer(self.request(Method::POST, path).json(body)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.try_post(path, &body).await.expect("an answer")
    }

    /// Posts a ticket for Acme that is fine, save for the members given.
    pub async fn ticket(&self, members: Value) -> Answer {
        self.post("Tickets", json!([fine_ticket(members)])).await
    }

    pub async fn command(&self, path: &str, body: Value) -> Answer {
        let url = format!("{}/{path}", self.sim.control_url());
        answer(self.http.post(url).json(&body)).await.expect("an answer")
    }

    /// Asks again and again until the answer is yes; five seconds at most.
    pub async fn wait_until(&self, what: &str, condition: impl AsyncFn() -> bool) {
        let start = Instant::now();
        while !condition().await {
            assert!(start.elapsed() < Duration::from_secs(5), "never: {what}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

pub fn fine_ticket(members: Value) -> Value {
    let mut ticket =
        json!({ "summary": "Backup failed", "client_id": 2, "tickettype_id": 21, "_novalidate": true });
    if let Value::Object(members) = members {
        for (name, value) in members {
            ticket[name] = value;
        }
    }
    ticket
}

pub async fn answer(request: reqwest::RequestBuilder) -> Result<Answer, reqwest::Error> {
    let response = request.send().await?;
    let status = response.status();
    let retry_after =
        response.headers().get("retry-after").map(|value| value.to_str().expect("text").to_owned());
    Ok(Answer { status, retry_after, text: response.text().await? })
}
