//! Every number that turns events into scores, in one typed and validated place.
//!
//! The defaults, with the reason for each, are in `default.toml`, which is also what a model file is checked against.

mod edit;
mod file;
mod parameters;
mod standing;
mod tables;
mod version;

pub use file::{DEFAULT_FILE, ModelError};
pub use parameters::Model;
pub use standing::{Advice, AdviceModel, BandAdvice, Purpose, Standing, StandingModel};
pub use tables::{
    ChannelModel, CoCreation, ConductModel, DeliveryModel, Interval, Lenses, Lifetime, MemoryModel, PoolModel,
    ReplyModel, ServiceLevel, Substantive, Trust, Willingness,
};
pub use version::{FORMULAS, ModelVersion};
