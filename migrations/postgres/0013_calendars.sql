-- Calendars of parties, as JSON; null where a party has none of its own.
ALTER TABLE parties ADD COLUMN calendars TEXT COLLATE "C";
-- Who works when is read from the parties with calendars downwards.
CREATE INDEX parties_with_calendars ON parties (tenant, party) WHERE calendars IS NOT NULL;
-- The last write that changed when anybody works; 0 before any.
ALTER TABLE tenants ADD COLUMN calendars BIGINT NOT NULL DEFAULT 0;

-- What is open holds the calendar that its time is counted by.
TRUNCATE folds, folded_days;

-- Nothing is folded any more: whichever model is announced next folds everything anew from the events.
UPDATE tenants SET live = NULL, building = NULL;
