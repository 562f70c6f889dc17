//! The built program, run as people run it.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Output, Stdio},
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_rapport");

/// The program with some arguments, in a folder.
pub fn rapport(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).current_dir(folder).env_remove("RAPPORT_SERVER").env_remove("RAPPORT_DATABASE_URL");
    command
}

/// Runs it to its end.
pub fn run(folder: &Path, arguments: &[&str]) -> Output {
    rapport(folder, arguments).output().unwrap()
}

/// Runs it and expects it to succeed; returns what it printed.
pub fn succeed(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?} ended with {}: {errors}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

/// `rapport serve` on a free port; it is killed when dropped.
pub struct Served {
    pub child: Child,
    pub url: String,
    /// Where metrics are served, if they are.
    pub metrics: Option<String>,
}

impl Served {
    /// Serves `database_url` and waits until it is ready.
    pub fn start(folder: &Path, database_url: &str) -> Self {
        Self::start_at("127.0.0.1:0", folder, database_url)
    }

    /// As `start`, on a port of the caller's.
    pub fn start_at(address: &str, folder: &Path, database_url: &str) -> Self {
        Self::started(rapport(folder, &["serve", "--listen", address, "--database-url", database_url]))
    }

    /// Runs a command that serves and waits until it is ready.
    pub fn started(mut command: Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        let (mut url, mut metrics, mut lines) = (String::new(), None, log.lines());
        for line in lines.by_ref() {
            let line: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
            if let Some(address) = line["fields"]["address"].as_str() {
                url = format!("http://{address}");
            }
            metrics = line["fields"]["metrics"].as_str().map(str::to_owned).or(metrics);
            if line["fields"]["message"] == "ready" {
                break;
            }
        }
        assert!(!url.is_empty(), "the server did not start");
        // The log must be read to its end, or the server would wait for it.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, url, metrics }
    }

    /// Tells it to stop, as a supervisor does, and returns whether it ended well.
    pub fn terminate(mut self) -> bool {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(told.success());
        self.child.wait().unwrap().success()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
