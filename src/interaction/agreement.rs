//! The agreement: what is owed by when, out of what was asked for, what was said to it, and who has moved it since.

use super::{
    moves::{Move, Mover, quantity_of},
    timeline::{End, Timeline, Word, WordKind},
};
use crate::{
    event::{Disposition, Event, Lot, Quantity, RequestKind, Responded, Share},
    time::Timestamp,
};

/// What is owed, as far as the events say.
pub(super) struct Agreement<'a> {
    /// The days of its parts, in order; one part where it is to come at once.
    pub lots: Vec<Due>,
    /// Whether the supplier said before the day that it would not be met.
    pub announced: bool,
    /// Whether the customer agreed to the later day.
    pub consented: bool,
    /// What ended the matter, so that a delivery is no longer owed.
    pub ended_by: Option<End<'a>>,
    /// Parts of it that one side gave up, in order.
    pub closures: Vec<Closure<'a>>,
    /// How much all of it is, in millionths of the unit; none where nobody says.
    pub quantity: Option<i64>,
    /// The customer's first change of what had been accepted.
    pub changed: Option<&'a Event>,
    /// Whether anything is promised at all.
    pub binds: bool,
}

/// A part of what is owed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Due {
    /// The promised day; none where there is none.
    pub day: Option<Timestamp>,
    /// Since when the supplier has known that day.
    pub asked_at: Timestamp,
    /// Which share of all it is.
    pub share: f64,
}

/// A part that is not to be delivered any more.
pub(super) struct Closure<'a> {
    pub by: End<'a>,
    /// In millionths of the unit.
    pub quantity: i64,
}

/// A date that one side would like, and since when.
type Wish = (Timestamp, Timestamp);

/// An agreement in the making.
#[expect(clippy::struct_excessive_bools, reason = "each answers a question of its own about the same events")]
struct Negotiation<'a, 'b> {
    timeline: &'b Timeline<'a>,
    is_order: bool,
    is_delivered: bool,
    accepted_by: Option<&'a Event>,
    /// When the customer wants it, and since when it has wanted it no later.
    wanted: Option<Timestamp>,
    wanted_since: Timestamp,
    /// When it is promised, and since when the supplier has known that day.
    owed: Option<Timestamp>,
    asked_at: Timestamp,
    /// Whether a word of the supplier binds it; until then an order binds by silence.
    is_bound: bool,
    /// Whether a word before the day lets the supplier off, or one after it has ended what was broken by then.
    is_off: bool,
    off_after: Option<&'a Event>,
    /// An earlier day, which binds once the supplier accepts it.
    sooner: Option<Wish>,
    /// The later day that the supplier has announced.
    announced: Option<Timestamp>,
    consented: bool,
    quantity: Option<i64>,
    unit: String,
    /// How much of it is still to be delivered in all, and how much is asked for but not accepted.
    remaining: i64,
    more: Option<i64>,
    closures: Vec<Closure<'a>>,
    lots: Vec<Due>,
    lots_wanted: &'a [Lot],
    changed: Option<&'a Event>,
}

impl<'a> Agreement<'a> {
    /// Goes through what was said and done, in order.
    ///
    /// The first date that a supplier commits itself to is the promise; what moves it is the customer alone, before the
    /// day. An acceptance without a date takes over the customer's. A counter-offer binds once something is delivered on
    /// it. An order binds by silence too, or leaving it unanswered would pay better than delivering it late; any word
    /// before the date lets the supplier off.
    pub(super) fn of(timeline: &Timeline<'a>) -> Self {
        let mut negotiation = Negotiation::begin(timeline);
        let mut moves = timeline.moves.iter().peekable();
        for word in &timeline.answers {
            while let Some(next) = moves.next_if(|next| next.event.position() < word.event.position()) {
                negotiation.take_move(next);
            }
            negotiation.hear(word);
        }
        moves.for_each(|next| negotiation.take_move(next));
        negotiation.end()
    }

    /// The first promised day.
    pub(super) fn day(&self) -> Option<Timestamp> {
        self.lots.iter().find_map(|lot| lot.day).filter(|_| self.binds)
    }
}

impl<'a, 'b> Negotiation<'a, 'b> {
    fn begin(timeline: &'b Timeline<'a>) -> Self {
        let (request, requested_at) = (timeline.request, timeline.requested_at());
        let is_order = request.kind == RequestKind::Order;
        let quantity = quantity_of(request);
        let millionths = quantity.as_ref().map(|quantity| quantity.millionths);
        Self {
            timeline,
            is_order,
            is_delivered: timeline.is_delivered(),
            accepted_by: timeline.acceptance().map(|word| word.event),
            wanted: request.needed_by,
            wanted_since: requested_at,
            owed: request.needed_by.filter(|_| is_order),
            asked_at: requested_at,
            is_bound: false,
            is_off: false,
            off_after: None,
            sooner: None,
            announced: None,
            consented: false,
            quantity: millionths,
            unit: quantity.map(|quantity| quantity.unit.clone()).unwrap_or_default(),
            remaining: millionths.unwrap_or(0),
            more: None,
            closures: Vec::new(),
            lots: lots(&request.schedule, requested_at),
            lots_wanted: &[],
            changed: None,
        }
    }

