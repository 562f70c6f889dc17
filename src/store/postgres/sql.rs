//! The statements for PostgreSQL. All are constant: $1 is always the tenant; a list of rows is one array for each column.

pub(super) const INSERT_ID: &str = "INSERT INTO datastore (one, id) VALUES (1, $1) ON CONFLICT DO NOTHING";
pub(super) const SELECT_ID: &str = "SELECT id FROM datastore";
pub(super) const SELECT_REVISION: &str = "SELECT revision FROM tenants WHERE tenant = $1";
pub(super) const NEXT_REVISION: &str = "
    INSERT INTO tenants (tenant, revision) VALUES ($1, 1)
    ON CONFLICT (tenant) DO UPDATE SET revision = tenants.revision + 1
    RETURNING revision";

/// The columns of a `HeadRow`, from relationships `r` and their fold under the model $2.
macro_rules! heads {
    ($from:literal, $where:literal) => {
        concat!(
            "SELECT r.customer, r.supplier, r.revision, r.latest_at, f.revision AS folded FROM ",
            $from,
            " LEFT JOIN folds f ON f.tenant = r.tenant AND f.customer = r.customer AND f.supplier = r.supplier
                AND f.model = $2
              WHERE r.tenant = $1 AND ",
            $where,
            " ORDER BY r.customer, r.supplier"
        )
    };
}

pub(super) const HEADS_OF_THESE: &str = heads!(
    "UNNEST($3::text[], $4::text[]) AS k (customer, supplier) CROSS JOIN relationships r",
    "r.customer = k.customer AND r.supplier = k.supplier"
);
pub(super) const HEADS_OF_CUSTOMER: &str = heads!("relationships r", "r.customer = $3");
pub(super) const HEADS_OF_SUPPLIER: &str = heads!("relationships r", "r.supplier = $3");
pub(super) const HEADS_OF_PARTIES: &str =
    heads!("relationships r", "(r.customer = ANY($3::text[]) OR r.supplier = ANY($4::text[]))");
pub(super) const HEADS_OF_ALL: &str = heads!("relationships r", "true");

/// The columns of an `EventRow`, from events `e`.
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
                    SELECT min(r.revision) FROM events r
                    WHERE r.tenant = e.tenant AND r.customer = e.customer AND r.supplier = e.supplier
                        AND r.source = e.source AND r.retracts = e.event_id
                ) END AS retracted
             FROM ",
            $from,
            " WHERE e.tenant = $1 AND ",
            $where
        )
    };
}

pub(super) const EVENTS_OF_RELATIONSHIPS: &str = events!(
    "UNNEST($2::text[], $3::text[]) AS k (customer, supplier), events e",
    "e.customer = k.customer AND e.supplier = k.supplier"
);
pub(super) const EVENTS_OF_THREADS: &str = events!(
    r#"WITH RECURSIVE threads (customer, supplier, interaction_id) AS (
        SELECT k.customer COLLATE "C", k.supplier COLLATE "C", k.interaction_id COLLATE "C"
        FROM UNNEST($2::text[], $3::text[], $4::text[]) AS k (customer, supplier, interaction_id)
        UNION
        SELECT t.customer, t.supplier, tied.interaction_id FROM threads t CROSS JOIN LATERAL (
            SELECT e.interaction_id FROM events e
            WHERE e.tenant = $1 AND e.customer = t.customer AND e.supplier = t.supplier
                AND e.revisits = t.interaction_id
            UNION ALL
            SELECT e.revisits FROM events e
            WHERE e.tenant = $1 AND e.customer = t.customer AND e.supplier = t.supplier
                AND e.interaction_id = t.interaction_id AND e.revisits IS NOT NULL
        ) AS tied
    ) "#,
    "threads k, events e",
    "e.customer = k.customer AND e.supplier = k.supplier AND e.interaction_id = k.interaction_id"
);
pub(super) const EVENTS_BY_IDENTITY: &str = events!(
    "UNNEST($2::text[], $3::text[], $4::text[], $5::text[]) AS k (customer, supplier, source, event_id), events e",
    "e.customer = k.customer AND e.supplier = k.supplier AND e.source = k.source AND e.event_id = k.event_id"
);
pub(super) const LIST: &str = events!(
    "events e",
    "e.customer BETWEEN $2 AND $3 AND e.supplier BETWEEN $4 AND $5
        AND ($6::text IS NULL OR e.interaction_id = $6) AND e.occurred_at >= $7 AND e.occurred_at < $8
        AND (e.customer, e.supplier, e.occurred_at, e.source, e.event_id) > ($9, $10, $11, $12, $13)
     ORDER BY e.customer, e.supplier, e.occurred_at, e.source, e.event_id
     LIMIT $14"
);

