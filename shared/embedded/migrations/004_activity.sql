-- What the operator and the partners ask of many records at once.

-- How many deliveries of a connection stand where. Kept by the database itself, so that no way of writing a delivery can
-- forget it, in the transaction that writes it.
CREATE TABLE delivery_counters (
    connection TEXT NOT NULL PRIMARY KEY,
    unfinished INTEGER NOT NULL,
    done       INTEGER NOT NULL,
    ended      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO delivery_counters (connection, unfinished, done, ended)
SELECT connection, sum(unfinished), sum(state = 'done'), sum(state = 'ended') FROM deliveries GROUP BY connection;

CREATE TRIGGER deliveries_counted_in AFTER INSERT ON deliveries BEGIN
    INSERT INTO delivery_counters (connection, unfinished, done, ended)
    VALUES (new.connection, new.unfinished, new.state = 'done', new.state = 'ended')
    ON CONFLICT (connection) DO UPDATE
    SET unfinished = unfinished + excluded.unfinished, done = done + excluded.done, ended = ended + excluded.ended;
END;

CREATE TRIGGER deliveries_counted_again AFTER UPDATE OF state ON deliveries
WHEN (new.unfinished, new.state = 'done', new.state = 'ended')
     <> (old.unfinished, old.state = 'done', old.state = 'ended')
BEGIN
    UPDATE delivery_counters
    SET unfinished = unfinished + new.unfinished - old.unfinished,
        done       = done + (new.state = 'done') - (old.state = 'done'),
        ended      = ended + (new.state = 'ended') - (old.state = 'ended')
    WHERE connection = new.connection;
END;

CREATE TRIGGER deliveries_counted_out AFTER DELETE ON deliveries BEGIN
    UPDATE delivery_counters
    SET unfinished = unfinished - old.unfinished,
        done       = done - (old.state = 'done'),
        ended      = ended - (old.state = 'ended')
    WHERE connection = old.connection;
END;

-- What is wrong with input, and what became of it once it was replayed (a document).
ALTER TABLE rejected ADD COLUMN code TEXT GENERATED ALWAYS AS (doc ->> '$.code') VIRTUAL;
ALTER TABLE rejected ADD COLUMN replay TEXT;
CREATE INDEX rejected_of_code ON rejected (code, received_at, number);

ALTER TABLE audit ADD COLUMN connection TEXT GENERATED ALWAYS AS (doc ->> '$.connection') VIRTUAL;
CREATE INDEX audit_of_connection ON audit (partner, connection, at, number);
