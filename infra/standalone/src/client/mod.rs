//! The command line's way to a running bridge: its HTTP API, answers as tables for people and as JSON for programs.

pub mod events;
pub mod operator;
pub mod retry;
pub mod seats;
mod table;

use crate::send::http_client;
use clap::Args;
use reqwest::{Client, Method, Url, header};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use thiserror::Error;

/// How to reach a bridge, and how to tell its answers.
#[derive(Debug, Args)]
pub struct Access {
    /// Where the bridge listens.
    #[arg(long, default_value = "http://127.0.0.1:8080", env = "PSA_BRIDGE_URL", value_name = "URL")]
    url: Url,
    /// A token that allows it: a partner's (`psa-bridge token --partner …`), or for `operator` a machine's.
    #[arg(long, env = "PSA_BRIDGE_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    token: SecretString,
    /// Print the API's answer as JSON, for programs.
    #[arg(long)]
    pub json: bool,
}

/// Why there is no answer to tell.
#[derive(Debug, Error)]
pub enum CallError {
    /// Nobody is there.
    #[error("{url} cannot be reached: is the bridge running? ({source})")]
    Unreachable {
        /// Where.
        url: Url,
        /// What happened.
        source: reqwest::Error,
    },
    /// The bridge said no, in its words.
    #[error("{0}")]
    Refused(String),
    /// What is there is no bridge.
    #[error("{url} answers what is not of PSA Bridge's API: {detail}")]
    Strange {
        /// Where.
        url: Url,
        /// What came.
        detail: String,
    },
    /// No HTTP client.
    #[error("{0}")]
    Client(String),
}

/// A bridge that is asked.
pub struct Bridge<'a> {
    access: &'a Access,
    http: Client,
    language: Option<&'a str>,
}

impl<'a> Bridge<'a> {
    /// The bridge that the arguments name.
    pub fn at(access: &'a Access) -> Result<Self, CallError> {
        let http = http_client().map_err(|error| CallError::Client(error.to_string()))?;
        Ok(Self { access, http, language: None })
    }

    /// Asked to answer in this language, where one is given.
    pub fn speaking(self, language: Option<&'a str>) -> Self {
        Self { language, ..self }
    }

    /// Reads. Parameters without a value are left out.
    pub async fn get(&self, path: &[&str], query: &[(&str, Option<&str>)]) -> Result<Value, CallError> {
        self.call(Method::GET, path, query, None).await
    }

    /// Writes.
    pub async fn post(
        &self,
        path: &[&str],
        query: &[(&str, Option<&str>)],
        body: Option<Vec<u8>>,
    ) -> Result<Value, CallError> {
        self.call(Method::POST, path, query, body).await
    }

    async fn call(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, Option<&str>)],
        body: Option<Vec<u8>>,
    ) -> Result<Value, CallError> {
        let mut url = self.access.url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            // Ids come from outside: each is a segment of its own, whatever is in it.
            segments.pop_if_empty().push("v1").extend(path);
        }
        for (name, value) in query {
            if let Some(value) = value {
                url.query_pairs_mut().append_pair(name, value);
            }
        }
        let mut request =
            self.http.request(method, url.clone()).bearer_auth(self.access.token.expose_secret());
        if let Some(language) = self.language {
            request = request.header(header::ACCEPT_LANGUAGE, language);
        }
        if let Some(body) = body {
            request = request.header(header::CONTENT_TYPE, "application/json").body(body);
        }
        let response = request
            .send()
            .await
            .map_err(|source| CallError::Unreachable { url: url.clone(), source: source.without_url() })?;
        let status = response.status();
        let text = response
            .text()
            .await
            .map_err(|source| CallError::Unreachable { url: url.clone(), source: source.without_url() })?;
        let answer: Option<Value> = serde_json::from_str(&text).ok();
        match answer {
            Some(answer) if status.is_success() => Ok(answer),
            Some(problem) if problem["code"].is_string() => Err(CallError::Refused(refusal(&problem))),
            _ => {
                let start: String = text.chars().take(80).collect();
                Err(CallError::Strange { url, detail: format!("{status} {start}") })
            }
        }
    }
}

/// A problem in the words of the API: what, why, where, and what to do.
fn refusal(problem: &Value) -> String {
    let title = problem["title"].as_str().unwrap_or_default();
    let field = problem["field"].as_str().map_or_else(String::new, |field| format!(": {field}"));
    let mut lines = vec![format!("{title} ({}){field}", problem["code"].as_str().unwrap_or_default())];
    for error in problem["errors"].as_array().into_iter().flatten() {
        let field = error["field"].as_str().filter(|field| !field.is_empty()).unwrap_or("-");
        lines.push(format!("  {field}: {}", error["message"].as_str().unwrap_or_default()));
    }
    let has_errors = problem["errors"].as_array().is_some_and(|errors| !errors.is_empty());
    for member in ["detail", "fix"] {
        let is_said = member == "detail" && has_errors;
        if let Some(text) = problem[member].as_str().filter(|_| !is_said) {
            lines.push(format!("  {text}"));
        }
    }
    lines.join("\n")
}
