//! Everything that the console knows and shows.

use jiff::Timestamp;

use super::clock::on_grid;
use super::detail::{self, Detail};
use super::input::Input;
use super::insights::Insights;
use super::listing::{Ctx, Hosts, Listing};
use super::logs::{Limits, Logs};
use super::msg::Usage;
use super::overlay::{Choice, Overlay};
use super::place::{Place, Screen};
use super::screens;
use super::stamp::Stamp;
use super::summary::{self, Next, Runs, Summary, Verdict};
use super::table::Table;
use super::visit::{Page, Visit};
use crate::actions::catalogue::{Action, Names};
use crate::fleet::finding::Subject;
use crate::fleet::focus::Gaze;
use crate::fleet::freeze::Freeze;
use crate::fleet::policy::Policy;
use crate::fleet::reading::{Failure, Panel};
use crate::fleet::scope::Scope;
use crate::fleet::view::{Fleet, Known};
use crate::keymap::{Key, Keymap};
use crate::logs::insights::{Language, SavedQuery};

/// What the console starts with.
#[derive(Debug, Clone)]
pub struct Start {
    /// The fleet; `None`: pick one from the list of clusters.
    pub scope: Option<Scope>,
    /// The thresholds.
    pub policy: Policy,
    /// The keys.
    pub keymap: Keymap,
    /// No action may be started.
    pub read_only: bool,
    /// Names of the clusters in which none may be started, whatever holds elsewhere.
    pub guarded: Vec<String>,
    /// How much of the logs is kept, and from when on.
    pub limits: Limits,
    /// Queries of Logs Insights beside those that come along.
    pub queries: Vec<SavedQuery>,
    /// Which runbooks do what.
    pub names: Names,
    /// The time.
    pub now: Timestamp,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
}

/// A line that says how something went; it goes by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Notice {
    pub text: String,
    pub bad: bool,
    pub since: Timestamp,
}

/// What a line is typed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asking {
    /// A filter over the rows of a list.
    Rows,
    /// A filter over the lines of the log viewer.
    Lines,
    /// What to highlight there.
    Highlight,
    /// How many lines to show there around each that passes.
    Context,
    /// The time to go to there.
    Time,
    /// The file to write those lines to.
    File,
    /// A query of Logs Insights.
    Query,
    /// The time that it is about.
    Span,
}

/// The line that is being typed below a screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Filtering {
    pub asking: Asking,
    pub line: Input,
    /// What is wrong with what was typed.
    pub wrong: Option<String>,
}

/// The clusters that one can pick from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Clusters {
    /// Region of the list.
    pub region: String,
    /// The names; `None`: not listed yet.
    pub outcome: Option<Result<Vec<String>, Failure>>,
}

/// Everything that the console knows and shows. It changes in [`super::update`] alone.
#[derive(Debug, Clone)]
pub struct Model {
    pub(super) fleet: Fleet,
    pub(super) hosts: Hosts,
    /// Whether a fleet was chosen at all.
    pub(super) chosen: bool,
    pub(super) now: Timestamp,
    pub(super) shown: Timestamp,
    pub(super) revision: u64,
    pub(super) size: (u16, u16),
    pub(super) place: Place,
    pub(super) page: Page,
    pub(super) back: Vec<Visit>,
    pub(super) forward: Vec<Visit>,
    pub(super) tables: [Table; Screen::ALL.len()],
    pub(super) preview: bool,
    pub(super) overlay: Option<Overlay>,
    pub(super) overlay_height: usize,
    pub(super) filtering: Option<Filtering>,
    pub(super) clusters: Clusters,
    pub(super) logs: Option<Logs>,
    pub(super) limits: Limits,
    pub(super) insights: Insights,
    pub(super) names: Names,
    /// Actions that were opened so far.
    pub(super) acts: u64,
    pub(super) keymap: Keymap,
    pub(super) pending: Vec<Key>,
    pub(super) usage: Option<Usage>,
    pub(super) usage_shown: Option<Usage>,
    pub(super) notice: Option<Notice>,
    /// No action may be started anywhere.
    pub(super) read_only: bool,
    pub(super) guarded: Vec<String>,
    pub(super) hits: Vec<super::layout::Hit>,
}

impl Model {
    /// A console of which nothing is known yet but what it was started with.
    #[must_use]
    pub fn new(start: Start) -> Self {
        let chosen = start.scope.is_some();
        let scope = start.scope.unwrap_or_else(|| Scope { cluster: String::new(), region: String::new() });
        Self {
            fleet: Fleet::new(scope, 0, start.policy),
            hosts: Hosts::default(),
            chosen,
            now: start.now,
            shown: on_grid(start.now),
            revision: 0,
            size: start.size,
            place: Place::List(Screen::Bridge),
            page: Page::default(),
            back: Vec::new(),
            forward: Vec::new(),
            tables: Default::default(),
            preview: true,
            overlay: (!chosen).then(|| Overlay::Picker(Default::default())),
            overlay_height: 0,
            filtering: None,
            clusters: Clusters::default(),
            logs: None,
            limits: start.limits,
            insights: Insights::with(start.queries),
            names: start.names,
            acts: 0,
            keymap: start.keymap,
            pending: Vec::new(),
            usage: None,
            usage_shown: None,
            notice: None,
            read_only: start.read_only,
            guarded: start.guarded,
            hits: Vec::new(),
        }
    }

