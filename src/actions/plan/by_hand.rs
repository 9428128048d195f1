//! What an action does, as AWS CLI commands: for the day when Automation itself is the fault.

use super::scene::Scene;
use super::{ByHand, rotation_by_hand, whole};
use crate::actions::catalogue::Action;
use crate::actions::command::line;
use crate::fleet::finding::Subject;

/// Container instances that one call changes at most
/// (<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateContainerInstancesState.html>).
const BATCH: usize = 10;

/// The commands, in the order in which they are to be run.
pub(super) fn of(scene: &Scene<'_>) -> Vec<ByHand> {
    let Some(action) = scene.request.action else { return Vec::new() };
    match action {
        Action::Drain => states(scene, "DRAINING", Some("ACTIVE")),
        Action::Activate => states(scene, "ACTIVE", Some("DRAINING")),
        Action::Recycle | Action::Eject => {
            let mut commands = states(scene, "DRAINING", Some("ACTIVE"));
            commands.extend(
                scene.targets.iter().filter(|row| row.key.starts_with("i-")).map(|row| terminate(scene, &row.key)),
            );
            commands
        }
        Action::Quarantine => {
            let mut commands = states(scene, "DRAINING", Some("ACTIVE"));
            commands.extend(scene.targets.iter().filter_map(|row| detach(scene, &row.key, row.group.as_deref()?)));
            commands
        }
        Action::Silence => silence(scene).into_iter().collect(),
        Action::Unsilence => unsilence(scene),
        Action::StopTask | Action::Redeploy | Action::Rollback | Action::Scale | Action::Capacity => {
            scene.request.subjects.iter().filter_map(|subject| one(scene, action, subject)).collect()
        }
        // What these do is a matter of the fleet's own automation.
        Action::Freeze | Action::Thaw => Vec::new(),
        Action::Bake | Action::Promote | Action::RollbackAmi | Action::Rollout => rotation_by_hand::of(scene, action),
    }
}

pub(super) fn with_region(scene: &Scene<'_>, words: &[&str]) -> String {
    let region = scene.evidence.snapshot.scope.region.as_str();
    line(words.iter().copied().chain(["--region", region]))
}

fn states(scene: &Scene<'_>, to: &str, back: Option<&str>) -> Vec<ByHand> {
    let arns: Vec<&str> = scene.targets.iter().filter_map(|row| Some(scene.evidence.ecs(row)?.arn.as_str())).collect();
    let command = |arns: &[&str], status: &str| {
        let cluster = scene.evidence.snapshot.scope.cluster.as_str();
        let mut words = vec!["aws", "ecs", "update-container-instances-state", "--cluster", cluster];
        words.push("--container-instances");
        words.extend(arns);
        words.extend(["--status", status]);
        with_region(scene, &words)
    };
    arns.chunks(BATCH)
        .map(|arns| ByHand { command: command(arns, to), undo: back.map(|back| command(arns, back)) })
        .collect()
}

fn terminate(scene: &Scene<'_>, id: &str) -> ByHand {
    let words = ["aws", "autoscaling", "terminate-instance-in-auto-scaling-group", "--instance-id", id];
    let words = [&words[..], &["--no-should-decrement-desired-capacity"]].concat();
    ByHand { command: with_region(scene, &words), undo: None }
}

fn detach(scene: &Scene<'_>, id: &str, group: &str) -> Option<ByHand> {
    let words = |verb| ["aws", "autoscaling", verb, "--instance-ids", id, "--auto-scaling-group-name", group];
    let detach = [&words("detach-instances")[..], &["--no-should-decrement-desired-capacity"]].concat();
    let undo = with_region(scene, &words("attach-instances"));
    id.starts_with("i-").then(|| ByHand { command: with_region(scene, &detach), undo: Some(undo) })
}

fn value<'a>(scene: &'a Scene<'_>, name: &str) -> Option<&'a str> {
    scene.request.values.get(name)?.first().map(String::as_str)
}

