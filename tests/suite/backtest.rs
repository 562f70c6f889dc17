//! `rapport backtest` over files, without a server.

use std::path::Path;

use rapport::{
    api::{to_json, wire_event},
    simulation::simulate,
    time::{DAY, HOUR, Timestamp},
};
use serde_json::Value;

use crate::support::binary::{run, succeed};

/// Two years of a made-up company, as lines.
fn simulated(folder: &Path) -> String {
    let events = simulate(11, "2026-07-01T12:00:00Z".parse().unwrap());
    let lines: String =
        events.into_iter().map(|event| to_json("Event", &wire_event(event), false).unwrap() + "\n").collect();
    std::fs::write(folder.join("events.ndjson"), &lines).unwrap();
    lines
}

/// The shape of a value: keys and kinds, and of a list its first element.
fn shape(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let fields: Vec<String> = fields.iter().map(|(key, value)| format!("{key}: {}", shape(value))).collect();
            format!("{{{}}}", fields.join(", "))
        }
        Value::Array(values) => format!("{} x {}", values.len(), values.first().map_or("nothing".to_owned(), shape)),
        Value::String(_) => "text".to_owned(),
        Value::Number(_) => "number".to_owned(),
        Value::Bool(_) | Value::Null => value.to_string(),
    }
}

#[test]
fn a_backtest_reads_files_and_compares_the_model_with_simple_ways() {
    let folder = tempfile::tempdir().unwrap();
    let lines = simulated(folder.path());
    let report = succeed(folder.path(), &["backtest", "events.ndjson", "--json"]);
    let report: Value = serde_json::from_str(&report).unwrap();
    let fields = report.as_object().unwrap().iter().map(|(key, value)| format!("{key}: {}", shape(value)));
    let fields: Vec<String> = fields.collect();
    insta::assert_snapshot!(fields.join("\n"), @r"
    baselines: 6 x {auc: number, brier: number, calibrationError: number, description: text, logLoss: number, name: text, skill: number, worseBy: number, worseByHigh: number, worseByLow: number}
    calibration: 10 x {count: text, happened: number, high: number, low: number, predicted: number}
    model: {auc: number, brier: number, calibrationError: number, description: text, logLoss: number, name: text, skill: number, worseBy: number, worseByHigh: number, worseByLow: number}
    modelVersion: text
    predicted: text
    rate: number
    relationships: text
    scored: text
    scoredFrom: text
    scoredTo: text
    target: text
    tooLittle: text
    ");
    let names: Vec<_> = report["baselines"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["global_rate", "lifetime_ratio", "last_20", "last_50", "ewma", "decayed_beta"]);
    let count = |key: &str| report[key].as_str().unwrap().parse::<f64>().unwrap();
    assert!((count("scored") - 0.3 * count("predicted")).abs() <= 1.0);
    let binned: f64 = report["calibration"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["count"].as_str().unwrap().parse::<f64>().unwrap())
        .sum();
    assert!((binned - count("scored")).abs() < 0.5);
    assert!(report["model"]["skill"].as_f64().unwrap() > 0.0, "the score predicts: {report}");

    let told = succeed(folder.path(), &["backtest", "events.ndjson", "--target", "answered", "--until", "2026-01-01"]);
    for word in ["answered of requests", "decayed beta", "WORSE BY", "MISSED BY"] {
        assert!(told.contains(word), "{word} is missing in {told}");
    }

    let earlier = succeed(folder.path(), &["backtest", "events.ndjson", "--json", "--scored", "10-70"]);
    let earlier: Value = serde_json::from_str(&earlier).unwrap();
    let scored = earlier["scored"].as_str().unwrap().parse::<f64>().unwrap();
    assert!((scored - 0.6 * count("predicted")).abs() <= 1.0);
    let end = |report: &Value, end: &str| report[end].as_str().unwrap().parse::<Timestamp>().unwrap();
    assert!(end(&earlier, "scoredTo") <= end(&report, "scoredFrom"));
    for nonsense in ["70-10", "50", "-10-50", "90-110", "a-b"] {
        let refused = run(folder.path(), &["backtest", "events.ndjson", &format!("--scored={nonsense}")]);
        assert_eq!(refused.status.code(), Some(2), "{nonsense}");
        assert!(String::from_utf8_lossy(&refused.stderr).contains("is two percentages"), "{refused:?}");
    }

    std::fs::write(folder.path().join("faulty.ndjson"), lines + "{\"eventId\": 1}\n").unwrap();
    let faulty = run(folder.path(), &["backtest", "faulty.ndjson", "--json"]);
    assert_eq!(faulty.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&faulty.stderr).contains("1 lines are refused"));
    assert_eq!(serde_json::from_slice::<Value>(&faulty.stdout).unwrap(), report);
}

