//! The goods: what each delivery brought of what was still missing, what replaced what was rejected, and what came back.

use super::{
    agreement::{Agreement, Due},
    timeline::{End, Timeline, WordKind},
};
use crate::{
    event::{Delivered, Event, Returned},
    model::DeliveryModel,
    time::Timestamp,
};

/// What is still missing of an order, in shares, when rounding alone can account for it.
pub(super) const NOTHING: f64 = 1e-6;

/// Everything that came of what is owed, and what did not.
pub(super) struct Goods<'a> {
    /// What came, and what of that came back, in order; of several lots in the order of these.
    pub parts: Vec<Part<'a>>,
    /// The share of all that is missing, by lot.
    pub missing: Vec<f64>,
    /// What was given up, by whom, and of which lot.
    pub given_up: Vec<(End<'a>, usize, f64)>,
    /// The share of all that was delivered, whatever became of it.
    pub delivered: f64,
    /// What each delivery brought, in order.
    pub receipts: Vec<Delivery<'a>>,
}

/// What a delivery brought, as shares of all.
#[derive(Clone, Copy, Debug)]
pub(super) struct Delivery<'a> {
    pub event: &'a Event,
    /// Of what was missing.
    pub missing: f64,
    /// In place of what had been rejected.
    pub replaced: f64,
    /// Beyond what was ordered.
    pub beyond: f64,
}

/// What came of a lot at once, or came back of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'a> {
    pub event: &'a Event,
    pub at: Timestamp,
    pub lot: usize,
    /// The share of all.
    pub share: f64,
    /// The share of all that was accepted.
    pub good: f64,
}

impl Part<'_> {
    /// The share of this part that was accepted.
    pub fn accepted(&self) -> f64 {
        if self.share > 0.0 { (self.good / self.share).clamp(0.0, 1.0) } else { 0.0 }
    }

    fn bad(&self) -> f64 {
        self.share - self.good
    }
}

/// Goods in the making.
struct Receipt<'a, 'b> {
    goods: Goods<'a>,
    delivery: &'b DeliveryModel,
    requested_at: Timestamp,
    quantity: Option<i64>,
    /// The first lot that misses anything, and what is missing of all.
    lot: usize,
    missing: f64,
    /// Parts with something that was rejected and not replaced, oldest first, from this one on.
    rejected: Vec<usize>,
    replaced: usize,
    /// Parts with something that was accepted, and what was accepted beyond what was needed.
    good: Vec<usize>,
    spare: f64,
    all_good: f64,
    came: f64,
}

impl<'a> Goods<'a> {
    /// Goes through deliveries, returns and what was given up, in order.
    pub(super) fn of(timeline: &Timeline<'a>, agreement: &Agreement<'a>, delivery: &DeliveryModel) -> Self {
        let mut receipt = Receipt::begin(timeline, agreement, delivery);
        let mut returns = timeline.returns.iter().peekable();
        let mut closures = agreement.closures.iter().peekable();
        let deliveries = timeline.answers.iter().filter_map(|word| match word.kind {
            WordKind::Delivery(delivered) => Some((word.event, delivered)),
            _ => None,
        });
        for (event, delivered) in deliveries {
            let now = event.position();
            while let Some(closure) = closures.next_if(|it| it.by.event().position() < now) {
                receipt.close(closure.by, closure.quantity);
            }
            while let Some((event, returned)) = returns.next_if(|(event, _)| event.position() < now) {
                receipt.take_back(event, returned);
            }
            receipt.receive(event, delivered);
        }
        closures.for_each(|closure| receipt.close(closure.by, closure.quantity));
        returns.for_each(|(event, returned)| receipt.take_back(event, returned));
        receipt.goods
    }

    /// The share of all that is still to come.
    pub(super) fn all_missing(&self) -> f64 {
        self.missing.iter().sum()
    }
}

impl<'a, 'b> Receipt<'a, 'b> {
    fn begin(timeline: &Timeline<'a>, agreement: &Agreement<'a>, delivery: &'b DeliveryModel) -> Self {
        let missing: Vec<f64> = agreement.lots.iter().map(|lot: &Due| lot.share).collect();
        let nothing = Goods { parts: Vec::new(), missing, given_up: Vec::new(), delivered: 0.0, receipts: Vec::new() };
        Self {
            missing: nothing.all_missing(),
            goods: nothing,
            delivery,
            requested_at: timeline.requested_at(),
            quantity: agreement.quantity,
            lot: 0,
            rejected: Vec::new(),
            replaced: 0,
            good: Vec::new(),
            spare: 0.0,
            all_good: 0.0,
            came: 0.0,
        }
    }

    /// Which share of all a delivery is.
    fn share_of(&self, delivered: &Delivered) -> f64 {
        match (delivered.measure(), self.quantity) {
            (Some(brought), Some(all)) if all > 0 => brought.millionths as f64 / all as f64,
            _ => delivered.in_full.value(),
        }
    }

