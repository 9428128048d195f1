//! The pages of a target group and of one target.

use super::Detail;
use crate::app::cell::{Cell, Tone, Value};
use crate::app::listing::Ctx;
use crate::app::place::Place;
use crate::app::screens::{instances, target_cells, target_state_cell};
use crate::fleet::finding::Subject;
use crate::fleet::target::{Target, TargetGroup};
use crate::fleet::view::TargetRow;

fn group_of<'a>(ctx: &Ctx<'a>, arn: &str) -> Option<(usize, &'a TargetGroup)> {
    ctx.fleet.snapshot().targets.rows.iter().enumerate().find(|(_, group)| group.arn == arn)
}

/// The page of a target group.
pub(super) fn group_page(ctx: &Ctx<'_>, arn: &str) -> Option<Detail> {
    let (_, group) = group_of(ctx, arn)?;
    let mut page = Detail::new("target group", group.name.clone(), arn);
    let about = ctx.findings_about(|subject| matches!(subject, Subject::TargetGroup(held) if held == arn));
    page.findings(ctx, &about);
    if let Some(failure) = &group.targets.failure {
        page.heading("Could not read its targets");
        page.words(format!("{}: {}", failure.operation, failure.message), Tone::Warning);
    }
    settings(&mut page, group);
    services(&mut page, ctx, arn);
    page.heading("Targets");
    if !group.targets.known() {
        page.words("Not read yet.", Tone::Muted);
    }
    for target in &group.targets.rows {
        page.row(target_cells(group, target), Some(Place::Thing(subject(group, target))));
    }
    Some(page)
}

fn subject(group: &TargetGroup, target: &Target) -> Subject {
    Subject::Target { group: group.arn.clone(), target: target.id.clone(), port: target.port }
}

fn settings(page: &mut Detail, group: &TargetGroup) {
    page.heading("Settings");
    let port = group.port.map_or_else(String::new, |port| format!(" {port}"));
    page.field("protocol", Cell::maybe(group.protocol.as_ref().map(|protocol| format!("{protocol}{port}"))));
    // Of a group that could not be described nothing but its ARN is known.
    let described = !group.target_type.as_str().is_empty();
    let known = |cell: Cell| if described { cell } else { Cell::unknown() };
    page.field("target type", known(Cell::text(group.target_type.as_str(), Tone::Muted)));
    page.field("health check", Cell::maybe(group.health_check_path.clone()));
    for arn in &group.load_balancer_arns {
        let name = arn.rsplit('/').nth(1).unwrap_or(arn);
        page.field("load balancer", Cell::text(name, Tone::Plain));
    }
    if group.load_balancer_arns.is_empty() {
        page.field("load balancer", known(Cell::text("none uses it", Tone::Muted)));
    }
}

fn services(page: &mut Detail, ctx: &Ctx<'_>, arn: &str) {
    let services = ctx.fleet.snapshot().services.rows.iter();
    for service in services.filter(|service| service.load_balancers.iter().any(|lb| lb.target_group_arn == arn)) {
        let place = Place::Thing(Subject::Service(service.name.clone()));
        page.link("service", Cell::text(service.name.clone(), Tone::Plain), Some(place));
    }
}

/// The page of one target.
pub(super) fn page(ctx: &Ctx<'_>, group: &str, target: &str, port: Option<u16>) -> Option<Detail> {
    let (position, group) = group_of(ctx, group)?;
    let held = group.targets.rows.iter().position(|held| held.id == target && held.port == port)?;
    let row = ctx.fleet.view().targets.iter().find(|row| row.target_group == position && row.target == held)?;
    let held = group.targets.rows.get(held)?;
    let name = port.map_or_else(|| target.to_owned(), |port| format!("{target}:{port}"));
    let mut page = Detail::new("target", name, target);
    page.findings(ctx, &row.findings);
    page.heading("Health");
    page.field(
        "state",
        match target_state_cell(held) {
            cell if cell.value == Value::Blank => Cell::text(held.state.as_str(), Tone::Plain),
            cell => cell,
        },
    );
    if let Some(reason) = &held.reason {
        page.field("reason", Cell::text(reason.clone(), Tone::Plain));
    }
    if let Some(words) = &held.description {
        page.words(words.clone(), Tone::Muted);
    }
    leads(&mut page, ctx, row, group);
    settings(&mut page, group);
    Some(page)
}

fn leads(page: &mut Detail, ctx: &Ctx<'_>, row: &TargetRow, group: &TargetGroup) {
    page.heading("Leads to");
    let place = Place::Thing(Subject::TargetGroup(group.arn.clone()));
    page.link("target group", Cell::text(group.name.clone(), Tone::Plain), Some(place));
    if let Some(key) = &row.instance {
        let place = Place::Thing(Subject::Instance(key.clone()));
        page.link("instance", Cell::text(instances::short_key(key), Tone::Plain), Some(place));
    }
    if let Some(task) = row.task.and_then(|position| ctx.fleet.task(position)) {
        let place = Place::Thing(Subject::Task(task.arn.clone()));
        page.link("task", Cell::text(task.id(), Tone::Plain), Some(place));
        if let Some(name) = task.service() {
            let place = Place::Thing(Subject::Service(name.to_owned()));
            page.link("service", Cell::text(name, Tone::Plain), Some(place));
        }
    }
}
