//! What a query asks for, whatever language it was written in.

use std::sync::Arc;

use regex_automata::meta::Regex;

use super::aggregate::Aggregate;
use super::cell::Cell;
use super::function::Function;

/// A query: commands that rows pass one after another.
#[derive(Debug, Clone)]
pub struct Plan {
    pub(super) commands: Vec<Command>,
    /// Groups that the text itself names.
    pub groups: Vec<String>,
}

/// A step.
#[derive(Debug, Clone)]
pub(super) enum Command {
    /// Makes fields and shows them beside those before.
    Fields(Vec<Column>),
    /// Makes fields and shows them alone.
    Display(Vec<Column>),
    /// Makes fields and does not show them.
    Make(Vec<Column>),
    /// Keeps the rows for which this holds.
    Filter(Expr),
    /// Extracts fields from text, and shows them.
    Parse(Parse),
    /// Puts rows together.
    Stats(Stats),
    /// Orders rows.
    Sort(Vec<Key>),
    /// Keeps so many.
    Limit(usize),
    /// Keeps the first row of each combination of values.
    Dedup(Vec<Expr>),
}

/// A field of the result and what it holds.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub name: String,
    pub value: Expr,
}

/// What `parse` extracts from what.
#[derive(Debug, Clone)]
pub(super) struct Parse {
    pub from: Expr,
    pub pattern: Arc<Regex>,
    /// Fields, each with the number of the group that holds it.
    pub fields: Vec<(String, usize)>,
}

/// Aggregates by groups of rows.
#[derive(Debug, Clone)]
pub(super) struct Stats {
    pub by: Vec<Column>,
    /// What is kept count of; columns speak of them by their place.
    pub aggregates: Vec<Aggregate>,
    pub columns: Vec<Column>,
}

/// One key of an order.
#[derive(Debug, Clone)]
pub(super) struct Key {
    pub value: Expr,
    pub descending: bool,
}

/// Something to compute for a row.
#[derive(Debug, Clone)]
pub(super) enum Expr {
    /// The field of that name.
    Field(String),
    /// The aggregate of that place.
    Slot(usize),
    Const(Cell),
    Not(Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    Compare(Comparison, Box<Expr>, Box<Expr>),
    Arithmetic(Operator, Box<Expr>, Box<Expr>),
    /// Whether the text matches.
    Matches(Box<Expr>, Matcher),
    In(Box<Expr>, Vec<Expr>),
    Call(Function, Vec<Expr>),
    /// A time down to a multiple of so many milliseconds.
    Floor(Box<Expr>, i64),
    /// A time up to a multiple of so many milliseconds.
    Ceil(Box<Expr>, i64),
}

impl Expr {
    /// Whether some part of it is so.
    pub fn any(&self, is: &dyn Fn(&Self) -> bool) -> bool {
        let parts: Vec<&Self> = match self {
            Self::Field(_) | Self::Slot(_) | Self::Const(_) => Vec::new(),
            Self::Not(a) | Self::Matches(a, _) | Self::Floor(a, _) | Self::Ceil(a, _) => vec![a],
            Self::And(a, b) | Self::Or(a, b) | Self::Compare(_, a, b) | Self::Arithmetic(_, a, b) => vec![a, b],
            Self::In(a, several) => std::iter::once(&**a).chain(several).collect(),
            Self::Call(_, several) => several.iter().collect(),
        };
        is(self) || parts.into_iter().any(|part| part.any(is))
    }

    /// Whether it speaks of an aggregate.
    pub fn has_slot(&self) -> bool {
        self.any(&|part| matches!(part, Self::Slot(_)))
    }

    /// Whether it speaks of a field other than these.
    pub fn has_other_field(&self, known: &[&str]) -> bool {
        self.any(&|part| matches!(part, Self::Field(name) if !known.contains(&name.as_str())))
    }

    /// The field of that name.
    pub fn field(name: &str) -> Self {
        Self::Field(name.to_owned())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    Unequal,
    Less,
    AtMost,
    More,
    AtLeast,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Plus,
    Minus,
    Times,
    Over,
    Modulo,
    Power,
}

#[derive(Debug, Clone)]
pub(super) enum Matcher {
    Contains(String),
    Regex(Arc<Regex>),
}

impl Plan {
    pub(super) fn new(commands: Vec<Command>) -> Self {
        Self { commands, groups: Vec::new() }
    }

    pub(super) fn of(groups: Vec<String>, commands: Vec<Command>) -> Self {
        Self { commands, groups }
    }

    /// Names of the result's columns in order.
    #[must_use]
    pub fn columns(&self) -> Vec<String> {
        let mut shown: Option<Vec<String>> = None;
        let mut parsed: Vec<String> = Vec::new();
        for command in &self.commands {
            let names = |columns: &[Column]| columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>();
            match command {
                Command::Fields(columns) => shown.get_or_insert_default().extend(names(columns)),
                Command::Display(columns) => {
                    shown = Some(names(columns));
                    parsed.clear();
                }
                Command::Stats(stats) => {
                    shown = Some([names(&stats.by), names(&stats.columns)].concat());
                    parsed.clear();
                }
                Command::Parse(parse) => parsed.extend(parse.fields.iter().map(|(name, _)| name.clone())),
                _ => {}
            }
        }
        let mut columns = shown.unwrap_or_else(|| vec!["@timestamp".into(), "@message".into()]);
        columns.extend(parsed);
        let mut seen = std::collections::BTreeSet::new();
        columns.retain(|name| seen.insert(name.clone()));
        columns
    }

    /// Whether rows of the result are events, and not put together from several.
    #[must_use]
    pub fn gives_events(&self) -> bool {
        !self.commands.iter().any(|command| matches!(command, Command::Stats(_)))
    }
}
