//! Why a relationship stands where it stands, in sentences.

use super::{estimate::Estimate, kpi::Kpis, life::Life, scores::Scores, value::Score, words};
use crate::{
    interaction::{Ending, Strike},
    model::{Model, Standing},
};

/// A channel below this is worth a word where somebody asks why.
const POOR: f64 = 0.5;
/// With fewer effective observations than this it is not: too little is known to blame anybody.
const ENOUGH: f64 = 2.0;

/// Why a relationship stands where it stands: sentences a person can act on, the deciding one first.
#[must_use]
pub fn reasons(scores: &Scores, kpis: &Kpis, model: &Model) -> Vec<String> {
    let (placement, bands) = (&scores.placement, &model.standing);
    let mean = |of: fn(&Score) -> f64| f64::midpoint(of(&scores.responsiveness), of(&scores.partnership));
    let mut reasons = Vec::new();
    reasons.extend(placement.ending.as_deref().map(ended));
    if placement.life == Life::Dormant {
        reasons.push("dormant: the customer has not asked for far longer than is usual for it".to_owned());
    }
    if !placement.strikes.is_empty() {
        reasons.push(chain(&placement.strikes, placement.uncapped));
    }
    if placement.uncapped == Standing::Unproven {
        let (known, needed) = (mean(|it| it.evidence), bands.evidence_needed);
        reasons.push(format!("too little is known: evidence {known:.1}, where {needed:.1} is needed"));
    } else {
        let (value, name) = (mean(|it| it.value), placement.uncapped.name());
        reasons.push(format!("responsiveness and partnership are {value:.1} on average: {name}"));
    }
    if placement.provisional {
        let (low, high) = (mean(|it| it.low), mean(|it| it.high));
        reasons.push(format!("provisional: with 90 % confidence the average lies between {low:.0} and {high:.0}"));
    }
    if kpis.overdue > 0 {
        let since = kpis.oldest_open.map(|at| format!(", the oldest open request since {at}")).unwrap_or_default();
        reasons.push(format!("{} of {} open requests are overdue{since}", kpis.overdue, kpis.open));
    }
    if let Some(weakest) = weakest(scores) {
        let (name, value) = (weakest.channel.name(), weakest.value);
        reasons.push(format!("weakest in {name}: {value:.2} on a scale of 0 to 1"));
    }
    reasons
}

/// How a relationship ended.
fn ended(ending: &Ending) -> String {
    format!("{} on {}; a new request revives it", words::ended(ending), ending.at.date())
}

fn chain(strikes: &[Strike], uncapped: Standing) -> String {
    format!(
        "asked again and refused again: {}; until the idea is taken up the standing is no better than {}{}",
        words::refused(strikes),
        Standing::AtRisk.name(),
        if uncapped < Standing::AtRisk {
            format!(" (the scores alone say {})", uncapped.name())
        } else {
            String::new()
        }
    )
}

fn weakest(scores: &Scores) -> Option<Estimate> {
    let channels = scores.responsiveness.channels.iter().chain(&scores.partnership.channels);
    let known = channels.map(|(_, estimate)| *estimate).filter(|it| it.evidence >= ENOUGH && it.value < POOR);
    known.min_by(|a, b| a.value.total_cmp(&b.value))
}
