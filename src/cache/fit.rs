//! Whether the states of a tenant fit into their bound. Where they did not, they are tried again after a while, and each
//! time after twice as long: a tenant may shrink, and what did not fit was, perhaps, two snapshots of which one is gone.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// How long states that did not fit are left in the database.
pub const TRIED_AGAIN_AFTER: Duration = Duration::from_mins(1);
/// The same, at the longest.
const LONGEST_WAIT: Duration = Duration::from_hours(1);

/// Whether states fit, as far as is known.
#[derive(Debug, Default)]
pub(super) struct Fit(Mutex<Option<Overflow>>);

/// Whether to read states into memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Try {
    /// Whoever wants them waits for them.
    Now,
    /// It did not work before, so nobody waits for it.
    Beside,
    /// It did not work not long ago.
    Later,
}

/// What is known of states that once did not fit.
#[derive(Clone, Copy, Debug)]
struct Overflow {
    /// What a relationship took then, in bytes.
    bytes_each: usize,
    wait: Duration,
    again_at: Instant,
    /// Since when they do fit, if they do.
    fits_since: Option<Instant>,
}

impl Fit {
    /// Whether to read states into memory.
    pub fn now(&self) -> Try {
        match *self.overflow() {
            Some(Overflow { fits_since: None, again_at, .. }) if Instant::now() < again_at => Try::Later,
            Some(Overflow { fits_since: None, .. }) => Try::Beside,
            _ => Try::Now,
        }
    }

    /// What a relationship took when they did not fit the last time, in bytes; none where they fit, or nobody has tried.
    pub fn bytes_each(&self) -> Option<usize> {
        self.overflow().filter(|it| it.fits_since.is_none()).map(|it| it.bytes_each)
    }

    /// They do not fit: so many relationships take so much.
    pub fn overflowed(&self, bytes: usize, relationships: usize) {
        let (mut overflow, now) = (self.overflow(), Instant::now());
        // What has fitted for longer than it was left alone is not at the edge.
        let before = overflow.filter(|it| it.fits_since.is_none_or(|since| now - since < it.wait));
        let wait = before.map_or(TRIED_AGAIN_AFTER, |it| LONGEST_WAIT.min(2 * it.wait));
        let bytes_each = bytes / relationships.max(1);
        *overflow = Some(Overflow { bytes_each, wait, again_at: now + wait, fits_since: None });
    }

    /// They fit.
    pub fn fitted(&self) {
        if let Some(overflow) = self.overflow().as_mut() {
            overflow.fits_since.get_or_insert_with(Instant::now);
        }
    }

    fn overflow(&self) -> MutexGuard<'_, Option<Overflow>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_does_not_fit_is_tried_again_ever_more_rarely() {
        let fit = Fit::default();
        assert_eq!(fit.now(), Try::Now);
        let mut waits = Vec::new();
        for _ in 0..9 {
            fit.overflowed(1_000, 10);
            assert_eq!((fit.now(), fit.bytes_each()), (Try::Later, Some(100)));
            let begun = Instant::now();
            while fit.now() == Try::Later {
                advance(Duration::from_secs(30)).await;
            }
            assert_eq!(fit.now(), Try::Beside);
            waits.push(begun.elapsed().as_secs() / 60);
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_fits_for_a_while_is_no_longer_at_the_edge() {
        let fit = Fit::default();
        for (fits_for, wait) in [(0, 1), (0, 2), (1, 4), (5, 1)] {
            advance(Duration::from_mins(fits_for)).await;
            fit.overflowed(1_000, 10);
            advance(Duration::from_secs(60 * wait - 1)).await;
            assert_eq!(fit.now(), Try::Later);
            advance(Duration::from_secs(1)).await;
            assert_eq!(fit.now(), Try::Beside);
            fit.fitted();
            assert_eq!((fit.now(), fit.bytes_each()), (Try::Now, None));
        }
    }
}
