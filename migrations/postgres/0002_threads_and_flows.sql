-- A request that asks an earlier one again is folded together with it.
ALTER TABLE events ADD COLUMN revisits TEXT COLLATE "C";
UPDATE events SET revisits = payload::json #>> '{requested,revisits}' WHERE payload LIKE '%"revisits"%';
CREATE INDEX events_by_revisited ON events (tenant, customer, supplier, revisits) WHERE revisits IS NOT NULL;

-- What flows between the two parties, by day (days since 1970): requests, value exchanged, recommendations. The currency
-- is empty where there is none; amounts are minor units.
CREATE TABLE flows (
    tenant   TEXT COLLATE "C" NOT NULL,
    customer TEXT COLLATE "C" NOT NULL,
    supplier TEXT COLLATE "C" NOT NULL,
    model    TEXT COLLATE "C" NOT NULL,
    flow     TEXT COLLATE "C" NOT NULL,
    currency TEXT COLLATE "C" NOT NULL,
    day      INTEGER NOT NULL,
    count    BIGINT NOT NULL,
    amount   BIGINT NOT NULL,
    PRIMARY KEY (tenant, customer, supplier, model, flow, currency, day)
);
