//! Moves: how one side, or both, change what was asked for or agreed.

use std::borrow::Cow;

use crate::{
    event::{Amended, Delivered, Event, Lot, Money, PartyRole, Quantity, Requested},
    time::Timestamp,
};

/// A change of what was asked for or agreed.
#[derive(Clone, Debug)]
pub(super) struct Move<'a> {
    /// The event that makes it.
    pub event: &'a Event,
    pub by: Mover,
    /// When it was asked for: before it was made, where the other side had to agree.
    pub asked_at: Timestamp,
    /// When an answer is due now.
    pub respond_by: Option<Timestamp>,
    /// When it is needed, or promised, now.
    pub date: Option<Timestamp>,
    /// Whether it leaves less time than what was asked for before.
    pub hurries: bool,
    pub quantity: Option<&'a Quantity>,
    pub value: Option<&'a Money>,
    /// The lots that it is to come in now; empty where they stay as they are.
    pub schedule: &'a [Lot],
}

/// Who makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mover {
    Customer,
    Supplier,
    /// The customer asked for it in a request of its own, which the supplier has accepted.
    Both,
}

impl Move<'_> {
    pub(super) fn at(&self) -> Timestamp {
        self.event.occurred_at
    }
}

/// What the customer asks for at a moment.
#[derive(Clone, Debug)]
pub(super) struct Asked<'a> {
    respond_by: Option<Timestamp>,
    needed_by: Option<Timestamp>,
    quantity: Option<Cow<'a, Quantity>>,
    /// The unit that was asked for in the first place.
    unit: Option<String>,
    value: Option<&'a Money>,
    schedule: &'a [Lot],
}

impl<'a> Asked<'a> {
    pub(super) fn by(request: &'a Requested) -> Self {
        Self {
            unit: quantity_of(request).map(|quantity| quantity.unit.clone()),
            respond_by: request.respond_by,
            needed_by: request.needed_by,
            quantity: quantity_of(request),
            value: request.value.as_ref(),
            schedule: &request.schedule,
        }
    }

    /// Whether it can be said how much of the order a delivery brought.
    pub(super) fn counts(&self, delivered: &Delivered) -> bool {
        delivered.measure().is_none_or(|brought| self.is_in_unit(brought))
    }

    fn is_in_unit(&self, quantity: &Quantity) -> bool {
        self.unit.as_ref().is_none_or(|unit| *unit == quantity.unit)
    }

    /// What a second request moves; none where it only reminds of the first.
    pub(super) fn again(&mut self, event: &'a Event, request: &'a Requested) -> Option<Move<'a>> {
        self.moved(Move {
            event,
            by: Mover::Customer,
            asked_at: event.occurred_at,
            respond_by: request.respond_by,
            date: request.needed_by,
            hurries: false,
            quantity: request.quantity.as_ref(),
            value: request.value.as_ref(),
            schedule: &request.schedule,
        })
    }

    /// What an amendment moves; none where it changes nothing.
    pub(super) fn amended(&mut self, event: &'a Event, amended: &'a Amended) -> Option<Move<'a>> {
        let amendment = Move {
            event,
            by: if amended.by == PartyRole::Customer { Mover::Customer } else { Mover::Supplier },
            asked_at: event.occurred_at,
            respond_by: amended.respond_by,
            date: amended.promised_by.or(amended.needed_by),
            hurries: false,
            quantity: amended.quantity.as_ref(),
            value: amended.value.as_ref(),
            schedule: &[],
        };
        if amendment.by == Mover::Supplier { Some(amendment) } else { self.moved(amendment) }
    }

    /// What of a move by the customer is new.
    fn moved(&mut self, mut asked: Move<'a>) -> Option<Move<'a>> {
        asked.respond_by = asked.respond_by.filter(|&date| self.respond_by != Some(date));
        asked.date = asked.date.filter(|&date| self.needed_by != Some(date));
        let is_new = |quantity: &&Quantity| self.is_in_unit(quantity) && self.quantity.as_deref() != Some(*quantity);
        asked.quantity = asked.quantity.filter(is_new);
        asked.value = asked.value.filter(|&value| self.value != Some(value));
        if asked.schedule == self.schedule {
            asked.schedule = &[];
        }
        let sooner = |now: Option<Timestamp>, before: Option<Timestamp>| {
            now.is_some_and(|now| before.is_none_or(|before| now < before))
        };
        asked.hurries = sooner(asked.respond_by, self.respond_by) || sooner(asked.date, self.needed_by);
        self.respond_by = asked.respond_by.or(self.respond_by);
        self.needed_by = asked.date.or(self.needed_by);
        self.value = asked.value.or(self.value);
        if let Some(quantity) = asked.quantity {
            self.quantity = Some(Cow::Borrowed(quantity));
        }
        if !asked.schedule.is_empty() {
            self.schedule = asked.schedule;
        }
        let dates = asked.respond_by.is_some() || asked.date.is_some() || !asked.schedule.is_empty();
        (dates || asked.quantity.is_some() || asked.value.is_some()).then_some(asked)
    }
}

/// How much a request asks for: where it does not say so itself, its lots together.
pub(super) fn quantity_of(request: &Requested) -> Option<Cow<'_, Quantity>> {
    if let Some(quantity) = &request.quantity {
        return Some(Cow::Borrowed(quantity));
    }
    let lots: Option<Vec<&Quantity>> = request.schedule.iter().map(|lot| lot.quantity.as_ref()).collect();
    let lots = lots.filter(|lots| !lots.is_empty())?;
    let millionths = lots.iter().fold(0_i64, |sum, lot| sum.saturating_add(lot.millionths));
    Some(Cow::Owned(Quantity { millionths, unit: lots[0].unit.clone() }))
}
