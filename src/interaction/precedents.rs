//! What came before a request: the earlier ones that it asks again.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::{
    ending::Endings,
    moves::{Move, Mover},
    timeline::{Timeline, Word, WordKind, opening},
};
use crate::{
    calendar::WorkingTimes,
    event::{Disposition, Event, Payload, RefusalReason, RequestKind, Requested},
    time::Timestamp,
};

/// How many requests are read back at the most, this one included.
const MOST_PRECEDENTS: usize = 64;

/// A refusal that tells a customer to give up: it cannot be done, or it is not needed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Strike {
    /// The interaction in which it was said.
    pub interaction: String,
    /// What was said.
    pub reason: RefusalReason,
    /// When.
    pub at: Timestamp,
    /// Whether it was about what the customer wants to become.
    pub is_about_wish: bool,
}

/// What a request weighs by, of the earlier ones that it asks again.
#[derive(Debug, Default)]
pub(super) struct Precedents {
    /// How many of them had been refused when it was made.
    pub refusals: u32,
    /// Strikes since the idea was last taken up, the request's own included, oldest first. Empty if a later request asks
    /// it again: then they are that one's.
    pub strikes: Vec<Strike>,
    /// Whether it changes what had been accepted.
    pub changes_accepted: bool,
}

/// The requests of some interactions, and which of them a later one asks again. Duplicates of others are left out.
pub(super) struct Requests<'a> {
    pub timelines: HashMap<&'a str, Timeline<'a>>,
    /// Interactions that are duplicates of others.
    pub merged: HashSet<&'a str>,
    revisited: HashSet<&'a str>,
}

impl<'a> Requests<'a> {
    /// `is_open` says whether anything may still come of what has been read of a timeline at a moment.
    pub(super) fn of(
        interactions: &BTreeMap<&'a str, Vec<&'a Event>>,
        endings: &Endings<'a>,
        times: &WorkingTimes,
        is_open: &dyn Fn(&Timeline<'a>, Timestamp) -> bool,
    ) -> Self {
        let is_merged = |events: &[&Event]| events.iter().any(|event| matches!(event.payload, Payload::Merged(_)));
        let opened = || interactions.iter().filter_map(|(&id, events)| Some((id, events, opening(events)?)));
        let merged: HashSet<&str> = opened().filter(|(_, events, _)| is_merged(events)).map(|(id, ..)| id).collect();
        let asked: HashMap<&str, &Requested> =
            opened().filter(|(id, ..)| !merged.contains(id)).map(|(id, _, (request, _))| (id, request)).collect();
        let mut requests = Self { timelines: HashMap::new(), merged, revisited: HashSet::new() };
        let mut agreed: HashMap<&str, Vec<Move<'a>>> = HashMap::new();
        // Changes first: what was agreed in them moves the orders that they are about.
        for (&id, request) in asked.iter().filter(|(_, request)| request.kind == RequestKind::Change) {
            let order = order_of(request, &asked);
            let alters = order.and_then(|order| asked.get(order).copied());
            let read = Timeline::read(&interactions[id], alters, Vec::new(), endings, times, is_open);
            let Some(timeline) = read else { continue };
            if let Some(order) = order.filter(|_| timeline.alters.is_some()) {
                agreed.entry(order).or_default().extend(agreed_change(&timeline));
            }
            requests.timelines.insert(id, timeline);
        }
        for &id in asked.keys().filter(|id| asked[*id].kind != RequestKind::Change) {
            let mut changes = agreed.remove(id).unwrap_or_default();
            changes.sort_by(|a, b| a.event.position().cmp(&b.event.position()));
            let read = Timeline::read(&interactions[id], None, changes, endings, times, is_open);
            requests.timelines.extend(read.map(|timeline| (id, timeline)));
        }
        requests.revisited =
            requests.timelines.values().filter_map(|timeline| timeline.request.revisits.as_deref()).collect();
        requests.note_altered();
        requests
    }

    /// Notes which orders another request would change after they were accepted.
    fn note_altered(&mut self) {
        let changes = self.timelines.values().filter(|change| change.alters.is_some());
        let altered: Vec<&'a str> = changes
            .filter_map(|change| {
                let earlier = change.request.revisits.as_deref()?;
                let order = self.timelines.get(earlier).filter(|earlier| earlier.request.kind == RequestKind::Order)?;
                (order.acceptance()?.at < change.requested_at()).then_some(earlier)
            })
            .collect();
        for id in altered {
            if let Some(timeline) = self.timelines.get_mut(id) {
                timeline.is_altered = true;
            }
        }
    }

    /// A request and those that it asks again, the latest first. Requests that revisit each other in a circle end it.
    fn back_from(&self, id: &'a str) -> Vec<(&'a str, &Timeline<'a>)> {
        let (mut back, mut seen, mut next) = (Vec::new(), HashSet::new(), Some(id));
        while let Some(id) = next.filter(|id| back.len() < MOST_PRECEDENTS && seen.insert(*id)) {
            let Some(timeline) = self.timelines.get(id) else { break };
            back.push((id, timeline));
            next = timeline.request.revisits.as_deref();
        }
        back
    }

    pub(super) fn precedents(&self, id: &'a str) -> Precedents {
        let back = self.back_from(id);
        let Some(((_, timeline), earlier)) = back.split_first() else { return Precedents::default() };
        if earlier.is_empty() && self.revisited.contains(id) {
            return Precedents::default();
        }
        let asked_at = timeline.requested_at();
        let refused = |timeline: &Timeline<'_>| {
            timeline.last_word_before(asked_at).is_some_and(|word| matches!(word.kind, WordKind::No(_)))
        };
        let refusals = earlier.iter().filter(|(_, timeline)| refused(timeline)).count();
        let accepted_before =
            |(_, timeline): &(&str, &Timeline<'_>)| timeline.acceptance().is_some_and(|word| word.at < asked_at);
        Precedents {
            refusals: u32::try_from(refusals).unwrap_or(u32::MAX),
            strikes: if self.revisited.contains(id) { Vec::new() } else { strikes(&back) },
            changes_accepted: timeline.request.kind == RequestKind::Change
                && earlier.first().is_some_and(accepted_before),
        }
    }
}

/// The order that a request for a change is about, also by way of changes that were asked for before.
fn order_of<'a>(change: &'a Requested, asked: &HashMap<&'a str, &'a Requested>) -> Option<&'a str> {
    let mut next = change.revisits.as_deref();
    for _ in 0..MOST_PRECEDENTS {
        let id = next?;
        match asked.get(id)? {
            request if request.kind == RequestKind::Order => return Some(id),
            request if request.kind == RequestKind::Change => next = request.revisits.as_deref(),
            _ => return None,
        }
    }
    None
}

