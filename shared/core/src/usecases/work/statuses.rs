//! The statuses that close and open tickets of a connection.

/// The statuses that close and open tickets here.
#[derive(Clone, Copy, Debug)]
pub(super) struct Statuses {
    /// To close with; none where the PSA shows none.
    pub(super) closed: Option<i64>,
    /// To open again with; likewise.
    pub(super) open: Option<i64>,
}
