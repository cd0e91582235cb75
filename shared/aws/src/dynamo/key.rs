//! The schema: every key of the table. Times in keys are RFC 3339 in UTC with nine decimals, so that they sort as text.
//!
//! ```text
//! pk             sk                        what                                          rows/
//! EV#event       E                         the event, who sees it, what is missing       event
//!                D#connection              a delivery: state, timeline                   delivery
//! O#org          HEAD                      organisation: the head of what follows        organization
//!                M#connection              mapping, also one that was deleted            organization
//!                TOLD                      the latest seat counts                        told_seats
//! OE#org         time#event                the organisation's events                     event
//! OM#org         time#event                those that miss a delivery                    event
//! CM#connection  time#event                the same by connection                        event
//! PE#partner     accepted#event            what the partner sees                         event
//! PEND#shard     accepted#event            what routing may still change                 event
//! P#partner      META                      the partner's live connections                partner
//!                O#org                     its organisations                             organization
//! AU#partner     at#ordinal                a line of its audit; of the operator's in AU#  audit
//! CONNECTIONS    connection                a connection that was not revoked             connection_list
//! C#connection   META                      connection                                    connection
//!                LEASE                     who works it, bells                           lease
//!                W#time#event              an unfinished delivery                        delivery
//!                A#event                   one whose request is, or may be, under way    delivery
//!                S#topic#time#event        one that says that a problem is over          delivery
//!                N#shard                   how many deliveries are done, and ended       delivery
//!                Q#created#operation       an operation that is not finished             operation
//!                F#fingerprint             what is remembered of a problem               record
//!                H#org                     what is remembered of its new tickets         record
//!                L#org, product            a line of seat counts                         seat_line
//!                LD#time#org, product      one that is due then                          seat_line
//!                LD#time#ordinal           an errand over many lines                     seat_errand
//!                LH#ordinal                a count that was changed                      seat_history
//!                LF                        that some licence is written in full          seat_line
//!                LS                        that there are lines                          seat_line
//!                LU#license                the organisations mapped onto it              license
//! RR#scope       REQ                       a route request, also a finished one          route_request
//! ROPEN          requested#scope           those that are not finished                   route_request
//! REJ            id                        input that is no event                        rejected
//! SWEEP#shard    connection#what           why a connection has work                     sweep
//! OP#operation   OP                        an operation                                  operation
//! NT#notice      NT                        a notice                                      notice
//! OUT#channel#n  connection#number         one that is to be told                        notice
//! B#tenant       B                         the account of a budget                       budget
//! IK#scope+key   IK                        an idempotency key                            idempotency
//!                P#name#number             a part of a long answer to it                 idempotency
//! ```
//!
//! Two indexes. `lists` (`g1pk`, `g1sk`) is for what people read. `retention` (`g2pk`, `g2sk`) finds what that ends: kind and
//! shard, and the time that retention counts from. Both lag, so nothing that must be done soon is found through them,
//! and whoever acts on what they say reads the item itself again.

use jiff::Timestamp;
use psa_bridge_core::{
    ids::{
        ConnectionId, EventId, Fingerprint, NoticeId, OperationId, OrganizationId, PartnerId, RejectedId,
        Topic,
    },
    notice::Channel,
    ports::RouteScope,
};
use psa_connector::LicenseId;
use sha2::{Digest, Sha256};

/// Over how many partitions a list is spread that everybody's events write to.
pub(crate) const SHARDS: u8 = 4;

/// Where an item is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    /// The partition.
    pub(crate) pk: String,
    /// The place in it.
    pub(crate) sk: String,
}

/// A place in an index.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Place {
    /// The index's partition.
    pub(crate) pk: String,
    /// The place in it.
    pub(crate) sk: String,
}

