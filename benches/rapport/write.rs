//! How fast events become durable.

use std::{sync::Arc, time::Duration};

use crate::{
    Outcome, Plan,
    client::{Load, RECORD_EVENTS, STREAM_EVENTS, Until, drive, stream},
    figure::{Figure, Name, Target, in_turns},
    peer::{self, As},
    postgres::{Postgres, drop_database},
    service::{Service, sqlite_in},
    workload::batches,
};

/// Events in a call.
const BATCH: usize = 500;
/// Calls of batches at once.
const BATCHES_IN_FLIGHT: usize = 4;
/// Streams of batches at once.
const STREAMS: usize = 4;
/// Calls of one event at once.
const SINGLES_IN_FLIGHT: usize = 512;
/// Connections to the service.
const CONNECTIONS: usize = 4;

pub async fn measure(plan: &Plan, postgres: &Postgres, figures: &mut Vec<Figure>) -> Outcome<()> {
    if plan.wants(Name::WritePostgres) {
        figures.push(batches_on_postgres(plan, postgres).await?);
    }
    if plan.wants(Name::WriteSqlite) {
        figures.push(batches_on_sqlite(plan).await?);
    }
    if plan.wants(Name::WriteStream) {
        figures.push(streams(plan, postgres).await?);
    }
    if plan.wants(Name::WriteSingle) {
        figures.push(singles(plan, postgres).await?);
    }
    Ok(())
}

async fn batches_on_postgres(plan: &Plan, postgres: &Postgres) -> Outcome<Figure> {
    eprintln!("writing batches to PostgreSQL");
    let requests = batches(plan.workload.events(plan.events), BATCH).into();
    let statements = Arc::new(peer::statements(plan.workload.events(plan.events))?);
    let ours = async || {
        let url = postgres.fresh_database();
        let load = record(&url, &requests, BATCHES_IN_FLIGHT, Until::Through).await?;
        drop_database(&url).await?;
        all(plan, &load)
    };
    let bare = async || {
        let url = postgres.fresh_database();
        peer::create(&url).await?;
        let a_second = peer::execute(&url, Arc::clone(&statements), As::Statement, Duration::MAX).await?;
        drop_database(&url).await?;
        Ok([a_second * plan.events as f64 / statements.len() as f64])
    };
    let [samples] = in_turns(plan.repeats, ours, bare).await?;
    Ok(Figure {
        name: Name::WritePostgres,
        title: "RecordEvents of 500, 4 in flight, PostgreSQL".to_owned(),
        against: "bare INSERT, 1,000 a statement".to_owned(),
        unit: "events/s",
        target: Target::RatioAtLeast(0.5),
        samples,
    })
}

async fn batches_on_sqlite(plan: &Plan) -> Outcome<Figure> {
    eprintln!("writing batches to SQLite");
    let requests = batches(plan.workload.events(plan.events), BATCH).into();
    let statements = peer::statements(plan.workload.events(plan.events))?;
    let ours = async || {
        let folder = tempfile::tempdir()?;
        let load = record(&sqlite_in(folder.path()), &requests, BATCHES_IN_FLIGHT, Until::Through).await?;
        all(plan, &load)
    };
    let bare = async || {
        let folder = tempfile::tempdir()?;
        let a_second = peer::execute_in_sqlite(&folder.path().join("bare.db"), &statements).await?;
        Ok([a_second * plan.events as f64 / statements.len() as f64])
    };
    let [samples] = in_turns(plan.repeats, ours, bare).await?;
    Ok(Figure {
        name: Name::WriteSqlite,
        title: "RecordEvents of 500, 4 in flight, SQLite".to_owned(),
        against: "bare INSERT, 1,000 a statement".to_owned(),
        unit: "events/s",
        target: Target::RatioAtLeast(0.5),
        samples,
    })
}

async fn streams(plan: &Plan, postgres: &Postgres) -> Outcome<Figure> {
    eprintln!("writing streams to PostgreSQL");
    let requests = batches(plan.workload.events(plan.events), BATCH).into();
    let streamed = async || {
        let url = postgres.fresh_database();
        let service = Service::start(&url)?;
        let channels = service.connect(CONNECTIONS).await?;
        // A request of a stream looks like one of `RecordEvents`, and so does its answer.
        let load = stream(&channels, STREAM_EVENTS, &requests, STREAMS).await?;
        drop(channels);
        service.stop()?;
        drop_database(&url).await?;
        all(plan, &load)
    };
    let called = async || {
        let url = postgres.fresh_database();
        let load = record(&url, &requests, BATCHES_IN_FLIGHT, Until::Through).await?;
        drop_database(&url).await?;
        all(plan, &load)
    };
    let [samples] = in_turns(plan.repeats, streamed, called).await?;
    Ok(Figure {
        name: Name::WriteStream,
        title: "StreamEvents, 4 streams, PostgreSQL".to_owned(),
        against: "RecordEvents of 500".to_owned(),
        unit: "events/s",
        target: Target::RatioAtLeast(0.8),
        samples,
    })
}

async fn singles(plan: &Plan, postgres: &Postgres) -> Outcome<Figure> {
    eprintln!("writing single events to PostgreSQL");
    let requests = batches(plan.workload.events(plan.events), 1).into();
    let statements = Arc::new(peer::single_statements(plan.workload.events(plan.events))?);
    let ours = async || {
        let url = postgres.fresh_database();
        let load = record(&url, &requests, SINGLES_IN_FLIGHT, Until::ThroughOr(plan.period)).await?;
        drop_database(&url).await?;
        Ok([load.recorded()? as f64 / load.seconds])
    };
    let bare = async || {
        let url = postgres.fresh_database();
        peer::create(&url).await?;
        let a_second = peer::execute(&url, Arc::clone(&statements), As::EventWithState, plan.period).await?;
        drop_database(&url).await?;
        Ok([a_second])
    };
    let [samples] = in_turns(plan.repeats, ours, bare).await?;
    Ok(Figure {
        name: Name::WriteSingle,
        title: "RecordEvents of 1, 512 in flight, PostgreSQL".to_owned(),
        against: "a transaction an event".to_owned(),
        unit: "events/s",
        target: Target::RatioAtLeast(5.0),
        samples,
    })
}

/// Sends to a service on a new database.
async fn record(url: &str, requests: &Arc<[prost::bytes::Bytes]>, in_flight: usize, until: Until) -> Outcome<Load> {
    let service = Service::start(url)?;
    let channels = service.connect(CONNECTIONS).await?;
    let load = drive(&channels, RECORD_EVENTS, requests, in_flight, until).await?;
    drop(channels);
    service.stop()?;
    Ok(load)
}

/// Events a second, where all were recorded.
fn all(plan: &Plan, load: &Load) -> Outcome<[f64; 1]> {
    let recorded = load.recorded()?;
    if recorded != plan.events {
        return Err(format!("{recorded} of {} events were recorded", plan.events).into());
    }
    Ok([recorded as f64 / load.seconds])
}
