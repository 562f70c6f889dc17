//! Tests on small tables; parties, orders and amounts in them are made up.

mod payloads;

use std::io::{self, Read};

use serde_json::{Value, json};

use super::{Mapping, records::NO_EVENT_APPLIES};
use crate::cli::import::table::MAX_ROW_BYTES;

/// An order a row; `extra` stands at the top of the file, `fields` in the payload.
fn mapping_text(extra: &str, fields: &str) -> String {
    format!(
        r#"
        date_formats = ["%d-%b-%y", "%m/%d/%y"]
        null_values = ["N/A"]
        {extra}
        [[event]]
        eventId = "{{PO}}"
        source = "made-up"
        customer = "Northwind"
        supplier = "{{Vendor}}"
        interactionId = "{{PO}}"
        occurredAt = {{ date = ["Sent", "Quoted"], time = "08:00:00" }}
        [event.requested]
        kind = "REQUEST_KIND_ORDER"
        {fields}
        "#
    )
}

fn mapping(extra: &str, fields: &str) -> Mapping {
    Mapping::parse(&mapping_text(extra, fields)).expect("a sound mapping")
}

type Events = Vec<(u64, Result<Value, Vec<String>>)>;

fn events(mapping: &Mapping, table: &[u8]) -> Events {
    let records = mapping.read(table).expect("a sound header");
    records.map(|mapped| mapped.expect("a readable file")).map(|mapped| (mapped.line, mapped.event)).collect()
}

fn requested(mapping: &Mapping, table: &str) -> Value {
    let (_, event) = events(mapping, table.as_bytes()).remove(0);
    event.expect("an event")["requested"].clone()
}

fn faults(mapping: &Mapping, table: &[u8]) -> Vec<(u64, Vec<String>)> {
    events(mapping, table).into_iter().filter_map(|(line, event)| Some((line, event.err()?))).collect()
}

fn refusal(text: &str) -> Vec<String> {
    Mapping::parse(text).expect_err("a refusal").faults
}

#[test]
fn a_row_fills_the_template() {
    let mapping = mapping("", "respond_by = { date = \"Due\" }\nsummary = \"{{{Item}}} of {PO}\"");
    let table = "PO,Vendor,Sent,Quoted,Due,Item\nPO-1, Cogs Ltd ,2-Jun-06,N/A,4/19/07,\"a, b\"\n";
    let expected = json!({
        "eventId": "PO-1", "source": "made-up", "customer": "Northwind", "supplier": "Cogs Ltd",
        "interactionId": "PO-1", "occurredAt": "2006-06-02T08:00:00Z",
        "requested": {
            "kind": "REQUEST_KIND_ORDER", "respondBy": "2007-04-19T00:00:00Z", "summary": "{a, b} of PO-1"
        },
    });
    assert_eq!(events(&mapping, table.as_bytes()), [(2, Ok(expected))]);
}

#[test]
fn the_first_column_that_is_not_empty_speaks() {
    let table = b"PO,Vendor,Sent,Quoted\n1,Cogs,N/A,1-Feb-10\n2,Cogs,soon,1-Feb-10\n3,Cogs,,\n";
    let events = events(&mapping("", ""), table);
    assert_eq!(events[0].1.as_ref().expect("an event")["occurredAt"], "2010-02-01T08:00:00Z");
    let unread = "column `Sent`: `soon` matches none of the date formats %d-%b-%y, %m/%d/%y";
    assert_eq!(events[1], (3, Err(vec![unread.to_owned()])));
    assert_eq!(events[2], (4, Err(vec!["columns `Sent`, `Quoted`: all empty".to_owned()])));
}

#[test]
fn every_line_end_counts_as_one_line() {
    let mapping = mapping("", "");
    let rows = ["\u{feff}PO,Vendor,Sent,Quoted", "1,\"Cogs\nLtd\",1-Feb-10,", "", "2,Cogs,oops,", "3,Cogs,oops,"];
    for end in ["\r", "\n", "\r\n"] {
        for last in ["", end] {
            let table = rows.join("\n").replace('\n', end) + last;
            let lines: Vec<_> = events(&mapping, table.as_bytes()).into_iter().map(|(line, _)| line).collect();
            assert_eq!(lines, [2, 5, 6], "line end {end:?}, last {last:?}");
        }
    }
}