/// What retention ends, by kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Events, by acceptance.
    Event,
    /// Unfinished deliveries, by acceptance.
    Unfinished,
    /// Finished operations, by creation.
    Operation,
    /// Rejected input.
    Rejected,
    /// Idempotency keys.
    Idempotency,
    /// What is remembered of fingerprints, by change.
    Record,
    /// What is remembered of organisations' new tickets, by change.
    Storm,
    /// Finished route requests.
    RouteRequest,
    /// Accounts of budgets, by use.
    Budget,
    /// Notices that were told or given up.
    Notice,
    /// Lines of the audit.
    Audit,
    /// Changes of seat counts.
    SeatHistory,
}

impl Kind {
    /// The index's partition of that shard.
    pub(crate) fn partition(self, shard: u8) -> String {
        format!("{}#{shard}", self.code())
    }

    fn code(self) -> &'static str {
        match self {
            Self::Event => "EVENT",
            Self::Unfinished => "UNFINISHED",
            Self::Operation => "OPERATION",
            Self::Rejected => "REJECTED",
            Self::Idempotency => "IDEMPOTENCY",
            Self::Record => "RECORD",
            Self::Storm => "STORM",
            Self::RouteRequest => "ROUTE",
            Self::Budget => "BUDGET",
            Self::Notice => "NOTICE",
            Self::Audit => "AUDIT",
            Self::SeatHistory => "SEATS",
        }
    }
}

/// 0000-01-01T00:00:00Z.
const YEAR_ZERO: Timestamp = Timestamp::constant(-62_167_219_200, 0);

/// A time as it stands in keys. Years before 0, which RFC 3339 has not, count as year 0.
pub(crate) fn time(at: Timestamp) -> String {
    format!("{:.9}", at.max(YEAR_ZERO))
}

/// A time and what tells apart that has the same; the order of the parts is that of the text.
pub(crate) fn time_and(at: Timestamp, rest: &str) -> String {
    format!("{}#{rest}", time(at))
}

/// Of a text that [`time_and`] made: the time and the rest.
pub(crate) fn split(place: &str) -> Option<(Timestamp, &str)> {
    let (at, rest) = place.split_once('#')?;
    Some((at.parse().ok()?, rest))
}

/// The shard of that text.
pub(crate) fn shard(text: &str) -> u8 {
    Sha256::digest(text.as_bytes())[0] % SHARDS
}

impl Key {
    /// A key of these parts.
    pub(crate) fn new(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self { pk: pk.into(), sk: sk.into() }
    }

    /// An event.
    pub(crate) fn event(id: &EventId) -> Self {
        Self::new(format!("EV#{id}"), "E")
    }

    /// A delivery.
    pub(crate) fn delivery(event: &EventId, connection: &ConnectionId) -> Self {
        Self::new(format!("EV#{event}"), format!("D#{connection}"))
    }

    /// The row by which a worker finds an unfinished delivery.
    pub(crate) fn waiting(connection: &ConnectionId, event_time: Timestamp, event: &EventId) -> Self {
        Self::new(connection_partition(connection), format!("W#{}", time_and(event_time, event.as_str())))
    }

    /// The head of an organisation.
    pub(crate) fn organization(id: &OrganizationId) -> Self {
        Self::new(organization_partition(id), "HEAD")
    }

    /// How an organisation is, or was, mapped in a connection.
    pub(crate) fn mapping(organization: &OrganizationId, connection: &ConnectionId) -> Self {
        Self::new(organization_partition(organization), format!("M#{connection}"))
    }

    /// An event among its organisation's.
    pub(crate) fn event_of(organization: &OrganizationId, event_time: Timestamp, event: &EventId) -> Self {
        Self::new(events_partition(organization), time_and(event_time, event.as_str()))
    }

    /// An event among those of its scope that miss a delivery.
    pub(crate) fn missing(scope: &RouteScope, event_time: Timestamp, event: &EventId) -> Self {
        Self::new(missing_partition(scope), time_and(event_time, event.as_str()))
    }

