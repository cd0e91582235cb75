//! One signed-in line to a HaloPSA: adds the token, renews it once where it is refused, and turns answers into JSON or
//! into an error that says what happened.

use super::error::{parse_error, wants_new_token};
use super::lenient::{self, Rows};
use super::site::Site;
use super::token::{Server, Token, Tokens, looks_like_html};
use crate::transport::{Reply, Request, Transport};
use crate::{PsaError, PsaErrorKind};
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeSet;
use url::Url;

/// Page sizes by pass, in percent of the usual. Lists move while they are read, and a row that slips over a page's edge
/// in one pass lies inside a page in another.
const PAGE_SIZES: [usize; 6] = [100, 83, 71, 97, 61, 89];

/// More pages than any list has: an end for servers that never come to one.
const MOST_PAGES: u32 = 2000;

/// How long a request that is sent once may wait for a token and its turn. With the transport's timeout it must leave
/// most of the settle time to the PSA.
const LEAVE_WITHIN: SignedDuration = SignedDuration::from_secs(30);

pub(super) type Query<'a> = Vec<(&'static str, std::borrow::Cow<'a, str>)>;

#[derive(Debug)]
pub(super) struct Session {
    pub(super) site: Site,
    pub(super) transport: Transport,
    tokens: Tokens,
    page_size: usize,
}

/// Whether a request can be sent again without harm.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    Freely,
    Never,
}

/// A row with an identity, so that a list can be put together from pages that overlap.
pub(super) trait Row: DeserializeOwned {
    fn id(&self) -> Option<i64>;
}

impl Session {
    pub(super) fn new(site: Site, transport: Transport, page_size: u32) -> Self {
        // HaloPSA gives at most 100 tickets a page, whatever it is asked for.
        Self { site, transport, tokens: Tokens::default(), page_size: page_size.clamp(1, 100) as usize }
    }

    pub(super) fn page_size(&self) -> usize {
        self.page_size
    }

    pub(super) async fn token(&self) -> Result<Token, PsaError> {
        self.tokens.current(&self.site, &self.transport).await
    }

    pub(super) async fn server(&self) -> Result<Server, PsaError> {
        self.tokens.server(&self.site, &self.transport).await
    }

    /// See [`Tokens::forget`].
    pub(super) async fn start_over(&self) {
        self.tokens.forget().await;
    }

    pub(super) async fn get(
        &self,
        operation: &'static str,
        path: &str,
        query: &Query<'_>,
    ) -> Result<Value, PsaError> {
        let mut url = self.url(operation, path)?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let reply = self.signed_in(|| Ok(Request::get(operation, url.clone()))).await?;
        json(operation, &reply, Repeat::Freely)
    }

    /// When what is begun now has to have left, if it may be made once only: whoever looks for its effect counts the
    /// settle time from its beginning.
    pub(super) fn leave_by(&self) -> Timestamp {
        self.transport.clock().now().saturating_add(LEAVE_WITHIN).unwrap_or(Timestamp::MAX)
    }

    pub(super) async fn post(
        &self,
        operation: &'static str,
        path: &str,
        body: &Value,
        repeat: Repeat,
    ) -> Result<Value, PsaError> {
        self.post_by(operation, path, body, repeat, self.leave_by()).await
    }

    /// The same, for what began with other calls: what may be made once only does not leave after `leave_by`.
    pub(super) async fn post_by(
        &self,
        operation: &'static str,
        path: &str,
        body: &Value,
        repeat: Repeat,
        leave_by: Timestamp,
    ) -> Result<Value, PsaError> {
        let url = self.url(operation, path)?;
        let make = || {
            let request = Request::post_json(operation, url.clone(), body).map_err(|error| {
                PsaError::new(PsaErrorKind::Protocol, operation, "The request cannot be written")
                    .with_source(error)
            })?;
            Ok(if repeat == Repeat::Never { request.once(leave_by) } else { request })
        };
        let reply = self.signed_in(make).await?;
        json(operation, &reply, repeat)
    }

    /// A refused token means that the request was not looked at, so this repeats creates as well.
    async fn signed_in(&self, make: impl Fn() -> Result<Request, PsaError>) -> Result<Reply, PsaError> {
        let token = self.token().await?;
        let reply = self.transport.send(make()?.bearer(token.secret.clone())).await?;
        if !wants_new_token(reply.status, &reply.body) {
            return Ok(reply);
        }
        let token = self.tokens.renewed(&token, &self.site, &self.transport).await?;
        self.transport.send(make()?.bearer(token.secret)).await
    }

    fn url(&self, operation: &'static str, path: &str) -> Result<Url, PsaError> {
        Url::parse(&format!("{}/api/{path}", self.site.portal)).map_err(|error| {
            PsaError::new(PsaErrorKind::Protocol, operation, "The address is not valid").with_source(error)
        })
    }

