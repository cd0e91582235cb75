//! Connections, organisations, mappings and operations.

use super::{
    cursor,
    state::{KeptLease, State},
};
use jiff::Timestamp;
use psa_bridge_core::{
    audit,
    connection::{Connection, ConnectionChange},
    ids::{ConnectionId, OrganizationId, PartnerId},
    mapping::{Mapping, MappingHealth},
    operation::Operation,
    organization::Organization,
    ports::{Actor, ChangeError, MappingChange, PutMapping, RouteReach, RouteScope, StoreError},
    trouble::Trouble,
};
use psa_connector::{ClientId, Page};
use std::ops::Bound;

impl State {
    pub(super) fn create_connection(&mut self, connection: &Connection, actor: &Actor) -> bool {
        let tenant = |of: &Connection| (of.partner.clone(), of.tenant.psa, of.tenant.key.clone());
        let taken = self.connections.values().any(|kept| {
            kept.id == connection.id
                || kept.revoked_at.is_none()
                    && connection.revoked_at.is_none()
                    && tenant(kept) == tenant(connection)
        });
        if taken {
            return false;
        }
        self.leases.insert(connection.id.clone(), KeptLease::default());
        self.connections.insert(connection.id.clone(), connection.clone());
        self.write_line(audit::connection_created(connection, actor));
        true
    }

    pub(super) fn connection_of(&self, partner: &PartnerId, id: &ConnectionId) -> Option<Connection> {
        self.connections.get(id).filter(|connection| connection.partner == *partner).cloned()
    }

    pub(super) fn connections_of(&self, partner: &PartnerId) -> Vec<Connection> {
        let own = self.connections.values();
        let own = own.filter(|connection| connection.partner == *partner && connection.revoked_at.is_none());
        let mut own: Vec<Connection> = own.cloned().collect();
        own.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        own
    }

