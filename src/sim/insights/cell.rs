//! A value in a row: of whatever type its use makes of it, as in Logs Insights.

use std::borrow::Cow;
use std::cmp::Ordering;

use jiff::Timestamp;

/// A value in a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// No value: the field is not there.
    Missing,
    /// True or false.
    Bool(bool),
    /// A number that was computed.
    Number(f64),
    /// Milliseconds since 1970.
    Time(i64),
    /// Text, which counts as a number where it reads like one.
    Text(String),
}

impl Cell {
    /// As a number.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Missing => None,
            Self::Bool(truth) => Some(f64::from(u8::from(*truth))),
            Self::Number(number) => Some(*number),
            Self::Time(at) => Some(*at as f64),
            Self::Text(text) => parsed(text),
        }
    }

    /// As it shows in a result; nothing where there is no value.
    #[must_use]
    pub fn text(&self) -> Option<Cow<'_, str>> {
        Some(match self {
            Self::Missing => return None,
            Self::Bool(truth) => Cow::Borrowed(if *truth { "1" } else { "0" }),
            Self::Number(number) => Cow::Owned(shown(*number)),
            Self::Time(at) => Cow::Owned(moment(*at)),
            Self::Text(text) => Cow::Borrowed(text),
        })
    }

    /// Whether a filter lets it pass.
    #[must_use]
    pub fn holds(&self) -> bool {
        match self {
            Self::Bool(truth) => *truth,
            other => other.number().is_some_and(|number| number != 0.0),
        }
    }

    /// Compares two values: as numbers where both are, else as texts; nothing compares with a value that is not there.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        if let (Some(a), Some(b)) = (self.number(), other.number()) {
            return a.partial_cmp(&b);
        }
        Some(self.text()?.cmp(&other.text()?))
    }

    /// The order of `sort`: what is not there, then texts, then numbers; digits within texts count as numbers
    /// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Sort.html>).
    #[must_use]
    pub fn order(&self, other: &Self) -> Ordering {
        match (self.number(), other.number()) {
            (Some(a), Some(b)) => a.total_cmp(&b),
            (Some(_), None) => Ordering::Greater,
            (None, Some(_)) => Ordering::Less,
            (None, None) => match (self.text(), other.text()) {
                (Some(a), Some(b)) => natural(&a, &b),
                (a, b) => a.is_some().cmp(&b.is_some()),
            },
        }
    }
}

/// Text as a number; `inf` and `nan` are words.
fn parsed(text: &str) -> Option<f64> {
    let text = text.trim();
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// Four places at most, and none that say nothing.
fn shown(number: f64) -> String {
    let text = format!("{number:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// `2026-03-01 12:00:00.000`, in UTC.
#[must_use]
pub fn moment(at: i64) -> String {
    match Timestamp::from_millisecond(at) {
        Ok(at) => at.strftime("%Y-%m-%d %H:%M:%S.%3f").to_string(),
        Err(_) => at.to_string(),
    }
}

fn natural(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    while !a.is_empty() && !b.is_empty() {
        let ((x, x_digits), (y, y_digits)) = (chunk(a), chunk(b));
        let by_length = if x_digits && y_digits { x.len().cmp(&y.len()) } else { Ordering::Equal };
        let order = by_length.then_with(|| x.cmp(y));
        if order.is_ne() {
            return order;
        }
        a = a.get(x.len()..).unwrap_or_default();
        b = b.get(y.len()..).unwrap_or_default();
    }
    a.len().cmp(&b.len())
}

/// The digits or the other characters that a text begins with, and whether they are digits.
fn chunk(text: &str) -> (&str, bool) {
    let digits = text.starts_with(|c: char| c.is_ascii_digit());
    let end = text.find(|c: char| c.is_ascii_digit() != digits).unwrap_or(text.len());
    (text.get(..end).unwrap_or(text), digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Cell {
        Cell::Text(text.into())
    }

    #[test]
    fn texts_that_read_like_numbers_compare_as_numbers() {
        assert_eq!(text("500").compare(&text("99")), Some(Ordering::Greater));
        assert_eq!(text("500").compare(&Cell::Number(500.0)), Some(Ordering::Equal));
        assert_eq!(text("500x").compare(&text("99")), Some(Ordering::Less));
        assert_eq!(text("nan").compare(&text("nan")), Some(Ordering::Equal));
        assert_eq!(Cell::Missing.compare(&text("")), None);
    }

    #[test]
    fn sorting_puts_texts_before_numbers_and_reads_digits_within_texts() {
        let mut cells = [text("web-10"), Cell::Number(3.0), text("20"), text("web-9"), Cell::Missing, text("api")];
        cells.sort_by(Cell::order);
        let shown: Vec<_> = cells.iter().map(|cell| cell.text().unwrap_or_default().into_owned()).collect();
        assert_eq!(shown, ["", "api", "web-9", "web-10", "3", "20"]);
    }

    #[test]
    fn numbers_show_what_they_are() {
        for (number, shown) in [(1.0, "1"), (-0.0, "0"), (0.5, "0.5"), (2.0 / 3.0, "0.6667"), (1e6, "1000000")] {
            assert_eq!(Cell::Number(number).text().as_deref(), Some(shown));
        }
        assert_eq!(moment(1_772_366_400_007), "2026-03-01 12:00:00.007");
    }
}
