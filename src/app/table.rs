//! The state of a table: which rows, in which order, and where the cursor is.

use std::collections::BTreeSet;

use super::cell::SortKey;
use super::filter::Filter;
use super::listing::{Ctx, Listing};
use super::rows::{Rows, arrange};
use crate::fleet::finding::Severity;

/// What the rows of a table are ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// What needs attention first, then as the view has it.
    Attention,
    /// A column, by its number.
    Column(usize),
}

/// A table: an order over the rows of a [`Listing`], with a cursor that stays on its row whatever happens around it.
#[derive(Debug, Clone)]
pub struct Table {
    /// Numbers of the rows that pass the filter, in order.
    order: Vec<usize>,
    /// What is known of all rows.
    rows: Rows,
    sort: Sort,
    descending: bool,
    filter_text: String,
    with_extra: bool,
    /// Rows that are there without the filter.
    total: usize,
    /// The question that the order answers; `None`: none yet.
    answered: Option<Question>,
    cursor: usize,
    /// Whether the cursor was ever put somewhere; until then it stays on the first row while rows arrive above it.
    placed: bool,
    offset: usize,
    /// Rows that the last frame had room for.
    height: usize,
    /// Columns scrolled past, the first one not counted.
    shift: usize,
    marks: BTreeSet<String>,
}

impl Default for Table {
    fn default() -> Self {
        Self {
            order: Vec::new(),
            rows: Rows::default(),
            sort: Sort::Attention,
            descending: false,
            filter_text: String::new(),
            with_extra: false,
            total: 0,
            answered: None,
            cursor: 0,
            placed: false,
            offset: 0,
            height: 0,
            shift: 0,
            marks: BTreeSet::new(),
        }
    }
}

/// What an order of rows depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Question {
    /// Generation and edition of the fleet.
    fleet: (u64, u64),
    filter_text: String,
    with_extra: bool,
    sort: Sort,
    descending: bool,
}

/// What a table looks like apart from its rows; kept in the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stance {
    filter_text: String,
    with_extra: bool,
    sort: Sort,
    descending: bool,
    key: Option<String>,
}

impl Table {
    /// Numbers of the rows that are shown, in order.
    #[must_use]
    pub fn order(&self) -> &[usize] {
        &self.order
    }

    /// Rows that there are without the filter.
    #[must_use]
    pub fn total(&self) -> usize {
        self.total
    }

    /// Columns of the terminal that the longest name of all rows takes; 0 where every name takes the same.
    #[must_use]
    pub fn name_width(&self) -> usize {
        self.rows.name_width
    }

    fn key_at(&self, position: usize) -> Option<&str> {
        self.rows.keys.get(*self.order.get(position)?).map(String::as_str)
    }

    /// Position of the cursor in the order; 0 if there are no rows.
    #[must_use]
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// Number of the row under the cursor.
    #[must_use]
    pub fn row(&self) -> Option<usize> {
        self.order.get(self.cursor).copied()
    }

