//! Whatever is said about who is part of whom, in whatever order and batches: nobody is a part of themselves.

use std::collections::HashMap;

use proptest::{collection::vec, prelude::*};
use rapport::{
    party::{Party, Tree},
    registry::Outcome,
};

use super::check_stored;
use crate::support::{
    backend::Database,
    parties::{party, registry},
};

/// Few parties, so that circles are common; "" is no parent.
const IDS: [&str; 6] = ["", "a", "b", "c", "d", "e"];

fn batches() -> impl Strategy<Value = Vec<Vec<Party>>> {
    let different = |(id, parent): &(usize, usize)| id != parent;
    let entry = (1..IDS.len(), 0..IDS.len()).prop_filter("nobody is part of themselves", different);
    vec(vec(entry.prop_map(|(id, parent)| party(IDS[id], IDS[parent])), 1..8), 1..6)
}

/// Follows the parents by hand.
fn ends(parties: &HashMap<String, Party>, from: &str) -> bool {
    let mut at = Some(from.to_owned());
    (0..=IDS.len()).any(|_| {
        at = at.take().and_then(|id| parties.get(&id)?.parent.clone());
        at.is_none()
    })
}

#[test]
fn nobody_ever_becomes_a_part_of_themselves() {
    check_stored(Database::sqlite, 128, batches(), &async |tenants, batches| {
        let (registry, tenant) = (registry(tenants.store.clone()), tenants.next());
        let mut known: HashMap<String, Party> = HashMap::new();
        for batch in batches {
            let outcomes = registry.upsert(&tenant, &batch).await.unwrap().outcomes;
            assert_eq!(outcomes.len(), batch.len());
            let refused = outcomes.iter().filter(|it| matches!(it, Outcome::Circle { .. })).count();
            let mut wished = known.clone();
            wished.extend(batch.iter().map(|it| (it.id.clone(), it.clone())));
            // Nothing is refused without need.
            assert_eq!(refused == 0, IDS.iter().all(|id| ends(&wished, id)), "{batch:?} on {known:?}");
            for (entry, outcome) in batch.iter().zip(&outcomes) {
                match outcome {
                    Outcome::Stored => drop(known.insert(entry.id.clone(), entry.clone())),
                    Outcome::Unchanged => assert_eq!(known.get(&entry.id), Some(entry)),
                    Outcome::Circle { parties } => assert_eq!(parties[0], entry.id),
                    Outcome::TooManyCalendars { .. } => panic!("there are none"),
                }
            }
            let stored = tenants.store.read(&tenant).await.unwrap().parts(&IDS).await.unwrap();
            assert_eq!(stored.iter().map(|it| (it.id.clone(), it.clone())).collect::<HashMap<_, _>>(), known);
            assert!(IDS.iter().all(|id| ends(&known, id)), "{known:?}");
            let tree = Tree::of(&stored);
            assert_eq!(tree.circle(IDS), None);
            for id in IDS {
                let parts = tree.descendants(id);
                let below = IDS.into_iter().filter(|of| *of == id || tree.ancestors(of).contains(&id));
                assert_eq!(parts.len(), below.count(), "{parts:?} of {id}");
            }
        }
    });
}
