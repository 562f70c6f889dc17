//! The fold: one interaction's events become observations, counts, flows, and what is still pending.
//!
//! A pure function of the events of a thread (an interaction, and those it asks again), read in the order of
//! [`crate::event::Event::position`]. What only time can settle is returned as [`Pending`], which yields, for any later
//! moment, what is settled by then and what may still be expected.

mod account;
mod agreement;
mod awaited;
mod conduct;
mod deal;
mod ending;
mod findings;
mod goods;
mod idea;
mod moves;
mod open;
mod pending;
mod precedents;
mod promise;
mod reply;
mod rules;
mod sla_clock;
mod thread;
mod timeline;
mod unit;

pub use account::{Account, Brought, Consent};
pub use awaited::{Awaited, Payoff};
pub use conduct::{Clarification, TimeGiven};
pub use ending::Ending;
pub use findings::{Finding, Fold};
pub use pending::Pending;
pub use precedents::Strike;
pub use promise::Promise;
pub use reply::Reply;
pub use rules::Rules;
pub use sla_clock::SlaClock;
pub use thread::{Beginnings, Missing, Threads, is_waiting, threads, tied_by};
pub use unit::{Unit, fold};