#[test]
fn a_line_end_may_fall_between_two_reads() {
    struct ByteByByte<'a>(&'a [u8]);
    impl Read for ByteByByte<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let length = buffer.len().min(1);
            self.0.read(&mut buffer[..length])
        }
    }
    let mapping = mapping("", "");
    let table = ByteByByte(b"PO,Vendor,Sent,Quoted\r\n1,Cogs,1-Feb-10,\r\n2,Cogs,1-Feb-10,\r\n");
    let records = mapping.read(table).expect("a sound header");
    assert_eq!(records.map(|mapped| mapped.expect("readable").line).collect::<Vec<_>>(), [2, 3]);
}

#[test]
fn a_damaged_row_does_not_stop_the_rest() {
    let table = b"PO,Vendor,Sent,Quoted\n1,Cogs\n2,Caf\xe9,1-Feb-10,\n3,Cogs,1-Feb-10,\n";
    for extra in ["", "group_by = [\"PO\"]"] {
        let mapping = mapping(extra, "");
        let expected = [
            (2, vec!["the row has 2 fields, the header has 4".to_owned()]),
            (3, vec!["column `Vendor`: not UTF-8 text; save the file as UTF-8".to_owned()]),
        ];
        assert_eq!(faults(&mapping, table), expected);
        assert_eq!(events(&mapping, table).len(), 3);
    }
}

#[test]
fn rows_of_a_group_become_one_record() {
    let mapping = mapping(
        "group_by = [\"PO\", \"Vendor\"]",
        "respondBy = { date = \"Due\", take = \"min\" }\nneededBy = { date = \"Due\", take = \"max\" }\n\
         summary = { text = \"{Item}\", take = \"last\" }\nchannel = \"{Item}\"\n\
         value = { currencyCode = \"EUR\", amountMinor = { amount = \"Value\", take = \"sum\" } }",
    );
    let table = "PO,Vendor,Sent,Quoted,Due,Item,Value\n\
        1,Cogs,1-Feb-10,,3-Mar-10,N/A,0.1\n2,Cogs,1-Feb-10,,3-Mar-10,nut,5\n1,Cogs,,,2-Mar-10,bolt,0.2\n1,Cogs,,,9-Mar-10,N/A,\n";
    let mut records = mapping.read(table.as_bytes()).expect("a sound header");
    let first = records.next().expect("a record").expect("readable");
    let raw = first.raw();
    let lines: Vec<_> = raw.as_array().unwrap().iter().map(|row| row["line"].as_u64().unwrap()).collect();
    assert_eq!((first.line, lines), (2, vec![2, 4, 5]));
    assert_eq!(first.raw()[1]["cells"]["Item"], "bolt");
    let expected = json!({
        "kind": "REQUEST_KIND_ORDER", "respondBy": "2010-03-02T00:00:00Z", "neededBy": "2010-03-09T00:00:00Z",
        "summary": "bolt", "channel": "bolt", "value": { "currencyCode": "EUR", "amountMinor": "30" },
    });
    assert_eq!(first.event.expect("an event")["requested"], expected);
    assert_eq!(records.next().expect("a record").expect("readable").line, 3);
    assert!(records.next().is_none());
}

#[test]
fn a_fault_in_a_group_names_its_line() {
    let mapping = mapping("group_by = [\"PO\"]", "neededBy = { date = \"Due\", take = \"max\" }");
    let table = b"PO,Vendor,Sent,Quoted,Due\n1,Cogs,1-Feb-10,,1-Feb-10\n1,Cogs,1-Feb-10,,later\n2,\xff,1-Feb-10,,1-Feb-10\n2,Cogs,1-Feb-10,,1-Feb-10\n";
    let faults = faults(&mapping, table);
    assert!(faults[0].1[0].starts_with("line 3, column `Due`: `later` matches none"), "{faults:?}");
    assert!(faults[1].1[0].starts_with("line 4: column `Vendor`: not UTF-8"), "{faults:?}");
}

