//! The fields of a request: read one by one, with every violation collected, and used once all of them are in order.
//!
//! Only [`Fields::done`] leads to the reader, and it takes the moment to read at, which carries how fresh the answer must be.

use prost::Message;
use serde::de::DeserializeOwned;

use super::{
    Fault,
    call::Call,
    convert,
    limits::{DEFAULT_PAGE_SIZE, MAX_AS_OF_AHEAD, MAX_BATCH, MAX_PAGE_SIZE},
    page::{self, Page},
    query::Query,
    revision,
    v1::ScoreView,
};
use crate::{
    event::{EARLIEST_EVENT, Relationship, Violation, check_currency, check_id, check_relationship},
    reader::Moment,
    store::Revision,
    time::Timestamp,
};

/// The fields of one request. What is wrong stands in for itself until [`Fields::done`] tells all of it.
pub(super) struct Fields<'a> {
    call: &'a Call,
    violations: Vec<Violation>,
    /// A fault with a reason of its own, which it is told by where nothing else is wrong.
    alone: Option<Fault>,
}

impl<'a> Fields<'a> {
    pub fn of(call: &'a Call) -> Self {
        Self { call, violations: Vec::new(), alone: None }
    }

    /// Where other readers of fields put what they find.
    pub fn violations(&mut self) -> &mut Vec<Violation> {
        &mut self.violations
    }

    /// A directed relationship.
    pub fn relationship(&mut self, customer: String, supplier: String) -> Relationship {
        let relationship = Relationship { customer, supplier };
        check_relationship(&relationship, &mut self.violations);
        relationship
    }

    /// An id that must be given.
    pub fn id(&mut self, field: &str, id: String) -> String {
        check_id(field, &id, &mut self.violations);
        id
    }

    /// An id to select by; none where it is empty.
    pub fn filter(&mut self, field: &str, id: &str) -> Option<String> {
        (!id.is_empty()).then(|| self.id(field, id.to_owned()))
    }

    /// A currency to go by; none where none is named.
    pub fn currency(&mut self, code: String) -> Option<String> {
        if code.is_empty() {
            return None;
        }
        check_currency("currency_code", &code, &mut self.violations);
        Some(code)
    }

    /// Whether scores are wanted with all that they are made of.
    pub fn is_full(&mut self, view: i32) -> bool {
        match ScoreView::try_from(view) {
            Ok(ScoreView::Full) => return true,
            Ok(ScoreView::Basic | ScoreView::Unspecified) => {}
            Err(_) => self.violations.push(Violation::new("view", format!("{view} is not a value of ScoreView"))),
        }
        false
    }

    /// A number that 0 leaves to the service, and that is lowered where it is too large.
    pub fn bounded<T: TryFrom<i32> + Ord + Default>(&mut self, field: &str, given: i32, default: T, most: T) -> T {
        match T::try_from(given) {
            Ok(given) if given == T::default() => default,
            Ok(given) => given.min(most),
            Err(_) => {
                self.violations.push(Violation::new(field, "must not be negative; 0 asks for the default"));
                default
            }
        }
    }

    /// How many items a batch has.
    pub fn batch(&mut self, field: &str, items: usize) {
        if items > MAX_BATCH {
            self.alone(Fault::batch_too_large(field, items));
        }
    }

    /// How many entries a page has.
    pub fn page_size(&mut self, page_size: i32) -> u32 {
        self.bounded("page_size", page_size, DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE)
    }

    /// The page that follows the one that gave `page_token`. All that decides which entries there are must be in `filter`,
    /// and nothing else.
    pub fn page<C: DeserializeOwned>(&mut self, filter: &impl Message, page_size: i32, page_token: &str) -> Page<C> {
        let size = self.page_size(page_size);
        let query = page::fingerprint(self.call.datastore(), filter);
        let after = page::decode(&query, page_token).unwrap_or_else(|fault| {
            self.alone(fault);
            None
        });
        Page { size, after, query }
    }

    /// The moment to read at, and how fresh the answer must be: now, and with everything that is recorded, where nothing
    /// else is given.
    pub fn moment(
        &mut self,
        as_of: Option<prost_types::Timestamp>,
        known_at: Option<prost_types::Timestamp>,
        at_least_as_fresh: &str,
    ) -> Moment {
        Moment {
            as_of: self.readable("as_of", as_of).unwrap_or_else(|| self.call.present()),
            known_at: self.readable("known_at", known_at),
            at_least: self.revision("at_least_as_fresh", at_least_as_fresh),
        }
    }

    /// The present, where a request names no moment, and how fresh the answer must be.
    pub fn now(&mut self, at_least_as_fresh: &str) -> Moment {
        Moment { at_least: self.revision("at_least_as_fresh", at_least_as_fresh), ..self.call.now.into() }
    }

    /// A moment that something can be read at, where one is given.
    pub fn readable(&mut self, field: &str, given: Option<prost_types::Timestamp>) -> Option<Timestamp> {
        let moment = self.time(field, given)?;
        if !(EARLIEST_EVENT..=self.call.now + MAX_AS_OF_AHEAD).contains(&moment) {
            self.violations.push(Violation::new(field, "must lie between 1970 and ten years from now"));
        }
        Some(moment)
    }

    /// A moment, where one is given.
    pub fn time(&mut self, field: &str, given: Option<prost_types::Timestamp>) -> Option<Timestamp> {
        convert::moment(field, given, &mut self.violations)
    }

    /// The revision that a token stands for; where it is empty, that before all others.
    pub fn revision(&mut self, field: &str, token: &str) -> Revision {
        revision::decode(field, self.call.datastore(), token).unwrap_or_else(|fault| {
            self.alone(fault);
            Revision::ZERO
        })
    }

    /// Ends the reading of fields: what holds at `moment` may be read. Fails with every violation; a fault that has a reason
    /// of its own is told by it where nothing else is wrong. A call that is late already reads nothing.
    pub fn done(self, moment: Moment) -> Result<Query<'a>, Fault> {
        let call = self.call;
        self.checked()?;
        if call.is_late() { Err(Fault::late()) } else { Ok(Query::of(call, moment)) }
    }

    /// As [`Self::done`], where nothing is read.
    pub fn checked(self) -> Result<(), Fault> {
        match self.alone {
            Some(fault) if self.violations.len() == 1 => Err(fault),
            _ => Fault::if_any(self.violations),
        }
    }

    /// A fault of one field.
    fn alone(&mut self, fault: Fault) {
        self.violations.extend_from_slice(fault.violations());
        self.alone = Some(fault);
    }
}