    fn hear(&mut self, word: &Word<'a>) {
        match word.kind {
            WordKind::Yes(responded) => {
                let binds = match responded.disposition {
                    Disposition::Accepted | Disposition::Partial => true,
                    Disposition::Answered if responded.promised_by.is_some() => true,
                    Disposition::Answered | Disposition::CounterOffer => self.is_delivered,
                };
                match (self.is_bound, binds) {
                    (true, _) => self.renegotiate(responded, word.at),
                    (false, true) => self.bind(responded),
                    (false, false) => self.let_off(word),
                }
            }
            WordKind::No(_) => self.let_off(word),
            WordKind::Delivery(_) => {}
        }
    }

    /// The first yes.
    fn bind(&mut self, responded: &Responded) {
        self.is_bound = true;
        (self.is_off, self.off_after, self.sooner, self.announced) = (false, None, None, None);
        self.owed = responded.promised_by.or(self.wanted);
        if self.owed == self.wanted {
            self.asked_at = self.wanted_since;
        }
    }

    /// A yes to what was agreed before: to what the customer asks for since, or to another day.
    fn renegotiate(&mut self, responded: &Responded, at: Timestamp) {
        if matches!(responded.disposition, Disposition::Accepted | Disposition::Partial) {
            if let Some(more) = self.more.take() {
                self.raise_to(more);
            }
            let wanted = std::mem::take(&mut self.lots_wanted);
            if !wanted.is_empty() {
                self.lots = lots(wanted, at);
            }
            if let Some((day, since)) = self.sooner.take() {
                let day = responded.promised_by.unwrap_or(day);
                if self.owed.is_none_or(|owed| day < owed) {
                    (self.owed, self.asked_at, self.announced) = (Some(day), since, None);
                    return;
                }
            }
        }
        self.announce(responded.promised_by, at);
    }

    /// The supplier names a day: the first one is the promise, a later one the announcement that it will be missed.
    fn announce(&mut self, day: Option<Timestamp>, at: Timestamp) {
        match (self.owed, day) {
            (None, Some(_)) if self.is_bound => self.owed = day,
            (Some(owed), Some(day)) if day > owed && at < owed => self.announced = Some(day),
            _ => {}
        }
    }

    /// A word that binds to nothing: before the day of an order it lets the supplier off, after it, it comes too late.
    fn let_off(&mut self, word: &Word<'a>) {
        if self.is_bound || !self.is_order {
            return;
        }
        if self.owed.is_none_or(|owed| word.at <= owed) {
            self.is_off = self.off_after.is_none();
        } else if !self.is_off {
            self.off_after = self.off_after.or(Some(word.event));
        }
    }

    fn take_move(&mut self, change: &Move<'a>) {
        let at = change.at();
        let consents = match change.by {
            Mover::Supplier => {
                self.offer(change, at);
                return;
            }
            Mover::Both => {
                self.agree(change, at);
                return;
            }
            Mover::Customer => change.date.is_some_and(|day| self.want(day, at)),
        };
        if let Some(quantity) = change.quantity.filter(|quantity| quantity.unit == self.unit) {
            self.want_quantity(quantity, End::Withdrawn(change.event));
        }
        if !change.schedule.is_empty() {
            self.want_lots(change.schedule, at);
        }
        let is_missed = self.owed.is_some_and(|owed| at > owed);
        let is_accepted = self.accepted_by.is_some_and(|yes| yes.position() < change.event.position());
        if is_accepted && !consents && !is_missed {
            self.changed = self.changed.or(Some(change.event));
        }
    }

    /// The customer wants it on another day. Returns whether that is its consent to what the supplier has announced. What
    /// has been missed cannot be moved.
    fn want(&mut self, day: Timestamp, at: Timestamp) -> bool {
        if self.wanted.replace(day).is_none_or(|before| day < before) {
            self.wanted_since = at;
        }
        match self.owed {
            None if self.is_bound => self.sooner = Some((day, at)),
            None if self.is_order => (self.owed, self.asked_at) = (Some(day), at),
            Some(owed) if at <= owed && day > owed => {
                if self.announced.is_some_and(|announced| day <= announced) {
                    self.consented = true;
                    return true;
                }
                self.postpone(day);
            }
            Some(owed) if at <= owed => self.sooner = (day < owed).then_some((day, at)),
            _ => {}
        }
        false
    }

    fn postpone(&mut self, day: Timestamp) {
        self.owed = Some(day);
        (self.sooner, self.announced, self.consented) = (None, None, false);
    }

