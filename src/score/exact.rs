//! Decayed sums as whole numbers: they come to the same in whatever order, and by way of whatever parts, they are added.
//!
//! In floating point, a pool summed relationship by relationship and one summed day by day differ in their last digits.

use super::level::Sums;
use crate::observation::UNIT;

/// A decay is rounded to so many binary digits. What that takes from a score is a thousandth of a millionth of what is
/// shown of it.
const DIGITS: u32 = 40;
/// What a sum counts one observation of today as.
const ONE: f64 = (1_u64 << DIGITS) as f64;

/// A decayed sum of settled observations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ExactSums {
    pub weight: i128,
    pub value: i128,
}

impl ExactSums {
    /// Adds a weight and a weighted value, in millionths, that have faded to the share `decay` of what they were.
    #[expect(clippy::cast_possible_truncation, reason = "a decay lies between 0 and 1")]
    pub fn add(&mut self, decay: f64, weight: i64, value: i64) {
        let decay = i128::from((decay * ONE).round() as i64);
        self.merge(Self { weight: decay * i128::from(weight), value: decay * i128::from(value) });
    }

    /// Adds another sum. No events sum up to anything near the range's end; bytes that were damaged may, and must not end
    /// in a panic.
    pub fn merge(&mut self, other: Self) {
        self.weight = self.weight.wrapping_add(other.weight);
        self.value = self.value.wrapping_add(other.value);
    }

    pub fn sums(self) -> Sums {
        let unit = ONE * UNIT as f64;
        Sums { weight: self.weight as f64 / unit, value: self.value as f64 / unit }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_is_the_same_by_whatever_way() {
        let cells = [(1.0, UNIT, UNIT), (0.3, 7 * UNIT, 0), (1e-3, 2_250_000, 1), (0.3, i64::MAX, i64::MAX)];
        let sum = |cells: &[(f64, i64, i64)]| {
            let mut sum = ExactSums::default();
            for &(decay, weight, value) in cells {
                sum.add(decay, weight, value);
            }
            sum
        };
        let mut parts = sum(&cells[2..]);
        parts.merge(sum(&cells[..2]));
        assert_eq!(parts, sum(&cells));
        let Sums { weight, value } = sum(&cells[..3]).sums();
        assert!((weight - 3.102_25).abs() < 1e-11 && (value - 1.0 - 1e-9).abs() < 1e-11, "{weight} {value}");
    }
}
