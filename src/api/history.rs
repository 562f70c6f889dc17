//! `GetScoreHistory`: one relationship at every day, week or month between two moments.

use super::{
    Fault,
    call::Call,
    fields::Fields,
    limits::{DEFAULT_HISTORY, MAX_HISTORY_POINTS},
    present,
    query::Fresh,
    v1,
};
use crate::{
    event::{EARLIEST_EVENT, Violation},
    reader::Moment,
    time::{Step, Timestamp},
};

pub(super) async fn get_score_history(
    call: Call,
    request: v1::GetScoreHistoryRequest,
) -> Result<v1::GetScoreHistoryResponse, Fault> {
    let mut fields = Fields::of(&call);
    let relationship = fields.relationship(request.customer, request.supplier);
    let until = fields.readable("as_of_until", request.as_of_until).unwrap_or_else(|| call.present());
    let from = fields.readable("as_of_from", request.as_of_from);
    let from = from.unwrap_or_else(|| (until - DEFAULT_HISTORY).max(EARLIEST_EVENT));
    let step = step(request.step, fields.violations());
    let moments = moments(step, from, until, &mut fields);
    let full = fields.is_full(request.view);
    let moment = fields.moment(None, request.known_at, &request.at_least_as_fresh);
    let query = fields.done(Moment { as_of: until, ..moment })?;
    let read = query.read(|reader, tenant, moment| reader.history(tenant, &relationship, &moments, moment.known_at));
    let Fresh { value, mut context, .. } = read.await?;
    let mut points = Vec::with_capacity(moments.len());
    for (as_of, scores) in moments.into_iter().zip(value) {
        context.moment.as_of = as_of;
        points.push(present::score(scores, full, &context));
    }
    Ok(v1::GetScoreHistoryResponse { points, revision: context.revision, model_version: context.model_version })
}

/// The moments of a history. Every one of them is a moment that can be read at, as the first and the last are.
fn moments(step: Option<Step>, from: Timestamp, until: Timestamp, fields: &mut Fields<'_>) -> Vec<Timestamp> {
    if from > until {
        fields.violations().push(Violation::new("as_of_from", "must not be later than as_of_until"));
    }
    let Some(step) = step else { return Vec::new() };
    let moments: Vec<Timestamp> = step.moments(from, until).take(MAX_HISTORY_POINTS + 1).collect();
    if moments.len() > MAX_HISTORY_POINTS {
        let most =
            format!("asks for more than {MAX_HISTORY_POINTS} points; choose a longer step, or a later beginning");
        fields.violations().push(Violation::new("step", most));
    }
    moments
}

/// The step; none where it is missing or unknown, which is a fault.
fn step(step: i32, faults: &mut Vec<Violation>) -> Option<Step> {
    match v1::HistoryStep::try_from(step) {
        Ok(v1::HistoryStep::Day) => return Some(Step::Day),
        Ok(v1::HistoryStep::Week) => return Some(Step::Week),
        Ok(v1::HistoryStep::Month) => return Some(Step::Month),
        Ok(v1::HistoryStep::Unspecified) => faults.push(Violation::new("step", "is required")),
        Err(_) => faults.push(Violation::new("step", format!("{step} is not a value of HistoryStep"))),
    }
    None
}
