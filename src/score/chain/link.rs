//! A link: a relationship in its place in a chain.

use super::{
    super::scores::{Known, score},
    service::Service,
};
use crate::{
    event::Relationship,
    model::{Model, Standing},
    time::Timestamp,
};

/// A relationship in its place in a chain.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// The relationship.
    pub relationship: Relationship,
    /// The place of the link that it is upstream of; none for the one at the customer's end. Links come after it.
    pub downstream: Option<usize>,
    /// The part of the exchange of its customer that falls to it, among the links beside it, 0 to 1.
    pub share: f64,
    /// How its scores stand.
    pub status: Status,
    /// What is upstream of it.
    pub upstream: Upstream,
}

/// How the relationship of a link stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    /// How much of what is asked comes when it should; none where that was never observed.
    pub service: Option<Service>,
    /// The responsiveness score.
    pub responsiveness: f64,
    /// The partnership score.
    pub partnership: f64,
    /// The band.
    pub standing: Standing,
}

/// How the suppliers of a link's supplier were chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Upstream {
    /// How many are left out.
    pub omitted: usize,
    /// The currency that exchange is measured by; by number of requests where there is none.
    pub currency: Option<String>,
}

impl Status {
    /// Reads it off what is known of a relationship. `as_of` must not lie before the last event in it.
    #[must_use]
    pub fn of(known: &Known, as_of: Timestamp, model: &Model) -> Self {
        let scores = score(known, as_of, model);
        Self {
            service: Service::of(known, as_of, model),
            responsiveness: scores.responsiveness.value,
            partnership: scores.partnership.value,
            standing: scores.placement.standing,
        }
    }
}
