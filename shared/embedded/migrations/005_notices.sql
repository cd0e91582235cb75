-- The outbox: what is to be told, by mail to a partner's emergency contact or by webhook to the vendor.

CREATE TABLE notices (
    -- The order in which they are told.
    number        INTEGER PRIMARY KEY AUTOINCREMENT,
    id            TEXT NOT NULL UNIQUE,
    channel       TEXT NOT NULL CHECK (channel IN ('mail', 'webhook')),
    connection    TEXT NOT NULL REFERENCES connections (id),
    -- The trouble whose beginning (`stop` = 1) or end it tells; none for other news.
    episode       TEXT,
    stop          INTEGER NOT NULL,
    standing      TEXT NOT NULL CHECK (standing IN ('waiting', 'sent', 'failed')),
    due_at        TEXT NOT NULL,
    -- Until when whoever tells it has it for himself.
    claimed_until TEXT,
    attempts      INTEGER NOT NULL,
    finished_at   TEXT,
    doc           TEXT NOT NULL
) STRICT;
-- Finding what is due costs what waits, not what was told.
CREATE INDEX notices_waiting ON notices (channel, connection, number, due_at, attempts) WHERE standing = 'waiting';
CREATE INDEX notices_of_episode ON notices (connection, episode) WHERE episode IS NOT NULL;
CREATE INDEX notices_standing ON notices (standing, number);
CREATE INDEX notices_finished ON notices (finished_at) WHERE finished_at IS NOT NULL;
