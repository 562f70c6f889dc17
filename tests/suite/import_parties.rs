//! Importing parties: lines of JSON and tables alike, with every fault told, and what was imported shown.

use std::{
    fs::{read_to_string, write},
    io::Write,
    path::Path,
    process::{Output, Stdio},
};

use serde_json::Value;

use crate::support::binary::{Served, rapport, run, succeed};

/// A server with nothing in it, and a folder to import from.
struct Fixture {
    folder: tempfile::TempDir,
    served: Served,
}

impl Fixture {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let served = Served::start(folder.path(), "sqlite:test.db");
        Self { folder, served }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn arguments<'a>(&'a self, arguments: &[&'a str]) -> Vec<&'a str> {
        [&["parties"], arguments, &["--server", &self.served.url]].concat()
    }

    fn import(&self, file: &str, content: impl AsRef<[u8]>) -> Output {
        write(self.path().join(file), content).unwrap();
        run(self.path(), &self.arguments(&["import", file]))
    }

    fn list(&self, filter: &[&str]) -> Vec<Value> {
        let listed = succeed(self.path(), &self.arguments(&[&["list", "--json"], filter].concat()));
        listed.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn ids(&self, filter: &[&str]) -> Vec<String> {
        self.list(filter).iter().map(|it| it["party"].as_str().unwrap().to_owned()).collect()
    }

    /// The line, the reason and the faults of each refused line, in the order of the lines; the file is taken away.
    fn rejects(&self) -> Vec<(u64, String, String)> {
        let path = self.path().join("import.rejected.ndjson");
        let lines = read_to_string(&path).unwrap();
        std::fs::remove_file(path).unwrap();
        let mut rejects: Vec<_> = lines
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .map(|it| {
                (it["line"].as_u64().unwrap(), it["reason"].as_str().unwrap().to_owned(), it["faults"].to_string())
            })
            .collect();
        rejects.sort();
        rejects
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Fails unless each reject is of this line, for this reason, and says this.
fn assert_rejects(rejects: &[(u64, String, String)], expected: &[(u64, &str, &str)]) {
    assert_eq!(rejects.len(), expected.len(), "{rejects:?}");
    for ((line, reason, faults), expected) in rejects.iter().zip(expected) {
        assert_eq!((*line, reason.as_str()), (expected.0, expected.1), "{faults}");
        assert!(faults.contains(expected.2), "{faults} lacks {}", expected.2);
    }
}

const LINES: &str = r#"
{"party":"acme","displayName":"Acme Ltd","category":"buyer","kind":"PARTY_KIND_COMPANY"}
{"party":"sales","display_name":"Sales, \"east\"","parent":"acme","kind":"PARTY_KIND_DEPARTMENT"}
{"party":"bolt"
{"party":"bolt","colour":"red"}
{"party":"bolt","kind":"PARTY_KIND_CLUB"}
{"party":"acme","parent":"sales"}
{"party":" bolt","parent":" bolt"}
{"party":"bolt"}
"#;

#[test]
fn lines_of_json_are_parties_and_bad_ones_are_told() {
    let fixture = Fixture::new();
    let output = fixture.import("parties.ndjson", LINES);
    assert_eq!(output.status.code(), Some(3));
    assert!(said(&output).starts_with("3 stored, 0 unchanged, 5 rejected"), "{}", said(&output));
    assert_rejects(
        &fixture.rejects(),
        &[
            (4, "UNREADABLE_LINE", "EOF"),
            (5, "UNREADABLE_LINE", "colour"),
            (6, "UNREADABLE_LINE", "PARTY_KIND_CLUB"),
            (7, "PARENT_CYCLE", "part of"),
            (8, "INVALID_FIELD", "parent: must name another party"),
        ],
    );
    let sales = serde_json::json!({
        "party": "sales", "displayName": "Sales, \"east\"", "parent": "acme", "kind": "PARTY_KIND_DEPARTMENT",
    });
    assert_eq!(fixture.list(&["--parent", "acme"]), [sales]);
    assert_eq!(fixture.ids(&[]), ["acme", "bolt", "sales"]);
    assert_eq!(fixture.ids(&["--kind", "company"]), ["acme"]);
    assert_eq!(fixture.ids(&["--category", "buyer", "--kind", "team"]), [""; 0]);
    assert_eq!(fixture.ids(&["--limit", "2"]), ["acme", "bolt"]);
    let shown = succeed(fixture.path(), &fixture.arguments(&["show", "acme"]));
    assert!(shown.contains("Acme Ltd") && shown.contains("company") && shown.contains("buyer"), "{shown}");
    let rolled_up = succeed(fixture.path(), &fixture.arguments(&["score", "acme", "--as", "customer"]));
    assert!(rolled_up.starts_with("acme buys from anyone: unproven"), "{rolled_up}");
    assert!(rolled_up.contains("relationships   0"), "{rolled_up}");
    let unknown = run(fixture.path(), &fixture.arguments(&["show", "nobody"]));
    assert_eq!(unknown.status.code(), Some(1));
    assert!(said(&unknown).contains("PARTY_NOT_FOUND"), "{}", said(&unknown));
    // What was listed can be imported.
    let listed = succeed(fixture.path(), &fixture.arguments(&["list", "--json"]));
    assert!(said(&fixture.import("listed", listed)).starts_with("0 stored, 3 unchanged, 0 rejected"));
}

#[test]
fn tables_whose_header_names_the_fields_are_parties() {
    let fixture = Fixture::new();
    let table = "\u{feff}kind,party,displayName,parent\n\
                 company,acme,\"Acme, Inc\",\n\
                 PARTY_KIND_TEAM,east, East ,sales\n\
                 \n\
                 Club,bolt,,\n\
                 team,west\n\
                 ,sales,,acme\n\
                 ,acme,,east\n\
                 team,,,\n\
                 Team,\"south\nside\",,sales\n";
    let output = fixture.import("parties.csv", table);
    assert_eq!(output.status.code(), Some(3));
    assert!(said(&output).starts_with("3 stored, 0 unchanged, 5 rejected"), "{}", said(&output));
    assert_rejects(
        &fixture.rejects(),
        &[
            (5, "UNREADABLE_LINE", "none of unspecified, company, department, team, person"),
            (6, "UNREADABLE_LINE", "the row has 2 fields, the header has 4"),
            (8, "PARENT_CYCLE", "part of"),
            (9, "INVALID_FIELD", "party: is required"),
            (10, "INVALID_FIELD", "control characters"),
        ],
    );
    let east = serde_json::json!({
        "party": "east", "displayName": "East", "parent": "sales", "kind": "PARTY_KIND_TEAM",
    });
    assert_eq!(fixture.list(&["--parent", "sales"]), [east]);
    assert_eq!(fixture.list(&["--kind", "company"])[0]["displayName"], "Acme, Inc");
    // With other delimiters, whatever the name.
    for (file, table) in
        [("x.tsv", "party\tparent\neast\tacme\n"), ("x", "party;parent\nwest;acme"), ("y", "party\neast")]
    {
        assert_eq!(fixture.import(file, table).status.code(), Some(0), "{file}");
    }
    assert_eq!(fixture.ids(&["--parent", "acme"]), ["sales", "west"]);
    assert_eq!(fixture.ids(&["--kind", "team"]), [""; 0], "a row says all there is to know");
}

#[test]
fn calendars_come_from_the_command_line_and_from_files() {
    let fixture = Fixture::new();
    let ics = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261225\r\nDTEND;VALUE=DATE:20261227\r\n\
               END:VEVENT\r\nEND:VCALENDAR\r\n";
    write(fixture.path().join("holidays.ics"), ics).unwrap();
    let calendar = |more: &[&str]| run(fixture.path(), &fixture.arguments(&[&["calendar", "desk"], more].concat()));
    let hours = ["--zone", "Europe/Berlin", "--hours", "mon-thu 09:00-17:00,fri 09:00-15:00"];
    let told = calendar(&[&hours[..], &["--holidays", "holidays.ics,2026-05-01"]].concat());
    assert!(said(&told).contains("mon-thu 09:00-17:00, fri 09:00-15:00"), "{}", said(&told));
    assert!(calendar(&["--zone", "UTC", "--valid-from", "2027-01-01"]).status.success());
    let desk = fixture.list(&[]).remove(0);
    let calendars = desk["calendars"].as_array().unwrap();
    assert_eq!(calendars[0]["holidays"], serde_json::json!(["2026-05-01", "2026-12-25", "2026-12-26"]));
    assert_eq!((calendars.len(), &calendars[1]["validFrom"]), (2, &"2027-01-01T00:00:00Z".into()));
    let shown = succeed(fixture.path(), &fixture.arguments(&["show", "desk"]));
    assert!(shown.contains("ever") && shown.contains("always"), "{shown}");
    // What is listed can be imported, and a table may have them, too.
    let listed = succeed(fixture.path(), &fixture.arguments(&["list", "--json"]));
    assert!(said(&fixture.import("listed", listed)).starts_with("0 stored, 1 unchanged, 0 rejected"));
    let table =
        "party,calendars\nnight,\"[{\"\"zone\"\":\"\"UTC\"\",\"\"hours\"\":[\"\"sun 22:00-06:00\"\"]}]\"\nbad,[\n";
    let output = fixture.import("parties.csv", table);
    assert!(said(&output).starts_with("1 stored, 0 unchanged, 1 rejected"), "{}", said(&output));
    assert_rejects(&fixture.rejects(), &[(3, "UNREADABLE_LINE", "column `calendars`")]);
    for (arguments, fault) in [
        (&["--zone", "Berlin"][..], "zone \"Berlin\" is no known time zone"),
        (&["--zone", "UTC", "--hours", "9-5"], "hours[0]"),
        (&["--zone", "UTC", "--holidays", "nothing.ics"], "neither a date nor a file"),
        (&["--zone", "UTC", "--holidays", "listed"], "there are no events"),
    ] {
        let refused = calendar(arguments);
        assert!(!refused.status.success() && said(&refused).contains(fault), "{}", said(&refused));
    }
}

#[test]
fn a_header_that_names_no_fields_fails_with_every_fault() {
    let fixture = Fixture::new();
    let output = fixture.import("parties.csv", "id,display_name,displayName,parent\na,b,c,d\n");
    assert_eq!(output.status.code(), Some(1));
    let said = said(&output);
    for fault in ["column `id`: there is no such field", "a second column for `display_name`", "`party`", "category"] {
        assert!(said.contains(fault), "{fault} is missing in {said}");
    }
    assert_eq!(fixture.ids(&[]), [""; 0]);
    assert_eq!(fixture.import("empty.csv", "").status.code(), Some(1));
    assert_eq!(fixture.import("empty.ndjson", "\n\n").status.code(), Some(0));
    // A damaged first line is a line, where the name says that the file has lines.
    let damaged = fixture.import("damaged.ndjson", "garbage\n{\"party\":\"a\"}\n");
    assert_eq!((damaged.status.code(), fixture.ids(&[])), (Some(3), vec!["a".to_owned()]));
}

#[test]
fn parties_come_packed_and_from_standard_input_and_the_last_word_counts() {
    let fixture = Fixture::new();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(b"party,parent\na,x\nb,x\na,y\n").unwrap();
    write(fixture.path().join("packed.csv.gz"), packed.finish().unwrap()).unwrap();
    let arguments = fixture.arguments(&["import", "packed.csv.gz", "-", "--batch", "1", "--json"]);
    let mut import = rapport(fixture.path(), &arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    writeln!(import.stdin.take().unwrap(), "\n{{\"party\":\"b\",\"parent\":\"a\"}}").unwrap();
    let output = import.wait_with_output().unwrap();
    let done: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&done["stored"], &done["unchanged"], &done["rejected"]), (&4.into(), &0.into(), &0.into()));
    assert_eq!(
        (fixture.ids(&["--parent", "y"]), fixture.ids(&["--parent", "a"])),
        (vec!["a".into()], vec!["b".into()])
    );
}
