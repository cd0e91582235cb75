//! What a function is told by its environment. The keys are those of the one-process host, where both have the same.

use std::{collections::HashMap, str::FromStr};
use thiserror::Error;

/// What all keys begin with.
const PREFIX: &str = "PSA_BRIDGE__";

/// The environment is not as it has to be.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the environment: {PREFIX}{key} {problem}")]
pub struct EnvError {
    /// Which, without its prefix.
    pub key: String,
    /// What to do.
    pub problem: String,
}

/// The variables of the bridge.
#[derive(Clone, Default)]
pub struct Env(HashMap<String, String>);

impl Env {
    /// Those of this process.
    pub fn of_process() -> Self {
        Self::of(std::env::vars())
    }

    /// The bridge's among these.
    pub fn of(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let ours = variables.into_iter().filter_map(|(name, value)| {
            Some((name.strip_prefix(PREFIX)?.to_owned(), value.trim().to_owned()))
        });
        Self(ours.filter(|(_, value)| !value.is_empty()).collect())
    }

    /// A text that has to be there.
    pub fn required(&self, key: &str) -> Result<&str, EnvError> {
        self.optional(key).ok_or_else(|| error(key, "is missing"))
    }

    /// A text. What is empty is not there.
    pub fn optional(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// A value, or this one where there is none.
    pub fn value<T: FromStr>(&self, key: &str, default: T) -> Result<T, EnvError> {
        let Some(text) = self.optional(key) else { return Ok(default) };
        text.parse().map_err(|_| error(key, "cannot be read"))
    }

    /// Texts with commas in between.
    pub fn list(&self, key: &str) -> Vec<&str> {
        let text = self.optional(key).unwrap_or_default();
        text.split(',').map(str::trim).filter(|item| !item.is_empty()).collect()
    }
}

/// What is wrong with a key.
pub fn error(key: &str, problem: impl Into<String>) -> EnvError {
    EnvError { key: key.to_owned(), problem: problem.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> Env {
        Env::of(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn what_is_empty_or_of_others_is_not_there() {
        let env = env(&[("PSA_BRIDGE__A", " x "), ("PSA_BRIDGE__B", ""), ("OTHER", "y")]);
        assert_eq!(env.required("A"), Ok("x"));
        assert_eq!(env.required("B"), Err(error("B", "is missing")));
        assert_eq!(env.optional("OTHER"), None);
    }

    #[test]
    fn a_value_that_cannot_be_read_is_told_by_its_key() {
        let env = env(&[("PSA_BRIDGE__A", "7"), ("PSA_BRIDGE__B", "seven")]);
        assert_eq!(env.value("A", 1), Ok(7));
        assert_eq!(env.value("C", 1), Ok(1));
        let error = env.value("B", 1).unwrap_err();
        assert_eq!(error.to_string(), "the environment: PSA_BRIDGE__B cannot be read");
    }

    #[test]
    fn a_list_has_commas() {
        assert_eq!(env(&[("PSA_BRIDGE__A", "x, y,,")]).list("A"), ["x", "y"]);
        assert!(env(&[]).list("A").is_empty());
    }
}
