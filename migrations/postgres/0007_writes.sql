-- Which relationships each of the last writes touched: what an instance that was not the one to write has to read again.
CREATE TABLE writes (
    tenant    TEXT COLLATE "C" NOT NULL,
    revision  BIGINT NOT NULL,
    customers TEXT[] COLLATE "C" NOT NULL,
    suppliers TEXT[] COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, revision)
);

-- The last write that may have changed every score at once: a switch of the model, or a repair.
ALTER TABLE tenants ADD COLUMN renewed BIGINT NOT NULL DEFAULT 0;
