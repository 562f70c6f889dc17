-- Every table of a relationship begins its key with (tenant, customer, supplier), as in PostgreSQL. Text is compared
-- byte by byte.
-- Times are microseconds since 1970 in UTC. Weights and values are millionths.

-- One row: which database this is, so that a revision of another one is recognised.
CREATE TABLE datastore (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    id  TEXT NOT NULL
) STRICT;

-- The number of the last write of each tenant. A write takes it first and holds it until it commits: so writes of one
-- tenant are in one order, and revision order is commit order.
CREATE TABLE tenants (
    tenant   TEXT NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What happened: immutable, and the truth that everything below is folded from.
CREATE TABLE events (
    tenant         TEXT NOT NULL,
    customer       TEXT NOT NULL,
    supplier       TEXT NOT NULL,
    source         TEXT NOT NULL,
    event_id       TEXT NOT NULL,
    interaction_id TEXT,
    occurred_at    INTEGER NOT NULL,
    recorded_at    INTEGER NOT NULL,
    revision       INTEGER NOT NULL,
    retracts       TEXT,
    payload        TEXT NOT NULL,
    PRIMARY KEY (tenant, customer, supplier, source, event_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX events_by_interaction ON events (tenant, customer, supplier, interaction_id)
    WHERE interaction_id IS NOT NULL;
CREATE INDEX events_by_retracted ON events (tenant, customer, supplier, source, retracts)
    WHERE retracts IS NOT NULL;

-- Every relationship that has an event.
CREATE TABLE relationships (
    tenant    TEXT NOT NULL,
    customer  TEXT NOT NULL,
    supplier  TEXT NOT NULL,
    revision  INTEGER NOT NULL,
    latest_at INTEGER NOT NULL,
    events    INTEGER NOT NULL,
    PRIMARY KEY (tenant, customer, supplier)
) STRICT, WITHOUT ROWID;
CREATE INDEX relationships_by_supplier ON relationships (tenant, supplier, customer);

-- Up to which revision a relationship's events are folded under a model. Where this is not the relationship's own
-- revision, the three tables below are out of date for it and are folded anew.
CREATE TABLE folds (
    tenant   TEXT NOT NULL,
    customer TEXT NOT NULL,
    supplier TEXT NOT NULL,
    model    TEXT NOT NULL,
    revision INTEGER NOT NULL,
    PRIMARY KEY (tenant, customer, supplier, model)
) STRICT, WITHOUT ROWID;

-- The sum of the settled observations of one channel and day (days since 1970).
CREATE TABLE tallies (
    tenant   TEXT NOT NULL,
    customer TEXT NOT NULL,
    supplier TEXT NOT NULL,
    model    TEXT NOT NULL,
    channel  TEXT NOT NULL,
    day      INTEGER NOT NULL,
    count    INTEGER NOT NULL,
    weight   INTEGER NOT NULL,
    value    INTEGER NOT NULL,
    square   INTEGER NOT NULL,
    PRIMARY KEY (tenant, customer, supplier, model, channel, day)
) STRICT, WITHOUT ROWID;

-- What the KPIs count.
CREATE TABLE counters (
    tenant   TEXT NOT NULL,
    customer TEXT NOT NULL,
    supplier TEXT NOT NULL,
    model    TEXT NOT NULL,
    counter  TEXT NOT NULL,
    count    INTEGER NOT NULL,
    PRIMARY KEY (tenant, customer, supplier, model, counter)
) STRICT, WITHOUT ROWID;

-- What only time, or a further event, will settle.
CREATE TABLE pending (
    tenant         TEXT NOT NULL,
    customer       TEXT NOT NULL,
    supplier       TEXT NOT NULL,
    model          TEXT NOT NULL,
    interaction_id TEXT NOT NULL,
    state          TEXT NOT NULL,
    PRIMARY KEY (tenant, customer, supplier, model, interaction_id)
) STRICT, WITHOUT ROWID;
