//! Whose calendars they are, and from when on: a party's own, and those of whom it is a part of.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use super::schedule::Calendar;
use crate::time::Timestamp;

/// A calendar, and since when it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatedCalendar {
    /// Requests that are made from then on are judged by it.
    pub valid_from: Timestamp,
    /// What holds.
    pub calendar: Arc<Calendar>,
}

/// The calendars of a party, each from its moment until the next one's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Calendars(Vec<DatedCalendar>);

impl Calendars {
    /// Calendars in any order; of several that hold from the same moment on, the last one counts.
    #[must_use]
    pub fn of(calendars: impl IntoIterator<Item = DatedCalendar>) -> Self {
        let by_moment: BTreeMap<Timestamp, DatedCalendar> =
            calendars.into_iter().map(|dated| (dated.valid_from, dated)).collect();
        Self(by_moment.into_values().collect())
    }

    /// These and what was known before: a calendar takes the place of one that holds from the same moment on, and every
    /// other stays. So what is told of today changes nothing about the past.
    #[must_use]
    pub fn after(self, before: &Self) -> Self {
        Self::of(before.0.iter().cloned().chain(self.0))
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each of them, in the order of their moments.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &DatedCalendar> {
        self.0.iter()
    }

    /// The one that holds at a moment.
    fn at(&self, moment: Timestamp) -> Option<&Arc<Calendar>> {
        let place = self.0.partition_point(|dated| dated.valid_from <= moment).checked_sub(1)?;
        Some(&self.0[place].calendar)
    }
}

/// When one party works: by its own calendars, before the first of these by those of what it is part of, and so on upwards.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkingTime(Vec<Arc<Calendars>>);

impl WorkingTime {
    /// By the calendars of the party itself, of what it is part of, and so on. Empty ones say nothing.
    #[must_use]
    pub fn of(upwards: impl IntoIterator<Item = Arc<Calendars>>) -> Self {
        Self(upwards.into_iter().filter(|calendars| !calendars.is_empty()).collect())
    }

    /// Whether it is always open, as nobody has said anything else.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.0.is_empty()
    }

    /// The calendar that a request is judged by which is made at a moment; none where it is always open.
    #[must_use]
    pub fn at(&self, moment: Timestamp) -> Option<&Arc<Calendar>> {
        self.0.iter().find_map(|calendars| calendars.at(moment))
    }

    /// The first moment from which on another one may hold than in `other`; none where they say the same.
    #[must_use]
    pub fn differs_from(&self, other: &Self) -> Option<Timestamp> {
        let both = || [self, other].into_iter().flat_map(|it| it.0.iter().flat_map(|calendars| calendars.iter()));
        let mut moments: Vec<Timestamp> = both().map(|dated| dated.valid_from).collect();
        moments.sort_unstable();
        moments.into_iter().find(|&moment| self.at(moment) != other.at(moment))
    }
}

/// When each of many parties works. Who is not among them is always open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkingTimes(BTreeMap<String, WorkingTime>);

impl WorkingTimes {
    /// Everybody is always open.
    pub const ALWAYS: &'static Self = &Self(BTreeMap::new());

    /// By what is known about parties: the id of each, of what it is part of, and its calendars. Whoever inherits a calendar
    /// must be among them, with everybody in between.
    #[must_use]
    pub fn of<'a>(parties: impl IntoIterator<Item = (&'a str, Option<&'a str>, &'a Calendars)>) -> Self {
        let known: BTreeMap<&str, (Option<&str>, Arc<Calendars>)> =
            parties.into_iter().map(|(id, parent, calendars)| (id, (parent, Arc::new(calendars.clone())))).collect();
        let working_time = |id: &str| {
            let (mut upwards, mut seen, mut next) = (Vec::new(), HashSet::new(), Some(id.to_owned()));
            while let Some((parent, calendars)) =
                next.filter(|id| seen.insert(id.clone())).and_then(|id| known.get(id.as_str()))
            {
                upwards.push(Arc::clone(calendars));
                next = parent.map(str::to_owned);
            }
            WorkingTime::of(upwards)
        };
        let each = known.keys().map(|&id| (id.to_owned(), working_time(id)));
        Self(each.filter(|(_, working_time)| !working_time.is_unknown()).collect())
    }

    /// When a party works; none where it is always open.
    #[must_use]
    pub fn of_party(&self, party: &str) -> Option<&WorkingTime> {
        self.0.get(party)
    }
}
