//! The state of a table: which rows, in which order, and where the cursor is.

use std::collections::BTreeSet;

use unicode_width::UnicodeWidthStr;

use super::cell::SortKey;
use super::filter::Filter;
use super::listing::{Ctx, Listing};
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
    /// Keys of those rows, in the same order.
    keys: Vec<String>,
    /// How bad it is for each of them, in the same order.
    severities: Vec<Option<Severity>>,
    sort: Sort,
    descending: bool,
    filter_text: String,
    with_extra: bool,
    /// Rows that are there without the filter.
    total: usize,
    /// Columns of the terminal that the longest name of a shown row takes.
    name_width: usize,
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
            keys: Vec::new(),
            severities: Vec::new(),
            sort: Sort::Attention,
            descending: false,
            filter_text: String::new(),
            with_extra: false,
            total: 0,
            name_width: 0,
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

    /// Columns of the terminal that the longest name of a shown row takes; 0 where every name takes the same.
    #[must_use]
    pub fn name_width(&self) -> usize {
        self.name_width
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
        self.keys.get(self.cursor).map(String::as_str)
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
        self.keys.get(position).is_some_and(|key| self.marks.contains(key))
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
        self.select(listing, ctx, &question);
        self.answered = Some(question);
        let severities = (listing.severities)(ctx);
        let severity = |row: usize| severities.get(row).copied().flatten();
        self.arrange(listing, ctx, &severity);
        self.severities = self.order.iter().map(|row| severity(*row)).collect();
        self.keys = self.order.iter().map(|row| (listing.key)(ctx, *row)).collect();
        self.name_width = self.widest_name(listing, ctx);
        self.forget_marks(listing, ctx);
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

    /// The first column names the rows. Where its width is given anyway, nothing is measured.
    fn widest_name(&self, listing: &Listing, ctx: &Ctx<'_>) -> usize {
        let Some(column) = listing.columns.first().filter(|column| column.min < column.max) else { return 0 };
        let widths = self.order.iter().map(|row| (column.cell)(ctx, *row).words().width());
        widths.max().unwrap_or(0)
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

    fn arrange(&mut self, listing: &Listing, ctx: &Ctx<'_>, severity: &dyn Fn(usize) -> Option<Severity>) {
        let key = |row: usize| match self.sort {
            Sort::Attention => SortKey::Number(severity(row).map_or(0, |severity| -1 - severity as i64)),
            Sort::Column(column) => {
                listing.columns.get(column).map_or(SortKey::Missing, |column| column.sort_key(ctx, row))
            }
        };
        let mut keyed: Vec<(SortKey, usize)> = self.order.iter().map(|row| (key(*row), *row)).collect();
        let descending = self.descending;
        keyed.sort_by(|(a, a_row), (b, b_row)| {
            let missing = (*a == SortKey::Missing).cmp(&(*b == SortKey::Missing));
            let by_key = if descending { b.cmp(a) } else { a.cmp(b) };
            missing.then(by_key).then(a_row.cmp(b_row))
        });
        self.order = keyed.into_iter().map(|(_, row)| row).collect();
    }

    /// Marks of rows that are gone go with them: a mark must never reach what nobody sees.
    fn forget_marks(&mut self, listing: &Listing, ctx: &Ctx<'_>) {
        if !self.marks.is_empty() {
            let all: BTreeSet<String> = (0..(listing.len)(ctx)).map(|row| (listing.key)(ctx, row)).collect();
            self.marks.retain(|key| all.contains(key));
        }
    }

    /// Puts the cursor on the row with that key; if there is none, it stays where it was.
    pub(super) fn put_cursor_on(&mut self, key: Option<&str>) {
        let found = key.and_then(|key| self.keys.iter().position(|held| held == key));
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
        self.severities.get(position).copied().flatten()
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
        if let Some(key) = self.keys.get(self.cursor).filter(|key| !self.marks.remove(*key)) {
            self.marks.insert(key.clone());
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
    use crate::app::listing::Hosts;
    use crate::app::place::Screen;
    use crate::app::screens;
    use crate::fleet::fixture::Fixture;

    #[test]
    fn a_filter_typed_key_by_key_leaves_what_it_leaves_at_once() {
        let fixture = Fixture::healthy(30);
        let fleet = fixture.fleet();
        let hosts = Hosts::of(&fleet);
        let ctx = Ctx { fleet: &fleet, hosts: &hosts, now: fixture.now };
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
            assert_eq!((typed.total, typed.name_width), (at_once.total, at_once.name_width), "seed {seed}");
            if typed.filter_text.len() > 12 {
                typed.set_filter("");
            }
        }
    }

    #[test]
    fn rows_are_ordered_once_for_each_edition_and_question() {
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
        let refreshed = |fleet: &crate::fleet::view::Fleet, table: &mut Table| {
            table.refresh(&listing, &Ctx { fleet, hosts: &hosts, now: fixture.now });
            ASKED.get()
        };
        assert_eq!((refreshed(&fleet, &mut table), refreshed(&fleet, &mut table)), (1, 1));
        table.set_filter("web");
        assert_eq!((refreshed(&fleet, &mut table), refreshed(&fleet, &mut table)), (2, 2));
        table.reverse();
        assert_eq!(refreshed(&fleet, &mut table), 3);
        fleet.judge(fixture.now);
        assert_eq!(refreshed(&fleet, &mut table), 4);
        fixture.tasks.clear();
        fixture.land(&mut fleet);
        assert!(refreshed(&fleet, &mut table) > 4);
        assert!(table.order().is_empty());
    }

    fn of_tasks() -> Listing {
        let Listing { columns, noun, severities, len, key, place, extra, copy } = *screens::listing(Screen::Tasks);
        Listing { columns, noun, severities, len, key, place, extra, copy }
    }
}
