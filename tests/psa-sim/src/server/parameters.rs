//! The parameters of a query or a form.

use std::collections::HashMap;

use axum::extract::Query;
use http::Uri;

/// The parameters of a query or a form; names without regard to case.
#[derive(Clone, Debug, Default)]
pub struct Parameters(HashMap<String, String>);

impl Parameters {
    /// Reads `name=value&…`; what can't be read is no parameter.
    pub fn parse(encoded: &str) -> Self {
        let uri = Uri::builder().path_and_query(format!("/?{encoded}")).build().unwrap_or_default();
        let pairs =
            Query::<Vec<(String, String)>>::try_from_uri(&uri).map(|Query(pairs)| pairs).unwrap_or_default();
        Self(pairs.into_iter().map(|(name, value)| (name.to_lowercase(), value)).collect())
    }

    /// The value, if it is not empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    pub fn flag(&self, name: &str) -> bool {
        self.text(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }
}
