//! The Bridge's answer to one question, and the counts behind it.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::cell::{Cell, Tone, Value};
use super::listing::Ctx;
use super::model::Model;
use super::place::Screen;
use super::screens::instances;
use crate::fleet::alarm::{Alarm, AlarmState};
use crate::fleet::execution::Execution;
use crate::fleet::finding::{Rule, Severity};
use crate::fleet::instance::ContainerInstanceStatus;
use crate::fleet::reading::{Panel, PanelState};
use crate::fleet::schedule::{Duty, Schedule, ScheduleState};
use crate::fleet::service::{Deployment, RolloutState, Service};
use crate::fleet::target::{TargetGroup, TargetState};
use crate::fleet::view::Known;

/// Whether the fleet is all right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Findings by severity, the worst first; without any, nothing is known to be wrong.
    pub findings: Vec<(Severity, Known<u32>)>,
    /// Panels that were not read yet.
    pub loading: Vec<Panel>,
    /// Everything was read, and there is nothing in the fleet.
    pub empty: bool,
    /// Panels whose latest read failed, was cut short or is long ago.
    pub unsure: Vec<Panel>,
}

impl Verdict {
    /// Everything was read, nothing is wrong.
    #[must_use]
    pub fn all_right(&self) -> bool {
        self.findings.is_empty() && self.loading.is_empty() && self.unsure.is_empty() && !self.empty
    }
}

/// Whether the fleet is all right, as far as can be told.
pub(super) fn verdict(model: &Model) -> Verdict {
    let with = |wanted: fn(PanelState, bool) -> bool| -> Vec<Panel> {
        let stamps = Panel::ALL.iter().map(|panel| model.stamp(*panel));
        stamps.filter(|stamp| wanted(stamp.state, stamp.missing.is_empty())).map(|stamp| stamp.panel).collect()
    };
    let loading = with(|state, _| state == PanelState::Loading);
    let unsure = with(|state, whole| !matches!(state, PanelState::Loading | PanelState::Live) || !whole);
    let all = &model.fleet.view().findings;
    let count = |severity: Severity| {
        let found = all.iter().filter(|finding| finding.severity == severity).count();
        let found = u32::try_from(found).unwrap_or(u32::MAX);
        let known = if loading.is_empty() && unsure.is_empty() { Known::Exactly(found) } else { Known::AtLeast(found) };
        (found > 0).then_some((severity, known))
    };
    let findings = [Severity::Critical, Severity::Warning, Severity::Info].into_iter().filter_map(count).collect();
    let view = model.fleet.view();
    let empty = loading.is_empty() && unsure.is_empty() && view.instances.is_empty() && view.services.is_empty();
    Verdict { findings, loading, empty, unsure }
}

/// One line of a summary.
#[derive(Debug, Clone, PartialEq)]
pub struct SummaryLine {
    /// What is counted.
    pub label: String,
    /// How many.
    pub cell: Cell,
    /// Drawn as a part of this whole.
    pub whole: Option<u32>,
}

/// A list in a few numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// The list that it leads to.
    pub screen: Screen,
    /// Its lines, the most important first.
    pub lines: Vec<SummaryLine>,
}

/// Every list in a few numbers.
pub(super) fn summaries(model: &Model) -> Vec<Summary> {
    let ctx = model.ctx();
    vec![
        Summary { screen: Screen::Instances, lines: of_instances(&ctx) },
        Summary { screen: Screen::Services, lines: of_services(&ctx) },
        Summary { screen: Screen::Targets, lines: of_targets(&ctx) },
        Summary { screen: Screen::Alarms, lines: of_alarms(&ctx) },
    ]
}

