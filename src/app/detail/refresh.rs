//! The page of a rollout: an instance refresh with how far it is, what would stop it, and how its group stands.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::{Detail, moment};
use crate::app::cell::{Cell, Tone, Value};
use crate::app::listing::Ctx;
use crate::app::place::Place;
use crate::app::screens::{alarm_state_cell, automation, instances};
use crate::fleet::finding::Subject;
use crate::fleet::refresh::{InstanceRefresh, RefreshStatus};
use crate::fleet::view::{Known, RefreshRow};

/// Earlier rollouts that a page lists.
const EARLIER: usize = 6;

pub(super) fn page(ctx: &Ctx<'_>, id: &str) -> Option<Detail> {
    let row = ctx.fleet.view().refreshes.iter().find(|row| ctx.fleet.refresh(row).is_some_and(|one| one.id == id))?;
    let one = ctx.fleet.refresh(row)?;
    let version = one.version.as_ref().map(|version| format!(" → version {version}")).unwrap_or_default();
    let mut page = Detail::new("rollout", format!("{}{version}", one.group), id);
    page.findings(ctx, &row.findings);
    progress(&mut page, ctx, row, one);
    checkpoints(&mut page, one);
    alarms(&mut page, ctx, one);
    spread(&mut page, ctx, row, one);
    about(&mut page, ctx, one);
    instances_of(&mut page, ctx, one);
    earlier(&mut page, ctx, one);
    Some(page)
}

/// How it stands, in a word.
pub(super) fn status(one: &InstanceRefresh) -> Cell {
    let (word, tone) = match &one.status {
        RefreshStatus::Pending => ("to begin", Tone::Muted),
        RefreshStatus::InProgress if one.paused_at().is_some() => ("at a checkpoint", Tone::Busy),
        RefreshStatus::InProgress => ("replacing", Tone::Busy),
        RefreshStatus::Baking => ("watching", Tone::Busy),
        RefreshStatus::Successful => ("done", Tone::Muted),
        RefreshStatus::Failed => ("failed", Tone::Warning),
        RefreshStatus::Cancelling => ("stopping", Tone::Busy),
        RefreshStatus::Cancelled => ("stopped", Tone::Muted),
        RefreshStatus::RollbackInProgress => ("going back", Tone::Warning),
        RefreshStatus::RollbackFailed => ("did not go back", Tone::Critical),
        RefreshStatus::RollbackSuccessful => ("went back", Tone::Warning),
        RefreshStatus::Other(word) => (word.as_str(), Tone::Info),
    };
    Cell::text(word, tone)
}

fn progress(page: &mut Detail, ctx: &Ctx<'_>, row: &RefreshRow, one: &InstanceRefresh) {
    page.heading("Rollout");
    page.field("status", status(one));
    if let Some(percent) = one.percentage {
        // On the way back the figure falls.
        let label = if one.status.is_rollback() { "still new" } else { "replaced" };
        page.field(label, Cell::new(Value::Share { used: percent.into(), total: 100 }, Tone::Plain));
    }
    if let Some(left) = one.to_update.filter(|_| !one.status.is_over()) {
        page.field("to go", Cell::count(Known::Exactly(left), Tone::Plain));
    }
    if let Some(left) = one.remaining(ctx.now) {
        page.field("about", Cell::text(format!("{} more{}", about_minutes(left), pauses(one)), Tone::Plain));
    }
    if let Some(reason) = &one.reason {
        page.words(reason.clone(), if one.status.is_rollback() { Tone::Warning } else { Tone::Muted });
    }
    if let Some(back) = &one.rollback {
        let why = back.reason.as_ref().filter(|why| one.reason.as_ref() != Some(why));
        let why = why.map(|why| format!(": {why}")).unwrap_or_default();
        let at = back.percentage.map(|percent| format!(" at {percent} %")).unwrap_or_default();
        page.words(format!("It turned round{at}{why}"), Tone::Warning);
    }
    if !row.held_up_by.is_empty() {
        page.words("It waits for instances that are protected or on standby:", Tone::Warning);
    }
    for id in &row.held_up_by {
        page.row(vec![Cell::text(id.clone(), Tone::Warning)], Some(Place::Thing(Subject::Instance(id.clone()))));
    }
    starter(page, ctx, row, one);
}

/// The pauses that are still to come, the one that it is in included: how long they take says nothing of those so far.
fn pauses(one: &InstanceRefresh) -> String {
    let done = one.percentage.unwrap_or(0);
    let ahead =
        one.preferences.checkpoints.iter().filter(|checkpoint| **checkpoint > done && **checkpoint < 100).count();
    let count = ahead + usize::from(one.paused_at().is_some());
    let each = about_minutes(pause(one));
    match count {
        0 => " at the pace so far".to_owned(),
        1 => format!(", and a pause of {each}"),
        count => format!(", and {count} pauses of {each}"),
    }
}

