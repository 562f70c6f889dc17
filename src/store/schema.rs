//! Whether a schema is the one of this program, found out without changing it.

use sqlx::migrate::Migrator;

use super::StoreError;

/// The migrations that are applied, each with whether it went through.
pub(super) const APPLIED: &str = "SELECT version, success FROM _sqlx_migrations ORDER BY version";

/// Fails unless all migrations are applied, and no others.
pub(super) fn check(applied: Result<Vec<(i64, bool)>, sqlx::Error>, ours: &Migrator) -> Result<(), StoreError> {
    let applied = match applied {
        Ok(applied) => applied,
        Err(sqlx::Error::Database(error)) => return Err(StoreError::Schema(format!("it holds no events: {error}"))),
        Err(error) => return Err(error.into()),
    };
    let ours: Vec<_> = ours.iter().map(|migration| (migration.version, true)).collect();
    if applied == ours {
        return Ok(());
    }
    let last = |versions: &[(i64, bool)]| versions.last().map_or(0, |(version, _)| *version);
    Err(StoreError::Schema(format!(
        "it is at migration {}, and this program at {}; `rapport serve` of this version brings an older one up to date",
        last(&applied),
        last(&ours)
    )))
}
