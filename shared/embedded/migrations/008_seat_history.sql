-- The history of seat counts goes with the audit's retention.
ALTER TABLE seat_history ADD COLUMN at TEXT NOT NULL DEFAULT '';
UPDATE seat_history SET at = doc ->> '$.at';
CREATE INDEX seat_history_at ON seat_history (at);

-- What was told says since when; what was read, whether by period; what a person wanted, on which licence.
UPDATE seat_counts SET doc = json_set(doc, '$.since', doc ->> '$.event');
UPDATE seat_lines SET doc = json_set(doc,
    '$.seen.rows.by_period', json(iif(json_type(doc, '$.seen.rows.later') = 'object', 'true', 'false')),
    '$.agreed.rows.by_period', json(iif(json_type(doc, '$.agreed.rows.later') = 'object', 'true', 'false')),
    '$.attempt.read.rows.by_period',
        json(iif(json_type(doc, '$.attempt.read.rows.later') = 'object', 'true', 'false')),
    '$.confirmed.license', doc ->> '$.seen.license');
-- An undone count goes on being what is to be there.
UPDATE seat_lines SET doc = json_set(doc,
    '$.undone.license', doc ->> '$.agreed.license',
    '$.undone.from', doc ->> '$.agreed.rows.today.on',
    '$.undone.rows', json_object(
        'today', json_object('on', doc ->> '$.agreed.rows.today.on', 'count', doc -> '$.undone.to'),
        'later', NULL,
        'by_period', json('false')))
WHERE json_type(doc, '$.undone') = 'object';