#[test]
fn amounts_are_exact_or_refused() {
    let fields = "value = { currencyCode = \"EUR\", amountMinor = { amount = \"Value\" } }";
    let amount = |extra: &str, text: &str| {
        let table = format!("PO;Vendor;Sent;Quoted;Value\n1;Cogs;1-Feb-10;;{text}\n");
        let (_, event) = events(&mapping(&format!("delimiter = \";\"\n{extra}"), fields), table.as_bytes()).remove(0);
        event.map(|event| event["requested"]["value"]["amountMinor"].clone()).map_err(|faults| faults.join("; "))
    };
    for (text, minor) in [("1107.65", "110765"), ("0.1", "10"), ("7", "700"), ("2.500", "250"), ("-0.5", "-50")] {
        assert_eq!(amount("", text), Ok(json!(minor)));
    }
    assert_eq!(amount("", "92233720368547758.07"), Ok(json!("9223372036854775807")));
    for (text, why) in [
        ("92233720368547758.08", "too large"),
        ("1.234", "more than 2 decimals"),
        ("1,5", "not a decimal number"),
        ("1e3", "not a decimal number"),
        (".5", "not a decimal number"),
        ("5.", "not a decimal number"),
        ("$5", "not a decimal number"),
        ("1.2.3", "not a decimal number"),
    ] {
        assert!(amount("", text).expect_err(text).contains(why), "{text}");
    }
    let german = "decimal_separator = \",\"\nthousands_separator = \".\"";
    assert_eq!(amount(german, "1.234.567,8"), Ok(json!("123456780")));
    // A point that is meant as a decimal separator must not multiply the amount.
    assert!(amount(german, "1234.56").is_err());
}

#[test]
fn numbers_and_lookups() {
    let text = mapping_text("", "completeness = { number = \"Share\", optional = true }").replace(
        "kind = \"REQUEST_KIND_ORDER\"",
        "kind = { lookup = \"Type\", values = { PO = \"REQUEST_KIND_ORDER\" }, default = \"REQUEST_KIND_QUOTE\" }",
    );
    let mapping = Mapping::parse(&text).expect("a sound mapping");
    let header = "PO,Vendor,Sent,Quoted,Share,Type";
    let row = |share: &str, kind: &str| requested(&mapping, &format!("{header}\n1,Cogs,1-Feb-10,,{share},{kind}\n"));
    assert_eq!(row("0.25", "PO"), json!({ "kind": "REQUEST_KIND_ORDER", "completeness": 0.25 }));
    assert_eq!(row("1", "RFQ"), json!({ "kind": "REQUEST_KIND_QUOTE", "completeness": 1 }));
    assert_eq!(row("", ""), json!({ "kind": "REQUEST_KIND_QUOTE" }));
}

#[test]
fn an_optional_table_is_left_out_as_a_whole() {
    let fields = "value = { optional = true, currencyCode = \"EUR\", amountMinor = { amount = \"Value\" } }";
    let mapping = mapping("", fields);
    let table = "PO,Vendor,Sent,Quoted,Value\n1,Cogs,1-Feb-10,,N/A\n2,Cogs,1-Feb-10,,much\n";
    assert_eq!(requested(&mapping, table), json!({ "kind": "REQUEST_KIND_ORDER" }));
    // What is there but can't be read is a fault, optional or not.
    assert_eq!(faults(&mapping, table.as_bytes()).len(), 1);
}

#[test]
fn times_of_their_own_and_time_zones() {
    let at = |extra: &str, text: &str| {
        let text = format!("PO,Vendor,Sent,Quoted\n1,Cogs,{text},\n");
        let mapping =
            mapping_text(extra, "").replace("%d-%b-%y", "%Y-%m-%d %H:%M %z\", \"%Y-%m-%d %H:%M\", \"%Y-%m-%d");
        let mapping = Mapping::parse(&mapping).expect("a sound mapping");
        events(&mapping, text.as_bytes()).remove(0).1.expect("an event")["occurredAt"].clone()
    };
    assert_eq!(at("", "2020-07-01 12:30"), "2020-07-01T12:30:00Z");
    assert_eq!(at("", "2020-07-01 12:30 +0200"), "2020-07-01T10:30:00Z");
    assert_eq!(at("time_zone = \"Europe/Paris\"", "2020-07-01"), "2020-07-01T06:00:00Z");
}