/// A count that is worth as much as the panels that it was made from.
fn known(ctx: &Ctx<'_>, panels: &[Panel], count: usize) -> Known<u32> {
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    let infos = || panels.iter().map(|panel| ctx.fleet.snapshot().info(*panel));
    if infos().any(|info| info.read_at.is_none()) {
        return if count > 0 { Known::AtLeast(count) } else { Known::Unknown };
    }
    if infos().all(|info| info.missing.is_empty()) { Known::Exactly(count) } else { Known::AtLeast(count) }
}

/// A count that should be zero.
fn line(label: impl Into<String>, count: Known<u32>, tone: Tone) -> SummaryLine {
    let tone = if count.value().unwrap_or(0) == 0 { Tone::Muted } else { tone };
    SummaryLine { label: label.into(), cell: Cell::count(count, tone), whole: None }
}

fn of_instances(ctx: &Ctx<'_>) -> Vec<SummaryLine> {
    let rows = &ctx.fleet.view().instances;
    let limit = ctx.fleet.policy().max_age;
    let over = rows.iter().filter(|row| ctx.fleet.age(row, ctx.now).value().is_some_and(|age| age > limit)).count();
    let behind = rows.iter().filter(|row| row.image.builds_behind.is_some_and(|builds| builds > 0)).count();
    // Of an AMI that cannot be compared nobody knows whether it is behind.
    let behind = match known(ctx, Screen::Instances.basis(), behind) {
        Known::Exactly(0) if rows.iter().any(|row| row.image.builds_behind.is_none()) => Known::Unknown,
        Known::Exactly(count) if rows.iter().any(|row| row.image.builds_behind.is_none()) => Known::AtLeast(count),
        Known::AtLeast(0) => Known::Unknown,
        count => count,
    };
    let ecs = || rows.iter().filter_map(|row| ctx.fleet.container_instance(row));
    let lost = ecs().filter(|instance| !instance.agent_connected).count();
    let draining = ecs().filter(|instance| instance.status == ContainerInstanceStatus::Draining).count();
    let joined = [Panel::ContainerInstances];
    let mut lines = vec![
        line("over age", known(ctx, Screen::Instances.basis(), over), Tone::Warning),
        line("AMI behind", behind, Tone::Warning),
        line("agent lost", known(ctx, &joined, lost), Tone::Critical),
        line("draining", known(ctx, &joined, draining), Tone::Busy),
        SummaryLine { label: "zones".to_owned(), cell: zones(ctx), whole: None },
    ];
    // Registered is later than launched: in which quarter a machine is, EC2 alone can tell.
    let launched = rows.iter().filter_map(|row| ctx.fleet.age(row, ctx.now).exactly());
    let ages: Vec<i64> = launched.map(|age| age.as_secs()).collect();
    lines.extend(histogram(ctx, &ages, limit.as_secs()));
    lines
}

/// Ages in quarters of the limit. Nothing before any age is known.
fn histogram(ctx: &Ctx<'_>, ages: &[i64], limit: i64) -> Vec<SummaryLine> {
    let whole = u32::try_from(ages.len()).unwrap_or(u32::MAX);
    if ages.is_empty() || limit < 4 * 3_600 {
        return Vec::new();
    }
    let quarter = |n: i64| {
        let (from, to) = (limit * n / 4, limit * (n + 1) / 4);
        let count = ages.iter().filter(|age| (from..to).contains(*age) || (n == 3 && **age == to)).count();
        let label = format!("{}–{}h", from / 3_600, to / 3_600);
        let count = known(ctx, Screen::Instances.basis(), count);
        SummaryLine { whole: Some(whole), ..line(label, count, Tone::Plain) }
    };
    (0..4).map(quarter).collect()
}

fn zones(ctx: &Ctx<'_>) -> Cell {
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    for zone in ctx.fleet.view().instances.iter().filter_map(|row| instances::zone_name(ctx, row)) {
        *counts.entry(instances::short_zone(zone)).or_default() += 1;
    }
    if counts.is_empty() {
        return Cell::unknown();
    }
    let all = matches!(known(ctx, Screen::Instances.basis(), 1), Known::Exactly(_));
    let bound = if all { "" } else { "≥" };
    let text: Vec<String> = counts.iter().map(|(zone, count)| format!("{zone}·{bound}{count}")).collect();
    Cell::text(text.join(" "), Tone::Muted)
}

