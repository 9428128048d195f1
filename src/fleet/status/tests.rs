//! The document and its text.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{SCHEMA, Status, json_schema, text};
use crate::fleet::finding::Severity;
use crate::fleet::fixture::{Fixture, failure};
use crate::fleet::freeze::Freeze;
use crate::fleet::promotion::Promotion;
use crate::fleet::reading::{FailureKind, Missing, Panel, PanelState, Reading};
use crate::fleet::refresh::{InstanceRefresh, RefreshPreferences};
use crate::fleet::schedule::{Duty, Schedule};
use crate::fleet::scope::Scope;
use crate::fleet::view::Fleet;

fn status(fixture: &Fixture) -> Status {
    Status::of(&fixture.fleet(), fixture.now)
}

fn document(fixture: &Fixture) -> Value {
    serde_json::to_value(status(fixture)).unwrap()
}

#[test]
fn a_healthy_fleet() {
    let fixture = Fixture::healthy(2);
    let document = document(&fixture);
    assert_eq!(document["schema"], SCHEMA);
    assert_eq!(document["at"], "2026-01-01T00:00:00Z");
    assert_eq!(
        document["fleet"],
        json!({"cluster": "prod", "account": "111122223333", "account_alias": "acme-prod", "region": "eu-west-1"})
    );
    assert_eq!(document["complete"], true);
    assert_eq!(document["findings"], json!([]));
    assert_eq!(
        document["instances"][1],
        json!({
            "id": fixture.ec2_instances[1].id,
            "container_instance_arn": fixture.container_instances[1].arn,
            "ami_id": "ami-3", "ami_name": "base-20251231-1200", "ami_builds_behind": 0, "ami_days_behind": 0,
            "age_seconds": 18_000, "agent_connected": true, "agent_version": "1.91.0", "status": "ACTIVE",
            "lifecycle_state": "InService", "ec2_state": "running", "running_tasks": 2, "pending_tasks": 0,
            "availability_zone": "eu-west-1b", "instance_type": "m7i.xlarge", "auto_scaling_group": "prod-web",
            "cpu_registered": 4096, "cpu_remaining": 3072, "memory_registered": 15000, "memory_remaining": 12952,
            "targets_healthy": 2, "targets_total": 2, "findings": [],
        })
    );
    assert_eq!(
        document["services"][0]["deployments"],
        json!([{
            "id": "ecs-svc/api-1", "status": "PRIMARY", "rollout_state": "COMPLETED", "desired": 2, "running": 2,
            "pending": 0, "failed_tasks": 0, "task_definition": fixture.services[0].task_definition,
        }])
    );
    assert_eq!(
        document["target_groups"][1]["targets"][0],
        json!({"id": fixture.ec2_instances[0].id, "port": 32768, "state": "healthy", "reason": null, "findings": []})
    );
    assert_eq!(
        document["alarms"][0],
        json!({
            "name": "api-memory", "state": "OK", "since": "2025-12-30T18:00:00Z", "has_actions": true,
            "silenced_until": null, "findings": [],
        })
    );
    let panel = json!({"state": "live", "read_at": "2026-01-01T00:00:00Z", "error": null, "missing": []});
    assert!(Panel::ALL.iter().all(|each| document["panels"][each.name()] == panel));
    assert_eq!(status(&fixture).exit_code(Severity::Info), 0);
}

#[test]
fn findings_stand_at_what_they_are_about() {
    let mut fixture = Fixture::healthy(2);
    fixture.ec2_instances[1].key_name = Some("ada".to_owned());
    fixture.ec2_instances[1].image_id = Some("ami-2".to_owned());
    fixture.mutes = vec![fixture.mute("prod-cpu")];
    fixture.log_groups[1].retention_days = None;
    let document = document(&fixture);
    assert_eq!(document["instances"][0]["findings"], json!([]));
    assert_eq!(document["instances"][1]["findings"], json!(["ami-behind", "key-pair"]));
    assert_eq!(document["services"][1]["findings"], json!(["log-group-without-retention"]));
    assert_eq!(document["alarms"][1]["silenced_until"], "2026-01-01T01:00:00Z");
    assert_eq!(
        document["findings"][0],
        json!({
            "rule": "key-pair", "severity": "warning",
            "subject": {"kind": "instance", "id": fixture.ec2_instances[1].id},
            "cause": "launched with key pair ada",
            "remedy": {"advice": "Take the key pair out of the launch template and recycle the instance."},
            "since": null,
        })
    );
}

