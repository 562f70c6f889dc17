//! Points of a score, as they are shown.

/// Points of a score in thousandths: an integer, so that sums are exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Points(pub i64);

impl Points {
    /// Points rounded to thousandths.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "a score has no more than a hundred thousand thousandths")]
    pub fn round(points: f64) -> Self {
        Self((points * 1000.0).round() as i64)
    }

    /// The points as a number.
    #[must_use]
    pub fn value(self) -> f64 {
        self.0 as f64 / 1000.0
    }
}
