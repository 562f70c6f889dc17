//! The early warning: the first time a supplier tells a customer to give up what it wants to become. The second time costs
//! more than the first, and by then the customer is being lost; so what it would cost is said while it can be helped.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    imagined::{IMAGINED, imagined},
    lifetime::{ValueAtRisk, at_risk},
    neighbours::Taker,
    scores::{Known, Scores, score},
    strikes::most_strikes,
    value::thousandths,
    words,
};
use crate::{
    event::{Payload, Refused, RequestKind, Requested},
    interaction::{self, Strike},
    model::{Model, Standing},
    observation::{Measure, Observation},
    tally::State,
    time::Timestamp,
};

/// What the first no may lead to.
#[derive(Clone, Debug, PartialEq)]
pub struct Warning {
    /// What was refused, oldest first: too little to hold the standing down.
    pub strikes: Vec<Strike>,
    /// By how many points partnership would change if the same were asked again and refused again, now and for the same
    /// reason, while others know what they know.
    pub partnership: f64,
    /// Where the relationship would stand then.
    pub standing: Standing,
    /// What is at risk now.
    pub at_risk: ValueAtRisk,
    /// What would be at risk then.
    pub at_risk_then: ValueAtRisk,
    /// Who else has taken up something that the customer wanted to become, and when last; the latest first.
    pub taken_up_by: Vec<Taker>,
}

impl Warning {
    /// The early warning of a relationship with these scores; none where nothing was refused, or too often already.
    #[must_use]
    pub fn of(
        state: &State,
        known: &Known,
        scores: &Scores,
        taken_up_by: Vec<Taker>,
        as_of: Timestamp,
        model: &Model,
    ) -> Option<Self> {
        let chain = &scores.placement.first_no;
        if chain.is_empty() {
            return None;
        }
        let (observations, strikes) = second_no(chain, as_of, model);
        let own = known.own.having_heard(&observations, &strikes, model);
        let then = score(&Known { own: Arc::new(own), ..known.clone() }, as_of, model);
        let worst = most_strikes(state);
        let worst_then = if strikes.len() > worst.len() { &strikes } else { worst };
        Some(Self {
            strikes: chain.to_vec(),
            partnership: thousandths(then.partnership.value - scores.partnership.value),
            standing: then.placement.standing,
            at_risk: at_risk(state, worst, as_of, model),
            at_risk_then: at_risk(state, worst_then, as_of, model),
            taken_up_by,
        })
    }

    /// The warning as a sentence that a person can act on.
    #[must_use]
    pub fn sentence(&self) -> String {
        let gone = |risk: &ValueAtRisk| 100.0 * (1.0 - risk.probability_alive);
        let others = match &self.taken_up_by[..] {
            [] => "nobody else has taken up such a thing".to_owned(),
            takers => {
                let said = takers.iter().map(|it| format!("{} ({})", it.supplier, it.on.start().date()));
                format!("such a thing was taken up by {}", said.collect::<Vec<_>>().join(", "))
            }
        };
        format!(
            "what the customer wants to become was refused: {}; a second no would cost {:.1} points of partnership and raise \
             the chance that the customer has left from {:.0} to {:.0} %, and the standing would be {}; {others}",
            words::refused(&self.strikes),
            -self.partnership,
            gone(&self.at_risk),
            gone(&self.at_risk_then),
            self.standing.name(),
        )
    }

    /// What is at risk now, and what would be then, in minor units by currency.
    #[must_use]
    pub fn amounts(&self) -> BTreeMap<&str, [f64; 2]> {
        let then = |currency: &str| self.at_risk_then.values.get(currency).map_or(0.0, |value| value.at_risk);
        let values = self.at_risk.values.iter();
        values.map(|(currency, now)| (currency.as_str(), [now.at_risk, then(currency)])).collect()
    }
}

/// What it says of the supplier as a partner when what was refused is asked again and refused again at a moment; and the
/// strikes that there are then.
fn second_no(chain: &[Strike], as_of: Timestamp, model: &Model) -> (Vec<Observation>, Vec<Strike>) {
    let again = chain.last().map(|last| (last.reason, as_of));
    let mut events = Vec::new();
    for (number, (reason, at)) in chain.iter().map(|strike| (strike.reason, strike.at)).chain(again).enumerate() {
        let revisits = number.checked_sub(1).map(name);
        let request = Requested { revisits, ..Requested::of(RequestKind::Improvement) };
        events.push(imagined(&name(number), &format!("{number} asked"), at, Payload::Requested(request)));
        events.push(imagined(&name(number), &format!("{number} refused"), at, Payload::Refused(Refused::of(reason))));
    }
    let last = name(chain.len());
    let units = interaction::fold(&events.iter().collect::<Vec<_>>(), model);
    let Some(unit) = units.into_iter().find(|unit| unit.interaction == Some(&last)) else { return Default::default() };
    let observations = unit.fold.settled.iter().map(|settled| settled.observation);
    let as_partner = observations.filter(|it| it.channel.measure() == Measure::Partnership);
    (as_partner.collect(), unit.pending.map(|pending| pending.strikes).unwrap_or_default())
}

fn name(number: usize) -> String {
    format!("{IMAGINED}{number}")
}
