"""Ranks with DuckDB, each time a line comes in: takes a file of events and the query, prints the milliseconds."""

import sys
import time

import duckdb

COLUMNS = "{'customer': 'VARCHAR', 'supplier': 'VARCHAR', 'interaction_id': 'VARCHAR', 'occurred_at': 'BIGINT', 'kind': 'SMALLINT'}"

events, query = sys.argv[1:]
database = duckdb.connect()
database.execute("SET threads = 1")
database.execute(f"CREATE TABLE bare_events AS SELECT * FROM read_csv(?, header = false, columns = {COLUMNS})", [events])
print("ready", flush=True)
for _ in sys.stdin:
    begun = time.perf_counter()
    database.execute(query).fetchall()
    print((time.perf_counter() - begun) * 1e3, flush=True)
