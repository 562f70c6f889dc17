//! The requests among some events, each closed by the first end of the relationship after it.

use super::{
    deal::Deal,
    ending::Endings,
    findings::Fold,
    pending::Pending,
    precedents::{Precedents, Requests},
    promise, reply,
    rules::Rules,
    thread::by_interaction,
    timeline::Timeline,
};
use crate::{event::Event, model::Model, time::Timestamp};

/// The requests of whole threads, whose events come with all endings of the relationship.
pub(super) fn requests<'a>(events: &[&'a Event], rules: Rules<'_>) -> Requests<'a> {
    let Rules { model, times } = rules;
    let endings = Endings::of(events);
    Requests::of(&by_interaction(events), &endings, times, &|timeline, at| is_open(timeline, at, model))
}

/// Whether, after what has been read of a timeline, anything may still come of it: an answer or a delivery. What has lapsed
/// by then is over already.
fn is_open(timeline: &Timeline<'_>, at: Timestamp, model: &Model) -> bool {
    let (mut fold, deal) = (Fold::default(), Deal::of(timeline, model));
    let pending = Pending {
        reply: reply::judge(timeline, &Precedents::default(), &deal, model, &mut fold),
        promises: promise::judge(timeline, &deal, model, &mut fold),
        ..Pending::default()
    };
    !pending.awaited_at(at, model).is_empty()
}
