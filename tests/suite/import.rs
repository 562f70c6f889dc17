//! Importing: damaged lines, packed files, tables, and the same feed in any order into either database.

use std::{fs, io::Write, path::Path, process::Stdio};

use rapport::{
    api::{event_from_json, to_json},
    simulation::simulate,
};

use crate::support::{
    binary::{Served, rapport, run, succeed},
    line::{Line, Way},
    postgres,
};

fn request(id: u32) -> String {
    format!(
        r#"{{"eventId":"{id}","source":"t","customer":"Acme","supplier":"Bolt","interactionId":"i{id}","occurredAt":"2026-01-05T09:00:00Z","requested":{{"kind":"REQUEST_KIND_QUOTE"}}}}"#
    )
}

#[test]
fn a_damaged_line_never_stops_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path(), "sqlite:test.db");
    let mut file = fs::File::create(folder.path().join("damaged.ndjson")).unwrap();
    writeln!(file, "{}\n", request(1)).unwrap();
    writeln!(file, "{{\"eventId\":").unwrap();
    writeln!(file, "{}", request(2).replace("eventId", "eventIdentity")).unwrap();
    writeln!(file, "{}", request(3).replace("QUOTE", "WISH")).unwrap();
    file.write_all(b"\xff\xfe\n").unwrap();
    writeln!(file, "\"{}\"", "x".repeat(2 * 1024 * 1024)).unwrap();
    writeln!(file, "{}", request(4).replace("Bolt", "Acme")).unwrap();
    write!(file, "{}", request(5)).unwrap();
    drop(file);
    let output = run(folder.path(), &["import", "damaged.ndjson", "--server", &served.url]);
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.starts_with("2 recorded, 0 duplicates, 6 rejected"), "{said}");
    let rejects = fs::read_to_string(folder.path().join("import.rejected.ndjson")).unwrap();
    let mut lines: Vec<(u64, String)> = rejects
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|it| (it["line"].as_u64().unwrap(), it["reason"].as_str().unwrap().to_owned()))
        .collect();
    lines.sort_unstable();
    let unreadable = |line| (line, "UNREADABLE_LINE".to_owned());
    let expected = [3, 4, 5, 6, 7].map(unreadable).into_iter().chain([(8, "INVALID_FIELD".to_owned())]);
    assert_eq!(lines, expected.collect::<Vec<_>>());
}

#[test]
fn packed_files_and_standard_input_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path(), "sqlite:test.db");
    let packed = fs::File::create(folder.path().join("packed")).unwrap();
    let mut packed = flate2::write::GzEncoder::new(packed, flate2::Compression::fast());
    writeln!(packed, "{}", request(1)).unwrap();
    packed.finish().unwrap();
    let arguments = ["import", "packed", "-", "--json", "--server", &served.url];
    let mut import = rapport(folder.path(), &arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    writeln!(import.stdin.take().unwrap(), "{}\n{}", request(1), request(2)).unwrap();
    let output = import.wait_with_output().unwrap();
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&said["recorded"], &said["duplicates"], &said["rejected"]), (&2.into(), &1.into(), &0.into()));
}

#[test]
fn a_table_is_read_through_a_mapping() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path(), "sqlite:test.db");
    // Made up.
    let table = "No;Buyer;Seller;Asked;Got\n1;Acme;Bolt;05.01.2026;07.01.2026\n2;Acme;Bolt;06.01.2026;soon\n";
    let mapping = r#"
        delimiter = ";"
        date_formats = ["%d.%m.%Y"]
        [[event]]
        event_id = "{No}/asked"
        source = "table"
        customer = "{Buyer}"
        supplier = "{Seller}"
        interaction_id = "{No}"
        occurred_at = { date = "Asked", time = "09:00:00" }
        requested = { kind = "REQUEST_KIND_ORDER" }
        [[event]]
        event_id = "{No}/got"
        source = "table"
        customer = "{Buyer}"
        supplier = "{Seller}"
        interaction_id = "{No}"
        occurred_at = { date = "Got", time = "17:00:00" }
        delivered = {}
    "#;
    fs::write(folder.path().join("table.csv"), table).unwrap();
    fs::write(folder.path().join("mapping.toml"), mapping).unwrap();
    let arguments = ["import", "table.csv", "--mapping", "mapping.toml", "--server", &served.url];
    let output = run(folder.path(), &arguments);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.starts_with("3 recorded, 0 duplicates, 1 rejected"), "{said}");
    let rejects = fs::read_to_string(folder.path().join("import.rejected.ndjson")).unwrap();
    assert!(rejects.contains("soon") && rejects.contains("\"line\":3"), "{rejects}");
    fs::write(folder.path().join("wrong.toml"), mapping.replace("Buyer", "Purchaser")).unwrap();
    let wrong = run(folder.path(), &["import", "table.csv", "--mapping", "wrong.toml", "--server", &served.url]);
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("Purchaser"));
}

