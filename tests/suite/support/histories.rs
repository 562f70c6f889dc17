//! Random histories for property tests: what customers and suppliers may do to each other in two years, in any order.

use std::{collections::HashSet, ops::Range, sync::Arc};

use proptest::{collection::vec, option, prelude::*, sample::Index};
use rapport::{
    event::{
        Amended, Disposition, EndReason, Event, Identity, Lot, Money, Paid, PartyRole, Payload, ProposalOutcome,
        Proposed, Quantity, Rated, RatingSubject, RefusalReason, Relationship, RequestKind, Requested, Resolved, Share,
    },
    model::Model,
    score::{DaySummary, Demand, Known, Pool, Scores, score},
    tally::State,
    time::{DAY, HOUR, SECOND, Span, Timestamp},
};

use super::events::{
    amendment, at, clarification_asked, clarified, delivered, ended, event, merged, quantity, refused, refused_for,
    relationship, request, responded, retracted, returned, share, weighed, withdrawn,
};

/// Everything begins within two years from here.
pub fn beginning() -> Timestamp {
    at("2024-01-01")
}

/// Spans from the first of the range to below its end.
pub fn spans(range: Range<Span>) -> impl Strategy<Value = Span> {
    (range.start.micros()..range.end.micros()).prop_map(Span::from_micros)
}

/// A moment at which most, but not all, of a history is over.
pub fn moments() -> impl Strategy<Value = Timestamp> {
    (spans(Span::ZERO..900 * DAY)).prop_map(|after| beginning().plus(after))
}

/// The scores of a relationship whose parties have no other.
pub fn alone(state: &State, as_of: Timestamp, model: &Model) -> Scores {
    let own = DaySummary::of(state, as_of.day(), model);
    let pool = Arc::new(Pool::of([&own], as_of.day(), model));
    let known = Known { own: Arc::new(own), supplier: pool.clone(), customer: pool, reverse: Demand::default() };
    score(&known, as_of, model)
}

/// The relationships of a history.
pub fn relationships() -> [Relationship; 3] {
    [relationship("acme", "bolt"), relationship("bolt", "acme"), relationship("acme", "brace")]
}

pub fn request_kinds() -> impl Strategy<Value = RequestKind> {
    use RequestKind::{Change, Complaint, Improvement, Information, Order, Quote, Support};
    prop::sample::select(vec![Order, Quote, Improvement, Support, Change, Information, Complaint])
}

pub fn dispositions() -> impl Strategy<Value = Disposition> {
    use Disposition::{Accepted, Answered, CounterOffer, Partial};
    prop::sample::select(vec![Accepted, Answered, Partial, CounterOffer])
}

fn reasons() -> impl Strategy<Value = RefusalReason> {
    prop::sample::select(RefusalReason::ALL.to_vec())
}

/// How long after the beginning of its interaction something happens: often at the same moments as other things.
fn delays() -> impl Strategy<Value = Span> {
    prop_oneof![
        2 => prop::sample::select(vec![Span::ZERO, SECOND, HOUR, DAY, 2 * DAY, 14 * DAY]),
        2 => spans(-DAY..2 * DAY),
        3 => spans(Span::ZERO..60 * DAY),
    ]
}

/// A date that may be set at `start`; a few lie in the past.
fn dates(start: Timestamp) -> impl Strategy<Value = Option<Timestamp>> {
    option::of(delays().prop_map(move |delay| start.plus(delay)))
}

fn shares() -> impl Strategy<Value = f64> {
    prop_oneof![3 => Just(1.0), 1 => Just(0.0), 3 => 0.0..1.0]
}

pub fn requests(start: Timestamp) -> impl Strategy<Value = Requested> {
    let revisits = option::weighted(0.25, 0..7_u8);
    let fields = (request_kinds(), dates(start), dates(start), shares(), revisits, option::of(0..10_000_i64));
    (fields, sizes(start)).prop_map(|(fields, (quantity, schedule))| {
        let (kind, respond_by, needed_by, completeness, revisits, value) = fields;
        Requested {
            respond_by,
            needed_by,
            completeness: share(completeness),
            revisits: revisits.map(|number| format!("i{number}")),
            value: value.map(|amount_minor| Money { currency: "EUR".to_owned(), amount_minor }),
            quantity,
            schedule,
            ..request(kind)
        }
    })
}

