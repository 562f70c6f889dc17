//! The server's life: listen, become ready, serve, drain.
//!
//! The port answers from the first moment, so that health can be asked; the services answer UNAVAILABLE, and health
//! `NOT_SERVING`, until the store is migrated and again from the moment that the end is announced. Where the model is
//! another one than the database is scored under, the rebuild runs beside the services.
//!
//! What is around every call, from its id to its deadline, stands in its order in `layers.rs`.

mod body;
mod deadline;
mod layers;
mod lifecycle;
mod method;
pub mod metrics;
mod observe;
mod oversized;
mod panics;
mod request_id;
mod serve;
mod setup;
mod shed;

pub use method::Method;
pub use observe::Observer;
pub use request_id::REQUEST_ID;
pub use serve::{DRAIN_DEADLINE, serve};
pub use setup::{ServeError, Setup};
