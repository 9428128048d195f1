//! Numbers as causes say them.

use jiff::SignedDuration;

/// A duration in its two largest units: `42 s`, `12 m`, `14 h 12 m`, `3 d 4 h`. A second unit of zero is left out.
pub(crate) fn span(duration: SignedDuration) -> String {
    let seconds = duration.as_secs().max(0);
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} m"),
        (0 | 1, hours, minutes) => two((hours, "h"), (minutes % 60, "m")),
        (days, hours, _) => two((days, "d"), (hours % 24, "h")),
    }
}

fn two(large: (i64, &str), small: (i64, &str)) -> String {
    match small.0 {
        0 => format!("{} {}", large.0, large.1),
        _ => format!("{} {} {} {}", large.0, large.1, small.0, small.1),
    }
}

/// `1 task`, `2 tasks`.
pub(crate) fn plural(count: impl TryInto<u64>, noun: &str) -> String {
    match count.try_into() {
        Ok(1) => format!("1 {noun}"),
        Ok(count) => format!("{count} {noun}s"),
        Err(_) => format!("many {noun}s"),
    }
}

/// The first `limit` characters of a text from outside, with `…` where it was cut.
pub(crate) fn short(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some(_) => text.chars().take(limit.saturating_sub(1)).chain(std::iter::once('…')).collect(),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_like_speech() {
        let cases = [
            (-5, "0 s"),
            (59, "59 s"),
            (60, "1 m"),
            (3_600, "1 h"),
            (51_120, "14 h 12 m"),
            (86_400, "24 h"),
            (172_800, "2 d"),
            (273_600, "3 d 4 h"),
        ];
        for (seconds, words) in cases {
            assert_eq!(span(SignedDuration::from_secs(seconds)), words);
        }
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(short("größer", 6), "größer");
        assert_eq!(short("größere", 6), "größe…");
    }
}
