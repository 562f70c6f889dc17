//! `ListScores`: relationships ranked by a lens, in pages.

use std::cmp::{Ordering, Reverse};

use serde::{Deserialize, Serialize};

use super::{
    Api, Fault, convert, page, present, revision,
    scores::{self, context, is_full},
    v1,
};
use crate::{
    event::{PartyRole, Relationship, Violation, check_currency},
    reader::PartyFilter,
    score::{Figures, Lens, Standing},
    store::Selection,
    time::Timestamp,
};

impl Api {
    pub(super) async fn rank(&self, request: v1::ListScoresRequest) -> Result<v1::ListScoresResponse, Fault> {
        let backend = self.backend()?;
        let changed_since = revision::decode(&backend.datastore, &request.changed_since)?;
        let fresh = revision::decode(&backend.datastore, &request.at_least_as_fresh)?.max(changed_since);
        let query = v1::ListScoresRequest {
            page_size: 0,
            page_token: String::new(),
            at_least_as_fresh: String::new(),
            ..request.clone()
        };
        let mut faults = Vec::new();
        let full = is_full(request.view, &mut faults);
        let lens = lens(request.order_by, &mut faults);
        let standings = standings(&request.standings, &mut faults);
        let currency = currency(request.currency_code.clone(), &mut faults);
        let page_size = page::size(request.page_size, &mut faults) as usize;
        let mut moment = self.moment(request.as_of, request.known_at, &mut faults);
        let (selection, filter) = (selection(&request, &mut faults), filter(&request, &mut faults));
        Fault::if_any(faults)?;
        let cursor: Option<Cursor> = page::decode(&backend.datastore, &query, &request.page_token)?;
        // Every page is read at the moment of the first one, or scores would move between pages by themselves.
        moment.as_of = cursor.as_ref().map_or(moment.as_of, |cursor| cursor.as_of);
        moment.at_least = fresh;
        let mut read = backend.reader.select(&Self::tenant(), &selection, &filter, changed_since, moment).await?;
        revision::check(read.revision, fresh)?;
        let mut ranked = std::mem::take(&mut read.value);
        ranked.retain(|(_, it)| standings.is_empty() || standings.contains(&it.scores.placement.standing));
        let total_size = i64::try_from(ranked.len()).unwrap_or(i64::MAX);
        let currency = match &cursor {
            Some(cursor) => cursor.currency.clone(),
            None => currency.unwrap_or_else(|| lens.main_currency(ranked.iter().map(|(_, it)| &it.views))),
        };
        let shown = |it: &Figures| thousandths(lens.value(&it.scores, &it.views, &currency));
        // They come by customer and supplier; equals stay in that order.
        ranked.sort_by_cached_key(|(_, it)| Reverse(shown(it)));
        let start = cursor.map_or(0, |cursor| {
            ranked.partition_point(|(relationship, it)| cursor.cmp(relationship, shown(it)) != Ordering::Less)
        });
        let page = ranked.get(start..).unwrap_or_default();
        let next_page_token = match page.get(..page_size).and_then(<[_]>::last) {
            Some((relationship, it)) if page.len() > page_size => {
                let Relationship { customer, supplier } = relationship.clone();
                let (as_of, thousandths) = (moment.as_of, shown(it));
                let last = Cursor { as_of, currency: currency.clone(), thousandths, customer, supplier };
                page::encode(&backend.datastore, &query, last)?
            }
            _ => String::new(),
        };
        let context = context(backend, moment, &read);
        let page = page.iter().take(page_size);
        let scores = if full {
            let relationships: Vec<Relationship> = page.map(|(it, _)| it.clone()).collect();
            moment.at_least = read.revision;
            scores::in_full(backend, &relationships, moment).await?
        } else {
            page.map(|(it, figures)| present::figures(it.clone(), &figures.scores, &context)).collect()
        };
        Ok(v1::ListScoresResponse {
            scores,
            next_page_token,
            revision: context.revision,
            total_size,
            currency_code: if lens.is_about_money() { currency } else { String::new() },
        })
    }
}

/// Partnership where none is named.
pub(super) fn lens(order_by: i32, faults: &mut Vec<Violation>) -> Lens {
    match v1::Lens::try_from(order_by) {
        Ok(v1::Lens::Unspecified | v1::Lens::Partnership) => Lens::Partnership,
        Ok(v1::Lens::Responsiveness) => Lens::Responsiveness,
        Ok(v1::Lens::Customership) => Lens::Customership,
        Ok(v1::Lens::ValueExchanged) => Lens::ValueExchanged,
        Ok(v1::Lens::Potential) => Lens::Potential,
        Ok(v1::Lens::Advocacy) => Lens::Advocacy,
        Ok(v1::Lens::Regard) => Lens::Regard,
        Ok(v1::Lens::Evidence) => Lens::Evidence,
        Err(_) => {
            faults.push(Violation::new("order_by", format!("{order_by} is not a value of Lens")));
            Lens::Partnership
        }
    }
}

fn standings(wanted: &[i32], faults: &mut Vec<Violation>) -> Vec<Standing> {
    let named = wanted.iter().enumerate();
    named.map(|(index, &standing)| Standing::from_wire(standing, &format!("standings[{index}]"), faults)).collect()
}

/// A currency to go by; none where none is named.
pub(super) fn currency(code: String, faults: &mut Vec<Violation>) -> Option<String> {
    if code.is_empty() {
        return None;
    }
    check_currency("currency_code", &code, faults);
    Some(code)
}

fn selection(request: &v1::ListScoresRequest, faults: &mut Vec<Violation>) -> Selection {
    let customer = convert::filter("customer", &request.customer, faults);
    match (customer, convert::filter("supplier", &request.supplier, faults)) {
        (None, None) => Selection::All,
        (None, Some(supplier)) => Selection::Supplier(supplier),
        (Some(customer), None) => Selection::Customer(customer),
        (Some(customer), Some(supplier)) => Selection::These(vec![Relationship { customer, supplier }]),
    }
}

/// What must be known about those who are ranked: the customers where a supplier is named alone, else the suppliers.
fn filter(request: &v1::ListScoresRequest, faults: &mut Vec<Violation>) -> PartyFilter {
    let of_supplier = request.customer.is_empty() && !request.supplier.is_empty();
    PartyFilter {
        role: if of_supplier { PartyRole::Customer } else { PartyRole::Supplier },
        parent: convert::filter("parent", &request.parent, faults),
        category: convert::filter("category", &request.category, faults),
    }
}

/// A place in a ranking. What the lens shows is in thousandths, so that it compares exactly.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Cursor {
    as_of: Timestamp,
    currency: String,
    thousandths: i64,
    customer: String,
    supplier: String,
}

impl Cursor {
    /// How the place compares with that of a relationship that shows so much: best first, equals by customer and supplier.
    fn cmp(&self, relationship: &Relationship, thousandths: i64) -> Ordering {
        let names = (self.customer.as_str(), self.supplier.as_str());
        let others = (relationship.customer.as_str(), relationship.supplier.as_str());
        thousandths.cmp(&self.thousandths).then_with(|| names.cmp(&others))
    }
}

/// What a lens shows, so that it compares exactly.
#[expect(clippy::cast_possible_truncation, reason = "a cast saturates, and no lens shows as much as that")]
fn thousandths(shown: f64) -> i64 {
    (shown * 1000.0).round() as i64
}
