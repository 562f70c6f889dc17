//! What a store cannot do, and why.

use std::{error::Error, sync::Arc};

/// What an error comes from. What a driver says is for the log, and for nobody who calls.
pub type Cause = Arc<dyn Error + Send + Sync>;

/// Why the store could not do what it was asked to.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached, or ended the connection. The same call may work again.
    #[error("the database cannot be reached")]
    Unavailable(#[source] Cause),
    /// The schema is not one that this program may use.
    #[error("the database's schema: {0}")]
    Schema(String),
    /// Stored data that this program did not write, or any other fault.
    #[error("the database failed")]
    Failed(#[source] Cause),
}

/// Something stored that this program did not write so.
#[derive(Debug, thiserror::Error)]
#[error("a stored {what} cannot be read")]
struct Damaged {
    what: &'static str,
    source: Box<dyn Error + Send + Sync>,
}

impl StoreError {
    /// The database cannot be reached, because of this.
    pub fn unavailable(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unavailable(Arc::from(cause.into()))
    }

    /// The database failed, because of this.
    pub fn failed(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Failed(Arc::from(cause.into()))
    }

    /// Something stored (an "event", a "state") cannot be read, because of this.
    pub fn damaged(what: &'static str, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::failed(Damaged { what, source: cause.into() })
    }

    /// The error and all that it comes from, for the log.
    #[must_use]
    pub fn in_full(&self) -> String {
        let mut text = self.to_string();
        let mut source = self.source();
        while let Some(cause) = source {
            let said = cause.to_string();
            // Some errors repeat what they come from.
            if !text.ends_with(&said) {
                text.push_str(": ");
                text.push_str(&said);
            }
            source = cause.source();
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_comes_from_is_for_the_log() {
        let error = StoreError::damaged("state", sqlx::Error::Decode("a byte too many".into()));
        assert_eq!(error.to_string(), "the database failed");
        let full = "the database failed: a stored state cannot be read: error occurred while decoding: a byte too many";
        assert_eq!(error.in_full(), full);
        assert_eq!(StoreError::unavailable("gone").in_full(), "the database cannot be reached: gone");
    }
}
