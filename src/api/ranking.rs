//! `ListScores`: relationships ranked by a lens, in pages.

use std::{
    cmp::{Ordering, Reverse},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use super::{
    Fault,
    call::Call,
    fields::Fields,
    page::Page,
    present,
    query::{Fresh, Query},
    scores, v1,
};
use crate::{
    event::{PartyRole, Relationship, Violation},
    reader::{Moment, PartyFilter},
    score::{Figures, Lens, Life, Lives, Standing},
    store::Selection,
    time::Timestamp,
};

type Ranked = Vec<(Relationship, Arc<Figures>)>;

pub(super) async fn list_scores(call: Call, request: v1::ListScoresRequest) -> Result<v1::ListScoresResponse, Fault> {
    let listed = v1::ListScoresRequest {
        page_size: 0,
        page_token: String::new(),
        at_least_as_fresh: String::new(),
        ..request.clone()
    };
    let mut fields = Fields::of(&call);
    let full = fields.is_full(request.view);
    let lens = lens(request.order_by, fields.violations());
    let standings = standings(&request.standings, fields.violations());
    let include = lives(&request.include, fields.violations());
    let currency = fields.currency(request.currency_code.clone());
    let page: Page<RankCursor> = fields.page(&listed, request.page_size, &request.page_token);
    let changed_since = fields.revision("changed_since", &request.changed_since);
    let moment = fields.moment(request.as_of, request.known_at, &request.at_least_as_fresh);
    let (selection, filter) = (selection(&request, &mut fields), filter(&request, &mut fields));
    // Every page is read at the moment of the first one, or scores would move between pages by themselves.
    let as_of = page.after.as_ref().map_or(moment.as_of, |cursor| cursor.as_of);
    let query = fields.done(Moment { as_of, at_least: moment.at_least.max(changed_since), ..moment })?;
    let read = query.read(|reader, tenant, moment| reader.select(tenant, &selection, &filter, changed_since, moment));
    let mut answer = read.await?;
    answer.value.retain(|(_, it)| standings.is_empty() || standings.contains(&it.placement.standing));
    // Who follows what changes must hear what has come to an end.
    let include = if request.changed_since.is_empty() { include } else { Lives::ALL };
    let left_out = leave_out(&mut answer.value, include);
    let total_size = i64::try_from(answer.value.len()).unwrap_or(i64::MAX);
    let currency = match &page.after {
        Some(cursor) => cursor.currency.clone(),
        None => currency.unwrap_or_else(|| Lens::main_currency(answer.value.iter().flat_map(|(_, it)| it.sums(lens)))),
    };
    let next_page_token = cut(&mut answer.value, lens, &currency, &page, as_of)?;
    let revision = answer.context.revision.clone();
    Ok(v1::ListScoresResponse {
        scores: shown(&query, answer, full).await?,
        next_page_token,
        revision,
        total_size,
        currency_code: if lens.is_about_money() { currency } else { String::new() },
        left_out: Some(left_out),
    })
}

/// Leaves out what does not live as is asked for, and counts it.
fn leave_out(ranked: &mut Ranked, include: Lives) -> v1::LeftOut {
    let mut left_out = v1::LeftOut::default();
    ranked.retain(|(_, it)| {
        let life = it.placement.life;
        if include.has(life) {
            return true;
        }
        match life {
            Life::Active => {}
            Life::Dormant => left_out.dormant += 1,
            Life::Ended => left_out.ended += 1,
        }
        false
    });
    left_out
}

/// Ranks by the lens and leaves what is on the page. Returns the token of the next one; none where this is the last.
fn cut(
    ranked: &mut Ranked,
    lens: Lens,
    currency: &str,
    page: &Page<RankCursor>,
    as_of: Timestamp,
) -> Result<String, Fault> {
    let shown = |it: &Figures| thousandths(it.shown(lens, currency));
    // They come by customer and supplier; equals stay in that order.
    ranked.sort_by_cached_key(|(_, it)| Reverse(shown(it)));
    if let Some(cursor) = &page.after {
        let start = ranked.partition_point(|(place, it)| cursor.cmp(place, shown(it)) != Ordering::Less);
        ranked.drain(..start);
    }
    let size = page.size as usize;
    let more = ranked.len() > size;
    ranked.truncate(size);
    let Some((Relationship { customer, supplier }, it)) = ranked.last().filter(|_| more) else {
        return Ok(String::new());
    };
    let (currency, thousandths) = (currency.to_owned(), shown(it));
    let (customer, supplier) = (customer.clone(), supplier.clone());
    page.next_token(&RankCursor { as_of, currency, thousandths, customer, supplier })
}

/// What is on the page, read again for what a ranking does not know: all that it is made of, where that is asked for, or warnings.
async fn shown(query: &Query<'_>, page: Fresh<Ranked>, full: bool) -> Result<Vec<v1::Score>, Fault> {
    if full || page.value.iter().any(|(_, figures)| !figures.placement.first_no.is_empty()) {
        let query = query.no_older_than(&page);
        let relationships: Vec<Relationship> = page.value.into_iter().map(|(it, _)| it).collect();
        return scores::read(&query, relationships, full).await;
    }
    let Fresh { value, context, .. } = page;
    Ok(value.into_iter().map(|(it, figures)| present::figures(it, &figures.scores(), &[], &context)).collect())
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

/// What is asked for beside what is active.
pub(super) fn lives(wanted: &[i32], faults: &mut Vec<Violation>) -> Lives {
    let named = wanted.iter().enumerate();
    let lives = named.map(|(index, &life)| Life::from_wire(life, &format!("include[{index}]"), faults));
    lives.fold(Lives::ACTIVE, Lives::and)
}

fn standings(wanted: &[i32], faults: &mut Vec<Violation>) -> Vec<Standing> {
    let named = wanted.iter().enumerate();
    named.map(|(index, &standing)| Standing::from_wire(standing, &format!("standings[{index}]"), faults)).collect()
}

fn selection(request: &v1::ListScoresRequest, fields: &mut Fields<'_>) -> Selection {
    let customer = fields.filter("customer", &request.customer);
    match (customer, fields.filter("supplier", &request.supplier)) {
        (None, None) => Selection::All,
        (None, Some(supplier)) => Selection::Supplier(supplier),
        (Some(customer), None) => Selection::Customer(customer),
        (Some(customer), Some(supplier)) => Selection::These(vec![Relationship { customer, supplier }]),
    }
}

/// What must be known about those who are ranked: the customers where a supplier is named alone, else the suppliers.
fn filter(request: &v1::ListScoresRequest, fields: &mut Fields<'_>) -> PartyFilter {
    let of_supplier = request.customer.is_empty() && !request.supplier.is_empty();
    PartyFilter {
        role: if of_supplier { PartyRole::Customer } else { PartyRole::Supplier },
        parent: fields.filter("parent", &request.parent),
        category: fields.filter("category", &request.category),
    }
}

/// A place in a ranking. What the lens shows is in thousandths, so that it compares exactly.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct RankCursor {
    as_of: Timestamp,
    currency: String,
    thousandths: i64,
    customer: String,
    supplier: String,
}

impl RankCursor {
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