#[test]
fn skipped_rows_are_counted_by_reason() {
    let mapping = mapping(
        "skip = [{ column = \"Vendor\", equals = [\"Test\", \"Trial\"], reason = \"not real\" },
                 { column = [\"Sent\", \"Quoted\"], empty = true }]",
        "[event.when]\ncolumn = \"PO\"\nempty = false",
    );
    let table = "PO,Vendor,Sent,Quoted\n1,Test,,\n2,Trial,,\n3,Cogs,,N/A\n,Cogs,1-Feb-10,\n4,Cogs,1-Feb-10,\n";
    let mut records = mapping.read(table.as_bytes()).expect("a sound header");
    assert_eq!(records.by_ref().count(), 1);
    let skipped: Vec<_> = records.skipped().iter().map(|(reason, &rows)| (reason.as_str(), rows)).collect();
    assert_eq!(skipped, [("`Sent`, `Quoted` is empty", 1), (NO_EVENT_APPLIES, 1), ("not real", 2)]);
}

#[test]
fn a_header_is_refused_with_all_that_is_missing() {
    let mapping = mapping("", "");
    let refuse = |table: &[u8]| mapping.read(table).err().expect("a refusal").faults;
    assert_eq!(
        refuse(b"PO,Sent,Sent\n"),
        [
            "column `Sent`: the file has more than one column of this name",
            "column `Quoted`: the file has no such column",
            "column `Vendor`: the file has no such column",
        ]
    );
    assert!(refuse(b"PO;Vendor;Sent;Quoted\n").last().expect("a hint").contains("`delimiter`"));
    assert_eq!(refuse(b""), ["the file is empty: there is no header"]);
    assert!(refuse(b"\xff\xfeP\0O\0\n\0")[0].contains("looks like UTF-16"));
}

#[test]
fn a_quote_left_open_can_not_fill_the_memory() {
    let mapping = mapping("", "");
    let mut table = b"PO,Vendor,Sent,Quoted\n1,Cogs,1-Feb-10,\n2,\"Cogs,1-Feb-10,\n".to_vec();
    table.resize(3 * MAX_ROW_BYTES, b'x');
    let mut records = mapping.read(table.as_slice()).expect("a sound header");
    assert_eq!(records.next().expect("a row").expect("readable").line, 2);
    let error = records.next().expect("an error").expect_err("an error");
    assert!(error.to_string().contains("line 3"), "{error}");
    assert!(records.next().is_none());
}

#[test]
fn quotes_are_characters_where_quoting_is_off() {
    let mapping = mapping("quoting = false", "summary = \"{Item}\"");
    let table = "PO,Vendor,Sent,Quoted,Item\n1,Cogs,1-Feb-10,,\"5 inch\n";
    assert_eq!(requested(&mapping, table)["summary"], "\"5 inch");
}

#[test]
fn a_mapping_is_refused_with_all_its_faults() {
    let faults = refusal(
        r#"
        delimiter = "x"
        encoding = "latin-1"
        date_formats = ["%d-%b", "%d %Q", "%!"]
        time_zone = "Mars/Base"
        decimal_separator = ","
        thousands_separator = ","
        null_values = ["none"]
        colour = "red"
        [[skip]]
        column = "A"
        [[event]]
        eventId = "{A"
        customer = "A}"
        supplier = 7
        ocurredAt = { date = "A" }
        occurred_at = { date = "A", time = "25:00", take = "sum" }
        [event.requested]
        kind = "REQUEST_KIND_ODER"
        respondBy = { number = "A", tame = "x" }
        value = { amountMinor = { amount = "A", decimals = 9 }, currencyCode = { lookup = "B", values = { none = "EUR", b = 1 } } }
        [event.delivered]
        fractionInFull = {}
        "#,
    );
    let starts = [
        "delimiter: must be one of",
        "encoding: only UTF-8 is read",
        "skip[0]: needs `column`, and either",
        "event[0].customer: `}` closes nothing",
        "event[0].delivered.fractionInFull: needs exactly one of",
        "event[0].eventId: `{` is not closed",
        "event[0].occurred_at.time: ",
        "event[0].occurred_at.take: has no meaning without",
        "event[0].requested.kind: \"REQUEST_KIND_ODER\" is none of REQUEST_KIND_UNSPECIFIED",
        "event[0].requested.respondBy.tame: unknown key",
        "event[0].requested.respondBy: `number` does not suit",
        "event[0].requested.value.amountMinor.decimals: must be 0 to 4",
        "event[0].requested.value.currencyCode.values.b: 1 is not a text",
        "event[0].requested.value.currencyCode.values.none: `none` is an empty cell",
        "event[0].supplier: 7 is not a text",
        "event[0].ocurredAt: `Event` has no such field",
        "event[0]: `source` is missing",
        "event[0]: needs exactly one of requested, acknowledged",
        "date_formats: `%d-%b` does not give a full date",
        "date_formats: `%d %Q` names a time zone",
        "date_formats: `%!` is not a date format",
        "time_zone: ",
        "thousands_separator: is the decimal separator",
        "colour: unknown key",
    ];
    for start in starts {
        assert_eq!(faults.iter().filter(|fault| fault.starts_with(start)).count(), 1, "{start}\n{faults:#?}");
    }
    assert_eq!(faults.len(), starts.len(), "{faults:#?}");
}

#[test]
fn a_text_has_no_sum() {
    let fields = "summary = { text = \"{Item}\", take = \"sum\" }";
    let faults = refusal(&mapping_text("group_by = \"PO\"", fields));
    assert_eq!(faults, ["event[0].requested.summary: `text` can't be taken in this way"]);
}

#[test]
fn what_is_not_toml_is_refused_with_its_place() {
    assert!(refusal("delimiter = ")[0].contains("line 1"));
    assert_eq!(refusal(""), ["event: at least one [[event]] is needed"]);
}

#[test]
fn the_example_is_sound() {
    let mapping = Mapping::parse(include_str!("../../../../../examples/scms.toml")).expect("a sound mapping");
    let table = "PO / SO #\tASN/DN #\tCountry\tVendor\tPQ First Sent to Client Date\tPO Sent to Vendor Date\t\
        Scheduled Delivery Date\tDelivered to Client Date\tProduct Group\tLine Item Value\r\
        P-1\tA-1\tFreedonia\tCogs Ltd\tPre-PQ Process\t4/19/06\t2-Jun-06\t3-Jun-06\tBOLTS\t10.5\r\
        P-1\tA-1\tFreedonia\tCogs Ltd\tPre-PQ Process\t4/19/06\t4-Jun-06\t3-Jun-06\tBOLTS\t0.25\r";
    let events = events(&mapping, table.as_bytes());
    assert_eq!(events.len(), 2);
    let request = events[0].1.as_ref().expect("an event");
    assert_eq!(request["requested"]["value"]["amountMinor"], "1075");
    assert_eq!(request["requested"]["neededBy"], "2006-06-04T23:59:00Z");
    assert_eq!(events[1].1.as_ref().expect("an event")["occurredAt"], "2006-06-03T17:00:00Z");
}

#[test]
fn the_documented_example_does_what_it_says() {
    let document = include_str!("../../../../../docs/import.md");
    let block = |language: &str| {
        let after = document.split_once(&format!("```{language}\n")).expect("a block").1;
        after.split_once("```").expect("its end").0
    };
    let mapping = Mapping::parse(block("toml")).expect("a sound mapping");
    let events = events(&mapping, block("csv").as_bytes());
    assert_eq!(events.len(), 3);
    let request = &events[0].1.as_ref().expect("an event")["requested"];
    assert_eq!(request["value"]["amountMinor"], "1075");
    assert_eq!(request["neededBy"], "2024-03-22T23:59:00Z");
}
