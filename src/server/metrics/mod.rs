//! Metrics: what the service tells whoever watches over it.
//!
//! Every metric is in `definitions.rs`. What happens is counted as it does ([`Metrics`]); what is only a state is read when it
//! is asked for. Lower rooms know nothing of this one: the queue tells an observer that it defines itself
//! ([`crate::ledger::WriteObserver`]), and the others keep plain counts that are read from here.
//!
//! The format is written by `prometheus-client`, and not by the `metrics` facade with its exporter, for three reasons. What is
//! counted belongs to a server and not to the process, so that several servers of one process, as in the tests, do not count
//! together; the facade has one recorder for all. A call touches an atomic number and a short list behind a lock of its own
//! method, whose place is looked up once; the facade hashes name and labels for each number. And it adds three small crates
//! to the tree, the other seventeen, among them a second version of `rand`. It is kept by the Prometheus project.
//!
//! To add a metric: define it, count or read it, write it in `scrape.rs`, and name it in `docs/metrics.md`; tests fail where
//! one of these is forgotten.

mod calls;
mod definitions;
mod listener;
mod process;
mod recorder;
mod scrape;

pub use definitions::{ALL, Definition};
pub(super) use listener::Scraping;
pub use recorder::{Metrics, Opened};
