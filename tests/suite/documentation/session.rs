//! What a reader has before them: a shell, the program, and a server of the demo's company.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};

use rapport::{
    api::{MAX_BATCH, to_json, wire_event},
    simulation::simulate,
    time::{Clock, Timestamp},
};
use tonic_health::pb::health_check_response::ServingStatus;

use super::page::Step;
use crate::support::{binary::rapport, events::at, service::Service};

/// The demo's, so that its output can be shown too.
const SEED: u64 = 2026;
/// When all the pages are read.
const NOW: &str = "2026-11-26T07:25:23Z";
/// Between the outputs of a block.
const MARK: &str = "=== ended with ";

/// A command, as a shell ran it.
pub struct Ran {
    pub code: i32,
    pub output: Vec<String>,
    pub errors: String,
}

pub struct Session {
    folder: tempfile::TempDir,
    service: Service,
}

/// A clock that stands.
struct Still(Timestamp);

impl Clock for Still {
    fn now(&self) -> Timestamp {
        self.0
    }
}

impl Session {
    /// Serves the demo's events, as of the fixed moment, and puts them into a file as well.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("rapport.db").display());
        let service = Service::starting_on(&url, Arc::new(Still(at(NOW)))).await;
        while service.health("").await != ServingStatus::Serving {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let events: Vec<_> = simulate(SEED, at(NOW)).into_iter().map(wire_event).collect();
        for batch in events.chunks(MAX_BATCH) {
            service.record(batch.to_vec()).await;
        }
        let lines: String = events.iter().map(|event| to_json("Event", event, false).unwrap() + "\n").collect();
        fs::write(folder.path().join("history.ndjson"), lines).unwrap();
        Self { folder, service }
    }

    /// Runs the steps of a block in one shell.
    pub fn run(&self, steps: &[Step]) -> Vec<Ran> {
        if let [step] = steps
            && (step.command.starts_with("rapport serve") || step.command.ends_with("demo"))
        {
            return vec![self.serve(&step.command)];
        }
        // A block may begin with the files that it works on.
        for (name, content) in steps.iter().map_while(Step::file) {
            fs::write(self.folder.path().join(name), content).unwrap();
        }
        let mut script = String::new();
        for step in steps {
            script += &format!("{}\ncode=$?\nprintf '{MARK}%s\\n' $code\n(exit $code)\n", step.command);
        }
        let program = Path::new(env!("CARGO_BIN_EXE_rapport"));
        let path = format!("{}:{}", program.parent().unwrap().display(), env::var("PATH").unwrap());
        let ran = Command::new("sh")
            .args(["-c", &script])
            .current_dir(self.folder.path())
            .env("PATH", path)
            .env("RAPPORT_SERVER", format!("http://{}", self.service.address))
            .env_remove("RAPPORT_DATABASE_URL")
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&ran.stderr).into_owned();
        let mut output = Vec::new();
        let mut all = Vec::new();
        for line in String::from_utf8(ran.stdout).unwrap().lines() {
            match line.strip_prefix(MARK) {
                None => output.push(line.trim_end().to_owned()),
                Some(code) => {
                    let code = code.parse().unwrap();
                    all.push(Ran { code, output: std::mem::take(&mut output), errors: errors.clone() });
                }
            }
        }
        all
    }

    /// Runs a command that serves until it does, and ends it. The ranking that the demo prints is as of the machine's
    /// clock; the one of the session stands in for it.
    fn serve(&self, command: &str) -> Ran {
        let command = command.strip_prefix("cargo run --release -- ").or(command.strip_prefix("rapport "));
        let arguments: Vec<&str> = command.unwrap().split_whitespace().chain(["--listen", "127.0.0.1:0"]).collect();
        let folder = tempfile::tempdir().unwrap();
        let mut program = rapport(folder.path(), &arguments);
        let program = program.env("TMPDIR", folder.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = program.spawn().unwrap();
        let (log, mut output) = (BufReader::new(child.stderr.take().unwrap()), Vec::new());
        if arguments[0] == "demo" {
            let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
            output = lines.take_while(|line| !line.starts_with("Serving on ")).collect();
        } else {
            let is_ready = log.lines().map(Result::unwrap).any(|line| line.contains("\"ready\""));
            assert!(is_ready, "{arguments:?} ended");
        }
        child.kill().unwrap();
        child.wait().unwrap();
        if let Some(header) = output.iter().position(|line| line.starts_with(" # ")) {
            output.truncate(header);
            output.extend(self.ranking());
        }
        Ran { code: 0, output, errors: String::new() }
    }

    fn ranking(&self) -> Vec<String> {
        let server = format!("http://{}", self.service.address);
        let arguments = ["list", "--customer", rapport::simulation::COMPANY, "--server", &server];
        let listed = rapport(self.folder.path(), &arguments).output().unwrap().stdout;
        String::from_utf8(listed).unwrap().lines().map(|line| line.trim_end().to_owned()).collect()
    }
}
