//! The scores of a relationship among its neighbours: as they are, and as they would be if its state were another.

use std::sync::Arc;

use crate::{
    event::Event,
    interaction::Rules,
    model::Model,
    observation::Measure,
    tally::{Change, State},
    time::{Day, Timestamp},
};

use super::super::{
    blame::Usual,
    curves::Curves,
    day_summary::DaySummary,
    demand::Demand,
    judged::Eyes,
    neighbours::Peers,
    pool::Pool,
    scores::{Known, Scores, read, score},
};

/// Everything that an explanation is read off.
#[derive(Clone, Debug)]
pub struct Input<'a> {
    /// The events of the relationship that count, in the order of [`Event::position`].
    pub events: Vec<&'a Event>,
    /// What the supplier's other customers say.
    pub of_supplier: Peers,
    /// What the customer's other suppliers say.
    pub of_customer: Peers,
    /// How often the supplier asks the customer.
    pub reverse: Demand,
}

/// What the scores would be with another state of the relationship, at one moment and under one model.
pub(super) struct Counterfactual<'a> {
    pub as_of: Timestamp,
    pub model: &'a Model,
    pub rules: Rules<'a>,
    input: &'a Input<'a>,
}

/// The pool of a party with the curves of what is awaited in it; none where the pool is switched off.
pub(super) type Pooled<'a> = (Arc<Pool>, Option<Curves<'a>>);

/// Everything that was found on the way to the scores.
pub(super) struct View<'a> {
    pub scores: Scores,
    pub curves: Curves<'a>,
    pub usual: Usual,
    pub of_supplier: Pooled<'a>,
    pub of_customer: Pooled<'a>,
}

impl<'a> Counterfactual<'a> {
    pub(super) fn at(input: &'a Input<'a>, as_of: Timestamp, rules: Rules<'a>) -> Self {
        Self { as_of, model: rules.model, rules, input }
    }

    pub(super) fn today(&self) -> Day {
        self.as_of.day()
    }

    /// The scores of the relationship in that state, and how they came about.
    pub(super) fn view(&self, state: &State) -> View<'a> {
        let own = Arc::new(DaySummary::of(state, self.today(), self.model));
        let [of_supplier, of_customer] =
            [&self.input.of_supplier, &self.input.of_customer].map(|peers| self.pool(peers, &own));
        let (supplier, customer) = (Arc::clone(&of_supplier.0), Arc::clone(&of_customer.0));
        let known = Known { own, supplier, customer, reverse: self.input.reverse };
        let scores = score(&known, self.as_of, self.model);
        let usual = known.usual(self.model);
        let (_, curves) = read(&known, Eyes::Fair(&usual), self.as_of, self.model);
        View { scores, curves, usual, of_supplier, of_customer }
    }

    /// The pool of the peers and of the relationship, as [`Pool::of`] makes it of all of them.
    fn pool(&self, peers: &Peers, own: &DaySummary) -> Pooled<'a> {
        let mut sum = peers.before.clone();
        own.add_to(&mut sum, self.model);
        sum.merge(&peers.after);
        let (pool, curves) = Pool::fit(&sum, self.today(), self.model);
        (Arc::new(pool), curves)
    }

    /// The scores if the state changed like that.
    pub(super) fn scores_after(&self, state: &State, change: &Change) -> Scores {
        let mut state = state.clone();
        state.apply(change);
        self.view(&state).scores
    }
}

impl<'a> View<'a> {
    /// The pool that a score's channels start from.
    pub(super) fn pooled(&self, measure: Measure) -> &Pooled<'a> {
        self.pooled_of(measure == Measure::Customership)
    }

    /// The pool of the customer, or of the supplier.
    pub(super) fn pooled_of(&self, mirror: bool) -> &Pooled<'a> {
        if mirror { &self.of_customer } else { &self.of_supplier }
    }
}
