//! `GetModelQuality`: a server judges its own forecasts as `rapport backtest` judges a file.

use rapport::{
    api::{
        to_json,
        v1::{ForecastTarget, GetModelQualityRequest},
        wire_event,
    },
    simulation::simulate,
};
use serde_json::Value;
use tonic_types::StatusExt;

use crate::support::{
    binary::{Served, run, succeed},
    service::Service,
};

#[test]
fn a_server_judges_an_imported_history_as_a_backtest_does() {
    let folder = tempfile::tempdir().unwrap();
    let events = simulate(5, "2026-07-01T12:00:00Z".parse().unwrap());
    let lines: String =
        events.into_iter().map(|event| to_json("Event", &wire_event(event), false).unwrap() + "\n").collect();
    std::fs::write(folder.path().join("events.ndjson"), lines).unwrap();
    let served = Served::start(folder.path(), "sqlite:judged.db");
    let nothing = run(folder.path(), &["model", "quality", "--server", &served.url]);
    assert!(String::from_utf8_lossy(&nothing.stderr).contains("no recorded request"), "{nothing:?}");
    succeed(folder.path(), &["import", "events.ndjson", "--server", &served.url]);
    let json = |arguments: &[&str]| serde_json::from_str::<Value>(&succeed(folder.path(), arguments)).unwrap();
    let of_file = ["backtest", "events.ndjson", "--target", "answered", "--until", "2026-01-01", "--json"];
    let of_server = ["--target", "answered", "--until", "2026-01-01", "--json", "--as-occurred"];
    let quality = ["model", "quality", "--server", &served.url];
    assert_eq!(json(&[&quality[..], &of_server].concat()), json(&of_file));
    let since = |day: &str| succeed(folder.path(), &[&quality[..], &["--as-occurred", "--since", day]].concat());
    let told = since("2025-01-01");
    assert!(told.starts_with("on_time of requests: model") && told.contains("decayed beta"), "{told}");
    let told = since("2026-01-01");
    assert!(told.contains("too little to judge") && !told.contains("decayed beta"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_a_question_about_quality_is_named() {
    let service = Service::on_sqlite().await;
    let ask = async |request| service.scores().get_model_quality(request).await;
    let nowhere = Some(prost_types::Timestamp { seconds: i64::MAX, nanos: 0 });
    let faulty = GetModelQualityRequest { since: nowhere, until: nowhere, ..GetModelQualityRequest::default() };
    let unknown = GetModelQualityRequest {
        target: ForecastTarget::OnTime.into(),
        model_version: "none".to_owned(),
        ..GetModelQualityRequest::default()
    };
    for (request, expected) in [(faulty, &["target", "since", "until"][..]), (unknown, &["model_version"])] {
        let details = ask(request).await.unwrap_err().get_error_details();
        let violations = &details.bad_request().unwrap().field_violations;
        assert_eq!(violations.iter().map(|it| it.field.as_str()).collect::<Vec<_>>(), expected);
    }
}
