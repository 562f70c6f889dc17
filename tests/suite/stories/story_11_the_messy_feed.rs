//! Story 11: "The messy feed."
//!
//! The same month of events arrives twice, shuffled, in batches of 1 and of 1,000, with the service killed half-way:
//! every tally is the same integer.

use std::{
    collections::{BTreeSet, HashSet},
    future::Future,
    pin::pin,
    task::Poll,
};

use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use rapport::{
    event::{Event, Identity, Payload, Relationship, Retracted, Tenant},
    folds,
    interaction::is_waiting,
    ledger::Outcome,
    model::Model,
    simulation::simulate,
    tally::State,
    time::{DAY, Timestamp},
};

use super::narration::{Story, WRITTEN_AT, on};

const END_OF_MONTH: &str = "2026-07-01T12:00:00Z";

/// A month of a company's dealings, of which every tenth event is taken back later. It opens in the middle of things:
/// some requests were made before it, so that what follows them waits for ever.
fn month() -> Vec<Event> {
    let until = on(END_OF_MONTH);
    let mut events = simulate(11, until);
    events.retain(|event| event.occurred_at > until.plus(-30 * DAY) && event.retracts().is_none());
    let retractions: Vec<Event> = events.iter().step_by(10).map(take_back).collect();
    [events, retractions].concat()
}

fn take_back(event: &Event) -> Event {
    let target = event.identity.event_id.clone();
    let retracted = Retracted { event_id: target.clone(), reason: "Entered by mistake".to_owned() };
    Event {
        identity: Identity { event_id: format!("{target} taken back"), ..event.identity.clone() },
        interaction: None,
        occurred_at: event.occurred_at.plus(DAY),
        payload: Payload::Retracted(retracted),
    }
}

/// The month twice, in an order of its own for every seed.
fn twice_and_shuffled(seed: u64) -> Vec<Event> {
    let mut events = [month(), month()].concat();
    events.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    events
}

fn relationships() -> Vec<Relationship> {
    let all: BTreeSet<_> = month().iter().map(|event| event.relationship().clone()).collect();
    all.into_iter().collect()
}

/// What the month amounts to: the events of each relationship that were not taken back, folded in one go.
fn expected() -> Vec<State> {
    let events = month();
    let taken_back: HashSet<_> = events.iter().filter_map(Event::target).collect();
    let counted = |relationship: &Relationship| {
        let about = events.iter().filter(|event| event.relationship() == relationship);
        State::fold(about.filter(|event| !taken_back.contains(&event.identity)), &Model::default())
    };
    relationships().iter().map(counted).collect()
}

impl Story {
    /// What the store holds: every tally, every counter, everything that is pending.
    async fn states(&self) -> Vec<State> {
        let mut tx = self.store.read(&Tenant::default()).await.unwrap();
        folds::states(tx.as_mut(), &relationships(), &Model::default().version()).await.unwrap()
    }

    /// Records a batch of which anything may be known already.
    async fn is_sent(&self, events: &[Event]) -> usize {
        let recorded = self.ledger.record(&Tenant::default(), events, on(WRITTEN_AT)).await.unwrap();
        let new = |outcome: &&Outcome| matches!(outcome, Outcome::Recorded { .. });
        assert!(recorded.outcomes.iter().all(|outcome| new(&outcome) || *outcome == Outcome::Duplicate));
        recorded.outcomes.iter().filter(new).count()
    }

    /// Records a batch, but is killed when the recording has been waited for `patience` times. Whether it was done.
    async fn is_killed_while_sent(&self, events: &[Event], patience: u32) -> bool {
        let tenant = Tenant::default();
        let mut recording = pin!(self.ledger.record(&tenant, events, on(WRITTEN_AT)));
        let mut waits = 0;
        std::future::poll_fn(|context| match recording.as_mut().poll(context) {
            Poll::Ready(_) => Poll::Ready(true),
            Poll::Pending if waits == patience => Poll::Ready(false),
            Poll::Pending => {
                waits += 1;
                Poll::Pending
            }
        })
        .await
    }
}

#[test]
fn the_month_is_worth_the_name() {
    let events = month();
    assert!(events.len() > 50, "{} events", events.len());
    assert!(expected().iter().filter(|state| !state.tally.is_empty()).count() > 8);
    assert!(expected().iter().any(|state| !state.pending.is_empty()));
    let about = |event: &Event| -> Vec<&Event> {
        events.iter().filter(|other| other.interaction_key() == event.interaction_key()).collect()
    };
    assert!(events.iter().any(|event| is_waiting(event, &about(event))));
}

#[tokio::test]
async fn order_batches_and_repetition_make_no_difference() {
    for (seed, size) in [(1, 1), (2, 7), (3, 1_000)] {
        let story = Story::begin().await;
        let mut new = 0;
        for batch in twice_and_shuffled(seed).chunks(size) {
            new += story.is_sent(batch).await;
        }
        assert_eq!(new, month().len());
        assert_eq!(story.states().await, expected(), "in batches of {size}");
    }
}

#[tokio::test]
async fn a_dropped_transaction_leaves_nothing_behind() {
    let story = Story::begin().await;
    let (first, second) = (&month()[..40], &month()[40..]);
    story.is_sent(first).await;
    let (states, writes) = (story.states().await, story.writes().await);

    let mut tx = story.store.write(&Tenant::default()).await.unwrap();
    let second_events: Vec<&Event> = second.iter().collect();
    assert_eq!(tx.insert(&second_events, Timestamp::MIN).await.unwrap(), second.len());
    drop(tx);
    assert_eq!((story.states().await, story.writes().await), (states, writes));

    assert_eq!(story.is_sent(second).await, second.len());
    assert_eq!(story.states().await, expected());
}

#[tokio::test]
async fn killed_half_way_and_sent_again_is_sent_once() {
    let events = twice_and_shuffled(4);
    let mut interrupted = 0;
    for patience in 0..40 {
        let mut story = Story::begin().await;
        let (early, late) = events.split_at(events.len() / 2);
        story.is_sent(early).await;
        let done = story.is_killed_while_sent(late, patience).await;
        interrupted += u32::from(!done);
        story = story.opened_anew().await;
        story.is_sent(late).await;
        assert_eq!(story.states().await, expected(), "killed after {patience} waits");
        if done {
            break;
        }
    }
    // How often a busy machine makes it wait is its own affair; once is certain.
    assert!(interrupted > 0, "interrupted {interrupted} times");
}
