//! What belongs to a thing, as a filter over another list.

use super::listing::Ctx;
use super::place::Screen;
use super::screens::{instances, target_group_name};
use crate::fleet::finding::Subject;

/// A filter that leaves those rows of `screen` that belong to `subject`; `None`: nothing is known to.
pub(super) fn filter(ctx: &Ctx<'_>, subject: &Subject, screen: Screen) -> Option<String> {
    match subject {
        Subject::Instance(key) if screen == Screen::Images => image_of(ctx, key),
        Subject::Instance(key) => of_instance(instances::short_key(key), screen),
        Subject::Service(name) => of_service(ctx, name, screen),
        Subject::Task(arn) => of_task(ctx, arn, screen),
        Subject::Group(name) => match screen {
            Screen::Instances => Some(format!("group:{name}")),
            Screen::Automation => Some(format!("target:{name}")),
            _ => None,
        },
        Subject::TargetGroup(arn) => of_target_group(target_group_name(arn), screen),
        Subject::Target { group, target, port } => of_target(ctx, (group, target, *port), screen),
        Subject::Alarm(name) => of_alarm(ctx, name, screen),
        Subject::Execution(id) => of_execution(ctx, id, screen),
        Subject::Image(id) => of_image(id, screen),
        Subject::Fleet | Subject::LogGroup(_) | Subject::Refresh(_) => None,
    }
}

fn of_instance(id: &str, screen: Screen) -> Option<String> {
    match screen {
        Screen::Instances => Some(format!("id:{id}")),
        Screen::Tasks | Screen::Targets => Some(format!("instance:{id}")),
        Screen::Bridge => Some(format!("subject:{id}")),
        Screen::Automation => Some(format!("target:{id}")),
        Screen::Services | Screen::Alarms | Screen::Logs | Screen::Images => None,
    }
}

/// The AMI that an instance runs.
fn image_of(ctx: &Ctx<'_>, key: &str) -> Option<String> {
    let row = ctx.fleet.view().instances.iter().find(|row| row.key == key)?;
    Some(format!("id:{}", row.image.id.as_ref()?))
}

fn of_image(id: &str, screen: Screen) -> Option<String> {
    match screen {
        Screen::Images => Some(format!("id:{id}")),
        Screen::Instances => Some(format!("image:{id}")),
        Screen::Automation => Some(format!("target:{id}")),
        _ => None,
    }
}

/// The rows that an execution is about, or itself.
fn of_execution(ctx: &Ctx<'_>, id: &str, screen: Screen) -> Option<String> {
    if screen == Screen::Automation {
        return Some(format!("id:{id}"));
    }
    ctx.fleet.execution_row(id)?.subjects.iter().find_map(|subject| filter(ctx, subject, screen))
}

fn of_service(ctx: &Ctx<'_>, name: &str, screen: Screen) -> Option<String> {
    match screen {
        Screen::Services => Some(format!("name:{name}")),
        Screen::Tasks | Screen::Targets | Screen::Logs => Some(format!("service:{name}")),
        Screen::Bridge => Some(format!("subject:{name}")),
        Screen::Alarms => alarm_about(ctx, &Subject::Service(name.to_owned())),
        Screen::Automation => Some(format!("target:{name}")),
        Screen::Instances | Screen::Images => None,
    }
}

fn of_task(ctx: &Ctx<'_>, arn: &str, screen: Screen) -> Option<String> {
    let task = ctx.fleet.snapshot().tasks.rows.iter().find(|task| task.arn == arn)?;
    match screen {
        Screen::Tasks => Some(format!("id:{}", task.id())),
        Screen::Instances => {
            of_instance(instances::short_key(ctx.host_key(task.container_instance_arn.as_deref()?)), screen)
        }
        Screen::Services | Screen::Targets | Screen::Logs => of_service(ctx, task.service()?, screen),
        Screen::Automation => Some(format!("target:{}", task.id())),
        Screen::Images => image_of(ctx, ctx.host_key(task.container_instance_arn.as_deref()?)),
        Screen::Bridge | Screen::Alarms => None,
    }
}

fn of_target_group(name: &str, screen: Screen) -> Option<String> {
    (screen == Screen::Targets).then(|| format!("group:{name}"))
}

fn of_target(ctx: &Ctx<'_>, (group, target, port): (&str, &str, Option<u16>), screen: Screen) -> Option<String> {
    let groups = &ctx.fleet.snapshot().targets.rows;
    let row = ctx.fleet.view().targets.iter().find(|row| {
        groups.get(row.target_group).filter(|held| held.arn == group).is_some_and(|held| {
            held.targets.rows.get(row.target).is_some_and(|held| held.id == target && held.port == port)
        })
    })?;
    match screen {
        Screen::Targets => Some(format!("group:{}", target_group_name(group))),
        Screen::Instances => of_instance(instances::short_key(row.instance.as_deref()?), screen),
        Screen::Tasks => Some(format!("id:{}", ctx.fleet.task(row.task?)?.id())),
        Screen::Services | Screen::Logs => of_service(ctx, ctx.fleet.task(row.task?)?.service()?, screen),
        Screen::Bridge | Screen::Alarms | Screen::Automation | Screen::Images => None,
    }
}

fn of_alarm(ctx: &Ctx<'_>, name: &str, screen: Screen) -> Option<String> {
    match screen {
        Screen::Alarms => return Some(format!("name:{name}")),
        Screen::Automation => return Some(format!("target:{name}")),
        _ => {}
    }
    let alarms = &ctx.fleet.snapshot().alarms.rows;
    let row =
        ctx.fleet.view().alarms.iter().find(|row| alarms.get(row.alarm).is_some_and(|alarm| alarm.name == name))?;
    row.subjects
        .iter()
        .filter(|subject| !matches!(subject, Subject::Alarm(_)))
        .find_map(|subject| filter(ctx, subject, screen))
}

/// The first alarm that watches a thing, by name.
fn alarm_about(ctx: &Ctx<'_>, subject: &Subject) -> Option<String> {
    let row = ctx.fleet.view().alarms.iter().find(|row| row.subjects.contains(subject))?;
    let alarm = ctx.fleet.snapshot().alarms.rows.get(row.alarm)?;
    Some(format!("name:{}", alarm.name))
}
