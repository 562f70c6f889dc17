//! What lies around relationships: the one thing that their scores are read off, wherever it comes from.

use std::{borrow::Cow, cmp::Ordering, sync::Arc};

use super::{
    day_summary::DaySummary,
    demand::Demand,
    figures::Figures,
    life::Life,
    pool::Pool,
    pool_sum::PoolSum,
    scores::{Known, score},
};
use crate::{
    event::{PartyRole, Relationship},
    model::Model,
    tally::State,
    time::{Day, Timestamp},
};

/// Relationships with all that bears on their scores, at one moment and under one model. Each method is `None` where this
/// source cannot say, and another one must be asked; all sources that can say the same, to the bit.
pub trait Neighbours: Send + Sync {
    /// The moment.
    fn as_of(&self) -> Timestamp;

    /// The model.
    fn model(&self) -> &Model;

    /// Whether a relationship had an event by then.
    fn has(&self, relationship: &Relationship) -> Option<bool>;

    /// The state of a relationship; empty where it had no event by then.
    fn state(&self, relationship: &Relationship) -> Option<Cow<'_, State>>;

    /// The state of a relationship, summed up for the day.
    fn summary(&self, relationship: &Relationship) -> Option<Arc<DaySummary>>;

    /// How often its customer asks its supplier.
    fn demand(&self, relationship: &Relationship) -> Option<Demand>;

    /// What is known of a party in a role from all its relationships.
    fn pool(&self, role: PartyRole, party: &str) -> Option<Arc<Pool>>;

    /// All relationships of a party in a role that had an event by then, in their order.
    fn members(&self, role: PartyRole, party: &str) -> Option<Vec<Relationship>>;

    /// Adds what a relationship is to the pools of its parties.
    fn add_to(&self, relationship: &Relationship, sum: &mut PoolSum) -> Option<()>;

    /// What the scores of a relationship are read off.
    fn known(&self, relationship: &Relationship) -> Option<Known> {
        Some(Known {
            own: self.summary(relationship)?,
            supplier: self.pool(PartyRole::Supplier, &relationship.supplier)?,
            customer: self.pool(PartyRole::Customer, &relationship.customer)?,
            reverse: self.demand(&relationship.reverse())?,
        })
    }

    /// The day on which its supplier last took up something that its customer wants to become.
    fn taken_up(&self, relationship: &Relationship) -> Option<TakenUp>;

    /// The suppliers of a customer that have taken up something that it wants to become, the latest first; those only with whom it
    /// still deals. Nobody where the pool is switched off.
    fn takers(&self, customer: &str) -> Option<Vec<Taker>> {
        let mut takers = Vec::new();
        if self.model().pool.enabled {
            for of_customer in self.members(PartyRole::Customer, customer)? {
                let TakenUp(Some(on)) = self.taken_up(&of_customer)? else { continue };
                if Life::of(&*self.summary(&of_customer)?, self.as_of(), self.model()) == Life::Active {
                    takers.push(Taker { supplier: of_customer.supplier, on });
                }
            }
        }
        takers.sort_by(|a, b| b.on.cmp(&a.on).then_with(|| a.supplier.cmp(&b.supplier)));
        Some(takers)
    }

    /// The figures of its scores.
    fn figures(&self, relationship: &Relationship) -> Option<Arc<Figures>> {
        let known = self.known(relationship)?;
        Some(Arc::new(Figures::of(&score(&known, self.as_of(), self.model()), &known.own)))
    }

    /// The other relationships of its party in a role.
    fn peers(&self, role: PartyRole, relationship: &Relationship) -> Option<Peers> {
        let mut peers = Peers::default();
        if self.model().pool.enabled {
            for other in self.members(role, relationship.party(role))? {
                match other.cmp(relationship) {
                    Ordering::Less => self.add_to(&other, &mut peers.before)?,
                    Ordering::Equal => {}
                    Ordering::Greater => self.add_to(&other, &mut peers.after)?,
                }
            }
        }
        Some(peers)
    }
}

/// The day on which a supplier last took up something that its customer wants to become; none where it never did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TakenUp(pub Option<Day>);

/// Another supplier of the customer who has taken up such a thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taker {
    /// Who.
    pub supplier: String,
    /// When last.
    pub on: Day,
}

/// A party's relationships but one, as the day begins: those before and those after it in their order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Peers {
    /// Those that come before it.
    pub before: PoolSum,
    /// Those that come after it.
    pub after: PoolSum,
}
