//! The figures of the scores alone: what most readers want, and what is kept in memory for every relationship.

use super::{
    day_summary::DaySummary,
    lens::{Lens, views},
    scores::Scores,
    standing::Placement,
    value::Score,
};
use crate::observation::Measure;

/// The scores of a relationship without the channels that they are made of, and what the lenses show that are no scores.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// In the order of [`Measure::ALL`].
    scores: [Numbers; 3],
    /// The band, and what speaks for or against it.
    pub placement: Placement,
    regard: f64,
    advocacy: f64,
    /// By what flows and currency, in their order.
    amounts: Box<[Amount]>,
}

/// A score in thousandths, which are all its digits.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Numbers {
    evidence: f64,
    value: i32,
    low: i32,
    high: i32,
    trend: i32,
}

/// A decayed sum of money.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Amount {
    sum: f64,
    currency: [u8; 3],
    of: Money,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Money {
    Exchanged,
    Potential,
}

impl Figures {
    /// The figures of some scores of what was summed up.
    #[must_use]
    pub fn of(scores: &Scores, summary: &DaySummary) -> Self {
        let views = views(scores, summary);
        let amount = |of| {
            // Codes are three letters; what is none is not shown.
            move |(currency, sum): (String, f64)| {
                Some(Amount { sum, currency: currency.as_bytes().try_into().ok()?, of })
            }
        };
        let exchanged = views.dealings.exchanged.into_iter().filter_map(amount(Money::Exchanged));
        let potential = views.dealings.potential.into_iter().filter_map(amount(Money::Potential));
        Self {
            scores: Measure::ALL.map(|measure| Numbers::of(scores.of(measure))),
            placement: scores.placement.clone(),
            regard: views.regard,
            advocacy: views.dealings.advocacy,
            amounts: exchanged.chain(potential).collect(),
        }
    }

    /// The scores; their lists of channels are empty.
    #[must_use]
    pub fn scores(&self) -> Scores {
        let [responsiveness, partnership, customership] = self.scores.map(Numbers::score);
        Scores { responsiveness, partnership, customership, placement: self.placement.clone() }
    }

    /// What a lens shows of the relationship, as [`Lens::value`] says. `currency` matters where it is about money.
    #[must_use]
    pub fn shown(&self, lens: Lens, currency: &str) -> f64 {
        let score = |measure: Measure| f64::from(self.scores[measure as usize].value) / 1000.0;
        match lens {
            Lens::Responsiveness => score(Measure::Responsiveness),
            Lens::Partnership => score(Measure::Partnership),
            Lens::Customership => score(Measure::Customership),
            Lens::ValueExchanged | Lens::Potential => {
                self.sums(lens).find(|(code, _)| *code == currency).map_or(0.0, |(_, sum)| sum)
            }
            Lens::Advocacy => self.advocacy,
            Lens::Regard => self.regard,
            Lens::Evidence => f64::midpoint(self.scores[0].evidence, self.scores[1].evidence),
        }
    }

    /// The sums by currency that a lens looks at; none where it is not about money.
    pub fn sums(&self, lens: Lens) -> impl Iterator<Item = (&str, f64)> {
        let wanted = match lens {
            Lens::ValueExchanged => Some(Money::Exchanged),
            Lens::Potential => Some(Money::Potential),
            _ => None,
        };
        let amounts = self.amounts.iter().filter(move |amount| Some(amount.of) == wanted);
        amounts.map(|amount| (str::from_utf8(&amount.currency).unwrap_or_default(), amount.sum))
    }

    /// About how much memory it takes, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        size_of::<Self>() + size_of_val(&*self.amounts) + self.placement.size()
    }
}

impl Numbers {
    fn of(score: &Score) -> Self {
        let Score { value, low, high, evidence, trend, .. } = *score;
        let [value, low, high, trend] = [value, low, high, trend].map(thousandths);
        Self { evidence, value, low, high, trend }
    }

    fn score(self) -> Score {
        let [value, low, high, trend] =
            [self.value, self.low, self.high, self.trend].map(|thousandths| f64::from(thousandths) / 1000.0);
        Score { value, low, high, evidence: self.evidence, trend, channels: Vec::new() }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a score has no more than a hundred thousand thousandths")]
fn thousandths(points: f64) -> i32 {
    (points * 1000.0).round() as i32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::value::thousandths;

    #[test]
    fn all_digits_of_a_score_come_back() {
        for number in 0..=100_000 {
            let value = thousandths(f64::from(number) / 1000.0 + 1e-5);
            let score = Score { value, low: value, high: value, evidence: 0.1, trend: -value, channels: Vec::new() };
            assert_eq!(Numbers::of(&score).score(), score);
        }
    }

    #[test]
    fn figures_are_small() {
        assert!(size_of::<Figures>() <= 160 && size_of::<Amount>() == 16, "they are kept for every relationship");
    }
}
