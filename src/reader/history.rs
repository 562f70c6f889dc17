//! Histories: the scores of a relationship at many moments, for little more than the log read once.
//!
//! Every event counts from some moment on. So each thread is folded anew only at the moments before which something
//! happened in it, and what changed is kept by moment. Then one walk through time adds the changes up, for the
//! relationship and for the pools of its parties, and reads the scores on the way: exactly those of each moment by itself.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    answer::{RelationshipScores, Scored},
    scores::scored,
    session::Reader,
    surroundings::{CHUNK, selected_around},
};
use crate::{
    event::{Event, Relationship, Tenant},
    flows::Flows,
    interaction::{self, Rules},
    model::Model,
    replay,
    score::{DaySummary, Demand, Known, Members},
    store::{RecordedEvent, StoreError},
    tally::{Change, State},
    time::Timestamp,
};

impl Reader {
    /// The scores of a relationship at each of the moments, which must be in order.
    ///
    /// # Errors
    ///
    /// Whatever the store cannot do.
    pub async fn history(
        &self,
        tenant: &Tenant,
        relationship: &Relationship,
        moments: &[Timestamp],
        known_at: Option<Timestamp>,
    ) -> Result<Scored<Vec<RelationshipScores>>, StoreError> {
        let mut tx = self.store.read(tenant).await?;
        let named = std::slice::from_ref(relationship);
        let basis = self.models.for_reading(tx.as_mut()).await?;
        let around = selected_around(tx.as_mut(), named, basis.model()).await?.into_iter();
        let around: BTreeSet<Relationship> = around.map(|it| it.relationship).collect();
        let around: Vec<Relationship> = around.into_iter().collect();
        let mut changes = Changes::of(moments, basis.rules());
        for chunk in around.chunks(CHUNK) {
            changes.take(&replay::events(tx.as_mut(), chunk, known_at).await?);
            // Folding and scoring take a while; others get their turn, and a call that is too late can be ended.
            tokio::task::yield_now().await;
        }
        let revision = tx.revision();
        drop(tx);
        let (mut walk, mut scores) = (Walk::of(relationship.clone()), Vec::with_capacity(moments.len()));
        for (&moment, changes) in moments.iter().zip(&changes.by_moment) {
            walk.apply(changes);
            scores.push(walk.scores(moment, basis.model()));
            tokio::task::yield_now().await;
        }
        Ok(Scored { value: scores, revision, model_version: basis.version().clone() })
    }
}

/// What changes between each moment and the one before it, by relationship.
struct Changes<'a> {
    moments: &'a [Timestamp],
    rules: Rules<'a>,
    by_moment: Vec<BTreeMap<Relationship, Change>>,
}

impl<'a> Changes<'a> {
    fn of(moments: &'a [Timestamp], rules: Rules<'a>) -> Self {
        Self { moments, rules, by_moment: vec![BTreeMap::new(); moments.len()] }
    }

    /// Takes in all events of some relationships.
    fn take(&mut self, events: &[RecordedEvent]) {
        let mut by_relationship: BTreeMap<&Relationship, Vec<&Event>> = BTreeMap::new();
        for event in replay::counted(events) {
            by_relationship.entry(event.relationship()).or_default().push(event);
        }
        for (relationship, events) in by_relationship {
            for thread in interaction::threads(&events) {
                self.take_thread(relationship, thread);
            }
        }
    }

    fn take_thread(&mut self, relationship: &Relationship, mut thread: Vec<&Event>) {
        thread.sort_unstable_by_key(|event| event.occurred_at);
        let mut before = 0;
        while let Some(next) = thread.get(before) {
            // The first moment by which the event had occurred, and all that had occurred by that moment.
            let place = self.moments.partition_point(|&moment| moment < next.occurred_at);
            let (Some(&moment), Some(changes)) = (self.moments.get(place), self.by_moment.get_mut(place)) else {
                return;
            };
            let by_then = thread.partition_point(|event| event.occurred_at <= moment);
            let change = Change::between(&thread[..before], &thread[..by_then], self.rules);
            changes.entry(relationship.clone()).or_default().extend(change);
            before = by_then;
        }
    }
}

/// A relationship and what bears on its scores, at one moment after the other.
struct Walk {
    relationship: Relationship,
    state: State,
    supplier: Members,
    customer: Members,
    opposite: Relationship,
    reverse: Flows,
}

impl Walk {
    fn of(relationship: Relationship) -> Self {
        Self {
            opposite: relationship.reverse(),
            relationship,
            state: State::default(),
            supplier: Members::default(),
            customer: Members::default(),
            reverse: Flows::default(),
        }
    }

    fn apply(&mut self, changes: &BTreeMap<Relationship, Change>) {
        for (relationship, change) in changes {
            if *relationship == self.relationship {
                self.state.apply(change);
            }
            if *relationship == self.opposite {
                self.reverse.merge_all(&change.flows, 1);
            }
            if relationship.supplier == self.relationship.supplier {
                self.supplier.apply(relationship, change);
            }
            if relationship.customer == self.relationship.customer {
                self.customer.apply(relationship, change);
            }
        }
    }

    fn scores(&self, moment: Timestamp, model: &Model) -> RelationshipScores {
        let today = moment.day();
        let (supplier, customer) = (self.supplier.pool(today, model), self.customer.pool(today, model));
        let known = Known {
            own: Arc::new(DaySummary::of(&self.state, today, model)),
            supplier: Arc::new(supplier),
            customer: Arc::new(customer),
            reverse: Demand::of(&self.reverse, today, model),
        };
        scored(&self.relationship, &self.state, &known, moment, model)
    }
}
