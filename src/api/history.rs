//! `GetScoreHistory`: one relationship at every day, week or month between two moments.

use super::{
    Api, Fault,
    limits::{DEFAULT_HISTORY, MAX_HISTORY_POINTS},
    present, revision,
    scores::{context, is_full},
    v1,
};
use crate::{
    event::{EARLIEST_EVENT, Relationship, Violation, check_relationship},
    reader::Moment,
    time::{Step, Timestamp},
};

impl Api {
    pub(super) async fn history(
        &self,
        request: v1::GetScoreHistoryRequest,
    ) -> Result<v1::GetScoreHistoryResponse, Fault> {
        let backend = self.backend()?;
        let fresh = revision::decode(&backend.datastore, &request.at_least_as_fresh)?;
        let relationship = Relationship { customer: request.customer, supplier: request.supplier };
        let mut faults = Vec::new();
        check_relationship(&relationship, &mut faults);
        let until = self.readable("as_of_until", request.as_of_until, &mut faults).unwrap_or_else(|| self.present());
        let from = self.readable("as_of_from", request.as_of_from, &mut faults);
        let from = from.unwrap_or_else(|| until.plus(-DEFAULT_HISTORY).max(EARLIEST_EVENT));
        let step = step(request.step, &mut faults);
        let full = is_full(request.view, &mut faults);
        let known_at = self.readable("known_at", request.known_at, &mut faults);
        Fault::if_any(faults)?;
        let moments = moments(step, from, until)?;
        let read = backend.reader.history(&Self::tenant(), &relationship, &moments, known_at).await?;
        revision::check(read.revision, fresh)?;
        let mut context = context(backend, Moment { known_at, ..until.into() }, &read);
        let mut points = Vec::with_capacity(moments.len());
        for (as_of, scores) in moments.into_iter().zip(read.value) {
            context.moment.as_of = as_of;
            points.push(present::score(scores, full, &context));
        }
        Ok(v1::GetScoreHistoryResponse { points, revision: context.revision, model_version: context.model_version })
    }
}

/// The moments of a history. Every one of them is a moment that can be read at, as the first and the last are.
fn moments(step: Step, from: Timestamp, until: Timestamp) -> Result<Vec<Timestamp>, Fault> {
    let moments: Vec<Timestamp> = step.moments(from, until).take(MAX_HISTORY_POINTS + 1).collect();
    let mut faults = Vec::new();
    if moments.is_empty() {
        faults.push(Violation::new("as_of_from", "must not be later than as_of_until"));
    } else if moments.len() > MAX_HISTORY_POINTS {
        let most =
            format!("asks for more than {MAX_HISTORY_POINTS} points; choose a longer step, or a later beginning");
        faults.push(Violation::new("step", most));
    }
    Fault::if_any(faults)?;
    Ok(moments)
}

/// The step. Where it is missing or unknown that is a fault, and any step stands in.
fn step(step: i32, faults: &mut Vec<Violation>) -> Step {
    match v1::HistoryStep::try_from(step) {
        Ok(v1::HistoryStep::Day) => return Step::Day,
        Ok(v1::HistoryStep::Week) => return Step::Week,
        Ok(v1::HistoryStep::Month) => return Step::Month,
        Ok(v1::HistoryStep::Unspecified) => faults.push(Violation::new("step", "is required")),
        Err(_) => faults.push(Violation::new("step", format!("{step} is not a value of HistoryStep"))),
    }
    Step::Month
}
