//! Seat counts: what the vendor told, the lines that keep it in a PSA, and their history.

use super::{cursor, state::State};
use jiff::Timestamp;
use psa_bridge_core::{
    audit,
    connection::Connection,
    event::Event,
    ids::{ConnectionId, OrganizationId, PartnerId},
    mapping::Mapping,
    organization::Organization,
    ports::{
        Actor, AdvanceError, HistoryLine, Lease, SeatItem, SeatStep, SeatWish, SeatWishError, StoreError,
    },
    routing::RouteCandidate,
    seats::{LineChange, SeatLine, ToldSeats, change_wakes, gets_back, mapping_wakes, told_wakes},
};
use psa_connector::Page;

/// Which line.
pub(super) type LineKey = (ConnectionId, OrganizationId, String);

impl State {
    /// The lines of all connections.
    pub fn seat_lines(&self) -> impl Iterator<Item = &SeatLine> {
        self.seat_lines.values()
    }

    /// What was told last.
    pub fn told_seats(&self) -> impl Iterator<Item = &ToldSeats> {
        self.seat_counts.values()
    }

    /// What was changed, oldest first.
    pub fn seat_history(&self) -> impl Iterator<Item = &HistoryLine> {
        self.seat_history.values().map(|(_, line)| line)
    }

    pub(super) fn told_of(&self, organization: &OrganizationId) -> Vec<ToldSeats> {
        let of = self.seat_counts.iter().filter(|((id, _), _)| id == organization);
        of.map(|(_, told)| told.clone()).collect()
    }

    /// Keeps what an event tells and sets the lines of the connections that map the organisation to work.
    pub(super) fn tell_seats(
        &mut self,
        event: &Event,
        candidates: &[RouteCandidate],
        now: Timestamp,
    ) -> Vec<ConnectionId> {
        let Some(told) = ToldSeats::of(event) else { return Vec::new() };
        let key = (told.organization.clone(), told.product.clone());
        let news = told.clone().after(self.seat_counts.get(&key));
        let is_news = news.is_some();
        self.seat_counts.extend(news.map(|news| (key, news)));
        let mut ring = Vec::new();
        for candidate in candidates {
            let Some(mapping) = &candidate.mapping else { continue };
            let Some(connection) = self.connections.get(&candidate.connection).cloned() else { continue };
            let is_first = self.begin_line(&connection, &told);
            if (is_first || is_news) && told_wakes(&connection, mapping, is_first) {
                self.wake_lines(&connection.id, Some(&told.organization), Some(&told.product), now);
                ring.push(connection.id);
            }
        }
        ring
    }

    /// Makes a line, unless it is there.
    fn begin_line(&mut self, connection: &Connection, told: &ToldSeats) -> bool {
        let key = (connection.id.clone(), told.organization.clone(), told.product.clone());
        if self.seat_lines.contains_key(&key) {
            return false;
        }
        let line = SeatLine::new(connection.id.clone(), connection.partner.clone(), told, None);
        self.seat_lines.insert(key, line);
        true
    }

    pub(super) fn mapping_changed(
        &mut self,
        connection: &ConnectionId,
        organization: &OrganizationId,
        now: Timestamp,
    ) {
        let Some(connection) = self.connections.get(connection).cloned() else { return };
        for told in self.told_of(organization) {
            self.begin_line(&connection, &told);
        }
        if mapping_wakes(&connection) {
            self.wake_lines(&connection.id, Some(organization), None, now);
        }
    }

    /// Makes the lines of an organisation in the connections of partners that its chain got, and sets them to work.
    pub(super) fn chain_changed(
        &mut self,
        before: Option<&Organization>,
        after: &Organization,
        now: Timestamp,
    ) {
        let mapped = self.mappings.keys().filter(|(_, organization)| *organization == after.id);
        let back =
            mapped.filter_map(|(id, _)| self.connections.get(id)).filter(|of| gets_back(of, before, after));
        for connection in back.map(|of| of.id.clone()).collect::<Vec<_>>() {
            self.mapping_changed(&connection, &after.id, now);
        }
    }

    /// Deletes the oldest entries of the history.
    pub(super) fn expire_seat_history(&mut self, before: Timestamp, limit: usize) -> usize {
        let old = self.seat_history.iter().filter(|(_, (_, line))| line.entry.at < before);
        let mut old: Vec<_> = old.map(|(number, (_, line))| (line.entry.at, *number)).collect();
        old.sort_unstable();
        old.truncate(limit.max(1));
        old.iter().filter(|(_, number)| self.seat_history.remove(number).is_some()).count()
    }

