//! One line to an Autotask: puts the credentials on each request, finds the tenant where it lives, keeps to the number of
//! calls that it bears at a time, and never tries refused credentials again by itself, since Autotask locks API users.

use super::account::Account;
use super::error::{Repeat, read, reading};
use super::memory::{Login, SharedLogin};
use super::model::Row;
use super::zone::{Zone, ZoneFinder};
use crate::integrations::ConnectorOptions;
use crate::transport::{Reply, Request, Transport};
use crate::{PsaError, PsaErrorKind};
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Autotask allows three calls at a time for each kind of object and integration, and frees a slot a little after it
/// answered.
const CALLS_AT_A_TIME: usize = 2;

/// Most rows that Autotask gives in one answer.
pub(super) const LARGEST_PAGE: u32 = 500;

/// More pages than any list has: an end for servers that never come to one.
const MOST_PAGES: u32 = 2000;

/// How long refused credentials are not tried again. A person's check and new credentials do not wait.
const REFUSAL: Duration = Duration::from_mins(5);

/// How long a request that is sent once may wait for its turn. With the transport's timeout it must leave most of the
/// settle time to Autotask.
const LEAVE_WITHIN: SignedDuration = SignedDuration::from_secs(30);

/// A kind of object, by its path.
pub(super) type Entity = &'static str;

#[derive(Debug)]
pub(super) struct Session {
    account: Account,
    zone: ZoneFinder,
    transport: Transport,
    page_size: u32,
    turns: std::sync::Mutex<HashMap<Entity, Arc<Semaphore>>>,
    login: Arc<SharedLogin>,
}

/// A call without its place.
pub(super) struct Call<'a> {
    pub(super) operation: &'static str,
    pub(super) entity: Entity,
    pub(super) method: Method<'a>,
    /// Below the zone's address.
    pub(super) path: String,
}

