//! What an event tells of seats: the latest count of its product, and the lines of the connections that map the
//! organisation. An event that tells none costs nothing here.

use super::{
    key::Key,
    rows::{connection, seat_line, told_seats},
    seat_errands::{line_key, new_line},
    transaction::Transaction,
};
use jiff::Timestamp;
use psa_bridge_core::{
    event::Event,
    ids::ConnectionId,
    mapping::Mapping,
    ports::StoreError,
    routing::RouteCandidate,
    seats::{ToldSeats, told_wakes},
};

/// Keeps what an event tells, unless something newer was told, and sets the lines of the connections that map the
/// organisation to work. Returns the connections to be rung.
pub(super) async fn tell(
    tx: &mut Transaction<'_>,
    event: &Event,
    candidates: &[RouteCandidate],
    now: Timestamp,
) -> Result<Vec<ConnectionId>, StoreError> {
    let Some(told) = ToldSeats::of(event) else { return Ok(Vec::new()) };
    let mapped: Vec<(&ConnectionId, &Mapping)> =
        candidates.iter().filter_map(|of| Some((&of.connection, of.mapping.as_ref()?))).collect();
    prefetch(tx, &told, &mapped).await?;
    let mut all = told_seats::get(tx, &told.organization).await?;
    let news = told.clone().after(all.0.get(&told.product));
    let is_news = news.is_some();
    if let Some(news) = news {
        all.0.insert(told.product.clone(), news);
        told_seats::keep(tx, &told.organization, &all)?;
    }
    let mut ring = Vec::new();
    for (id, mapping) in mapped {
        // Whoever saves settings meanwhile meets the connection that is got here, and whoever maps the head.
        let kept = connection::get(tx, id).await?;
        let Some(connection) = kept.filter(|kept| kept.revoked_at.is_none()) else { continue };
        let before = seat_line::get(tx, &line_key(&connection, &told)).await?;
        let is_first = before.is_none();
        let mut after = before.clone().unwrap_or_else(|| new_line(&connection, &told));
        if (is_first || is_news) && told_wakes(&connection, mapping, is_first) {
            after.line.ring(now);
            ring.push(connection.id);
        }
        seat_line::keep(tx, before.as_ref(), &after).await?;
    }
    Ok(ring)
}

/// Reads at once what telling looks at.
async fn prefetch(
    tx: &mut Transaction<'_>,
    told: &ToldSeats,
    mapped: &[(&ConnectionId, &Mapping)],
) -> Result<(), StoreError> {
    let of_each = mapped.iter().flat_map(|(id, _)| {
        let line = Key::seat_line(id, &told.organization, &told.product);
        [Key::connection(id), line, Key::has_seats(id)]
    });
    tx.prefetch(of_each.chain([Key::told_seats(&told.organization)])).await
}
