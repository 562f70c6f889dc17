//! What came before a request: the earlier ones that it asks again.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::timeline::{Timeline, WordKind};
use crate::{
    event::{Event, RefusalReason, RequestKind},
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

/// The requests of some interactions, and which of them a later one asks again.
pub(super) struct Requests<'a> {
    pub timelines: HashMap<&'a str, Timeline<'a>>,
    revisited: HashSet<&'a str>,
}

impl<'a> Requests<'a> {
    pub(super) fn of(interactions: &BTreeMap<&'a str, Vec<&'a Event>>) -> Self {
        let read = |(&id, events): (&&'a str, &Vec<&'a Event>)| Some((id, Timeline::read(events)?));
        let timelines: HashMap<_, _> = interactions.iter().filter_map(read).collect();
        let revisited = timelines.values().filter_map(|timeline| timeline.request.revisits.as_deref()).collect();
        Self { timelines, revisited }
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
            |(_, timeline): &(&str, &Timeline<'_>)| timeline.accepted_at().is_some_and(|at| at < asked_at);
        Precedents {
            refusals: u32::try_from(refusals).unwrap_or(u32::MAX),
            strikes: if self.revisited.contains(id) { Vec::new() } else { strikes(&back) },
            changes_accepted: timeline.request.kind == RequestKind::Change
                && earlier.first().is_some_and(accepted_before),
        }
    }
}

/// The strikes among requests that have not been made good by taking the idea up, oldest first.
fn strikes(back: &[(&str, &Timeline<'_>)]) -> Vec<Strike> {
    let mut words: Vec<_> = back.iter().filter_map(|(id, timeline)| Some((*id, timeline.last_word()?))).collect();
    words.sort_by_key(|(_, word)| word.event.position());
    let mut strikes = Vec::new();
    for (id, word) in words {
        match word.kind {
            WordKind::Yes(_) | WordKind::Delivery(_) => strikes.clear(),
            WordKind::No(refused) if refused.reason.is_strike() => {
                strikes.push(Strike { interaction: id.to_owned(), reason: refused.reason, at: word.at });
            }
            WordKind::No(_) => {}
        }
    }
    strikes
}