fn silence(scene: &Scene<'_>) -> Option<ByHand> {
    let names: Vec<&str> = scene
        .request
        .subjects
        .iter()
        .filter_map(|subject| match subject {
            Subject::Alarm(name) => Some(name.as_str()),
            _ => None,
        })
        .collect();
    let name = format!("silence-{}", value(scene, "RequestId").unwrap_or("by-hand"));
    let minute = scene.request.now.strftime("%Y-%m-%dT%H:%M").to_string();
    let starts_at = value(scene, "StartsAt").unwrap_or(&minute);
    let duration = value(scene, "Duration").unwrap_or("PT30M");
    let schedule = serde_json::json!({
        "Schedule": { "Expression": format!("at({starts_at})"), "Duration": duration, "Timezone": "UTC" }
    });
    let (rule, targets) = (schedule.to_string(), serde_json::json!({ "AlarmNames": names }).to_string());
    let words =
        ["aws", "cloudwatch", "put-alarm-mute-rule", "--name", &name, "--rule", &rule, "--mute-targets", &targets];
    (!names.is_empty()).then(|| ByHand { command: with_region(scene, &words), undo: Some(delete(scene, &name)) })
}

fn delete(scene: &Scene<'_>, rule: &str) -> String {
    with_region(scene, &["aws", "cloudwatch", "delete-alarm-mute-rule", "--alarm-mute-rule-name", rule])
}

fn unsilence(scene: &Scene<'_>) -> Vec<ByHand> {
    let rules = scene.request.values.get("RuleName").map(Vec::as_slice).unwrap_or_default();
    rules.iter().map(|rule| ByHand { command: delete(scene, rule), undo: None }).collect()
}

fn one(scene: &Scene<'_>, action: Action, subject: &Subject) -> Option<ByHand> {
    let snapshot = scene.evidence.snapshot;
    let cluster = snapshot.scope.cluster.as_str();
    let update = |service: &str, words: &[&str]| {
        let start = ["aws", "ecs", "update-service", "--cluster", cluster, "--service", service];
        with_region(scene, &[&start[..], words].concat())
    };
    match (action, subject) {
        (Action::StopTask, Subject::Task(arn)) => {
            let words = ["aws", "ecs", "stop-task", "--cluster", cluster, "--task", arn];
            Some(ByHand { command: with_region(scene, &words), undo: None })
        }
        (Action::Redeploy, Subject::Service(name)) => {
            Some(ByHand { command: update(name, &["--force-new-deployment"]), undo: None })
        }
        (Action::Rollback, Subject::Service(name)) => {
            let service = scene.service(name)?;
            let before =
                service.deployments.iter().skip(1).find(|one| one.task_definition != service.task_definition)?;
            let to = |definition: &str| update(name, &["--task-definition", definition]);
            Some(ByHand { command: to(&before.task_definition), undo: Some(to(&service.task_definition)) })
        }
        (Action::Scale, Subject::Service(name)) => {
            let count = whole(scene.request.values, &["DesiredCount", "Count", "Tasks"])?;
            let to = |count: usize| update(name, &["--desired-count", &count.to_string()]);
            let now = scene.service(name)?.desired as usize;
            Some(ByHand { command: to(count), undo: Some(to(now)) })
        }
        (Action::Capacity, Subject::Group(name)) => {
            let count = whole(scene.request.values, &["DesiredCapacity", "Desired", "Capacity", "Count"])?;
            let now = snapshot.groups.rows.iter().find(|group| group.name == *name)?.desired as usize;
            let to = |count: usize| {
                let words = ["aws", "autoscaling", "set-desired-capacity", "--auto-scaling-group-name", name];
                with_region(scene, &[&words[..], &["--desired-capacity", &count.to_string()]].concat())
            };
            Some(ByHand { command: to(count), undo: Some(to(now)) })
        }
        _ => None,
    }
}