/// How long it pauses at a checkpoint: an hour where nothing else is said
/// (<https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_RefreshPreferences.html>).
fn pause(one: &InstanceRefresh) -> SignedDuration {
    SignedDuration::from_secs(one.preferences.checkpoint_delay.unwrap_or(3_600).into())
}

/// Who started it: stopping that is how it goes back.
fn starter(page: &mut Detail, ctx: &Ctx<'_>, row: &RefreshRow, one: &InstanceRefresh) {
    let held = row.execution.and_then(|at| ctx.fleet.snapshot().executions.rows.get(at));
    if let Some(run) = held {
        let cells = format!("{} · {}", automation::what(ctx, run), run.id);
        page.link("started by", Cell::text(cells, Tone::Plain), Some(Place::Thing(Subject::Execution(run.id.clone()))));
        page.field("by", automation::by(run));
    } else if !one.status.is_over() {
        page.words(
            "No execution is known to have started it: it can be taken back with the AWS CLI alone.",
            Tone::Muted,
        );
        let line = format!("aws autoscaling rollback-instance-refresh --auto-scaling-group-name {}", one.group);
        page.words(line, Tone::Muted);
    }
}

/// An estimate is worth minutes, not seconds.
fn about_minutes(left: SignedDuration) -> String {
    match (left.as_secs() + 30) / 60 {
        minutes if minutes < 1 => "a minute".to_owned(),
        minutes if minutes >= 120 => format!("{} h", (minutes + 30) / 60),
        minutes => format!("{minutes} m"),
    }
}

/// Each checkpoint, and how it stands to it.
fn checkpoints(page: &mut Detail, one: &InstanceRefresh) {
    if one.preferences.checkpoints.is_empty() {
        return;
    }
    page.heading("Checkpoints");
    // On the way back the figure falls: what was reached is what it had come to.
    let turned = one.rollback.as_ref().and_then(|back| back.percentage);
    let done = turned.or(one.percentage).unwrap_or(0);
    for percent in &one.preferences.checkpoints {
        let (word, tone) = if one.paused_at() == Some(*percent) {
            (format!("it pauses here for {}", about_minutes(pause(one))), Tone::Busy)
        } else if one.status == RefreshStatus::Successful || *percent <= done {
            ("passed".to_owned(), Tone::Muted)
        } else if one.status.is_over() || one.status.is_rollback() {
            ("never reached".to_owned(), Tone::Muted)
        } else if one.next_checkpoint() == Some(*percent) {
            ("next".to_owned(), Tone::Plain)
        } else {
            ("ahead".to_owned(), Tone::Muted)
        };
        page.row(vec![Cell::text(format!("{percent} %"), tone), Cell::text(word, tone)], None);
    }
}

/// The alarms that would stop it, and how they are now.
fn alarms(page: &mut Detail, ctx: &Ctx<'_>, one: &InstanceRefresh) {
    page.heading("Stops if");
    if one.preferences.alarms.is_empty() {
        page.words("No alarm stops it: only instances that do not become healthy do.", Tone::Muted);
    }
    for name in &one.preferences.alarms {
        let known = &ctx.fleet.snapshot().alarms.rows;
        let state = known.iter().find(|alarm| alarm.name == *name).map_or_else(Cell::unknown, alarm_state_cell);
        page.row(vec![Cell::text(name.clone(), Tone::Plain), state], Some(Place::Thing(Subject::Alarm(name.clone()))));
    }
    let back = match one.preferences.auto_rollback {
        Some(true) => "It goes back by itself then.",
        Some(false) => "It stays where it is then.",
        None => "Whether it goes back then is not told.",
    };
    page.words(back, Tone::Muted);
}

/// The group's instances by version, and in which zones they are.
fn spread(page: &mut Detail, ctx: &Ctx<'_>, row: &RefreshRow, one: &InstanceRefresh) {
    if row.spread.is_empty() {
        return;
    }
    page.heading("Spread");
    let mut zones: BTreeMap<Option<String>, BTreeMap<&str, u32>> = BTreeMap::new();
    for host in ctx.fleet.view().instances.iter().filter(|host| host.group.as_deref() == Some(&one.group)) {
        let version = ctx.fleet.member(host).and_then(|member| member.launch_template_version.clone());
        let zone = instances::zone_name(ctx, host).map_or("?", instances::short_zone);
        *zones.entry(version).or_default().entry(zone).or_default() += 1;
    }
    let all: u32 = row.spread.iter().map(|(_, count)| count).sum();
    for (version, count) in &row.spread {
        let name = version.as_ref().map_or_else(|| "no version".to_owned(), |number| format!("version {number}"));
        let wanted = version.is_some() && *version == one.version;
        let tone = if wanted { Tone::Strong } else { Tone::Plain };
        let share = Cell::new(Value::Ratio(Known::Exactly(*count), Known::Exactly(all)), tone);
        let said: Vec<String> =
            zones.get(version).into_iter().flatten().map(|(zone, count)| format!("{zone}·{count}")).collect();
        let image = image_of(ctx, version.as_deref());
        let link = image.as_ref().map(|id| Place::Thing(Subject::Image(id.clone())));
        let image = image.map_or_else(Cell::unknown, |id| Cell::text(id, Tone::Muted));
        page.row(vec![Cell::text(name, tone), share, image, Cell::text(said.join(" "), Tone::Muted)], link);
    }
}