    pub(super) fn all_connections(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<Connection>, StoreError> {
        const LIST: &str = "connections";
        let start = cursor::id::<ConnectionId>(LIST, after)?.map_or(Bound::Unbounded, Bound::Excluded);
        let rows = self.connections.range((start, Bound::Unbounded)).map(|(_, connection)| connection);
        let rows = rows.filter(|connection| connection.revoked_at.is_none());
        let rows = rows.map(|connection| ([connection.id.to_string()], connection.clone()));
        Ok(cursor::page(LIST, rows, limit))
    }

    /// Everybody's connections that have one of these troubles.
    pub(super) fn troubled_connections(
        &self,
        any_of: &[Trouble],
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<Connection>, StoreError> {
        const LIST: &str = "troubled connections";
        let start = cursor::id::<ConnectionId>(LIST, after)?.map_or(Bound::Unbounded, Bound::Excluded);
        let rows = self.connections.range((start, Bound::Unbounded)).map(|(_, connection)| connection);
        let rows = rows.filter(|connection| {
            let has_unfinished = self.pending.contains_key(&connection.id);
            connection.revoked_at.is_none()
                && any_of.iter().any(|trouble| trouble.is_of(connection, has_unfinished))
        });
        let rows = rows.map(|connection| ([connection.id.to_string()], connection.clone()));
        Ok(cursor::page(LIST, rows, limit))
    }

    pub(super) fn change_connection(
        &mut self,
        partner: &PartnerId,
        id: &ConnectionId,
        change: &ConnectionChange,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Connection, ChangeError> {
        let before = self.connection_of(partner, id).ok_or(ChangeError::NotFound)?;
        let mut after = before.clone();
        after.apply(change.clone(), now)?;
        self.keep_connection(&before, &after, now);
        self.write_line(audit::connection_changed(change, &before, &after, actor, now));
        self.seats_of_changed(&before, &after, now);
        if *change == ConnectionChange::Confirmed {
            self.ask_for_routing(RouteScope::Connection(id.clone()), RouteReach::Missing, now);
        }
        Ok(after)
    }

    pub(super) fn put_organization(
        &mut self,
        organization: &Organization,
        actor: &Actor,
    ) -> Option<Organization> {
        let now = organization.updated_at;
        let before = self.write_organization(organization.clone());
        self.write_lines(audit::organization_changed(before.as_ref(), Some(organization), actor, now));
        // A vendor that registers all of its organisations every night must not have all of their events looked at.
        if before.as_ref().is_none_or(|before| before.chain != organization.chain) {
            self.ask_for_routing(RouteScope::Organization(organization.id.clone()), RouteReach::All, now);
            self.chain_changed(before.as_ref(), organization, now);
        }
        before
    }

    pub(super) fn write_organization(&mut self, organization: Organization) -> Option<Organization> {
        let before = self.remove_organization(&organization.id);
        let id = &organization.id;
        self.owned.extend(organization.chain.iter().map(|partner| (partner.clone(), id.clone())));
        self.organizations.insert(id.clone(), organization);
        before
    }

    fn remove_organization(&mut self, id: &OrganizationId) -> Option<Organization> {
        let before = self.organizations.remove(id)?;
        for partner in &before.chain {
            self.owned.remove(&(partner.clone(), id.clone()));
        }
        Some(before)
    }

    pub(super) fn delete_organization(&mut self, id: &OrganizationId, actor: &Actor, now: Timestamp) -> bool {
        let Some(before) = self.remove_organization(id) else { return false };
        let lost: Vec<_> = self.mappings.extract_if(.., |(_, organization), _| organization == id).collect();
        for (_, mapping) in &lost {
            self.write_lines(audit::mapping_changed(Some(mapping), None, actor, now));
        }
        self.write_lines(audit::organization_changed(Some(&before), None, actor, now));
        self.ask_for_routing(RouteScope::Organization(id.clone()), RouteReach::All, now);
        true
    }

    pub(super) fn organizations_of(
        &self,
        partner: &PartnerId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<Organization>, StoreError> {
        const LIST: &str = "organizations";
        let after = cursor::id::<OrganizationId>(LIST, after)?;
        let rows = self.owned.iter().filter(|(owner, _)| owner == partner).map(|(_, id)| id);
        let rows = rows.filter(|id| after.as_ref().is_none_or(|after| *id > after));
        let rows = rows.filter_map(|id| Some(([id.to_string()], self.organizations.get(id)?.clone())));
        Ok(cursor::page(LIST, rows, limit))
    }

    pub(super) fn put_mapping(
        &mut self,
        partner: &PartnerId,
        connection: &ConnectionId,
        wish: &PutMapping,
        actor: &Actor,
        now: Timestamp,
    ) -> MappingChange {
        let usable = self.connection_of(partner, connection).is_some_and(|found| found.revoked_at.is_none());
        if !usable {
            return MappingChange::NoConnection;
        }
        if !self.owns(partner, &wish.organization) {
            return MappingChange::NoOrganization;
        }
        let mapping = Mapping {
            connection: connection.clone(),
            partner: partner.clone(),
            organization: wish.organization.clone(),
            client: wish.client.clone(),
            client_name: wish.client_name.clone(),
            license: wish.license.clone(),
            flow: wish.flow,
            health: MappingHealth::Ok,
            updated_at: now,
        };
        let key = (connection.clone(), wish.organization.clone());
        let before = self.mappings.insert(key, mapping.clone());
        self.write_lines(audit::mapping_changed(before.as_ref(), Some(&mapping), actor, now));
        // Mapped for the first time: none of the events before has a record that it misses a delivery here.
        let is_first = self.begin_noting(&wish.organization, connection);
        let reach = if is_first { RouteReach::All } else { RouteReach::Missing };
        self.ask_for_routing(RouteScope::Organization(wish.organization.clone()), reach, now);
        self.mapping_changed(connection, &wish.organization, now);
        MappingChange::Saved(mapping)
    }

    pub(super) fn delete_mapping(
        &mut self,
        partner: &PartnerId,
        connection: &ConnectionId,
        organization: &OrganizationId,
        actor: &Actor,
        now: Timestamp,
    ) -> bool {
        let own = self.owned_mapping(connection, organization).filter(|kept| kept.partner == *partner);
        let Some(before) = own else { return false };
        self.mappings.remove(&(connection.clone(), organization.clone()));
        self.write_lines(audit::mapping_changed(Some(&before), None, actor, now));
        self.mapping_changed(connection, organization, now);
        true
    }

    /// A mapping, while its partner is in the organisation's chain.
    pub(super) fn owned_mapping(
        &self,
        connection: &ConnectionId,
        organization: &OrganizationId,
    ) -> Option<Mapping> {
        let kept = self.mapping(connection, organization)?;
        self.owns(&kept.partner, organization).then(|| kept.clone())
    }

    pub(super) fn mappings_of(
        &self,
        connection: &ConnectionId,
        health: Option<MappingHealth>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<Mapping>, StoreError> {
        const LIST: &str = "mappings";
        let after = cursor::id::<OrganizationId>(LIST, after)?;
        let rows = self.mappings.iter().filter(|((of, _), _)| of == connection);
        let rows = rows.filter(|((_, id), _)| after.as_ref().is_none_or(|after| id > after));
        let rows = rows.filter(|(_, mapping)| health.is_none_or(|health| mapping.health == health));
        let rows = rows.filter(|((_, id), mapping)| self.owns(&mapping.partner, id));
        let rows = rows.map(|((_, id), mapping)| ([id.to_string()], mapping.clone()));
        Ok(cursor::page(LIST, rows, limit))
    }

    pub(super) fn set_mapping_health(
        &mut self,
        connection: &ConnectionId,
        organization: &OrganizationId,
        client: &ClientId,
        health: MappingHealth,
    ) {
        let kept = self.mappings.get_mut(&(connection.clone(), organization.clone()));
        if let Some(mapping) = kept.filter(|mapping| mapping.client == *client) {
            mapping.health = health;
        }
    }

    pub(super) fn create_operation(&mut self, operation: &Operation, actor: &Actor) {
        if !self.operations.contains_key(&operation.id) {
            self.operations.insert(operation.id.clone(), operation.clone());
            self.write_line(audit::operation_created(operation, actor));
        }
    }
}
