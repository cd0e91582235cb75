//! Reasons in words, in the reader's language.

use psa_bridge_core::{
    catalogue::{Language, reason_text},
    reason::Reason,
};
use serde::Serialize;
use utoipa::ToSchema;

/// A reason, for programs and for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ReasonView {
    /// The stable code.
    pub(crate) code: Reason,
    /// Why, and what to do.
    pub(crate) text: String,
}

impl ReasonView {
    pub(crate) fn new(code: Reason, language: Language) -> Self {
        let text = reason_text(code.code(), language).unwrap_or_else(|| code.code().to_owned());
        Self { code, text }
    }
}
