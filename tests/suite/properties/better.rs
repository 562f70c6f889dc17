//! Doing better never scores worse: two histories that differ in one thing only, the second one better in it.
//!
//! What differs in the day on which it is settled is left out: the later of two equal deeds weighs more, as it should.
//! So is what comes of a promise that is not made at all: to say no in time is better than to promise and to fail.

use proptest::prelude::*;
use rapport::{
    event::{Disposition, Event, Payload, RefusalReason, RequestKind, Requested},
    model::Model,
    tally::State,
    time::{DAY, HOUR, MICROSECOND, Span, Timestamp},
};

use super::{assert_sound, check};
use crate::support::{
    events::{at, clarification_asked, clarified, delivered, event, refused, request, responded, share},
    histories::{alone, dispositions, histories, relationships, request_kinds, spans},
};

/// Scores are shown in thousandths: so much may be rounding.
const ROUNDING: f64 = 0.0011;
/// When the request in question is made: after the history before it.
const REQUESTED_AT: &str = "2026-04-20T10:30:00Z";

/// What is the same on both sides of a comparison.
#[derive(Clone, Debug)]
struct Setting {
    history: Vec<Event>,
    request: Requested,
    /// The supplier asks and the customer clarifies, so long after the request.
    pause: Option<(Span, Span)>,
    as_of: Timestamp,
}

fn after(delay: Span) -> Timestamp {
    at(REQUESTED_AT).plus(delay)
}

fn settings() -> impl Strategy<Value = Setting> {
    let dates = || prop::option::of((spans(Span::ZERO..5 * DAY)).prop_map(after));
    let requests = (request_kinds(), dates(), 0.0..=1.0).prop_map(|(kind, respond_by, completeness)| Requested {
        respond_by,
        completeness: share(completeness),
        ..request(kind)
    });
    let pauses = prop::option::of(
        (spans(Span::ZERO..3 * DAY), spans(Span::ZERO..3 * DAY)).prop_map(|(asked, taken)| (asked, asked + taken)),
    );
    // Long after everything about the request is settled.
    let moments = (120..200_i64).prop_map(|days| after(days * DAY));
    (histories(), requests, pauses, moments).prop_map(|(mut history, request, pause, as_of)| {
        let [relationship, ..] = relationships();
        history.retain(|event| *event.relationship() == relationship);
        Setting { history, request, pause, as_of }
    })
}

impl Setting {
    fn needed_by(mut self, needed_by: Option<Timestamp>) -> Self {
        self.request.needed_by = needed_by;
        self
    }

    /// Both scores, where the supplier did what is given, so long after the request.
    fn scores(&self, deeds: &[(Span, Payload)]) -> [f64; 2] {
        let mut happenings = vec![(Span::ZERO, Payload::Requested(self.request.clone()))];
        happenings.extend(self.pause.iter().flat_map(|&(from, to)| [(from, clarification_asked()), (to, clarified())]));
        happenings.extend_from_slice(deeds);
        let events: Vec<Event> = happenings
            .into_iter()
            .enumerate()
            .map(|(index, (delay, payload))| {
                event("acme", "bolt", "in question", &format!("q{index}"), after(delay), payload)
            })
            .collect();
        let model = Model::default();
        let scores = alone(&State::fold(self.history.iter().chain(&events), &model), self.as_of, &model);
        assert_sound(&scores);
        [scores.responsiveness.value, scores.partnership.value]
    }

    fn assert_no_worse(&self, worse: &[(Span, Payload)], better: &[(Span, Payload)]) {
        for (worse_score, better_score) in self.scores(worse).into_iter().zip(self.scores(better)) {
            assert!(
                better_score >= worse_score - ROUNDING,
                "{better_score} for {better:?} is less than {worse_score} for {worse:?}"
            );
        }
    }
}

fn words() -> impl Strategy<Value = Payload> {
    let refusals = (prop::sample::select(RefusalReason::ALL.to_vec()), any::<bool>());
    prop_oneof![
        dispositions().prop_map(|disposition| responded(disposition, None)),
        refusals.prop_map(|(reason, alternative)| refused(reason, alternative)),
    ]
}

/// Two delays on the same UTC day, up to `days` after the request, the shorter one first.
fn same_day(days: i64) -> impl Strategy<Value = (Span, Span)> {
    (0..days, spans(Span::ZERO..DAY), spans(Span::ZERO..DAY)).prop_map(|(day, one, other)| {
        let midnight = after(day * DAY).day().start();
        let delay = |time: Span| (midnight + time).since(after(Span::ZERO)).max(Span::ZERO);
        (delay(one.min(other)), delay(one.max(other)))
    })
}

fn dates() -> impl Strategy<Value = Option<Timestamp>> {
    prop::option::of((spans(Span::ZERO..30 * DAY)).prop_map(after))
}

/// An order, or another request that was accepted for a date: a delivery is owed either way.
fn owed() -> impl Strategy<Value = (Setting, Vec<(Span, Payload)>)> {
    let promise = (spans(Span::ZERO..2 * DAY), spans(Span::ZERO..30 * DAY));
    let order = (settings(), dates()).prop_map(|(mut setting, needed_by)| {
        setting.request.kind = RequestKind::Order;
        (setting.needed_by(needed_by), Vec::new())
    });
    let promised = (settings(), dates(), promise).prop_map(|(setting, needed_by, (delay, by))| {
        let yes = responded(Disposition::Accepted, Some(after(by)));
        (setting.needed_by(needed_by), vec![(delay, yes)])
    });
    prop_oneof![order, promised]
}