#[test]
fn nothing_to_predict_is_said() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("empty.ndjson"), "").unwrap();
    let empty = run(folder.path(), &["backtest", "empty.ndjson"]);
    assert_eq!(empty.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&empty.stderr).contains("no request with an outcome"));
}

#[test]
fn a_fit_writes_a_model_with_the_evidence() {
    let folder = tempfile::tempdir().unwrap();
    simulated(folder.path());
    let said = succeed(folder.path(), &["fit", "events.ndjson", "--target", "on_time", "--output", "fitted.toml"]);
    let file = std::fs::read_to_string(folder.path().join("fitted.toml")).unwrap();
    assert!(said.starts_with(&file) && said.contains("written to fitted.toml"), "{said}");
    for word in ["first 70 %", "on_time (", "models tried", "followed so far", "(95 %: "] {
        assert!(file.contains(word), "{word} is missing in {file}");
    }
    assert!(succeed(folder.path(), &["model", "check", "fitted.toml"]).starts_with("valid"));
    let few = std::fs::read_to_string(folder.path().join("events.ndjson")).unwrap();
    let few: String = few.lines().take(40).map(|line| format!("{line}\n")).collect();
    std::fs::write(folder.path().join("few.ndjson"), few).unwrap();
    let few = run(folder.path(), &["fit", "few.ndjson", "--output", "none.toml"]);
    assert_eq!(few.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&few.stderr).contains("too few requests"), "{few:?}");
    assert!(!folder.path().join("none.toml").exists());
}

/// So many requests, a day apart, each answered within the hour or, where `late` says so of its number, a week later.
fn answered(requests: i64, late: impl Fn(i64) -> bool) -> String {
    let line = |number: i64| {
        let asked: Timestamp = "2024-01-01T09:00:00Z".parse().unwrap();
        let asked = asked.plus(number * DAY);
        let answered = asked.plus(if late(number) { 7 * DAY } else { HOUR });
        let of = |id: &str, at: Timestamp, payload: &str| {
            format!(
                "{{\"eventId\": \"{number} {id}\", \"source\": \"desk\", \"customer\": \"Acme\", \"supplier\": \"Bolt\", \
                 \"interactionId\": \"{number}\", \"occurredAt\": \"{at}\", {payload}}}\n"
            )
        };
        of("asked", asked, "\"requested\": {\"kind\": \"REQUEST_KIND_INFORMATION\"}")
            + &of("answered", answered, "\"responded\": {\"disposition\": \"DISPOSITION_ANSWERED\"}")
    };
    (0..requests).map(line).collect()
}

#[test]
fn too_little_is_not_judged() {
    let folder = tempfile::tempdir().unwrap();
    let told = |lines: &str| {
        std::fs::write(folder.path().join("desk.ndjson"), lines).unwrap();
        let output = run(folder.path(), &["backtest", "desk.ndjson"]);
        String::from_utf8(output.stdout).unwrap()
    };
    let few = told(&answered(200, |number| number % 3 == 0));
    assert!(few.contains("too little to judge: 60 outcomes, where it takes 100") && !few.contains("SKILL"), "{few}");
    let alike = told(&answered(400, |_| false));
    assert!(alike.contains("all 120 outcomes are the same") && !alike.contains("SKILL"), "{alike}");
    let enough = told(&(answered(400, |number| number % 3 == 0) + "no event\n"));
    assert!(enough.contains("SKILL") && !enough.contains("too little"), "{enough}");
    assert!(enough.ends_with("lines refused, and not in these figures: 1\n"), "{enough}");
}
