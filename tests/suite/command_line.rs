//! The program as people run it.

use std::{
    io::{BufRead, BufReader},
    process::Stdio,
};

use crate::support::binary::{Served, rapport, run, succeed};

#[test]
fn help_names_every_command_and_mistakes_are_told_on_stderr() {
    let folder = tempfile::tempdir().unwrap();
    let help = succeed(folder.path(), &["--help"]);
    for command in [
        "serve", "demo", "import", "score", "list", "value", "chain", "backtest", "events", "parties", "model",
        "verify", "health",
    ] {
        assert!(help.contains(&format!("\n  {command}")), "{command} is missing in {help}");
    }
    for (arguments, said) in [
        (&["list", "--server", "http://127.0.0.1:1"][..], "no server answers"),
        (&["score", "Acme", "Bolt", "--as-of", "soon"], "2026-03-01"),
        (&["serve", "--listen", "0.0.0.0:0"], "--allow-insecure"),
        (&["serve", "--listen", "127.0.0.1:0", "--database-url", "mysql://x"], "sqlite:FILE"),
        (&["serve", "--listen", "127.0.0.1:0", "--database-url", "sqlite:no/such/folder/x.db"], "database"),
        (&["serve", "--listen", "127.0.0.1:0", "--model", "none.toml"], "none.toml"),
        (&["import", "none.ndjson"], "none.ndjson"),
    ] {
        let output = run(folder.path(), arguments);
        assert!(!output.status.success() && output.stdout.is_empty(), "{arguments:?}");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(errors.contains(said), "{arguments:?} says {errors}");
    }
}

#[test]
fn a_reader_who_has_read_enough_is_no_fault() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = rapport(folder.path(), &["model", "show"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && errors.is_empty(), "{}: {errors}", output.status);
}

#[test]
fn a_model_file_is_checked_whole_and_changes_the_version() {
    let folder = tempfile::tempdir().unwrap();
    let shown = succeed(folder.path(), &["model", "show"]);
    std::fs::write(folder.path().join("same.toml"), shown).unwrap();
    std::fs::write(folder.path().join("other.toml"), "[reply]\nlapse_after = 5").unwrap();
    std::fs::write(folder.path().join("bad.toml"), "[reply]\nlapse = 1\nlapse_after = 'x'").unwrap();
    let same = succeed(folder.path(), &["model", "check", "same.toml"]);
    assert_ne!(same, succeed(folder.path(), &["model", "check", "other.toml"]));
    let bad = run(folder.path(), &["model", "check", "bad.toml"]);
    let errors = String::from_utf8_lossy(&bad.stderr).into_owned();
    assert!(errors.contains("reply.lapse:") && errors.contains("reply.lapse_after:"), "{errors}");
}

