//! What an event takes on disk, in PostgreSQL.

use std::{sync::Arc, time::Duration};

use sqlx::{Connection, PgConnection};

use crate::{
    Outcome, Plan,
    figure::{Figure, Name, Sample, Target},
    peer::{self, As},
    postgres::{Postgres, drop_database},
    stock::Stock,
};

/// All tables with their indexes and what is stored beside them, dead rows too.
const SIZE: &str = "SELECT sum(pg_total_relation_size(oid))::bigint FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace";

/// It does not vary, so it is measured once.
pub async fn measure(plan: &Plan, postgres: &Postgres, stock: &Stock, figures: &mut Vec<Figure>) -> Outcome<()> {
    if !plan.wants(Name::Disk) {
        return Ok(());
    }
    eprintln!("measuring the disk");
    let bare = postgres.fresh_database();
    peer::create(&bare).await?;
    let statements = Arc::new(peer::statements(plan.workload.events(stock.events))?);
    peer::execute(&bare, statements, As::Statement, Duration::MAX).await?;
    let events = stock.events as f64;
    let sample = Sample { ours: size(&stock.url).await? / events, peer: Some(size(&bare).await? / events) };
    drop_database(&bare).await?;
    figures.push(Figure {
        name: Name::Disk,
        title: "disk, everything included, PostgreSQL".to_owned(),
        against: "bare events with their key".to_owned(),
        unit: "bytes/event",
        target: Target::RatioAtMost(1.6),
        samples: vec![sample],
    });
    Ok(())
}

async fn size(url: &str) -> Outcome<f64> {
    let mut connection = PgConnection::connect(url).await?;
    let bytes: i64 = sqlx::query_scalar(SIZE).fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(bytes as f64)
}
