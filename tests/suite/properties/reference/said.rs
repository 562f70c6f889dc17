//! What some matters say at a moment, as plain numbers.

use rapport::{
    event::{Disposition, PartyRole, RefusalReason, Refused, RequestKind},
    model::Model,
    observation::Channel,
    time::{Span, Timestamp},
};

use super::{
    matters::{Answer, Matter, Turn},
    usual::{Usual, octaves},
};

/// Steps of an integral, taken as a plain sum.
const STEPS: i32 = 4_000;

/// What is settled about a channel: age in days, weight, weight times value.
pub type Settled = (Channel, f64, f64, f64);

/// The chance that the request left, and which of the customer's channels answers for what it took.
type Fair = (f64, Channel);

/// What is still open.
#[derive(Clone, Copy)]
struct Open {
    channel: Channel,
    until: Until,
    /// In multiples of the time allowed.
    progress: f64,
    part: f64,
    failing: f64,
    charge: (Channel, f64),
}

#[derive(Clone, Copy, PartialEq)]
enum Until {
    InTime,
    Prompt,
    BeforeLapse,
    Lateness,
    Lost,
}

/// Everything that some matters say at a moment. What is open is looked at as it was at `pending_at`.
pub struct Said<'a> {
    model: &'a Model,
    usual: Usual,
    today: i32,
    as_of: Timestamp,
    pending_at: Timestamp,
    settled: Vec<Settled>,
    open: Vec<Open>,
}

/// What came, as shares of what was asked.
struct Goods {
    after: Span,
    /// What was needed of it, what came back left out.
    useful: f64,
    /// How much of that was accepted, as a share of it.
    accepted: f64,
    /// What came back of it.
    back: f64,
}

impl Goods {
    /// Nothing comes after it was cancelled, and nothing goes back before it came.
    fn of(delivery: Option<(Span, f64, f64)>, turn: Option<(Span, Turn)>) -> Self {
        let nothing = Self { after: Span::ZERO, useful: 0.0, accepted: 1.0, back: 0.0 };
        let is_cancelled = |after: Span| matches!(turn, Some((at, Turn::Cancelled)) if at < after);
        let Some((after, came, accepted)) = delivery.filter(|(after, ..)| !is_cancelled(*after)) else {
            return nothing;
        };
        let (needed, good) = (came.min(1.0), came * accepted);
        let spare = (good - needed).max(0.0);
        let back = match turn {
            Some((at, Turn::Returned(part))) if at > after => (part * good - spare).max(0.0),
            _ => 0.0,
        };
        let useful = needed - back;
        let accepted = if useful > 1e-9 { ((good - spare - back) / useful).clamp(0.0, 1.0) } else { 1.0 };
        Self { after, useful, accepted, back }
    }
}

fn phi(chance: f64, prior: f64) -> f64 {
    chance * (1.0 - prior) / (1.0 - prior * chance)
}

impl<'a> Said<'a> {
    /// Nothing yet.
    pub fn at(as_of: Timestamp, pending_at: Timestamp, usual: Usual, model: &'a Model) -> Self {
        let (settled, open) = (Vec::new(), Vec::new());
        Self { model, usual, today: as_of.day().0, as_of, pending_at, settled, open }
    }

    pub fn prior(&self, channel: Channel) -> f64 {
        self.model.channel(channel).prior
    }

    fn weigh(&mut self, channel: Channel, at: Timestamp, part: f64, success: f64, failing: f64) {
        let age = f64::from((self.today - at.day().0).max(0));
        self.settled.push((channel, age, part * (success + (1.0 - success) * failing), part * success));
    }

    /// With the customer charged for its share of the failure.
    fn share(&mut self, channel: Channel, at: Timestamp, part: f64, success: f64, times: f64, (c, blamed): Fair) {
        let weight = phi(c, self.prior(channel));
        self.weigh(channel, at, part * weight, success, times);
        self.weigh(blamed, at, part * (1.0 - success) * times * (1.0 - weight), 0.0, 1.0);
    }

    fn wait(&mut self, channel: Channel, until: Until, progress: f64, part: f64, times: f64, (c, blamed): Fair) {
        let weight = phi(c, self.prior(channel));
        let charge = (blamed, part * times * (1.0 - weight));
        self.open.push(Open { channel, until, progress, part: part * weight, failing: times, charge });
    }

