//! Requests, spans, shares and numbers as people say them.

use crate::{
    event::RequestKind,
    interaction::Account,
    time::{DAY, HOUR, MINUTE, Span},
};

/// Longer summaries are cut: they are for recognising, not for reading.
const LONGEST_QUOTE: usize = 60;

/// What a request is called in a sentence, with what it was about where that is known.
pub(super) fn subject(account: &Account<'_>) -> String {
    let (kind, summary) = (called(account.request.kind), &account.request.summary);
    if summary.is_empty() { kind.to_owned() } else { format!("{kind} {}", quote(summary)) }
}

/// What a kind of request is called in a sentence.
pub(super) fn called(kind: RequestKind) -> &'static str {
    match kind {
        RequestKind::Quote => "request for a quote",
        RequestKind::Order => "order",
        RequestKind::Change => "request for a change",
        RequestKind::Information => "request for information",
        RequestKind::Support => "request for support",
        RequestKind::Complaint => "complaint",
        RequestKind::Improvement => "request for an improvement",
    }
}

/// What several of a kind are called.
pub(super) fn called_many(kind: RequestKind) -> String {
    let called = called(kind);
    called.strip_prefix("request ").map_or_else(|| format!("{called}s"), |rest| format!("requests {rest}"))
}

/// A span of time in its largest fitting unit, two days and more in days.
pub(super) fn span(span: Span) -> String {
    let span = span.abs();
    match (span.rounded_to(MINUTE), span.rounded_to(HOUR)) {
        (0, _) => "less than a minute".to_owned(),
        (minutes @ ..60, _) => format!("{minutes} min"),
        (_, hours @ ..48) => format!("{hours} h"),
        _ => format!("{} days", span.rounded_to(DAY)),
    }
}

/// "1 thing", "2 things".
pub(super) fn counted(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}

/// A share as a percentage. What is less than the whole never reads as the whole.
pub(super) fn percent(share: f64) -> String {
    let percent = (share * 100.0).round();
    let percent = if share < 1.0 { percent.min(99.0) } else { percent };
    format!("{percent:.0} %")
}

/// What there is beyond the whole, as a percentage of it.
pub(super) fn percent_beyond(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// A text in quotation marks, cut where it is long.
pub(super) fn quote(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let cut: String = line.chars().take(LONGEST_QUOTE).collect();
    let more = if cut.len() < text.len() { "…" } else { "" };
    format!("\"{cut}{more}\"")
}

/// The sentence begun with a capital letter.
pub(super) fn capitalised(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::MICROSECOND;

    #[test]
    fn spans_and_shares_read_as_people_say_them() {
        let spans = [
            Span::ZERO,
            Span::seconds(90),
            HOUR - MICROSECOND,
            3 * HOUR,
            -47 * HOUR,
            2 * DAY - MICROSECOND,
            9 * DAY + 13 * HOUR,
        ];
        assert_eq!(spans.map(span), ["less than a minute", "2 min", "1 h", "3 h", "47 h", "2 days", "10 days"]);
        assert_eq!([0.5, 0.999, 1.0].map(percent), ["50 %", "99 %", "100 %"]);
        assert_eq!(quote("one\ntwo"), "\"one…\"");
    }
}