fn then(deeds: &[(Span, Payload)], delay: Span, payload: Payload) -> Vec<(Span, Payload)> {
    [deeds, &[(delay, payload)]].concat()
}

#[test]
fn to_answer_sooner_on_the_same_day() {
    check(256, &(settings(), words(), same_day(60), dates()), |(setting, word, (sooner, later), needed_by)| {
        setting.needed_by(needed_by).assert_no_worse(&[(later, word.clone())], &[(sooner, word)]);
    });
}

#[test]
fn to_say_it_better() {
    check(256, &(settings(), spans(Span::ZERO..40 * DAY)), |(setting, delay)| {
        let ladder = [
            refused(RefusalReason::NotNeeded, false),
            refused(RefusalReason::NotNeeded, true),
            responded(Disposition::CounterOffer, None),
            responded(Disposition::Accepted, None),
        ];
        for rungs in ladder.windows(2) {
            setting.assert_no_worse(&[(delay, rungs[0].clone())], &[(delay, rungs[1].clone())]);
        }
        for reason in RefusalReason::ALL {
            let (bare, with_alternative) = (refused(reason, false), refused(reason, true));
            setting.assert_no_worse(&[(delay, bare)], &[(delay, with_alternative)]);
        }
    });
}

#[test]
fn to_answer_at_all() {
    check(256, &(settings(), words(), spans(Span::ZERO..100 * DAY), dates()), |(setting, word, delay, needed_by)| {
        // Elsewhere a yes by a date would be a promise that silence does not make.
        let is_order = setting.request.kind == RequestKind::Order;
        let setting = setting.needed_by(needed_by.filter(|_| is_order));
        setting.assert_no_worse(&[], &[(delay, word)]);
    });
}

#[test]
fn to_deliver_sooner_on_the_same_day() {
    check(256, &(owed(), same_day(70), 0.0..=1.0), |((setting, deeds), (sooner, later), accepted)| {
        let delivery = delivered(1.0, accepted);
        // What is delivered before the promise answers in its place, and what was there before it was asked for answers
        // nothing: another matter.
        let said = deeds.first().map_or(MICROSECOND, |(delay, _)| *delay);
        let (sooner, later) = (sooner.max(said), later.max(said));
        setting.assert_no_worse(&then(&deeds, later, delivery.clone()), &then(&deeds, sooner, delivery));
    });
}

#[test]
fn to_deliver_late_rather_than_never() {
    check(256, &(owed(), spans(Span::ZERO..100 * DAY)), |((setting, deeds), delay)| {
        // What is delivered before the promise answers in its place: another matter.
        let delay = deeds.first().map_or(delay, |(said, _)| delay.max(*said));
        setting.assert_no_worse(&deeds, &then(&deeds, delay, delivered(1.0, 1.0)));
    });
}

#[test]
fn to_deliver_more_of_it() {
    let shares = (0.0..=1.0, 0.0..=1.0, 0.0..=1.0);
    check(256, &(owed(), spans(Span::ZERO..70 * DAY), shares), |((setting, deeds), delay, (one, other, accepted))| {
        // Where no date says when the rest has failed, more of what is then sent back is no better.
        let dated = setting.request.needed_by.is_some() || !deeds.is_empty();
        let accepted = if dated { accepted } else { 1.0 };
        let (less, more) = (delivered(f64::min(one, other), accepted), delivered(f64::max(one, other), accepted));
        setting.assert_no_worse(&then(&deeds, delay, less), &then(&deeds, delay, more));
    });
}

#[test]
fn to_deliver_what_is_accepted() {
    let shares = (0.0..=1.0, 0.0..=1.0, 0.0..=1.0);
    check(256, &(owed(), spans(Span::ZERO..70 * DAY), shares), |((setting, deeds), delay, (in_full, one, other))| {
        let (less, more) = (delivered(in_full, f64::min(one, other)), delivered(in_full, f64::max(one, other)));
        setting.assert_no_worse(&then(&deeds, delay, less), &then(&deeds, delay, more));
    });
}

/// An order without a history that was made complete, and needed by the given delay after it.
fn order_needed_in(delay: Span) -> Setting {
    let request = request(RequestKind::Order);
    Setting { history: Vec::new(), request, pause: None, as_of: after(150 * DAY) }.needed_by(Some(after(delay)))
}

/// What was never delivered earns nothing, however shortly after its date it was refused or taken back.
#[test]
fn to_refuse_an_order_before_its_date_rather_than_after_it() {
    let date = 17 * DAY;
    let no = refused(RefusalReason::CannotBeDone, false);
    let mut setting = order_needed_in(date);
    setting.assert_no_worse(&[(date + HOUR, no.clone())], &[(date - HOUR, no.clone())]);
    // Nor where nothing can be held against the supplier.
    setting.request.completeness = share(0.0);
    setting.assert_no_worse(&[(date + HOUR, no.clone())], &[(date - HOUR, no)]);
}

/// A date that could not be met excuses missing it, not that nobody answered.
#[test]
fn to_answer_a_hasty_order_late_rather_than_never() {
    let counter_offer = responded(Disposition::CounterOffer, None);
    order_needed_in(Span::ZERO).assert_no_worse(&[], &[(4 * DAY + MICROSECOND, counter_offer)]);
}