    pub fn take(&mut self, matter: &Matter) {
        let as_of = self.as_of;
        let has_come = |after: Span| matter.asked.plus(after) <= as_of;
        if !has_come(Span::ZERO) {
            return;
        }
        let answer = matter.answer.filter(|(after, _)| has_come(*after));
        let usual = self.model.service_level(matter.kind);
        let enough = |given: Span, delivery: bool| {
            let (mean, variance) = self.usual[&(matter.kind, delivery)];
            (octaves(given) - (mean - variance.sqrt())).min(0.0).exp2()
        };
        let complete = (matter.completeness * 20.0).round() / 20.0;
        let fair =
            |time: f64| (complete * time, if time < complete { Channel::LeadTime } else { Channel::Completeness });
        let reply_fair = fair(matter.respond_by.map_or(1.0, |given| enough(given, false)));
        let given: Vec<(f64, f64)> =
            matter.given().into_iter().map(|(delivery, time, part)| (part, enough(time, delivery))).collect();
        let binds = match answer {
            None => matter.kind == RequestKind::Order,
            Some((_, answer)) => matches!(answer, Answer::Yes(Disposition::Accepted)),
        };
        let turn = matter.turn.filter(|(after, _)| has_come(*after));
        let moved = |lead: Span| match turn {
            Some((at, Turn::Postponed(by))) if at <= lead => lead + by,
            _ => lead,
        };
        let lead = matter.needed_by.map(moved);
        let promise = lead.filter(|_| binds).map(|lead| (lead, fair(enough(lead, true))));
        let trusted = promise.is_some();
        let delivery = matter.delivered.filter(|(after, ..)| has_come(*after));
        let allowed = matter.respond_by.unwrap_or(usual.answer_within);
        match (answer, delivery) {
            // An order that its delivery alone confirms was not answered, unless the day of an answer had been set.
            (None, Some(_)) if matter.respond_by.is_none() => {}
            (None, Some((after, ..))) => {
                let yes = Answer::Yes(Disposition::Accepted);
                self.reply(matter, Some((after, yes)), None, allowed, reply_fair, trusted);
            }
            _ => {
                let cancelled = turn.filter(|(_, turn)| matches!(turn, Turn::Cancelled)).map(|(at, _)| at);
                self.reply(matter, answer, cancelled, allowed, reply_fair, trusted);
            }
        }
        let goods = Goods::of(delivery, turn);
        match promise {
            Some((lead, fair)) => self.promise(matter.asked, lead, fair, &goods, turn),
            None => self.weigh(Channel::Commitments, matter.asked.plus(goods.after), goods.useful, goods.accepted, 1.0),
        }
        self.weigh(Channel::Completeness, matter.asked, 1.0, matter.completeness, 1.0);
        for &(part, enough) in &given {
            self.weigh(Channel::LeadTime, matter.asked, part, enough, 1.0);
        }
        if given.is_empty() {
            self.weigh(Channel::LeadTime, matter.asked, 1.0, 1.0, 1.0);
        }
        if let Some((after, Answer::Yes(_))) = answer {
            match turn {
                Some((_, Turn::Cancelled)) => {}
                Some((at, Turn::Postponed(_))) if lead != matter.needed_by => {
                    self.weigh(Channel::Steadiness, matter.asked.plus(at), 1.0, 0.5, 1.0);
                }
                _ => self.weigh(Channel::Steadiness, matter.asked.plus(after), 1.0, 1.0, 1.0),
            }
        }
        self.rest(matter);
    }