pub(super) enum Method<'a> {
    Get,
    /// Reads by a filter in the body. The address of a page after the first comes from the page before.
    Query(&'a Value, Option<&'a str>),
    Create(&'a Value),
    Patch(&'a Value),
}

impl Session {
    pub(super) fn new(account: Account, transport: &Transport, options: &ConnectorOptions) -> Self {
        let zone = ZoneFinder::new(&options.autotask, &account.user_name);
        let login = options.autotask.memory.login(&account);
        Self {
            account,
            zone,
            transport: transport.clone(),
            page_size: options.page_size.clamp(1, LARGEST_PAGE),
            turns: std::sync::Mutex::default(),
            login,
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.transport.clock().now()
    }

    pub(super) fn ticket_url(&self, id: &str) -> String {
        self.zone.ticket_url(id)
    }

    pub(super) async fn zone(&self) -> Result<Zone, PsaError> {
        self.zone.current(&self.transport).await
    }

    /// Forgets that the credentials were refused, and where the tenant lives: a person is looking.
    pub(super) async fn start_over(&self) {
        *self.login.lock().await = Login::Untried;
        self.zone.forget();
    }

    /// When what is begun now has to have left, if it may be made once only: whoever looks for its effect counts the
    /// settle time from its beginning.
    pub(super) fn leave_by(&self) -> Timestamp {
        self.now().saturating_add(LEAVE_WITHIN).unwrap_or(Timestamp::MAX)
    }

    /// Makes a call and reads its answer.
    pub(super) async fn call(&self, call: Call<'_>) -> Result<Value, PsaError> {
        self.call_by(call, self.leave_by()).await
    }

    /// The same, for a create that began with other calls: it does not leave after `leave_by`.
    pub(super) async fn call_by(&self, call: Call<'_>, leave_by: Timestamp) -> Result<Value, PsaError> {
        let repeat = match call.method {
            Method::Create(_) => Repeat::Never,
            Method::Get | Method::Query(..) | Method::Patch(_) => Repeat::Freely,
        };
        let reply = self.signed_in(&call, leave_by).await?;
        read(call.operation, &reply, repeat)
    }

    async fn signed_in(&self, call: &Call<'_>, leave_by: Timestamp) -> Result<Reply, PsaError> {
        let _turn = self.turn(call.entity).await;
        let mut login = self.login.lock().await;
        match &*login {
            Login::Refused { until, detail } if self.now() < *until => {
                let detail = format!("Not sent, since it was refused a moment ago: {detail}");
                Err(PsaError::new(PsaErrorKind::InvalidCredentials, call.operation, detail))
            }
            Login::Accepted => {
                drop(login);
                let answer = self.exchange(call, leave_by).await;
                if let Some(refused) = self.after(&answer).filter(|login| !matches!(login, Login::Accepted)) {
                    *self.login.lock().await = refused;
                }
                answer
            }
            // Held meanwhile, so that wrong credentials fail once.
            Login::Untried | Login::Refused { .. } => {
                let answer = self.exchange(call, leave_by).await;
                if let Some(known) = self.after(&answer) {
                    *login = known;
                }
                answer
            }
        }
    }

    /// What an answer tells about the credentials.
    fn after(&self, answer: &Result<Reply, PsaError>) -> Option<Login> {
        match answer {
            Ok(_) => Some(Login::Accepted),
            Err(error) if *error.kind() == PsaErrorKind::InvalidCredentials => Some(Login::Refused {
                until: self.now().checked_add(REFUSAL).unwrap_or(Timestamp::MAX),
                detail: error.detail().to_owned(),
            }),
            Err(_) => None,
        }
    }

    /// A 401 means that nothing was looked at. It is what refused credentials get, and what a tenant's old zone answers
    /// after a move; only the second is tried again, in the new zone.
    async fn exchange(&self, call: &Call<'_>, leave_by: Timestamp) -> Result<Reply, PsaError> {
        let zone = self.zone.current(&self.transport).await?;
        let reply = self.transport.send(self.request(call, &zone, leave_by)?).await?;
        if reply.status != StatusCode::UNAUTHORIZED {
            return Ok(reply);
        }
        match self.zone.detect(&self.transport).await {
            Ok(moved) if moved.api != zone.api => {
                tracing::info!(operation = call.operation, "The tenant moved to another zone");
                let reply = self.transport.send(self.request(call, &moved, leave_by)?).await?;
                if reply.status != StatusCode::UNAUTHORIZED {
                    return Ok(reply);
                }
            }
            Ok(_) => {}
            // Trying the old zone again could lock the API user, so the refusal stands.
            Err(error) => tracing::warn!(%error, "Whether the tenant moved is not known"),
        }
        let detail =
            "HTTP 401: Autotask does not accept the user name and the secret, or the API user is locked";
        Err(PsaError::new(PsaErrorKind::InvalidCredentials, call.operation, detail))
    }

    fn request(&self, call: &Call<'_>, zone: &Zone, leave_by: Timestamp) -> Result<Request, PsaError> {
        let operation = call.operation;
        let url = match call.method {
            Method::Query(_, Some(page)) => zone.next_page(operation, page)?,
            _ => zone.call(operation, &call.path)?,
        };
        let request = match call.method {
            Method::Get => Ok(Request::get(operation, url)),
            Method::Query(body, _) => Request::post_json(operation, url, body).map(Request::reads),
            Method::Create(body) => {
                Request::post_json(operation, url, body).map(|request| request.once(leave_by))
            }
            Method::Patch(body) => Request::patch_json(operation, url, body),
        };
        let request = request.map_err(|error| {
            PsaError::new(PsaErrorKind::Protocol, operation, "The request cannot be written")
                .with_source(error)
        })?;
        Ok(request
            .header("UserName", self.account.user_name.clone().into())
            .header("Secret", self.account.secret.clone())
            .header("ApiIntegrationCode", self.account.integration_code.clone())
            .read_by(reading))
    }

    /// First come, first served. None is as good as a permit: it means that the semaphore was closed, which nobody does.
    async fn turn(&self, entity: Entity) -> Option<OwnedSemaphorePermit> {
        let semaphore = {
            // Each change is a single step of the map, so a panic elsewhere leaves nothing half done.
            let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(turns.entry(entity).or_insert_with(|| Arc::new(Semaphore::new(CALLS_AT_A_TIME))))
        };
        semaphore.acquire_owned().await.ok()
    }

    /// A whole list: from the first page to the last, each row once.
    pub(super) async fn all<T: Row>(
        &self,
        operation: &'static str,
        entity: Entity,
        query: &Query<'_>,
    ) -> Result<Vec<T>, PsaError> {
        self.pages(operation, entity, query, MOST_PAGES).await.map(|(rows, _)| rows)
    }

    /// At most `most` pages of a list, and whether there are more.
    pub(super) async fn pages<T: Row>(
        &self,
        operation: &'static str,
        entity: Entity,
        query: &Query<'_>,
        most: u32,
    ) -> Result<(Vec<T>, bool), PsaError> {
        let body = query.body(self.page_size);
        let (mut rows, mut seen, mut pages) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
        let mut page: Option<String> = None;
        for _ in 0..most {
            // The token in the address holds the position alone: the filter goes along each time, by the same method.
            let method = Method::Query(&body, page.as_deref());
            let answer =
                self.call(Call { operation, entity, method, path: format!("{entity}/query") }).await?;
            let (found, next) = items::<T>(operation, answer)?;
            rows.extend(found.into_iter().filter(|row| row.id().is_none_or(|id| seen.insert(id))));
            let Some(next) = next else { return Ok((rows, false)) };
            if !pages.insert(next.clone()) {
                let what = "The same page comes again and again";
                return Err(PsaError::new(PsaErrorKind::Protocol, operation, what));
            }
            page = Some(next);
        }
        Ok((rows, true))
    }
}

/// A filter and what is read.
pub(super) struct Query<'a> {
    pub(super) filter: Value,
    pub(super) fields: &'a [&'a str],
    /// At most so many rows a page, where rows are large or one is enough.
    pub(super) page_size: Option<u32>,
}

impl Query<'_> {
    fn body(&self, page_size: u32) -> Value {
        let page_size = self.page_size.map_or(page_size, |own| own.min(page_size));
        let mut body = Map::from_iter([
            ("MaxRecords".to_owned(), json!(page_size)),
            ("Filter".to_owned(), self.filter.clone()),
        ]);
        if !self.fields.is_empty() {
            body.insert("IncludeFields".to_owned(), json!(self.fields));
        }
        Value::Object(body)
    }
}

/// `{"items": […], "pageDetails": {"nextPageUrl": …}}`
fn items<T: Row>(operation: &'static str, mut answer: Value) -> Result<(Vec<T>, Option<String>), PsaError> {
    let next = answer.pointer("/pageDetails/nextPageUrl").and_then(Value::as_str).map(str::trim);
    let next = next.filter(|next| !next.is_empty()).map(str::to_owned);
    match answer.get_mut("items").map(Value::take).map(serde_json::from_value) {
        Some(Ok(rows)) => Ok((rows, next)),
        Some(Err(error)) => {
            let what = "The answer holds rows that cannot be read";
            Err(PsaError::new(PsaErrorKind::Protocol, operation, what).with_source(error))
        }
        None => Err(PsaError::new(PsaErrorKind::Protocol, operation, "The answer is no list")),
    }
}
