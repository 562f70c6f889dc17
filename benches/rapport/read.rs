//! How fast scores are read.

use std::sync::Arc;

use prost::{Message, bytes::Bytes};
use rapport::{
    api::v1::{self, BatchGetScoresRequest, GetScoreRequest},
    event::Relationship,
};
use tonic::transport::Channel;

use crate::{
    Outcome, Plan,
    client::{BATCH_GET_SCORES, GET_SCORE, Until, drive},
    echo::{ECHO, Echo},
    figure::{Figure, Name, Target, in_turns},
    peer,
    service::Service,
    stock::Stock,
};

/// Connections, and calls at once over all of them.
pub const CONNECTIONS: usize = 4;
pub const IN_FLIGHT: usize = 128;
/// Batches are longer, so fewer are under way.
const BATCHES_IN_FLIGHT: usize = 8;
/// Relationships in a batch.
const BATCH: usize = 100;
/// Relationships that are asked for, each as often as it is busy, over and over.
pub const ASKED: usize = 50_000;
/// Relationships that are asked for after a restart, each once.
const COLD: usize = 1_000;

pub async fn measure(plan: &Plan, stock: &Stock, figures: &mut Vec<Figure>) -> Outcome<()> {
    if plan.wants_any(&[Name::GetScore, Name::BatchGetScores, Name::GetScoreHottest]) {
        eprintln!("reading scores");
        let service = Service::start(&stock.url)?;
        let channels = service.connect(CONNECTIONS).await?;
        warm_up(plan, &channels).await?;
        if plan.wants(Name::GetScore) {
            figures.extend(against_an_echo(plan, &channels).await?);
        }
        if plan.wants(Name::BatchGetScores) {
            figures.push(batches_against_singles(plan, &channels).await?);
        }
        if plan.wants(Name::GetScoreHottest) {
            figures.push(hottest_against_quietest(plan, &channels).await?);
        }
    }
    if plan.wants(Name::GetScoreCold) {
        figures.push(after_a_restart(plan, stock).await?);
    }
    Ok(())
}

/// `GetScore` of a relationship, BASIC.
pub fn get_score(relationship: &Relationship) -> Bytes {
    let Relationship { customer, supplier } = relationship.clone();
    GetScoreRequest { customer, supplier, ..GetScoreRequest::default() }.encode_to_vec().into()
}

/// `BatchGetScores` of some, BASIC.
pub fn batch_get_scores<'a>(relationships: impl IntoIterator<Item = &'a Relationship>) -> Bytes {
    let wire = |it: &Relationship| v1::Relationship { customer: it.customer.clone(), supplier: it.supplier.clone() };
    let relationships = relationships.into_iter().map(wire).collect();
    BatchGetScoresRequest { relationships, ..BatchGetScoresRequest::default() }.encode_to_vec().into()
}

/// Reads every relationship once.
pub async fn warm_up(plan: &Plan, channels: &[Channel]) -> Outcome<()> {
    let all = plan.workload.relationships.chunks(BATCH).map(batch_get_scores).collect();
    drive(channels, BATCH_GET_SCORES, &all, 4, Until::Through).await?;
    Ok(())
}

/// Calls a second, and the time that 99 of 100 stay within, in microseconds.
async fn against_an_echo(plan: &Plan, channels: &[Channel]) -> Outcome<[Figure; 2]> {
    let echo = Echo::start()?;
    let echo_channels = crate::client::connect(&echo.url, CONNECTIONS).await?;
    let asked: Arc<[Bytes]> = plan.workload.some(ASKED).into_iter().map(get_score).collect();
    let each = async |channels: &[Channel], method| {
        let load = drive(channels, method, &asked, IN_FLIGHT, Until::Over(plan.period)).await?;
        Ok([load.per_second(), load.quantile(0.99) * 1e6])
    };
    let ours = async || each(channels, GET_SCORE).await;
    let peer = async || each(&echo_channels, ECHO).await;
    let [calls, p99] = in_turns(plan.repeats, ours, peer).await?;
    let figure = |title: &str, unit, target, samples| Figure {
        name: Name::GetScore,
        title: title.to_owned(),
        against: "an echo of the request".to_owned(),
        unit,
        target,
        samples,
    };
    Ok([
        figure("GetScore, warm, 128 in flight", "calls/s", Target::RatioAtLeast(0.85), calls),
        figure("the same, 99 of 100 within", "µs", Target::RatioAtMost(1.5), p99),
    ])
}