/// Every number below `value`, by path.
fn numbers(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Number(number) => found.push(format!("{path} {number}")),
        Value::Array(items) => items.iter().for_each(|item| numbers(item, path, found)),
        Value::Object(members) => {
            members.iter().for_each(|(name, item)| numbers(item, &format!("{path}.{name}"), found))
        }
        _ => {}
    }
}

#[test]
fn what_was_not_read_is_null_and_never_zero() {
    let fixture = Fixture::healthy(2);
    let scope = Scope { cluster: "prod".to_owned(), region: "eu-west-1".to_owned() };
    let nothing = Status::of(&Fleet::new(scope, 1, fixture.policy.clone()), fixture.now);
    let mut found = Vec::new();
    numbers(&serde_json::to_value(&nothing).unwrap(), "", &mut found);
    assert_eq!(found, Vec::<String>::new());
    assert_eq!(nothing.fleet.account, None);
    assert!(nothing.panels.values().all(|panel| panel.state == PanelState::Loading));
    let words = text(&nothing).replace("eu-west-1", "").replace("ec2_instances", "");
    assert!(!words.contains(|c: char| c.is_ascii_digit()), "{words}");

    let mut fixture = Fixture::healthy(1);
    fixture.unread.extend([Panel::ContainerInstances, Panel::Images, Panel::Tasks]);
    fixture.targets[0].targets = Reading { failure: Some(failure(Panel::Targets)), ..Reading::default() };
    let document = document(&fixture);
    let instance = &document["instances"][0];
    for member in
        ["ami_builds_behind", "agent_connected", "running_tasks", "pending_tasks", "cpu_remaining", "targets_total"]
    {
        assert_eq!(instance[member], Value::Null, "{member}");
    }
    assert_eq!(document["target_groups"][0]["targets"], Value::Null);
    assert_eq!(document["panels"]["targets"]["missing"][0]["what"], "targets of api");
    assert_eq!(document["complete"], false);
}

#[test]
fn what_is_known_to_be_wrong_outweighs_what_is_not_known() {
    let mut fixture = Fixture::healthy(2);
    fixture.ec2_instances[1].key_name = Some("ada".to_owned());
    assert_eq!(status(&fixture).exit_code(Severity::Critical), 0);
    assert_eq!(status(&fixture).exit_code(Severity::Warning), 1);
    fixture.unread.insert(Panel::Alarms);
    assert_eq!(status(&fixture).exit_code(Severity::Warning), 1);
    assert_eq!(status(&fixture).exit_code(Severity::Critical), 2);
}

#[test]
fn incomplete_failed_and_stale_all_mean_that_it_cannot_be_told() {
    let healthy = Fixture::healthy(2);
    for panel in Panel::ALL {
        let mut incomplete = healthy.clone();
        incomplete.incomplete.insert(panel);
        assert_eq!(status(&incomplete).exit_code(Severity::Critical), 2, "{panel:?}");
        let mut failing = healthy.clone();
        failing.failing.insert(panel);
        let status = status(&failing);
        assert_eq!(status.exit_code(Severity::Critical), 2, "{panel:?}");
        assert_eq!(status.panels[panel.name()].state, PanelState::Denied);
        assert_eq!(status.panels[panel.name()].error, Some(failure(panel)));
    }
    let later = healthy.now.checked_add(SignedDuration::from_mins(3)).unwrap();
    let stale = Status::of(&healthy.fleet(), later);
    assert_eq!((stale.complete, stale.panels["tasks"].state), (false, PanelState::Stale));
    assert_eq!(stale.instances[0].age_seconds, Some(18_180));
}

#[test]
fn the_text_of_a_healthy_fleet_is_two_lines() {
    assert_eq!(
        text(&status(&Fixture::healthy(24))),
        "prod in eu-west-1, account 111122223333 (acme-prod)\n\
         All right: 24 instances, 2 services, 2 target groups, 3 alarms.\n"
    );
}