#[test]
fn a_table_of_quantities_is_read_as_shares() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path(), "sqlite:test.db");
    // Made up: one order of 80 in two lines, of which 60 came, 3 of them bad; and one of which too much came.
    let table = "Order,Asked,Due,Got,Qty,In,Bad\nA,2026-02-02,2026-02-20,2026-02-18,50,40,3\n\
                 A,2026-02-02,2026-02-20,2026-02-18,30,20,0\nB,2026-02-02,2026-02-20,2026-02-18,10,12,0\n";
    let mapping = r#"
        group_by = ["Order"]
        [[event]]
        event_id = "{Order}/asked"
        source = "table"
        customer = "Acme"
        supplier = "Bolt"
        interaction_id = "{Order}"
        occurred_at = { date = "Asked", time = "09:00:00" }
        [event.requested]
        kind = "REQUEST_KIND_ORDER"
        needed_by = { date = "Due", time = "23:59:00" }
        quantity = { amount = { number = "Qty", take = "sum" }, unit = "pcs" }
        [[event]]
        event_id = "{Order}/got"
        source = "table"
        customer = "Acme"
        supplier = "Bolt"
        interaction_id = "{Order}"
        occurred_at = { date = "Got", time = "17:00:00" }
        [event.delivered]
        quantity = { amount = { number = "In", take = "sum" }, unit = "pcs" }
        quantity_rejected = { amount = { number = "Bad", take = "sum" }, unit = "pcs" }
    "#;
    fs::write(folder.path().join("table.csv"), table).unwrap();
    fs::write(folder.path().join("mapping.toml"), mapping).unwrap();
    let arguments = ["import", "table.csv", "--mapping", "mapping.toml", "--server", &served.url];
    let said = String::from_utf8_lossy(&run(folder.path(), &arguments).stdout).into_owned();
    assert!(said.starts_with("4 recorded, 0 duplicates, 0 rejected"), "{said}");
    let arguments = ["explain", "Acme", "Bolt", "--as-of", "2026-02-19T09:00:00Z", "--server", &served.url];
    let told = String::from_utf8_lossy(&run(folder.path(), &arguments).stdout).into_owned();
    assert!(told.contains("75 % of it, 95 % accepted"), "{told}");
    assert!(told.contains("20 % more than ordered"), "{told}");
}

/// A month of the simulation as a file, in the order in which `key` sorts it.
fn write_feed<K: Ord>(path: &Path, key: impl Fn(&str) -> K) {
    let until = "2026-03-01".parse().unwrap();
    let events = simulate(7, until);
    let from = events.len() - 400;
    let mut lines: Vec<String> = events
        .into_iter()
        .skip(from)
        .map(|it| to_json("Event", &rapport::api::wire_event(it), false).unwrap())
        .collect();
    lines.sort_by_key(|line| key(line));
    assert!(lines.iter().all(|line| event_from_json(line).is_ok()));
    fs::write(path, lines.join("\n")).unwrap();
}

/// Story 11, as far as one instance tells it: any order, any batches, either database, the same scores to the letter.
#[test]
fn the_same_feed_in_any_order_and_batches_gives_the_same_scores_on_both_databases() {
    let folder = tempfile::tempdir().unwrap();
    let hash = |salt: u64| {
        move |line: &str| line.bytes().fold(salt, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    };
    let (sorted, shuffled, other) = ("sorted.ndjson", "shuffled.ndjson", "other.ndjson");
    write_feed(&folder.path().join(sorted), |_| 0);
    write_feed(&folder.path().join(shuffled), hash(1));
    write_feed(&folder.path().join(other), hash(2));
    let postgres = postgres::server().fresh_database();
    let mut results = Vec::new();
    for (database, files, batch) in [
        ("sqlite:a.db", [sorted, sorted], "1000"),
        ("sqlite:b.db", [shuffled, other], "1"),
        (&postgres, [other, shuffled], "7"),
    ] {
        let served = Served::start(folder.path(), database);
        for (file, expected) in files.into_iter().zip(["400 recorded, 0 dup", "0 recorded, 400 dup"]) {
            let arguments = ["import", file, "--batch", batch, "--server", &served.url];
            let said = succeed(folder.path(), &arguments);
            assert!(said.starts_with(expected), "{said}");
        }
        let arguments = ["list", "--json", "--full", "--as-of", "2026-03-02", "--server", &served.url];
        results.push(succeed(folder.path(), &arguments));
    }
    assert!(results[0].lines().count() > 5);
    assert_eq!(results[0], results[1]);
    assert_eq!(results[0], results[2]);
}

#[test]
fn what_a_broken_line_swallowed_is_sent_again() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path(), "sqlite:test.db");
    write_feed(&folder.path().join("feed.ndjson"), |_| 0);
    let line = Line::to(&served.url);
    line.cut_every(Way::Up, 20_000);
    let arguments = ["import", "feed.ndjson", "--batch", "20", "--json", "--server", &line.url];
    let said: serde_json::Value = serde_json::from_str(&succeed(folder.path(), &arguments)).unwrap();
    assert!(line.cuts() > 0, "the feed is longer than one connection takes");
    let count = |what: &str| said[what].as_u64().unwrap();
    assert_eq!((count("recorded") + count("duplicates"), count("rejected")), (400, 0), "each is answered for once");
    let said = succeed(folder.path(), &["import", "feed.ndjson", "--server", &served.url]);
    assert!(said.starts_with("0 recorded, 400 duplicates"), "{said}");
}
