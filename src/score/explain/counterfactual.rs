//! The scores of a relationship among its neighbours: as they are, and as they would be if its state were another.

use crate::{
    event::Event,
    flows::Flows,
    interaction::Awaited,
    model::Model,
    observation::Measure,
    tally::{Change, State, Tally},
    time::{Day, Timestamp},
};

use super::super::{
    curves::Curves,
    day_summary::DaySummary,
    demand::Demand,
    pool::Pool,
    sample::Sample,
    scores::{Known, Scores, read, score},
};

/// Everything that an explanation is read off.
#[derive(Clone, Debug)]
pub struct Input<'a> {
    /// The events of the relationship that count, in the order of [`Event::position`].
    pub events: Vec<&'a Event>,
    /// What the supplier's other customers say.
    pub of_supplier: Peers<'a>,
    /// What the customer's other suppliers say.
    pub of_customer: Peers<'a>,
    /// What flows in the opposite direction.
    pub reverse: &'a Flows,
}

/// A party's other relationships, in their order: those before and those after the one in question.
#[derive(Clone, Debug, Default)]
pub struct Peers<'a> {
    /// Those that come before it.
    pub before: Vec<&'a State>,
    /// Those that come after it.
    pub after: Vec<&'a State>,
}

/// An input at one moment, under one model.
pub(super) struct Counterfactual<'a> {
    pub as_of: Timestamp,
    pub model: &'a Model,
    reverse: Demand,
    of_supplier: Others,
    of_customer: Others,
}

/// What a peers says as the day of the counterfactual begins.
struct Others {
    tally: Tally,
    before: Vec<Awaited>,
    after: Vec<Awaited>,
}

/// The pool of a party with the curves of what is awaited in it; none where the pool is switched off.
pub(super) type Pooled<'a> = (Pool, Option<Curves<'a>>);

/// Everything that was found on the way to the scores.
pub(super) struct View<'a> {
    pub scores: Scores,
    pub curves: Curves<'a>,
    pub of_supplier: Pooled<'a>,
    pub of_customer: Pooled<'a>,
}

impl Others {
    fn of(peers: &Peers<'_>, today: Day, model: &Model) -> Self {
        let mut sample = Sample::default();
        if model.pool.enabled {
            peers.before.iter().for_each(|state| sample.add(state, today.start(), model));
        }
        let before = std::mem::take(&mut sample.awaited);
        if model.pool.enabled {
            peers.after.iter().for_each(|state| sample.add(state, today.start(), model));
        }
        Self { tally: sample.tally, before, after: sample.awaited }
    }

    /// The pool of the peers and of a relationship in that state, as [`Pool::of`] makes it of all of them, but for rounding.
    fn pool<'a>(&self, state: &State, today: Day, model: &'a Model) -> Pooled<'a> {
        let mut sample = Sample { tally: self.tally.clone(), awaited: self.before.clone() };
        sample.add(state, today.start(), model);
        sample.awaited.extend_from_slice(&self.after);
        Pool::fit(sample, today, model)
    }
}

impl<'a> Counterfactual<'a> {
    pub(super) fn at(input: &Input<'a>, as_of: Timestamp, model: &'a Model) -> Self {
        let others = |peers| Others::of(peers, as_of.day(), model);
        let (of_supplier, of_customer) = (others(&input.of_supplier), others(&input.of_customer));
        let reverse = Demand::of(input.reverse, as_of.day(), model);
        Self { as_of, model, reverse, of_supplier, of_customer }
    }

    pub(super) fn today(&self) -> Day {
        self.as_of.day()
    }

    /// The scores of the relationship in that state, and how they came about.
    pub(super) fn view(&self, state: &State) -> View<'a> {
        let pool = |others: &Others| others.pool(state, self.today(), self.model);
        let (of_supplier, of_customer) = (pool(&self.of_supplier), pool(&self.of_customer));
        let own = DaySummary::of(state, self.today(), self.model);
        let known = Known { own: &own, supplier: &of_supplier.0, customer: &of_customer.0, reverse: self.reverse };
        let scores = score(&known, self.as_of, self.model);
        let (_, curves) = read(&known, self.as_of, self.model);
        View { scores, curves, of_supplier, of_customer }
    }

    /// The scores if the state changed like that.
    pub(super) fn scores_after(&self, state: &State, change: &Change) -> Scores {
        let mut state = state.clone();
        state.apply(change);
        let pool = |others: &Others| others.pool(&state, self.today(), self.model).0;
        let (supplier, customer) = (pool(&self.of_supplier), pool(&self.of_customer));
        let own = DaySummary::of(&state, self.today(), self.model);
        let known = Known { own: &own, supplier: &supplier, customer: &customer, reverse: self.reverse };
        score(&known, self.as_of, self.model)
    }
}

impl<'a> View<'a> {
    /// The pool that a score's channels start from.
    pub(super) fn pooled(&self, measure: Measure) -> &Pooled<'a> {
        if measure == Measure::Customership { &self.of_customer } else { &self.of_supplier }
    }
}
