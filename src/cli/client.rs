//! Talking to a server, and saying what it answers when it refuses.

use std::{fmt::Write as _, time::Duration};

use clap::Args;
use tonic::{
    Status,
    transport::{Channel, Endpoint},
};
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};
use tonic_types::StatusExt;

use super::{args::ServerArgs, failure::Failure};
use crate::api::{
    MAX_PAGE_SIZE,
    v1::{
        CheckModelRequest, ModelCheck, event_service_client::EventServiceClient,
        party_service_client::PartyServiceClient, score_service_client::ScoreServiceClient,
    },
};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a starting server is waited for: so many polls, with this pause.
const MOST_POLLS: u32 = 300;
const POLL_PAUSE: Duration = Duration::from_millis(100);
/// A page of events with long notes is larger than a request may be.
const MAX_ANSWER_BYTES: usize = 64 * 1024 * 1024;

pub(super) async fn connect(server: &ServerArgs) -> Result<Channel, Failure> {
    let url = &server.server;
    let endpoint = Endpoint::from_shared(url.clone())
        .map_err(|error| Failure::new(format!("{url:?} is not a URL of a server: {error}")))?;
    endpoint.connect_timeout(CONNECT_TIMEOUT).connect().await.map_err(|_| {
        Failure::new(format!(
            "no server answers at {url}; start one with `rapport serve`, or name another with --server"
        ))
    })
}

pub(super) async fn scores(server: &ServerArgs) -> Result<ScoreServiceClient<Channel>, Failure> {
    Ok(ScoreServiceClient::new(connect(server).await?).max_decoding_message_size(MAX_ANSWER_BYTES))
}

pub(super) async fn events(server: &ServerArgs) -> Result<EventServiceClient<Channel>, Failure> {
    Ok(EventServiceClient::new(connect(server).await?).max_decoding_message_size(MAX_ANSWER_BYTES))
}

pub(super) async fn parties(server: &ServerArgs) -> Result<PartyServiceClient<Channel>, Failure> {
    Ok(PartyServiceClient::new(connect(server).await?).max_decoding_message_size(MAX_ANSWER_BYTES))
}

/// How the recorded events feed the live model of a server.
pub(super) async fn check_model(server: &ServerArgs) -> Result<ModelCheck, Failure> {
    let answer = scores(server).await?.check_model(CheckModelRequest::default()).await?;
    Ok(answer.into_inner().check.unwrap_or_default())
}

impl From<Status> for Failure {
    /// The refusal with its reason and every violation.
    fn from(status: Status) -> Self {
        let details = status.get_error_details();
        let reason = details.error_info().map_or_else(|| format!("{:?}", status.code()), |info| info.reason.clone());
        let violations = details.bad_request().map(|request| request.field_violations.as_slice()).unwrap_or_default();
        let mut text = format!("the server refused ({reason})");
        if violations.is_empty() {
            let _ = write!(text, ": {}", status.message());
        }
        for violation in violations {
            let _ = write!(text, "\n  {}: {}", violation.field, violation.description);
        }
        Self::new(text)
    }
}

#[derive(Args)]
pub(super) struct HealthArgs {
    #[command(flatten)]
    server: ServerArgs,
}

/// Waits for a server that is starting.
pub(super) async fn wait_until_serving(server: &ServerArgs) -> Result<(), Failure> {
    for _ in 0..MOST_POLLS {
        if is_serving(server).await? {
            return Ok(());
        }
        tokio::time::sleep(POLL_PAUSE).await;
    }
    Err(Failure::new("the server does not become ready"))
}

async fn is_serving(server: &ServerArgs) -> Result<bool, Failure> {
    let mut client = HealthClient::new(connect(server).await?);
    let answer = client.check(HealthCheckRequest { service: String::new() }).await?.into_inner();
    Ok(answer.status() == ServingStatus::Serving)
}

pub(super) async fn health(args: HealthArgs) -> Result<(), Failure> {
    if is_serving(&args.server).await? {
        say!("serving");
        Ok(())
    } else {
        Err(Failure::new("the server is not serving: it is starting, or draining"))
    }
}

/// The size of the next page of a list of which so much is still wanted.
pub(super) fn page_size(wanted: usize) -> i32 {
    i32::try_from(wanted.min(MAX_PAGE_SIZE as usize)).unwrap_or(i32::MAX)
}
