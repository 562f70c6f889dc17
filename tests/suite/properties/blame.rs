//! Blame: what is alike comes to its plain share, and what is taken off is charged.

use proptest::{collection::vec, prelude::*};
use rapport::{
    event::{Disposition, Event, Payload, RequestKind, Requested},
    model::Model,
    observation::Channel,
    score::Estimate,
    tally::State,
    time::{DAY, Span},
};

use super::check;
use crate::support::{
    events::{at, event, responded, share},
    histories::{alone, spans},
};

/// Weights are kept in millionths, and what is divided by a small one shows it.
const CLOSE: f64 = 1e-6;

/// Requests of one day that all gave the same time and were equally complete: some answered in time, the others late.
fn answers(given: Span, completeness: f64, in_time: &[bool]) -> Vec<Event> {
    let asked = at("2026-03-02T06:00:00Z");
    let of = |(n, in_time): (usize, &bool)| {
        let name = format!("request {n}");
        let request = Requested {
            respond_by: Some(asked + given),
            completeness: share(completeness),
            ..Requested::of(RequestKind::Information)
        };
        let answered_at = asked + if *in_time { given / 2 } else { given + given / 2 };
        [
            event("acme", "bolt", &name, &format!("{name}: asked"), asked, Payload::Requested(request)),
            event(
                "acme",
                "bolt",
                &name,
                &format!("{name}: answered"),
                answered_at,
                responded(Disposition::Answered, None),
            ),
        ]
    };
    in_time.iter().enumerate().flat_map(of).collect()
}

fn timely(events: &[Event], model: &Model) -> Estimate {
    let scores = alone(&State::fold(events, model), at("2026-03-02T06:00:00Z") + 40 * DAY, model);
    scores.responsiveness.channels.iter().find(|(_, it)| it.channel == Channel::Timely).unwrap().1
}

/// What the long memory saw, without what it starts from.
fn seen(estimate: &Estimate, model: &Model) -> f64 {
    let prior = model.memory.slow_prior_weight;
    (estimate.slow.mean * estimate.slow.total - prior * estimate.pool.mean) / (estimate.slow.total - prior)
}

#[test]
fn where_all_are_equally_hasty_the_share_is_the_plain_one() {
    let model = Model::default();
    // All within one day: what is late is known when it is due.
    let cases = (spans(Span::minutes(2)..Span::hours(11)), 0.3..=1.0, vec(any::<bool>(), 1..40));
    check(256, &cases, |(given, completeness, in_time)| {
        let estimate = timely(&answers(given, completeness, &in_time), &model);
        let plain = in_time.iter().filter(|it| **it).count() as f64 / in_time.len() as f64;
        let seen = seen(&estimate, &model);
        assert!((seen - plain).abs() < CLOSE, "{plain} of {} in {given:?} reads {seen}: {estimate:?}", in_time.len());
        assert!(estimate.raw.is_none_or(|raw| (raw - plain).abs() < 1e-9));
    });
}

#[test]
fn the_longer_haste_lasts_the_less_it_excuses() {
    let model = Model::default();
    check(64, &spans(Span::minutes(2)..Span::hours(11)), |given| {
        let evidence = |count: usize| timely(&answers(given, 1.0, &vec![false; count]), &model).evidence / count as f64;
        assert!(evidence(1) <= evidence(10) + CLOSE && evidence(10) <= evidence(200) + CLOSE);
        assert!(evidence(200) > 0.8, "what always was is usual: {}", evidence(200));
    });
}