#[test]
fn the_text_puts_findings_first_and_panels_last() {
    let mut fixture = Fixture::healthy(3);
    fixture.alarms[0].state = "ALARM".into();
    fixture.targets[0].targets.rows[0].state = "unhealthy".into();
    fixture.targets[0].targets.rows[0].description =
        Some("Health checks failed with these codes: [503, 502, 500]".to_owned());
    fixture.log_groups[0].retention_days = None;
    fixture.failing.insert(Panel::Mutes);
    fixture.incomplete.insert(Panel::Services);
    fixture.unread.insert(Panel::Groups);
    let expected = "\
prod in eu-west-1, account 111122223333 (acme-prod)
1 critical finding, 1 warning, 1 note.

critical  alarm prod-cpu: firing for 30 h
          Look at what the alarm is about.
warning   target 10.1.0.1:8080 of api: unhealthy (on i-00000000000000000):
          Health checks failed with these codes: [503, 502, 500]
          Read the logs of the task behind the target.
note      log group /prod/api: keeps its events for ever
          Set a retention period on the log group.

Not everything is known:
groups                not read
mutes                 denied: test:mutes not allowed
services              incomplete; missing a part
";
    assert_eq!(text(&status(&fixture)), expected);
}

#[test]
fn long_failures_wrap_and_are_told_whole() {
    let mut fixture = Fixture::healthy(1);
    let name = "a".repeat(100);
    fixture.services[0].name = name.clone();
    fixture.services[0].running = 0;
    let mut fleet = fixture.fleet();
    let mut read = fixture.read(Panel::Alarms);
    let mut refusal = failure(Panel::Alarms);
    refusal.kind = FailureKind::Failed;
    refusal.message = "日本語 ".repeat(60);
    let missing = Missing { what: "alarms".to_owned(), failure: Some(refusal.clone()) };
    read.outcome = read.outcome.map(|(rows, _)| (rows, vec![missing.clone(), missing]));
    fleet.land(read.clone(), fixture.now);
    assert!(text(&Status::of(&fleet, fixture.now)).contains("incomplete; missing alarms and 1 more"));
    read.outcome = Err(refusal);
    fleet.land(read, fixture.now);
    let text = text(&Status::of(&fleet, fixture.now));
    assert!(text.contains(&name));
    for line in text.lines().filter(|line| !line.contains(&name)) {
        assert!(unicode_width::UnicodeWidthStr::width(line) <= 80, "{line}");
    }
    assert_eq!(text.matches("日本語").count(), 60, "{text}");
}

