//! Aggregates: what is known of a group of rows.

use std::collections::HashSet;

use super::Language;
use super::cell::Cell;
use super::plan::Expr;
use super::record::Row;

/// What is kept count of.
#[derive(Debug, Clone)]
pub(super) struct Aggregate {
    pub kind: Kind,
    /// What of a row; the row itself where there is nothing.
    pub of: Option<Expr>,
}

/// How.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Count,
    Distinct,
    Sum,
    Average,
    Min,
    Max,
    Percentile(f64),
    Deviation,
    Earliest,
    Latest,
}

impl Kind {
    /// The aggregate of that name; percentiles come with their place.
    pub fn named(name: &str, language: Language) -> Option<Self> {
        let cwli = language == Language::Cwli;
        let ppl = language == Language::Ppl;
        Some(match name.to_ascii_lowercase().as_str() {
            "count" => Self::Count,
            "sum" => Self::Sum,
            "avg" => Self::Average,
            "min" => Self::Min,
            "max" => Self::Max,
            "count_distinct" if cwli => Self::Distinct,
            "distinct_count" | "dc" if ppl => Self::Distinct,
            "pct" if cwli => Self::Percentile(50.0),
            "percentile" if ppl => Self::Percentile(50.0),
            "stddev" if cwli => Self::Deviation,
            "earliest" if cwli => Self::Earliest,
            "latest" if cwli => Self::Latest,
            _ => return None,
        })
    }

    /// What is known before the first row.
    pub fn begin(self) -> State {
        match self {
            Self::Count => State::Count(0),
            Self::Distinct => State::Distinct(HashSet::new()),
            Self::Sum | Self::Average | Self::Percentile(_) | Self::Deviation => State::Numbers(Numbers::default()),
            Self::Min | Self::Max | Self::Earliest | Self::Latest => State::One(None),
        }
    }
}

/// What is known so far.
#[derive(Debug, Clone)]
pub(super) enum State {
    Count(u64),
    Distinct(HashSet<String>),
    Numbers(Numbers),
    /// The value that is kept, with the time of its row.
    One(Option<(i64, Cell)>),
}

/// Numbers of a group.
#[derive(Debug, Clone, Default)]
pub(super) struct Numbers {
    count: u64,
    sum: f64,
    squares: f64,
    /// Each of them, for percentiles alone.
    each: Vec<f64>,
}

impl State {
    /// Takes in a row, of which `cell` is looked at; nothing is for `count(*)`.
    pub fn add(&mut self, kind: Kind, row: &Row, cell: Option<Cell>) {
        let Some(cell) = cell else {
            if let Self::Count(count) = self {
                *count += 1;
            }
            return;
        };
        if cell == Cell::Missing {
            return;
        }
        match self {
            Self::Count(count) => *count += 1,
            Self::Distinct(seen) => seen.extend(cell.text().map(std::borrow::Cow::into_owned)),
            Self::Numbers(numbers) => numbers.add(kind, &cell),
            Self::One(kept) => {
                let at = row.record.as_ref().map_or(0, |record| record.at);
                let better = kept.as_ref().is_none_or(|(when, old)| match kind {
                    Kind::Min => cell.order(old).is_lt(),
                    Kind::Max => cell.order(old).is_gt(),
                    Kind::Earliest => at < *when,
                    _ => at >= *when,
                });
                if better {
                    *kept = Some((at, cell));
                }
            }
        }
    }

    /// The value.
    pub fn value(&self, kind: Kind) -> Cell {
        match self {
            Self::Count(count) => Cell::Number(*count as f64),
            Self::Distinct(seen) => Cell::Number(seen.len() as f64),
            Self::Numbers(numbers) => numbers.value(kind).map_or(Cell::Missing, Cell::Number),
            Self::One(kept) => kept.as_ref().map_or(Cell::Missing, |(_, cell)| cell.clone()),
        }
    }
}

impl Numbers {
    fn add(&mut self, kind: Kind, cell: &Cell) {
        let Some(number) = cell.number() else { return };
        self.count += 1;
        self.sum += number;
        self.squares += number * number;
        if matches!(kind, Kind::Percentile(_)) {
            self.each.push(number);
        }
    }

    fn value(&self, kind: Kind) -> Option<f64> {
        let count = self.count as f64;
        match kind {
            _ if self.count == 0 => None,
            Kind::Sum => Some(self.sum),
            Kind::Average => Some(self.sum / count),
            Kind::Deviation => {
                let mean = self.sum / count;
                Some((self.squares / count - mean * mean).max(0.0).sqrt())
            }
            Kind::Percentile(percent) => {
                let mut each = self.each.clone();
                each.sort_by(f64::total_cmp);
                // The nearest rank: the least value that so many are not above.
                let rank = (percent / 100.0 * count).ceil().max(1.0) as usize;
                each.get(rank - 1).or(each.last()).copied()
            }
            _ => None,
        }
    }
}
