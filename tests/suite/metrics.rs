//! Metrics over a real socket: what is served, that it adds up with what was sent, and that nobody else is served.

use std::{collections::BTreeSet, fs, sync::Arc, time::Duration};

use futures::future::join_all;
use rapport::{
    api::v1::{
        Event, GetScoreRequest, RecordEventsRequest, RecordStatus, RequestKind, Retracted, StreamEventsRequest,
        event::Payload, event_service_client::EventServiceClient,
    },
    server::metrics,
    time::SystemClock,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::mpsc,
    time::{sleep, timeout},
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, transport::Channel};

use crate::support::{
    backend::Database,
    binary::{self, Served},
    postgres::{Server, server},
    python,
    scrape::{self, Scrape},
    service::{Service, event, on_both, requested},
};

on_both! {
    what_is_defined_is_served_and_nothing_else
    events_add_up_with_what_was_sent
    a_client_of_prometheus_reads_both_formats
}

const GET_SCORE: &str = "rapport.v1.ScoreService/GetScore";
const STREAM_EVENTS: &str = "rapport.v1.EventService/StreamEvents";

fn request(id: &str) -> Event {
    event(id, id, "2026-01-05T09:00:00Z", requested(RequestKind::Quote))
}

fn retraction(id: &str, of: &str) -> Event {
    let payload = Payload::Retracted(Retracted { event_id: of.to_owned(), reason: "a mistake".to_owned() });
    Event { interaction_id: String::new(), ..event(id, "", "2026-01-06T09:00:00Z", payload) }
}

async fn read_score(service: &Service) {
    let request = GetScoreRequest { customer: "Acme".to_owned(), supplier: "Bolt".to_owned(), ..Default::default() };
    service.scores().get_score(request).await.unwrap();
}

/// Scrapes until something holds.
async fn until(address: &str, holds: impl Fn(&Scrape) -> bool) -> Scrape {
    for _ in 0..600 {
        let scrape = Scrape::of(address).await;
        if holds(&scrape) {
            return scrape;
        }
        sleep(Duration::from_millis(50)).await;
    }
    panic!("it never holds: {}", scrape::get(address, "*/*").await.1);
}

async fn what_is_defined_is_served_and_nothing_else(service: Service) {
    service.record(vec![request("1"), request("2")]).await;
    read_score(&service).await;
    // An answer may be read before it is known that it has gone out.
    let scrape = until(&service.metrics, |it| it.sum("rapport_rpc_duration_seconds_count", &[]) > 0).await;
    for definition in metrics::ALL {
        let name = match definition.kind.as_str() {
            "counter" => definition.name.strip_suffix("_total").unwrap(),
            "info" => definition.name.strip_suffix("_info").unwrap(),
            _ => definition.name,
        };
        let family = scrape.0.get(name).unwrap_or_else(|| panic!("{name} is not served"));
        assert_eq!(family.kind, definition.kind.as_str(), "{name}");
        assert_eq!(family.unit, definition.unit().map_or(String::new(), |unit| unit.as_str().to_owned()), "{name}");
        assert_eq!(family.help, definition.help, "{name}");
        assert!(!family.is_empty(), "{name} has no value");
        let labels: BTreeSet<&str> = definition.labels.iter().copied().collect();
        assert_eq!(family.labels(), labels, "{name}");
    }
    assert_eq!(scrape.0.len(), metrics::ALL.len(), "something is served that is not defined");

    assert_eq!(scrape.value("rapport_revision", &[]), 2, "the model was announced, and a call recorded");
    assert_eq!(scrape.value("rapport_cache_relationships", &[]), 1);
    assert!(scrape.value("rapport_cache_bytes", &[]) > 0);
    assert_eq!(scrape.value("rapport_cache_limit_bytes", &[]), 64 << 20);
    assert!(scrape.sum("rapport_cache_hits_total", &[]) + scrape.sum("rapport_cache_misses_total", &[]) >= 1);
    assert!(scrape.value("rapport_pool_transactions_total", &[("pool", "writing")]) >= 2, "a migration and a write");
    assert!(scrape.measure("rapport_pool_wait_seconds_total", &[("pool", "reading")]) > 0.0);
    let open = |pool| scrape.sum("rapport_pool_connections", &[("pool", pool)]);
    for pool in ["reading", "writing"] {
        let limit = scrape.value("rapport_pool_limit_connections", &[("pool", pool)]);
        assert!((1..=limit).contains(&open(pool)), "{pool}: {} of {limit}", open(pool));
    }
    assert!(scrape.value("process_resident_memory_bytes", &[]) > 1_000_000);
    let descriptors = scrape.value("process_open_fds", &[]);
    assert!((4..scrape.value("process_max_fds", &[])).contains(&descriptors), "{descriptors}");
    assert_eq!(scrape.value("rapport_build_info", &[("version", env!("CARGO_PKG_VERSION"))]), 1);
}

