-- Events are appended, one after the other, as they are recorded: in the table, and where their ids follow time, as those of
-- most senders do, in the index of what they are known by. So a write changes few pages. What belongs to a relationship is
-- found by an index of its own.
CREATE TABLE appended_events (
    tenant         TEXT NOT NULL,
    customer       TEXT NOT NULL,
    supplier       TEXT NOT NULL,
    source         TEXT NOT NULL,
    event_id       TEXT NOT NULL,
    interaction_id TEXT,
    occurred_at    INTEGER NOT NULL,
    recorded_at    INTEGER NOT NULL,
    revision       INTEGER NOT NULL,
    retracts       TEXT,
    payload        TEXT NOT NULL,
    revisits       TEXT,
    PRIMARY KEY (tenant, source, event_id, customer, supplier)
) STRICT;
INSERT INTO appended_events (tenant, customer, supplier, source, event_id, interaction_id, occurred_at, recorded_at, revision,
    retracts, payload, revisits)
SELECT tenant, customer, supplier, source, event_id, interaction_id, occurred_at, recorded_at, revision, retracts, payload,
    revisits
FROM events ORDER BY tenant, revision;
DROP TABLE events;
ALTER TABLE appended_events RENAME TO events;
CREATE INDEX events_by_relationship ON events (tenant, customer, supplier, interaction_id);
CREATE INDEX events_by_retracted ON events (tenant, customer, supplier, source, retracts) WHERE retracts IS NOT NULL;
CREATE INDEX events_by_revisited ON events (tenant, customer, supplier, revisits) WHERE revisits IS NOT NULL;

-- The part of the days that are changed by nearly every write, the last ones, stands with what belongs to no day: which part
-- that is, none before there is any.
DELETE FROM folds;
DELETE FROM folded_days;
ALTER TABLE folds ADD COLUMN part INTEGER;

-- Nothing is folded any more: whichever model is announced next folds everything anew from the events.
UPDATE tenants SET live = NULL, building = NULL;
