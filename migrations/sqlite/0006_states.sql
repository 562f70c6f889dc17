-- The state of a relationship under a model, whole: what its sums and what is pending say, packed. A write changes one row
-- for each relationship it touches, and a read fetches one.
DROP TABLE tallies;
DROP TABLE counters;
DROP TABLE flows;
DROP TABLE pending;
DROP TABLE folds;
CREATE TABLE folds (
    tenant   TEXT NOT NULL,
    customer TEXT NOT NULL,
    supplier TEXT NOT NULL,
    model    TEXT NOT NULL,
    revision INTEGER NOT NULL,
    state    BLOB NOT NULL,
    PRIMARY KEY (tenant, customer, supplier, model)
) STRICT, WITHOUT ROWID;
CREATE INDEX folds_by_model ON folds (tenant, model);

-- Nothing is folded any more: whichever model is announced next folds everything anew from the events.
UPDATE tenants SET live = NULL, building = NULL;