    /// `trusted` says whether a promise stands beside it; `cancelled` is when a yes became a no.
    fn reply(
        &mut self,
        matter: &Matter,
        answer: Option<(Span, Answer)>,
        cancelled: Option<Span>,
        allowed: Span,
        fair: Fair,
        trusted: bool,
    ) {
        let attitude = if matter.kind == RequestKind::Change { Channel::Vision } else { Channel::Willingness };
        let (lapse_after, values) = (self.model.reply.lapse_after, self.model.substantive.clone());
        let lapse = matter.asked.plus(allowed * lapse_after);
        let broken = if trusted { 0.0 } else { 2.25 };
        let Some((after, answer)) = answer else {
            let progress = self.pending_at.since(matter.asked).max(Span::ZERO) / allowed;
            if progress >= 1.0 {
                self.share(Channel::Timely, self.pending_at.min(lapse), 1.0, 0.0, 1.0, fair);
            } else {
                self.wait(Channel::Timely, Until::InTime, progress, 1.0, 1.0, fair);
            }
            if self.pending_at >= lapse {
                for channel in [Channel::Prompt, Channel::Substantive, attitude] {
                    self.share(channel, lapse, 1.0, 0.0, 1.0, fair);
                }
                self.share(Channel::Trust, lapse, 1.0, 0.0, broken, fair);
            } else {
                self.wait(Channel::Prompt, Until::Prompt, progress, 1.0, 1.0, fair);
                self.wait(Channel::Substantive, Until::BeforeLapse, progress, 1.0, 1.0, fair);
                self.wait(attitude, Until::BeforeLapse, progress, 1.0, 1.0, fair);
                if progress > 1.0 {
                    let failing = broken * (progress - 1.0) / (lapse_after - 1.0);
                    self.wait(Channel::Trust, Until::Lost, progress, 1.0, failing, fair);
                }
            }
            return;
        };
        let (substance, willing) = match answer {
            Answer::Yes(disposition) => (values.response, self.model.willingness.response(disposition)),
            Answer::No { reason, alternative, note } => {
                let bare = reason == RefusalReason::Other && !note;
                let refused = Refused { alternative_offered: alternative, ..Refused::of(reason) };
                let substance = match (alternative, bare) {
                    (true, _) => values.refusal_with_alternative,
                    (false, true) => values.bare_refusal,
                    (false, false) => values.refusal_with_reason,
                };
                (substance, self.model.willingness.refusal(&refused))
            }
        };
        let (substance, willing) = match cancelled {
            Some(_) => (values.refusal_with_reason, self.model.willingness.no_capacity),
            None => (substance, willing),
        };
        let at = matter.asked.plus(after);
        let said = matter.asked.plus(cancelled.unwrap_or(after)).min(lapse);
        let (day, prompt) = (at.min(lapse), (-2.0 * (after / allowed)).exp2());
        let in_time = if after <= allowed { 1.0 } else { 0.0 };
        self.share(Channel::Timely, matter.asked.plus(after.min(allowed)), 1.0, in_time, 1.0, fair);
        self.share(Channel::Prompt, day, 1.0, prompt, 1.0, fair);
        self.share(Channel::Substantive, said, 1.0, substance, 1.0, fair);
        self.share(attitude, said, 1.0, willing, 1.0, fair);
        if at > lapse {
            self.share(Channel::Trust, lapse, 1.0, 0.0, broken, fair);
        }
    }

    fn promise(&mut self, asked: Timestamp, lead: Span, fair: Fair, goods: &Goods, turn: Option<(Span, Turn)>) {
        let (deadline, worthless) = (asked.plus(lead), asked.plus(2 * lead));
        let weight = match turn {
            Some((at, Turn::Announced(_))) if at < lead => 2.25 * 0.5,
            _ => 2.25,
        };
        let at = asked.plus(goods.after);
        let late = (1.0 - (goods.after - lead).max(Span::ZERO) / lead).max(0.0);
        let kept = if at <= deadline { goods.accepted } else { 0.0 };
        self.share(Channel::Trust, at.min(deadline), goods.useful, kept, weight, fair);
        self.share(Channel::Commitments, at.min(worthless), goods.useful, goods.accepted * late, 1.0, fair);
        if let Some((at, Turn::Returned(_))) = turn {
            self.share(Channel::Trust, asked.plus(at), goods.back, 0.0, weight, fair);
            self.share(Channel::Commitments, asked.plus(at), goods.back, 0.0, 1.0, fair);
        }
        let missing = 1.0 - goods.useful - goods.back;
        if let Some((at, Turn::Cancelled)) = turn {
            let notice = (lead - at) / lead;
            let weight = if at < lead { 2.25 * 0.5 * (1.0 - notice) } else { 2.25 };
            self.share(Channel::Trust, asked.plus(at.min(lead)), missing, 0.0, weight, fair);
            self.share(Channel::Commitments, asked.plus(at.min(2 * lead)), missing, 0.0, 1.0, fair);
            return;
        }
        let progress = (self.pending_at.since(asked) / lead).max(0.0);
        if progress >= 1.0 {
            self.share(Channel::Trust, deadline, missing, 0.0, weight, fair);
        } else {
            self.wait(Channel::Trust, Until::InTime, progress, missing, weight, fair);
        }
        if progress >= 2.0 {
            self.share(Channel::Commitments, worthless, missing, 0.0, 1.0, fair);
        } else {
            self.wait(Channel::Commitments, Until::Lateness, progress, missing, 1.0, fair);
        }
    }

