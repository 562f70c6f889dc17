//! DuckDB as a peer of rankings, where `--duckdb` asks for it: the same events and the same query, in one thread. It
//! comes as a Python package, which is installed beside what cargo builds.

use std::{
    fs,
    io::{BufRead, BufReader, BufWriter, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use rapport::event::Event;
use tempfile::NamedTempFile;

use crate::{Outcome, peer};

const SCRIPT: &str = include_str!("duckdb.py");

/// A process that holds the events in memory; it ends when it is dropped.
pub struct DuckDb {
    process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
    _events: NamedTempFile,
}

impl DuckDb {
    /// With these events.
    pub fn start(events: impl Iterator<Item = Event>) -> Outcome<Self> {
        let python = install()?;
        let file = write(events)?;
        let mut process = Command::new(python)
            .args(["-c", SCRIPT])
            .arg(file.path())
            .arg(peer::QUERY)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let questions = process.stdin.take().ok_or("no pipe")?;
        let answers = BufReader::new(process.stdout.take().ok_or("no pipe")?);
        let mut duckdb = Self { process, questions, answers, _events: file };
        duckdb.answer()?;
        Ok(duckdb)
    }

    /// Ranks once; returns the milliseconds it took.
    pub fn rank(&mut self) -> Outcome<f64> {
        writeln!(self.questions)?;
        Ok(self.answer()?.parse()?)
    }

    fn answer(&mut self) -> Outcome<String> {
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        Ok(line.trim_end().to_owned())
    }
}

impl Drop for DuckDb {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// An interpreter with the package.
fn install() -> Outcome<String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("duckdb");
    let python = folder.join("bin/python").display().to_string();
    let run = |command: &mut Command| {
        let status = command.status()?;
        if status.success() { Outcome::Ok(()) } else { Err(format!("{command:?} ended with {status}").into()) }
    };
    if !folder.exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    }
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "duckdb"]))?;
    Ok(python)
}

/// The columns that the query reads, as CSV.
fn write(events: impl Iterator<Item = Event>) -> Outcome<NamedTempFile> {
    let file = NamedTempFile::new()?;
    let mut rows = csv::Writer::from_writer(BufWriter::new(fs::File::create(file.path())?));
    for event in events {
        let moment = event.occurred_at.micros().to_string();
        let kind = peer::kind(&event.payload).to_string();
        let relationship = event.relationship();
        let interaction = event.interaction.as_deref().unwrap_or_default();
        rows.write_record([&relationship.customer, &relationship.supplier, interaction, &moment, &kind])?;
    }
    rows.flush()?;
    Ok(file)
}
