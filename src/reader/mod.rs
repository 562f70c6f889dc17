//! The read path: states come out of memory or out of the store, scores out of states.
//!
//! A score counts what had occurred by its `as_of`. Where that is not before the relationship's last event, its state says
//! it all; otherwise the events are folded anew. Both give the same.
//!
//! Every read is a `Query` that a session answers (`session`): off what is kept in memory where that says
//! enough, else off what it loads from the store (`surroundings`). Both are [`crate::score::Neighbours`], and so are read
//! by the same code. What a query must read from the store beside what is in memory, parties or events, is read at the
//! revision that memory shows, or all of it is read from the store.

mod answer;
mod audit;
mod chain;
mod coverage;
mod explain;
mod filter;
mod history;
mod quality;
mod roll;
mod rollup;
mod scores;
mod select;
mod session;
mod surroundings;
mod value;

pub use answer::{Moment, Read, RelationshipFigures, RelationshipScores, Scored};
pub use audit::EventState;
pub use chain::{MOST_LINKS, Reach};
pub use filter::PartyFilter;
pub use quality::{Judgement, MOST_JUDGED, QualityQuery};
pub use rollup::{Part, PeerRank, Rollup, RollupQuery, Sum};
pub use session::Reader;
pub use surroundings::Surroundings;
