//! For whom a batch changes when they work.

use std::collections::{BTreeMap, HashMap};

use crate::{
    calendar::{WorkingTime, WorkingTimes},
    party::Party,
    store::{Read, StoreError},
    time::Timestamp,
    working_times::of_parties,
};

/// A change of when somebody works.
pub(super) struct Moved {
    pub before: WorkingTimes,
    pub after: WorkingTimes,
    /// Everybody it is a change for, and the first moment from which on it is one.
    pub parties: BTreeMap<String, Timestamp>,
}

impl Moved {
    /// What some parties change that are about to be stored; none where nobody works otherwise than before. `stored` is what
    /// is known about them and about all that is above them, then and now.
    pub(super) async fn by(
        tx: &mut dyn Read,
        changed: &[&Party],
        stored: &HashMap<String, Party>,
    ) -> Result<Option<Self>, StoreError> {
        let says_otherwise = |party: &&&Party| {
            let before = stored.get(&party.id);
            before.map_or(!party.calendars.is_empty() || party.parent.is_some(), |before| {
                before.calendars != party.calendars || before.parent != party.parent
            })
        };
        let roots: Vec<&str> = changed.iter().filter(says_otherwise).map(|party| party.id.as_str()).collect();
        // Where nobody above has a calendar, nobody hands one down.
        let has_any = stored.values().chain(changed.iter().copied()).any(|party| !party.calendars.is_empty());
        if roots.is_empty() || !has_any {
            return Ok(None);
        }
        let mut before: HashMap<String, Party> = stored.clone();
        before.extend(tx.parts(&roots).await?.into_iter().map(|party| (party.id.clone(), party)));
        let mut after = before.clone();
        after.extend(changed.iter().map(|&party| (party.id.clone(), party.clone())));
        let (before, times) = (of_parties(before.values()), of_parties(after.values()));
        let always = WorkingTime::default();
        let of = |times: &'_ WorkingTimes, party: &str| times.of_party(party).unwrap_or(&always).clone();
        let moved = |party: &String| Some((party.clone(), of(&before, party).differs_from(&of(&times, party))?));
        let parties: BTreeMap<String, Timestamp> = after.keys().filter_map(moved).collect();
        Ok((!parties.is_empty()).then_some(Self { before, after: times, parties }))
    }
}
