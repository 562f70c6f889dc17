//! The fold: the events of a relationship, interaction by interaction, read for all that they say.

use super::{
    conduct,
    deal::Deal,
    ending::Endings,
    findings::Fold,
    goods::NOTHING,
    idea, open,
    pending::Pending,
    precedents::Precedents,
    promise, reply,
    rules::Rules,
    thread::by_interaction,
    timeline::{Timeline, WordKind},
};
use crate::{
    counts::Counter,
    event::{Event, Money, Payload, RequestKind},
    flows::{Flow, Flows},
    model::Model,
};

/// One interaction, or one event of none, and what it says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Unit<'a> {
    /// The interaction; `None` for an event that stands alone.
    pub interaction: Option<&'a str>,
    /// What its events say for good.
    pub fold: Fold<'a>,
    /// What only time or another event will settle.
    pub pending: Option<Pending>,
    /// The request, which answers for what time settles.
    pub opening: Option<&'a Event>,
}

/// Folds events of one relationship: whole threads with all endings of the relationship, and events of no interaction.
/// Retracted ones must have been left out. Their order does not matter.
#[must_use]
pub fn fold<'a, 't>(events: &[&'a Event], rules: impl Into<Rules<'t>>) -> Vec<Unit<'a>> {
    let rules = rules.into();
    let Rules { model, .. } = rules;
    let (interactions, endings) = (by_interaction(events), Endings::of(events));
    let lone = events.iter().filter(|event| event.in_interaction().is_none() && !event.is_ending());
    let mut units: Vec<_> = lone.map(|event| Unit { fold: fold_event(event, model), ..Unit::default() }).collect();
    let requests = open::requests(events, rules);
    for (&id, events) in &interactions {
        let timeline = requests.timelines.get(id);
        let request = timeline.map(|timeline| fold_request(timeline, requests.precedents(id), &endings, model));
        let mut unit = Unit { interaction: Some(id), ..request.unwrap_or_default() };
        for event in events {
            unit.fold.extend(fold_event(event, model));
        }
        unit.fold.extend(idea::judge(events, model));
        if requests.merged.contains(id) {
            unit.fold.counts.add(Counter::Merged, 1);
        }
        units.push(unit);
    }
    units
}

/// Folds a request and what followed it.
fn fold_request<'a>(timeline: &Timeline<'a>, precedents: Precedents, endings: &Endings<'_>, model: &Model) -> Unit<'a> {
    let (mut fold, deal) = (Fold::default(), Deal::of(timeline, model));
    fold.counts.add(Counter::Requests, 1);
    if endings.are_before(timeline.opening) {
        fold.counts.add(Counter::SinceEnding, 1);
    }
    fold.flows.add_one(Flow::Requests, timeline.requested_at().day(), value(timeline));
    if let Some(word) = timeline.last_word().filter(|_| timeline.is_wish()) {
        match word.kind {
            WordKind::Yes(_) | WordKind::Delivery(_) => fold.flows.add_one(Flow::TakenUp, word.at.day(), None),
            WordKind::No(_) => {}
        }
    }
    count_confirmed(timeline, &mut fold);
    let pending = Pending {
        reply: reply::judge(timeline, &precedents, &deal, model, &mut fold),
        promises: promise::judge(timeline, &deal, model, &mut fold),
        clarification: conduct::judge(timeline, &precedents, &deal, model, &mut fold),
        strikes: precedents.strikes,
    };
    if !timeline.paid {
        exchange(timeline, &deal, &mut fold.flows);
    }
    let pending = (!pending.is_empty()).then_some(pending);
    Unit { interaction: None, fold, pending, opening: Some(timeline.opening) }
}

/// Counts orders that were delivered, and those of them that were confirmed before: it says whether a silence is one.
fn count_confirmed(timeline: &Timeline<'_>, fold: &mut Fold<'_>) {
    if timeline.request.kind == RequestKind::Order && timeline.is_delivered() {
        fold.counts.add(Counter::OrdersDelivered, 1);
        let first = timeline.answers.first();
        if first.is_some_and(|word| !matches!(word.kind, WordKind::Delivery(_))) {
            fold.counts.add(Counter::OrdersConfirmed, 1);
        }
    }
}

/// Folds what an event says by itself, whatever it stands beside.
fn fold_event<'a>(event: &'a Event, model: &Model) -> Fold<'a> {
    let mut fold = Fold::default();
    match &event.payload {
        Payload::Rated(rated) => conduct::rate(rated, event, &mut fold),
        Payload::Referred(_) => fold.flows.add_one(Flow::Referrals, event.occurred_at.day(), None),
        Payload::Paid(paid) => {
            conduct::pay(paid, event, model, &mut fold);
            fold.flows.add_one(Flow::Exchange, event.occurred_at.day(), Some(&paid.amount));
        }
        _ => {}
    }
    fold
}

/// What it is worth, as said last.
fn value<'a>(timeline: &Timeline<'a>) -> Option<&'a Money> {
    timeline.moves.iter().rev().find_map(|it| it.value).or(timeline.request.value.as_ref())
}

/// What deliveries were worth: value that changed hands, where the interaction does not say what was paid.
fn exchange(timeline: &Timeline<'_>, deal: &Deal<'_>, flows: &mut Flows) {
    let Some(value) = value(timeline).filter(|_| timeline.alters.is_none()) else { return };
    for part in deal.goods.parts.iter().filter(|part| part.share > NOTHING) {
        #[expect(clippy::cast_possible_truncation, reason = "a share of an amount is no larger than the amount")]
        let amount_minor = (value.amount_minor as f64 * part.good).round() as i64;
        flows.add_one(Flow::Exchange, part.at.day(), Some(&Money { amount_minor, ..value.clone() }));
    }
}