    /// Goes up by one whenever something that is on screen changed: the frame is worth drawing again.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The fleet.
    #[must_use]
    pub fn fleet(&self) -> &Fleet {
        &self.fleet
    }

    /// Whether a fleet has been chosen.
    #[must_use]
    pub fn chosen(&self) -> bool {
        self.chosen
    }

    /// The panels that are on screen: the schedule reads these first.
    #[must_use]
    pub fn visible_panels(&self) -> &'static [Panel] {
        self.place.panels()
    }

    /// What one looks at: the schedule reads its parts first, and more of it than of the rest.
    #[must_use]
    pub fn gaze(&self) -> Gaze {
        // Of a large fleet only what is looked at is read whole: a plan needs that of what it is about.
        if let Some(Overlay::Act(act)) = &self.overlay {
            let planned = act.subjects().to_vec();
            let ends_tasks = act.action().is_some_and(Action::ends_tasks);
            let (subject, rows) = (planned.first().cloned(), planned.clone());
            return Gaze { subject, opened: true, rows, planned, ends_tasks };
        }
        let Some(screen) = self.place.list() else {
            return Gaze { subject: self.place.subject().cloned(), opened: true, ..Gaze::default() };
        };
        let (ctx, table, place) = (self.ctx(), self.table(screen), self.listing(screen).place);
        let subject = |row: usize| place(&ctx, row).and_then(|place| place.subject().cloned());
        let rows = table.in_sight().iter().filter_map(|row| subject(*row)).collect();
        Gaze { subject: table.row().and_then(subject), rows, ..Gaze::default() }
    }

    /// Where one is.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Columns and rows of the terminal.
    #[must_use]
    pub fn size(&self) -> (u16, u16) {
        self.size
    }

    /// No action may be started.
    #[must_use]
    pub fn read_only(&self) -> bool {
        self.read_only || self.guarded.contains(&self.fleet.snapshot().scope.cluster)
    }

    /// What the console spends, as it is shown: moved in steps.
    #[must_use]
    pub fn usage(&self) -> Option<&Usage> {
        self.usage_shown.as_ref()
    }

    /// What cells are made from.
    #[must_use]
    pub fn ctx(&self) -> Ctx<'_> {
        Ctx {
            fleet: &self.fleet,
            hosts: &self.hosts,
            names: &self.names,
            now: self.shown,
            unfolded: self.page.unfolded,
        }
    }

    /// What the list of a screen is made of.
    #[must_use]
    pub fn listing(&self, screen: Screen) -> &'static Listing {
        screens::listing(screen)
    }

    /// The table of a screen.
    #[must_use]
    pub fn table(&self, screen: Screen) -> &Table {
        &self.tables[screen as usize]
    }

    /// How many rows the list of a screen has without its filter: a lower bound while anything is missing, unknown
    /// before anything was read.
    #[must_use]
    pub fn count(&self, screen: Screen) -> Known<u32> {
        let (ctx, listing) = (self.ctx(), self.listing(screen));
        let rows = (0..(listing.len)(&ctx)).filter(|row| !(listing.extra)(&ctx, *row)).count();
        let rows = u32::try_from(rows).unwrap_or(u32::MAX);
        let complete = |panel: &Panel| {
            let info = self.fleet.snapshot().info(*panel);
            info.read_at.is_some() && info.missing.is_empty()
        };
        let health = |group: &crate::fleet::target::TargetGroup| group.targets.complete();
        let sure = screen != Screen::Bridge || self.verdict().unsure.is_empty();
        let whole = sure
            && screen.basis().iter().all(complete)
            && (screen != Screen::Targets || self.fleet.snapshot().targets.rows.iter().all(health));
        match rows {
            rows if whole => Known::Exactly(rows),
            0 => Known::Unknown,
            rows => Known::AtLeast(rows),
        }
    }

    pub(super) fn table_mut(&mut self, screen: Screen) -> &mut Table {
        &mut self.tables[screen as usize]
    }

    /// The present.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// What a panel is worth now.
    #[must_use]
    pub fn stamp(&self, panel: Panel) -> Stamp<'_> {
        Stamp::of(&self.fleet, panel, self.now)
    }

    /// Whether the fleet is all right, as far as can be told.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        summary::verdict(self)
    }

    /// The freeze that holds now.
    #[must_use]
    pub fn freeze(&self) -> Option<&Freeze> {
        self.fleet.freeze(self.shown)
    }

    /// What the automation is about now; `None`: nothing worth a word, or nothing known.
    #[must_use]
    pub fn runs(&self) -> Option<Runs> {
        summary::runs(&self.ctx())
    }

    /// What the fleet does by itself next.
    #[must_use]
    pub fn next(&self) -> Vec<Next> {
        summary::next(&self.ctx())
    }

    /// Every list in a few numbers.
    #[must_use]
    pub fn summaries(&self) -> Vec<Summary> {
        summary::summaries(self)
    }

    /// Whether the details beside a list are wanted, room permitting.
    #[must_use]
    pub fn preview(&self) -> bool {
        self.preview
    }

    /// The page of one thing; `None` on a list.
    #[must_use]
    pub fn detail(&self) -> Option<Detail> {
        match &self.place {
            Place::List(_) | Place::Logs(_) | Place::Insights => None,
            place => Some(detail::of(&self.ctx(), place)),
        }
    }

    /// The page of what the cursor of a list is on.
    #[must_use]
    pub fn preview_detail(&self, screen: Screen) -> Option<Detail> {
        let place = self.place_under_cursor(screen)?;
        Some(detail::of(&self.ctx(), &place))
    }

    pub(super) fn place_under_cursor(&self, screen: Screen) -> Option<Place> {
        let row = self.table(screen).row()?;
        (self.listing(screen).place)(&self.ctx(), row)
    }

    /// The line under the cursor of a page, and the topmost line where there is room for `height`.
    #[must_use]
    pub fn page_window(&self, height: usize, lines: usize) -> (usize, usize) {
        let cursor = self.page.cursor.min(lines.saturating_sub(1));
        (cursor, self.page.top(height, lines))
    }

    /// What lies over the screen.
    #[must_use]
    pub fn overlay(&self) -> Option<&Overlay> {
        self.overlay.as_ref()
    }

    /// The line that is being typed below the screen.
    #[must_use]
    pub fn filter_line(&self) -> Option<&Input> {
        self.filtering.as_ref().map(|filtering| &filtering.line)
    }

    /// What that line is typed for, and what is wrong with it.
    #[must_use]
    pub fn asking(&self) -> Option<(Asking, Option<&str>)> {
        self.filtering.as_ref().map(|filtering| (filtering.asking, filtering.wrong.as_deref()))
    }

    /// What a thing is called where there is little room.
    #[must_use]
    pub fn name_of(&self, subject: &Subject) -> String {
        screens::subject_name(subject)
    }

    /// The query screen.
    #[must_use]
    pub fn insights(&self) -> &Insights {
        &self.insights
    }

    /// About how many bytes the query that is written would scan, where that can be told. One in SQL names its groups itself.
    #[must_use]
    pub fn scan(&self) -> Option<u64> {
        let asked = self.insights.groups();
        if self.insights.language() == Language::Sql { None } else { super::update::scan(self, asked) }
    }

    /// About how many bytes a query over what the viewer reads would scan.
    #[must_use]
    pub fn scan_of_viewer(&self) -> Option<u64> {
        super::update::scan_of_viewer(self)
    }

    /// The log viewer, if it was opened.
    #[must_use]
    pub fn logs(&self) -> Option<&Logs> {
        self.logs.as_ref()
    }

    /// What can be chosen in the overlay, the best match first.
    #[must_use]
    pub fn choices(&self) -> Vec<Choice> {
        super::update::choices(self)
    }

    /// Why there are no clusters to choose from.
    #[must_use]
    pub fn clusters_failure(&self) -> Option<&Failure> {
        self.clusters.outcome.as_ref()?.as_ref().err()
    }

    /// Whether the clusters were listed, or could not be.
    #[must_use]
    pub fn clusters_answered(&self) -> bool {
        self.clusters.outcome.is_some()
    }

    /// The keys.
    #[must_use]
    pub fn keymap(&self) -> &Keymap {
        &self.keymap
    }

    /// The keys of a sequence that is not complete.
    #[must_use]
    pub fn pending(&self) -> &[Key] {
        &self.pending
    }

    /// How something went, and whether badly.
    #[must_use]
    pub fn notice(&self) -> Option<(&str, bool)> {
        self.notice.as_ref().map(|notice| (notice.text.as_str(), notice.bad))
    }

    /// Something on screen changed.
    pub(super) fn touch(&mut self) {
        self.revision += 1;
    }

    /// Orders the table of a screen anew.
    pub(super) fn refresh_table(&mut self, screen: Screen) {
        let ctx = Ctx { fleet: &self.fleet, hosts: &self.hosts, names: &self.names, now: self.shown, unfolded: false };
        self.tables[screen as usize].refresh(screens::listing(screen), &ctx);
    }

    /// Orders the table on screen anew; the others follow when they are shown.
    pub(super) fn refresh_rows(&mut self) {
        if let Some(screen) = self.place.list() {
            self.refresh_table(screen);
        }
    }

    pub(super) fn say(&mut self, text: impl Into<String>, bad: bool) {
        self.notice = Some(Notice { text: text.into(), bad, since: self.now });
        self.touch();
    }
}