    fn rest(&mut self, matter: &Matter) {
        let come = |after: Span| Some(matter.asked.plus(after)).filter(|at| *at <= self.as_of);
        let (rated, decided, paid) = (
            matter.rated.and_then(|(after, by, stars)| Some((come(after)?, by, stars))),
            matter.decided.and_then(|(after, outcome)| Some((come(after)?, outcome))),
            matter.paid.and_then(|(after, due)| Some((come(after)?, (after - due).max(Span::ZERO)))),
        );
        if let Some((at, by, stars)) = rated {
            let channel = if by == PartyRole::Customer { Channel::Regard } else { Channel::Esteem };
            self.weigh(channel, at, 1.0, (f64::from(stars) - 1.0) / 4.0, 1.0);
        }
        if let Some((at, outcome)) = decided {
            self.weigh(Channel::CoCreation, at, 1.0, self.model.co_creation.value(outcome), 1.0);
        }
        if let Some((at, late)) = paid {
            self.weigh(Channel::Payment, at, 1.0, (1.0 - late.as_days() / 30.0).max(0.0), 1.0);
        }
    }

    /// The mean of a prior, of what is settled and of what is open, which is expected to do as the mean does.
    pub fn level(&self, channel: Channel, prior: f64, prior_weight: f64, half_life: f64, left: &[f64]) -> f64 {
        let (mut weight, mut value) = (prior_weight, prior_weight * prior);
        for &(_, age, w, v) in self.settled.iter().filter(|(of, ..)| *of == channel) {
            weight += w * (-age / half_life).exp2();
            value += v * (-age / half_life).exp2();
        }
        let mut mean = value / weight;
        for _ in 0..200 {
            let (mut n, mut x) = (weight, value);
            for (open, left) in self.open.iter().zip(left).filter(|(open, _)| open.channel == channel) {
                let odds = open.failing * mean;
                let success = if odds > 0.0 { left * odds / (1.0 - mean + odds) } else { 0.0 };
                n += open.part * (success + (1.0 - success) * open.failing);
                x += open.part * success;
            }
            for (open, left) in self.open.iter().zip(left).filter(|(open, _)| open.charge.0 == channel) {
                n += open.charge.1 * (1.0 - left);
            }
            mean = x / n;
        }
        mean
    }

    /// What is left of the expectation of everything open, where answers and deliveries come in time with these chances.
    fn left(&self, replies: f64, deliveries: f64) -> Vec<f64> {
        let of = |open: &Open| {
            let is_delivery = matches!(open.channel, Channel::Commitments | Channel::Trust);
            let (chance, shape) = if is_delivery {
                (deliveries, self.model.delivery.curve_shape)
            } else if open.until == Until::InTime {
                (replies, 8.0)
            } else {
                (replies, self.model.reply.curve_shape)
            };
            if open.until == Until::Lost {
                0.0
            } else if open.progress <= 0.0 {
                1.0
            } else {
                expected(open.until, open.progress, chance, shape) / expected(open.until, 0.0, chance, shape)
            }
        };
        self.open.iter().map(of).collect()
    }

    /// What is left, the curves fitted to the channels that follow from them.
    pub fn fitted(&self, value: impl Fn(Channel, &[f64]) -> f64) -> Vec<f64> {
        let (mut replies, mut deliveries) = (self.prior(Channel::Timely), self.prior(Channel::Commitments));
        for _ in 0..4 {
            let left = self.left(replies, deliveries);
            (replies, deliveries) = (value(Channel::Timely, &left), value(Channel::Commitments, &left));
        }
        self.left(replies, deliveries)
    }
}

/// E[x | T > from], by a plain sum over the density.
fn expected(until: Until, from: f64, in_time: f64, shape: f64) -> f64 {
    let hazard = -(1.0 - in_time.clamp(0.001, 0.999)).ln();
    let survives = |t: f64| (-hazard * (t.powf(shape) - from.powf(shape))).exp();
    let sum = |low: f64, high: f64, value: &dyn Fn(f64) -> f64| {
        // Fine where the density is steep: at the start.
        let at = |step: i32| low + (high - low) * (f64::from(step) / f64::from(STEPS)).powi(3);
        let part = |step| (survives(at(step)) - survives(at(step + 1))) * value(f64::midpoint(at(step), at(step + 1)));
        if low < high { (0..STEPS).map(part).sum() } else { 0.0 }
    };
    match until {
        Until::InTime => sum(from, 1.0, &|_| 1.0),
        Until::BeforeLapse => sum(from, 4.0, &|_| 1.0),
        Until::Prompt => sum(from, 4.0, &|t| (-t / 0.5).exp2()),
        Until::Lateness => sum(from, 1.0, &|_| 1.0) + sum(from.max(1.0), 2.0, &|t| 2.0 - t),
        Until::Lost => 0.0,
    }
}