#[test]
fn a_served_file_keeps_its_events_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let lines = r#"{"eventId":"1","source":"t","customer":"Acme","supplier":"Bolt","interactionId":"i","occurredAt":"2026-01-05T09:00:00Z","requested":{"kind":"REQUEST_KIND_QUOTE","summary":"a price"}}
{"eventId":"2","source":"t","customer":"Acme","supplier":"Bolt","interactionId":"i","occurredAt":"2026-01-05T10:00:00Z","refused":{"reason":"REFUSAL_REASON_PRICE","note":"too little"}}
"#;
    std::fs::write(folder.path().join("two.ndjson"), lines).unwrap();
    let first = Served::start(folder.path(), "sqlite:kept.db");
    assert_eq!(succeed(folder.path(), &["health", "--server", &first.url]), "serving\n");
    let imported = succeed(folder.path(), &["import", "two.ndjson", "--server", &first.url]);
    assert!(imported.starts_with("2 recorded, 0 duplicates, 0 rejected"), "{imported}");
    assert!(imported.contains("no event feeds commitments") && imported.contains("rapport model check"), "{imported}");
    let status = succeed(folder.path(), &["model", "status", "--server", &first.url]);
    assert!(status.starts_with("live ") && status.ends_with("\nrelationships  1\n"), "{status}");
    let checked = succeed(folder.path(), &["model", "check", "--server", &first.url]);
    let (page, proposal) = checked.split_once("FILE:\n").unwrap();
    assert!(page.contains("responsiveness can come close to 100.0"), "{page}");
    std::fs::write(folder.path().join("proposed.toml"), proposal).unwrap();
    assert!(succeed(folder.path(), &["model", "check", "proposed.toml"]).starts_with("valid"));
    assert!(first.terminate(), "SIGTERM is no failure");

    let second = Served::start(folder.path(), "sqlite:kept.db");
    let with_server = |arguments: &[&str]| {
        let arguments: Vec<&str> = arguments.iter().copied().chain(["--server", &second.url]).collect();
        succeed(folder.path(), &arguments)
    };
    let card = with_server(&["score", "Acme", "Bolt", "--as-of", "2026-01-06"]);
    for word in ["RESPONSIVENESS", "PARTNERSHIP", "timely", "1 price", "unproven"] {
        assert!(card.contains(word), "{word} is missing in {card}");
    }
    let json: serde_json::Value = serde_json::from_str(&with_server(&["score", "Acme", "Bolt", "--json"])).unwrap();
    assert_eq!(json["kpis"]["answered"], "1");
    assert_eq!(json["standing"], "STANDING_UNPROVEN");
    let history = ["history", "Acme", "Bolt", "--from", "2026-01-01", "--until", "2026-01-15", "--step", "week"];
    let drawn = with_server(&history);
    for start in ["Acme buys from Bolt", "2026-01-01 ", "2026-01-05 ", "2026-01-12 ", "2026-01-15 "] {
        assert!(drawn.lines().any(|line| line.trim_start().starts_with(start)), "{start} is missing in {drawn}");
    }
    assert_eq!(with_server(&[&history[..], &["--json"]].concat()).lines().count(), 4);
    // It was all recorded today.
    let unheard = with_server(&["score", "Acme", "Bolt", "--known-at", "2026-01-06", "--json"]);
    let unheard: serde_json::Value = serde_json::from_str(&unheard).unwrap();
    assert_eq!(unheard["kpis"]["requests"], "0");
    assert_eq!(with_server(&["list", "--json", "--known-at", "2026-01-06"]), "");
    let listed = with_server(&["list", "--json", "--as-of", "2026-01-06"]);
    assert_eq!(listed.lines().count(), 1);
    assert!(with_server(&["list", "--customer", "Acme"]).contains("Bolt"));
    let value = with_server(&["value", "Acme", "Bolt", "--as-of", "2026-01-06"]);
    assert!(value.contains("still a customer of Bolt with 100.0 %") && value.contains("no money"), "{value}");
    let chain = with_server(&["chain", "Acme", "Bolt", "--as-of", "2026-01-06"]);
    assert!(chain.starts_with("of what Acme asks of Bolt, 100.0 % comes as it should, 90 % between 27."), "{chain}");
    assert!(chain.contains("nothing that was observed is lacking") && chain.contains(" answers "), "{chain}");
    let behind = with_server(&["chain", "Bolt", "Nobody", "--as-of", "2026-01-06"]);
    assert!(
        behind.contains("is unknown\n") && behind.contains("unknown, 100.0 % of the chain: Bolt buys from Nobody"),
        "{behind}"
    );
    let events = with_server(&["events", "--customer", "Acme", "--supplier", "Bolt", "--json"]);
    assert_eq!(events.lines().count(), 2);
    assert!(with_server(&["events"]).contains("too little"));
}

#[test]
fn the_demo_shows_a_ranking_and_keeps_serving() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["demo", "--listen", "127.0.0.1:0"];
    // It is killed, so it cannot remove its own folder.
    let mut demo =
        rapport(folder.path(), &arguments).env("TMPDIR", folder.path()).stdout(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    for line in BufReader::new(demo.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        said += &line;
        said += "\n";
        if line.contains("rapport import") {
            break;
        }
    }
    let url = said.split("Serving on ").nth(1).and_then(|rest| rest.split_whitespace().next()).unwrap();
    let listed = succeed(folder.path(), &["list", "--json", "--server", url]);
    demo.kill().unwrap();
    demo.wait().unwrap();
    assert!(said.contains("STANDING") && said.contains("failing"), "{said}");
    assert!(listed.lines().count() >= 8);
}
