//! Every RPC and its handler, and what all of them work on.

use std::{
    future::Future,
    panic::AssertUnwindSafe,
    sync::{Arc, OnceLock},
    time::Duration,
};

use futures::FutureExt;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::{Instant, timeout_at},
};
use tonic::{Request, Response, Status, Streaming};

use super::{
    Fault,
    call::{Call, Deadline},
    chain::get_chain,
    deadline,
    events::list_events,
    explain::explain_score,
    history::get_score_history,
    limits::{MAX_CALLS, MAX_EVENT_STREAMS},
    model::{check_model, get_cache_status, get_model_status},
    parties::{get_party, list_parties, upsert_parties},
    quality::get_model_quality,
    ranking::list_scores,
    record::record_events,
    rollup::get_party_score,
    scores::{batch_get_scores, get_score},
    standing::{batch_check_standing, check_standing},
    stream,
    v1::{
        self, event_service_server::EventService, party_service_server::PartyService,
        score_service_server::ScoreService,
    },
    value::get_value_at_risk,
};
use crate::{
    ledger::Queue,
    reader::Reader,
    registry::Registry,
    time::{Clock, Timestamp},
};

/// All services. They answer UNAVAILABLE until [`Api::open`] is called. Clones share their state.
#[derive(Clone)]
pub struct Api(Arc<Shared>);

struct Shared {
    clock: Arc<dyn Clock>,
    calls: Semaphore,
    streams: Arc<Semaphore>,
    stopping: watch::Sender<bool>,
    backend: OnceLock<Arc<Backend>>,
}

/// What the services work on once the store is ready.
pub struct Backend {
    /// The write path.
    pub queue: Queue,
    /// The read path.
    pub reader: Reader,
    /// What is known about parties.
    pub registry: Registry,
    /// The database's own id, which revision tokens carry.
    pub datastore: String,
}

impl Api {
    /// Services without a backend yet.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Shared {
            clock,
            calls: Semaphore::new(MAX_CALLS),
            streams: Arc::new(Semaphore::new(MAX_EVENT_STREAMS)),
            stopping: watch::Sender::new(false),
            backend: OnceLock::new(),
        }))
    }

    /// Opens the services. A second call changes nothing.
    pub fn open(&self, backend: Backend) {
        let _ = self.0.backend.set(Arc::new(backend));
    }

    /// Ends every stream once what it took is acknowledged.
    pub fn stop(&self) {
        self.0.stopping.send_replace(true);
    }

    pub(super) fn backend(&self) -> Result<Arc<Backend>, Fault> {
        self.0.backend.get().cloned().ok_or_else(Fault::starting)
    }

    pub(super) fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// A place for a stream of events.
    pub(super) fn stream_place(&self) -> Result<OwnedSemaphorePermit, Fault> {
        Arc::clone(&self.0.streams).try_acquire_owned().map_err(|_| Fault::overloaded())
    }

    /// Becomes true when every stream is to end.
    pub(super) fn stopping(&self) -> watch::Receiver<bool> {
        self.0.stopping.subscribe()
    }

    /// The one way from a request to its handler: within the bound on calls and its time, logged, and with a panic turned
    /// into an error. A call that nobody waits for any more ends; a write that was begun is then either completed or undone.
    async fn call<Q, A, F>(
        &self,
        name: &'static str,
        request: Request<Q>,
        handler: impl FnOnce(Call, Q) -> F,
    ) -> Result<Response<A>, Status>
    where
        F: Future<Output = Result<A, Fault>>,
    {
        let Ok(_permit) = self.0.calls.try_acquire() else {
            return Err(Fault::overloaded().into());
        };
        let started = Instant::now();
        let (headers, mut extensions, message) = request.into_parts();
        let deadline = started + deadline::of(&headers);
        extensions.insert(Deadline(deadline));
        let work = async { handler(Call::of(self, &extensions)?, message).await };
        let result = match timeout_at(deadline, AssertUnwindSafe(work).catch_unwind()).await {
            Ok(Ok(result)) => result,
            Ok(Err(_panicked)) => Err(Fault::internal("a call ended in a panic")),
            Err(_late) => Err(Fault::late()),
        };
        log(name, started.elapsed(), &result);
        result.map(Response::new).map_err(Status::from)
    }
}

pub(super) fn log<T>(call: &str, took: Duration, result: &Result<T, Fault>) {
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    match result {
        Ok(_) => tracing::debug!(call, micros, "ok"),
        Err(fault) if fault.is_ours() => {
            tracing::error!(call, micros, reason = fault.reason.as_str_name(), detail = fault.detail, "failed");
        }
        Err(fault) => tracing::debug!(call, micros, reason = fault.reason.as_str_name(), "refused"),
    }
}

/// A service: each RPC as in `proto/`, with the function that handles it; and what is more than a call, in full.
macro_rules! service {
    ($service:ident {
        $(rpc $rpc:ident($request:ident) -> $response:ident;)*
        $(with { $($more:tt)* })?
    }) => {
        #[tonic::async_trait]
        impl $service for Api {
            $(
                async fn $rpc(&self, request: Request<v1::$request>) -> Result<Response<v1::$response>, Status> {
                    self.call(stringify!($rpc), request, $rpc).await
                }
            )*
            $($($more)*)?
        }
    };
}

service! {
    ScoreService {
        rpc get_score(GetScoreRequest) -> GetScoreResponse;
        rpc batch_get_scores(BatchGetScoresRequest) -> BatchGetScoresResponse;
        rpc list_scores(ListScoresRequest) -> ListScoresResponse;
        rpc explain_score(ExplainScoreRequest) -> ExplainScoreResponse;
        rpc get_score_history(GetScoreHistoryRequest) -> GetScoreHistoryResponse;
        rpc check_standing(CheckStandingRequest) -> CheckStandingResponse;
        rpc batch_check_standing(BatchCheckStandingRequest) -> BatchCheckStandingResponse;
        rpc get_party_score(GetPartyScoreRequest) -> GetPartyScoreResponse;
        rpc get_model_quality(GetModelQualityRequest) -> GetModelQualityResponse;
        rpc check_model(CheckModelRequest) -> CheckModelResponse;
        rpc get_model_status(GetModelStatusRequest) -> GetModelStatusResponse;
        rpc get_cache_status(GetCacheStatusRequest) -> GetCacheStatusResponse;
        rpc get_value_at_risk(GetValueAtRiskRequest) -> GetValueAtRiskResponse;
        rpc get_chain(GetChainRequest) -> GetChainResponse;
    }
}

service! {
    PartyService {
        rpc upsert_parties(UpsertPartiesRequest) -> UpsertPartiesResponse;
        rpc get_party(GetPartyRequest) -> GetPartyResponse;
        rpc list_parties(ListPartiesRequest) -> ListPartiesResponse;
    }
}

service! {
    EventService {
        rpc record_events(RecordEventsRequest) -> RecordEventsResponse;
        rpc list_events(ListEventsRequest) -> ListEventsResponse;
        with {
            type StreamEventsStream = stream::Answers;

            async fn stream_events(
                &self,
                request: Request<Streaming<v1::StreamEventsRequest>>,
            ) -> Result<Response<stream::Answers>, Status> {
                let (_, extensions, requests) = request.into_parts();
                let call = Call::of(self, &extensions)?;
                Ok(Response::new(stream::stream_events(self, call, requests)?))
            }
        }
    }
}
