//! How a history becomes an [`EventLog`]: event after event, each thread folded anew whenever more of it is known.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{
    event_log::{EventLog, Heard, InteractionChange, LogEntry, Pair, Request},
    target::Target,
};
use crate::{
    event::{Event, Identity, Payload, Relationship},
    interaction::{self, Pending, Rules, Unit},
    observation::Observation,
    time::Timestamp,
};

impl EventLog {
    /// Folds a history under the target's view of the model. Its order does not matter; of several events with one
    /// identity the one heard first counts.
    #[must_use]
    pub fn of<'r>(history: &[Heard], target: Target, rules: impl Into<Rules<'r>>) -> Self {
        let Rules { model, times } = rules.into();
        let mut order: Vec<&Heard> = history.iter().collect();
        order.sort_by(|a, b| (a.at, a.event.position()).cmp(&(b.at, b.event.position())));
        let view = target.view(model);
        let mut recorder = Recorder::new(target, Rules { model: &view, times });
        for together in order.chunk_by(|a, b| a.at == b.at) {
            recorder.hear(together);
        }
        recorder.finish(order.last().map_or(Timestamp::MIN, |last| last.at))
    }
}

/// What an interaction said last.
#[derive(Default)]
struct Trace {
    request: Option<usize>,
    observations: Vec<Observation>,
    pending: Option<Pending>,
}

/// Interactions tied together as far as is known, with their events that count.
#[derive(Default)]
struct GrowingThread<'a> {
    events: Vec<&'a Event>,
    members: Vec<&'a str>,
}

