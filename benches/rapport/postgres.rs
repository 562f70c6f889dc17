//! A private PostgreSQL that is as careful as in production, and databases in it.

use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::Outcome;

#[path = "../../tests/suite/support/postgres.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod server;

/// As the server comes, but for room: memory that a small server has, and no checkpoint every few seconds.
const SETTINGS: [&str; 4] = ["fsync=on", "full_page_writes=on", "shared_buffers=1GB", "max_wal_size=2GB"];

/// The server; it ends with this process.
pub struct Postgres(server::Server);

impl Postgres {
    pub fn start() -> Self {
        Self(server::Server::start_with(&SETTINGS))
    }

    /// The URL of a new and empty database.
    pub fn fresh_database(&self) -> String {
        self.0.fresh_database()
    }
}

/// Removes a database, that the disk has room for the next.
pub async fn drop_database(url: &str) -> Outcome<()> {
    let (server, name) = url.rsplit_once('/').ok_or("a URL without a database")?;
    let mut connection = PgConnection::connect(&format!("{server}/postgres")).await?;
    // Nobody but this harness names databases.
    sqlx::query(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"))).execute(&mut connection).await?;
    Ok(connection.close().await?)
}
