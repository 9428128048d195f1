//! A query under way: rows go in one by one, and what is known so far comes out at any time.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::aggregate::{Aggregate, State};
use super::cell::Cell;
use super::plan::{Column, Command, Expr, Key, Parse, Plan, Stats};
use super::record::{Record, Row};

/// Rows of a result where the query does not say how many
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Limit.html>).
const USUAL_ROWS: usize = 10_000;

/// Rows or groups that are kept at most; a query that needs more fails. AWS's own bound is not published.
const MOST_KEPT: usize = 1_000_000;

/// A row of a result: the fields that are there, by name.
pub type ResultRow = Vec<(String, String)>;

/// A query under way.
#[derive(Debug, Clone)]
pub struct Run {
    plan: Arc<Plan>,
    /// How many commands look at each row by itself, before the first that needs them all.
    alone: usize,
    limit: usize,
    /// How many rows are worth keeping, where that can be told.
    enough: Option<usize>,
    kept: Kept,
    /// Rows that passed every filter.
    pub matched: u64,
}

/// What is kept of the rows so far.
#[derive(Debug, Clone)]
enum Kept {
    Rows(Vec<Row>),
    Groups(Groups),
}

impl Run {
    /// Begins a query that gives at most `limit` rows where it does not say itself how many.
    #[must_use]
    pub fn new(plan: Arc<Plan>, limit: Option<usize>) -> Self {
        let alone = |command: &Command| {
            !matches!(command, Command::Stats(_) | Command::Sort(_) | Command::Limit(_) | Command::Dedup(_))
        };
        let alone = plan.commands.iter().take_while(|command| alone(command)).count();
        let kept = match plan.commands.get(alone) {
            Some(Command::Stats(_)) => Kept::Groups(Groups::default()),
            _ => Kept::Rows(Vec::new()),
        };
        let limit = limit.unwrap_or(USUAL_ROWS);
        let enough = enough(plan.commands.get(alone..).unwrap_or_default(), limit);
        Self { plan, alone, limit, enough, kept, matched: 0 }
    }

    /// Takes in an event.
    pub fn push(&mut self, record: Record) {
        let mut row = Row::of(Arc::new(record));
        let alone = self.plan.commands.iter().take(self.alone);
        if !alone.into_iter().all(|command| pass(command, &mut row)) {
            return;
        }
        self.matched += 1;
        match &mut self.kept {
            Kept::Groups(groups) => {
                if let Some(Command::Stats(stats)) = self.plan.commands.get(self.alone) {
                    groups.add(stats, &row);
                }
            }
            Kept::Rows(rows) => {
                row.shrink();
                rows.push(row);
                self.prune();
            }
        }
    }

    /// Whether more has to be kept than fits.
    #[must_use]
    pub fn overflows(&self) -> bool {
        let kept = match &self.kept {
            Kept::Rows(rows) => rows.len(),
            Kept::Groups(groups) => groups.0.len(),
        };
        kept > MOST_KEPT
    }

    /// Lets go the rows that can't be among the first, now and then.
    fn prune(&mut self) {
        let (Kept::Rows(rows), Some(enough)) = (&mut self.kept, self.enough) else { return };
        if rows.len() < enough.saturating_mul(2).max(1_000) {
            return;
        }
        newest_first(rows);
        if let Some(Command::Sort(keys)) = self.plan.commands.get(self.alone) {
            sort(rows, keys);
        }
        rows.truncate(enough);
    }

    /// The result so far.
    #[must_use]
    pub fn results(&self) -> Vec<ResultRow> {
        let rest = self.plan.commands.get(self.alone..).unwrap_or_default();
        let (mut rows, rest) = match (&self.kept, rest) {
            (Kept::Groups(groups), [Command::Stats(stats), rest @ ..]) => (groups.rows(stats), rest),
            (Kept::Rows(rows), rest) => {
                let mut rows = rows.clone();
                newest_first(&mut rows);
                (rows, rest)
            }
            (Kept::Groups(_), rest) => (Vec::new(), rest),
        };
        for command in rest {
            apply(command, &mut rows);
        }
        if !rest.iter().any(|command| matches!(command, Command::Limit(_))) {
            rows.truncate(self.limit);
        }
        let columns = self.plan.columns();
        rows.iter().map(|row| self.shown(row, &columns)).collect()
    }

    fn shown(&self, row: &Row, columns: &[String]) -> ResultRow {
        let cell = |name: &str| Some((name.to_owned(), row.get(name).text()?.into_owned()));
        let pointer = Some("@ptr").filter(|ptr| self.plan.gives_events() && !columns.iter().any(|name| name == ptr));
        columns.iter().map(String::as_str).chain(pointer).filter_map(cell).collect()
    }
}

/// How many rows are enough for the commands after those that look at one row: only where these are an order and a number.
fn enough(rest: &[Command], limit: usize) -> Option<usize> {
    let after_order = match rest {
        [Command::Sort(_), after @ ..] => after,
        all => all,
    };
    match after_order {
        [] => Some(limit),
        [Command::Limit(count), ..] => Some(*count),
        _ => None,
    }
}