    /// A list without pages.
    pub(super) async fn list<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        path: &str,
        key: &str,
        query: &Query<'_>,
    ) -> Result<Rows<T>, PsaError> {
        let value = self.get(operation, path, query).await?;
        lenient::rows(value, key).ok_or_else(|| {
            PsaError::new(PsaErrorKind::Protocol, operation, format!("The answer is no list of {key}"))
        })
    }

    /// One page of a list.
    pub(super) async fn page<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        path: &str,
        key: &str,
        query: &Query<'_>,
        (page_no, page_size): (u32, usize),
    ) -> Result<Rows<T>, PsaError> {
        let mut query = query.clone();
        query.push(("pageinate", "true".into()));
        query.push(("page_size", page_size.to_string().into()));
        query.push(("page_no", page_no.to_string().into()));
        self.list(operation, path, key, &query).await
    }

    /// A whole list. Rows may move from page to page while it is read, so it counts as whole once as many rows were
    /// seen as the list says it has, or another pass with other pages saw nothing new.
    pub(super) async fn all<T: Row>(
        &self,
        operation: &'static str,
        path: &str,
        key: &str,
        query: &Query<'_>,
    ) -> Result<Vec<T>, PsaError> {
        let mut seen = Seen { ids: BTreeSet::new(), rows: Vec::new() };
        let mut usual = self.page_size;
        let mut total_before = None;
        for (pass, percent) in PAGE_SIZES.into_iter().enumerate() {
            let known = seen.ids.len();
            let size = (usual * percent / 100).max(1);
            let Pass { found, total, largest } =
                self.pass(operation, path, key, query, size, &mut seen).await?;
            let whole = total.is_some_and(|total| {
                found >= total || (total_before == Some(total) && seen.ids.len() >= total)
            });
            if whole || (pass > 0 && seen.ids.len() == known) {
                return Ok(seen.rows);
            }
            total_before = total;
            // Servers cap pages as they like, and other pages must be smaller than the cap to be other pages.
            usual = usual.min(largest.max(1));
        }
        Err(PsaError::new(PsaErrorKind::Unavailable, operation, "The list kept changing while it was read"))
    }

    /// Reads a list from its first page to its last.
    async fn pass<T: Row>(
        &self,
        operation: &'static str,
        path: &str,
        key: &str,
        query: &Query<'_>,
        size: usize,
        seen: &mut Seen<T>,
    ) -> Result<Pass, PsaError> {
        let mut here = BTreeSet::new();
        let mut totals = BTreeSet::new();
        let mut pages_without_news = 0;
        let mut largest = 0;
        for page_no in 1..=MOST_PAGES {
            let page = self.page::<T>(operation, path, key, query, (page_no, size)).await?;
            largest = largest.max(page.rows.len());
            totals.insert(page.total);
            let (empty, before) = (page.rows.is_empty(), here.len());
            for row in page.rows {
                let Some(id) = row.id() else { continue };
                here.insert(id);
                seen.add(id, row);
            }
            if here.len() > before {
                pages_without_news = 0;
            } else {
                pages_without_news += 1;
            }
            // A short page is no end. A page with nothing new is how a server looks that knows no pages; rows that
            // moved can make one look like it where the list says that there are more.
            let patience = if page.total.is_some() { 2 } else { 1 };
            let complete = totals.len() == 1 && page.total.is_some_and(|total| here.len() >= total);
            if complete || empty || pages_without_news == patience {
                break;
            }
        }
        let total = if totals.len() == 1 { totals.pop_first().flatten() } else { None };
        Ok(Pass { found: here.len(), total, largest })
    }
}

/// The rows of a list, each once.
struct Seen<T> {
    ids: BTreeSet<i64>,
    rows: Vec<T>,
}

impl<T> Seen<T> {
    fn add(&mut self, id: i64, row: T) {
        if self.ids.insert(id) {
            self.rows.push(row);
        }
    }
}

/// What one reading of a list found.
struct Pass {
    /// Different rows.
    found: usize,
    /// How many there are, if the list said the same all the time.
    total: Option<usize>,
    /// Rows of the largest page.
    largest: usize,
}

/// The JSON of a success; what HaloPSA's API answers is JSON and nothing else.
fn json(operation: &'static str, reply: &Reply, repeat: Repeat) -> Result<Value, PsaError> {
    if !reply.status.is_success() {
        return Err(parse_error(operation, reply.status, &reply.body));
    }
    serde_json::from_slice(&reply.body).map_err(|error| {
        let html = looks_like_html(&reply.body);
        let kind = match repeat {
            Repeat::Never => PsaErrorKind::OutcomeUnknown,
            Repeat::Freely if html => PsaErrorKind::Unavailable,
            Repeat::Freely => PsaErrorKind::Protocol,
        };
        let what = if html { "a web page, as during maintenance" } else { "no JSON" };
        PsaError::new(kind, operation, format!("HTTP {} with {what}", reply.status)).with_source(error)
    })
}