fn of_services(ctx: &Ctx<'_>) -> Vec<SummaryLine> {
    let services = &ctx.fleet.snapshot().services.rows;
    let count = |wanted: &dyn Fn(&Service) -> bool| {
        known(ctx, &[Panel::Services], services.iter().filter(|service| wanted(service)).count())
    };
    let failing = [Rule::DeploymentFailed, Rule::DeploymentRolledBack, Rule::TasksFailing];
    let failing = ctx.fleet.view().findings.iter().filter(|finding| failing.contains(&finding.rule)).count();
    let total = |number: fn(&Service) -> u32| {
        known(ctx, &[Panel::Services], services.iter().map(|service| number(service) as usize).sum())
    };
    let in_progress = |deployment: &Deployment| deployment.rollout_state == Some(RolloutState::InProgress);
    let deploying = |service: &Service| service.deployments.iter().any(in_progress) || service.deployments.len() > 1;
    let (running, desired) = (total(|service| service.running), total(|service| service.desired));
    let tasks = match (running, desired) {
        (Known::Unknown, Known::Unknown) => Cell::unknown(),
        (running, desired) => Cell::new(Value::Ratio(running, desired), Tone::Plain),
    };
    vec![
        line("below desired", count(&|service| service.running < service.desired), Tone::Warning),
        line("failing", known(ctx, &[Panel::Services, Panel::Tasks], failing), Tone::Critical),
        line("deploying", count(&deploying), Tone::Busy),
        line("tasks pending", total(|service| service.pending), Tone::Busy),
        SummaryLine { label: "tasks".to_owned(), cell: tasks, whole: None },
    ]
}

fn of_targets(ctx: &Ctx<'_>) -> Vec<SummaryLine> {
    let groups = &ctx.fleet.snapshot().targets.rows;
    // The health of every group is a read of its own: one that failed makes every count a lower bound.
    let bound = |count: Known<u32>| match count {
        Known::Exactly(count) if !groups.iter().all(|group| group.targets.complete()) => Known::AtLeast(count),
        count => count,
    };
    let count = |wanted: &dyn Fn(&TargetState) -> bool| {
        let states = groups.iter().flat_map(|group| &group.targets.rows).map(|target| &target.state);
        bound(known(ctx, Screen::Targets.basis(), states.filter(|state| wanted(state)).count()))
    };
    let healthless = |group: &&TargetGroup| {
        let targets = &group.targets.rows;
        !targets.is_empty() && targets.iter().all(|target| target.state != TargetState::Healthy)
    };
    let ill = |state: &TargetState| matches!(state, TargetState::Unhealthy | TargetState::UnhealthyDraining);
    vec![
        line("unhealthy", count(&ill), Tone::Critical),
        line(
            "all down",
            bound(known(ctx, Screen::Targets.basis(), groups.iter().filter(healthless).count())),
            Tone::Critical,
        ),
        line("starting", count(&|state| *state == TargetState::Initial), Tone::Busy),
        line("draining", count(&|state| *state == TargetState::Draining), Tone::Busy),
        line("groups", known(ctx, Screen::Targets.basis(), groups.len()), Tone::Plain),
    ]
}

