//! What the clock alone does: silence costs, little by little, and never pays.

use proptest::prelude::*;
use rapport::{
    interaction::Pending,
    model::Model,
    score::Scores,
    tally::State,
    time::{DAY, HOUR, MICROSECOND, SECOND, Timestamp},
};

use super::{assert_sound, check};
use crate::support::{
    events::at,
    histories::{alone, histories, recent_matters, relationships},
};

/// The most that a score may change within a second.
const STEP: f64 = 0.1;
/// The most that a score may change as a day ends, when everything known grows a day older: both memories of a channel
/// fade towards their priors, the faster one by a fortieth a day; and what fell due in the day reaches the pool, which is
/// read at the start of each: that is most of it where several requests of a supplier's only customer fall due at once.
const MIDNIGHT: f64 = 3.5;
/// Scores are shown in thousandths: so much may be rounding.
const ROUNDING: f64 = 0.0011;

fn now() -> Timestamp {
    at("2026-05-11T15:20:00Z")
}

/// States at the moment [`now`] that time will change: recent matters after an older history.
fn waiting() -> impl Strategy<Value = State> {
    let states = (histories(), recent_matters(now())).prop_map(|(history, recent)| {
        let [relationship, ..] = relationships();
        let history = history.iter().filter(|event| *event.relationship() == relationship);
        State::fold(history.chain(&recent).filter(|event| event.occurred_at <= now()), &Model::default())
    });
    states.prop_filter("something must be pending", |state| !moments_of_change(state).is_empty())
}

/// When something falls due, lapses, or is worth nothing any longer, within half a year from now.
fn moments_of_change(state: &State) -> Vec<Timestamp> {
    let of = |Pending { reply, promises, .. }: &Pending| {
        let due_and_lapse = reply.iter().flat_map(|it| [it.due_at(), it.lapses_at(&Model::default())]);
        let deadline = promises.iter().flat_map(|it| [Some(it.deadline), Some(it.deadline.plus(it.lead))]);
        due_and_lapse.chain(deadline).flatten().collect::<Vec<_>>()
    };
    let mut moments: Vec<Timestamp> = state.pending.values().flat_map(of).collect();
    moments.retain(|&moment| moment > now() && moment < now().plus(180 * DAY));
    moments.sort_unstable();
    moments.dedup();
    moments
}

/// The scores at each of the moments, each with the one after it.
fn neighbours(state: &State, moments: impl IntoIterator<Item = Timestamp>) -> Vec<[(Timestamp, Scores); 2]> {
    let model = Model::default();
    let scored: Vec<_> = moments.into_iter().map(|moment| (moment, alone(state, moment, &model))).collect();
    scored.windows(2).map(|pair| [pair[0].clone(), pair[1].clone()]).collect()
}

fn values(scores: &Scores) -> [f64; 2] {
    [scores.responsiveness.value, scores.partnership.value]
}

#[test]
fn no_moment_is_a_step() {
    check(96, &waiting(), |state| {
        for moment in moments_of_change(&state).into_iter().chain([now()]) {
            let around = (-2..=3).map(|second| moment.plus(second * SECOND)).filter(|&it| it >= now());
            for [(before, from), (after, to)] in neighbours(&state, around) {
                assert_sound(&to);
                let most = if before.day() == after.day() { STEP } else { MIDNIGHT };
                for (from, to) in values(&from).into_iter().zip(values(&to)) {
                    assert!((from - to).abs() <= most, "from {from} at {before} to {to} at {after}");
                }
            }
        }
    });
}

#[test]
fn midnight_is_a_small_step() {
    check(64, &waiting(), |state| {
        for days in 1..60 {
            let midnight = (now() + days * DAY).day().start();
            for [(before, from), (after, to)] in neighbours(&state, [midnight - MICROSECOND, midnight]) {
                for (from, to) in values(&from).into_iter().zip(values(&to)) {
                    assert!((from - to).abs() <= MIDNIGHT, "from {from} at {before} to {to} at {after}");
                }
            }
        }
    });
}

/// Within a day nothing ages, so all that time does is to make what is awaited less likely.
#[test]
fn waiting_never_pays() {
    check(64, &waiting(), |state| {
        let changes = moments_of_change(&state);
        let last = changes.last().map_or(now(), |last| last.plus(DAY));
        let evenly = (0..=200).map(|step| now() + step * (last.since(now()) / 200));
        let hourly = (0..=72).map(|hour| now().plus(hour * HOUR));
        let closely = changes.iter().flat_map(|it| (-25..=25).map(|step| it.plus(step * HOUR / 10)));
        let mut moments: Vec<_> = evenly.chain(hourly).chain(closely).filter(|&it| it >= now()).collect();
        moments.sort_unstable();
        for [(before, from), (after, to)] in neighbours(&state, moments) {
            if before.day() == after.day() {
                for (from, to) in values(&from).into_iter().zip(values(&to)) {
                    assert!(to <= from + ROUNDING, "from {from} at {before} up to {to} at {after}");
                }
            }
        }
    });
}