    /// A delivery fills what is missing, lot by lot. What was accepted of it beyond that replaces what was rejected before.
    fn receive(&mut self, event: &'a Event, delivered: &Delivered) {
        let (came, at) = (self.share_of(delivered), event.occurred_at.max(self.requested_at));
        let useful = came.min(self.missing);
        // More than enough is enough: what is rejected is what was too much.
        let good = came * delivered.accepted.value();
        let accepted = if useful > NOTHING { (good / useful).min(1.0) } else { 0.0 };
        let short = self.missing - useful;
        let filled = if useful > NOTHING && short <= self.delivery.short_tolerated { self.missing } else { useful };
        if filled > NOTHING {
            self.fill(event, at, filled, accepted);
        }
        let beyond = (good - useful * accepted).max(0.0);
        let replaced = self.replace(event, at, beyond);
        self.spare += beyond - replaced;
        self.all_good += beyond - replaced;
        self.came += came;
        let beyond = (came - useful - replaced).max(0.0);
        self.goods.receipts.push(Delivery { event, missing: filled.max(0.0), replaced, beyond });
        self.weigh_surplus(event, at);
    }

    fn fill(&mut self, event: &'a Event, at: Timestamp, share: f64, accepted: f64) {
        let mut left = share;
        while left > NOTHING && self.lot < self.goods.missing.len() {
            let missing = self.goods.missing[self.lot];
            let part = left.min(missing);
            if part > NOTHING {
                self.put(Part { event, at, lot: self.lot, share: part, good: part * accepted });
            }
            left -= part;
            self.goods.missing[self.lot] = missing - part;
            self.missing -= part;
            self.goods.delivered += part;
            if missing - part <= NOTHING {
                self.missing -= self.goods.missing[self.lot];
                self.goods.missing[self.lot] = 0.0;
                self.lot += 1;
            }
        }
        self.missing = self.missing.max(0.0);
    }

    fn put(&mut self, part: Part<'a>) {
        let place = self.goods.parts.len();
        if part.good > NOTHING {
            self.good.push(place);
        }
        if part.bad() > NOTHING {
            self.rejected.push(place);
        }
        self.all_good += part.good;
        self.goods.parts.push(part);
    }

    /// Replaces what was rejected, the oldest first; returns how much.
    fn replace(&mut self, event: &'a Event, at: Timestamp, good: f64) -> f64 {
        let mut left = good;
        while left > NOTHING && self.replaced < self.rejected.len() {
            let place = self.rejected[self.replaced];
            let (bad, lot) = (self.goods.parts[place].bad(), self.goods.parts[place].lot);
            let share = left.min(bad);
            self.goods.parts[place].share -= share;
            self.put(Part { event, at, lot, share, good: share });
            left -= share;
            if bad - share <= NOTHING {
                self.replaced += 1;
            }
        }
        good - left
    }

    /// What is too much spoils what is there: of so many times the order only so many are welcome.
    fn weigh_surplus(&mut self, event: &'a Event, at: Timestamp) {
        let welcome = 1.0 + self.delivery.surplus_tolerated;
        if self.came > welcome && self.all_good > self.spare {
            let kept = welcome / self.came;
            let spoilt = (self.all_good - self.spare) * (1.0 - kept);
            self.came = welcome;
            self.spoil(event, at, spoilt);
        }
    }

    /// Goods come back: first what was too much, then what came last.
    fn take_back(&mut self, event: &'a Event, returned: &Returned) {
        let quantity = returned.quantity.as_ref().zip(self.quantity);
        let share = match (returned.fraction, quantity) {
            (Some(fraction), _) => fraction.value() * self.all_good,
            (None, Some((quantity, all))) if all > 0 => quantity.millionths as f64 / all as f64,
            (None, _) if returned.quantity.is_none() => self.all_good,
            // In a unit that nobody asked for it says nothing.
            _ => 0.0,
        };
        let share = share.min(self.all_good);
        let surplus = share.min(self.spare);
        self.spare -= surplus;
        self.all_good -= surplus;
        self.spoil(event, event.occurred_at.max(self.requested_at), share - surplus);
    }

    /// What was accepted no longer is, from now on.
    fn spoil(&mut self, event: &'a Event, at: Timestamp, share: f64) {
        let mut left = share;
        while left > NOTHING
            && let Some(&place) = self.good.last()
        {
            let part = &mut self.goods.parts[place];
            let (spoilt, lot) = (left.min(part.good), part.lot);
            part.good -= spoilt;
            part.share -= spoilt;
            if part.good <= NOTHING {
                self.good.pop();
            }
            left -= spoilt;
            self.all_good -= spoilt;
            self.put(Part { event, at, lot, share: spoilt, good: 0.0 });
        }
    }

    /// One side gives a part up: what would have come last.
    fn close(&mut self, by: End<'a>, quantity: i64) {
        let Some(all) = self.quantity.filter(|all| *all > 0) else { return };
        let mut left = (quantity as f64 / all as f64).min(self.missing);
        for lot in (self.lot..self.goods.missing.len()).rev() {
            let share = left.min(self.goods.missing[lot]);
            if share <= NOTHING {
                continue;
            }
            self.goods.missing[lot] -= share;
            self.missing -= share;
            left -= share;
            self.goods.given_up.push((by, lot, share));
        }
    }
}
