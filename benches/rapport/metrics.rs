//! What it costs that calls are counted, and that somebody looks.

use std::{sync::Arc, time::Duration};

use prost::bytes::Bytes;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
    time::interval,
};
use tonic::transport::Channel;

use crate::{
    Outcome, Plan,
    client::{GET_SCORE, Until, drive},
    figure::{Figure, Name, Target, in_turns},
    read::{ASKED, CONNECTIONS, IN_FLIGHT, get_score, warm_up},
    service::Service,
    stock::Stock,
};

/// How often metrics are looked at: far more often than anybody does.
const SCRAPED_EVERY: Duration = Duration::from_secs(1);

/// Two services on one database, one of which counts and is scraped.
pub async fn measure(plan: &Plan, stock: &Stock, figures: &mut Vec<Figure>) -> Outcome<()> {
    if !plan.wants(Name::GetScoreMetrics) {
        return Ok(());
    }
    eprintln!("reading scores with metrics and without");
    let watched = Service::start_with(&stock.url, &["--metrics-listen", "127.0.0.1:0"])?;
    let unwatched = Service::start(&stock.url)?;
    let (watched_channels, unwatched_channels) =
        (watched.connect(CONNECTIONS).await?, unwatched.connect(CONNECTIONS).await?);
    warm_up(plan, &watched_channels).await?;
    warm_up(plan, &unwatched_channels).await?;
    let metrics = watched.metrics().ok_or("no metrics are served")?;
    let address = metrics.trim_start_matches("http://").trim_end_matches("/metrics").to_owned();
    let asked: Arc<[Bytes]> = plan.workload.some(ASKED).into_iter().map(get_score).collect();
    let calls = async |channels: &[Channel]| {
        let load = drive(channels, GET_SCORE, &asked, IN_FLIGHT, Until::Over(plan.period)).await?;
        Ok([load.per_second()])
    };
    let with = async || {
        let mut scraper = JoinSet::new();
        scraper.spawn(scrape(address.clone()));
        let result = calls(&watched_channels).await;
        // It ends by itself only where it fails.
        if let Some(ended) = scraper.try_join_next() {
            ended??;
        }
        result
    };
    let without = async || calls(&unwatched_channels).await;
    let [samples] = in_turns(plan.repeats, with, without).await?;
    figures.push(Figure {
        name: Name::GetScoreMetrics,
        title: "GetScore, warm, counted and scraped every second".to_owned(),
        against: "without metrics".to_owned(),
        unit: "calls/s",
        target: Target::RatioAtLeast(0.97),
        samples,
    });
    Ok(())
}

/// Asks for metrics until it is dropped; ends where what comes is not them.
async fn scrape(address: String) -> Outcome<()> {
    let mut every = interval(SCRAPED_EVERY);
    loop {
        every.tick().await;
        let mut socket = TcpStream::connect(&address).await?;
        socket.write_all(b"GET /metrics HTTP/1.1\r\nhost: benchmark\r\n\r\n").await?;
        let mut page = String::new();
        socket.read_to_string(&mut page).await?;
        if !page.contains("ScoreService/GetScore") {
            return Err("the page has no metrics".into());
        }
    }
}
