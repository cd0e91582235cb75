//! What the table keeps, one file a kind of item: how it reads, how it is kept, and the rows by which it is found. Ports
//! change items through these functions alone, so that an item and the rows that point at it change together.

pub(crate) mod audit;
pub(crate) mod connection;
pub(crate) mod connection_list;
pub(crate) mod delivery;
pub(crate) mod event;
pub(crate) mod lease;
pub(crate) mod license;
pub(crate) mod notice;
pub(crate) mod operation;
pub(crate) mod organization;
pub(crate) mod partner;
pub(crate) mod record;
pub(crate) mod rejected;
pub(crate) mod route_request;
pub(crate) mod seat_errand;
pub(crate) mod seat_history;
pub(crate) mod seat_line;
pub(crate) mod sweep;
pub(crate) mod told_seats;
