//! Which backend a URL names.

use super::{Postgres, Sqlite, Store, StoreError};

/// Opens the store that a database URL names: `sqlite:FILE`, or `postgres://...`. Connects when first used.
///
/// # Errors
///
/// [`StoreError::Schema`] where the URL names no database that this program knows.
pub fn open(url: &str) -> Result<Box<dyn Store>, StoreError> {
    if url.starts_with("sqlite:") {
        Ok(Box::new(Sqlite::open(url)?))
    } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        Ok(Box::new(Postgres::open(url)?))
    } else {
        Err(StoreError::Schema(format!("{url:?} is neither sqlite:FILE nor postgres://USER@HOST/DATABASE")))
    }
}
