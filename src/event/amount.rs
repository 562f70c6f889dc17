//! Shares and money, as integers: they compare and sum exactly.

use serde::{Deserialize, Serialize};

/// A share from 0 to 1, kept in millionths so that it compares and sums exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Share(u32);

impl Share {
    const MILLION: u32 = 1_000_000;
    /// All of it.
    pub const WHOLE: Self = Self(Self::MILLION);

    /// The share nearest to `value`. Returns `None` if that is not a number from 0 to 1.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range was checked")]
    pub fn new(value: f64) -> Option<Self> {
        (0.0..=1.0).contains(&value).then(|| Self((value * f64::from(Self::MILLION)).round() as u32))
    }

    /// The share as a number from 0 to 1.
    #[must_use]
    pub fn value(self) -> f64 {
        f64::from(self.0) / f64::from(Self::MILLION)
    }
}

/// An amount in minor units of an ISO 4217 currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// Three capital letters.
    pub currency: String,
    /// Minor units (cents), not negative.
    pub amount_minor: i64,
}
