-- Seat counts: what the vendor told last, the lines that keep it in a PSA, and what was changed there.

CREATE TABLE seat_counts (
    organization TEXT NOT NULL,
    product      TEXT NOT NULL,
    doc          TEXT NOT NULL,
    PRIMARY KEY (organization, product)
) STRICT, WITHOUT ROWID;

-- One product of one organisation in one connection. What is beside the document counts, not what is in it.
CREATE TABLE seat_lines (
    connection   TEXT NOT NULL REFERENCES connections (id),
    organization TEXT NOT NULL,
    product      TEXT NOT NULL,
    -- When it is to be worked next; by itself never, where none.
    due_at       TEXT,
    -- Counts whatever asks for it to be worked.
    bells        INTEGER NOT NULL DEFAULT 0,
    in_full      INTEGER NOT NULL DEFAULT 0,
    doc          TEXT NOT NULL,
    PRIMARY KEY (connection, organization, product)
) STRICT, WITHOUT ROWID;
CREATE INDEX seat_lines_due ON seat_lines (connection, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX seat_lines_of ON seat_lines (organization, product, connection);
CREATE INDEX seat_lines_in_full ON seat_lines (connection) WHERE in_full = 1;

CREATE TABLE seat_history (
    number       INTEGER PRIMARY KEY,
    connection   TEXT NOT NULL,
    organization TEXT NOT NULL,
    product      TEXT NOT NULL,
    doc          TEXT NOT NULL
) STRICT;
CREATE INDEX seat_history_of_connection ON seat_history (connection, number);
CREATE INDEX seat_history_of_line ON seat_history (connection, organization, product, number);

-- Which organisations share a licence.
ALTER TABLE mappings ADD COLUMN license TEXT GENERATED ALWAYS AS (doc ->> '$.license') VIRTUAL;
CREATE INDEX mappings_of_license ON mappings (connection, license) WHERE license IS NOT NULL;
