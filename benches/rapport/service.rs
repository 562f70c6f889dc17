//! The service as its users have it: the release binary on a database, in a process of its own.

use std::{fs, path::Path};

use tempfile::TempDir;
use tokio::time::Instant;
use tonic::transport::Channel;

use crate::{Outcome, client};

#[path = "../../tests/suite/support/binary.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod binary;

pub use binary::rapport;

/// A running service; it is killed when it is dropped.
pub struct Service {
    served: binary::Served,
    /// How long it took to become ready, in seconds.
    pub started_in: f64,
    _folder: TempDir,
}

impl Service {
    /// On the database that `url` names; returns once it is serving.
    pub fn start(url: &str) -> Outcome<Self> {
        Self::start_with(url, &[])
    }

    /// The same with more arguments.
    pub fn start_with(url: &str, more: &[&str]) -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        let arguments = [&["serve", "--listen", "127.0.0.1:0", "--database-url", url], more].concat();
        let begun = Instant::now();
        let served = binary::Served::started(rapport(folder.path(), &arguments));
        Ok(Self { served, started_in: begun.elapsed().as_secs_f64(), _folder: folder })
    }

    pub fn url(&self) -> &str {
        &self.served.url
    }

    /// Where it serves metrics, if it does.
    pub fn metrics(&self) -> Option<&str> {
        self.served.metrics.as_deref()
    }

    /// So many connections to it.
    pub async fn connect(&self, connections: usize) -> Outcome<Vec<Channel>> {
        client::connect(self.url(), connections).await
    }

    /// A line of what the kernel says about the process's memory, in bytes: `VmRSS` is now, `VmHWM` the most it ever was.
    pub fn memory(&self, line: &str) -> Outcome<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.served.child.id()))?;
        let line = status.lines().find_map(|it| it.strip_prefix(line)?.strip_prefix(':'));
        let kibibytes: f64 = line.ok_or("no such line")?.trim().trim_end_matches(" kB").parse()?;
        Ok(kibibytes * 1024.0)
    }

    /// Stops it as a supervisor does.
    pub fn stop(self) -> Outcome<()> {
        if self.served.terminate() { Ok(()) } else { Err("the service did not end well".into()) }
    }
}

/// A new SQLite database in a folder.
pub fn sqlite_in(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("rapport.db").display())
}
