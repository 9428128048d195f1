//! Time passing and answers arriving.

use jiff::{SignedDuration, Timestamp};

use crate::actions::catalogue::Action;
use crate::app::clock::{Step, on_grid, until_grid, until_next_step};
use crate::app::effect::Effect;
use crate::app::listing::Hosts;
use crate::app::model::Model;
use crate::app::msg::Usage;
use crate::app::overlay::Overlay;
use crate::app::place::Place;
use crate::app::stamp::Stamp;
use crate::fleet::execution::{Execution, ExecutionStatus};
use crate::fleet::reading::{Panel, PanelState};
use crate::fleet::snapshot::PanelRead;
use crate::fleet::view::Landing;

/// A notice goes after this long.
const NOTICE: SignedDuration = SignedDuration::from_secs(6);

/// Everything about a panel that shows, its rows apart. The age of one that is well shows only where it is the oldest of a screen.
type Shown = (PanelState, Option<Step>, Option<String>, usize);

/// What shows of all panels, and the age of the oldest on screen.
fn stamps(model: &Model) -> (Option<Step>, Vec<Shown>) {
    let shown = |stamp: Stamp<'_>| {
        let said = stamp.failure.map(|failure| format!("{} {:?}", failure.message, failure.hint));
        (stamp.state, stamp.age.filter(|_| !stamp.quiet()), said, stamp.missing.len())
    };
    let oldest = model.visible_panels().iter().filter_map(|panel| model.stamp(*panel).age).max();
    (oldest, Panel::ALL.iter().map(|panel| shown(model.stamp(*panel))).collect())
}

/// It is `now`. Ages of data move in their steps, everything else that time changes moves on one grid.
pub(super) fn ticked(model: &mut Model, now: Timestamp) {
    let before = stamps(model);
    model.now = now;
    let mut changed = before != stamps(model);
    if model.notice.as_ref().is_some_and(|notice| now.duration_since(notice.since) >= NOTICE) {
        model.notice = None;
        changed = true;
    }
    let grid = on_grid(now);
    if grid != model.shown {
        model.shown = grid;
        changed |= grid_moved(model);
    }
    if changed {
        model.touch();
    }
}

impl Model {
    /// When time alone changes something next: until then nobody needs to tell it. What is on screen may count along by the second.
    #[must_use]
    pub fn changes_at(&self) -> Timestamp {
        if matches!(self.place, Place::Logs(_)) || matches!(self.overlay, Some(Overlay::Act(_))) {
            return self.now;
        }
        let visible = self.visible_panels();
        let ages = Panel::ALL.iter().filter_map(|panel| {
            let age = self.now.duration_since(self.fleet.snapshot().info(*panel).read_at?);
            let shows = visible.contains(panel) || !self.stamp(*panel).quiet();
            let step = until_next_step(age).filter(|_| shows);
            let stale = Some(self.fleet.patience(*panel) - age).filter(|left| *left >= SignedDuration::ZERO);
            step.into_iter().chain(stale).min()
        });
        let notice = self.notice.as_ref().map(|notice| NOTICE - self.now.duration_since(notice.since));
        let left = ages.chain(notice).fold(until_grid(self.now), SignedDuration::min);
        self.now.checked_add(left).unwrap_or(self.now)
    }
}

/// Judges anew, for age alone can break a rule. Says whether anything was there to age.
fn grid_moved(model: &mut Model) -> bool {
    let spent = model.usage != model.usage_shown;
    model.usage_shown.clone_from(&model.usage);
    let anything = Panel::ALL.iter().any(|panel| model.stamp(*panel).known());
    if anything {
        model.fleet.judge(model.shown);
        model.refresh_rows();
    }
    anything || spent
}

/// Panels were read, or could not be. The same rows as before change nothing but their age. To judge a large fleet takes longer than a
/// frame, so that is done once for all of them.
pub(super) fn panels_read(model: &mut Model, reads: Vec<PanelRead>) -> Vec<Effect> {
    let (before, told) = (stamps(model), rotation(model));
    let filed = |read: PanelRead| (read.panel, model.fleet.file(read));
    let landings: Vec<(Panel, Landing)> = reads.into_iter().map(filed).collect();
    if landings.iter().all(|(_, landing)| *landing == Landing::Dropped) {
        return Vec::new();
    }
    let news = |(panel, landing): &(Panel, Landing)| (*landing == Landing::News).then_some(*panel);
    let news: Vec<Panel> = landings.iter().filter_map(news).collect();
    if !news.is_empty() {
        model.fleet.judge(model.shown);
        if news.contains(&Panel::ContainerInstances) {
            model.hosts = Hosts::of(&model.fleet);
        }
        model.refresh_rows();
    }
    if !news.is_empty() || before != stamps(model) {
        model.touch();
    }
    // What these runs change is read seldom; their steps say when there is something new.
    let moved = told.is_some() && told != rotation(model);
    if moved { vec![Effect::Refresh(ROTATION.to_vec())] } else { Vec::new() }
}

/// What bakes, promotions and rollouts change.
const ROTATION: [Panel; 3] = [Panel::Builds, Panel::Promotion, Panel::Refreshes];

/// A run with how it stands and the step that it is at.
type Standing = (String, ExecutionStatus, Option<String>);

/// How the runs stand that bake, promote or roll out; `None`: not read yet.
fn rotation(model: &Model) -> Option<Vec<Standing>> {
    let changes = |one: &&Execution| {
        let action = model.names.action(&one.document);
        matches!(action, Some(Action::Bake | Action::Promote | Action::RollbackAmi | Action::Rollout))
    };
    let executions = model.fleet.snapshot().executions.get()?;
    let standing = |one: &Execution| (one.id.clone(), one.status.clone(), one.current_step.clone());
    Some(executions.iter().filter(changes).map(standing).collect())
}

/// The meter moves on the grid, but the first figure and a throttle show at once.
pub(super) fn usage_read(model: &mut Model, usage: Usage) {
    let urgent = model.usage_shown.as_ref().is_none_or(|shown| shown.throttled != usage.throttled);
    model.usage = Some(usage);
    if urgent {
        model.usage_shown.clone_from(&model.usage);
        model.touch();
    }
}
