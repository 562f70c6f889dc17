//! A made-up company, so that there is something to look at before the first real event.
//!
//! Every name is invented and begins with `demo: `. Who is who stands in the cast, what people usually ask for in the
//! customs, and how a request goes in the scene. The same seed and moment make the same events on every machine: nothing
//! but `ChaCha` and plain arithmetic decides.

mod cast;
mod customs;
mod dice;
mod scene;
mod simulate;

pub use cast::{COMPANY, REFUSING};
pub use scene::SOURCE;
pub use simulate::simulate;
