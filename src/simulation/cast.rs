//! Who is who in the made-up company, as one table.

use crate::event::RefusalReason::{self, CannotBeDone, NoCapacity, NotNeeded, NotNow, Policy, Price};

/// The company whose dealings these are.
pub const COMPANY: &str = "demo: Wobbly Widgets";
const SALES: &str = "demo: Wobbly Widgets / Sales";
const PRINT_ROOM: &str = "demo: Wobbly Widgets / Print Room";
const OTHER_CUSTOMER: &str = "demo: Gadget & Daughters";
pub(super) const GOOD: &str = "demo: Prompt & Proper Packaging";
pub(super) const HELPFUL: &str = "demo: Let's Try Data Bureau";
/// The supplier whose routine work is faultless and who will hear of nothing new.
pub const REFUSING: &str = "demo: We Never Did That Data Bureau";
pub(super) const SLOW: &str = "demo: Snail Trail Logistics";
pub(super) const LATE: &str = "demo: Tomorrow Tooling";
pub(super) const SILENT: &str = "demo: Mum's the Word Metals";
const NEWCOMER: &str = "demo: Greenhorn Gears";
const FILM_MAKER: &str = "demo: Looking Glass Films";

/// How one supplier treats one customer.
pub(super) struct Character {
    pub(super) customer: &'static str,
    pub(super) supplier: &'static str,
    /// For how many days they have known each other.
    pub(super) known_for_days: i64,
    pub(super) requests_a_month: i64,
    /// How complete the customer's requests usually are; half-finished ones are also late ones.
    pub(super) completeness: f64,
    /// The chance that a request is answered at all.
    pub(super) answers: f64,
    /// How long an answer usually takes, in multiples of the time allowed.
    pub(super) pace: f64,
    /// The chance of a no to routine work.
    pub(super) refuses: f64,
    /// The chance of a yes to a change or an improvement, or to an idea.
    pub(super) embraces: f64,
    /// What it says to a first, second, third request for a change.
    pub(super) excuses: &'static [RefusalReason],
    /// The chance that a no comes with another way.
    pub(super) offers_alternative: f64,
    /// The chance of delivering on the promised day.
    pub(super) keeps_promises: f64,
    /// How late it usually is when it is late, in days.
    pub(super) days_late: f64,
}

/// Nothing special: the others say only where they differ.
const ORDINARY: Character = Character {
    customer: COMPANY,
    supplier: "",
    known_for_days: 730,
    requests_a_month: 3,
    completeness: 0.9,
    answers: 0.97,
    pace: 0.45,
    refuses: 0.06,
    embraces: 0.5,
    excuses: &[NotNow, Price, NoCapacity],
    offers_alternative: 0.4,
    keeps_promises: 0.85,
    days_late: 3.0,
};

const EXCELLENT: Character = Character {
    answers: 0.995,
    pace: 0.15,
    refuses: 0.02,
    embraces: 0.85,
    offers_alternative: 0.8,
    keeps_promises: 0.97,
    days_late: 1.0,
    ..ORDINARY
};

pub(super) const CAST: [Character; 13] = [
    Character { supplier: GOOD, requests_a_month: 4, ..EXCELLENT },
    Character { supplier: HELPFUL, known_for_days: 300, embraces: 0.95, ..EXCELLENT },
    // Routine work on time for years, and "we don't do that" to the one question that mattered.
    Character {
        supplier: REFUSING,
        pace: 0.3,
        embraces: 0.0,
        excuses: &[CannotBeDone, NotNeeded],
        offers_alternative: 0.0,
        keeps_promises: 0.95,
        ..ORDINARY
    },
    Character { supplier: SLOW, pace: 1.6, embraces: 0.4, keeps_promises: 0.8, ..ORDINARY },
    Character { supplier: LATE, keeps_promises: 0.3, days_late: 8.0, ..ORDINARY },
    Character {
        supplier: SILENT,
        requests_a_month: 2,
        answers: 0.15,
        pace: 1.2,
        embraces: 0.1,
        keeps_promises: 0.6,
        ..ORDINARY
    },
    Character { supplier: NEWCOMER, known_for_days: 25, requests_a_month: 3, pace: 0.3, ..ORDINARY },
    // Inside the company, but asked and judged like anybody else.
    Character { customer: SALES, supplier: PRINT_ROOM, completeness: 0.6, pace: 0.6, keeps_promises: 0.8, ..ORDINARY },
    // Two directions of one pair.
    Character { supplier: FILM_MAKER, requests_a_month: 2, embraces: 0.8, pace: 0.35, ..ORDINARY },
    Character {
        customer: FILM_MAKER,
        supplier: COMPANY,
        requests_a_month: 1,
        pace: 0.4,
        excuses: &[Policy, NotNow],
        ..ORDINARY
    },
    // Another customer's experience of some of the same suppliers.
    Character { customer: OTHER_CUSTOMER, supplier: GOOD, requests_a_month: 2, ..EXCELLENT },
    Character { customer: OTHER_CUSTOMER, supplier: SLOW, requests_a_month: 2, pace: 1.2, ..ORDINARY },
    // The same supplier is not late for everybody: this one prepares its orders.
    Character { customer: OTHER_CUSTOMER, supplier: LATE, completeness: 1.0, keeps_promises: 0.65, ..ORDINARY },
];
