-- What is known about parties beyond their ids. A parent need not be known itself; following parents never comes back to
-- where it began, which every write makes sure of before it commits.
CREATE TABLE parties (
    tenant       TEXT COLLATE "C" NOT NULL,
    party        TEXT COLLATE "C" NOT NULL,
    display_name TEXT COLLATE "C" NOT NULL,
    parent       TEXT COLLATE "C",
    category     TEXT COLLATE "C",
    kind         TEXT COLLATE "C",
    PRIMARY KEY (tenant, party)
);
