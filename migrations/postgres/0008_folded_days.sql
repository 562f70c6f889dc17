-- What is folded is stored in parts, so that a write rewrites what it changes and not all that a relationship has been
-- through: in folds what belongs to no day, here the sums of 64 days a row, with what is pending since then.
DROP TABLE folds;
-- Some room in each page lets a row be rewritten beside itself, without touching an index. Bytes that are packed already
-- are not worth compressing.
CREATE TABLE folds (
    tenant   TEXT COLLATE "C" NOT NULL,
    customer TEXT COLLATE "C" NOT NULL,
    supplier TEXT COLLATE "C" NOT NULL,
    model    TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    state    BYTEA NOT NULL,
    PRIMARY KEY (tenant, customer, supplier, model)
) WITH (fillfactor = 70);
-- With the relationship, or PostgreSQL would look one up here and read every row of the model.
CREATE INDEX folds_by_model ON folds (tenant, model, customer, supplier);
CREATE TABLE folded_days (
    tenant   TEXT COLLATE "C" NOT NULL,
    customer TEXT COLLATE "C" NOT NULL,
    supplier TEXT COLLATE "C" NOT NULL,
    model    TEXT COLLATE "C" NOT NULL,
    part     INTEGER NOT NULL,
    state    BYTEA NOT NULL,
    PRIMARY KEY (tenant, customer, supplier, model, part)
) WITH (fillfactor = 70);
ALTER TABLE folds ALTER COLUMN state SET STORAGE EXTERNAL;
ALTER TABLE folded_days ALTER COLUMN state SET STORAGE EXTERNAL;

-- Nothing is folded any more: whichever model is announced next folds everything anew from the events.
UPDATE tenants SET live = NULL, building = NULL;