    /// The customer wants more or less. Until the supplier has accepted, that is what is asked for.
    fn want_quantity(&mut self, quantity: &Quantity, by: End<'a>) {
        let asked = quantity.millionths;
        if !self.is_bound && !self.is_delivered {
            (self.quantity, self.remaining) = (Some(asked), asked);
        } else if asked < self.remaining {
            self.closures.push(Closure { by, quantity: self.remaining - asked });
            self.remaining = asked;
        } else {
            self.more = Some(asked);
        }
    }

    fn raise_to(&mut self, quantity: i64) {
        if let Some(all) = self.quantity.as_mut().filter(|_| quantity > self.remaining) {
            *all += quantity - self.remaining;
            self.remaining = quantity;
        }
    }

    /// The customer wants other lots. Where they are as many, each is moved to the later day, if its own has not passed;
    /// all else takes the supplier's yes.
    fn want_lots(&mut self, wanted: &'a [Lot], at: Timestamp) {
        if !self.is_bound {
            self.lots = lots(wanted, self.timeline.requested_at());
            return;
        }
        self.lots_wanted = wanted;
        let wanted = lots(wanted, at);
        if wanted.len() == self.lots.len() {
            for (lot, wanted) in self.lots.iter_mut().zip(wanted) {
                lot.day = lot.day.map(|day| if at <= day { wanted.day.map_or(day, |it| it.max(day)) } else { day });
            }
        }
    }

    /// The supplier's own move.
    fn offer(&mut self, change: &Move<'a>, at: Timestamp) {
        match (self.sooner, change.date) {
            (Some((_, since)), Some(day)) if self.owed.is_none_or(|owed| day < owed) => {
                (self.owed, self.asked_at, self.sooner) = (Some(day), since, None);
            }
            _ => self.announce(change.date, at),
        }
        let less =
            change.quantity.filter(|quantity| quantity.unit == self.unit && quantity.millionths < self.remaining);
        if let Some(quantity) = less.filter(|_| self.is_bound || self.is_order) {
            let closed = self.remaining - quantity.millionths;
            self.closures.push(Closure { by: End::Cancelled(change.event), quantity: closed });
            self.remaining = quantity.millionths;
        }
    }

    /// What both have agreed to. It accepts the order, too.
    fn agree(&mut self, change: &Move<'a>, at: Timestamp) {
        self.is_bound = true;
        (self.is_off, self.off_after) = (false, None);
        if let Some(day) = change.date.filter(|_| self.owed.is_none_or(|owed| at <= owed)) {
            if self.owed.is_none_or(|owed| day < owed) {
                self.asked_at = change.asked_at;
            }
            self.wanted = Some(day);
            self.postpone(day);
        }
        if let Some(quantity) = change.quantity.filter(|quantity| quantity.unit == self.unit) {
            self.want_quantity(quantity, End::Withdrawn(change.event));
            if let Some(more) = self.more.take() {
                self.raise_to(more);
            }
        }
    }

    fn end(mut self) -> Agreement<'a> {
        let off_after = self.off_after.map(|event| match event.payload {
            crate::event::Payload::Refused(_) => End::Cancelled(event),
            _ => End::Withdrawn(event),
        });
        let is_said_nothing = self.timeline.answers.iter().all(|word| matches!(word.kind, WordKind::Delivery(_)));
        let binds = self.is_bound || (self.is_order && !self.is_off) || (self.is_delivered && is_said_nothing);
        let ends = [off_after, self.timeline.end].into_iter().flatten();
        let ended_by = ends.min_by(|a, b| a.event().position().cmp(&b.event().position()));
        if self.lots.is_empty() || !(self.is_bound || self.is_order) {
            let day = self.owed.filter(|_| self.is_bound || self.is_order);
            self.lots = vec![Due { day, asked_at: self.asked_at, share: 1.0 }];
        }
        for lot in &mut self.lots {
            lot.day = lot.day.map(|day| self.timeline.due_day(day));
        }
        Agreement {
            lots: self.lots,
            announced: self.announced.is_some(),
            consented: self.consented,
            ended_by,
            closures: self.closures,
            quantity: self.quantity,
            changed: self.changed,
            binds: binds && self.timeline.alters.is_none(),
        }
    }
}

/// The lots of a schedule in the order of their days, as shares of all of them.
fn lots(schedule: &[Lot], asked_at: Timestamp) -> Vec<Due> {
    let size =
        |lot: &Lot| lot.fraction.map_or_else(|| lot.quantity.as_ref().map_or(0.0, Quantity::amount), Share::value);
    let all: f64 = schedule.iter().map(size).sum();
    if all <= 0.0 {
        return Vec::new();
    }
    let mut lots: Vec<Due> =
        schedule.iter().map(|lot| Due { day: Some(lot.due), asked_at, share: size(lot) / all }).collect();
    lots.sort_by_key(|lot| lot.day);
    lots
}
