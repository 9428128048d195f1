//! Numbers, times and names as a screen shows them. Nothing here reads a clock.

use std::borrow::Cow;
use std::fmt::Display;

use jiff::SignedDuration;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::fleet::view::Known;

/// What stands for a value that is not known.
pub const UNKNOWN: &str = "–";

/// What stands where a text was cut.
pub const CUT: char = '…';

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A duration in its two largest units: `45s`, `42m`, `11h 42m`, `3d 4h`, `120d`. Negative ones are `0s`.
#[must_use]
pub fn duration(duration: SignedDuration) -> String {
    let seconds = duration.as_secs().max(0);
    match seconds {
        0..MINUTE => format!("{seconds}s"),
        MINUTE..HOUR => format!("{}m", seconds / MINUTE),
        HOUR..DAY => format!("{}h {}m", seconds / HOUR, seconds % HOUR / MINUTE),
        _ if seconds < 100 * DAY => format!("{}d {}h", seconds / DAY, seconds % DAY / HOUR),
        _ => format!("{}d", seconds / DAY),
    }
}

/// An age; one that is a lower bound in its largest unit alone, which is the least that it can be: `≥ 11h`.
#[must_use]
pub fn age(age: Known<SignedDuration>) -> String {
    match age {
        Known::Unknown => UNKNOWN.to_owned(),
        Known::Exactly(age) => duration(age),
        Known::AtLeast(age) => {
            let words = duration(age);
            format!("≥ {}", words.split(' ').next().unwrap_or(&words))
        }
    }
}

/// The ages of data that a screen tells apart, in seconds. Few, so that an unchanged screen need not be drawn.
const AGE_STEPS: [(i64, &str); 14] = [
    (30, "30s"),
    (MINUTE, "1m"),
    (2 * MINUTE, "2m"),
    (5 * MINUTE, "5m"),
    (10 * MINUTE, "10m"),
    (20 * MINUTE, "20m"),
    (30 * MINUTE, "30m"),
    (HOUR, "1h"),
    (2 * HOUR, "2h"),
    (4 * HOUR, "4h"),
    (8 * HOUR, "8h"),
    (DAY, "1d"),
    (2 * DAY, "2d"),
    (7 * DAY, "7d"),
];

/// The age of data as a step: `<30s`, then the last of `30s`, `1m`, `2m`, `5m` … `7d` that it has reached.
#[must_use]
pub fn data_age(age: SignedDuration) -> &'static str {
    AGE_STEPS.iter().rev().find(|(step, _)| age.as_secs() >= *step).map_or("<30s", |(_, text)| text)
}

/// A count: `1,234`, `≥ 12` where it was cut short, `–` where it is not known.
#[must_use]
pub fn count<T: Copy + Display>(count: Known<T>) -> String {
    match count {
        Known::Unknown => UNKNOWN.to_owned(),
        Known::AtLeast(n) => format!("≥ {}", grouped(&n.to_string())),
        Known::Exactly(n) => grouped(&n.to_string()),
    }
}

/// A part of a whole, `3/4`; one dash if neither is known.
#[must_use]
pub fn part<T: Copy + Display>(part: Known<T>, whole: Known<T>) -> String {
    match (part, whole) {
        (Known::Unknown, Known::Unknown) => UNKNOWN.to_owned(),
        (part, whole) => format!("{}/{}", count(part), count(whole)),
    }
}

/// Digits in groups of three.
fn grouped(digits: &str) -> String {
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |digits| ("-", digits));
    let mut out = String::from(sign);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A size in bytes: `0 B`, `1023 B`, `1.5 KiB`, `12 GiB`.
#[must_use]
pub fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let mut divisor = 1u64 << 10;
    if bytes < divisor {
        return format!("{bytes} B");
    }
    for unit in UNITS {
        // What would round to 1024 of a unit is 1.0 of the next.
        let tenths = u128::from(bytes) * 10 / u128::from(divisor);
        if tenths < 10_240 || unit == "EiB" {
            let (whole, tenth) = (tenths / 10, tenths % 10);
            return if whole >= 10 || tenth == 0 {
                format!("{whole} {unit}")
            } else {
                format!("{whole}.{tenth} {unit}")
            };
        }
        divisor = divisor.saturating_mul(1 << 10);
    }
    format!("{bytes} B")
}

/// A size in MiB, as ECS counts memory.
#[must_use]
pub fn mebibytes(mebibytes: u64) -> String {
    bytes(mebibytes.saturating_mul(1 << 20))
}

/// `used` of `total` in whole percents, rounded down: `100%` only when full, `<1%` for a little, `–` of nothing.
#[must_use]
pub fn percent(used: u64, total: u64) -> String {
    match (u128::from(used) * 100).checked_div(u128::from(total)) {
        None => UNKNOWN.to_owned(),
        Some(0) if used > 0 => "<1%".to_owned(),
        Some(percent) => format!("{percent}%"),
    }
}

