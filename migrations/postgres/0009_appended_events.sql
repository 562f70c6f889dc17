-- Ids that follow time, as those of most senders do, are put in at the end of an index that begins with them, and not all
-- over it. What belongs to a relationship is found by the other one.
ALTER TABLE events DROP CONSTRAINT events_pkey;
ALTER TABLE events ADD PRIMARY KEY (tenant, source, event_id, customer, supplier);
DROP INDEX events_by_interaction;
CREATE INDEX events_by_relationship ON events (tenant, customer, supplier, interaction_id);

-- The part of the days that are changed by nearly every write, the last ones, stands with what belongs to no day: which part
-- that is, none before there is any.
TRUNCATE folds, folded_days;
ALTER TABLE folds ADD COLUMN part INTEGER;

-- Nothing is folded any more: whichever model is announced next folds everything anew from the events.
UPDATE tenants SET live = NULL, building = NULL;
