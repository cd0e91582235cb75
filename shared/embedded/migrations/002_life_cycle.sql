-- The life of a problem's ticket: what is remembered of each fingerprint, and of each organisation's new tickets.

CREATE TABLE fingerprints (
    connection  TEXT NOT NULL REFERENCES connections (id),
    fingerprint TEXT NOT NULL,
    changed_at  TEXT NOT NULL,
    doc         TEXT NOT NULL,
    PRIMARY KEY (connection, fingerprint)
) STRICT, WITHOUT ROWID;
CREATE INDEX fingerprints_oldest ON fingerprints (changed_at);

CREATE TABLE storms (
    connection   TEXT NOT NULL REFERENCES connections (id),
    organization TEXT NOT NULL,
    changed_at   TEXT NOT NULL,
    doc          TEXT NOT NULL,
    PRIMARY KEY (connection, organization)
) STRICT, WITHOUT ROWID;
CREATE INDEX storms_oldest ON storms (changed_at);

-- What a delivery is about, whichever client its organisation is mapped onto, and whether it says that it is over.
ALTER TABLE deliveries ADD COLUMN topic TEXT NOT NULL DEFAULT '';
ALTER TABLE deliveries ADD COLUMN resolves INTEGER NOT NULL DEFAULT 0;
-- Whether a recovery waits behind a failure costs one look, however many wait.
CREATE INDEX deliveries_resolving ON deliveries (connection, topic, event_time) WHERE unfinished = 1 AND resolves = 1;