/// The part of an ARN by which people call the thing; a text that is no ARN is given back whole.
///
/// Target groups and load balancers carry a hash after the name; log groups end in `:*`; a group's and an alarm's name
/// follows a colon.
#[must_use]
pub fn short_arn(arn: &str) -> &str {
    let mut fields = arn.splitn(6, ':');
    let (Some("arn"), Some(resource)) = (fields.next(), fields.nth(4)) else { return arn };
    let resource = resource.strip_suffix(":*").unwrap_or(resource);
    let (kind, name) = resource.split_once(['/', ':']).unwrap_or(("", resource));
    let name = match kind {
        "targetgroup" | "loadbalancer" => name.rsplit_once('/').map_or(name, |(name, _hash)| last(name)),
        "alarm" | "log-group" | "parameter" | "automation-definition" => name,
        _ => last(name),
    };
    if name.is_empty() { arn } else { name }
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Columns that a text takes on screen.
#[must_use]
pub fn width(text: &str) -> usize {
    text.width()
}

/// The text, or as much of its beginning as fits `columns` with `…` in place of the rest.
#[must_use]
pub fn clip(text: &str, columns: usize) -> Cow<'_, str> {
    if text.width() <= columns {
        return Cow::Borrowed(text);
    }
    let Some(room) = columns.checked_sub(1) else { return Cow::Borrowed("") };
    Cow::Owned(format!("{}{CUT}", head(text, room)))
}

/// The text, or both of its ends with `…` between them: ids and names differ at either end.
#[must_use]
pub fn middle(text: &str, columns: usize) -> Cow<'_, str> {
    if text.width() <= columns {
        return Cow::Borrowed(text);
    }
    let Some(room) = columns.checked_sub(1) else { return Cow::Borrowed("") };
    let start = head(text, room.div_ceil(2));
    let end = tail(text, room - start.width());
    Cow::Owned(format!("{start}{CUT}{end}"))
}

/// The longest beginning that fits. Measured as a whole, because marks and joiners change the width of what they follow.
fn head(text: &str, columns: usize) -> &str {
    if text.is_ascii() {
        return text.get(..columns).unwrap_or(text);
    }
    let ends = text.char_indices().map(|(at, c)| text.get(..at + c.len_utf8()).unwrap_or(""));
    ends.take_while(|head| head.width() <= columns).last().unwrap_or("")
}

/// The longest end that fits and does not begin with a mark that belongs to what was cut away.
fn tail(text: &str, columns: usize) -> &str {
    if text.is_ascii() {
        return text.get(text.len().saturating_sub(columns)..).unwrap_or(text);
    }
    let starts = text.char_indices().rev().map(|(at, c)| (text.get(at..).unwrap_or(""), c));
    let fitting = starts.take_while(|(tail, _)| tail.width() <= columns);
    fitting.filter(|(_, first)| first.width().unwrap_or(0) > 0).last().map_or("", |(tail, _)| tail)
}

/// Where a text stands in a column that is wider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// At the left: names.
    Left,
    /// At the right: numbers.
    Right,
}

