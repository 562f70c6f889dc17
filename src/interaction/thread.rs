//! Threads: a request, and the earlier ones that it asks again.
//!
//! What a request weighs depends on what was refused before in its chain. So what is folded in one go is a thread: every
//! interaction that is tied to another by a request that revisits it. Events of no interaction stand alone.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::{
    Fold, fold_lone, fold_story,
    story::{Answer, Story},
};
use crate::{
    event::{Event, RefusalReason, RequestKind},
    model::Model,
    time::Timestamp,
};

/// How many requests back a chain is read at the most.
pub const LONGEST_CHAIN: usize = 64;

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

/// What came before a request in its chain.
#[derive(Debug, Default)]
pub(super) struct Chain {
    /// Requests in it that had been refused when this one was made.
    pub refusals: u32,
    /// Strikes since the idea was last taken up, this request's own included, oldest first; only where no later request
    /// asks it again.
    pub strikes: Vec<Strike>,
    /// Whether the request changes what had been accepted.
    pub changes_accepted: bool,
}

/// One interaction, or one event of none, and what it says.
pub struct Unit<'a> {
    /// The interaction; none for an event that stands alone.
    pub interaction: Option<&'a str>,
    /// What it says.
    pub fold: Fold<'a>,
}

/// Folds events of one relationship: whole threads, and events of no interaction. Retracted ones must have been left
/// out. Their order does not matter.
#[must_use]
pub fn fold<'a>(events: &[&'a Event], model: &Model) -> Vec<Unit<'a>> {
    let interactions = by_interaction(events);
    let lone = events.iter().filter(|event| event.interaction.is_none());
    let mut units: Vec<_> = lone.map(|event| Unit { interaction: None, fold: fold_lone(event, model) }).collect();
    let threads = Threads::of(&interactions);
    for (&id, events) in &interactions {
        let mut fold = threads.stories.get(id).map(|story| fold_story(story, threads.chain(id), model));
        let fold = fold.get_or_insert_default();
        for event in events {
            fold.extend(fold_lone(event, model));
        }
        fold.extend(super::idea::fold(events, model));
        units.push(Unit { interaction: Some(id), fold: std::mem::take(fold) });
    }
    units
}

/// The events of each interaction, in the order in which they are read.
pub(super) fn by_interaction<'a>(events: &[&'a Event]) -> BTreeMap<&'a str, Vec<&'a Event>> {
    let mut interactions: BTreeMap<&'a str, Vec<&'a Event>> = BTreeMap::new();
    for &event in events {
        if let Some(id) = &event.interaction {
            interactions.entry(id).or_default().push(event);
        }
    }
    for events in interactions.values_mut() {
        events.sort_unstable_by_key(|event| event.position());
    }
    interactions
}

/// The requests of some interactions, and how they are tied together.
pub(super) struct Threads<'a> {
    pub stories: HashMap<&'a str, Story<'a>>,
    revisited: HashSet<&'a str>,
}

impl<'a> Threads<'a> {
    pub(super) fn of(interactions: &BTreeMap<&'a str, Vec<&'a Event>>) -> Self {
        let stories: HashMap<_, _> =
            interactions.iter().filter_map(|(&id, events)| Story::read(events).map(|story| (id, story))).collect();
        let revisited = stories.values().filter_map(|story| story.request.revisits.as_deref()).collect();
        Self { stories, revisited }
    }

    /// A request and those before it in its chain, the latest first. Requests that revisit each other in a circle end it.
    fn back_from(&self, id: &'a str) -> Vec<(&'a str, &Story<'a>)> {
        let (mut back, mut seen, mut next) = (Vec::new(), HashSet::new(), Some(id));
        while let Some(id) = next.filter(|id| back.len() < LONGEST_CHAIN && seen.insert(*id)) {
            let Some(story) = self.stories.get(id) else { break };
            back.push((id, story));
            next = story.request.revisits.as_deref();
        }
        back
    }

    pub(super) fn chain(&self, id: &'a str) -> Chain {
        let back = self.back_from(id);
        let Some(((_, story), earlier)) = back.split_first() else { return Chain::default() };
        if earlier.is_empty() && self.revisited.contains(id) {
            return Chain::default();
        }
        let asked_at = story.requested_at();
        let refused = |story: &Story<'_>| {
            story.last_word_before(asked_at).is_some_and(|word| matches!(word.answer, Answer::No(_)))
        };
        let refusals = earlier.iter().filter(|(_, story)| refused(story)).count();
        let accepted_before = |(_, story): &(&str, &Story<'_>)| story.accepted_at().is_some_and(|at| at < asked_at);
        Chain {
            refusals: u32::try_from(refusals).unwrap_or(u32::MAX),
            strikes: if self.revisited.contains(id) { Vec::new() } else { strikes(&back) },
            changes_accepted: story.request.kind == RequestKind::Change && earlier.first().is_some_and(accepted_before),
        }
    }
}

/// The strikes of a chain that have not been made good by taking the idea up, oldest first.
fn strikes(back: &[(&str, &Story<'_>)]) -> Vec<Strike> {
    let mut words: Vec<_> = back.iter().filter_map(|(id, story)| Some((*id, story.last_word()?))).collect();
    words.sort_by_key(|(_, word)| word.event.position());
    let mut strikes = Vec::new();
    for (id, word) in words {
        match word.answer {
            Answer::Yes(_) | Answer::Delivery(_) => strikes.clear(),
            Answer::No(refused) if refused.reason.is_strike() => {
                strikes.push(Strike { interaction: id.to_owned(), reason: refused.reason, at: word.at });
            }
            Answer::No(_) => {}
        }
    }
    strikes
}
