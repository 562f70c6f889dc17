//! The plain counts that people ask for beside a score.

use crate::{
    counts::Counter,
    event::RefusalReason,
    model::Model,
    tally::State,
    time::{Span, Timestamp},
};

/// Plain counts over the life of a relationship, at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kpis {
    /// Requests made.
    pub requests: i64,
    /// Requests answered.
    pub answered: i64,
    /// Requests answered by their due time.
    pub on_time: i64,
    /// Requests withdrawn before an answer.
    pub withdrawn: i64,
    /// Requests that wait for an answer and have not lapsed.
    pub open: i64,
    /// Open requests past their due time.
    pub overdue: i64,
    /// Requests never answered within the lapse time.
    pub lapsed: i64,
    /// When the oldest open request was made.
    pub oldest_open: Option<Timestamp>,
    /// Median time to the first answer, within 2 %.
    pub median_answer_time: Option<Span>,
    /// Nine of ten answers came within this time, within 2 %.
    pub p90_answer_time: Option<Span>,
    /// Requests whose last word was a no, by reason.
    pub refusals: Vec<(RefusalReason, i64)>,
}

/// Counts a state at `as_of`.
#[must_use]
pub fn kpis(state: &State, as_of: Timestamp, model: &Model) -> Kpis {
    let get = |counter| state.counts.get(counter);
    let mut kpis = Kpis {
        requests: get(Counter::Requests),
        answered: get(Counter::Answered),
        on_time: get(Counter::OnTime),
        withdrawn: get(Counter::Withdrawn),
        median_answer_time: quantile(state, 1, 2),
        p90_answer_time: quantile(state, 9, 10),
        ..Kpis::default()
    };
    for reply in state.pending.values().filter_map(|pending| pending.reply.as_ref()) {
        let reached = |at: Option<Timestamp>| at.is_some_and(|at| at <= as_of);
        if reached(reply.lapses_at(model)) {
            kpis.lapsed += 1;
            continue;
        }
        let requested_at = reply.clock.started_at();
        kpis.open += 1;
        kpis.overdue += i64::from(reached(reply.due_at()));
        kpis.oldest_open = Some(kpis.oldest_open.map_or(requested_at, |oldest| oldest.min(requested_at)));
    }
    for reason in RefusalReason::ALL {
        let count = get(Counter::Refused(reason));
        if count > 0 {
            kpis.refusals.push((reason, count));
        }
    }
    kpis
}

/// The smallest answer time that at least `part` of `whole` answers did not exceed.
fn quantile(state: &State, part: i64, whole: i64) -> Option<Span> {
    let times = || {
        state.counts.iter().filter_map(|(counter, count)| match counter {
            Counter::AnswerTime(time) => Some((time, count)),
            _ => None,
        })
    };
    let total: i64 = times().map(|(_, count)| count).sum();
    let wanted = (total * part + whole - 1) / whole;
    let mut seen = 0;
    times().find_map(|(time, count)| {
        seen += count;
        (seen >= wanted).then(|| time.typical())
    })
}