/// The text in exactly `columns`: filled up with spaces, or clipped.
#[must_use]
pub fn pad(text: &str, columns: usize, align: Align) -> String {
    let text = clip(text, columns);
    let space = " ".repeat(columns.saturating_sub(text.width()));
    match align {
        Align::Left => format!("{text}{space}"),
        Align::Right => format!("{space}{text}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: i64) -> SignedDuration {
        SignedDuration::from_secs(seconds)
    }

    #[test]
    fn durations_keep_two_units() {
        for (of, text) in [
            (-5, "0s"),
            (0, "0s"),
            (45, "45s"),
            (59, "59s"),
            (60, "1m"),
            (42 * MINUTE + 59, "42m"),
            (HOUR, "1h 0m"),
            (11 * HOUR + 42 * MINUTE, "11h 42m"),
            (3 * DAY + 4 * HOUR, "3d 4h"),
            (120 * DAY + HOUR, "120d"),
        ] {
            assert_eq!(duration(seconds(of)), text);
        }
    }

    #[test]
    fn an_age_that_is_a_lower_bound_says_so_and_no_more_than_is_sure() {
        for (of, text) in [(45, "≥ 45s"), (11 * HOUR + 42 * MINUTE, "≥ 11h"), (3 * DAY + 4 * HOUR, "≥ 3d")] {
            assert_eq!(age(Known::AtLeast(seconds(of))), text);
        }
        assert_eq!(age(Known::Exactly(seconds(11 * HOUR + 42 * MINUTE))), "11h 42m");
        assert_eq!(age(Known::Unknown), UNKNOWN);
    }

    #[test]
    fn data_ages_step() {
        for (age, text) in [
            (0, "<30s"),
            (-9, "<30s"),
            (29, "<30s"),
            (30, "30s"),
            (59, "30s"),
            (119, "1m"),
            (400, "5m"),
            (9 * DAY, "7d"),
        ] {
            assert_eq!(data_age(seconds(age)), text);
        }
    }

    #[test]
    fn what_is_not_known_is_no_number() {
        assert_eq!(count(Known::<u32>::Unknown), "–");
        assert_eq!(count(Known::Exactly(0u32)), "0");
        assert_eq!(count(Known::AtLeast(12u32)), "≥ 12");
        assert_eq!(count(Known::Exactly(50_000usize)), "50,000");
        assert_eq!(count(Known::Exactly(-1234i64)), "-1,234");
        assert_eq!(part(Known::Exactly(3u32), Known::Exactly(4)), "3/4");
        assert_eq!(part(Known::AtLeast(3u32), Known::Unknown), "≥ 3/–");
        assert_eq!(part(Known::<u32>::Unknown, Known::Unknown), "–");
    }

    #[test]
    fn sizes_and_shares_never_round_up_to_more() {
        for (of, text) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1 KiB"),
            (1536, "1.5 KiB"),
            (10_752, "10 KiB"),
            ((1 << 20) - 1, "1023 KiB"),
            (1 << 20, "1 MiB"),
            (u64::MAX, "15 EiB"),
        ] {
            assert_eq!(bytes(of), text);
        }
        assert_eq!(mebibytes(7_680), "7.5 GiB");
        for (used, total, text) in [
            (0, 0, "–"),
            (0, 9, "0%"),
            (1, 1000, "<1%"),
            (999, 1000, "99%"),
            (9, 9, "100%"),
            (12, 9, "133%"),
            (u64::MAX, 1, "1844674407370955161500%"),
        ] {
            assert_eq!(percent(used, total), text);
        }
    }

    #[test]
    fn arns_shrink_to_what_people_say() {
        for (arn, short) in [
            (
                "arn:aws:ecs:eu-west-1:111122223333:task/main/0f9de17a6465404e8b1b2356dc13c2f8",
                "0f9de17a6465404e8b1b2356dc13c2f8",
            ),
            ("arn:aws:ecs:eu-west-1:111122223333:container-instance/main/b8f1", "b8f1"),
            ("arn:aws:ecs:eu-west-1:111122223333:service/main/web", "web"),
            ("arn:aws:ecs:eu-west-1:111122223333:task-definition/web:42", "web:42"),
            ("arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/web-a/6d0ecf831eec9f09", "web-a"),
            ("arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/front/50dc6c495c0c9188", "front"),
            ("arn:aws:logs:eu-west-1:111122223333:log-group:/ecs/web:*", "/ecs/web"),
            ("arn:aws:cloudwatch:eu-west-1:111122223333:alarm:web: 5xx / minute", "web: 5xx / minute"),
            ("arn:aws:autoscaling:eu-west-1:111122223333:autoScalingGroup:3f:autoScalingGroupName/hosts", "hosts"),
            ("arn:aws:sns:eu-west-1:111122223333:on-call", "on-call"),
            ("arn:aws:iam::111122223333:role/path/OnCall", "OnCall"),
            ("i-0abc", "i-0abc"),
            ("arn:aws:ecs", "arn:aws:ecs"),
            ("arn:aws:ecs:eu-west-1:111122223333:task/", "arn:aws:ecs:eu-west-1:111122223333:task/"),
        ] {
            assert_eq!(short_arn(arn), short);
        }
    }

    #[test]
    fn a_cut_is_always_seen_and_always_fits() {
        let id = "i-0123456789abcdef0";
        assert_eq!(middle(id, 19), id);
        assert_eq!(middle(id, 11), "i-012…cdef0");
        assert_eq!(clip(id, 6), "i-012…");
        for text in [id, "日本語のサービス", "e\u{301}e\u{301}e\u{301}e\u{301}", "ab", ""] {
            for columns in 0..20 {
                for cut in [clip(text, columns), middle(text, columns)] {
                    assert!(cut.width() <= columns);
                    assert!(cut == text || cut.contains(CUT) || columns == 0, "{text} in {columns}: {cut}");
                }
                assert_eq!(pad(text, columns, Align::Right).width(), columns);
            }
        }
    }

    #[test]
    fn columns_stay_aligned_whatever_the_script() {
        assert_eq!(pad("web", 5, Align::Left), "web  ");
        assert_eq!(pad("12", 5, Align::Right), "   12");
        assert_eq!(pad("日本語", 4, Align::Left), "日… ");
        assert_eq!(pad("", 2, Align::Left), "  ");
    }
}
