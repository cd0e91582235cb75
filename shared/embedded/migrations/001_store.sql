-- The store of PSA Bridge. Documents are JSON in `doc`; every other column is one that is searched or ordered by.
-- Times are text of fixed width (RFC 3339, UTC, nanoseconds), so that they order as text and lose nothing.

-- Who owns what --------------------------------------------------------------------------------------------------

CREATE TABLE organizations (
    id   TEXT NOT NULL PRIMARY KEY,
    name TEXT,
    doc  TEXT NOT NULL
) STRICT;

CREATE TABLE organization_chain (
    partner      TEXT NOT NULL,
    organization TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    PRIMARY KEY (partner, organization)
) STRICT, WITHOUT ROWID;
CREATE INDEX organization_chain_of ON organization_chain (organization);

CREATE TABLE connections (
    id         TEXT NOT NULL PRIMARY KEY,
    partner    TEXT NOT NULL,
    -- The tenant's PSA and key.
    tenant     TEXT NOT NULL,
    created_at TEXT NOT NULL,
    confirmed  INTEGER NOT NULL,
    revoked    INTEGER NOT NULL,
    -- What keeps deliveries from being worked: the code of a reason.
    hold       TEXT,
    -- When the bridge looks by itself whether an outage is over; none while a person paused it.
    canary_at  TEXT,
    not_before TEXT,
    doc        TEXT NOT NULL
) STRICT;
CREATE INDEX connections_of_partner ON connections (partner, created_at, id);
CREATE UNIQUE INDEX connections_of_tenant ON connections (partner, tenant) WHERE revoked = 0;
CREATE INDEX connections_canary ON connections (canary_at) WHERE canary_at IS NOT NULL;

-- Apart from the connections, because a lease changes with every visit of a worker and a connection seldom does.
CREATE TABLE leases (
    connection TEXT NOT NULL PRIMARY KEY REFERENCES connections (id),
    fence      INTEGER NOT NULL DEFAULT 0,
    bells      INTEGER NOT NULL DEFAULT 0,
    held_until TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE mappings (
    connection   TEXT NOT NULL REFERENCES connections (id),
    organization TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    health       TEXT NOT NULL,
    doc          TEXT NOT NULL,
    PRIMARY KEY (connection, organization)
) STRICT;
CREATE INDEX mappings_of_organization ON mappings (organization, connection);
CREATE INDEX mappings_of_health ON mappings (connection, health, organization);

-- Events and what became of them -----------------------------------------------------------------------------------

CREATE TABLE events (
    id              TEXT NOT NULL PRIMARY KEY,
    organization    TEXT NOT NULL,
    time            TEXT NOT NULL,
    accepted_at     TEXT NOT NULL,
    chain_disagrees INTEGER NOT NULL DEFAULT 0,
    doc             TEXT NOT NULL
) STRICT;
CREATE INDEX events_of_organization ON events (organization, time, id, accepted_at);
CREATE INDEX events_accepted ON events (accepted_at, id);

CREATE TABLE deliveries (
    event        TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    connection   TEXT NOT NULL REFERENCES connections (id),
    partner      TEXT NOT NULL,
    organization TEXT NOT NULL,
    event_time   TEXT NOT NULL,
    accepted_at  TEXT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('waiting', 'attempting', 'settling', 'done', 'ended')),
    -- Why it ended; none in any other state.
    reason       TEXT,
    due_at       TEXT NOT NULL,
    finished_at  TEXT,
    version      INTEGER NOT NULL,
    doc          TEXT NOT NULL,
    unfinished   INTEGER NOT NULL GENERATED ALWAYS AS (state IN ('waiting', 'attempting', 'settling')) VIRTUAL,
    PRIMARY KEY (event, connection)
) STRICT;
-- Finding work costs what is unfinished, not what is stored.
CREATE INDEX deliveries_unfinished ON deliveries (connection, event_time, event) WHERE unfinished = 1;
CREATE INDEX deliveries_due ON deliveries (connection, due_at) WHERE unfinished = 1;
CREATE INDEX deliveries_overage ON deliveries (accepted_at) WHERE unfinished = 1;
CREATE INDEX deliveries_of_connection ON deliveries (connection, accepted_at, event, state);
CREATE INDEX deliveries_of_partner ON deliveries (partner, state, accepted_at, event);
CREATE INDEX deliveries_ended ON deliveries (partner, reason, accepted_at, event) WHERE reason IS NOT NULL;

-- Who sees an event. `unrouted` says why a partner has no delivery of it.
CREATE TABLE sightings (
    event        TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    partner      TEXT NOT NULL,
    organization TEXT NOT NULL,
    accepted_at  TEXT NOT NULL,
    unrouted     TEXT,
    -- Whether a mapping may still send it on its way.
    open         INTEGER NOT NULL GENERATED ALWAYS AS
                 (coalesce(unrouted NOT IN ('left_window_unrouted', 'seat_count'), 0)) VIRTUAL,
    PRIMARY KEY (event, partner)
) STRICT, WITHOUT ROWID;
CREATE INDEX sightings_of_partner ON sightings (partner, accepted_at, event);
CREATE INDEX sightings_of_organization ON sightings (partner, organization, accepted_at, event);
CREATE INDEX sightings_unrouted ON sightings (partner, unrouted, accepted_at, event) WHERE unrouted IS NOT NULL;
CREATE INDEX sightings_open ON sightings (accepted_at) WHERE open = 1;

CREATE TABLE route_requests (
    scope        TEXT NOT NULL CHECK (scope IN ('organization', 'connection')),
    id           TEXT NOT NULL,
    requested_at TEXT NOT NULL,
    cursor       TEXT,
    PRIMARY KEY (scope, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX route_requests_oldest ON route_requests (requested_at, scope, id);

CREATE TABLE rejected (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    received_at TEXT NOT NULL,
    doc         TEXT NOT NULL
) STRICT;
CREATE INDEX rejected_newest ON rejected (received_at, number);

-- What people asked for and changed --------------------------------------------------------------------------------

CREATE TABLE operations (
    id         TEXT NOT NULL PRIMARY KEY,
    partner    TEXT NOT NULL,
    connection TEXT NOT NULL REFERENCES connections (id),
    created_at TEXT NOT NULL,
    due_at     TEXT NOT NULL,
    open       INTEGER NOT NULL,
    version    INTEGER NOT NULL,
    doc        TEXT NOT NULL
) STRICT;
CREATE INDEX operations_open ON operations (connection, created_at, id, due_at) WHERE open = 1;
CREATE INDEX operations_finished ON operations (created_at) WHERE open = 0;

CREATE TABLE audit (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    partner TEXT NOT NULL,
    at      TEXT NOT NULL,
    doc     TEXT NOT NULL
) STRICT;
CREATE INDEX audit_of_partner ON audit (partner, at, number);

-- What keeps requests from being made twice, or too often ----------------------------------------------------------

CREATE TABLE idempotency (
    scope     TEXT NOT NULL,
    key       TEXT NOT NULL,
    body_hash TEXT NOT NULL,
    begun_at  TEXT NOT NULL,
    response  TEXT,
    PRIMARY KEY (scope, key)
) STRICT;
CREATE INDEX idempotency_oldest ON idempotency (begun_at);

CREATE TABLE budgets (
    tenant TEXT NOT NULL PRIMARY KEY,
    doc    TEXT NOT NULL
) STRICT;
