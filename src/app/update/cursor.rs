//! Moving the cursor of whatever has the keys.

use crate::app::model::Model;
use crate::app::overlay::Overlay;

/// How far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Motion {
    /// So many lines.
    Lines(isize),
    /// So many pages.
    Pages(isize),
    /// So many half pages.
    HalfPages(isize),
    /// To the first line.
    Top,
    /// To the last line.
    Bottom,
}

impl Motion {
    /// Where it leads from line `at`, where a page is `page` lines.
    pub(super) fn from(self, at: usize, page: isize) -> usize {
        match self {
            Self::Lines(lines) => at.saturating_add_signed(lines),
            Self::Pages(pages) => at.saturating_add_signed(pages.saturating_mul(page)),
            Self::HalfPages(halves) => at.saturating_add_signed(halves.saturating_mul((page / 2).max(1))),
            Self::Top => 0,
            Self::Bottom => usize::MAX,
        }
    }
}

fn page_of(height: usize) -> isize {
    isize::try_from(height.saturating_sub(1).max(1)).unwrap_or(1)
}

/// Moves the cursor of the help, the table or the page.
pub(super) fn moved(model: &mut Model, motion: Motion) {
    let overlay_page = page_of(model.overlay_height);
    if let Some(Overlay::Help { offset }) = &mut model.overlay {
        // The end of the help is known to who draws it: the offset is cut there.
        *offset = motion.from(*offset, overlay_page).min(HELP_END);
        model.touch();
        return;
    }
    match model.place.list() {
        Some(screen) => {
            let table = model.table_mut(screen);
            let before = table.cursor();
            table.jump(motion.from(before, table.page()));
            if table.cursor() != before {
                model.touch();
            }
        }
        None => page_moved(model, motion),
    }
}

/// More lines than the help can have.
const HELP_END: usize = 1_000;

fn page_moved(model: &mut Model, motion: Motion) {
    let lines = model.detail().map_or_else(Vec::new, |detail| detail.lines().iter().map(|line| line.rests()).collect());
    let before = model.page.cursor;
    let wanted = motion.from(before, page_of(model.page.height)).min(lines.len().saturating_sub(1));
    let rests = |n: &usize| lines.get(*n).copied().unwrap_or(false);
    // The cursor passes over headings and gaps, on in its own direction.
    let found = if wanted >= before {
        (wanted..lines.len()).find(rests).or_else(|| (0..wanted).rev().find(rests))
    } else {
        (0..=wanted).rev().find(rests).or_else(|| (wanted..lines.len()).find(rests))
    };
    model.page.cursor = found.unwrap_or(0);
    // From the first line that the cursor can rest on, what stands above comes into view too.
    let first = !(0..model.page.cursor).any(|n| rests(&n));
    model.page.offset = if first { 0 } else { model.page.top(model.page.height, lines.len()) };
    model.touch();
}
