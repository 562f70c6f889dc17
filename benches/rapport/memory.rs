//! What a relationship takes in the service's memory.

use crate::{
    Outcome, Plan,
    figure::{Figure, Name, Sample, Target},
    postgres::{Postgres, drop_database},
    read::warm_up,
    service::Service,
    stock::Stock,
};

pub async fn measure(plan: &Plan, postgres: &Postgres, stock: &Stock, figures: &mut Vec<Figure>) -> Outcome<()> {
    if !plan.wants(Name::Memory) {
        return Ok(());
    }
    eprintln!("measuring memory");
    let empty = postgres.fresh_database();
    let mut samples = Vec::new();
    for _ in 0..plan.repeats {
        let grown = after_reading(plan, &stock.url).await? - after_reading(plan, &empty).await?;
        samples.push(Sample { ours: grown / plan.workload.relationships.len() as f64, peer: None });
    }
    drop_database(&empty).await?;
    figures.push(Figure {
        name: Name::Memory,
        title: "memory of a warm relationship".to_owned(),
        against: "a service that knows none".to_owned(),
        unit: "bytes",
        target: Target::AtMost(2048.0),
        samples,
    });
    Ok(())
}

/// Bytes in memory once every relationship was asked for, whether it has events or not.
async fn after_reading(plan: &Plan, url: &str) -> Outcome<f64> {
    let service = Service::start(url)?;
    let channels = service.connect(4).await?;
    for _ in 0..3 {
        warm_up(plan, &channels).await?;
    }
    service.memory("VmRSS")
}