/// What an accepted change moves about the order: to the date that was promised in the answer, else to its own.
fn agreed_change<'a>(change: &Timeline<'a>) -> Option<Move<'a>> {
    let Word { event, kind: WordKind::Yes(responded), .. } = change.last_word()? else { return None };
    let is_yes = match responded.disposition {
        Disposition::Accepted | Disposition::Partial => true,
        Disposition::Answered => responded.promised_by.is_some(),
        Disposition::CounterOffer => false,
    };
    let moved = |of: fn(&Move<'a>) -> Option<Timestamp>| change.moves.iter().rev().find_map(of);
    let needed_by = moved(|it| it.date).or(change.request.needed_by);
    is_yes.then(|| Move {
        event,
        by: Mover::Both,
        asked_at: change.requested_at(),
        respond_by: None,
        date: responded.promised_by.or(needed_by),
        hurries: false,
        quantity: change.request.quantity.as_ref(),
        value: change.request.value.as_ref(),
        schedule: &[],
    })
}

/// The strikes among requests that have not been made good by taking the idea up, oldest first.
fn strikes(back: &[(&str, &Timeline<'_>)]) -> Vec<Strike> {
    let words = back.iter().filter_map(|(id, timeline)| Some((*id, timeline.is_wish(), timeline.last_word()?)));
    let mut words: Vec<(&str, bool, Word<'_>)> = words.collect();
    words.sort_by_key(|(.., word)| word.event.position());
    let mut strikes = Vec::new();
    for (id, is_about_wish, word) in words {
        match word.kind {
            WordKind::Yes(_) | WordKind::Delivery(_) => strikes.clear(),
            WordKind::No(refused) => strikes.extend(refused.strike().map(|reason| Strike {
                interaction: id.to_owned(),
                reason,
                at: word.at,
                is_about_wish,
            })),
        }
    }
    strikes
}
