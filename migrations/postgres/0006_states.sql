-- The state of a relationship under a model, whole: what its sums and what is pending say, packed. A write changes one row
-- for each relationship it touches, and a read fetches one.
DROP TABLE tallies;
DROP TABLE counters;
DROP TABLE flows;
DROP TABLE pending;
DROP TABLE folds;
-- Some room in each page lets a row be rewritten beside itself, without touching an index.
CREATE TABLE folds (
    tenant   TEXT COLLATE "C" NOT NULL,
    customer TEXT COLLATE "C" NOT NULL,
    supplier TEXT COLLATE "C" NOT NULL,
    model    TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    state    BYTEA NOT NULL,
    PRIMARY KEY (tenant, customer, supplier, model)
) WITH (fillfactor = 70);
CREATE INDEX folds_by_model ON folds (tenant, model);

-- Nothing is folded any more: whichever model is announced next folds everything anew from the events.
UPDATE tenants SET live = NULL, building = NULL;