/// The AMI of a version of a launch template.
fn image_of(ctx: &Ctx<'_>, version: Option<&str>) -> Option<String> {
    let number: u64 = version?.parse().ok()?;
    let versions = ctx.fleet.snapshot().builds.rows.versions.iter();
    versions.filter(|one| one.number == number).find_map(|one| one.image.clone())
}

fn about(page: &mut Detail, ctx: &Ctx<'_>, one: &InstanceRefresh) {
    page.heading("How");
    page.link(
        "group",
        Cell::text(one.group.clone(), Tone::Plain),
        Some(Place::Thing(Subject::Group(one.group.clone()))),
    );
    let preferences = &one.preferences;
    if let (Some(least), Some(most)) = (preferences.min_healthy, preferences.max_healthy.or(Some(100))) {
        page.field("there meanwhile", Cell::text(format!("{least} to {most} % of those wanted"), Tone::Plain));
    }
    if preferences.skip_matching == Some(true) {
        page.field("skips", Cell::text("what matches already", Tone::Plain));
    }
    for (label, word) in [("protected", &preferences.protected), ("on standby", &preferences.standby)] {
        if let Some(word) = word {
            page.field(label, Cell::text(word.to_lowercase(), Tone::Muted));
        }
    }
    if let Some(at) = one.started_at {
        page.field("started", Cell::text(moment(at), Tone::Muted));
        let to = one.ended_at.unwrap_or(ctx.now);
        let label = if one.status.is_over() { "took" } else { "so far" };
        page.field(label, Cell::age(to.duration_since(at).max(SignedDuration::ZERO), Tone::Plain));
    }
    page.field("id", Cell::text(one.id.clone(), Tone::Muted));
}

/// The group's instances, those that are still to be replaced first.
fn instances_of(page: &mut Detail, ctx: &Ctx<'_>, one: &InstanceRefresh) {
    let hosts = ctx.fleet.view().instances.iter().filter(|host| host.group.as_deref() == Some(&one.group));
    let version = |host| ctx.fleet.member(host).and_then(|member| member.launch_template_version.as_deref());
    let mut hosts: Vec<_> = hosts.map(|host| (version(host) == one.version.as_deref(), host)).collect();
    if hosts.is_empty() {
        return;
    }
    hosts.sort_by_key(|(replaced, host)| (*replaced, host.launched_at));
    page.heading("Instances");
    for (replaced, host) in hosts {
        let tone = if replaced { Tone::Plain } else { Tone::Muted };
        let number = version(host).map_or_else(Cell::unknown, |number| Cell::text(format!("version {number}"), tone));
        let zone = instances::zone_name(ctx, host).map(instances::short_zone);
        let zone = zone.map_or_else(Cell::unknown, |zone| Cell::text(zone, Tone::Muted));
        let name = Cell::text(instances::short_key(&host.key), Tone::Plain);
        let cells = vec![name, number, zone, instances::age(ctx, host), instances::status(ctx, host)];
        page.row(cells, Some(Place::Thing(Subject::Instance(host.key.clone()))));
    }
}

/// Earlier rollouts of the group, and later ones.
fn earlier(page: &mut Detail, ctx: &Ctx<'_>, one: &InstanceRefresh) {
    list(page, ctx, "Other rollouts", |other| other.group == one.group && other.id != one.id);
}

/// Lists rollouts that `wanted` holds for, each leading to its page. Without any, nothing.
pub(super) fn list(page: &mut Detail, ctx: &Ctx<'_>, title: &str, wanted: impl Fn(&InstanceRefresh) -> bool) {
    let rows = ctx.fleet.view().refreshes.iter().filter_map(|row| ctx.fleet.refresh(row));
    let found: Vec<&InstanceRefresh> = rows.filter(|one| wanted(one)).take(EARLIER).collect();
    if found.is_empty() {
        return;
    }
    page.heading(title);
    for one in found {
        let version = one
            .version
            .as_ref()
            .map_or_else(Cell::blank, |version| Cell::text(format!("version {version}"), Tone::Plain));
        let percent =
            one.percentage.map_or_else(Cell::blank, |percent| Cell::text(format!("{percent} %"), Tone::Muted));
        let ago = one.started_at.map_or_else(Cell::unknown, |at| {
            Cell::age(ctx.now.duration_since(at).max(SignedDuration::ZERO), Tone::Muted)
        });
        let reason = one.reason.clone().map_or_else(Cell::blank, |reason| Cell::text(reason, Tone::Muted));
        page.row(
            vec![version, status(one), percent, ago, reason],
            Some(Place::Thing(Subject::Refresh(one.id.clone()))),
        );
    }
}