    /// Key of the row under the cursor.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.key_at(self.cursor)
    }

    /// Position of the topmost row where there is room for `height` of them.
    #[must_use]
    pub fn top(&self, height: usize) -> usize {
        let last = self.order.len().saturating_sub(height.max(1));
        let lowest = (self.cursor + 1).saturating_sub(height.max(1));
        self.offset.clamp(lowest, self.cursor.max(lowest)).min(last)
    }

    /// Numbers of the rows that the last frame had room for, in order.
    #[must_use]
    pub fn in_sight(&self) -> &[usize] {
        let first = self.top(self.height).min(self.order.len());
        let last = first.saturating_add(self.height).min(self.order.len());
        self.order.get(first..last).unwrap_or_default()
    }

    /// Columns scrolled past, the first one not counted.
    #[must_use]
    pub fn shift(&self) -> usize {
        self.shift
    }

    /// The filter as it was typed.
    #[must_use]
    pub fn filter(&self) -> &str {
        &self.filter_text
    }

    /// The column that orders the rows and whether it runs downwards; `None`: what needs attention first.
    #[must_use]
    pub fn sorted_by(&self) -> Option<(usize, bool)> {
        match self.sort {
            Sort::Attention => None,
            Sort::Column(column) => Some((column, self.descending)),
        }
    }

    /// Whether the order was turned round.
    #[must_use]
    pub fn reversed(&self) -> bool {
        self.descending
    }

    /// Whether rows are shown that appear only on demand.
    #[must_use]
    pub fn with_extra(&self) -> bool {
        self.with_extra
    }

    /// Whether the row at `position` of the order is marked.
    #[must_use]
    pub fn marked(&self, position: usize) -> bool {
        self.key_at(position).is_some_and(|key| self.marks.contains(key))
    }

    /// How many rows are marked, those hidden by the filter included.
    #[must_use]
    pub fn marks(&self) -> usize {
        self.marks.len()
    }

    /// Orders the rows anew if the data or the question changed. The cursor stays on its row; if that is gone, it
    /// stays where it was.
    pub(super) fn refresh(&mut self, listing: &Listing, ctx: &Ctx<'_>) {
        let question = self.question(ctx);
        if self.answered.as_ref() == Some(&question) {
            return;
        }
        let held = self.key().filter(|_| self.placed).map(str::to_owned);
        let new_rows = self.answered.as_ref().is_none_or(|before| before.fleet != question.fleet);
        if new_rows {
            self.rows = Rows::of(listing, ctx);
            self.forget_marks();
        }
        self.select(listing, ctx, &question);
        self.answered = Some(question);
        let rows = &self.rows;
        match self.sort {
            Sort::Attention => arrange(&mut self.order, self.descending, |row| {
                SortKey::Number(rows.severity(row).map_or(0, |severity| -1 - severity as i64))
            }),
            Sort::Column(column) => arrange(&mut self.order, self.descending, |row| {
                listing.columns.get(column).map_or(SortKey::Missing, |column| column.sort_key(ctx, row))
            }),
        }
        self.put_cursor_on(held.as_deref());
    }

    /// Takes the rows that pass the filter, in any order. A filter that was typed on is asked of the rows that are left.
    fn select(&mut self, listing: &Listing, ctx: &Ctx<'_>, question: &Question) {
        let ids: Vec<&str> = listing.columns.iter().map(|column| column.id).collect();
        let filter = Filter::parse(&self.filter_text, &ids);
        let typed_on = self.answered.as_ref().is_some_and(|before| {
            let same_rows = (before.fleet, before.with_extra) == (question.fleet, question.with_extra);
            same_rows && filter.narrows(&Filter::parse(&before.filter_text, &ids))
        });
        if !typed_on {
            let wanted = |row: &usize| self.with_extra || !(listing.extra)(ctx, *row);
            self.order = (0..(listing.len)(ctx)).filter(wanted).collect();
            self.total = self.order.len();
        }
        let said = |row: usize, column: usize| {
            listing.columns.get(column).map_or_else(String::new, |column| column.words(ctx, row))
        };
        if !filter.is_empty() {
            self.order.retain(|row| filter.passes(ids.len(), &|column| said(*row, column)));
        }
    }

    fn question(&self, ctx: &Ctx<'_>) -> Question {
        Question {
            fleet: (ctx.fleet.snapshot().generation, ctx.fleet.edition()),
            filter_text: self.filter_text.clone(),
            with_extra: self.with_extra,
            sort: self.sort,
            descending: self.descending,
        }
    }

    /// Marks of rows that are gone go with them: a mark must never reach what nobody sees.
    fn forget_marks(&mut self) {
        if !self.marks.is_empty() {
            let all: BTreeSet<&String> = self.rows.keys.iter().collect();
            self.marks.retain(|key| all.contains(key));
        }
    }

    /// Puts the cursor on the row with that key; if there is none, it stays where it was.
    pub(super) fn put_cursor_on(&mut self, key: Option<&str>) {
        let found = key.and_then(|key| (0..self.order.len()).find(|position| self.key_at(*position) == Some(key)));
        self.cursor = found.unwrap_or(self.cursor).min(self.order.len().saturating_sub(1));
        self.offset = self.top(self.height);
    }

    /// Moves the cursor by so many rows; it stops at the ends.
    pub(super) fn step(&mut self, by: isize) {
        self.jump(self.cursor.saturating_add_signed(by));
    }

    /// Puts the cursor on a position of the order; it stops at the end.
    pub(super) fn jump(&mut self, position: usize) {
        self.cursor = position.min(self.order.len().saturating_sub(1));
        self.placed = true;
        self.offset = self.top(self.height);
    }

    /// Rows of a page.
    pub(super) fn page(&self) -> isize {
        isize::try_from(self.height.saturating_sub(1).max(1)).unwrap_or(1)
    }

    /// How bad it is for the row at `position` of the order.
    #[must_use]
    pub fn severity(&self, position: usize) -> Option<Severity> {
        self.rows.severity(*self.order.get(position)?)
    }

    /// Goes to the next (or previous) row that has a finding, round the end; `false`: there is none.
    pub(super) fn seek(&mut self, backwards: bool) -> bool {
        let length = self.order.len();
        let found = (1..=length)
            .map(|distance| if backwards { length - distance } else { distance })
            .map(|distance| (self.cursor + distance) % length)
            .find(|position| self.severity(*position).is_some());
        if let Some(position) = found {
            self.jump(position);
        }
        found.is_some()
    }

    /// Takes the room that a frame had.
    pub(super) fn laid_out(&mut self, height: usize) {
        self.height = height;
        self.offset = self.top(height);
    }

    pub(super) fn set_filter(&mut self, text: &str) {
        text.clone_into(&mut self.filter_text);
    }

    pub(super) fn toggle_extra(&mut self) {
        self.with_extra = !self.with_extra;
    }

    /// Sorts by the next column; after the last one, by attention again.
    pub(super) fn sort_next(&mut self, columns: usize) {
        self.descending = false;
        self.sort = match self.sort {
            Sort::Attention => Sort::Column(0),
            Sort::Column(column) if column + 1 < columns => Sort::Column(column + 1),
            Sort::Column(_) => Sort::Attention,
        };
    }

    /// Sorts by that column, or the other way round if it already does.
    pub(super) fn sort_by(&mut self, column: usize) {
        self.descending = self.sort == Sort::Column(column) && !self.descending;
        self.sort = Sort::Column(column);
    }

    pub(super) fn reverse(&mut self) {
        self.descending = !self.descending;
    }

    /// Scrolls the columns; the first one stays, and so does at least one beside it.
    pub(super) fn shift_columns(&mut self, by: isize, columns: usize) {
        self.shift = self.shift.saturating_add_signed(by).min(columns.saturating_sub(2));
    }

    pub(super) fn toggle_mark(&mut self) {
        let Some(key) = self.key().map(str::to_owned) else { return };
        if !self.marks.remove(&key) {
            self.marks.insert(key);
        }
    }

    pub(super) fn clear_marks(&mut self) {
        self.marks.clear();
    }

    /// Numbers of the marked rows that are shown, in order; without marks the one under the cursor.
    pub(super) fn chosen(&self) -> Vec<usize> {
        let marked: Vec<usize> =
            (0..self.order.len()).filter(|n| self.marked(*n)).filter_map(|n| self.order.get(n).copied()).collect();
        if marked.is_empty() { self.row().into_iter().collect() } else { marked }
    }

    pub(super) fn stance(&self) -> Stance {
        Stance {
            filter_text: self.filter_text.clone(),
            with_extra: self.with_extra,
            sort: self.sort,
            descending: self.descending,
            key: self.key().filter(|_| self.placed).map(str::to_owned),
        }
    }

    /// Takes up a stance; the rows must be ordered anew by the caller's `refresh`, which this does.
    pub(super) fn resume(&mut self, stance: &Stance, listing: &Listing, ctx: &Ctx<'_>) {
        self.filter_text.clone_from(&stance.filter_text);
        self.with_extra = stance.with_extra;
        self.sort = stance.sort;
        self.descending = stance.descending;
        self.refresh(listing, ctx);
        self.put_cursor_on(stance.key.as_deref());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actions::catalogue::Names;
    use crate::app::listing::Hosts;
    use crate::app::place::Screen;
    use crate::app::screens;
    use crate::fleet::fixture::Fixture;

    #[test]
    fn a_filter_typed_key_by_key_leaves_what_it_leaves_at_once() {
        let fixture = Fixture::healthy(30);
        let fleet = fixture.fleet();
        let hosts = Hosts::of(&fleet);
        let names = Names::default();
        let ctx = Ctx { fleet: &fleet, hosts: &hosts, names: &names, now: fixture.now, unfolded: false };
        let listing = screens::listing(Screen::Tasks);
        let seed = fastrand::u64(..);
        let mut random = fastrand::Rng::with_seed(seed);
        let mut typed = Table::default();
        for _ in 0..500 {
            let more = ["a", "w", "1", "0", " ", "!", "service:", "i-", "A", "api"];
            let keep = random.usize(..=typed.filter_text.len());
            let kept: String =
                if random.bool() { typed.filter_text.clone() } else { typed.filter_text[..keep].to_owned() };
            typed.set_filter(&format!("{kept}{}", random.choice(more).unwrap_or_default()));
            typed.refresh(listing, &ctx);
            let mut at_once = Table::default();
            at_once.set_filter(&typed.filter_text);
            at_once.refresh(listing, &ctx);
            assert_eq!(typed.order, at_once.order, "seed {seed}, /{}", typed.filter_text);
            assert_eq!(typed.total, at_once.total, "seed {seed}");
            if typed.filter_text.len() > 12 {
                typed.set_filter("");
            }
        }
    }

    #[test]
    fn rows_are_worked_out_once_for_each_edition_whatever_is_asked_of_them() {
        use std::cell::Cell;
        thread_local!(static ASKED: Cell<usize> = const { Cell::new(0) });
        let mut fixture = Fixture::healthy(3);
        let mut fleet = fixture.fleet();
        let hosts = Hosts::of(&fleet);
        let listing = Listing {
            severities: |_| {
                ASKED.set(ASKED.get() + 1);
                Vec::new()
            },
            ..of_tasks()
        };
        let mut table = Table::default();
        let names = Names::default();
        let refreshed = |fleet: &crate::fleet::view::Fleet, table: &mut Table| {
            table.refresh(&listing, &Ctx { fleet, hosts: &hosts, names: &names, now: fixture.now, unfolded: false });
            ASKED.get()
        };
        assert_eq!((refreshed(&fleet, &mut table), refreshed(&fleet, &mut table)), (1, 1));
        table.set_filter("web");
        assert_eq!(refreshed(&fleet, &mut table), 1);
        table.reverse();
        assert_eq!(refreshed(&fleet, &mut table), 1);
        fleet.judge(fixture.now);
        assert_eq!(refreshed(&fleet, &mut table), 2);
        fixture.tasks.clear();
        fixture.land(&mut fleet);
        assert_eq!(refreshed(&fleet, &mut table), 3);
        assert!(table.order().is_empty());
    }

    fn of_tasks() -> Listing {
        let Listing { columns, noun, severities, len, key, place, extra, copy } = *screens::listing(Screen::Tasks);
        Listing { columns, noun, severities, len, key, place, extra, copy }
    }
}
