//! What people usually ask for, and what is usual for it.

use crate::{event::RequestKind, time::Span};

/// A kind of request and its customs.
pub(super) struct Custom {
    pub(super) kind: RequestKind,
    /// How often it is made, beside the others.
    pub(super) weight: u32,
    /// Within how many hours an answer is expected.
    answer_within_hours: i64,
    /// How many days the work takes; 0 where the answer is all there is to deliver.
    lead_time_days: i64,
    /// What it is usually worth, in euros; 0 where nobody would put a price on it.
    pub(super) euros: i64,
    pub(super) summary: &'static str,
}

impl Custom {
    pub(super) fn answer_within(&self) -> Span {
        Span::hours(self.answer_within_hours)
    }

    pub(super) fn lead_time(&self) -> Span {
        Span::days(self.lead_time_days)
    }

    /// Whether something is delivered after the answer.
    pub(super) fn is_work(&self) -> bool {
        self.lead_time_days > 0
    }
}

pub(super) const IMPROVEMENT: usize = 0;
pub(super) const ORDER: usize = 1;

#[rustfmt::skip]
pub(super) const CUSTOMS: [Custom; 7] = [
    Custom { kind: RequestKind::Improvement, weight: 3, answer_within_hours: 240, lead_time_days: 60, euros: 20_000, summary: "Could you show us your stock on line?" },
    Custom { kind: RequestKind::Order,       weight: 18, answer_within_hours: 24, lead_time_days: 14, euros: 4_000,  summary: "The usual lot, please" },
    Custom { kind: RequestKind::Quote,       weight: 8, answer_within_hours: 48,  lead_time_days: 0,  euros: 6_000,  summary: "What would the usual lot cost?" },
    Custom { kind: RequestKind::Change,      weight: 3, answer_within_hours: 120, lead_time_days: 30, euros: 1_500,  summary: "The same, but in green" },
    Custom { kind: RequestKind::Information, weight: 4, answer_within_hours: 24,  lead_time_days: 0,  euros: 0,      summary: "Which of the two lasts longer?" },
    Custom { kind: RequestKind::Support,     weight: 3, answer_within_hours: 24,  lead_time_days: 0,  euros: 0,      summary: "It hums. Should it?" },
    Custom { kind: RequestKind::Complaint,   weight: 2, answer_within_hours: 24,  lead_time_days: 0,  euros: 0,      summary: "Two boxes were empty" },
];
