//! What the driver says, as an error of the store. Which codes of a database pass by themselves, its backend knows.

use sqlx::migrate::MigrateError;

use crate::store::StoreError;

/// An error of the driver, on a database of which codes for which `is_passing` holds pass by themselves.
pub fn classified(error: sqlx::Error, is_passing: fn(&str) -> bool) -> StoreError {
    use sqlx::Error::{Database, Io, PoolClosed, PoolTimedOut, Protocol, Tls, WorkerCrashed};
    let is_lost = match &error {
        Database(database) => database.code().is_some_and(|code| is_passing(&code)),
        Io(_) | Tls(_) | Protocol(_) | WorkerCrashed | PoolTimedOut | PoolClosed => true,
        _ => false,
    };
    if is_lost { StoreError::unavailable(error) } else { StoreError::failed(error) }
}

/// The same for what keeps a schema from being brought up to date.
pub fn of_migration(error: MigrateError, is_passing: fn(&str) -> bool) -> StoreError {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => classified(error, is_passing),
        MigrateError::VersionMissing(version) => StoreError::Schema(format!(
            "migration {version} was applied by a newer version of this program; start that version, or restore a backup"
        )),
        error => StoreError::Schema(error.to_string()),
    }
}