    pub(super) fn seats_of_changed(&mut self, before: &Connection, after: &Connection, now: Timestamp) {
        if change_wakes(before, after) {
            self.wake_lines(&after.id, None, None, now);
        }
    }

    fn wake_lines(
        &mut self,
        connection: &ConnectionId,
        organization: Option<&OrganizationId>,
        product: Option<&str>,
        now: Timestamp,
    ) {
        let lines = self.seat_lines.values_mut().filter(|line| {
            line.connection == *connection
                && organization.is_none_or(|organization| line.organization == *organization)
                && product.is_none_or(|product| line.product == product)
        });
        lines.for_each(|line| line.ring(now));
    }

    fn item(&self, line: &SeatLine) -> Option<SeatItem> {
        let told = self.seat_counts.get(&(line.organization.clone(), line.product.clone()))?.clone();
        let mapping = self.owned_mapping(&line.connection, &line.organization);
        let license = mapping.as_ref().and_then(|mapping| mapping.license.as_ref());
        let license_shared = license.is_some_and(|license| {
            self.mappings.values().any(|other| {
                other.connection == line.connection
                    && other.organization != line.organization
                    && other.license.as_ref() == Some(license)
                    && self.owns(&other.partner, &other.organization)
            })
        });
        let products = self.seat_counts.keys().filter(|(of, _)| *of == line.organization).count();
        let organization_name = self.organizations.get(&line.organization).and_then(|of| of.name.clone());
        let in_full = self.seat_lines.values().any(|of| of.connection == line.connection && of.in_full);
        Some(SeatItem {
            line: line.clone(),
            told,
            mapping,
            organization_name,
            products: u64::try_from(products).unwrap_or(u64::MAX),
            license_shared,
            in_full,
        })
    }