    /// An event among those that a partner sees.
    pub(crate) fn seen(partner: &PartnerId, accepted_at: Timestamp, event: &EventId) -> Self {
        Self::new(seen_partition(partner), time_and(accepted_at, event.as_str()))
    }

    /// An event among those that routing may still change.
    pub(crate) fn pending(accepted_at: Timestamp, event: &EventId) -> Self {
        Self::new(pending_partition(shard(event.as_str())), time_and(accepted_at, event.as_str()))
    }

    /// The head of a partner.
    pub(crate) fn partner(id: &PartnerId) -> Self {
        Self::new(partner_partition(id), "META")
    }

    /// An organisation among a partner's.
    pub(crate) fn owned(partner: &PartnerId, organization: &OrganizationId) -> Self {
        Self::new(partner_partition(partner), format!("O#{organization}"))
    }

    /// A line of a partner's audit; of the operator's without one. The rest tells apart what has the same time.
    pub(crate) fn audit(partner: Option<&PartnerId>, at: Timestamp, rest: &str) -> Self {
        Self::new(audit_partition(partner), time_and(at, rest))
    }

    /// A connection among those that were not revoked.
    pub(crate) fn listed_connection(id: &ConnectionId) -> Self {
        Self::new(CONNECTIONS, id.as_str())
    }

    /// A connection.
    pub(crate) fn connection(id: &ConnectionId) -> Self {
        Self::new(connection_partition(id), "META")
    }

    /// The lease of a connection.
    pub(crate) fn lease(id: &ConnectionId) -> Self {
        Self::new(connection_partition(id), "LEASE")
    }

    /// What a connection remembers of a problem.
    pub(crate) fn record(connection: &ConnectionId, fingerprint: &Fingerprint) -> Self {
        Self::new(connection_partition(connection), format!("F#{}", fingerprint.as_str()))
    }

    /// What a connection remembers of an organisation's new tickets.
    pub(crate) fn storm(connection: &ConnectionId, organization: &OrganizationId) -> Self {
        Self::new(connection_partition(connection), format!("H#{organization}"))
    }

    /// A route request.
    pub(crate) fn route_request(scope: &RouteScope) -> Self {
        Self::new(format!("RR#{}", scope_text(scope)), "REQ")
    }

    /// A route request among those that are not finished.
    pub(crate) fn open_route_request(scope: &RouteScope, requested_at: Timestamp) -> Self {
        Self::new(OPEN_ROUTE_REQUESTS, time_and(requested_at, &scope_text(scope)))
    }

    /// The row of a delivery whose request is, or may be, under way.
    pub(crate) fn under_way(connection: &ConnectionId, event: &EventId) -> Self {
        Self::new(connection_partition(connection), format!("A#{event}"))
    }

    /// The row of an unfinished delivery that says that a problem is over.
    pub(crate) fn resolve(
        connection: &ConnectionId,
        topic: &Topic,
        event_time: Timestamp,
        event: &EventId,
    ) -> Self {
        let place = time_and(event_time, event.as_str());
        Self::new(connection_partition(connection), format!("{}{place}", resolve_prefix(topic)))
    }

    /// How many of a connection's deliveries are done, and ended: a part of them.
    pub(crate) fn count(connection: &ConnectionId, event: &EventId) -> Self {
        Self::new(connection_partition(connection), format!("N#{}", shard(event.as_str())))
    }

    /// Why a connection has work: an event, an operation, or a word.
    pub(crate) fn sweep(connection: &ConnectionId, what: &str) -> Self {
        Self::new(sweep_partition(shard(connection.as_str())), format!("{connection}#{what}"))
    }

    /// An operation.
    pub(crate) fn operation(id: &OperationId) -> Self {
        Self::new(format!("OP#{id}"), "OP")
    }

