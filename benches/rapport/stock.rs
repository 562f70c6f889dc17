//! A database full of events, for everything that reads.

use crate::{
    Outcome, Plan,
    client::{RECORD_EVENTS, Until, drive},
    postgres::Postgres,
    service::Service,
    workload::batches,
};

/// Events that are encoded and sent at once, so that memory holds only a part of a large feed.
const PORTION: usize = 100_000;

/// A PostgreSQL database that the service has recorded events in.
pub struct Stock {
    pub url: String,
    pub events: usize,
}

impl Stock {
    /// Records so many events.
    pub async fn fill(plan: &Plan, postgres: &Postgres, events: usize) -> Outcome<Self> {
        eprintln!("recording {events} events to read");
        let url = postgres.fresh_database();
        let service = Service::start(&url)?;
        let channels = service.connect(4).await?;
        let mut feed = plan.workload.events(events);
        let mut recorded = 0;
        while recorded < events {
            let portion = batches(feed.by_ref().take(PORTION), 1_000).into();
            let load = drive(&channels, RECORD_EVENTS, &portion, 4, Until::Through).await?;
            recorded += load.recorded()?;
            if load.recorded()? == 0 {
                return Err(format!("only {recorded} of {events} events were recorded").into());
            }
        }
        service.stop()?;
        Ok(Self { url, events })
    }
}
