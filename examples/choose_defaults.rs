//! Computes the rule for the default half-lives and the shape of in-time answers that docs/model.md states:
//!
//! ```text
//! cargo run --release --example choose_defaults -- orders.ndjson.gz tickets.ndjson.gz
//! ```
//!
//! It prints every candidate, the best first: what it is, how far from the design's beginning, its mean log loss less the running
//! global rate's, by how much that exceeds the best's with the standard error, and the loss of each forecast. It looks at
//! nothing of the last 30 % of the requests.

use std::{
    error::Error,
    fs::File,
    io::{BufRead, BufReader},
    process::ExitCode,
};

use flate2::read::MultiGzDecoder;
use rapport::{
    api::{event_from_json, event_from_wire},
    backtest::{Candidate, Case, Choice, Heard, Target, Window, choose},
    model::{Model, ModelError},
    time::{Clock, SystemClock},
};

/// The numbers that are chosen, where the design began, and the values that are tried.
const NUMBERS: [(&str, f64, [f64; 4]); 4] = [
    ("pool.half_life_days", 365.0, [180.0, 365.0, 730.0, 1_460.0]),
    ("memory.slow_half_life_days", 365.0, [180.0, 365.0, 730.0, 1_460.0]),
    ("memory.fast_half_life_days", 30.0, [7.0, 14.0, 30.0, 60.0]),
    ("reply.due_shape", 0.7, [0.7, 2.0, 4.0, 8.0]),
];
/// Tickets opened later were still open when the history was written.
const TICKETS_UNTIL: &str = "2016-05-16T00:00:00Z";

/// A value for each of the numbers.
type Values = [f64; NUMBERS.len()];

fn main() -> ExitCode {
    let files: Vec<String> = std::env::args().skip(1).collect();
    let [orders, tickets] = files.as_slice() else {
        eprintln!("say which file holds the orders, and which the tickets");
        return ExitCode::FAILURE;
    };
    match run(orders, tickets) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(orders: &str, tickets: &str) -> Result<(), Box<dyn Error>> {
    let (model, until) = (Model::default(), TICKETS_UNTIL.parse()?);
    let (orders, tickets) = (read(orders)?, read(tickets)?);
    let histories = [
        vec![Case::new(&orders, Target::OnTime, &model, None)],
        vec![
            Case::new(&tickets, Target::OnTime, &model, Some(until)),
            Case::new(&tickets, Target::Answered, &model, Some(until)),
        ],
    ];
    let grid = grid();
    let candidate = |values: &Values| {
        let numbers: Vec<(&str, f64)> = NUMBERS.iter().zip(values).map(|((key, ..), value)| (*key, *value)).collect();
        Ok((distance(values), model.with(&numbers)?))
    };
    let candidates = grid.iter().map(candidate).collect::<Result<Vec<_>, ModelError>>()?;
    let choice = choose(&histories, &candidates, Window::BEFORE).ok_or("the files hold nothing to choose by")?;
    print(&grid, &choice);
    Ok(())
}

/// Every combination of the values.
fn grid() -> Vec<Values> {
    let mut grid = vec![NUMBERS.map(|(_, design, _)| design)];
    for (at, (_, _, values)) in NUMBERS.iter().enumerate() {
        let each = |candidate: &Values| values.map(|value| changed(candidate, at, value));
        grid = grid.iter().flat_map(each).collect();
    }
    grid
}

fn changed(candidate: &Values, at: usize, value: f64) -> Values {
    let mut candidate = *candidate;
    candidate[at] = value;
    candidate
}

/// How far from the design's beginning: how often its numbers were doubled or halved.
fn distance(values: &Values) -> f64 {
    NUMBERS.iter().zip(values).map(|((_, design, _), value)| (value / design).log2().abs()).sum()
}

/// In a file the order in which events occurred stands for the order in which they became known.
fn read(file: &str) -> Result<Vec<Heard>, Box<dyn Error>> {
    let now = SystemClock.now();
    let event = |line: std::io::Result<String>| {
        let event = event_from_wire(event_from_json(&line?)?, now).map_err(|rejection| rejection.message)?;
        Ok(Heard { at: event.occurred_at, event })
    };
    BufReader::new(MultiGzDecoder::new(File::open(file)?)).lines().map(event).collect()
}

fn print(grid: &[Values], choice: &Choice) {
    let mut order: Vec<usize> = (0..grid.len()).collect();
    order.sort_by(|&a, &b| choice.candidates[a].mean.total_cmp(&choice.candidates[b].mean));
    println!("pool slow fast shape  away     mean   excess +- error    orders  tickets answered");
    for place in order {
        let [pool, slow, fast, shape] = grid[place];
        let Candidate { losses, mean, excess: (excess, error) } = &choice.candidates[place];
        let losses: Vec<String> = losses.iter().map(|loss| format!("{loss:+.4}")).collect();
        println!(
            "{pool:>4} {slow:>4} {fast:>4} {shape:>5} {:>5.2} {mean:+.5} {excess:+.5} +- {error:.5}  {}{}{}",
            distance(&grid[place]),
            losses.join(" "),
            if excess <= error { "  near the best" } else { "" },
            if place == choice.chosen { "  CHOSEN" } else { "" },
        );
    }
}
