//! What a store is: the traits that say what can be asked of it, and the values that they speak of.

mod blocks;
mod events;
mod inspection;
mod parties;
mod revision;
mod store;
mod versions;

pub use blocks::{Blocks, Folded, ReadBlocks, WriteBlocks};
pub use events::{
    EventPlace, EventQuery, Head, NOTED_WRITES, ReadEvents, RecordedEvent, Selection, Update, WriteEvents,
};
pub use inspection::{Inspect, Repair, StoredEvent};
pub use parties::{PartyQuery, ReadParties, WriteParties};
pub use revision::Revision;
pub use store::{Read, Store, Write};
pub use versions::{InUse, KeptModel, ReadVersions, WriteVersions};
