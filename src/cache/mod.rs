//! What is kept in memory: every relationship of a tenant, so that a read asks the database for nothing, and a write begins
//! from what is there.
//!
//! What is kept of a tenant is a [`Snapshot`], which never changes; what comes after it is another one that shares most of it.
//! So readers take no lock that a writer holds, and each reads one revision throughout. Own writes are published as soon as
//! they are committed. What other processes write to the same database is found out by asking which writes there were since:
//! before [`CONFIRMED_FOR`] has passed, and at once where a read asks for a later revision.
//!
//! Only what is stored is kept, with what was last read off it. A snapshot that does not fit into its bound forgets what was
//! read off; where that is not enough, reads go to the database, and it is tried again after a while (`fit`).

mod caches;
mod entry;
mod fit;
mod memo;
mod party;
mod present;
mod snapshot;
mod tenant;
mod usage;
mod write;

pub use caches::Caches;
pub use fit::TRIED_AGAIN_AFTER;
pub use present::Present;
pub use snapshot::Snapshot;
pub use tenant::CONFIRMED_FOR;
pub use usage::Usage;
pub use write::{Write, Written};
