//! The statements for SQLite. All are constant: ?1 is always the tenant; a list of rows is a JSON array of arrays.

pub(super) const INSERT_ID: &str = "INSERT INTO datastore (one, id) VALUES (1, ?1) ON CONFLICT DO NOTHING";
pub(super) const SELECT_ID: &str = "SELECT id FROM datastore";
pub(super) const SELECT_REVISION: &str = "SELECT revision FROM tenants WHERE tenant = ?1";
pub(super) const NEXT_REVISION: &str = "
    INSERT INTO tenants (tenant, revision) VALUES (?1, 1)
    ON CONFLICT (tenant) DO UPDATE SET revision = revision + 1
    RETURNING revision";

/// The columns of a `HeadRow`, from relationships `r` and their fold under the model ?3.
macro_rules! heads {
    ($from:literal) => {
        concat!(
            "SELECT r.customer, r.supplier, r.revision, r.latest_at, f.revision AS folded FROM ",
            $from,
            " LEFT JOIN folds f ON f.tenant = r.tenant AND f.customer = r.customer AND f.supplier = r.supplier
                AND f.model = ?3
              WHERE r.tenant = ?1 AND ?2 = ?2"
        )
    };
    ($from:literal, $where:literal) => {
        concat!(heads!($from), " AND ", $where, " ORDER BY r.customer, r.supplier")
    };
}

pub(super) const HEADS_OF_THESE: &str =
    heads!("json_each(?2) k CROSS JOIN relationships r", "r.customer = k.value ->> 0 AND r.supplier = k.value ->> 1");
pub(super) const HEADS_OF_CUSTOMER: &str = heads!("relationships r", "r.customer = ?2");
pub(super) const HEADS_OF_SUPPLIER: &str = heads!("relationships r", "r.supplier = ?2");
pub(super) const HEADS_OF_PARTIES: &str = heads!(
    "relationships r",
    "(r.customer IN (SELECT k.value FROM json_each(?2, '$[0]') k)
        OR r.supplier IN (SELECT k.value FROM json_each(?2, '$[1]') k))"
);
pub(super) const HEADS_OF_ALL: &str = heads!("relationships r", "true");

/// The columns of an `EventRow`, from events `e`.
///
/// SQLite keeps no statistics until it is told to, and would rather search the primary key; so it is told which index.
macro_rules! events {
    ($from:literal, $where:literal) => {
        events!("", $from, $where)
    };
    ($with:literal, $from:literal, $where:literal) => {
        concat!(
            $with,
            "SELECT e.customer, e.supplier, e.source, e.event_id, e.interaction_id, e.occurred_at, e.recorded_at,
                e.revision, e.payload,
                CASE WHEN e.retracts IS NULL THEN (
                    SELECT min(r.revision) FROM events r INDEXED BY events_by_retracted
                    WHERE r.tenant = e.tenant AND r.customer = e.customer AND r.supplier = e.supplier
                        AND r.source = e.source AND r.retracts = e.event_id
                ) END AS retracted
             FROM ",
            $from,
            " WHERE e.tenant = ?1 AND ",
            $where
        )
    };
}

pub(super) const EVENTS_OF_RELATIONSHIPS: &str =
    events!("json_each(?2) k CROSS JOIN events e", "e.customer = k.value ->> 0 AND e.supplier = k.value ->> 1");
pub(super) const EVENTS_OF_THREADS: &str = events!(
    "WITH RECURSIVE threads (customer, supplier, interaction_id) AS (
        SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?2)
        UNION
        SELECT t.customer, t.supplier, e.interaction_id
        FROM threads t CROSS JOIN events e INDEXED BY events_by_revisited
        WHERE e.tenant = ?1 AND e.customer = t.customer AND e.supplier = t.supplier AND e.revisits = t.interaction_id
        UNION
        SELECT t.customer, t.supplier, e.revisits
        FROM threads t CROSS JOIN events e INDEXED BY events_by_interaction
        WHERE e.tenant = ?1 AND e.customer = t.customer AND e.supplier = t.supplier
            AND e.interaction_id = t.interaction_id AND e.revisits IS NOT NULL
    ) ",
    "threads k CROSS JOIN events e INDEXED BY events_by_interaction",
    "e.customer = k.customer AND e.supplier = k.supplier AND e.interaction_id = k.interaction_id"
);
pub(super) const EVENTS_BY_IDENTITY: &str = events!(
    "json_each(?2) k CROSS JOIN events e",
    "e.customer = k.value ->> 0 AND e.supplier = k.value ->> 1 AND e.source = k.value ->> 2
        AND e.event_id = k.value ->> 3"
);
pub(super) const LIST: &str = events!(
    "events e",
    "e.customer BETWEEN ?2 AND ?3 AND e.supplier BETWEEN ?4 AND ?5
        AND (?6 IS NULL OR e.interaction_id = ?6) AND e.occurred_at >= ?7 AND e.occurred_at < ?8
        AND (e.customer, e.supplier, e.occurred_at, e.source, e.event_id) > (?9, ?10, ?11, ?12, ?13)
     ORDER BY e.customer, e.supplier, e.occurred_at, e.source, e.event_id
     LIMIT ?14"
);