/// How much is asked for, and in which lots it is to come.
fn sizes(start: Timestamp) -> impl Strategy<Value = (Option<Quantity>, Vec<Lot>)> {
    let quantities = option::of((1..40_u8).prop_map(|amount| quantity(f64::from(amount))));
    let lots = prop_oneof![4 => Just(Vec::new()), 1 => vec(delays(), 1..4)];
    (quantities, lots).prop_map(move |(quantity, lots)| {
        let fraction = Share::new(1.0 / lots.len().max(1) as f64);
        let lot = |delay: &Span| Lot { due: start + *delay, fraction, quantity: None };
        (quantity, lots.iter().map(lot).collect())
    })
}

/// Whatever can happen in an interaction that began at `start`, retractions apart.
fn payloads(start: Timestamp) -> impl Strategy<Value = Payload> {
    let role = || prop::sample::select(vec![PartyRole::Customer, PartyRole::Supplier]);
    let money = |amount_minor| Money { currency: "EUR".to_owned(), amount_minor };
    prop_oneof![
        2 => requests(start).prop_map(Payload::Requested),
        1 => Just(Payload::Acknowledged {}),
        2 => Just(clarification_asked()),
        2 => Just(clarified()),
        4 => (dispositions(), dates(start)).prop_map(|(disposition, by)| responded(disposition, by)),
        2 => (reasons(), any::<bool>()).prop_map(|(reason, alternative)| refused(reason, alternative)),
        1 => vec(reasons(), 1..4).prop_map(|reasons| refused_for(&reasons)),
        1 => Just(withdrawn()),
        5 => (shares(), shares()).prop_map(|(in_full, accepted)| delivered(in_full * 1.5, accepted)),
        1 => (1..40_u8, shares()).prop_map(|(amount, accepted)| {
            let amount = f64::from(amount);
            weighed(amount, (amount * accepted).floor())
        }),
        2 => (role(), dates(start), dates(start), option::of(1..40_u8)).prop_map(|(by, needed_by, promised_by, amount)| {
            let quantity = amount.map(|amount| quantity(f64::from(amount)));
            Payload::Amended(Amended { needed_by, promised_by, quantity, ..amendment(by) })
        }),
        1 => shares().prop_map(returned),
        1 => (0..3_u8, role(), prop::sample::select(EndReason::ALL.to_vec()))
            .prop_map(|(number, by, reason)| if number == 0 { ended(by, reason) } else { clarified() }),
        1 => (0..70_u8).prop_map(|number| if number < 7 { merged(&format!("i{number}")) } else { clarified() }),
        1 => (role(), 1..=5_u8).prop_map(|(by, stars)| {
            Payload::Rated(Rated { by, subject: RatingSubject::Work, stars, note: String::new() })
        }),
        1 => role().prop_map(|by| Payload::Proposed(Proposed { by, summary: String::new() })),
        1 => Just(Payload::Resolved(Resolved { outcome: ProposalOutcome::Adopted, note: String::new() })),
        1 => (0..1_000_i64, dates(start))
            .prop_map(move |(amount, due)| Payload::Paid(Paid { amount: money(amount), due })),
    ]
}

/// What happens in one interaction: nearly always a request, and up to seven more things, some of them before it.
fn happenings(start: Timestamp) -> impl Strategy<Value = Vec<(Timestamp, Payload)>> {
    let request = requests(start).prop_map(move |request| (start, Payload::Requested(request)));
    let rest = vec((delays(), payloads(start)), 0..=7);
    (option::weighted(0.9, request), rest).prop_map(move |(request, rest)| {
        let rest = rest.into_iter().map(|(delay, payload)| (start.plus(delay), payload));
        request.into_iter().chain(rest).collect()
    })
}

fn interactions() -> impl Strategy<Value = Vec<(Timestamp, Payload)>> {
    (0..730_i64, 0..24_i64).prop_flat_map(|(day, hour)| happenings(beginning().plus(day * DAY + hour * HOUR)))
}

