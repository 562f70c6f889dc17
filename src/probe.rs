//! What fuzzers throw bytes at, and what must then hold: each function panics where it does not. The targets in `fuzz/` are
//! these functions, and the tests run them over the same corpora.

use std::iter;

use prost::Message;

use crate::{
    api::{self, v1},
    cli,
    event::{
        Amended, Delivered, Disposition, EndReason, Ended, Event, Identity, Note, PartyRole, Payload, RefusalReason,
        Refused, Relationship, RequestKind, Requested, Responded, Returned, Share, check_event,
    },
    folds,
    interaction::Threads,
    model::Model,
    store::Blocks,
    tally::{Change, State},
    time::{DAY, Day, HOUR, Timestamp},
};

/// When everything here arrives.
const NOW: Timestamp = Day(20_000).start();

/// Bytes as a message of `RecordEvents`: what is valid is the same event after another journey over the wire and through
/// the store's text.
pub fn events(bytes: &[u8]) {
    let Ok(request) = v1::RecordEventsRequest::decode(bytes) else { return };
    request.events.into_iter().for_each(check_wire);
}

/// Lines of proto3 JSON, as an import reads them.
pub fn lines(bytes: &[u8]) {
    for line in String::from_utf8_lossy(bytes).lines() {
        let Ok(event) = api::event_from_json(line) else { continue };
        let again = api::to_json("Event", &event, true).expect("what was read can be written");
        assert_eq!(api::event_from_json(&again), Ok(event.clone()));
        check_wire(event);
    }
}

fn check_wire(wire: v1::Event) {
    let Ok(event) = api::event_from_wire(wire, NOW) else { return };
    assert_eq!(api::event_from_wire(api::wire_event(event.clone()), NOW), Ok(event.clone()));
    let stored = serde_json::to_string(&event.payload).expect("payloads are text");
    assert_eq!(serde_json::from_str::<Payload>(&stored).ok().as_ref(), Some(&event.payload));
}

/// A mapping file, a line `---`, and a table: every record of it becomes an event that can be checked, or says why not.
pub fn tables(bytes: &[u8]) {
    const BORDER: &[u8] = b"\n---\n";
    let border = bytes.windows(BORDER.len()).position(|it| it == BORDER).unwrap_or(bytes.len());
    let table = bytes.get(border + BORDER.len()..).unwrap_or_default();
    for event in cli::map_table(&String::from_utf8_lossy(&bytes[..border]), table) {
        match event {
            Ok(json) => {
                if let Ok(event) = api::event_from_json(&json.to_string()) {
                    check_wire(event);
                }
            }
            Err(faults) => assert!(!faults.is_empty(), "nobody can mend what has no fault"),
        }
    }
}

/// Text as tokens that come back from clients.
pub fn tokens(bytes: &[u8]) {
    api::probe_tokens(&String::from_utf8_lossy(bytes));
}

/// Bytes as a packed state: what can be read packs to what reads the same.
pub fn states(bytes: &[u8]) {
    let Ok(state) = State::unpack(bytes) else { return };
    let packed = state.pack();
    assert_eq!(State::unpack(&packed), Ok(state));
}

/// Bytes as a history of one relationship, three for each event: folded event by event, in the order in which they come,
/// it leads to what folding all of them at once does, whole and in blocks.
pub fn folds(bytes: &[u8]) {
    let events: Vec<Event> = bytes.chunks_exact(3).enumerate().map(|(index, chunk)| told(index, chunk)).collect();
    let events: Vec<&Event> = events.iter().filter(|event| is_valid(event)).collect();
    let model = Model::default();
    let (mut state, mut blocks) = (State::default(), Blocks::default());
    for arrived in 1..=events.len() {
        let (before, new) = (&events[..arrived - 1], events[arrived - 1]);
        let now: Vec<&Event> = before.iter().copied().chain(iter::once(new)).collect();
        let thread = Threads::of(&now).around(new);
        let old: Vec<&Event> = thread.iter().copied().filter(|event| *event != new).collect();
        let change = Change::between(&old, &thread, &model);
        blocks.replace(folds::changed(&blocks, &change).expect("it was packed here"));
        state.apply(&change);
    }
    assert_eq!(folds::state(&blocks).as_ref(), Ok(&state));
    assert_eq!(state, State::fold(events, &model));
}

fn is_valid(event: &Event) -> bool {
    let mut faults = Vec::new();
    check_event(event, NOW, &mut faults);
    faults.is_empty()
}

/// An event: its interaction and the one that it revisits out of a few, its day out of a few months, and its kind.
fn told(index: usize, chunk: &[u8]) -> Event {
    let [who, when, what] = [chunk[0], chunk[1], chunk[2]];
    let request = |kind| Requested {
        respond_by: (what & 0x80 != 0).then(|| NOW - i64::from(when / 2) * DAY),
        revisits: (who >> 4 != 0).then(|| format!("i{}", who >> 4)),
        ..Requested::of(kind)
    };
    let payload = match what % 8 {
        0 => Payload::Requested(request(RequestKind::Order)),
        1 => Payload::Requested(request(RequestKind::Improvement)),
        2 => Payload::Responded(Responded {
            disposition: Disposition::Accepted,
            promised_by: Some(NOW - i64::from(what) * DAY),
            note: String::new(),
        }),
        3 => Payload::Refused(Refused {
            alternative_offered: what & 0x80 != 0,
            ..Refused::of(RefusalReason::ALL[usize::from(what >> 3) % RefusalReason::ALL.len()])
        }),
        4 => Payload::ClarificationAsked(Note::default()),
        5 => Payload::Clarified(Note::default()),
        6 => Payload::Withdrawn(Note::default()),
        _ => deal(what >> 3, when),
    };
    let relationship = Relationship { customer: "acme".to_owned(), supplier: "bolt".to_owned() };
    Event {
        identity: Identity { relationship, source: "fuzz".to_owned(), event_id: index.to_string() },
        interaction: Some(format!("i{}", who & 7)),
        occurred_at: NOW - i64::from(when) * 6 * HOUR - DAY,
        payload,
    }
}

/// What happens to an order later on.
fn deal(what: u8, when: u8) -> Payload {
    let share = Share::new(f64::from(when) / f64::from(u8::MAX));
    let by = if when.is_multiple_of(2) { PartyRole::Customer } else { PartyRole::Supplier };
    match what % 4 {
        _ if what % 8 == 7 => {
            let reason = EndReason::ALL[usize::from(what >> 3) % EndReason::ALL.len()];
            Payload::Ended(Ended { by, reason, to: None, note: String::new() })
        }
        0 => Payload::Acknowledged {},
        1 => Payload::Delivered(Delivered { in_full: share.unwrap_or(Share::WHOLE).into(), ..Delivered::whole() }),
        2 => Payload::Returned(Returned { fraction: share, quantity: None, note: String::new() }),
        _ => Payload::Amended(Amended {
            by,
            respond_by: None,
            needed_by: Some(NOW - i64::from(what) * DAY),
            promised_by: None,
            quantity: None,
            value: None,
            note: String::new(),
        }),
    }
}
