//! How long the service takes from its start to SERVING.

use crate::{
    Outcome, Plan,
    figure::{Figure, Name, Target, in_turns},
    postgres::{Postgres, drop_database},
    service::Service,
    stock::Stock,
};

pub async fn measure(plan: &Plan, postgres: &Postgres, stock: &Stock, figures: &mut Vec<Figure>) -> Outcome<()> {
    if !plan.wants(Name::Start) {
        return Ok(());
    }
    eprintln!("starting");
    let empty = postgres.fresh_database();
    // The first start makes the tables.
    Service::start(&empty)?.stop()?;
    let started_in = async |url: &str| Ok([Service::start(url)?.started_in]);
    let ours = async || started_in(&stock.url).await;
    let without = async || started_in(&empty).await;
    let [samples] = in_turns(plan.repeats, ours, without).await?;
    drop_database(&empty).await?;
    figures.push(Figure {
        name: Name::Start,
        title: format!("start to SERVING, {} events", stock.events),
        against: "with none".to_owned(),
        unit: "s",
        target: Target::TimesAndMore(2.0, 1.0),
        samples,
    });
    Ok(())
}
