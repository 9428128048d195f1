//! What an expression is for a row.

use std::cmp::Ordering;

use super::cell::Cell;
use super::plan::{Comparison, Expr, Matcher, Operator};
use super::record::Row;

impl Expr {
    /// Its value for a row; `slots` holds the aggregates that it speaks of.
    pub fn value(&self, row: &Row, slots: &[Cell]) -> Cell {
        let value = |expr: &Self| expr.value(row, slots);
        match self {
            Self::Field(name) => row.get(name),
            Self::Slot(place) => slots.get(*place).cloned().unwrap_or(Cell::Missing),
            Self::Const(cell) => cell.clone(),
            Self::Not(inner) => Cell::Bool(!value(inner).holds()),
            Self::And(a, b) => Cell::Bool(value(a).holds() && value(b).holds()),
            Self::Or(a, b) => Cell::Bool(value(a).holds() || value(b).holds()),
            Self::Compare(comparison, a, b) => Cell::Bool(comparison.holds(value(a).compare(&value(b)))),
            Self::Arithmetic(operator, a, b) => operator.apply(&value(a), &value(b)),
            Self::Matches(text, matcher) => Cell::Bool(value(text).text().is_some_and(|text| matcher.matches(&text))),
            Self::In(one, several) => {
                let one = value(one);
                Cell::Bool(several.iter().any(|other| one.compare(&value(other)) == Some(Ordering::Equal)))
            }
            Self::Call(function, given) => function.call(&given.iter().map(value).collect::<Vec<_>>()),
            Self::Floor(time, span) => stepped(&value(time), |at| at.div_euclid(*span) * span),
            Self::Ceil(time, span) => stepped(&value(time), |at| -(-at).div_euclid(*span) * span),
        }
    }
}

fn stepped(cell: &Cell, step: impl Fn(i64) -> i64) -> Cell {
    cell.number().map_or(Cell::Missing, |at| Cell::Time(step(at as i64)))
}

impl Comparison {
    /// What does not compare is neither equal nor unequal, less nor more.
    fn holds(self, order: Option<Ordering>) -> bool {
        order.is_some_and(|order| match self {
            Self::Equal => order.is_eq(),
            Self::Unequal => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::AtMost => order.is_le(),
            Self::More => order.is_gt(),
            Self::AtLeast => order.is_ge(),
        })
    }
}

impl Operator {
    fn apply(self, a: &Cell, b: &Cell) -> Cell {
        let (Some(a), Some(b)) = (a.number(), b.number()) else { return Cell::Missing };
        let result = match self {
            Self::Plus => a + b,
            Self::Minus => a - b,
            Self::Times => a * b,
            Self::Over => a / b,
            Self::Modulo => a % b,
            Self::Power => a.powf(b),
        };
        if result.is_finite() { Cell::Number(result) } else { Cell::Missing }
    }
}

impl Matcher {
    fn matches(&self, text: &str) -> bool {
        match self {
            Self::Contains(part) => text.contains(part.as_str()),
            Self::Regex(regex) => regex.is_match(text),
        }
    }
}
