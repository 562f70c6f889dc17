//! What holds for every history there can be, tried on random ones.

mod better;
mod blame;
mod cache;
mod calendars;
mod chain;
mod ending;
mod explain;
mod history;
mod ledger;
mod links;
mod parties;
mod rebuild;
mod reference;
mod rollup;
mod time;
mod working_time;

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use proptest::{
    strategy::Strategy,
    test_runner::{Config, RngSeed, TestRunner},
};
use rapport::{
    event::{Event, Tenant},
    interaction::{self, Ending, Unit},
    model::Model,
    observation::{Channel, Measure, UNIT},
    score::{Score, Scores},
    store::Store,
    tally::{Cell, State},
    terms::Terms,
    time::Day,
};

use crate::support::backend::Database;

/// A change is judged by its own merits, not by the luck of a run: everybody tries the same values, unless the variable
/// `PROPTEST_RNG_SEED` says otherwise.
const SEED: u64 = 1;

/// Tries so many of the usual 256 random values, which the variable `PROPTEST_CASES` can make more.
fn check<S: Strategy>(cases: u32, values: &S, test: impl Fn(S::Value)) {
    let usual = Config::default();
    let rng_seed = if usual.rng_seed == RngSeed::Random { RngSeed::Fixed(SEED) } else { usual.rng_seed };
    let config = Config { cases: (usual.cases * cases / 256).max(1), failure_persistence: None, rng_seed, ..usual };
    let outcome = TestRunner::new(config).run(values, |value| {
        test(value);
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

/// As [`check`], each value with tenants of its own in one database.
fn check_stored<S: Strategy>(
    database: fn() -> Database,
    cases: u32,
    values: S,
    test: &impl AsyncFn(Tenants<'_>, S::Value),
) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.expect("a runtime can be built");
    let database = runtime.block_on(async { database().migrated().await });
    let taken = AtomicU32::new(0);
    check(cases, &values, |value| {
        let tenants = Tenants { store: &database.store, taken: &taken };
        runtime.block_on(test(tenants, value));
    });
    runtime.block_on(database.store.close());
}

/// A store with an endless supply of tenants that have nothing yet.
#[derive(Clone, Copy)]
struct Tenants<'a> {
    store: &'a Arc<dyn Store>,
    taken: &'a AtomicU32,
}

impl Tenants<'_> {
    fn next(self) -> Tenant {
        Tenant(format!("tenant {}", self.taken.fetch_add(1, Ordering::Relaxed)))
    }
}

/// The state of a relationship, added up by hand: no change, no store, nothing taken away again.
fn added_up(events: &[&Event], model: &Model) -> State {
    let mut state = State::default();
    let mut sums: BTreeMap<(Channel, Day, Terms), [i64; 4]> = BTreeMap::new();
    for Unit { interaction, fold, pending, .. } in interaction::fold(events, model) {
        for it in fold.settled.iter().map(|settled| settled.observation) {
            let sum = sums.entry((it.channel, it.day, it.terms)).or_default();
            let one = [1, it.weight, it.value, it.weight * it.weight / UNIT];
            sum.iter_mut().zip(one).for_each(|(sum, one)| *sum += one);
        }
        fold.counts.iter().for_each(|(counter, count)| state.counts.add(counter, count));
        fold.flows.iter().for_each(|(flow, currency, day, sum)| state.flows.add(flow, currency, day, sum));
        let pending = interaction.zip(pending);
        state.pending.extend(pending.map(|(interaction, pending)| (interaction.to_owned(), pending)));
    }
    state.ending = Ending::last_of(events);
    for ((channel, day, terms), [count, weight, value, square]) in sums {
        state.tally.add(channel, day, terms, Cell { count, weight, value, square });
    }
    state
}

/// Fails where a score is not one.
fn assert_sound(scores: &Scores) {
    for Score { value, low, high, evidence, trend, channels } in Measure::ALL.map(|measure| scores.of(measure)) {
        assert!((-100.0..=100.0).contains(trend), "{scores:?}");
        assert!((0.0..=100.0).contains(value), "{scores:?}");
        assert!(0.0 <= *low && low <= value && value <= high && *high <= 100.0, "{scores:?}");
        assert!(evidence.is_finite() && *evidence >= 0.0, "{scores:?}");
        for (share, it) in channels {
            assert!((0.0..=1.0).contains(share), "{it:?}");
            for level in [it.pool, it.slow, it.fast] {
                assert!((0.0..=1.0).contains(&level.mean) && level.total > 0.0, "{it:?}");
            }
            assert!(0.0 <= it.low && it.low <= it.value && it.value <= it.high && it.high <= 1.0, "{it:?}");
            assert!(it.evidence.is_finite() && it.evidence >= 0.0 && it.observations >= 0, "{it:?}");
        }
    }
}