pub(super) const INSERT_EVENTS: &str = "
    INSERT INTO events (tenant, customer, supplier, source, event_id, interaction_id, occurred_at, retracts, revisits,
        payload, recorded_at, revision)
    SELECT $1, e.*, $11, $12
    FROM UNNEST($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[], $9::text[],
        $10::text[]) AS e
    ON CONFLICT DO NOTHING
    RETURNING customer, supplier, source, event_id";

pub(super) const UPSERT_RELATIONSHIPS: &str = "
    INSERT INTO relationships (tenant, customer, supplier, latest_at, events, revision)
    SELECT $1, u.*, $6 FROM UNNEST($2::text[], $3::text[], $4::bigint[], $5::bigint[]) AS u
    ON CONFLICT (tenant, customer, supplier) DO UPDATE SET revision = excluded.revision,
        latest_at = greatest(relationships.latest_at, excluded.latest_at),
        events = relationships.events + excluded.events";
pub(super) const UPSERT_FOLDS: &str = "
    INSERT INTO folds (tenant, model, customer, supplier, revision)
    SELECT $1, $2, u.*, $5 FROM UNNEST($3::text[], $4::text[]) AS u
    ON CONFLICT (tenant, customer, supplier, model) DO UPDATE SET revision = excluded.revision";

/// The rows of a derived table that belong to the relationships in $3 and $4 under the model $2.
macro_rules! of_folds {
    ($columns:literal, $table:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM UNNEST($3::text[], $4::text[]) AS k (customer, supplier), ",
            $table,
            " t WHERE t.tenant = $1 AND t.customer = k.customer AND t.supplier = k.supplier AND t.model = $2"
        )
    };
    (delete $table:literal) => {
        concat!(
            "DELETE FROM ",
            $table,
            " t USING UNNEST($3::text[], $4::text[]) AS k (customer, supplier)
              WHERE t.tenant = $1 AND t.customer = k.customer AND t.supplier = k.supplier AND t.model = $2"
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
    INSERT INTO tallies (tenant, model, customer, supplier, channel, day, count, weight, value, square)
    SELECT $1, $2, t.* FROM UNNEST($3::text[], $4::text[], $5::text[], $6::int[], $7::bigint[], $8::bigint[],
        $9::bigint[], $10::bigint[]) AS t
    ON CONFLICT (tenant, customer, supplier, model, channel, day) DO UPDATE SET
        count = tallies.count + excluded.count, weight = tallies.weight + excluded.weight,
        value = tallies.value + excluded.value, square = tallies.square + excluded.square";
pub(super) const ADD_COUNTERS: &str = "
    INSERT INTO counters (tenant, model, customer, supplier, counter, count)
    SELECT $1, $2, c.* FROM UNNEST($3::text[], $4::text[], $5::text[], $6::bigint[]) AS c
    ON CONFLICT (tenant, customer, supplier, model, counter) DO UPDATE SET count = counters.count + excluded.count";
pub(super) const ADD_FLOWS: &str = "
    INSERT INTO flows (tenant, model, customer, supplier, flow, currency, day, count, amount)
    SELECT $1, $2, f.* FROM UNNEST($3::text[], $4::text[], $5::text[], $6::text[], $7::int[], $8::bigint[],
        $9::bigint[]) AS f
    ON CONFLICT (tenant, customer, supplier, model, flow, currency, day) DO UPDATE SET
        count = flows.count + excluded.count, amount = flows.amount + excluded.amount";
pub(super) const UPSERT_PENDING: &str = "
    INSERT INTO pending (tenant, model, customer, supplier, interaction_id, state)
    SELECT $1, $2, p.* FROM UNNEST($3::text[], $4::text[], $5::text[], $6::text[]) AS p
    ON CONFLICT (tenant, customer, supplier, model, interaction_id) DO UPDATE SET state = excluded.state";
pub(super) const DELETE_NO_LONGER_PENDING: &str = "
    DELETE FROM pending t USING UNNEST($3::text[], $4::text[], $5::text[]) AS k (customer, supplier, interaction_id)
    WHERE t.tenant = $1 AND t.customer = k.customer AND t.supplier = k.supplier AND t.model = $2
        AND t.interaction_id = k.interaction_id";
