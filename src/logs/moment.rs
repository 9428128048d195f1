//! A moment as a person types it.

use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};

/// The moment that `text` means at `now`: so long ago (`90s`, `15m`, `2h 30m`, `3d`), a time of the last 24 hours (`14:30`, `14:30:05`), a date
/// with a time (`2026-03-01 14:30`) or RFC 3339. Without an offset it is UTC.
///
/// # Errors
/// What cannot be understood, with what could.
pub fn moment(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    let text = text.trim();
    let found = text.parse().ok().or_else(|| date(text)).or_else(|| of_day(text, now)).or_else(|| ago(text, now));
    found.ok_or_else(|| format!("{text:?} is no time: write 15m, 2h, 14:30, 2026-03-01 14:30 or RFC 3339"))
}

/// So long ago. Days have 24 hours here.
fn ago(text: &str, now: Timestamp) -> Option<Timestamp> {
    let age = text.parse::<Span>().ok()?.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    now.checked_sub(age.abs()).ok()
}

fn of_day(text: &str, now: Timestamp) -> Option<Timestamp> {
    let time: Time = text.contains(':').then(|| text.parse().ok())??;
    let today = now
        .to_zoned_datetime(TimeZone::UTC)
        .date()
        .to_datetime(time)
        .to_zoned_datetime(TimeZone::UTC)
        .ok()?
        .timestamp();
    // A time that is still to come was meant of yesterday.
    if today > now { today.checked_sub(SignedDuration::from_hours(24)).ok() } else { Some(today) }
}

fn date(text: &str) -> Option<Timestamp> {
    let at: DateTime = text.parse().ok()?;
    Some(at.to_zoned_datetime(TimeZone::UTC).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_understood_as_people_type_them() -> Result<(), jiff::Error> {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse()?;
        for (typed, meant) in [
            ("15m", "2026-03-01T11:45:00Z"),
            ("-2h", "2026-03-01T10:00:00Z"),
            ("2h 30m", "2026-03-01T09:30:00Z"),
            ("1d ago", "2026-02-28T12:00:00Z"),
            ("1h30m", "2026-03-01T10:30:00Z"),
            ("11:30", "2026-03-01T11:30:00Z"),
            ("14:30:05", "2026-02-28T14:30:05Z"),
            ("2026-02-27 08:15", "2026-02-27T08:15:00Z"),
            ("2026-02-27", "2026-02-27T00:00:00Z"),
            ("2026-02-27T08:15:00+02:00", "2026-02-27T06:15:00Z"),
        ] {
            assert_eq!(moment(typed, now), Ok(meant.parse()?), "{typed}");
        }
        for typed in ["", "soon", "25:00", "12", "m", "99999999999999999999d", "9223372036854775807w"] {
            assert!(moment(typed, now).is_err(), "{typed}");
        }
        Ok(())
    }
}
