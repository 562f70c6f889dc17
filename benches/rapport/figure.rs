//! What a measurement is: the same done by us and by a peer, in turns, several times.

use clap::ValueEnum;
use serde::Serialize;

use crate::Outcome;

/// What can be measured, by the names that `--only` takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Name {
    /// Events in batches, on PostgreSQL.
    WritePostgres,
    /// Events in batches, on SQLite.
    WriteSqlite,
    /// Events up some streams, on PostgreSQL.
    WriteStream,
    /// One event a call, on PostgreSQL.
    WriteSingle,
    /// `GetScore`, warm.
    GetScore,
    /// `BatchGetScores`, warm.
    BatchGetScores,
    /// `GetScore` of the busiest relationship.
    GetScoreHottest,
    /// `GetScore`, warm, while metrics are counted and scraped.
    GetScoreMetrics,
    /// `GetScore` after a restart.
    GetScoreCold,
    /// The best of all relationships.
    Rank,
    /// From start to SERVING.
    Start,
    /// Bytes in PostgreSQL.
    Disk,
    /// Bytes in the service.
    Memory,
    /// A file of events, from end to end.
    Import,
}

impl Name {
    /// What needs a database full of events.
    pub const READING: [Self; 9] = [
        Self::GetScore,
        Self::BatchGetScores,
        Self::GetScoreHottest,
        Self::GetScoreMetrics,
        Self::GetScoreCold,
        Self::Rank,
        Self::Start,
        Self::Disk,
        Self::Memory,
    ];
}

/// What a figure is to reach.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Target {
    /// The median ratio of ours to the peer's, at the least.
    RatioAtLeast(f64),
    /// The same at the most.
    RatioAtMost(f64),
    /// So many times the peer's and so much more, at the most.
    TimesAndMore(f64, f64),
    /// Our own median, at the most.
    AtMost(f64),
    /// Nothing: it is reported.
    Report,
}

impl Target {
    fn text(self, unit: &str) -> String {
        match self {
            Self::RatioAtLeast(ratio) => format!(">= {ratio}"),
            Self::RatioAtMost(ratio) => format!("<= {ratio}"),
            Self::TimesAndMore(times, more) => format!("<= {times} x + {more} {unit}"),
            Self::AtMost(most) => format!("<= {most} {unit}"),
            Self::Report => "-".to_owned(),
        }
    }

    fn is_reached(self, samples: &[Sample]) -> Option<bool> {
        let median =
            |value: fn(&Sample) -> Option<f64>| Spread::of(samples.iter().filter_map(value)).map(|it| it.median);
        match self {
            Self::RatioAtLeast(least) => median(Sample::ratio).map(|ratio| ratio >= least),
            Self::RatioAtMost(most) => median(Sample::ratio).map(|ratio| ratio <= most),
            Self::TimesAndMore(times, more) => {
                let (ours, peers) = (median(|it| Some(it.ours))?, median(|it| it.peer)?);
                Some(ours <= times * peers + more)
            }
            Self::AtMost(most) => median(|it| Some(it.ours)).map(|ours| ours <= most),
            Self::Report => None,
        }
    }
}

/// One turn of both.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Sample {
    pub ours: f64,
    pub peer: Option<f64>,
}

impl Sample {
    fn ratio(&self) -> Option<f64> {
        self.peer.map(|peer| self.ours / peer)
    }
}

/// Median, least and most.
#[derive(Clone, Copy, Debug, Serialize)]
struct Spread {
    median: f64,
    min: f64,
    max: f64,
}

impl Spread {
    fn of(values: impl Iterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.collect();
        values.sort_by(f64::total_cmp);
        let (min, max) = (*values.first()?, *values.last()?);
        let median = f64::midpoint(values[(values.len() - 1) / 2], values[values.len() / 2]);
        Some(Self { median, min, max })
    }
}

/// The median of what was measured; not a number where nothing was.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    Spread::of(values.into_iter()).map_or(f64::NAN, |spread| spread.median)
}

/// A line of the table.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Figure {
    pub name: Name,
    /// What was measured.
    pub title: String,
    /// What it is compared with.
    pub against: String,
    pub unit: &'static str,
    pub target: Target,
    pub samples: Vec<Sample>,
}

/// The heads of the columns that [`Figure::row`] fills.
pub const HEADS: [&str; 8] = ["FIGURE", "AGAINST", "UNIT", "OURS", "PEER", "RATIO (MIN-MAX)", "TO REACH", "REACHED"];

impl Figure {
    /// Its cells in the table.
    pub fn row(&self) -> [String; 8] {
        let spread = |value: fn(&Sample) -> Option<f64>| Spread::of(self.samples.iter().filter_map(value));
        let median = |it: Option<Spread>| it.map_or("-".to_owned(), |it| number(it.median));
        let ratio = spread(Sample::ratio).map(|it| format!("{:.2} ({:.2}-{:.2})", it.median, it.min, it.max));
        let reached = match self.target.is_reached(&self.samples) {
            None => "-",
            Some(true) => "yes",
            Some(false) => "NO",
        };
        [
            self.title.clone(),
            self.against.clone(),
            self.unit.to_owned(),
            median(spread(|it| Some(it.ours))),
            median(spread(|it| it.peer)),
            ratio.unwrap_or("-".to_owned()),
            self.target.text(self.unit),
            reached.to_owned(),
        ]
    }

    /// It with everything that was measured, for the JSON.
    pub fn json(&self) -> serde_json::Result<serde_json::Value> {
        let mut json = serde_json::to_value(self)?;
        json["ratio"] = serde_json::to_value(Spread::of(self.samples.iter().filter_map(Sample::ratio)))?;
        json["reached"] = self.target.is_reached(&self.samples).into();
        Ok(json)
    }
}

/// Three digits that count, and thousands apart.
fn number(value: f64) -> String {
    match value {
        value if value < 10.0 => format!("{value:.2}"),
        value if value < 100.0 => format!("{value:.1}"),
        value => {
            let digits = format!("{value:.0}");
            let thousands: Vec<&str> =
                digits.as_bytes().rchunks(3).rev().filter_map(|it| str::from_utf8(it).ok()).collect();
            thousands.join(",")
        }
    }
}

/// Measures us and a peer in turns, each `K` things at once; who is first changes, so that neither has the better machine.
pub async fn in_turns<const K: usize>(
    repeats: usize,
    mut ours: impl AsyncFnMut() -> Outcome<[f64; K]>,
    mut peer: impl AsyncFnMut() -> Outcome<[f64; K]>,
) -> Outcome<[Vec<Sample>; K]> {
    let mut samples = [const { Vec::new() }; K];
    for turn in 0..repeats {
        let (our, their) = if turn % 2 == 0 {
            let our = ours().await?;
            (our, peer().await?)
        } else {
            let their = peer().await?;
            (ours().await?, their)
        };
        for ((samples, ours), peer) in samples.iter_mut().zip(our).zip(their) {
            samples.push(Sample { ours, peer: Some(peer) });
        }
    }
    Ok(samples)
}
