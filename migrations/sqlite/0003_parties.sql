-- What is known about parties beyond their ids. A parent need not be known itself; following parents never comes back to
-- where it began, which every write makes sure of before it commits.
CREATE TABLE parties (
    tenant       TEXT NOT NULL,
    party        TEXT NOT NULL,
    display_name TEXT NOT NULL,
    parent       TEXT,
    category     TEXT,
    kind         TEXT,
    PRIMARY KEY (tenant, party)
) STRICT, WITHOUT ROWID;
