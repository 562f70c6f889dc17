-- Which side ends a relationship by an event: whatever began before is folded together with it.
ALTER TABLE events ADD COLUMN ended_by TEXT COLLATE "C";
CREATE INDEX events_that_end ON events (tenant, customer, supplier) WHERE ended_by IS NOT NULL;

-- States hold the last end of a relationship, and what strikes were about.
TRUNCATE folds, folded_days;

-- Nothing is folded any more: whichever model is announced next folds everything anew from the events.
UPDATE tenants SET live = NULL, building = NULL;
