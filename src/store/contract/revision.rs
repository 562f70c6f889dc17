//! The number of a write.

use std::fmt;

/// The number of a write within its tenant, counted from 1: the state of the tenant as that write left it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(i64);

impl Revision {
    /// Before the first write.
    pub const ZERO: Self = Self(0);

    /// The write of that number.
    #[must_use]
    pub const fn new(number: i64) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> i64 {
        self.0
    }

    /// The write that follows.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// As it was so many writes before; [`Self::ZERO`] where there were no more.
    #[must_use]
    pub const fn back(self, writes: i64) -> Self {
        let number = self.0.saturating_sub(writes);
        Self(if number < 0 { 0 } else { number })
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAST: Revision = Revision(i64::MAX);

    #[test]
    fn writes_are_in_the_order_of_their_numbers() {
        assert!([Revision::ZERO, Revision::new(1), Revision::new(10), LAST].is_sorted());
        assert_eq!((Revision::default(), Revision::new(42).number()), (Revision::ZERO, 42));
        assert_eq!(Revision::new(42).to_string(), "42");
    }

    #[test]
    fn nothing_comes_before_the_first_write_or_after_the_last() {
        assert_eq!((Revision::new(9).next(), Revision::new(9).back(2)), (Revision::new(10), Revision::new(7)));
        assert_eq!(
            (LAST.next(), Revision::ZERO.back(1), Revision::new(3).back(i64::MAX)),
            (LAST, Revision::ZERO, Revision::ZERO)
        );
    }
}
