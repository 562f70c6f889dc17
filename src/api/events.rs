//! `EventService`.

use prost::Message;
use serde::{Deserialize, Serialize};
use tonic::{Request, Response, Status, Streaming};

use super::{
    Api, Fault, convert, deadline,
    limits::MAX_PAGE_BYTES,
    page, present, revision, stream,
    v1::{self, event_service_server::EventService},
};
use crate::{
    event::{Event, Identity, Relationship, Violation},
    reader::EventState,
    store::{EventPlace, EventQuery, RecordedEvent},
    time::Timestamp,
};

#[tonic::async_trait]
impl EventService for Api {
    async fn record_events(
        &self,
        request: Request<v1::RecordEventsRequest>,
    ) -> Result<Response<v1::RecordEventsResponse>, Status> {
        let time = deadline::of(request.metadata());
        let events = request.into_inner().events;
        self.call_within(time, "RecordEvents", |api| async move { api.record(events).await }).await.map(Response::new)
    }

    type StreamEventsStream = stream::Answers;

    async fn stream_events(
        &self,
        request: Request<Streaming<v1::StreamEventsRequest>>,
    ) -> Result<Response<Self::StreamEventsStream>, Status> {
        Ok(Response::new(self.stream(request.into_inner())?))
    }

    async fn list_events(
        &self,
        request: Request<v1::ListEventsRequest>,
    ) -> Result<Response<v1::ListEventsResponse>, Status> {
        let request = request.into_inner();
        self.call("ListEvents", |api| async move { api.list(request).await }).await.map(Response::new)
    }
}

impl Api {
    async fn list(&self, request: v1::ListEventsRequest) -> Result<v1::ListEventsResponse, Fault> {
        let backend = self.backend()?;
        let fresh = revision::decode(&backend.datastore, &request.at_least_as_fresh)?;
        let filter = v1::ListEventsRequest {
            page_size: 0,
            page_token: String::new(),
            at_least_as_fresh: String::new(),
            ..request.clone()
        };
        let mut query = event_query(&request)?;
        query.after = page::decode::<Cursor>(&backend.datastore, &filter, &request.page_token)?.map(EventPlace::from);
        let page_size = query.limit as usize;
        // One more than the page holds tells whether another page follows.
        query.limit += 1;
        let read = backend.reader.events(&Self::tenant(), &query).await?;
        revision::check(read.revision, fresh)?;
        let found = read.value.len();
        let wire = |(recorded, state): (RecordedEvent, _)| {
            (Cursor::from(&recorded.event), recorded_event(recorded, state, &backend.datastore))
        };
        let (cursors, events) = fitting(read.value.into_iter().take(page_size).map(wire));
        let next_page_token = match cursors.last() {
            Some(last) if events.len() < found => page::encode(&backend.datastore, &filter, last)?,
            _ => String::new(),
        };
        Ok(v1::ListEventsResponse {
            events,
            next_page_token,
            revision: revision::encode(&backend.datastore, read.revision),
        })
    }
}

/// As many events as a client with the usual limit on messages takes, and one at the least.
fn fitting(events: impl Iterator<Item = (Cursor, v1::RecordedEvent)>) -> (Vec<Cursor>, Vec<v1::RecordedEvent>) {
    let mut bytes = 0;
    let fits = |(_, event): &(Cursor, v1::RecordedEvent)| {
        let first = bytes == 0;
        bytes += event.encoded_len();
        first || bytes <= MAX_PAGE_BYTES
    };
    events.take_while(fits).unzip()
}

fn event_query(request: &v1::ListEventsRequest) -> Result<EventQuery, Fault> {
    let mut faults = Vec::new();
    let customer = convert::filter("customer", &request.customer, &mut faults);
    let supplier = convert::filter("supplier", &request.supplier, &mut faults);
    let interaction = convert::filter("interaction_id", &request.interaction_id, &mut faults);
    if interaction.is_some() && (customer.is_none() || supplier.is_none()) {
        let description = "needs customer and supplier too: interaction ids are unique within a relationship";
        faults.push(Violation::new("interaction_id", description));
    }
    let from = convert::moment("occurred_from", request.occurred_from, &mut faults);
    let before = convert::moment("occurred_before", request.occurred_before, &mut faults);
    let limit = page::size(request.page_size, &mut faults);
    Fault::if_any(faults)?;
    Ok(EventQuery { customer, supplier, interaction, from, before, after: None, limit })
}

fn recorded_event(recorded: RecordedEvent, state: EventState, datastore: &str) -> v1::RecordedEvent {
    let state = match state {
        EventState::Counted => v1::EventState::Counted,
        EventState::Waiting => v1::EventState::Waiting,
        EventState::Retracted => v1::EventState::Retracted,
    };
    v1::RecordedEvent {
        event: Some(present::event(recorded.event)),
        recorded_at: Some(convert::to_wire(recorded.recorded_at)),
        state: state.into(),
        revision: revision::encode(datastore, recorded.revision),
    }
}

/// The last event of a page.
#[derive(Serialize, Deserialize)]
struct Cursor {
    customer: String,
    supplier: String,
    at: Timestamp,
    source: String,
    id: String,
}

impl From<&Event> for Cursor {
    fn from(event: &Event) -> Self {
        let identity = event.identity.clone();
        Self {
            customer: identity.relationship.customer,
            supplier: identity.relationship.supplier,
            at: event.occurred_at,
            source: identity.source,
            id: identity.event_id,
        }
    }
}

impl From<Cursor> for EventPlace {
    fn from(cursor: Cursor) -> Self {
        let relationship = Relationship { customer: cursor.customer, supplier: cursor.supplier };
        let identity = Identity { relationship, source: cursor.source, event_id: cursor.id };
        Self { identity, occurred_at: cursor.at }
    }
}
