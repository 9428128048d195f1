//! Durations as ISO 8601 writes them, such as `PT10S` or `P1DT2H`.

/// Seconds of a duration; nothing where it is none. Years and months have no length of their own.
pub(crate) fn seconds(text: &str) -> Option<f64> {
    let rest = text.strip_prefix('P')?;
    let (days, clock) = rest.split_once('T').map_or((rest, None), |(days, clock)| (days, Some(clock)));
    if days.is_empty() && clock.is_none_or(str::is_empty) || clock == Some("") {
        return None;
    }
    let days = units(days, &[('W', 604_800.0), ('D', 86_400.0)])?;
    Some(days + units(clock.unwrap_or_default(), &[('H', 3_600.0), ('M', 60.0), ('S', 1.0)])?)
}

/// Sums numbers that are each followed by a unit, the units in their order and once each.
fn units(mut text: &str, units: &[(char, f64)]) -> Option<f64> {
    let mut sum = 0.0;
    for (unit, seconds) in units {
        let Some((number, rest)) = text.split_once(*unit) else { continue };
        if number.is_empty() || !number.chars().all(|c| c.is_ascii_digit() || c == '.') {
            return None;
        }
        sum += number.parse::<f64>().ok()? * seconds;
        text = rest;
    }
    text.is_empty().then_some(sum)
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn durations_are_read_and_nonsense_is_not() {
        for (text, wanted) in
            [("PT10S", 10.0), ("PT1M30S", 90.0), ("P1DT2H", 93_600.0), ("PT0.5S", 0.5), ("P2W", 1_209_600.0)]
        {
            assert_eq!(seconds(text), Some(wanted), "{text}");
        }
        for text in ["", "P", "PT", "10S", "PT10", "PTS", "PT5S3M", "P1Y", "PT-5S", "P1DT"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
