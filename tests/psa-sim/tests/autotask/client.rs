//! A small client of the simulator: headers, GET, POST, PATCH.

use std::sync::Once;
use std::time::{Duration, Instant};

use psa_sim::{AutotaskSim, AutotaskSimBuilder};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

static CRYPTO: Once = Once::new();

pub struct Autotask {
    pub sim: AutotaskSim,
    pub http: reqwest::Client,
}

#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub text: String,
    pub retry_after: Option<String>,
    pub challenge: Option<String>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    /// What a 500 says.
    pub fn errors(&self) -> Vec<String> {
        assert_eq!(self.status, StatusCode::INTERNAL_SERVER_ERROR, "{self:?}");
        serde_json::from_value(self.json()["errors"].clone()).expect("an array of texts")
    }

    /// The only thing that a 500 says.
    pub fn error(&self) -> String {
        let mut errors = self.errors();
        assert_eq!(errors.len(), 1, "{errors:?}");
        errors.remove(0)
    }

    pub fn id(&self) -> i64 {
        assert_eq!(self.status, StatusCode::OK, "{self:?}");
        self.json()["itemId"].as_i64().unwrap_or_else(|| panic!("no id: {self:?}"))
    }

    pub fn items(&self) -> Vec<Value> {
        assert_eq!(self.status, StatusCode::OK, "{self:?}");
        self.json()["items"].as_array().unwrap_or_else(|| panic!("no items: {self:?}")).clone()
    }

    pub fn ids(&self) -> Vec<i64> {
        self.items().iter().filter_map(|item| item["id"].as_i64()).collect()
    }
}

pub async fn autotask() -> Autotask {
    with(AutotaskSim::builder()).await
}

pub async fn with(builder: AutotaskSimBuilder) -> Autotask {
    CRYPTO.call_once(|| {
        // Another test may have been first.
        drop(rustls::crypto::ring::default_provider().install_default());
    });
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    Autotask { sim: builder.start().await.expect("the simulator starts"), http }
}

impl Autotask {
    pub fn url(&self, path: &str) -> String {
        format!("{}/ATServicesRest/V1.0/{path}", self.sim.base_url())
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        as_user(self.http.request(method, self.url(path)))
    }

    pub async fn get(&self, path: &str) -> Answer {
        answer(self.request(Method::GET, path)).await.expect("an answer")
    }

    pub async fn try_post(&self, path: &str, body: &Value) -> Result<Answer, reqwest::Error> {
        answer(self.request(Method::POST, path).json(body)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.try_post(path, &body).await.expect("an answer")
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        answer(self.request(Method::PATCH, path).json(&body)).await.expect("an answer")
    }

    /// Posts a ticket for Acme that is fine, save for the members given; null takes one away.
    pub async fn ticket(&self, members: Value) -> Answer {
        self.post("Tickets", fine_ticket(members)).await
    }

    /// Queries with one condition.
    pub async fn find(&self, entity: &str, field: &str, op: &str, value: Value) -> Answer {
        let filter = json!([{ "op": op, "field": field, "value": value }]);
        self.post(&format!("{entity}/query"), json!({ "filter": filter })).await
    }

    pub async fn read(&self, id: i64) -> Value {
        self.get(&format!("Tickets/{id}")).await.json()["item"].clone()
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

/// The headers that say who asks.
pub fn as_user(request: RequestBuilder) -> RequestBuilder {
    request
        .header("UserName", AutotaskSim::USERNAME)
        .header("Secret", AutotaskSim::SECRET)
        .header("ApiIntegrationCode", AutotaskSim::INTEGRATION_CODE)
}

pub fn fine_ticket(members: Value) -> Value {
    let mut ticket = json!({
        "companyID": 174, "title": "Backup failed", "status": 1, "priority": 2, "queueID": 29_683_482,
        "dueDateTime": "2030-01-01T00:00:00Z"
    });
    if let (Value::Object(ticket), Value::Object(members)) = (&mut ticket, members) {
        for (name, value) in members {
            if value.is_null() {
                ticket.remove(&name);
            } else {
                ticket.insert(name, value);
            }
        }
    }
    ticket
}

pub async fn answer(request: RequestBuilder) -> Result<Answer, reqwest::Error> {
    let response = request.send().await?;
    let status = response.status();
    let header =
        |name: &str| response.headers().get(name).map(|value| value.to_str().expect("text").to_owned());
    let (retry_after, challenge) = (header("retry-after"), header("www-authenticate"));
    Ok(Answer { status, retry_after, challenge, text: response.text().await? })
}