/// The first relationship at the moment `now`: a few interactions that began within the last three weeks.
pub fn recent_matters(now: Timestamp) -> impl Strategy<Value = Vec<Event>> {
    let recent = (spans(Span::ZERO..21 * DAY)).prop_flat_map(move |ago| happenings(now.plus(-ago)));
    vec(recent, 1..=4).prop_map(move |interactions| {
        let mut events = Vec::new();
        for (number, happenings) in interactions.into_iter().enumerate() {
            for (occurred_at, payload) in happenings.into_iter().filter(|&(occurred_at, _)| occurred_at <= now) {
                let id = format!("recent {}", events.len());
                events.push(event("acme", "bolt", &format!("recent {number}"), &id, occurred_at, payload));
            }
        }
        events
    })
}

/// Interactions of a few relationships, no event taken back.
pub fn histories() -> impl Strategy<Value = Vec<Event>> {
    let sources = prop::sample::select(vec!["erp", "crm"]);
    vec((0..relationships().len(), interactions(), sources), 1..=10).prop_map(|interactions| {
        let mut events = Vec::new();
        for (number, (relationship, happenings, source)) in interactions.into_iter().enumerate() {
            for (occurred_at, payload) in happenings {
                // Each source counts for itself in each relationship: an id alone says nothing.
                let relationship = relationships()[relationship].clone();
                let is_alike = |it: &&Event| it.identity.source == source && it.identity.relationship == relationship;
                let event_id = format!("e{}", events.iter().filter(is_alike).count());
                let identity = Identity { relationship, source: source.to_owned(), event_id };
                let interaction = Some(format!("i{}", number % 7));
                events.push(Event { identity, interaction, occurred_at, payload });
            }
        }
        events
    })
}

/// Histories in which some events are taken back: some of them twice, or before they arrived. Some retractions name
/// what never was, or what another source sent; none names a retraction, which would be refused.
pub fn disputed_histories() -> impl Strategy<Value = Vec<Event>> {
    let disputes = vec((any::<Index>(), any::<Index>(), 0..10_u8, delays()), 0..=6);
    (histories(), disputes).prop_map(|(mut events, disputes)| {
        let facts = events.clone();
        if facts.is_empty() {
            return events;
        }
        for (number, (target, elsewhere, how, delay)) in disputes.into_iter().enumerate() {
            let target = target.get(&facts);
            let mut identity = Identity { event_id: format!("r{number}"), ..target.identity.clone() };
            if how == 0 {
                let other = if identity.source == "erp" { "crm" } else { "erp" };
                other.clone_into(&mut identity.source);
            }
            let named = if how == 1 { "never sent" } else { &target.identity.event_id };
            // A retraction may be filed under any interaction, or under none.
            let interaction = match how {
                2 | 3 => None,
                4 | 5 => elsewhere.get(&facts).interaction.clone(),
                _ => target.interaction.clone(),
            };
            let occurred_at = target.occurred_at.plus(delay);
            events.push(Event { identity, interaction, occurred_at, payload: retracted(named) });
        }
        events
    })
}

/// The events that count, found the simple way: those that no retraction of their source and relationship names.
pub fn standing(events: &[Event]) -> Vec<&Event> {
    let taken_back: HashSet<Identity> = events.iter().filter_map(Event::target).collect();
    events.iter().filter(|event| event.retracts().is_some() || !taken_back.contains(&event.identity)).collect()
}

/// Ways in which events may arrive: in any order, some of them twice, in batches of any size.
pub fn arrivals(events: Vec<Event>) -> impl Strategy<Value = Vec<Vec<Event>>> {
    let repeated = vec(any::<Index>(), 0..=8);
    let with_repetitions = (Just(events), repeated).prop_map(|(events, repeated)| {
        let again: Vec<Event> =
            repeated.iter().filter(|_| !events.is_empty()).map(|index| index.get(&events).clone()).collect();
        [events, again].concat()
    });
    (with_repetitions.prop_shuffle(), vec(1..=15_usize, 1..=5)).prop_map(|(mut events, sizes)| {
        let mut batches = Vec::new();
        for size in sizes.into_iter().cycle() {
            if events.is_empty() {
                break;
            }
            let rest = events.split_off(size.min(events.len()));
            batches.push(events);
            events = rest;
        }
        batches
    })
}
