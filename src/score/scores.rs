//! The scores of a relationship, and what they are read off.

use std::sync::Arc;

use super::{
    blame::Usual,
    curves::Curves,
    day_summary::{DaySummary, Reading},
    demand::Demand,
    estimate::{Estimate, estimate, leveled, memories},
    judged::Eyes,
    life::Life,
    pool::Pool,
    reciprocity,
    standing::Placement,
    value::Score,
};
use crate::{
    model::Model,
    observation::{Channel, Measure},
    time::Timestamp,
};

/// Everything that the scores of a relationship are read off.
#[derive(Clone, Debug)]
pub struct Known {
    /// The relationship itself, summed up for the day of the moment.
    pub own: Arc<DaySummary>,
    /// Its supplier, across all its customers.
    pub supplier: Arc<Pool>,
    /// Its customer, across all its suppliers.
    pub customer: Arc<Pool>,
    /// How often the supplier asks the customer.
    pub reverse: Demand,
}

/// The scores of a relationship at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    /// Does the supplier answer?
    pub responsiveness: Score,
    /// Is the supplier a partner?
    pub partnership: Score,
    /// The mirror: is the customer a good one?
    pub customership: Score,
    /// The band, and what speaks for or against it.
    pub placement: Placement,
}

impl Scores {
    /// One of them.
    #[must_use]
    pub fn of(&self, measure: Measure) -> &Score {
        match measure {
            Measure::Responsiveness => &self.responsiveness,
            Measure::Partnership => &self.partnership,
            Measure::Customership => &self.customership,
        }
    }
}

/// Reads the scores off what is known. `as_of` must not lie before the last event in it.
#[must_use]
pub fn score(known: &Known, as_of: Timestamp, model: &Model) -> Scores {
    let today = as_of.day();
    let usual = known.usual(model);
    let (reading, curves) = read(known, Eyes::Fair(&usual), as_of, model);
    let happened = read(known, Eyes::Plain(&usual), as_of, model);
    let measure = |measure: Measure| {
        let (pool, others) = known.pools(measure);
        let channels = Channel::of(measure).map(|channel| {
            let estimate = if channel == Channel::Reciprocity {
                reciprocity::estimate(known.own.demand(), known.reverse, model)
            } else {
                let (plain, plain_curves) = &happened;
                let over = leveled(channel, plain, pool.plain(channel), today, plain_curves.of(channel), model);
                let forecast = over.expecting(others.plain(channel).mean, model);
                let estimate = estimate(channel, &reading, pool.level(channel), today, curves.of(channel), model);
                let raw = plain.settled(channel).share().filter(|_| is_judged(&estimate, &over));
                Estimate { forecast, raw, ..estimate }
            };
            (model.share(channel), estimate)
        });
        Score::of(channels.collect())
    };
    let (responsiveness, partnership) = (measure(Measure::Responsiveness), measure(Measure::Partnership));
    let life = Life::of(&known.own, as_of, model);
    let placement = Placement::of(&responsiveness, &partnership, &known.own, life, model);
    Scores { responsiveness, partnership, customership: measure(Measure::Customership), placement }
}

/// A change of a value by less than this is not worth a word: it does not show in per cent.
const NOTICEABLE: f64 = 0.005;

/// Whether the terms of requests made a difference.
fn is_judged(estimate: &Estimate, plain: &Estimate) -> bool {
    estimate.channel != Channel::LeadTime && (estimate.value - plain.value).abs() >= NOTICEABLE
}

impl Known {
    /// What is usual between the two: in their own history over that of the supplier.
    pub(super) fn usual(&self, model: &Model) -> Usual {
        self.own.usual(self.supplier.usual(), model)
    }

    /// The pool that a score's channels start from, and that of the other side.
    fn pools(&self, measure: Measure) -> (&Pool, &Pool) {
        match measure {
            Measure::Customership => (&self.customer, &self.supplier),
            Measure::Responsiveness | Measure::Partnership => (&self.supplier, &self.customer),
        }
    }
}

/// What the relationship itself says at `as_of`, and how long what it awaits takes.
pub(super) fn read<'m>(known: &Known, eyes: Eyes<'_>, as_of: Timestamp, model: &'m Model) -> (Reading, Curves<'m>) {
    debug_assert_eq!(known.own.day(), as_of.day(), "a summary is for one day");
    let mut reading = known.own.at(as_of, eyes, model);
    let pool = |lead| match eyes {
        Eyes::Fair(_) => known.supplier.level(lead),
        Eyes::Plain(_) => known.supplier.plain(lead),
    };
    let (curves, charges) = Curves::fit(&reading, model, |lead, curve| {
        memories(lead, &reading, pool(lead), as_of.day(), curve, model).1.mean
    });
    reading.awaited.extend(charges);
    (reading, curves)
}