/// Lets one command look at one row: whether it stays.
fn pass(command: &Command, row: &mut Row) -> bool {
    match command {
        Command::Filter(condition) => return condition.value(row, &[]).holds(),
        Command::Fields(columns) | Command::Display(columns) | Command::Make(columns) => make(columns, row),
        Command::Parse(parse) => extract(parse, row),
        Command::Stats(_) | Command::Sort(_) | Command::Limit(_) | Command::Dedup(_) => {}
    }
    true
}

/// Lets one command look at all rows.
fn apply(command: &Command, rows: &mut Vec<Row>) {
    match command {
        Command::Stats(stats) => {
            let mut groups = Groups::default();
            rows.iter().for_each(|row| groups.add(stats, row));
            *rows = groups.rows(stats);
        }
        Command::Sort(keys) => sort(rows, keys),
        Command::Limit(count) => rows.truncate(*count),
        Command::Dedup(fields) => dedup(rows, fields),
        alone => rows.retain_mut(|row| pass(alone, row)),
    }
}

fn make(columns: &[Column], row: &mut Row) {
    for Column { name, value } in columns {
        // A field that only shows under its own name stays where it is.
        if !matches!(value, Expr::Field(field) if field == name) {
            let cell = value.value(row, &[]);
            row.set(name, cell);
        }
    }
}

fn extract(parse: &Parse, row: &mut Row) {
    let from = parse.from.value(row, &[]);
    let Some(text) = from.text() else { return };
    let mut captures = parse.pattern.create_captures();
    parse.pattern.captures(&*text, &mut captures);
    if !captures.is_match() {
        return;
    }
    for (name, group) in &parse.fields {
        let found = captures.get_group(*group).and_then(|span| text.get(span.range()));
        row.set(name, found.map_or(Cell::Missing, |found| Cell::Text(found.to_owned())));
    }
}

/// What is not asked for in another order comes newest first.
fn newest_first(rows: &mut [Row]) {
    let key = |row: &Row| row.record.as_ref().map(|record| record.at);
    rows.sort_by_key(|row| std::cmp::Reverse(key(row)));
}

fn sort(rows: &mut [Row], keys: &[Key]) {
    rows.sort_by_cached_key(|row| {
        keys.iter().map(|key| SortKey(key.value.value(row, &[]), key.descending)).collect::<Vec<_>>()
    });
}

/// A value in the order of `sort`, or the other way around.
struct SortKey(Cell, bool);

impl Ord for SortKey {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let order = self.0.order(&other.0);
        if self.1 { order.reverse() } else { order }
    }
}

impl PartialOrd for SortKey {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for SortKey {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for SortKey {}

/// Keeps the first row of each combination; rows that lack one of the values all stay
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Dedup.html>).
fn dedup(rows: &mut Vec<Row>, fields: &[Expr]) {
    let mut seen = HashSet::new();
    rows.retain(|row| {
        let values: Option<Vec<String>> =
            fields.iter().map(|field| Some(field.value(row, &[]).text()?.into_owned())).collect();
        values.is_none_or(|values| seen.insert(values))
    });
}

/// Groups of rows by what they have in common.
#[derive(Debug, Clone, Default)]
struct Groups(BTreeMap<Vec<Option<String>>, Group>);

#[derive(Debug, Clone)]
struct Group {
    by: Vec<Cell>,
    states: Vec<State>,
}

impl Groups {
    fn add(&mut self, stats: &Stats, row: &Row) {
        let by: Vec<Cell> = stats.by.iter().map(|column| column.value.value(row, &[])).collect();
        let key = by.iter().map(|cell| Some(cell.text()?.into_owned())).collect();
        let begin = || stats.aggregates.iter().map(|aggregate| aggregate.kind.begin()).collect();
        let group = self.0.entry(key).or_insert_with(|| Group { by, states: begin() });
        for (Aggregate { kind, of }, state) in stats.aggregates.iter().zip(&mut group.states) {
            state.add(*kind, row, of.as_ref().map(|of| of.value(row, &[])));
        }
    }

    /// One row of each group, in the order of what they have in common; without groups one row of everything.
    fn rows(&self, stats: &Stats) -> Vec<Row> {
        let nothing = Group { by: Vec::new(), states: stats.aggregates.iter().map(|one| one.kind.begin()).collect() };
        if stats.by.is_empty() {
            return vec![self.0.values().next().unwrap_or(&nothing).row(stats)];
        }
        let mut groups: Vec<&Group> = self.0.values().collect();
        groups.sort_by(|a, b| {
            let orders = a.by.iter().zip(&b.by).map(|(a, b)| a.order(b));
            orders.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
        });
        groups.into_iter().map(|group| group.row(stats)).collect()
    }
}

impl Group {
    fn row(&self, stats: &Stats) -> Row {
        let names = stats.by.iter().map(|column| column.name.clone());
        let mut row = Row::made(names.zip(self.by.iter().cloned()).collect());
        let values = stats.aggregates.iter().zip(&self.states).map(|(one, state)| state.value(one.kind));
        let slots: Vec<Cell> = values.collect();
        for Column { name, value } in &stats.columns {
            let cell = value.value(&row, &slots);
            row.set(name, cell);
        }
        row
    }
}