    pub(super) fn seat_page(
        &self,
        connection: &ConnectionId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<SeatItem>, StoreError> {
        const LIST: &str = "seats";
        let after = cursor::two::<OrganizationId, String>(LIST, after)?;
        let lines = self.seat_lines.values().filter(|line| line.connection == *connection);
        let lines = lines.filter(|line| self.owns(&line.partner, &line.organization));
        let lines = lines.filter(|line| {
            after.as_ref().is_none_or(|(organization, product)| {
                (&line.organization, &line.product) > (organization, product)
            })
        });
        let rows = lines.filter_map(|line| {
            Some(([line.organization.to_string(), line.product.clone()], self.item(line)?))
        });
        Ok(cursor::page(LIST, rows, limit))
    }

    pub(super) fn seat_item(
        &self,
        connection: &ConnectionId,
        organization: &OrganizationId,
        product: &str,
    ) -> Option<SeatItem> {
        let key = (connection.clone(), organization.clone(), product.to_owned());
        let line = self.seat_lines.get(&key).filter(|line| self.owns(&line.partner, organization));
        line.and_then(|line| self.item(line))
    }

    pub(super) fn due_seats(&self, connection: &ConnectionId, now: Timestamp, limit: usize) -> Vec<SeatItem> {
        let lines = self.seat_lines.values().filter(|line| line.connection == *connection);
        let mut due: Vec<_> = lines.filter(|line| line.due_at.is_some_and(|due_at| due_at <= now)).collect();
        due.sort_by_key(|line| (line.due_at, &line.organization, &line.product));
        due.into_iter().take(limit.max(1)).filter_map(|line| self.item(line)).collect()
    }

    /// When the earliest line of a connection is due that nothing holds.
    pub(super) fn seats_due_at(&self, connection: &ConnectionId) -> Option<Timestamp> {
        let held = self.connections.get(connection).is_none_or(|found| found.hold().is_some());
        let lines = self.seat_lines.values().filter(|line| !held && line.connection == *connection);
        lines.filter_map(|line| line.due_at).min()
    }

    pub(super) fn advance_seats(
        &mut self,
        lease: &Lease,
        step: &SeatStep,
        now: Timestamp,
    ) -> Result<SeatLine, AdvanceError> {
        self.must_hold(lease)?;
        if let Some(generation) = step.change.starts() {
            self.may_start(lease, generation)?;
        }
        let key = (lease.connection.clone(), step.organization.clone(), step.product.clone());
        let Some((mut line, told)) = self.line_and_told(&key) else { return Err(AdvanceError::Conflict) };
        let entry = line.apply(step.change.clone(), &told, step.heard, now)?;
        self.seat_lines.insert(key, line.clone());
        if let Some(entry) = entry {
            let number = self.number();
            let (organization, product) = (step.organization.clone(), step.product.clone());
            let kept = HistoryLine { organization, product, entry };
            self.seat_history.insert(number, (lease.connection.clone(), kept));
        }
        Ok(line)
    }

    fn line_and_told(&self, key: &LineKey) -> Option<(SeatLine, ToldSeats)> {
        let line = self.seat_lines.get(key)?.clone();
        let told = self.seat_counts.get(&(key.1.clone(), key.2.clone()))?.clone();
        Some((line, told))
    }

    pub(super) fn wish_seats(
        &mut self,
        partner: &PartnerId,
        connection: &ConnectionId,
        wish: &SeatWish,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<u64, SeatWishError> {
        let usable = self.connection_of(partner, connection).filter(|found| found.revoked_at.is_none());
        usable.ok_or(SeatWishError::NoConnection)?;
        let mut changed = Vec::new();
        for (key, change) in self.changes_of(partner, connection, wish, actor)? {
            let (mut line, told) = self.line_and_told(&key).ok_or(SeatWishError::NoLine)?;
            let heard = line.bells;
            line.apply(change, &told, heard, now)?;
            changed.push((key, line));
        }
        let count = changed.len();
        self.seat_lines.extend(changed);
        self.write_line(audit::seats_wished(partner, connection, wish, actor, now));
        Ok(u64::try_from(count).unwrap_or(u64::MAX))
    }

    /// What a wish changes, line by line.
    fn changes_of(
        &self,
        partner: &PartnerId,
        connection: &ConnectionId,
        wish: &SeatWish,
        actor: &Actor,
    ) -> Result<Vec<(LineKey, LineChange)>, SeatWishError> {
        let by = || actor.0.clone();
        let own = |organization: &OrganizationId| {
            let keys = self.seat_lines.keys().filter(|key| key.0 == *connection && key.1 == *organization);
            let keys = keys.filter(|key| self.owns(partner, &key.1));
            keys.map(|key| (key.clone(), LineChange::Asked { by: by() })).collect::<Vec<_>>()
        };
        let one = |organization: &OrganizationId, product: &String| {
            let key = (connection.clone(), organization.clone(), product.clone());
            let is_there = self.owns(partner, organization) && self.seat_lines.contains_key(&key);
            if is_there { Ok(key) } else { Err(SeatWishError::NoLine) }
        };
        match wish {
            SeatWish::SyncAll => {
                let all = self.seat_lines.keys().filter(|key| key.0 == *connection);
                let mut organizations: Vec<_> = all.map(|key| key.1.clone()).collect();
                organizations.dedup();
                Ok(organizations.iter().flat_map(own).collect())
            }
            SeatWish::Sync(organizations) => {
                let mut changes: Vec<(LineKey, LineChange)> = Vec::new();
                for organization in organizations {
                    let found = own(organization);
                    if found.is_empty() {
                        return Err(SeatWishError::NoLine);
                    }
                    changes.extend(found);
                }
                Ok(changes)
            }
            SeatWish::Confirm { organization, product, there, here } => {
                let change = LineChange::Confirmed { from: *there, to: *here, by: by() };
                Ok(vec![(one(organization, product)?, change)])
            }
            SeatWish::Undo { organization, product, to } => {
                let key = one(organization, product)?;
                let place = self.owned_mapping(&key.0, &key.1).as_ref().and_then(Mapping::license_ref);
                Ok(vec![(key, LineChange::Undone { to: *to, place, by: by() })])
            }
        }
    }

    pub(super) fn seat_history_page(
        &self,
        connection: &ConnectionId,
        organization: Option<&OrganizationId>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<HistoryLine>, StoreError> {
        const LIST: &str = "seat history";
        let before = cursor::id::<u64>(LIST, after)?.unwrap_or(u64::MAX);
        let partner = self.connections.get(connection).map(|found| &found.partner);
        let rows = self.seat_history.range(..before).rev();
        let rows = rows.filter(|(_, (of, line))| {
            of == connection
                && organization.is_none_or(|organization| line.organization == *organization)
                && partner.is_some_and(|partner| self.owns(partner, &line.organization))
        });
        let rows = rows.map(|(number, (_, line))| ([number.to_string()], line.clone()));
        Ok(cursor::page(LIST, rows, limit))
    }
}
