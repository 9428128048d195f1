//! The rule about tasks that no instance takes.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::evidence::Evidence;
use super::obstacle::{Demand, Obstacle, Survey};
use super::words::{plural, short, span};
use crate::fleet::finding::{Finding, Rule, Severity, Subject};
use crate::fleet::service::Service;
use crate::fleet::task::{Task, TaskStatus};

/// Characters of ECS's own words that a cause has room for.
const REASON: usize = 120;

/// Tasks with one demand that wait for an instance, or whose service says that it cannot place any.
struct Waiting<'a> {
    subject: Subject,
    task_definition: &'a str,
    service: Option<&'a Service>,
    tasks: usize,
    since: Option<Timestamp>,
    /// What ECS says of it.
    event: Option<&'a str>,
}

/// Names what rejects a task on how many instances, from what it asks and what is left; and what ECS says where that differs.
pub(super) fn unplaceable(evidence: &Evidence<'_>, findings: &mut Vec<Finding>) {
    for waiting in services(evidence).chain(standalone(evidence)) {
        let running = waiting.service.map(|service| service.running);
        let severity = if running == Some(0) { Severity::Critical } else { Severity::Warning };
        let cause = format!("{}{}", waiting_words(evidence, &waiting), obstacle_words(evidence, &waiting));
        findings.push(
            Finding::new(Rule::TaskUnplaceable, severity, waiting.subject, cause)
                .advise("Add instances that can take the task, or ask for less in its task definition.")
                .since(waiting.since),
        );
    }
}

fn waiting_words(evidence: &Evidence<'_>, waiting: &Waiting<'_>) -> String {
    let lasting = waiting.since.map(|since| format!(" for {}", span(evidence.ago(since)))).unwrap_or_default();
    match waiting.tasks {
        0 => "no place for another task".to_owned(),
        1 => format!("1 task waits for a place{lasting}"),
        count => format!("{} wait for a place{lasting}", plural(count, "task")),
    }
}

/// Services with tasks that wait too long, or with an event of late that says so.
fn services<'a>(evidence: &'a Evidence<'a>) -> impl Iterator<Item = Waiting<'a>> {
    evidence.active_services().filter_map(|(row, service)| {
        let tasks: Vec<&Task> = evidence.tasks(&row.tasks).filter(|task| waits(evidence, task)).collect();
        let event = placement_event(evidence, service);
        if tasks.is_empty() && event.is_none() {
            return None;
        }
        let definition = tasks.first().map_or(service.task_definition.as_str(), |task| &task.task_definition);
        Some(Waiting {
            subject: Subject::Service(service.name.clone()),
            task_definition: definition,
            service: Some(service),
            tasks: tasks.len(),
            since: tasks.iter().filter_map(|task| task.created_at).min(),
            event,
        })
    })
}

/// Tasks that no service keeps; those of one definition and one starter are one finding, about the oldest.
fn standalone<'a>(evidence: &'a Evidence<'a>) -> impl Iterator<Item = Waiting<'a>> {
    let mut by_kind: BTreeMap<(&str, Option<&str>), Vec<&Task>> = BTreeMap::new();
    for task in evidence.snapshot.tasks.rows.iter().filter(|task| task.service().is_none() && waits(evidence, task)) {
        by_kind.entry((&task.task_definition, task.started_by.as_deref())).or_default().push(task);
    }
    by_kind.into_iter().filter_map(|((task_definition, _), tasks)| {
        let oldest = tasks.iter().min_by_key(|task| (task.created_at, &task.arn))?;
        Some(Waiting {
            subject: Subject::Task(oldest.arn.clone()),
            task_definition,
            service: None,
            tasks: tasks.len(),
            since: oldest.created_at,
            event: None,
        })
    })
}

/// Whether the task has waited for an instance for longer than it should. A task of Fargate needs none.
fn waits(evidence: &Evidence<'_>, task: &Task) -> bool {
    let unplaced = task.container_instance_arn.is_none()
        && matches!(task.last_status, TaskStatus::Provisioning | TaskStatus::Pending)
        && task.wanted()
        && matches!(task.launch_type.as_deref(), None | Some("EC2"));
    unplaced && task.created_at.is_some_and(|at| evidence.ago(at) > evidence.policy.place_within)
}

/// What a service's newest word on placement says, if it is of late and it could not place a task. Events come newest first.
fn placement_event<'a>(evidence: &Evidence<'_>, service: &'a Service) -> Option<&'a str> {
    if service.running >= service.desired {
        return None;
    }
    let about_placement =
        |message: &str| ["unable to place", "has started", "steady state"].iter().any(|words| message.contains(words));
    let newest = service.events.iter().find(|event| about_placement(&event.message))?;
    let fresh = newest.at.is_some_and(|at| evidence.ago(at) <= evidence.policy.recent);
    (fresh && newest.message.contains("unable to place")).then_some(reason_of(&newest.message))
}

/// The part of an event that says why.
fn reason_of(message: &str) -> &str {
    let why = message.split_once(" because ").map_or(message, |(_, why)| why);
    let why = why.split_once("For more information").map_or(why, |(why, _)| why);
    let why = why
        .strip_prefix("no container instance met all of its requirements. ")
        .filter(|why| !why.is_empty())
        .unwrap_or(why);
    why.trim_end_matches([' ', '.', ','])
}

/// Why, computed where everything was read that it takes, else as ECS says it.
fn obstacle_words(evidence: &Evidence<'_>, waiting: &Waiting<'_>) -> String {
    let says = waiting.event.map(|event| format!("ECS says: {}", short(event, REASON)));
    let readable = evidence.snapshot.container_instances.complete();
    let definition = evidence.task_definition(waiting.task_definition).filter(|_| readable);
    let Some(definition) = definition else {
        return says.map(|says| format!("; {says}")).unwrap_or_default();
    };
    let demand = Demand::of(definition, waiting.service);
    let survey = Survey::of(evidence, &demand);
    let computed = if survey.asked == 0 {
        "no instance is ACTIVE with its agent connected".to_owned()
    } else if survey.willing == 0 {
        survey.words(definition)
    } else {
        let unjudged = survey.unjudged.as_ref().map(|text| format!(", constraint `{text}` aside")).unwrap_or_default();
        format!("{} of {} would take it{unjudged}", survey.willing, plural(survey.asked, "instance"))
    };
    match (says, waiting.event) {
        (Some(says), Some(event)) if !agrees(&survey, event) => format!(": {computed}; {says}"),
        _ => format!(": {computed}"),
    }
}

/// Whether what ECS says is among what was computed.
fn agrees(survey: &Survey, event: &str) -> bool {
    let event = event.to_lowercase();
    let found = |is: fn(&Obstacle) -> bool| survey.willing == 0 && survey.obstacles.keys().any(is);
    if event.contains("memory") {
        found(|obstacle| *obstacle == Obstacle::Memory)
    } else if event.contains("cpu") {
        found(|obstacle| *obstacle == Obstacle::Cpu)
    } else if event.contains(" port") {
        found(|obstacle| matches!(obstacle, Obstacle::Port(_)))
    } else if event.contains(" eni") || event.contains("network interface") {
        found(|obstacle| *obstacle == Obstacle::Eni)
    } else if event.contains("attribute") || event.contains("constraint") {
        found(|obstacle| matches!(obstacle, Obstacle::Attribute(_) | Obstacle::Zone | Obstacle::Constraint(_)))
    } else if event.contains("no container instances") {
        survey.asked == 0
    } else {
        survey.willing == 0
    }
}
