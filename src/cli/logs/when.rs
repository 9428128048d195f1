//! Times as people type them.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{Span, SpanRelativeTo, Timestamp};

/// Reads an age (`5m`, `2h`, `1d`), a time of RFC 3339, or a time of the day in UTC, the last one before `now`.
///
/// # Errors
/// What would be right.
pub fn parse(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    if text.contains(':')
        && let Ok(time) = text.parse::<Time>()
    {
        return of_day(time, now).ok_or_else(|| format!("{text} is out of range"));
    }
    let age = text.parse::<Span>().ok().and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()).ok());
    let at = age.and_then(|age| now.checked_sub(age.abs()).ok());
    at.ok_or_else(|| format!("{text:?} is no time: write an age such as 5m or 2h, 2026-03-01T14:30:00Z, or 14:30"))
}

fn of_day(time: Time, now: Timestamp) -> Option<Timestamp> {
    let today = now.to_zoned_datetime(TimeZone::UTC).date();
    let at = today.to_datetime(time).to_zoned_datetime(TimeZone::UTC).ok()?.timestamp();
    if at <= now {
        return Some(at);
    }
    Some(today.yesterday().ok()?.to_datetime(time).to_zoned_datetime(TimeZone::UTC).ok()?.timestamp())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn ages_times_and_times_of_the_day_are_understood() {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        for (text, wanted) in [
            ("10m", "2026-03-01T11:50:00Z"),
            ("1h30m", "2026-03-01T10:30:00Z"),
            ("2d", "2026-02-27T12:00:00Z"),
            ("90s", "2026-03-01T11:58:30Z"),
            ("2026-03-01T09:00:00+01:00", "2026-03-01T08:00:00Z"),
            ("11:59", "2026-03-01T11:59:00Z"),
            ("14:30", "2026-02-28T14:30:00Z"),
            ("11:59:30", "2026-03-01T11:59:30Z"),
        ] {
            assert_eq!(parse(text, now), Ok(wanted.parse().unwrap()), "{text}");
        }
        for text in ["", "soon", "25:00", "99999999d", "5"] {
            assert!(parse(text, now).unwrap_err().contains("is no time"), "{text}");
        }
    }
}
