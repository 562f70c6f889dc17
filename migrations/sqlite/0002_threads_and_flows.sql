-- A request that asks an earlier one again is folded together with it.
ALTER TABLE events ADD COLUMN revisits TEXT;
UPDATE events SET revisits = json_extract(payload, '$.requested.revisits') WHERE payload LIKE '%"revisits"%';
CREATE INDEX events_by_revisited ON events (tenant, customer, supplier, revisits) WHERE revisits IS NOT NULL;

-- What flows between the two parties, by day (days since 1970): requests, value exchanged, recommendations. The currency
-- is empty where there is none; amounts are minor units.
CREATE TABLE flows (
    tenant   TEXT NOT NULL,
    customer TEXT NOT NULL,
    supplier TEXT NOT NULL,
    model    TEXT NOT NULL,
    flow     TEXT NOT NULL,
    currency TEXT NOT NULL,
    day      INTEGER NOT NULL,
    count    INTEGER NOT NULL,
    amount   INTEGER NOT NULL,
    PRIMARY KEY (tenant, customer, supplier, model, flow, currency, day)
) WITHOUT ROWID;
