//! `ListEvents`: what is recorded, in pages.

use prost::Message;
use serde::{Deserialize, Serialize};

use super::{
    Fault, call::Call, convert, fields::Fields, limits::MAX_PAGE_BYTES, page::Page, present, query::Fresh, v1,
};
use crate::{
    event::{Event, Identity, Relationship, Violation},
    reader::EventState,
    store::{EventPlace, EventQuery, RecordedEvent},
    time::Timestamp,
};

pub(super) async fn list_events(call: Call, request: v1::ListEventsRequest) -> Result<v1::ListEventsResponse, Fault> {
    let listed = v1::ListEventsRequest {
        page_size: 0,
        page_token: String::new(),
        at_least_as_fresh: String::new(),
        ..request.clone()
    };
    let mut fields = Fields::of(&call);
    let wanted = wanted(&request, &mut fields);
    let mut page: Page<EventCursor> = fields.page(&listed, request.page_size, &request.page_token);
    let moment = fields.now(&request.at_least_as_fresh);
    let query = fields.done(moment)?;
    // One more than the page holds tells whether another page follows.
    let wanted = EventQuery { after: page.after.take().map(EventPlace::from), limit: page.size + 1, ..wanted };
    let Fresh { value, context, .. } = query.read(|reader, tenant, _| reader.events(tenant, &wanted)).await?;
    let found = value.len();
    let wire = |(recorded, state): (RecordedEvent, _)| {
        (EventCursor::from(&recorded.event), recorded_event(recorded, state, &call))
    };
    let (cursors, events) = fitting(value.into_iter().take(page.size as usize).map(wire));
    let next_page_token = match cursors.last() {
        Some(last) if events.len() < found => page.next_token(last)?,
        _ => String::new(),
    };
    Ok(v1::ListEventsResponse { events, next_page_token, revision: context.revision })
}

/// As many events as a client with the usual limit on messages takes, and one at the least.
fn fitting(
    events: impl Iterator<Item = (EventCursor, v1::RecordedEvent)>,
) -> (Vec<EventCursor>, Vec<v1::RecordedEvent>) {
    let mut bytes = 0;
    let fits = |(_, event): &(EventCursor, v1::RecordedEvent)| {
        let first = bytes == 0;
        bytes += event.encoded_len();
        first || bytes <= MAX_PAGE_BYTES
    };
    events.take_while(fits).unzip()
}

/// What is to be listed, but for the page.
fn wanted(request: &v1::ListEventsRequest, fields: &mut Fields<'_>) -> EventQuery {
    let customer = fields.filter("customer", &request.customer);
    let supplier = fields.filter("supplier", &request.supplier);
    let interaction = fields.filter("interaction_id", &request.interaction_id);
    if interaction.is_some() && (customer.is_none() || supplier.is_none()) {
        let description = "needs customer and supplier too: interaction ids are unique within a relationship";
        fields.violations().push(Violation::new("interaction_id", description));
    }
    let from = fields.time("occurred_from", request.occurred_from);
    let before = fields.time("occurred_before", request.occurred_before);
    EventQuery { customer, supplier, interaction, from, before, after: None, limit: 0 }
}

fn recorded_event(recorded: RecordedEvent, state: EventState, call: &Call) -> v1::RecordedEvent {
    let state = match state {
        EventState::Counted => v1::EventState::Counted,
        EventState::Waiting => v1::EventState::Waiting,
        EventState::Retracted => v1::EventState::Retracted,
    };
    v1::RecordedEvent {
        event: Some(present::event(recorded.event)),
        recorded_at: Some(convert::to_wire(recorded.recorded_at)),
        state: state.into(),
        revision: call.token(recorded.revision),
    }
}

/// The last event of a page.
#[derive(Serialize, Deserialize)]
struct EventCursor {
    customer: String,
    supplier: String,
    at: Timestamp,
    source: String,
    id: String,
}

impl From<&Event> for EventCursor {
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

impl From<EventCursor> for EventPlace {
    fn from(cursor: EventCursor) -> Self {
        let relationship = Relationship { customer: cursor.customer, supplier: cursor.supplier };
        let identity = Identity { relationship, source: cursor.source, event_id: cursor.id };
        Self { identity, occurred_at: cursor.at }
    }
}
