-- The history of seat counts goes with the audit's retention.
ALTER TABLE seat_history ADD COLUMN at TEXT NOT NULL DEFAULT '';
UPDATE seat_history SET at = doc ->> '$.at';
CREATE INDEX seat_history_at ON seat_history (at);