async fn events_add_up_with_what_was_sent(service: Service) {
    let other = event("1", "1", "2026-01-05T09:00:00Z", requested(RequestKind::Order));
    let nameless = Event { customer: String::new(), ..request("3") };
    service.record(vec![request("1"), request("2"), request("1"), other, nameless.clone()]).await;
    service.record(vec![request("2"), retraction("r", "1"), nameless]).await;
    service.record(vec![retraction("s", "r")]).await;
    // A question for the present revision is no event, and no transaction that records any.
    service.record(Vec::new()).await;
    // A stream is counted alike.
    let sent = StreamEventsRequest { events: vec![request("2"), request("4")] };
    let mut answers = service.events().stream_events(tokio_stream::iter([sent])).await.unwrap().into_inner();
    while answers.message().await.unwrap().is_some() {}

    let scrape = Scrape::of(&service.metrics).await;
    let expected = [
        ("recorded", 4),
        ("duplicate", 3),
        ("conflict", 1),
        ("retraction_of_retraction", 1),
        ("rejected", 2),
        ("unstorable", 0),
        ("refused", 0),
        ("withdrawn", 0),
        ("failed", 0),
    ];
    for (result, events) in expected {
        assert_eq!(scrape.value("rapport_events_total", &[("result", result)]), events, "{result}");
    }
    assert_eq!(scrape.sum("rapport_events_total", &[]), 11);
    assert_eq!(scrape.value("rapport_commit_events_sum", &[]), 9, "all but those that were rejected");
    assert_eq!(scrape.value("rapport_commit_events_count", &[]), 4);
    assert_eq!(scrape.value("rapport_commit_duration_seconds_count", &[]), 4);
    assert_eq!(scrape.sum("rapport_commit_failures_total", &[]), 0);
    assert_eq!(scrape.sum("rapport_queue_events", &[]), 0, "nothing waits any more");
    assert_eq!(scrape.sum("rapport_queue_bytes", &[]), 0);
    assert_eq!(scrape.value("rapport_revision", &[]), 4, "the model was announced; of the calls, two wrote nothing");
}

