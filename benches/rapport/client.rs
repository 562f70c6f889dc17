//! A gRPC client that keeps a number of calls in flight, all of them encoded before the clock starts.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::TryStreamExt;
use prost::{
    Message,
    bytes::{Buf, BufMut, Bytes},
};
use rapport::api::v1::{RecordEventsResponse, RecordStatus};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};
use tonic::{
    Code, Request, Status,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    codegen::http::uri::PathAndQuery,
    transport::{Channel, Endpoint},
};

use crate::Outcome;

pub const RECORD_EVENTS: &str = "/rapport.v1.EventService/RecordEvents";
pub const STREAM_EVENTS: &str = "/rapport.v1.EventService/StreamEvents";
pub const GET_SCORE: &str = "/rapport.v1.ScoreService/GetScore";
pub const BATCH_GET_SCORES: &str = "/rapport.v1.ScoreService/BatchGetScores";
pub const LIST_SCORES: &str = "/rapport.v1.ScoreService/ListScores";

/// How often a call is made before its failure counts.
const TRIES: usize = 60;
/// Before it is made again.
const PATIENCE: Duration = Duration::from_millis(100);

/// How long requests are sent.
#[derive(Clone, Copy)]
pub enum Until {
    /// Until each was sent once.
    Through,
    /// Until each was sent once, or so long.
    ThroughOr(Duration),
    /// So long, beginning anew where the requests end.
    Over(Duration),
}

/// What came of it.
pub struct Load {
    /// From the first call to the last answer.
    pub seconds: f64,
    /// How long each call took, in seconds, ascending.
    latencies: Vec<f64>,
    /// The answers, where each request is sent but once; else those of the last calls.
    pub answers: Vec<Bytes>,
}

impl Load {
    pub fn per_second(&self) -> f64 {
        self.latencies.len() as f64 / self.seconds
    }

    /// The time that this part of the calls stays within, in seconds.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index")]
    pub fn quantile(&self, part: f64) -> f64 {
        let index = (self.latencies.len() as f64 * part) as usize;
        self.latencies.get(index).or(self.latencies.last()).copied().unwrap_or(f64::NAN)
    }

    /// How many events the answers of `RecordEvents` call recorded, be it by an earlier try.
    pub fn recorded(&self) -> Outcome<usize> {
        let mut recorded = 0;
        for answer in &self.answers {
            let results = RecordEventsResponse::decode(answer.clone())?.results;
            let durable = |status| matches!(status, RecordStatus::Recorded | RecordStatus::Duplicate);
            recorded += results.iter().filter(|result| durable(result.status())).count();
        }
        Ok(recorded)
    }
}

/// So many connections to a server.
pub async fn connect(url: &str, connections: usize) -> Outcome<Vec<Channel>> {
    let endpoint = Endpoint::from_shared(url.to_owned())?.tcp_nodelay(true);
    let mut channels = Vec::new();
    for _ in 0..connections {
        channels.push(endpoint.connect().await?);
    }
    Ok(channels)
}

/// Sends requests to a method, so many at a time spread over the connections.
pub async fn drive(
    channels: &[Channel],
    method: &'static str,
    requests: &Arc<[Bytes]>,
    in_flight: usize,
    until: Until,
) -> Outcome<Load> {
    let next = Arc::new(AtomicUsize::new(0));
    let begun = Instant::now();
    let mut workers = JoinSet::new();
    for worker in 0..in_flight {
        let channel = channels[worker % channels.len()].clone();
        workers.spawn(work(channel, method, Arc::clone(requests), Arc::clone(&next), until));
    }
    let (mut latencies, mut answers) = (Vec::new(), Vec::new());
    while let Some(worker) = workers.join_next().await {
        let (took, answered) = worker??;
        latencies.extend(took);
        answers.extend(answered);
    }
    let seconds = begun.elapsed().as_secs_f64();
    latencies.sort_by(f64::total_cmp);
    Ok(Load { seconds, latencies, answers })
}

/// Sends requests up so many streams at once, each its share of them in order, and reads all answers.
pub async fn stream(
    channels: &[Channel],
    method: &'static str,
    requests: &Arc<[Bytes]>,
    streams: usize,
) -> Outcome<Load> {
    let begun = Instant::now();
    let mut workers = JoinSet::new();
    for worker in 0..streams {
        let mut client = Grpc::new(channels[worker % channels.len()].clone());
        let share: Vec<Bytes> = requests.iter().skip(worker).step_by(streams).cloned().collect();
        workers.spawn(async move {
            client.ready().await?;
            let request = Request::new(futures::stream::iter(share));
            let answers = client.streaming(request, PathAndQuery::from_static(method), Raw).await?.into_inner();
            Outcome::Ok(answers.try_collect::<Vec<Bytes>>().await?)
        });
    }
    let mut answers = Vec::new();
    while let Some(worker) = workers.join_next().await {
        answers.extend(worker??);
    }
    Ok(Load { seconds: begun.elapsed().as_secs_f64(), latencies: Vec::new(), answers })
}

async fn work(
    channel: Channel,
    method: &'static str,
    requests: Arc<[Bytes]>,
    next: Arc<AtomicUsize>,
    until: Until,
) -> Outcome<(Vec<f64>, Vec<Bytes>)> {
    let begun = Instant::now();
    let (mut latencies, mut answers) = (Vec::new(), Vec::new());
    loop {
        let index = next.fetch_add(1, Ordering::Relaxed);
        let again = match until {
            Until::Through => index < requests.len(),
            Until::ThroughOr(most) => index < requests.len() && begun.elapsed() < most,
            Until::Over(most) => begun.elapsed() < most,
        };
        if !again {
            return Ok((latencies, answers));
        }
        let sent = Instant::now();
        let answer = insist(&channel, method, &requests[index % requests.len()]).await?;
        latencies.push(sent.elapsed().as_secs_f64());
        if matches!(until, Until::Over(_)) {
            answers.clear();
        }
        answers.push(answer);
    }
}

/// One call, made again where the service asks for a moment's patience: waiting is a part of what the call takes.
async fn insist(channel: &Channel, method: &'static str, request: &Bytes) -> Result<Bytes, Status> {
    for _ in 1..TRIES {
        match call(channel, method, request.clone()).await {
            Err(status)
                if matches!(status.code(), Code::Unavailable | Code::ResourceExhausted | Code::DeadlineExceeded) =>
            {
                sleep(PATIENCE).await;
            }
            result => return result,
        }
    }
    call(channel, method, request.clone()).await
}

/// One call with a message that is encoded already.
pub async fn call(channel: &Channel, method: &'static str, request: Bytes) -> Result<Bytes, Status> {
    let mut client = Grpc::new(channel.clone());
    client.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
    let answer = client.unary(Request::new(request), PathAndQuery::from_static(method), Raw).await?;
    Ok(answer.into_inner())
}

/// Messages as they are on the wire.
#[derive(Clone, Copy)]
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, message: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(message);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining())))
    }
}
