//! Shares, quantities and money, as integers: they compare and sum exactly.

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

/// How much was delivered, as a multiple of what was asked, kept in millionths: 1 is all of it, more is more than that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ratio(u32);

impl Ratio {
    /// All of it, and no more.
    pub const WHOLE: Self = Self(Share::MILLION);
    /// No delivery brings more than so many times what was asked: what a misplaced decimal point makes is a fault.
    pub const MOST: f64 = 1_000.0;

    /// The ratio nearest to `value`, or none where it is not a number from 0 to [`Self::MOST`].
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range was checked")]
    pub fn new(value: f64) -> Option<Self> {
        (0.0..=Self::MOST).contains(&value).then(|| Self((value * f64::from(Share::MILLION)).round() as u32))
    }

    /// The ratio as a number.
    #[must_use]
    pub fn value(self) -> f64 {
        f64::from(self.0) / f64::from(Share::MILLION)
    }
}

impl From<Share> for Ratio {
    fn from(share: Share) -> Self {
        Self(share.0)
    }
}

/// How much of something there is, in a unit of measure, kept in millionths so that it compares and sums exactly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quantity {
    /// The amount, in millionths of the unit; not negative.
    pub millionths: i64,
    /// The unit, as the sender calls it; empty where it is counted in pieces or nobody says.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
}

impl Quantity {
    /// The largest amount: in millionths it still adds up far from the end of the range.
    pub const MOST: f64 = 1e12;

    /// The quantity nearest to an amount, or none where that is not a number from 0 to [`Self::MOST`].
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "the range was checked")]
    pub fn new(amount: f64, unit: String) -> Option<Self> {
        (0.0..=Self::MOST).contains(&amount).then(|| Self { millionths: (amount * 1e6).round() as i64, unit })
    }

    /// The amount, in the unit.
    #[must_use]
    pub fn amount(&self) -> f64 {
        self.millionths as f64 / 1e6
    }

    /// Whether it can be held against another one.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        self.unit == other.unit
    }

    /// Which part of a whole it is; none where that is in another unit, or is nothing.
    #[must_use]
    pub fn part_of(&self, whole: &Self) -> Option<f64> {
        (self.is_like(whole) && whole.millionths > 0).then(|| self.millionths as f64 / whole.millionths as f64)
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