/// A log in the making.
struct Recorder<'a> {
    view: Rules<'a>,
    log: EventLog,
    pairs: HashMap<&'a Relationship, usize>,
    suppliers: HashMap<&'a str, usize>,
    customers: HashMap<&'a str, usize>,
    heard: HashMap<&'a Identity, &'a Event>,
    taken_back: HashSet<Identity>,
    threads: Vec<GrowingThread<'a>>,
    /// By pair: its threads, and what ends it.
    of_pairs: Vec<(Vec<usize>, Vec<&'a Event>)>,
    /// The thread and the number of each interaction.
    interactions: HashMap<(usize, &'a str), (usize, usize)>,
    traces: Vec<Trace>,
}

impl<'a> Recorder<'a> {
    fn new(target: Target, view: Rules<'a>) -> Self {
        let (entries, requests, relationships) = (Vec::new(), Vec::new(), Vec::new());
        Self {
            view,
            log: EventLog {
                target,
                channels: target.channels(),
                entries,
                requests,
                relationships,
                suppliers: 0,
                customers: 0,
            },
            pairs: HashMap::new(),
            suppliers: HashMap::new(),
            customers: HashMap::new(),
            heard: HashMap::new(),
            taken_back: HashSet::new(),
            threads: Vec::new(),
            of_pairs: Vec::new(),
            interactions: HashMap::new(),
            traces: Vec::new(),
        }
    }

    /// Hears what became known at one moment. Its requests come first: what one of them came to must not help to
    /// predict another.
    fn hear(&mut self, together: &[&'a Heard]) {
        let mut changes = Vec::new();
        for heard in together {
            if let Some((pair, threads)) = self.take(&heard.event) {
                for thread in threads {
                    self.fold(pair, thread, heard.at, &mut changes);
                }
            }
        }
        self.log.entries.extend(changes.into_iter().map(Box::new).map(LogEntry::Change));
    }

    /// Takes an event in and returns the relationship and the threads that it changes: an end of the relationship all.
    fn take(&mut self, event: &'a Event) -> Option<(usize, Vec<usize>)> {
        if self.heard.contains_key(&event.identity) {
            return None;
        }
        self.heard.insert(&event.identity, event);
        let pair = self.pair(event.relationship());
        if let Some(target) = event.target() {
            let known = self.heard.get(&target).copied();
            let threads = match known.map(|known| (known, known.in_interaction())) {
                Some((_, Some(interaction))) => {
                    let thread = self.thread(pair, interaction);
                    self.threads[thread].events.retain(|known| known.identity != target);
                    Some(vec![thread])
                }
                Some((known, None)) if known.is_ending() => {
                    let (threads, endings) = &mut self.of_pairs[pair];
                    endings.retain(|known| known.identity != target);
                    Some(threads.clone())
                }
                _ => None,
            };
            self.taken_back.insert(target);
            return threads.map(|threads| (pair, threads));
        }
        if self.taken_back.contains(&event.identity) {
            return None;
        }
        if event.is_ending() {
            let (threads, endings) = &mut self.of_pairs[pair];
            endings.push(event);
            return Some((pair, threads.clone()));
        }
        let interaction = event.in_interaction()?;
        let mut thread = self.thread(pair, interaction);
        if let Some(earlier) = event.revisits() {
            let other = self.thread(pair, earlier);
            thread = self.join(pair, thread, other);
        }
        self.threads[thread].events.push(event);
        Some((pair, vec![thread]))
    }

    fn pair(&mut self, relationship: &'a Relationship) -> usize {
        let next = self.pairs.len();
        *self.pairs.entry(relationship).or_insert_with(|| {
            let (suppliers, customers) = (self.suppliers.len(), self.customers.len());
            let supplier = *self.suppliers.entry(&relationship.supplier).or_insert(suppliers);
            let customer = *self.customers.entry(&relationship.customer).or_insert(customers);
            self.of_pairs.push((Vec::new(), Vec::new()));
            self.log.relationships.push(Pair { relationship: relationship.clone(), supplier, customer });
            next
        })
    }

    fn thread(&mut self, pair: usize, interaction: &'a str) -> usize {
        let next = (self.threads.len(), self.traces.len());
        let (thread, _) = *self.interactions.entry((pair, interaction)).or_insert_with(|| {
            self.of_pairs[pair].0.push(self.threads.len());
            self.threads.push(GrowingThread { events: Vec::new(), members: vec![interaction] });
            self.traces.push(Trace::default());
            next
        });
        thread
    }

    fn join(&mut self, pair: usize, thread: usize, other: usize) -> usize {
        if thread != other {
            let moved = std::mem::take(&mut self.threads[other]);
            for &member in &moved.members {
                self.interactions.entry((pair, member)).and_modify(|(thread_of, _)| *thread_of = thread);
            }
            self.threads[thread].events.extend(moved.events);
            self.threads[thread].members.extend(moved.members);
        }
        thread
    }

    /// Folds a thread anew and notes what it changes.
    fn fold(&mut self, pair: usize, thread: usize, at: Timestamp, changes: &mut Vec<InteractionChange>) {
        let thread = &self.threads[thread];
        let events = [thread.events.as_slice(), &self.of_pairs[pair].1].concat();
        let units: BTreeMap<_, _> = interaction::fold(&events, self.view)
            .into_iter()
            .filter_map(|unit| Some((unit.interaction?, unit)))
            .collect();
        let nothing = Unit::default();
        for &member in &thread.members {
            let unit = units.get(member).unwrap_or(&nothing);
            let (_, interaction) = self.interactions[&(pair, member)];
            let trace = &mut self.traces[interaction];
            note_request(&mut self.log, trace, unit, pair, at);
            let (target, channels) = (self.log.target, &self.log.channels);
            let added = target.observations(&unit.fold, channels);
            let pending = unit.pending.clone().filter(|_| target.counts_silence());
            if added == trace.observations && pending == trace.pending {
                continue;
            }
            let removed = std::mem::replace(&mut trace.observations, added.clone());
            trace.pending.clone_from(&pending);
            changes.push(InteractionChange { relationship: pair, interaction, removed, added, pending });
        }
    }

    fn finish(mut self, end: Timestamp) -> EventLog {
        for trace in &self.traces {
            let Some(request) = trace.request.map(|place| &mut self.log.requests[place]) else { continue };
            note_silence(request, trace, self.log.target, end);
        }
        self.log.suppliers = self.suppliers.len();
        self.log.customers = self.customers.len();
        self.log
    }
}

/// Notes a request that is new, and what it has come to.
fn note_request(log: &mut EventLog, trace: &mut Trace, unit: &Unit<'_>, pair: usize, at: Timestamp) {
    let requested = unit.opening.and_then(|opening| match &opening.payload {
        Payload::Requested(requested) => Some(requested),
        _ => None,
    });
    if let (None, Some(requested)) = (trace.request, requested) {
        trace.request = Some(log.requests.len());
        log.entries.push(LogEntry::Request(log.requests.len()));
        let channel = log.target.channel(requested.kind);
        log.requests.push(Request { at, relationship: pair, channel, outcome: None, decided: None });
    }
    let Some(request) = trace.request.map(|place| &mut log.requests[place]) else { return };
    note_silence(request, trace, log.target, at);
    request.outcome = log.target.outcome(&unit.fold, request.channel);
    request.decided = request.decided.or(request.outcome.map(|outcome| (at, outcome)));
}

/// Notes that the time for a request ran out by `now`.
fn note_silence(request: &mut Request, trace: &Trace, target: Target, now: Timestamp) {
    let failed_at = trace.pending.as_ref().and_then(|pending| target.fails_at(pending)).filter(|&at| at <= now);
    if let Some(failed_at) = failed_at {
        request.outcome = Some(false);
        request.decided = request.decided.or(Some((failed_at, false)));
    }
}
