//! The scores: a pure function of the relationship's state, of what others know of its parties, the moment and the model.
//! No clock, no I/O.
//!
//! A state is summed up for a day (`day_summary`), as are those that make up the pools of its parties (`pool_sum`, `pool`).
//! What is summed up and what is open become levels (`level`), by the curves that answers and deliveries follow (`curve`,
//! `curves`); levels over one another an estimate for each channel (`estimate`), and the estimates the scores (`scores`),
//! which place the relationship (`standing`). The rest looks at these in other ways.

mod blame;
mod chain;
mod coverage;
mod curve;
mod curves;
mod day_summary;
mod dealings;
mod demand;
mod estimate;
mod exact;
mod explain;
mod figures;
mod forecast;
mod imagined;
mod judged;
mod kpi;
mod lens;
mod level;
mod life;
mod lifetime;
mod members;
mod neighbours;
mod pool;
mod pool_sum;
mod reasons;
mod reciprocity;
mod scores;
mod settled;
mod standing;
mod strikes;
mod takers;
mod value;
mod warning;
mod words;

pub use blame::Usual;
pub use chain::{Chain, Link, Mending, Service, Status, Upstream, Verdict, recent_exchange, weights};
pub use coverage::{Coverage, Fed, coverage};
pub use day_summary::DaySummary;
pub use dealings::Dealings;
pub use demand::Demand;
pub use estimate::Estimate;
pub use explain::{
    Cause, ChannelPoints, Contribution, Explanation, Improvement, Input, Part, Points, Suggestion, SuggestionKind,
    explain,
};
pub use figures::Figures;
pub use forecast::{forecast, lead_of, pool_level};
pub use kpi::{Kpis, kpis};
pub use lens::{Lens, Views, views};
pub(crate) use level::decay;
pub use level::{Basis, Level, Memory, Sums};
pub use life::{Life, Lives};
pub use lifetime::{Past, Value, ValueAtRisk, value_at_risk};
pub use members::Members;
pub use neighbours::{Neighbours, Peers, TakenUp, Taker};
pub use pool::Pool;
pub use pool_sum::{PoolShare, PoolSum};
pub use reasons::reasons;
pub use scores::{Known, Scores, score};
pub use settled::Settled;
pub use standing::Placement;
pub use strikes::is_capped;
pub use takers::Takers;
pub use value::{Score, thousandths};
pub use warning::Warning;

pub use crate::model::Standing;
