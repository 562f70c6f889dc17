//! A part of the requests, from one share of them to another, in the order in which they became known.

/// A part of the requests, its ends as shares of all of them: 0 <= from < to <= 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    from: f64,
    to: f64,
}

impl Window {
    /// What forecasts are scored on, and what nothing is ever fitted to or chosen by: the latest 30 %.
    pub const LAST: Self = Self { from: 0.7, to: 1.0 };
    /// What comes before, but for the first tenth, which is there to learn from: it would tell the start of a history rather
    /// than its course. What models are fitted to, and defaults chosen by.
    pub const BEFORE: Self = Self { from: 0.1, to: 0.7 };

    /// The window between two shares of the requests. Returns `None` if there is nothing between them.
    #[must_use]
    pub fn new(from: f64, to: f64) -> Option<Self> {
        (0.0 <= from && from < to && to <= 1.0).then_some(Self { from, to })
    }

    /// Where it begins, as a share of the requests.
    #[must_use]
    pub fn from(self) -> f64 {
        self.from
    }

    /// Where it ends, as a share of the requests.
    #[must_use]
    pub fn to(self) -> f64 {
        self.to
    }

    /// The requests of it.
    #[must_use]
    pub fn of(self, requests: &[usize]) -> &[usize] {
        &requests[place(requests.len(), self.from)..place(requests.len(), self.to)]
    }

    /// All that comes before its end.
    pub(super) fn with_start(self) -> Self {
        Self { from: 0.0, to: self.to }
    }
}

/// The place at which that share of `count` ends.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a count")]
fn place(count: usize, share: f64) -> usize {
    (count as f64 * share).round() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_fitted_to_and_what_is_scored_meet_and_do_not_overlap() {
        for count in [0, 1, 7, 10, 999, 5_798] {
            let requests: Vec<usize> = (0..count).collect();
            let (before, last) = (Window::BEFORE.of(&requests), Window::LAST.of(&requests));
            assert_eq!([Window::BEFORE.with_start().of(&requests), last].concat(), requests);
            assert!(requests.ends_with(last) && before.len() <= requests.len() - last.len());
        }
        assert_eq!(Window::new(0.7, 1.0), Some(Window::LAST));
        assert_eq!([Window::new(0.5, 0.5), Window::new(-0.1, 0.5), Window::new(0.5, 1.1)], [None; 3]);
    }
}
