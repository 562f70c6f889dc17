//! A file of events into SQLite, as people import it, and what that takes in the service's memory.

use std::{
    fs::File,
    io::{BufRead, BufReader, BufWriter, Write},
    path::Path,
};

use flate2::{Compression, bufread::GzDecoder, write::GzEncoder};
use rapport::api::{event_from_json, to_json, wire_event};
use tokio::time::Instant;

use crate::{
    Outcome, Plan,
    figure::{Figure, Name, Sample, Target, in_turns},
    service::{Service, rapport, sqlite_in},
};

const MEBIBYTE: f64 = 1024.0 * 1024.0;

pub async fn measure(plan: &Plan, figures: &mut Vec<Figure>) -> Outcome<()> {
    if !plan.wants(Name::Import) {
        return Ok(());
    }
    eprintln!("importing a file");
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("events.ndjson.gz");
    write_file(plan, &file)?;
    let mut peaks = Vec::new();
    let ours = async || {
        let (a_second, peak) = import(plan, &file)?;
        peaks.push(Sample { ours: peak / MEBIBYTE, peer: None });
        Ok([a_second])
    };
    let parse = async || Ok([parse(plan, &file)?]);
    let [samples] = in_turns(plan.repeats, ours, parse).await?;
    figures.push(Figure {
        name: Name::Import,
        title: "rapport import of gzip NDJSON, SQLite".to_owned(),
        against: "unpacking and parsing alone".to_owned(),
        unit: "events/s",
        target: Target::Report,
        samples,
    });
    figures.push(Figure {
        name: Name::Import,
        title: "memory of the service meanwhile, at its most".to_owned(),
        against: "-".to_owned(),
        unit: "MiB",
        target: Target::AtMost(300.0),
        samples: peaks,
    });
    Ok(())
}

fn write_file(plan: &Plan, file: &Path) -> Outcome<()> {
    let mut packed = GzEncoder::new(BufWriter::new(File::create(file)?), Compression::default());
    for event in plan.workload.events(plan.events) {
        writeln!(packed, "{}", to_json("Event", &wire_event(event), false)?)?;
    }
    packed.finish()?.flush()?;
    Ok(())
}

/// Events a second, and the most bytes that the service had in memory.
fn import(plan: &Plan, file: &Path) -> Outcome<(f64, f64)> {
    let folder = tempfile::tempdir()?;
    let service = Service::start(&sqlite_in(folder.path()))?;
    let begun = Instant::now();
    let imported = rapport(folder.path(), &["import", "--server", service.url()]).arg(file).output()?;
    let seconds = begun.elapsed().as_secs_f64();
    if !imported.status.success() {
        return Err(format!("the import failed: {}", String::from_utf8_lossy(&imported.stderr)).into());
    }
    Ok((plan.events as f64 / seconds, service.memory("VmHWM")?))
}

/// Events a second.
fn parse(plan: &Plan, file: &Path) -> Outcome<f64> {
    let begun = Instant::now();
    for line in BufReader::new(GzDecoder::new(BufReader::new(File::open(file)?))).lines() {
        event_from_json(&line?)?;
    }
    Ok(plan.events as f64 / begun.elapsed().as_secs_f64())
}
