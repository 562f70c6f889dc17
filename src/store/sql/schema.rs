//! Whether a schema is the one of this program, found out without changing it.

use sqlx::migrate::Migrator;

use crate::store::StoreError;

/// The migrations that are applied, each with whether it went through.
pub const APPLIED: &str = "SELECT version, success FROM _sqlx_migrations ORDER BY version";

/// Where the database knows of no migrations, and says so.
pub fn holds_no_events(error: &dyn sqlx::error::DatabaseError) -> StoreError {
    StoreError::Schema(format!("it holds no events: {}", error.message()))
}

/// Fails unless all migrations are applied, and no others.
pub fn check(applied: &[(i64, bool)], ours: &Migrator) -> Result<(), StoreError> {
    let ours: Vec<_> = ours.iter().map(|migration| (migration.version, true)).collect();
    if applied == ours {
        return Ok(());
    }
    let last = |versions: &[(i64, bool)]| versions.last().map_or(0, |(version, _)| *version);
    Err(StoreError::Schema(format!(
        "it is at migration {}, and this program at {}; `rapport serve` of this version brings an older one up to date",
        last(applied),
        last(&ours)
    )))
}