fn of_alarms(ctx: &Ctx<'_>) -> Vec<SummaryLine> {
    let (rows, alarms) = (&ctx.fleet.view().alarms, &ctx.fleet.snapshot().alarms.rows);
    let count = |wanted: &dyn Fn(&Alarm) -> bool| {
        let own = rows.iter().filter_map(|row| alarms.get(row.alarm));
        known(ctx, Screen::Alarms.basis(), own.filter(|alarm| wanted(alarm)).count())
    };
    let silenced = rows.iter().filter(|row| row.mute.is_some()).count();
    let silenced = match ctx.fleet.snapshot().mutes.complete() {
        true => known(ctx, Screen::Alarms.basis(), silenced),
        false => known(ctx, &[Panel::Alarms, Panel::Mutes], silenced),
    };
    vec![
        line("firing", count(&|alarm| alarm.state == AlarmState::Alarm), Tone::Critical),
        line("tell nobody", count(&|alarm| alarm.alarm_actions.is_empty() || !alarm.actions_enabled), Tone::Warning),
        line("silenced", silenced, Tone::Info),
        line("no data", count(&|alarm| alarm.state == AlarmState::InsufficientData), Tone::Info),
    ]
}

/// What the automation is about, counted: executions that another one started left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Runs {
    /// They go on.
    pub under_way: Known<u32>,
    /// They wait for somebody.
    pub waiting: Known<u32>,
    /// The fleet's own that failed of late.
    pub failed: Known<u32>,
}

/// What the automation is about now; `None`: nothing worth a word, or nothing known.
pub(super) fn runs(ctx: &Ctx<'_>) -> Option<Runs> {
    let rows = ctx.fleet.view().executions.iter().filter(|row| !row.nested);
    let going: Vec<_> = rows.filter_map(|row| ctx.fleet.execution(row)).filter(|one| !one.status.is_over()).collect();
    let waiting = going.iter().filter(|one| one.waits_for().is_some()).count();
    let findings = ctx.fleet.view().findings.iter();
    let failed = findings.filter(|finding| finding.rule == Rule::ExecutionFailed).count();
    let counted = |count| known(ctx, &[Panel::Executions], count);
    let runs = Runs { under_way: counted(going.len()), waiting: counted(waiting), failed: counted(failed) };
    (going.len() + failed > 0).then_some(runs)
}

/// When the fleet does something by itself next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Next {
    /// What.
    pub duty: Duty,
    /// When.
    pub due: Due,
}

/// When something is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// It goes on, and so many percent of it are done where that is known.
    UnderWay(Option<u32>),
    /// After this long.
    In(SignedDuration),
    /// Its schedule is switched off.
    Off,
}

/// What the fleet does by itself next. Nothing of what has no schedule, or of which none was read.
pub(super) fn next(ctx: &Ctx<'_>) -> Vec<Next> {
    let found = Duty::ALL.into_iter().filter_map(|duty| {
        let schedule = ctx.fleet.schedule(duty)?;
        let due = match under_way(ctx, duty, schedule) {
            Some(done) => Due::UnderWay(done),
            None if schedule.state == ScheduleState::Disabled => Due::Off,
            None => Due::In(ctx.fleet.snapshot().next_run(schedule, ctx.now)?.duration_since(ctx.now)),
        };
        Some(Next { duty, due })
    });
    found.collect()
}

/// Whether it goes on, with the percents that are done.
fn under_way(ctx: &Ctx<'_>, duty: Duty, schedule: &Schedule) -> Option<Option<u32>> {
    if duty == Duty::Rotate {
        let mut refreshes = ctx.fleet.snapshot().refreshes.rows.iter();
        return refreshes.find(|one| !one.status.is_over()).map(|one| one.percentage);
    }
    let cluster = &ctx.fleet.snapshot().scope.cluster;
    let mut executions = ctx.fleet.snapshot().executions.rows.iter();
    let bakes = |one: &&Execution| {
        !one.status.is_over() && Some(&one.document) == schedule.document.as_ref() && one.is_of(cluster) != Some(false)
    };
    executions.find(bakes).map(|_| None)
}

impl SummaryLine {
    /// How many, where it is a number.
    #[must_use]
    pub fn count(&self) -> Option<u32> {
        match self.cell.value {
            Value::Count(count) => count.value(),
            _ => None,
        }
    }
}
