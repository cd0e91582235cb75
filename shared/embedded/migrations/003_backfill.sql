-- Backfill that costs what is pending: a record of each missing delivery, and claims on route requests.

-- Connections and the organisations that they ever mapped. From the first mapping on, and for good, every event of the
-- organisation that gets no delivery to the connection is noted in missing_deliveries.
CREATE TABLE ever_mapped (
    organization TEXT NOT NULL,
    connection   TEXT NOT NULL REFERENCES connections (id),
    PRIMARY KEY (organization, connection)
) STRICT, WITHOUT ROWID;

CREATE TABLE missing_deliveries (
    event        TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    connection   TEXT NOT NULL REFERENCES connections (id),
    organization TEXT NOT NULL,
    event_time   TEXT NOT NULL,
    accepted_at  TEXT NOT NULL,
    PRIMARY KEY (event, connection)
) STRICT, WITHOUT ROWID;
CREATE INDEX missing_deliveries_of_connection ON missing_deliveries (connection, event_time, event, accepted_at);
CREATE INDEX missing_deliveries_of_mapping ON missing_deliveries (connection, organization);
CREATE INDEX missing_deliveries_of_organization ON missing_deliveries (organization, event_time, event, accepted_at);
CREATE INDEX missing_deliveries_accepted ON missing_deliveries (accepted_at, event);

-- Pages of what is pending run along it.
DROP INDEX sightings_open;
CREATE INDEX sightings_open ON sightings (accepted_at, event) WHERE open = 1;

ALTER TABLE route_requests ADD COLUMN reach TEXT NOT NULL DEFAULT 'missing' CHECK (reach IN ('missing', 'all'));
ALTER TABLE route_requests ADD COLUMN fence INTEGER NOT NULL DEFAULT 0;
ALTER TABLE route_requests ADD COLUMN claimed_until TEXT;
ALTER TABLE route_requests ADD COLUMN started_at TEXT;
ALTER TABLE route_requests ADD COLUMN looked_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE route_requests ADD COLUMN routed INTEGER NOT NULL DEFAULT 0;
-- A finished request stays until retention: its partner reads what came of it, and its fence goes on counting.
ALTER TABLE route_requests ADD COLUMN finished_at TEXT;
DROP INDEX route_requests_oldest;
CREATE INDEX route_requests_open ON route_requests (requested_at, scope, id) WHERE finished_at IS NULL;
CREATE INDEX route_requests_finished ON route_requests (finished_at) WHERE finished_at IS NOT NULL;

-- What was mapped before: every organisation's events are looked at once more, which notes what is missing.
INSERT INTO ever_mapped (organization, connection) SELECT organization, connection FROM mappings;
INSERT INTO route_requests (scope, id, requested_at, reach)
    SELECT 'organization', id, strftime('%Y-%m-%dT%H:%M:%f', 'now') || '000000Z', 'all' FROM organizations WHERE true
    ON CONFLICT (scope, id) DO UPDATE SET reach = 'all', cursor = NULL;
-- Cursors led through the mappings.
UPDATE route_requests SET cursor = NULL WHERE scope = 'connection';

-- Retention -----------------------------------------------------------------------------------------------------------

CREATE INDEX audit_oldest ON audit (at);
ALTER TABLE budgets ADD COLUMN used_at TEXT NOT NULL DEFAULT '';
UPDATE budgets SET used_at = strftime('%Y-%m-%dT%H:%M:%f', 'now') || '000000Z';
CREATE INDEX budgets_oldest ON budgets (used_at);
