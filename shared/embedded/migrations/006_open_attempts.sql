-- Requests that are, or may be, under way: what shares their fingerprints waits, wherever it stands in the order of work.
CREATE INDEX deliveries_attempts ON deliveries (connection) WHERE state IN ('attempting', 'settling');
