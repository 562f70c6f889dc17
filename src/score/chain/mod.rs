//! The chain: what a customer experiences is the sum of everyone behind its supplier.
//!
//! Every link of the tree (`link`) passes on the share s of what reaches it, its service level (`service`), so e = s u reaches
//! its customer, with u the mean of e over the links upstream, weighted by their shares of the exchange (`exchange`); 1 where
//! there are none. That takes the links for independent: what is late upstream is no excuse, and no supplier makes good for
//! another. `walk` follows that through the tree, and `appraisal` says what comes of it and where most is lost.
//!
//! Of a link without observations s is unknown. It passes on what it gets; where nothing upstream of it is known either, it
//! stays out of the mean, and out of every other figure but [`Chain::unknown_share`].

mod appraisal;
mod exchange;
mod link;
mod service;
mod walk;

pub use appraisal::{Chain, Mending, Verdict};
pub use exchange::recent_exchange;
pub use link::{Link, Status, Upstream};
pub use service::Service;
pub use walk::weights;