pub(super) const INSERT_EVENTS: &str = "
    INSERT INTO events (tenant, customer, supplier, source, event_id, interaction_id, occurred_at, recorded_at,
        revision, retracts, revisits, payload)
    SELECT ?1, e.value ->> 0, e.value ->> 1, e.value ->> 2, e.value ->> 3, e.value ->> 4, e.value ->> 5, ?3, ?4,
        e.value ->> 6, e.value ->> 7, e.value ->> 8
    FROM json_each(?2) e WHERE true
    ON CONFLICT DO NOTHING
    RETURNING customer, supplier, source, event_id";

pub(super) const UPSERT_RELATIONSHIPS: &str = "
    INSERT INTO relationships (tenant, customer, supplier, revision, latest_at, events)
    SELECT ?1, u.value ->> 0, u.value ->> 1, ?4, u.value ->> 2, u.value ->> 3
    FROM json_each(?2) u WHERE ?3 = ?3
    ON CONFLICT (tenant, customer, supplier) DO UPDATE SET revision = excluded.revision,
        latest_at = max(latest_at, excluded.latest_at), events = events + excluded.events";
pub(super) const UPSERT_FOLDS: &str = "
    INSERT INTO folds (tenant, customer, supplier, model, revision)
    SELECT ?1, u.value ->> 0, u.value ->> 1, ?3, ?4 FROM json_each(?2) u WHERE true
    ON CONFLICT (tenant, customer, supplier, model) DO UPDATE SET revision = excluded.revision";

/// The rows of a derived table that belong to the relationships in ?2 under the model ?3.
macro_rules! of_folds {
    ($columns:literal, $table:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM json_each(?2) k CROSS JOIN ",
            $table,
            " t WHERE t.tenant = ?1 AND t.customer = k.value ->> 0 AND t.supplier = k.value ->> 1 AND t.model = ?3"
        )
    };
    (delete $table:literal) => {
        concat!(
            "DELETE FROM ",
            $table,
            " WHERE tenant = ?1 AND model = ?3
                AND (customer, supplier) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?2))"
        )
    };
}

pub(super) const TALLIES: &str =
    of_folds!("t.customer, t.supplier, t.channel, t.day, t.count, t.weight, t.value, t.square", "tallies");
pub(super) const COUNTERS: &str = of_folds!("t.customer, t.supplier, t.counter, t.count", "counters");
pub(super) const FLOWS: &str =
    of_folds!("t.customer, t.supplier, t.flow, t.currency, t.day, t.count, t.amount", "flows");
pub(super) const PENDING: &str = of_folds!("t.customer, t.supplier, t.interaction_id, t.state", "pending");
pub(super) const DELETE_TALLIES: &str = of_folds!(delete "tallies");
pub(super) const DELETE_COUNTERS: &str = of_folds!(delete "counters");
pub(super) const DELETE_FLOWS: &str = of_folds!(delete "flows");
pub(super) const DELETE_PENDING: &str = of_folds!(delete "pending");

pub(super) const ADD_TALLIES: &str = "
    INSERT INTO tallies (tenant, customer, supplier, model, channel, day, count, weight, value, square)
    SELECT ?1, t.value ->> 0, t.value ->> 1, ?3, t.value ->> 2, t.value ->> 3, t.value ->> 4, t.value ->> 5,
        t.value ->> 6, t.value ->> 7
    FROM json_each(?2) t WHERE true
    ON CONFLICT (tenant, customer, supplier, model, channel, day) DO UPDATE SET count = count + excluded.count,
        weight = weight + excluded.weight, value = value + excluded.value, square = square + excluded.square";
pub(super) const ADD_COUNTERS: &str = "
    INSERT INTO counters (tenant, customer, supplier, model, counter, count)
    SELECT ?1, c.value ->> 0, c.value ->> 1, ?3, c.value ->> 2, c.value ->> 3 FROM json_each(?2) c WHERE true
    ON CONFLICT (tenant, customer, supplier, model, counter) DO UPDATE SET count = count + excluded.count";
pub(super) const ADD_FLOWS: &str = "
    INSERT INTO flows (tenant, customer, supplier, model, flow, currency, day, count, amount)
    SELECT ?1, f.value ->> 0, f.value ->> 1, ?3, f.value ->> 2, f.value ->> 3, f.value ->> 4, f.value ->> 5,
        f.value ->> 6
    FROM json_each(?2) f WHERE true
    ON CONFLICT (tenant, customer, supplier, model, flow, currency, day) DO UPDATE SET
        count = count + excluded.count, amount = amount + excluded.amount";
pub(super) const UPSERT_PENDING: &str = "
    INSERT INTO pending (tenant, customer, supplier, model, interaction_id, state)
    SELECT ?1, p.value ->> 0, p.value ->> 1, ?3, p.value ->> 2, p.value ->> 3 FROM json_each(?2) p WHERE true
    ON CONFLICT (tenant, customer, supplier, model, interaction_id) DO UPDATE SET state = excluded.state";
pub(super) const DELETE_NO_LONGER_PENDING: &str = "
    DELETE FROM pending WHERE tenant = ?1 AND model = ?3 AND (customer, supplier, interaction_id) IN
        (SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?2))";
