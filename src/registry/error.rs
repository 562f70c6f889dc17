//! Why a batch of parties is not stored.

use crate::store::StoreError;

/// Events of the relationships that one write folds anew at the most: the tenant's other writes wait meanwhile, for a few
/// seconds.
pub const MAX_REFOLDED_EVENTS: i64 = 500_000;

/// Why a batch was not stored.
#[derive(Debug, thiserror::Error)]
pub enum UpsertError {
    /// What the store could not do.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It changes when somebody works, for so long ago that more events would be folded anew than one write may hold up
    /// others for.
    #[error("{events} events would be folded anew, more than {MAX_REFOLDED_EVENTS}")]
    TooMuchHistory {
        /// Events of the relationships that it bears on.
        events: i64,
    },
}
