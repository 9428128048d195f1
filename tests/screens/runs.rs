//! Executions of runbooks for the fleet with a story.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use quarterdeck::fleet::execution::{Details, Execution, ExecutionStatus, Progress, Step};
use quarterdeck::fleet::fixture;
use quarterdeck::fleet::freeze::Freeze;
use quarterdeck::fleet::runbook::{Parameter, Runbook};

use crate::fixture::{Story, instance_id, now};

fn ago(seconds: i64) -> Timestamp {
    now() - SignedDuration::from_secs(seconds)
}

/// Documents of the fleet's own, and one that a team has tagged.
pub fn runbooks() -> Vec<Runbook> {
    let names = ["DrainInstance", "RecycleInstance", "RollbackDeployment", "RotateCertificates", "SilenceAlarm"];
    names.into_iter().chain(["BakeAmi", "PromoteAmi", "RollbackAmi", "RolloutFleet"]).map(runbook).collect()
}

fn runbook(name: &str) -> Runbook {
    let own: &[(&str, &str, &str)] = match name {
        "SilenceAlarm" => &[
            ("AlarmNames", "StringList", "Names of the alarms."),
            ("StartsAt", "String", "When the silence begins."),
            ("Duration", "String", "How long it lasts."),
        ],
        "DrainInstance" | "RecycleInstance" => &[("InstanceId", "String", "EC2 id of the instance.")],
        "BakeAmi" | "RollbackAmi" => &[],
        "PromoteAmi" => &[("ImageId", "AWS::EC2::Image::Id", "The AMI.")],
        "RolloutFleet" => return rollout(),
        "RollbackDeployment" => &[("Service", "String", "Name of the service.")],
        _ => &[("Certificate", "String", "Which certificate.")],
    };
    let asked = [
        ("Cluster", "String", "Name of the cluster."),
        ("RequestedBy", "String", "Who asks for it."),
        ("Reason", "String", "Why, for those who wonder later."),
        ("RequestId", "String", "What makes this request one and the same."),
    ];
    let parameter = |(name, kind, description): &(&str, &str, &str)| Parameter {
        name: (*name).to_owned(),
        kind: (*kind).to_owned(),
        description: Some((*description).to_owned()),
        ..Parameter::default()
    };
    Runbook {
        name: name.to_owned(),
        version: "1".to_owned(),
        parameters: own.iter().chain(&asked).map(parameter).collect(),
        ..Runbook::default()
    }
}

/// What the rollout asks for, each with what holds where nothing is said.
fn rollout() -> Runbook {
    let mut runbook = runbook("RollbackAmi");
    let asked = [
        ("Version", "String", "promoted"),
        ("FirstCheckpoint", "String", "20"),
        ("SecondCheckpoint", "String", "50"),
        ("CheckpointDelay", "String", "600"),
        ("AutoRollback", "String", "true"),
    ];
    let parameter = |(name, kind, default): (&str, &str, &str)| Parameter {
        name: name.to_owned(),
        kind: kind.to_owned(),
        description: Some("How it goes about it.".to_owned()),
        default: Some(default.split(',').map(str::to_owned).collect()),
        ..Parameter::default()
    };
    runbook.name = "RolloutFleet".to_owned();
    runbook.parameters.extend(asked.map(parameter));
    runbook
}

/// A freeze with two more hours to go.
pub fn freeze() -> Freeze {
    Freeze {
        until: Some(now() + SignedDuration::from_hours(2)),
        by: Some("ada".to_owned()),
        why: Some("launch of the spring sale".to_owned()),
        request_id: None,
    }
}

/// What the automation did and does: all well, or with one of everything that can be the matter.
pub fn executions(story: Story) -> Vec<Execution> {
    let mut runs = vec![silence(), image()];
    if story == Story::Troubled {
        runs.extend([drain(), recycle(), approval(), parent(), child(1), child(2), unread()]);
    }
    runs.sort_by_key(|one| std::cmp::Reverse(one.started_at));
    runs
}

pub fn run(number: u32, document: &str, status: ExecutionStatus, (from, to): (i64, Option<i64>)) -> Execution {
    Execution {
        version: Some("1".to_owned()),
        mode: Some("Auto".to_owned()),
        started_at: Some(ago(from)),
        ended_at: to.map(ago),
        started_by: Some("arn:aws:sts::111122223333:assumed-role/OnCall/ada".to_owned()),
        ..fixture::execution(&format!("{number:08x}-5e1d-4c3b-9a2f-0123456789ab"), document, status)
    }
}

pub fn told(one: &mut Execution, parameters: &[(&str, &str)]) {
    let details = one.details.get_or_insert_default();
    let fixed = [("Cluster", "prod"), ("RequestId", "6d0ecf83")];
    for (name, value) in parameters.iter().chain(&fixed) {
        details.parameters.insert((*name).to_owned(), vec![(*value).to_owned()]);
    }
}

