//! The scores of a relationship, and what they are read off.

use std::sync::Arc;

use super::{
    curves::Curves,
    day_summary::{DaySummary, Reading},
    demand::Demand,
    estimate::{estimate, memories},
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
    let (reading, curves) = read(known, as_of, model);
    let measure = |measure: Measure| {
        let (pool, others) = match measure {
            Measure::Customership => (&known.customer, &known.supplier),
            Measure::Responsiveness | Measure::Partnership => (&known.supplier, &known.customer),
        };
        let channels = Channel::of(measure).map(|channel| {
            let estimate = if channel == Channel::Reciprocity {
                reciprocity::estimate(known.own.demand(), known.reverse, model)
            } else {
                let estimate = estimate(channel, &reading, pool.level(channel), today, curves.of(channel), model);
                estimate.expecting(others.level(channel).mean, model)
            };
            (model.share(channel), estimate)
        });
        Score::of(channels.collect())
    };
    let (responsiveness, partnership) = (measure(Measure::Responsiveness), measure(Measure::Partnership));
    let placement = Placement::of(&responsiveness, &partnership, known.own.strikes(), model);
    Scores { responsiveness, partnership, customership: measure(Measure::Customership), placement }
}

/// What the relationship itself says at `as_of`, and how long what it awaits takes.
pub(super) fn read<'a, 'm>(known: &'a Known, as_of: Timestamp, model: &'m Model) -> (Reading<'a>, Curves<'m>) {
    debug_assert_eq!(known.own.day(), as_of.day(), "a summary is for one day");
    let mut reading = known.own.at(as_of, model);
    let (curves, charges) = Curves::fit(&reading, model, |lead, curve| {
        memories(lead, &reading, known.supplier.level(lead), as_of.day(), curve, model).1.mean
    });
    reading.awaited.extend(charges);
    (reading, curves)
}