/// What a part of the schema allows, checked against a document: types, required members and no others.
fn conforms(value: &Value, schema: &Value, root: &Value, path: &str) {
    if let Some(name) = schema["$ref"].as_str() {
        return conforms(value, root.pointer(name.trim_start_matches('#')).unwrap(), root, path);
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        let null = json!({"type": "null"});
        let choice = choices.iter().find(|choice| (**choice == null) == value.is_null());
        return conforms(value, choice.unwrap(), root, path);
    }
    if let Some(members) = schema["properties"].as_object() {
        let object = value.as_object().unwrap();
        let required: Vec<&str> = schema["required"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert!(required.iter().all(|name| object.contains_key(*name)), "{path} lacks one of {required:?}");
        for (name, member) in object {
            let known = members.get(name);
            assert!(known.is_some(), "{path}.{name} is not in the schema");
            conforms(member, known.unwrap(), root, &format!("{path}.{name}"));
        }
    }
    if let (Some(items), Some(schema)) = (value.as_array(), schema.get("items")) {
        items.iter().for_each(|item| conforms(item, schema, root, path));
    }
    let types = match &schema["type"] {
        Value::String(name) => vec![name.as_str()],
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        _ => return,
    };
    let actual = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    assert!(types.contains(&actual), "{path} is {actual}, not {types:?}");
}

#[test]
fn the_schema_describes_the_document() {
    let schema = json_schema();
    let mut broken = Fixture::healthy(3);
    broken.ec2_instances[0].key_name = Some("ada".to_owned());
    broken.mutes = vec![broken.mute("prod-cpu")];
    broken.targets[0].targets.rows[0].state = "unhealthy".into();
    rotating(&mut broken);
    broken.unread.extend([Panel::Tasks, Panel::Identity]);
    broken.failing.insert(Panel::Images);
    broken.incomplete.insert(Panel::Services);
    for fixture in [Fixture::healthy(2), broken] {
        conforms(&document(&fixture), &schema, &schema, "");
    }
    let required = schema["$defs"]["StatusInstance"]["required"].as_array().unwrap();
    assert!(required.contains(&json!("ami_builds_behind")), "members that may be null are always there");
    assert!(schema["$defs"]["StatusInstance"]["properties"]["age_seconds"]["description"].is_string());
}

/// Adds a promotion, a schedule and a refresh that is under way.
fn rotating(fixture: &mut Fixture) {
    let promotion = Promotion { version: Some(7), image: Some("ami-3".to_owned()), ..Promotion::default() };
    fixture.promotion = Some(promotion);
    fixture.schedules = vec![Schedule {
        name: Duty::Rotate.schedule("prod"),
        state: "ENABLED".into(),
        expression: "rate(9 hours)".to_owned(),
        time_zone: None,
        created_at: Some(fixture.ago(SignedDuration::from_hours(7))),
        changed_at: None,
        starts_at: None,
        ends_at: None,
        window: None,
        target: None,
        document: Some("RolloutFleet".to_owned()),
        cluster: None,
    }];
    fixture.refreshes = vec![InstanceRefresh {
        id: "r-1".to_owned(),
        group: "prod-web".to_owned(),
        status: "InProgress".into(),
        reason: None,
        started_at: Some(fixture.ago(SignedDuration::from_mins(8))),
        ended_at: None,
        percentage: Some(50),
        to_update: Some(1),
        template: None,
        version: Some("7".to_owned()),
        preferences: RefreshPreferences { checkpoints: vec![20, 100], ..RefreshPreferences::default() },
        rollback: None,
    }];
}

#[test]
fn a_schedule_is_due_when_the_fleet_is_frozen_no_more() {
    let mut fixture = Fixture::healthy(2);
    rotating(&mut fixture);
    let until = fixture.now + SignedDuration::from_hours(3);
    fixture.freeze = Some(Freeze { until: Some(until), ..Freeze::default() });
    let schedule = fixture.schedules[0].clone();
    let next = |fixture: &Fixture| document(fixture)["schedules"][0]["next_at"].clone();
    assert_eq!(next(&fixture), json!(schedule.next_after(until).map(|at| at.to_string())));
    assert!(schedule.next_after(fixture.now).is_some_and(|at| at < until), "one falls into the freeze");
    fixture.freeze = Some(Freeze::default());
    assert_eq!(next(&fixture), Value::Null, "nobody knows when it ends");
}

#[test]
fn rotation_is_told_in_the_document_and_in_a_line() {
    let mut fixture = Fixture::healthy(2);
    rotating(&mut fixture);
    let document = document(&fixture);
    assert_eq!(document["promotion"]["version"], 7);
    assert_eq!(document["schedules"][0]["next_at"], "2026-01-01T02:00:00Z");
    assert_eq!(
        document["refreshes"],
        json!([{
            "id": "r-1", "auto_scaling_group": "prod-web", "status": "InProgress", "reason": null,
            "started_at": "2025-12-31T23:52:00Z", "ended_at": null, "version": "7", "percentage": 50,
            "instances_to_update": 1, "checkpoints": [20, 100], "paused_at": null, "rollback_reason": null,
            "held_up_by": [], "findings": [],
        }])
    );
    assert_eq!(
        document["amis"][0],
        json!({
            "id": "ami-3", "name": "base-20251231-1200", "created_at": "2025-12-31T12:00:00Z", "baked": false,
            "source_ami_id": null, "bake_execution_id": null, "test": null, "versions": [], "promoted": true,
            "instances": 2,
        })
    );
    assert_eq!(
        text(&status(&fixture)),
        "prod in eu-west-1, account 111122223333 (acme-prod)\n\
         All right: 2 instances, 2 services, 2 target groups, 3 alarms.\n\
         Promoted: ami-3 (version 7), next rotation in 2 h.\n"
    );
    fixture.unread.extend([Panel::Builds, Panel::Promotion]);
    let document = self::document(&fixture);
    let ami = &document["amis"][0];
    assert_eq!((&ami["baked"], &ami["versions"], &ami["promoted"]), (&Value::Null, &Value::Null, &Value::Null));
}
