//! The pages of an Auto Scaling group and of a log group.

use super::{Detail, execution, refresh};
use crate::app::cell::{Cell, Tone};
use crate::app::listing::Ctx;
use crate::app::place::Place;
use crate::fleet::finding::Subject;
use crate::fleet::instance::{Group, GroupMember, LifecycleState};
use crate::fleet::view::Known;

/// The page of an Auto Scaling group.
pub(super) fn page(ctx: &Ctx<'_>, name: &str) -> Option<Detail> {
    let group = ctx.fleet.snapshot().groups.rows.iter().find(|group| group.name == name)?;
    let mut page = Detail::new("group", name, group.arn.clone());
    let about = ctx.findings_about(|subject| matches!(subject, Subject::Group(held) if held == name));
    page.findings(ctx, &about);
    execution::on(&mut page, ctx, &Subject::Group(name.to_owned()));
    refresh::list(&mut page, ctx, "Rollouts", |one| one.group == name);
    size(&mut page, group);
    page.heading("Members");
    for member in &group.members {
        page.row(member_cells(member), Some(Place::Thing(Subject::Instance(member.instance_id.clone()))));
    }
    Some(page)
}

fn size(page: &mut Detail, group: &Group) {
    page.heading("Size");
    for (label, count) in [("desired", group.desired), ("at least", group.min), ("at most", group.max)] {
        page.field(label, Cell::count(Known::Exactly(count), Tone::Plain));
    }
    if let Some(template) = &group.launch_template {
        let name = template.name.as_ref().unwrap_or(&template.id);
        page.field("launches from", Cell::text(format!("{name} version {}", template.version), Tone::Muted));
    }
    if !group.suspended_processes.is_empty() {
        page.field("suspended", Cell::text(group.suspended_processes.join(", "), Tone::Warning));
    }
}

fn member_cells(member: &GroupMember) -> Vec<Cell> {
    let busy = member.lifecycle_state != LifecycleState::InService;
    let state = Cell::text(member.lifecycle_state.as_str(), if busy { Tone::Busy } else { Tone::Muted });
    let protected = if member.protected { Cell::text("protected", Tone::Info) } else { Cell::blank() };
    vec![
        Cell::text(member.instance_id.clone(), Tone::Plain),
        state,
        Cell::text(member.health_status.clone(), Tone::Muted),
        protected,
    ]
}

/// The page of a log group.
pub(super) fn log_page(ctx: &Ctx<'_>, name: &str) -> Option<Detail> {
    let group = ctx.fleet.snapshot().log_groups.rows.iter().find(|group| group.name == name)?;
    let mut page = Detail::new("log group", name, name);
    let about = ctx.findings_about(|subject| matches!(subject, Subject::LogGroup(held) if held == name));
    page.findings(ctx, &about);
    page.heading("Settings");
    page.field(
        "keeps events",
        match group.retention_days {
            Some(days) => Cell::text(format!("{days} days"), Tone::Plain),
            None => Cell::text("for ever", Tone::Warning),
        },
    );
    page.heading("Written by");
    let rows = ctx.fleet.view().services.iter().filter(|row| row.log_groups.iter().any(|held| held == name));
    for service in rows.filter_map(|row| ctx.fleet.service(row)) {
        let place = Place::Thing(Subject::Service(service.name.clone()));
        page.link("service", Cell::text(service.name.clone(), Tone::Plain), Some(place));
    }
    Some(page)
}
