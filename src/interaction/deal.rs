//! What becomes of a request: what is agreed, and what of that has come.

use super::{agreement::Agreement, goods::Goods, timeline::Timeline};
use crate::model::Model;

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

    /// Whether a day is promised.
    pub(super) fn is_dated(&self) -> bool {
        self.agreement.binds && self.agreement.lots.iter().any(|lot| lot.day.is_some())
    }
}
