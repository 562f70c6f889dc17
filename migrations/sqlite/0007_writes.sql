-- Which relationships each of the last writes touched, as a JSON list of customer and supplier: what a process that was
-- not the one to write has to read again.
CREATE TABLE writes (
    tenant        TEXT NOT NULL,
    revision      INTEGER NOT NULL,
    relationships TEXT NOT NULL,
    PRIMARY KEY (tenant, revision)
) STRICT, WITHOUT ROWID;

-- The last write that may have changed every score at once: a switch of the model, or a repair.
ALTER TABLE tenants ADD COLUMN renewed INTEGER NOT NULL DEFAULT 0;
