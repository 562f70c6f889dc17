-- What is folded is stored in parts, so that a write rewrites what it changes and not all that a relationship has been
-- through: in folds what belongs to no day, here the sums of 64 days a row, with what is pending since then.
CREATE TABLE folded_days (
    tenant   TEXT NOT NULL,
    customer TEXT NOT NULL,
    supplier TEXT NOT NULL,
    model    TEXT NOT NULL,
    part     INTEGER NOT NULL,
    state    BLOB NOT NULL,
    PRIMARY KEY (tenant, customer, supplier, model, part)
) STRICT, WITHOUT ROWID;

-- Nothing is folded any more: whichever model is announced next folds everything anew from the events.
DELETE FROM folds;
UPDATE tenants SET live = NULL, building = NULL;
