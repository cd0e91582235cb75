//! What the address says. A path that cannot name anything is answered like one that names nothing; a query that does
//! not fit is answered with the parameter that is wrong.

use crate::{Problem, body::without_value};
use axum::extract::{FromRequestParts, Path as AxumPath};
use http::request::Parts;
use serde::de::DeserializeOwned;
use url::form_urlencoded;

/// The parameters of a path.
#[derive(Clone, Copy, Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let AxumPath(value) =
            AxumPath::from_request_parts(parts, state).await.map_err(|_| Problem::not_found("resource"))?;
        Ok(Self(value))
    }
}

/// The parameters of a query, save `limit` and `cursor`, which are [`Paging`](crate::Paging)'s. Types with
/// `#[serde(deny_unknown_fields)]` refuse what they don't know, so that a misspelt filter is not taken for none.
#[derive(Clone, Copy, Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = without_paging(parts.uri.query().unwrap_or_default());
        let deserializer = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()));
        serde_path_to_error::deserialize(deserializer).map(Self).map_err(|error| {
            let path = error.path().to_string();
            Problem::invalid_parameter(path, without_value(&error.into_inner().to_string()))
        })
    }
}

/// The query without the parameters of paging, in the order in which they were given.
pub(crate) fn without_paging(query: &str) -> String {
    let kept =
        form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "limit" && name != "cursor");
    form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).finish()
}