async fn a_client_of_prometheus_reads_both_formats(service: Service) {
    service.record(vec![request("1")]).await;
    read_score(&service).await;
    let mut script = python::script("metrics.py");
    script.arg(format!("http://{}/metrics", service.metrics));
    let output = tokio::task::spawn_blocking(move || script.output().unwrap()).await.unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let count = metrics::ALL.len();
    assert_eq!(String::from_utf8_lossy(&output.stdout), format!("{count}\n{count}\n"), "{errors}");
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_add_up_by_method_and_code() {
    let service = Service::on_sqlite().await;
    for _ in 0..3 {
        read_score(&service).await;
    }
    for _ in 0..2 {
        service.scores().get_score(GetScoreRequest::default()).await.unwrap_err();
    }
    for path in ["/rapport.v1.ScoreService/Gossip", "/gossip"] {
        let mut client = tonic::client::Grpc::new(service.channel());
        client.ready().await.unwrap();
        let codec = tonic_prost::ProstCodec::<GetScoreRequest, GetScoreRequest>::default();
        let request = tonic::Request::new(GetScoreRequest::default());
        let refused = client.unary(request, path.parse().unwrap(), codec).await.unwrap_err();
        assert_eq!(refused.code(), Code::Unimplemented, "{path}");
    }
    let ended =
        |scrape: &Scrape, method, code| scrape.sum("rapport_rpc_calls_total", &[("method", method), ("code", code)]);
    let all = |scrape: &Scrape, method| scrape.sum("rapport_rpc_calls_total", &[("method", method)]);
    let scrape = until(&service.metrics, |it| all(it, GET_SCORE) + all(it, "unknown") == 7).await;
    assert_eq!((ended(&scrape, GET_SCORE, "OK"), ended(&scrape, GET_SCORE, "INVALID_ARGUMENT")), (3, 2));
    assert_eq!(ended(&scrape, "unknown", "UNIMPLEMENTED"), 2, "what anybody makes up shares a label");
    for (method, calls) in [(GET_SCORE, 5), ("unknown", 2)] {
        assert_eq!(scrape.value("rapport_rpc_duration_seconds_count", &[("method", method)]), calls, "{method}");
        assert_eq!(scrape.value("rapport_rpc_calls_open", &[("method", method)]), 0, "{method}");
    }
    assert!(scrape.measure("rapport_rpc_duration_seconds_sum", &[("method", GET_SCORE)]) > 0.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_are_open_until_they_end_or_their_client_is_gone() {
    let service = Service::on_sqlite().await;
    let open = |scrape: &Scrape| scrape.value("rapport_rpc_streams_open", &[("method", STREAM_EVENTS)]);
    let ended =
        |scrape: &Scrape, code| scrape.sum("rapport_rpc_calls_total", &[("method", STREAM_EVENTS), ("code", code)]);
    let gone = Channel::from_shared(format!("http://{}", service.address)).unwrap().connect().await.unwrap();
    let mut streams = Vec::new();
    for channel in [gone, service.channel()] {
        let (requests, outgoing) = mpsc::channel(1);
        let mut client = EventServiceClient::new(channel);
        let answers = client.stream_events(ReceiverStream::new(outgoing)).await.unwrap().into_inner();
        streams.push((requests, answers, client));
    }
    until(&service.metrics, |it| open(it) == 2).await;

    let (requests, mut answers, _client) = streams.pop().unwrap();
    requests.send(StreamEventsRequest { events: vec![request("1")] }).await.unwrap();
    drop(requests);
    while answers.message().await.unwrap().is_some() {}
    // Each number changes by itself: a look may fall between two of them.
    let scrape = until(&service.metrics, |it| open(it) == 1 && ended(it, "OK") == 1).await;
    assert_eq!(ended(&scrape, "CANCELLED"), 0);

    // The other client says nothing: its connection is gone.
    drop(streams);
    let timed = |scrape: &Scrape| scrape.value("rapport_rpc_duration_seconds_count", &[("method", STREAM_EVENTS)]);
    let scrape = until(&service.metrics, |it| open(it) == 0 && ended(it, "CANCELLED") == 1 && timed(it) == 2).await;
    assert_eq!(ended(&scrape, "OK"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_is_seen_and_what_it_refuses_is_counted() {
    let url = server().fresh_database();
    let service = Service::on(&url).await;
    service.record(vec![request("first")]).await;
    // Whoever has the tenant's turn keeps all others from writing.
    let held = Database::at(&url).write().await;
    let batch = |number: u64| (0..1_000).map(|event| request(&format!("{number}-{event}"))).collect::<Vec<_>>();
    let send = |number: u64| {
        let (mut events, batch) = (service.events(), batch(number));
        tokio::spawn(async move { events.record_events(RecordEventsRequest { events: batch }).await })
    };
    let mut waiting = vec![send(0)];
    // The first is being written before the others come, and so alone.
    until(&service.metrics, |it| it.value("rapport_queue_events", &[("from", "call")]) == 1_000).await;
    sleep(Duration::from_millis(200)).await;
    let limit = Scrape::of(&service.metrics).await.value("rapport_queue_limit_events", &[("from", "call")]);
    waiting.extend((1..).take_while(|number| *number < limit / 1_000).map(send));
    let full = until(&service.metrics, |it| it.value("rapport_queue_events", &[("from", "call")]) == limit).await;
    assert!(full.value("rapport_queue_bytes", &[("from", "call")]) > 0);
    assert_eq!(full.value("rapport_queue_events", &[("from", "stream")]), 0);
    assert_eq!(full.value("rapport_pool_connections", &[("pool", "writing"), ("state", "in_use")]), 1);

    let refused = service.events().record_events(RecordEventsRequest { events: batch(99) }).await.unwrap_err();
    assert_eq!(refused.code(), Code::ResourceExhausted);
    // All but the first go away; the first is recorded once it is its turn.
    let first = waiting.remove(0);
    let withdrawn = 1_000 * waiting.len() as u64;
    waiting.iter().for_each(tokio::task::JoinHandle::abort);
    join_all(waiting).await;
    until(&service.metrics, |it| it.value("rapport_queue_events", &[("from", "call")]) == 1_000).await;
    drop(held);
    let recorded = first.await.unwrap().unwrap().into_inner().results;
    assert!(recorded.iter().all(|it| it.status() == RecordStatus::Recorded));

    let all = limit + 1_001;
    let after = until(&service.metrics, |it| it.sum("rapport_events_total", &[]) == all).await;
    for (result, events) in [("recorded", 1_001), ("refused", 1_000), ("withdrawn", withdrawn)] {
        assert_eq!(after.value("rapport_events_total", &[("result", result)]), events, "{result}");
    }
    assert_eq!(after.value("rapport_queue_refusals_total", &[]), 1);
    assert_eq!(after.sum("rapport_queue_events", &[]), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_away_is_counted_and_metrics_are_there_before_it() {
    let mut server = Server::start();
    let url = server.fresh_database();
    server.stop();
    let service = Service::starting_on(&url, Arc::new(SystemClock)).await;
    let early = Scrape::of(&service.metrics).await;
    assert_eq!(early.value("rapport_build_info", &[]), 1);
    assert!(!early.0.contains_key("rapport_queue_events"), "there is no queue yet");

    server.start_again();
    until(&service.metrics, |it| it.0.contains_key("rapport_queue_events")).await;
    server.stop();
    let events = vec![request("1"), request("2")];
    let refused = service.events().record_events(RecordEventsRequest { events }).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    let scrape = Scrape::of(&service.metrics).await;
    assert_eq!(scrape.value("rapport_events_total", &[("result", "failed")]), 2);
    assert!(scrape.value("rapport_commit_failures_total", &[("reason", "unavailable")]) >= 1);
    assert_eq!(scrape.value("rapport_commit_events_count", &[]), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_page_is_served_and_nobody_is_waited_for_long() {
    let service = Service::on_sqlite().await;
    let answer = async |request: &str| scrape::exchange(&service.metrics, request).await;
    for (request, status) in [
        ("GET / HTTP/1.1\r\nhost: a\r\n\r\n".to_owned(), "404"),
        ("GET /metrics/x HTTP/1.1\r\nhost: a\r\n\r\n".to_owned(), "404"),
        ("POST /metrics HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n".to_owned(), "405"),
        ("HEAD /metrics HTTP/1.1\r\nhost: a\r\n\r\n".to_owned(), "405"),
        (format!("GET /metrics HTTP/1.1\r\nhost: a\r\n{}\r\n", "a: b\r\n".repeat(100)), "431"),
        (format!("GET /metrics HTTP/1.1\r\nhost: a\r\na: {}\r\n\r\n", "b".repeat(100_000)), "431"),
        ("nonsense\r\n\r\n".to_owned(), "400"),
    ] {
        let answered = answer(&request).await;
        assert!(answered.starts_with(&format!("HTTP/1.1 {status} ")), "{request:.60}: {answered:.60}");
        assert!(!answered.contains("rapport_"), "{request:.60}");
    }
    assert!(scrape::get(&service.metrics, "*/*").await.0.contains("content-type: text/plain; version=0.0.4"));

    // Those who ask for nothing hold up others only until their time is over.
    let mut silent = Vec::new();
    for _ in 0..20 {
        silent.push(TcpStream::connect(&service.metrics).await.unwrap());
    }
    silent[0].write_all(b"GET /metrics HTTP/1.1\r\n").await.unwrap();
    let ended = timeout(Duration::from_mins(1), silent[0].read(&mut [0; 1_000])).await;
    assert!(ended.is_ok(), "a request that does not end is waited for");
    Scrape::of(&service.metrics).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_answers_until_it_has_drained() {
    let service = Service::on_sqlite().await;
    let address = service.metrics.clone();
    Scrape::of(&address).await;
    service.stop().await.unwrap();
    assert!(TcpStream::connect(&address).await.is_err(), "nothing listens any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_off_by_default_and_never_where_calls_are_taken() {
    let folder = tempfile::tempdir().unwrap();
    let serve = |file: &str, more: &[&str]| {
        let url = format!("sqlite:{file}");
        let arguments = [&["serve", "--listen", "127.0.0.1:0", "--database-url", &url], more].concat();
        let mut command = binary::rapport(folder.path(), &arguments);
        command.env_remove("RAPPORT_METRICS_LISTEN");
        command
    };
    let quiet = Served::started(serve("a.db", &[]));
    assert_eq!(quiet.metrics, None);
    assert_eq!(listening(quiet.child.id()), 1, "only calls are taken");

    let watched = Served::started(serve("b.db", &["--metrics-listen", "127.0.0.1:0"]));
    assert_eq!(listening(watched.child.id()), 2);
    let url = watched.metrics.as_ref().unwrap();
    Scrape::of(url.strip_prefix("http://").unwrap().strip_suffix("/metrics").unwrap()).await;

    let mut by_environment = serve("c.db", &[]);
    by_environment.env("RAPPORT_METRICS_LISTEN", "127.0.0.1:0");
    assert!(Served::started(by_environment).metrics.is_some());

    for served in [&quiet, &watched] {
        let address = served.url.strip_prefix("http://").unwrap();
        let answer = scrape::exchange(address, "GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n").await;
        assert!(!answer.contains("rapport_") && !answer.contains("HTTP/1.1 200"), "{answer}");
    }
    let same = watched.url.strip_prefix("http://").unwrap();
    let output = serve("d.db", &["--metrics-listen", same]).output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot listen on"), "{output:?}");
}

/// How many sockets a process listens on.
fn listening(process: u32) -> usize {
    let links = fs::read_dir(format!("/proc/{process}/fd")).unwrap();
    let targets = links.filter_map(|link| fs::read_link(link.unwrap().path()).ok());
    let sockets: BTreeSet<String> = targets
        .filter_map(|target| Some(target.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
        .collect();
    let tables = ["tcp", "tcp6"].map(|table| fs::read_to_string(format!("/proc/{process}/net/{table}")).unwrap());
    let rows = tables.iter().flat_map(|table| table.lines().skip(1));
    // The state is in the fourth column, and 0A is to listen; the tenth names the socket.
    let listening = rows.map(|row| row.split_whitespace().collect::<Vec<_>>()).filter(|row| row[3] == "0A");
    listening.filter(|row| sockets.contains(row[9])).count()
}

/// `docs/metrics.md` has a line for every metric, with what the definition says.
#[test]
fn the_documented_metrics_are_those_that_there_are() {
    let document = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/metrics.md")).unwrap();
    let documented: Vec<&str> =
        document.lines().filter(|line| line.starts_with("| `rapport_") || line.starts_with("| `process_")).collect();
    let labels = |labels: &[&str]| labels.iter().map(|label| format!("`{label}`")).collect::<Vec<_>>().join(", ");
    let defined: Vec<String> = metrics::ALL
        .iter()
        .map(|it| format!("| `{}` | {} | {} | {} |", it.name, it.kind.as_str(), labels(it.labels), it.help))
        .collect();
    assert_eq!(documented, defined, "the lines that docs/metrics.md must have:\n{}\n", defined.join("\n"));
}

/// The names keep to the conventions, and no label is one that anybody could fill without end.
#[test]
fn names_are_well_formed() {
    const BOUNDED: [&str; 9] = ["method", "code", "result", "reason", "from", "pool", "state", "version", "formulas"];
    let names: BTreeSet<&str> = metrics::ALL.iter().map(|it| it.name).collect();
    assert_eq!(names.len(), metrics::ALL.len(), "a name twice");
    for it in metrics::ALL {
        assert!(it.name.starts_with("rapport_") || it.name.starts_with("process_"), "{}", it.name);
        assert_eq!(it.name.ends_with("_total"), it.kind.as_str() == "counter", "{}", it.name);
        assert_eq!(it.name.ends_with("_info"), it.kind.as_str() == "info", "{}", it.name);
        for word in ["milli", "micro", "_ms", "kib", "mib", "percent"] {
            assert!(!it.name.contains(word), "{}: base units only", it.name);
        }
        assert!(it.labels.iter().all(|label| BOUNDED.contains(label)), "{}", it.name);
        assert!(it.help.ends_with('.') && !it.help.contains(['\n', '\\', '|', '"']), "{}", it.name);
    }
}
