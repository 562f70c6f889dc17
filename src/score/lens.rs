//! The other ways to look at a relationship: who is really your best customer, or supplier?

use std::collections::BTreeMap;

use super::{day_summary::DaySummary, dealings::Dealings, scores::Scores};
use crate::observation::{Channel, Measure};

/// What a ranking may go by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lens {
    /// The responsiveness score.
    Responsiveness,
    /// The partnership score.
    Partnership,
    /// The customership score.
    Customership,
    /// Value that changed hands, in one currency.
    ValueExchanged,
    /// Value of what was lately asked for, in one currency.
    Potential,
    /// Recommendations to third parties.
    Advocacy,
    /// How both sides rate each other.
    Regard,
    /// How much is known.
    Evidence,
}

/// What the lenses that are no scores show.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Views {
    /// What is dealt between the two.
    pub dealings: Dealings,
    /// How both sides rate each other, 0 to 100.
    pub regard: f64,
    /// Effective number of observations, mean of the two scores.
    pub evidence: f64,
}

impl Lens {
    /// Whether it looks at money, and so at one currency.
    #[must_use]
    pub fn is_about_money(self) -> bool {
        matches!(self, Self::ValueExchanged | Self::Potential)
    }

    /// What it shows of a relationship: the larger, the better. `currency` matters where it is about money.
    #[must_use]
    pub fn value(self, scores: &Scores, views: &Views, currency: &str) -> f64 {
        let amount = |sums: &[(String, f64)]| sums.iter().find(|it| it.0 == currency).map_or(0.0, |it| it.1);
        match self {
            Self::Responsiveness => scores.responsiveness.value,
            Self::Partnership => scores.partnership.value,
            Self::Customership => scores.customership.value,
            Self::ValueExchanged => amount(&views.dealings.exchanged),
            Self::Potential => amount(&views.dealings.potential),
            Self::Advocacy => views.dealings.advocacy,
            Self::Regard => views.regard,
            Self::Evidence => views.evidence,
        }
    }

    /// The currency with the largest of some sums by currency, the first by name of equals; empty where there is none.
    pub fn main_currency<'a>(sums: impl IntoIterator<Item = (&'a str, f64)>) -> String {
        let mut totals: BTreeMap<&str, f64> = BTreeMap::new();
        for (currency, amount) in sums {
            *totals.entry(currency).or_default() += amount;
        }
        let largest = totals.into_iter().rev().max_by(|(_, a), (_, b)| a.total_cmp(b));
        largest.map(|(currency, _)| currency.to_owned()).unwrap_or_default()
    }

    /// The sums by currency that it looks at; none where it is not about money.
    pub fn sums(self, views: &Views) -> impl Iterator<Item = (&str, f64)> {
        let sums: &[(String, f64)] = match self {
            Self::ValueExchanged => &views.dealings.exchanged,
            Self::Potential => &views.dealings.potential,
            _ => &[],
        };
        sums.iter().map(|(currency, sum)| (currency.as_str(), *sum))
    }
}

/// Looks at a relationship through the lenses that are no scores.
#[must_use]
pub fn views(scores: &Scores, summary: &DaySummary) -> Views {
    let channel = |wanted: Channel| {
        let channels = &scores.of(wanted.measure()).channels;
        channels.iter().find(|(_, estimate)| estimate.channel == wanted).map_or(0.0, |(_, estimate)| estimate.value)
    };
    let evidence = |measure: Measure| scores.of(measure).evidence;
    Views {
        dealings: summary.dealings().clone(),
        regard: 100.0 * f64::midpoint(channel(Channel::Regard), channel(Channel::Esteem)),
        evidence: f64::midpoint(evidence(Measure::Responsiveness), evidence(Measure::Partnership)),
    }
}
