//! What becomes of a request: what is agreed, and what of that has come.

use super::{agreement::Agreement, fairness::Fairness, goods::Goods, timeline::Timeline};
use crate::{model::Model, time::Timestamp};

/// A request's agreement, and the goods.
pub(super) struct Deal<'a> {
    pub agreement: Agreement<'a>,
    pub goods: Goods<'a>,
}

impl<'a> Deal<'a> {
    pub(super) fn of(timeline: &Timeline<'a>, model: &Model) -> Self {
        let agreement = Agreement::of(timeline);
        let goods = Goods::of(timeline, &agreement, &model.delivery);
        Self { agreement, goods }
    }

    /// How fair the promised day was, of several the first; none where there is none.
    pub(super) fn fairness(&self, timeline: &Timeline<'_>, model: &Model) -> Option<Fairness> {
        let lot = self.agreement.lots.iter().find(|lot| lot.day.is_some()).filter(|_| self.agreement.binds)?;
        Some(fairness(timeline, lot.day?, lot.asked_at, model))
    }
}

/// How fair a day was that the supplier had known since `asked_at`.
pub(super) fn fairness(timeline: &Timeline<'_>, day: Timestamp, asked_at: Timestamp, model: &Model) -> Fairness {
    timeline.fairness(day.since(asked_at), model.service_level(timeline.request.kind).lead_time)
}