fn step(name: &str, action: &str, status: ExecutionStatus, (from, to): (i64, Option<i64>)) -> Step {
    let begun = status != ExecutionStatus::Pending;
    Step {
        id: name.to_owned(),
        action: action.to_owned(),
        started_at: begun.then(|| ago(from)),
        ended_at: to.filter(|_| begun).map(ago),
        ..fixture::step(name, status)
    }
}

pub fn call(name: &str, from: i64) -> Step {
    step(name, "aws:executeAwsApi", ExecutionStatus::Success, (from, Some(from - 2)))
}

pub fn pending(name: &str, action: &str) -> Step {
    step(name, action, ExecutionStatus::Pending, (0, None))
}

fn silence() -> Execution {
    let mut one = run(0x51, "SilenceAlarm", ExecutionStatus::Success, (9_000, Some(8_990)));
    told(&mut one, &[("AlarmNames", "prod-api-5xx"), ("RequestedBy", "ada"), ("Reason", "deploying api")]);
    one.details.as_mut().unwrap().steps = vec![call("findAlarms", 9_000), call("mute", 8_995)];
    one
}

/// Not the fleet's own, started by a schedule.
fn image() -> Execution {
    let mut one = run(0x52, "AWS-UpdateLinuxAmi", ExecutionStatus::Success, (21_000, Some(19_200)));
    one.started_by = Some("arn:aws:sts::111122223333:assumed-role/Scheduler/bake".to_owned());
    one
}

/// Empties the first instance.
fn drain() -> Execution {
    let mut one = run(0xd1, "DrainInstance", ExecutionStatus::InProgress, (540, None));
    let about = instance_id(0);
    told(&mut one, &[("InstanceId", &about), ("RequestedBy", "ada"), ("Reason", "disk errors in its console")]);
    let mut wait = step("waitForRunning", "aws:waitForAwsResourceProperty", ExecutionStatus::InProgress, (530, None));
    wait.inputs = BTreeMap::from([
        ("Api".to_owned(), "\"DescribeContainerInstances\"".to_owned()),
        ("DesiredValues".to_owned(), "[\"0\"]".to_owned()),
    ]);
    let mut found = call("find", 540);
    found.outputs = BTreeMap::from([("ContainerInstance".to_owned(), vec!["arn:aws:ecs:…/c0ffee".to_owned()])]);
    one.details.as_mut().unwrap().steps = vec![
        found,
        call("drain", 536),
        wait,
        pending("waitForPending", "aws:waitForAwsResourceProperty"),
        pending("waitForStopping", "aws:loop"),
    ];
    one.current_step = Some("waitForRunning".to_owned());
    one
}

fn recycle() -> Execution {
    let mut one = run(0xf1, "RecycleInstance", ExecutionStatus::Failed, (2_400, Some(1_200)));
    let about = instance_id(3);
    told(&mut one, &[("InstanceId", &about), ("RequestedBy", "grace"), ("Reason", "past its age")]);
    let mut failed =
        step("notSuspended", "aws:assertAwsResourceProperty", ExecutionStatus::Failed, (2_390, Some(1_200)));
    failed.failure = Some("Expected value is 0, but the property is 1.".to_owned());
    one.failure = Some("Step fails when it is validating and executing the step.".to_owned());
    one.details.as_mut().unwrap().steps = vec![call("find", 2_400), failed, pending("drain", "aws:executeAwsApi")];
    one
}

fn approval() -> Execution {
    let mut one = run(0xa1, "RollbackDeployment", ExecutionStatus::Waiting, (300, None));
    told(&mut one, &[("Service", "worker"), ("RequestedBy", "linus"), ("Reason", "tasks fail since 41")]);
    let wait = step("agree", "aws:approve", ExecutionStatus::Waiting, (290, None));
    one.details.as_mut().unwrap().steps = vec![call("find", 300), wait, pending("rollBack", "aws:executeAwsApi")];
    one
}

/// One after the other.
fn parent() -> Execution {
    let mut one = run(0xc0, "DrainInstance", ExecutionStatus::InProgress, (1_000, None));
    told(&mut one, &[("RequestedBy", "grace"), ("Reason", "zone moves")]);
    let details = one.details.as_mut().unwrap();
    details.target_parameter = Some("InstanceId".to_owned());
    details.targets = [4, 5, 6].map(instance_id).into();
    details.progress = Some(Progress { total: 3, success: 1, ..Progress::default() });
    one
}

fn child(number: u32) -> Execution {
    let over = number == 1;
    let status = if over { ExecutionStatus::Success } else { ExecutionStatus::InProgress };
    let mut one = run(0xc0 + number, "DrainInstance", status, (1_000 / i64::from(number), over.then_some(520)));
    one.parent = Some(parent().id);
    one.target = Some(instance_id(3 + number as usize));
    told(&mut one, &[("InstanceId", &instance_id(3 + number as usize))]);
    one.details.as_mut().unwrap().steps = vec![call("find", 480), pending("drain", "aws:executeAwsApi")];
    one
}

/// Its details are still to be read.
fn unread() -> Execution {
    Execution {
        details: None::<Details>,
        current_step: Some("launch".to_owned()),
        ..run(0xee, "RotateCertificates", ExecutionStatus::InProgress, (60, None))
    }
}