async fn batches_against_singles(plan: &Plan, channels: &[Channel]) -> Outcome<Figure> {
    let some = plan.workload.some(ASKED);
    let singles: Arc<[Bytes]> = some.iter().map(|it| get_score(it)).collect();
    let batches: Arc<[Bytes]> = some.chunks(BATCH).map(|them| batch_get_scores(them.iter().copied())).collect();
    let ours = async || {
        let load = drive(channels, BATCH_GET_SCORES, &batches, BATCHES_IN_FLIGHT, Until::Over(plan.period)).await?;
        Ok([load.per_second() * BATCH as f64])
    };
    let single = async || {
        let load = drive(channels, GET_SCORE, &singles, IN_FLIGHT, Until::Over(plan.period)).await?;
        Ok([load.per_second()])
    };
    let [samples] = in_turns(plan.repeats, ours, single).await?;
    Ok(Figure {
        name: Name::BatchGetScores,
        title: "BatchGetScores of 100, warm".to_owned(),
        against: "GetScore".to_owned(),
        unit: "scores/s",
        target: Target::RatioAtLeast(15.0),
        samples,
    })
}

/// One call after the other, in microseconds.
async fn hottest_against_quietest(plan: &Plan, channels: &[Channel]) -> Outcome<Figure> {
    let relationships = &plan.workload.relationships;
    let median = async |relationship: Option<&Relationship>| {
        let asked: Arc<[Bytes]> = relationship.into_iter().map(get_score).collect();
        let load = drive(channels, GET_SCORE, &asked, 1, Until::Over(plan.period / 2)).await?;
        Ok([load.quantile(0.5) * 1e6])
    };
    let hottest = async || median(relationships.first()).await;
    let quietest = async || median(relationships.last()).await;
    let [samples] = in_turns(plan.repeats, hottest, quietest).await?;
    Ok(Figure {
        name: Name::GetScoreHottest,
        title: "GetScore of the busiest relationship, warm".to_owned(),
        against: "of the quietest".to_owned(),
        unit: "µs",
        target: Target::RatioAtMost(1.3),
        samples,
    })
}

/// The first call for each of some relationships, one after the other, in microseconds.
async fn after_a_restart(plan: &Plan, stock: &Stock) -> Outcome<Figure> {
    eprintln!("reading scores after a restart");
    peer::create(&stock.url).await?;
    peer::keep_states(&stock.url, &plan.workload.relationships).await?;
    let step = plan.workload.relationships.len().div_ceil(COLD);
    let cold: Vec<&Relationship> = plan.workload.relationships.iter().step_by(step).collect();
    let requests = cold.iter().map(|it| get_score(it)).collect();
    let ours = async || {
        let service = Service::start(&stock.url)?;
        let channels = service.connect(1).await?;
        let load = drive(&channels, GET_SCORE, &requests, 1, Until::Through).await?;
        Ok([load.quantile(0.5) * 1e6])
    };
    let look_up = async || Ok([peer::look_up(&stock.url, &cold).await? * 1e6]);
    let [samples] = in_turns(plan.repeats, ours, look_up).await?;
    peer::remove(&stock.url).await?;
    Ok(Figure {
        name: Name::GetScoreCold,
        title: "GetScore after a restart, each relationship once".to_owned(),
        against: "a look-up by primary key".to_owned(),
        unit: "µs",
        target: Target::RatioAtMost(5.0),
        samples,
    })
}
