//! What may happen to a SQLite file: the disk fills up, and a second process opens it.

use std::process::Command;

use rapport::api::v1::{
    GetScoreRequest, RecordEventsRequest, RecordStatus, event_service_client::EventServiceClient,
    score_service_client::ScoreServiceClient,
};
use tonic::{Code, transport::Channel};
use tonic_types::StatusExt;

use super::{load::event_of_feed, scene::Scene};
use crate::support::binary::{Served, rapport, run};

/// How large a file may become on the full disk, in bytes: some batches fit.
const DISK: u64 = 600_000;

fn batch(number: u64) -> RecordEventsRequest {
    RecordEventsRequest { events: (number * 100..(number + 1) * 100).map(event_of_feed).collect() }
}

/// The limit on the size of files stands in for the end of the disk: writing past it fails likewise, and anybody may set it.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_said_and_recovered_from() {
    let folder = tempfile::tempdir().unwrap();
    let serve = rapport(folder.path(), &["serve", "--listen", "127.0.0.1:0", "--database-url", "sqlite:full.db"]);
    // Ignored, the signal that comes with the limit leaves an error like that of a full disk.
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", "trap '' XFSZ; exec \"$@\"", "sh"]).arg(serve.get_program()).args(serve.get_args());
    shell.current_dir(folder.path());
    let served = Served::started(shell);
    let process = served.child.id().to_string();
    let limit = |bytes: &str| {
        let set = Command::new("prlimit").args(["--pid", &process, &format!("--fsize={bytes}:unlimited")]).status();
        assert!(set.expect("prlimit is there: it is a part of util-linux").success());
    };
    let channel = Channel::from_shared(served.url.clone()).unwrap().connect().await.unwrap();
    let mut events = EventServiceClient::new(channel.clone());

    limit(&DISK.to_string());
    let (recorded, status) = record_until_refused(&mut events).await;
    assert!(recorded > 0);
    assert_eq!(status.code(), Code::Unavailable, "{status:?}");
    let details = status.get_error_details();
    assert_eq!(details.error_info().unwrap().reason, "STORE_UNAVAILABLE");
    assert!(details.retry_info().unwrap().retry_delay.is_some() && status.message().contains("cannot write"));
    let read =
        GetScoreRequest { customer: "Acme".into(), supplier: "supplier 01".into(), ..GetScoreRequest::default() };
    ScoreServiceClient::new(channel).get_score(read).await.expect("reads go on");

    limit("unlimited");
    for number in 0..=recorded {
        let results = events.record_events(batch(number)).await.unwrap().into_inner().results;
        let expected = if number < recorded { RecordStatus::Duplicate } else { RecordStatus::Recorded };
        assert!(results.iter().all(|it| it.status() == expected), "batch {number}");
    }
    let verified = run(folder.path(), &["verify", "--database-url", "sqlite:full.db"]);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
}

/// Records batches until one fails; returns how many were, and how it failed.
async fn record_until_refused(events: &mut EventServiceClient<Channel>) -> (u64, tonic::Status) {
    for number in 0.. {
        if let Err(status) = events.record_events(batch(number)).await {
            return (number, status);
        }
    }
    unreachable!("the disk does not fill up")
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_share_a_file() {
    let scene = Scene::of(2, "sqlite:shared.db");
    let load = scene.load(false);
    for _ in 0..3 {
        load.progress().await;
    }
    load.stop().await;
    scene.check_against_another().await;
}
