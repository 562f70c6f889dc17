//! How long a call may take: as long as its client waits for it, but no longer than the service allows.

use std::time::Duration;

use tonic::metadata::MetadataMap;

use super::limits::CALL_DEADLINE;

/// The answer that a call is late must be on its way before the transport ends the call without a reason.
const AHEAD: Duration = Duration::from_millis(5);

/// The time for a call with these headers.
pub(super) fn of(headers: &MetadataMap) -> Duration {
    let asked = headers.get("grpc-timeout").and_then(|it| it.to_str().ok()).and_then(parse);
    asked.map_or(CALL_DEADLINE, |asked| CALL_DEADLINE.min(asked.saturating_sub(AHEAD)))
}

/// At most eight digits and a unit, as the gRPC protocol has it.
fn parse(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.len() > 8 || !digits.bytes().all(|it| it.is_ascii_digit()) {
        return None;
    }
    let number: u64 = digits.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(number * 3_600),
        "M" => Duration::from_secs(number * 60),
        "S" => Duration::from_secs(number),
        "m" => Duration::from_millis(number),
        "u" => Duration::from_micros(number),
        "n" => Duration::from_nanos(number),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_can_shorten_the_time_and_nothing_else() {
        let of = |text: &str| {
            let mut headers = MetadataMap::new();
            headers.insert("grpc-timeout", text.parse().unwrap());
            super::of(&headers)
        };
        assert_eq!(of("2S"), Duration::from_millis(1_995));
        assert_eq!(of("100m"), Duration::from_millis(95));
        assert_eq!(of("1n"), Duration::ZERO);
        for other in ["99999999H", "31S", "", "S", "+1S", "1x", "123456789n", "é"] {
            assert_eq!(of(other), CALL_DEADLINE, "{other:?}");
        }
    }
}
