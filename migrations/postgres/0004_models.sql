-- The models that tenants have been scored under, by their fingerprint: the content as JSON, and the number of the formulas
-- that the fingerprint takes in. They are kept, so that the version a score names can be looked up for ever.
CREATE TABLE models (
    tenant   TEXT COLLATE "C" NOT NULL,
    version  TEXT COLLATE "C" NOT NULL,
    formulas BIGINT NOT NULL,
    content  TEXT NOT NULL,
    PRIMARY KEY (tenant, version)
);

-- live: the version that the tenant's scores come from. All its events are folded under it, and every write keeps that so.
-- building: the version that they are being folded under beside it; it becomes live once they all are.
ALTER TABLE tenants ADD COLUMN live TEXT COLLATE "C";
ALTER TABLE tenants ADD COLUMN building TEXT COLLATE "C";

CREATE INDEX folds_by_model ON folds (tenant, model);

-- Whatever is folded names models whose content nobody kept: it is folded anew from the events.
TRUNCATE folds, tallies, counters, flows, pending;
