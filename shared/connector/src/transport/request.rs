//! What a connector asks the transport to send, and what comes back.

use crate::gate::RequestKind;
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use std::fmt;
use std::time::Duration;
use url::Url;

/// One request to a PSA.
///
/// It is taken to be idempotent, and so may be sent more than once, unless [`Request::once`] says otherwise.
pub struct Request {
    pub(super) operation: &'static str,
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) kind: RequestKind,
    pub(super) idempotent: bool,
    pub(super) leave_by: Option<Timestamp>,
    pub(super) bearer: Option<SecretString>,
    pub(super) headers: Vec<(&'static str, SecretString)>,
    pub(super) body: Body,
    pub(super) read_by: Option<fn(&Reply) -> Reading>,
}

/// What a connector makes of an answer of 429 or 5xx, where its PSA gives these a meaning of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// The PSA's own answer: handed over as it is, and not asked for again.
    Answer,
    /// The PSA asks for patience, whatever the status: treated as a 429 that says so. Nothing was stored.
    Wait(Duration),
    /// Nothing that the PSA is known to say: treated by its status.
    Unclear,
}

pub(super) enum Body {
    None,
    Written { content_type: &'static str, bytes: Bytes },
    Form(Vec<(&'static str, SecretString)>),
}

impl Request {
    /// A request that reads. `operation` is the connector's name of the call, for logs and errors.
    pub fn get(operation: &'static str, url: Url) -> Self {
        Self::new(operation, Method::GET, url, RequestKind::Read, Body::None)
    }

    /// A request that changes something, with a JSON body.
    pub fn post_json(
        operation: &'static str,
        url: Url,
        body: &impl Serialize,
    ) -> Result<Self, serde_json::Error> {
        Ok(Self::post(operation, url, "application/json", serde_json::to_vec(body)?.into()))
    }

    /// A request that changes something, with a body that is sent as it is, to the byte.
    pub fn post(operation: &'static str, url: Url, content_type: &'static str, bytes: Bytes) -> Self {
        let body = Body::Written { content_type, bytes };
        Self::new(operation, Method::POST, url, RequestKind::Write, body)
    }

    /// A request that changes a part of something, with a JSON body.
    pub fn patch_json(
        operation: &'static str,
        url: Url,
        body: &impl Serialize,
    ) -> Result<Self, serde_json::Error> {
        Ok(Self { method: Method::PATCH, ..Self::post_json(operation, url, body)? })
    }

    /// Changes nothing, whatever its method: some PSAs take the filter of a list in a body.
    #[must_use]
    pub fn reads(mut self) -> Self {
        self.kind = RequestKind::Read;
        self
    }

    /// With a connector's eye for answers of 429 and 5xx. Without one they are treated by their status alone.
    #[must_use]
    pub fn read_by(mut self, read_by: fn(&Reply) -> Reading) -> Self {
        self.read_by = Some(read_by);
        self
    }

    /// A sign-in: a form, all of whose values are treated as secrets.
    pub fn sign_in(operation: &'static str, url: Url, form: Vec<(&'static str, SecretString)>) -> Self {
        Self::new(operation, Method::POST, url, RequestKind::Token, Body::Form(form))
    }

    fn new(operation: &'static str, method: Method, url: Url, kind: RequestKind, body: Body) -> Self {
        Self {
            operation,
            method,
            url,
            kind,
            idempotent: true,
            leave_by: None,
            bearer: None,
            headers: Vec::new(),
            body,
            read_by: None,
        }
    }

    /// Not idempotent: sent at most once, and a lost reply is [`OutcomeUnknown`](crate::PsaErrorKind::OutcomeUnknown).
    /// Whatever it had to wait for, it does not leave after `leave_by`: whoever looks for its effect counts the settle
    /// time from when it was asked for.
    #[must_use]
    pub fn once(mut self, leave_by: Timestamp) -> Self {
        self.idempotent = false;
        self.leave_by = Some(leave_by);
        self
    }

    /// With an access token.
    #[must_use]
    pub fn bearer(mut self, token: SecretString) -> Self {
        self.bearer = Some(token);
        self
    }

    /// With a header, whose value is treated as a secret.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: SecretString) -> Self {
        self.headers.push((name, value));
        self
    }

    /// What the connector makes of a reply, where its status leaves that open.
    pub(super) fn reading(&self, reply: &Reply) -> Reading {
        let open = reply.status.is_server_error() || reply.status == StatusCode::TOO_MANY_REQUESTS;
        self.read_by.filter(|_| open).map_or(Reading::Unclear, |read_by| read_by(reply))
    }

    pub(super) fn build(&self, client: &reqwest::Client) -> reqwest::RequestBuilder {
        let mut builder = client.request(self.method.clone(), self.url.clone());
        if let Some(token) = &self.bearer {
            builder = builder.bearer_auth(token.expose_secret());
        }
        for (name, value) in &self.headers {
            builder = builder.header(*name, value.expose_secret());
        }
        match &self.body {
            Body::None => builder,
            Body::Written { content_type, bytes } => {
                builder.header(http::header::CONTENT_TYPE, *content_type).body(bytes.clone())
            }
            Body::Form(pairs) => {
                let pairs: Vec<_> = pairs.iter().map(|(name, value)| (name, value.expose_secret())).collect();
                builder.form(&pairs)
            }
        }
        .header(http::header::ACCEPT, "application/json")
    }
}

/// Leaves out everything that could hold a secret or a person's data.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("operation", &self.operation)
            .field("method", &self.method)
            .field("host", &self.url.host_str())
            .field("kind", &self.kind)
            .field("idempotent", &self.idempotent)
            .finish_non_exhaustive()
    }
}

/// An answer with its whole body, whatever its status.
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// Leaves out the body and the headers.
impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