    /// An operation among those of its connection that are not finished.
    pub(crate) fn open_operation(connection: &ConnectionId, created_at: Timestamp, id: &OperationId) -> Self {
        Self::new(connection_partition(connection), format!("Q#{}", time_and(created_at, id.as_str())))
    }

    /// A notice.
    pub(crate) fn notice(id: &NoticeId) -> Self {
        Self::new(format!("NT#{id}"), "NT")
    }

    /// A notice among those that are to be told.
    pub(crate) fn waiting_notice(channel: Channel, connection: &ConnectionId, number: &str) -> Self {
        let partition = outbox_partition(channel, shard(connection.as_str()));
        Self::new(partition, format!("{connection}#{number}"))
    }

    /// The account of a budget.
    pub(crate) fn budget(tenant: &str) -> Self {
        Self::new(format!("B#{}", digest(&[tenant])), "B")
    }

    /// An idempotency key.
    pub(crate) fn idempotency(scope: &str, key: &str) -> Self {
        Self::new(format!("IK#{}", digest(&[scope, key])), "IK")
    }

    /// Input that is no event.
    pub(crate) fn rejected(id: &RejectedId) -> Self {
        Self::new(REJECTED, id.as_str())
    }
}

/// Keys of seat counts.
impl Key {
    /// The latest counts of an organisation.
    pub(crate) fn told_seats(organization: &OrganizationId) -> Self {
        Self::new(organization_partition(organization), "TOLD")
    }

    /// A line.
    pub(crate) fn seat_line(connection: &ConnectionId, organization: &OrganizationId, product: &str) -> Self {
        let place = format!("{SEAT_LINES}{}", line_place(organization, product));
        Self::new(connection_partition(connection), place)
    }

    /// A line among those of its connection that are due.
    pub(crate) fn due_line(
        connection: &ConnectionId,
        due_at: Timestamp,
        organization: &OrganizationId,
        product: &str,
    ) -> Self {
        let place = time_and(due_at, &line_place(organization, product));
        Self::new(connection_partition(connection), format!("{DUE_SEATS}{place}"))
    }

    /// An errand over many lines, among the lines that are due. It comes before those of the same time.
    pub(crate) fn seat_errand(connection: &ConnectionId, at: Timestamp, ordinal: &str) -> Self {
        let place = time_and(at, &format!(" {ordinal}"));
        Self::new(connection_partition(connection), format!("{DUE_SEATS}{place}"))
    }

    /// A count that was changed in the PSA.
    pub(crate) fn seat_history(connection: &ConnectionId, ordinal: &str) -> Self {
        Self::new(connection_partition(connection), format!("{SEAT_HISTORY}{ordinal}"))
    }

    /// That a licence of the connection lost other fields when the count alone was sent.
    pub(crate) fn seats_in_full(connection: &ConnectionId) -> Self {
        Self::new(connection_partition(connection), "LF")
    }

    /// That a connection has lines.
    pub(crate) fn has_seats(connection: &ConnectionId) -> Self {
        Self::new(connection_partition(connection), "LS")
    }

    /// Which organisations are mapped onto a licence.
    pub(crate) fn license(connection: &ConnectionId, license: &LicenseId) -> Self {
        Self::new(connection_partition(connection), format!("LU#{}", digest(&[license.as_str()])))
    }
}

/// What the sort keys of lines of seat counts begin with.
pub(crate) const SEAT_LINES: &str = "L#";
/// What the sort keys of lines begin with that are due, and of errands over many.
pub(crate) const DUE_SEATS: &str = "LD#";
/// What the sort keys of the history of seat counts begin with.
pub(crate) const SEAT_HISTORY: &str = "LH#";

/// A line in keys: in order of organisation and then of product, since neither may hold a control character.
fn line_place(organization: &OrganizationId, product: &str) -> String {
    format!("{organization}\u{1f}{product}")
}

/// What the sort keys of an organisation's lines begin with.
pub(crate) fn lines_of(organization: &OrganizationId) -> String {
    format!("{SEAT_LINES}{}", line_place(organization, ""))
}

