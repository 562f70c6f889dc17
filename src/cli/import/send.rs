//! One batch to the server, again while it is passing trouble: sending twice records once.

use std::time::Duration;

use tonic::{Code, Status, transport::Channel};

use super::{
    records::Batch,
    rejects::{Origin, Reject},
};
use crate::{
    api::v1::{EventResult, RecordEventsRequest, RecordStatus, event_service_client::EventServiceClient},
    cli::Failure,
};

/// How often a batch is tried.
const TRIES: u32 = 7;
/// Before the second try; it doubles with every further one, so that a server may be away for half a minute.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// What became of a batch.
pub(super) struct Sent {
    pub recorded: u64,
    pub duplicates: u64,
    pub rejected: Vec<Reject>,
}

pub(super) async fn send(client: EventServiceClient<Channel>, batch: Batch) -> Result<Sent, Failure> {
    let (events, origins): (Vec<_>, Vec<_>) = batch.events.into_iter().unzip();
    let mut sent = Sent { recorded: 0, duplicates: 0, rejected: batch.rejected };
    if events.is_empty() {
        return Ok(sent);
    }
    let results = record(client, RecordEventsRequest { events }).await?;
    if results.len() != origins.len() {
        return Err(Failure::new("the server answered for fewer events than it was sent"));
    }
    for (result, origin) in results.into_iter().zip(origins) {
        match result.status() {
            RecordStatus::Recorded => sent.recorded += 1,
            RecordStatus::Duplicate => sent.duplicates += 1,
            RecordStatus::Rejected | RecordStatus::Unspecified => sent.rejected.push(reject(&result, origin)),
        }
    }
    Ok(sent)
}

fn reject(result: &EventResult, origin: Origin) -> Reject {
    let reason = result.reason().as_str_name().trim_start_matches("ERROR_REASON_");
    let violations = result.violations.iter().map(|it| format!("{}: {}", it.field, it.description));
    let faults = if result.violations.is_empty() { vec![result.message.clone()] } else { violations.collect() };
    Reject::new(origin, reason, faults)
}

async fn record(
    mut client: EventServiceClient<Channel>,
    request: RecordEventsRequest,
) -> Result<Vec<EventResult>, Failure> {
    let mut pause = FIRST_PAUSE;
    for _ in 1..TRIES {
        match client.record_events(request.clone()).await {
            Err(status) if is_passing(&status) => tokio::time::sleep(pause).await,
            result => return Ok(result?.into_inner().results),
        }
        pause *= 2;
    }
    Ok(client.record_events(request).await?.into_inner().results)
}

fn is_passing(status: &Status) -> bool {
    matches!(status.code(), Code::Unavailable | Code::ResourceExhausted | Code::DeadlineExceeded)
}
