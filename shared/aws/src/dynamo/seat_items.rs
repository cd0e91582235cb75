//! Lines of seat counts with what is needed to work or to show them.

use super::{
    key::Key,
    rows::{license, organization, told_seats},
    transaction::Transaction,
};
use psa_bridge_core::{
    mapping::Mapping,
    ports::{SeatItem, StoreError},
    seats::SeatLine,
};

/// These lines, each in its place; none where nothing was told of it.
pub(super) async fn of(
    tx: &mut Transaction<'_>,
    lines: Vec<SeatLine>,
) -> Result<Vec<Option<SeatItem>>, StoreError> {
    tx.prefetch(lines.iter().flat_map(keys)).await?;
    let mut mappings = Vec::with_capacity(lines.len());
    for line in &lines {
        mappings.push(organization::owned_mapping(tx, &line.connection, &line.organization).await?);
    }
    tx.prefetch(mappings.iter().flatten().filter_map(license_key)).await?;
    let mut items = Vec::with_capacity(lines.len());
    for (line, mapping) in lines.into_iter().zip(mappings) {
        items.push(item(tx, line, mapping).await?);
    }
    Ok(items)
}

fn keys(line: &SeatLine) -> [Key; 4] {
    [
        Key::told_seats(&line.organization),
        Key::organization(&line.organization),
        Key::mapping(&line.organization, &line.connection),
        Key::seats_in_full(&line.connection),
    ]
}

fn license_key(mapping: &Mapping) -> Option<Key> {
    Some(Key::license(&mapping.connection, mapping.license.as_ref()?))
}

async fn item(
    tx: &mut Transaction<'_>,
    line: SeatLine,
    mapping: Option<Mapping>,
) -> Result<Option<SeatItem>, StoreError> {
    let all = told_seats::peek(tx, &line.organization).await?.0;
    let Some(told) = all.get(&line.product).cloned() else { return Ok(None) };
    let organization = organization::peek(tx, &line.organization).await?;
    let license_shared = match mapping.as_ref().and_then(|mapping| mapping.license.as_ref()) {
        Some(license) => {
            license::is_shared(tx, &line.connection, license, &line.organization, &line.partner).await?
        }
        None => false,
    };
    Ok(Some(SeatItem {
        told,
        mapping,
        organization_name: organization.and_then(|organization| organization.name),
        products: u64::try_from(all.len()).unwrap_or(u64::MAX),
        license_shared,
        in_full: tx.peek(&Key::seats_in_full(&line.connection)).await?.is_some(),
        line,
    }))
}