/// The list of an organisation's counts that were changed in a connection.
pub(crate) fn history_of(connection: &ConnectionId, organization: &OrganizationId) -> String {
    format!("LH#{connection}#{organization}")
}

/// The partition of connections that were not revoked.
pub(crate) const CONNECTIONS: &str = "CONNECTIONS";
/// The partition of route requests that are not finished.
pub(crate) const OPEN_ROUTE_REQUESTS: &str = "ROPEN";
/// The partition of rejected input.
pub(crate) const REJECTED: &str = "REJ";

/// The partition of connections that have work.
pub(crate) fn sweep_partition(shard: u8) -> String {
    format!("SWEEP#{shard}")
}

/// The partition of notices that are to be told.
pub(crate) fn outbox_partition(channel: Channel, shard: u8) -> String {
    format!("OUT#{}#{shard}", channel.code())
}

/// What the rows of a topic's resolves begin with.
pub(crate) fn resolve_prefix(topic: &Topic) -> String {
    format!("S#{}#", topic.as_str())
}

/// A hash of these parts, for keys of texts that may be long or hold anything.
fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    data_encoding::HEXLOWER.encode(&hash.finalize())
}

/// The partition of a connection.
pub(crate) fn connection_partition(id: &ConnectionId) -> String {
    format!("C#{id}")
}

/// The partition of an organisation: its head and its mappings.
pub(crate) fn organization_partition(id: &OrganizationId) -> String {
    format!("O#{id}")
}

/// The partition of an organisation's events.
pub(crate) fn events_partition(id: &OrganizationId) -> String {
    format!("OE#{id}")
}

/// The partition of events that miss a delivery.
pub(crate) fn missing_partition(scope: &RouteScope) -> String {
    match scope {
        RouteScope::Organization(id) => format!("OM#{id}"),
        RouteScope::Connection(id) => format!("CM#{id}"),
    }
}

/// The partition of events that a partner sees.
pub(crate) fn seen_partition(id: &PartnerId) -> String {
    format!("PE#{id}")
}

/// A partition of events that routing may still change.
pub(crate) fn pending_partition(shard: u8) -> String {
    format!("PEND#{shard}")
}

/// The partition of a partner.
pub(crate) fn partner_partition(id: &PartnerId) -> String {
    format!("P#{id}")
}

/// The partition of a partner's audit; of the operator's without one, since no partner's id is empty.
pub(crate) fn audit_partition(partner: Option<&PartnerId>) -> String {
    format!("AU#{}", partner.map_or("", PartnerId::as_str))
}

/// The list of the audit's lines about a connection.
pub(crate) fn audit_of_connection(id: &ConnectionId) -> String {
    format!("AC#{id}")
}

fn scope_text(scope: &RouteScope) -> String {
    match scope {
        RouteScope::Organization(id) => format!("O#{id}"),
        RouteScope::Connection(id) => format!("C#{id}"),
    }
}

impl Place {
    /// A place of these parts.
    pub(crate) fn new(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self { pk: pk.into(), sk: sk.into() }
    }

    /// Where retention finds the item of that key: by kind, and the time that it counts from.
    pub(crate) fn expiring(kind: Kind, since: Timestamp, key: &Key) -> Self {
        let Key { pk, sk } = key;
        Self::new(kind.partition(shard(pk)), time_and(since, &format!("{pk}#{sk}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_in_keys_sort_as_times_do() {
        let times: Vec<Timestamp> =
            ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000000001Z", "2026-01-01T00:00:00.5Z"]
                .map(|text| text.parse().unwrap())
                .to_vec();
        let texts: Vec<String> = times.iter().map(|at| time_and(*at, "rest#of it")).collect();
        assert!(texts.is_sorted());
        assert_eq!(split(&texts[1]), Some((times[1], "rest#of it")));
    }
}
