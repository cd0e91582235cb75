//! Lists by page. A cursor is the store's own position, sealed for the caller and the query that it was given for, so
//! that nobody can make one up or carry it over to another list.

use crate::{Claims, Problem, conversions::invalid_cursor, params::without_paging};
use axum::extract::FromRequestParts;
use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use http::request::Parts;
use psa_connector::Page;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::fmt;
use url::form_urlencoded;
use utoipa::{IntoParams, ToSchema};

/// Most items of a page.
pub const MAX_LIMIT: usize = 100;
const DEFAULT_LIMIT: usize = 25;
const TAG: usize = 16;

/// Seals cursors. All processes that serve the same lists need the same key.
#[derive(Clone)]
pub struct CursorKey(Hmac<Sha256>);

impl fmt::Debug for CursorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CursorKey([redacted])")
    }
}

impl CursorKey {
    /// A key of 32 secret bytes.
    pub fn new(secret: &[u8; 32]) -> Self {
        // HMAC takes keys of any length; one of a block's length or less is taken as it is.
        let mut block = [0; 64];
        block[..32].copy_from_slice(secret);
        Self(Hmac::new(&block.into()))
    }

    fn mac(&self, binding: &Binding, cursor: &str) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        for part in [&binding.caller, &binding.path, &binding.query, cursor] {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        mac
    }

    fn seal(&self, binding: &Binding, cursor: &str) -> String {
        let tag = self.mac(binding, cursor).finalize().into_bytes();
        let mut sealed = tag[..TAG].to_vec();
        sealed.extend_from_slice(cursor.as_bytes());
        BASE64URL_NOPAD.encode(&sealed)
    }

    fn open(&self, binding: &Binding, sealed: &str) -> Result<String, Problem> {
        let bytes = BASE64URL_NOPAD.decode(sealed.as_bytes()).map_err(|_| invalid_cursor())?;
        let (tag, cursor) = bytes.split_at_checked(TAG).ok_or_else(invalid_cursor)?;
        let cursor = std::str::from_utf8(cursor).map_err(|_| invalid_cursor())?;
        self.mac(binding, cursor).verify_truncated_left(tag).map_err(|_| invalid_cursor())?;
        Ok(cursor.to_owned())
    }
}

/// What a cursor is good for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Binding {
    caller: String,
    path: String,
    query: String,
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct List<T> {
    /// The items of this page.
    pub items: Vec<T>,
    /// Give it as `cursor` to get the next page; null on the last.
    pub next: Option<String>,
}

/// The parameters of every list, for the API document. Handlers take [`Paging`].
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PagingParams {
    /// How many items a page has at most.
    #[param(minimum = 1, maximum = 100, default = 25)]
    pub limit: Option<u32>,
    /// The `next` of the page before. Fits only the same caller and the same query.
    pub cursor: Option<String>,
}

/// Which page of a list the caller wants.
#[derive(Clone, Debug)]
pub struct Paging {
    /// At most so many items.
    pub limit: usize,
    /// The store's position to go on from.
    pub after: Option<String>,
    binding: Binding,
    key: CursorKey,
}

impl Paging {
    /// The answer for a page of the store.
    pub fn list<T>(&self, page: Page<T>) -> List<T> {
        List { items: page.items, next: page.next.map(|cursor| self.key.seal(&self.binding, &cursor)) }
    }
}

impl<S: Sync> FromRequestParts<S> for Paging {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let (Some(claims), Some(key)) =
            (parts.extensions.get::<Claims>(), parts.extensions.get::<CursorKey>())
        else {
            tracing::error!(path = parts.uri.path(), "Route has no authentication");
            return Err(Problem::internal());
        };
        let caller = match claims.partner() {
            Some(partner) => format!("partner {partner}"),
            None => format!("subject {}", claims.subject()),
        };
        let query = parts.uri.query().unwrap_or_default();
        let binding = Binding { caller, path: parts.uri.path().to_owned(), query: without_paging(query) };
        let limit = match parameter(query, "limit")? {
            Some(limit) => limit_of(&limit)?,
            None => DEFAULT_LIMIT,
        };
        let after = parameter(query, "cursor")?.map(|sealed| key.open(&binding, &sealed)).transpose()?;
        Ok(Self { limit, after, binding, key: key.clone() })
    }
}

fn limit_of(text: &str) -> Result<usize, Problem> {
    text.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit)).ok_or_else(|| {
        Problem::invalid_parameter("limit", format!("The limit must be a number from 1 to {MAX_LIMIT}."))
    })
}

fn parameter(query: &str, name: &str) -> Result<Option<String>, Problem> {
    let mut values = form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| key == name);
    let first = values.next().map(|(_, value)| value.into_owned());
    if values.next().is_some() {
        return Err(Problem::invalid_parameter(name, "The parameter is given more than once."));
    }
    Ok(first)
}
