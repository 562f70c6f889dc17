//! The best of all relationships, always fresh: before every read, an event is recorded that the answer must include.

use std::{sync::Arc, time::Duration};

use prost::{Message, bytes::Bytes};
use rapport::{
    api::{
        v1::{ListScoresRequest, ListScoresResponse, RecordEventsRequest, RecordEventsResponse},
        wire_event,
    },
    event::Event,
    time::{Clock, SystemClock},
};
use tokio::time::Instant;
use tonic::transport::Channel;

use crate::{
    MORE, Outcome, Plan,
    client::{LIST_SCORES, RECORD_EVENTS, call},
    duckdb::DuckDb,
    figure::{Figure, Name, Sample, Target, in_turns, median},
    peer::{self, As, Ranking},
    read::warm_up,
    service::Service,
    stock::Stock,
};

/// How many are read.
const BEST: i32 = 50;
/// Reads whose median is one sample.
const READS: usize = 5;
/// Milliseconds that a read may take.
const MOST: f64 = 10.0;

pub async fn measure(plan: &Plan, stock: &Stock, more: &Stock, figures: &mut Vec<Figure>) -> Outcome<()> {
    if !plan.wants(Name::Rank) {
        return Ok(());
    }
    eprintln!("ranking");
    let few = Ranked::open(plan, stock).await?;
    let many = Ranked::open(plan, more).await?;
    for ranked in [&few, &many] {
        figures.extend(ranked.against_sql(plan).await?);
        if plan.duckdb {
            figures.push(ranked.against_duckdb(plan).await?);
        }
    }
    let [samples] = in_turns(plan.repeats, async || many.read().await, async || few.read().await).await?;
    figures.push(Figure {
        name: Name::Rank,
        title: format!("top {BEST} with {MORE} times the events"),
        against: "with fewer".to_owned(),
        unit: "ms",
        target: Target::RatioAtMost(1.3),
        samples,
    });
    Ok(())
}

/// A stock with a service on it that has read everything once.
struct Ranked<'a> {
    stock: &'a Stock,
    channel: Channel,
    /// An event like those that are there already.
    like: Event,
    _service: Service,
}

impl<'a> Ranked<'a> {
    async fn open(plan: &Plan, stock: &'a Stock) -> Outcome<Self> {
        let service = Service::start(&stock.url)?;
        let channels = service.connect(1).await?;
        warm_up(plan, &channels).await?;
        let like = plan.workload.events(stock.events).next().ok_or("a feed without events")?;
        let channel = channels.into_iter().next().ok_or("no connection")?;
        Ok(Self { stock, channel, like, _service: service })
    }

    /// Milliseconds that the best took to read, each time after a write.
    async fn read(&self) -> Outcome<[f64; 1]> {
        let mut times = Vec::new();
        for _ in 0..READS {
            let request =
                ListScoresRequest { page_size: BEST, at_least_as_fresh: self.write().await?, ..Default::default() };
            let request = Bytes::from(request.encode_to_vec());
            let begun = Instant::now();
            let answer = call(&self.channel, LIST_SCORES, request).await?;
            times.push(begun.elapsed().as_secs_f64() * 1e3);
            if ListScoresResponse::decode(answer)?.scores.is_empty() {
                return Err("nothing was ranked".into());
            }
        }
        Ok([median(times)])
    }

    /// Records one more event and returns the revision that includes it.
    async fn write(&self) -> Outcome<String> {
        let now = SystemClock.now();
        let mut event = self.like.clone();
        event.identity.event_id = format!("fresh-{}", now.micros());
        event.interaction = Some(event.identity.event_id.clone());
        event.occurred_at = now;
        let request = RecordEventsRequest { events: vec![wire_event(event)] };
        let answer = call(&self.channel, RECORD_EVENTS, request.encode_to_vec().into()).await?;
        Ok(RecordEventsResponse::decode(answer)?.revision)
    }

    async fn against_sql(&self, plan: &Plan) -> Outcome<Vec<Figure>> {
        peer::create(&self.stock.url).await?;
        let statements = Arc::new(peer::statements(plan.workload.events(self.stock.events))?);
        peer::execute(&self.stock.url, statements, As::Statement, Duration::MAX).await?;
        peer::prepare_ranking(&self.stock.url).await?;
        let mut figures = Vec::new();
        let peers = [
            (Ranking::Query, "the SQL a person would write", Target::AtMost(MOST)),
            (Ranking::View, "reading a materialized view", Target::Report),
            (Ranking::Refresh, "refreshing it", Target::Report),
        ];
        for (how, against, target) in peers {
            let theirs = async || Ok([peer::rank(&self.stock.url, how).await? * 1e3]);
            let [samples] = in_turns(plan.repeats, async || self.read().await, theirs).await?;
            figures.push(self.figure(against, target, samples));
        }
        peer::remove(&self.stock.url).await?;
        Ok(figures)
    }

    async fn against_duckdb(&self, plan: &Plan) -> Outcome<Figure> {
        let mut duckdb = DuckDb::start(plan.workload.events(self.stock.events))?;
        let theirs = async || Ok([duckdb.rank()?]);
        let [samples] = in_turns(plan.repeats, async || self.read().await, theirs).await?;
        Ok(self.figure("DuckDB, one thread", Target::Report, samples))
    }

    fn figure(&self, against: &str, target: Target, samples: Vec<Sample>) -> Figure {
        Figure {
            name: Name::Rank,
            title: format!("top {BEST} of {} events", self.stock.events),
            against: against.to_owned(),
            unit: "ms",
            target,
            samples,
        }
    }
}
