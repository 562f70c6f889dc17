-- Every table of a relationship begins its key with (tenant, customer, supplier): a distributed PostgreSQL can spread
-- all of them by it and keep what belongs together in one place. Text is compared byte by byte, as SQLite does.
-- Times are microseconds since 1970 in UTC. Weights and values are millionths.

-- One row: which database this is, so that a revision of another one is recognised.
CREATE TABLE datastore (
    one SMALLINT PRIMARY KEY CHECK (one = 1),
    id  TEXT NOT NULL
);

-- The number of the last write of each tenant. A write takes it first and holds it until it commits: so writes of one
-- tenant are in one order, and revision order is commit order.
CREATE TABLE tenants (
    tenant   TEXT COLLATE "C" PRIMARY KEY,
    revision BIGINT NOT NULL
);

-- What happened: immutable, and the truth that everything below is folded from.
CREATE TABLE events (
    tenant         TEXT COLLATE "C" NOT NULL,
    customer       TEXT COLLATE "C" NOT NULL,
    supplier       TEXT COLLATE "C" NOT NULL,
    source         TEXT COLLATE "C" NOT NULL,
    event_id       TEXT COLLATE "C" NOT NULL,
    interaction_id TEXT COLLATE "C",
    occurred_at    BIGINT NOT NULL,
    recorded_at    BIGINT NOT NULL,
    revision       BIGINT NOT NULL,
    retracts       TEXT COLLATE "C",
    payload        TEXT NOT NULL,
    PRIMARY KEY (tenant, customer, supplier, source, event_id)
);
CREATE INDEX events_by_interaction ON events (tenant, customer, supplier, interaction_id)
    WHERE interaction_id IS NOT NULL;
CREATE INDEX events_by_retracted ON events (tenant, customer, supplier, source, retracts)
    WHERE retracts IS NOT NULL;

-- Every relationship that has an event.
CREATE TABLE relationships (
    tenant    TEXT COLLATE "C" NOT NULL,
    customer  TEXT COLLATE "C" NOT NULL,
    supplier  TEXT COLLATE "C" NOT NULL,
    revision  BIGINT NOT NULL,
    latest_at BIGINT NOT NULL,
    events    BIGINT NOT NULL,
    PRIMARY KEY (tenant, customer, supplier)
);
CREATE INDEX relationships_by_supplier ON relationships (tenant, supplier, customer);

-- Up to which revision a relationship's events are folded under a model. Where this is not the relationship's own
-- revision, the three tables below are out of date for it and are folded anew.
CREATE TABLE folds (
    tenant   TEXT COLLATE "C" NOT NULL,
    customer TEXT COLLATE "C" NOT NULL,
    supplier TEXT COLLATE "C" NOT NULL,
    model    TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    PRIMARY KEY (tenant, customer, supplier, model)
);

-- The sum of the settled observations of one channel and day (days since 1970).
CREATE TABLE tallies (
    tenant   TEXT COLLATE "C" NOT NULL,
    customer TEXT COLLATE "C" NOT NULL,
    supplier TEXT COLLATE "C" NOT NULL,
    model    TEXT COLLATE "C" NOT NULL,
    channel  TEXT COLLATE "C" NOT NULL,
    day      INTEGER NOT NULL,
    count    BIGINT NOT NULL,
    weight   BIGINT NOT NULL,
    value    BIGINT NOT NULL,
    square   BIGINT NOT NULL,
    PRIMARY KEY (tenant, customer, supplier, model, channel, day)
);

-- What the KPIs count.
CREATE TABLE counters (
    tenant   TEXT COLLATE "C" NOT NULL,
    customer TEXT COLLATE "C" NOT NULL,
    supplier TEXT COLLATE "C" NOT NULL,
    model    TEXT COLLATE "C" NOT NULL,
    counter  TEXT COLLATE "C" NOT NULL,
    count    BIGINT NOT NULL,
    PRIMARY KEY (tenant, customer, supplier, model, counter)
);

-- What only time, or a further event, will settle.
CREATE TABLE pending (
    tenant         TEXT COLLATE "C" NOT NULL,
    customer       TEXT COLLATE "C" NOT NULL,
    supplier       TEXT COLLATE "C" NOT NULL,
    model          TEXT COLLATE "C" NOT NULL,
    interaction_id TEXT COLLATE "C" NOT NULL,
    state          TEXT NOT NULL,
    PRIMARY KEY (tenant, customer, supplier, model, interaction_id)
);
