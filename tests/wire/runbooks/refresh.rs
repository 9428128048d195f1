//! Instance refreshes of the simulated group: what each preference does, as the user guide says.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use quarterdeck::sim::options::{Options, Scenario};
use quarterdeck::sim::world::World;
use quarterdeck::sim::world::alarm::{AlarmKind, AlarmState, Comparison};
use quarterdeck::sim::world::instance::Lifecycle;
use serde_json::{Value, json};

use super::account::Account;
use super::safety::{assert_safe, short};

/// Simulated time after which a refresh has to be over.
const PATIENCE: SignedDuration = SignedDuration::from_hours(9);

/// A group and its launch template, which has a version that the group does not launch yet.
pub struct Fleet {
    pub account: Account,
    pub group: String,
    pub template: String,
    /// The version that the group launches.
    pub old: String,
    /// The version that it does not.
    pub new: String,
}

impl Fleet {
    /// A healthy fleet of so many instances, none of which its capacity provider protects.
    pub fn of(instances: u32, seed: u64) -> Self {
        let scenario = Scenario::Healthy;
        let options = Options {
            instances: Some(instances),
            services: Some(2),
            scenario,
            seed,
            limits: false,
            ..Options::default()
        };
        let account = Account::with(options);
        account.sim().with_world(|world| {
            world.capacity_providers.values_mut().for_each(|one| one.termination_protection = false);
        });
        Self::new(account)
    }

    /// The fleet of an account.
    pub fn new(account: Account) -> Self {
        let (group, template, old, new) = account.sim().with_world(|world| {
            let group = world.groups.values().next().expect("a group");
            let template = &world.launch_templates[&group.template_id];
            let new = template.versions.iter().rev().find(|one| one.number.to_string() != group.template_version);
            let new = new.expect("another version").number.to_string();
            (group.name.clone(), group.template_id.clone(), group.template_version.clone(), new)
        });
        Self { account, group, template, old, new }
    }

    /// Asks Auto Scaling about the group.
    pub fn ask(&self, operation: &str, more: &Value) -> Result<Value, String> {
        let mut input = json!({ "AutoScalingGroupName": self.group });
        for (name, value) in more.as_object().expect("a map") {
            input[name] = value.clone();
        }
        self.account.ask("autoscaling", operation, &input).map_err(|fault| format!("{}: {}", fault.code, fault.message))
    }

    /// Starts a refresh to a version.
    fn start(&self, version: &str, preferences: &Value) -> Result<Value, String> {
        let template = json!({ "LaunchTemplateId": self.template, "Version": version });
        let wanted = json!({ "DesiredConfiguration": { "LaunchTemplate": template }, "Preferences": preferences });
        self.ask("StartInstanceRefresh", &wanted)
    }

    fn begin(&self, preferences: &Value) {
        self.start(&self.new, preferences).expect("it can be started");
    }

    /// The newest refresh as it is described.
    pub fn told(&self) -> Value {
        self.ask("DescribeInstanceRefreshes", &json!({})).expect("they can be described")["InstanceRefreshes"][0]
            .clone()
    }

    /// Its status.
    pub fn status(&self) -> String {
        self.told()["Status"].as_str().expect("a status").to_owned()
    }

    /// Waits for one of these, with no service below its minimum meanwhile.
    pub fn until(&self, wanted: &[&str]) -> Value {
        let latest = self.account.now() + PATIENCE;
        while self.account.now() < latest {
            let status = self.status();
            if wanted.contains(&status.as_str()) {
                return self.told();
            }
            self.account.pass(10);
            assert_eq!(short(&self.account), Vec::<String>::new());
        }
        panic!("not {wanted:?}: {:#}", self.told());
    }

    /// Waits until so many percent are done.
    pub fn until_done(&self, percentage: u64) {
        while self.told()["PercentageComplete"].as_u64() < Some(percentage) {
            assert!(["Pending", "InProgress"].contains(&self.status().as_str()), "{:#}", self.told());
            self.account.pass(10);
        }
    }

    /// How many members are in service from each version, oldest version first.
    pub fn versions(&self) -> Vec<(String, usize)> {
        let all = self.members(|_, _| true);
        let names: BTreeSet<String> = all.iter().map(|(version, _)| version.clone()).collect();
        names.into_iter().map(|name| (name.clone(), all.iter().filter(|(one, _)| *one == name).count())).collect()
    }

    fn members(&self, filter: impl Fn(&World, &str) -> bool) -> Vec<(String, String)> {
        self.account.sim().with_world(|world| {
            let members = world.groups[&self.group].members.iter().filter(|id| filter(world, id));
            let members = members.filter_map(|id| {
                let member = world.instances[id].membership.as_ref()?;
                (member.lifecycle == Lifecycle::InService).then(|| (member.template_version.to_string(), id.clone()))
            });
            members.collect()
        })
    }

    fn a_member(&self) -> String {
        self.members(|_, _| true).first().expect("a member").1.clone()
    }
}

#[test]
fn a_refresh_brings_a_version_to_every_instance_and_then_to_the_group() {
    let fleet = Fleet::of(10, 1);
    fleet.begin(&json!({ "MinHealthyPercentage": 90, "MaxHealthyPercentage": 110, "AutoRollback": true }));
    let (mut least, mut most, mut replaced) = (10, 10, 0);
    while fleet.status() != "Successful" {
        fleet.account.pass(10);
        let (serving, there) = fleet.account.sim().with_world(|world| {
            let members = world.groups[&fleet.group].members.iter().map(|id| &world.instances[id]);
            let lives = members.map(|one| one.membership.as_ref().expect("a member").lifecycle);
            let lives: Vec<_> = lives.collect();
            let serving = lives.iter().filter(|one| **one == Lifecycle::InService).count();
            (serving, serving + lives.iter().filter(|one| **one == Lifecycle::Pending).count())
        });
        (least, most) = (least.min(serving), most.max(there));
        let told = fleet.told();
        let done = told["PercentageComplete"].as_u64().expect("a number");
        assert!(done >= replaced, "{told:#}");
        replaced = done;
        assert_eq!(short(&fleet.account), Vec::<String>::new());
        let version = fleet.account.sim().with_world(|world| world.groups[&fleet.group].template_version.clone());
        let wanted = if told["Status"] == "Successful" { &fleet.new } else { &fleet.old };
        assert_eq!(version, *wanted, "the group changes when the refresh succeeds");
    }
    assert_eq!((least, most), (9, 11));
    let told = fleet.told();
    assert_eq!((&told["PercentageComplete"], &told["InstancesToUpdate"]), (&json!(100), &json!(0)));
    assert_eq!(told["DesiredConfiguration"]["LaunchTemplate"]["Version"], json!(fleet.new));
    assert_eq!(fleet.versions(), [(fleet.new.clone(), 10)]);
    assert_safe(&fleet.account, "refreshed");
}

#[test]
fn without_an_upper_bound_no_instance_comes_before_one_goes() {
    let fleet = Fleet::of(4, 2);
    fleet.begin(&json!({}));
    let mut most = 0;
    while fleet.status() != "Successful" {
        fleet.account.pass(10);
        let serving = fleet.members(|_, _| true).len();
        assert!(serving >= 3, "{serving}");
        most = most.max(serving);
    }
    assert_eq!((most, fleet.versions()), (4, vec![(fleet.new.clone(), 4)]));
}

#[test]
fn a_small_group_that_has_to_stay_whole_launches_before_it_terminates() {
    let fleet = Fleet::of(4, 3);
    fleet.begin(&json!({ "MinHealthyPercentage": 100, "MaxHealthyPercentage": 100 }));
    while fleet.status() != "Successful" {
        fleet.account.pass(10);
        assert!(fleet.members(|_, _| true).len() >= 4);
    }
    assert_eq!(fleet.versions(), [(fleet.new.clone(), 4)]);
}

#[test]
fn checkpoints_hold_a_refresh_up_at_their_percentages() {
    let fleet = Fleet::of(10, 4);
    let percentages = [20, 50, 100];
    fleet.begin(&json!({ "CheckpointPercentages": percentages, "CheckpointDelay": 7_200 }));
    for percentage in [20_u64, 50] {
        while !fleet.told()["StatusReason"].as_str().is_some_and(|why| why.contains(&format!("{percentage} percent"))) {
            fleet.account.pass(10);
        }
        fleet.account.pass(7_000);
        assert_eq!(fleet.told()["PercentageComplete"], json!(percentage));
        let new = fleet.versions().into_iter().find(|(version, _)| *version == fleet.new).expect("new ones").1;
        assert_eq!(new as u64, percentage / 10, "nothing moves at {percentage} percent");
        assert_eq!(fleet.status(), "InProgress");
    }
    fleet.until(&["Successful"]);
    assert_eq!(fleet.versions(), [(fleet.new.clone(), 10)]);
}

#[test]
fn without_100_among_its_checkpoints_a_refresh_ends_before_everything_is_new() {
    let fleet = Fleet::of(10, 5);
    fleet.begin(&json!({ "CheckpointPercentages": [30], "CheckpointDelay": 0 }));
    let told = fleet.until(&["Successful"]);
    assert_eq!((&told["PercentageComplete"], &told["InstancesToUpdate"]), (&json!(30), &json!(7)));
    assert_eq!(fleet.members(|_, _| true).iter().filter(|(version, _)| *version == fleet.new).count(), 3);
}

#[test]
fn instances_that_match_are_skipped_where_asked_for() {
    let fleet = Fleet::of(6, 6);
    let before = fleet.members(|_, _| true);
    fleet.start(&fleet.old, &json!({ "SkipMatching": true })).expect("it can be started");
    fleet.until(&["Successful"]);
    assert_eq!(fleet.members(|_, _| true), before, "all of them match");
    fleet.start(&fleet.old, &json!({})).expect("it can be started");
    fleet.until(&["Successful"]);
    let after = fleet.members(|_, _| true);
    assert!(after.iter().all(|one| !before.contains(one)), "nobody asked for that");
}

#[test]
fn a_refresh_whose_alarm_fires_goes_back_to_what_the_group_had() {
    for during in [false, true] {
        let fleet = Fleet::of(10, 7);
        let alarm = fleet.account.sim().with_world(|world| world.alarms.keys().next().cloned()).expect("an alarm");
        if !during {
            fire(&fleet.account, &alarm);
        }
        let alarms = json!({ "Alarms": [alarm] });
        fleet.begin(&json!({ "AutoRollback": true, "AlarmSpecification": alarms }));
        if during {
            fleet.until_done(40);
            fire(&fleet.account, &alarm);
        }
        let told = fleet.until(&["RollbackInProgress"]);
        let at = told["RollbackDetails"]["PercentageCompleteOnRollback"].as_u64().expect("a number");
        assert_eq!(at >= 40, during, "{told:#}");
        let told = fleet.until(&["RollbackSuccessful"]);
        assert!(told["StatusReason"].as_str().expect("why").contains(&alarm), "{told:#}");
        assert_eq!(told["PercentageComplete"], json!(0));
        assert_eq!(fleet.versions(), [(fleet.old.clone(), 10)]);
        let version = fleet.account.sim().with_world(|world| world.groups[&fleet.group].template_version.clone());
        assert_eq!(version, fleet.old);
        assert_safe(&fleet.account, "rolled back");
    }
}

/// Sets an alarm to ALARM, and its threshold so that it stays there.
pub fn fire(account: &Account, alarm: &str) {
    account.sim().with_world(|world| {
        let alarm = world.alarms.get_mut(alarm).expect("an alarm");
        alarm.state = AlarmState::Alarm;
        if let AlarmKind::Metric(rule) = &mut alarm.kind {
            (rule.comparison, rule.threshold) = (Comparison::Greater, -1.0);
        }
    });
}

#[test]
fn a_bake_ends_a_refresh_later_and_an_alarm_in_it_still_leads_back() {
    for fires in [false, true] {
        let fleet = Fleet::of(4, 8);
        let alarm = fleet.account.sim().with_world(|world| world.alarms.keys().next().cloned()).expect("an alarm");
        let alarms = json!({ "Alarms": [alarm] });
        fleet.begin(&json!({ "AutoRollback": true, "AlarmSpecification": alarms, "BakeTime": 3_600 }));
        fleet.until(&["Baking"]);
        fleet.account.pass(3_500);
        assert_eq!(fleet.status(), "Baking");
        if fires {
            fire(&fleet.account, &alarm);
        }
        let (ends, version) = if fires { ("RollbackSuccessful", &fleet.old) } else { ("Successful", &fleet.new) };
        fleet.until(&[ends]);
        assert_eq!(fleet.versions(), [(version.clone(), 4)]);
    }
}

#[test]
fn a_refresh_goes_back_when_somebody_asks_and_stops_when_somebody_cancels() {
    for (operation, ends) in [("RollbackInstanceRefresh", "RollbackSuccessful"), ("CancelInstanceRefresh", "Cancelled")]
    {
        let fleet = Fleet::of(10, 9);
        fleet.begin(&json!({ "MinHealthyPercentage": 80, "MaxHealthyPercentage": 120 }));
        fleet.until_done(40);
        fleet.ask(operation, &json!({})).expect("it can be");
        assert!(fleet.ask("RollbackInstanceRefresh", &json!({})).expect_err("too late").starts_with("ActiveInstance"));
        fleet.until(&[ends]);
        fleet.account.pass(1_800);
        let (all, new) = (fleet.members(|_, _| true), fleet.new.clone());
        let new = all.iter().filter(|(version, _)| *version == new).count();
        assert_eq!((all.len(), new > 0), (10, ends == "Cancelled"), "{operation}");
        assert!(fleet.ask("CancelInstanceRefresh", &json!({})).expect_err("over").starts_with("ActiveInstance"));
        assert_safe(&fleet.account, operation);
    }
}

/// Gets in a refresh's way.
type Hinder<'a> = &'a dyn Fn(&Fleet);

#[test]
fn by_default_a_refresh_waits_an_hour_for_protected_and_standby_instances_and_fails() {
    let aside = |fleet: &Fleet| {
        let id = fleet.a_member();
        let standby = json!({ "InstanceIds": [id], "ShouldDecrementDesiredCapacity": false });
        fleet.ask("EnterStandby", &standby).expect("it can be set aside");
    };
    let protect = |fleet: &Fleet| {
        let protected = json!({ "InstanceIds": [fleet.a_member()], "ProtectedFromScaleIn": true });
        fleet.ask("SetInstanceProtection", &protected).expect("it can be protected");
    };
    // A provider that protects what runs tasks protects all of them, which is why RolloutFleet asks for Refresh.
    let provide = |fleet: &Fleet| {
        fleet.account.sim().with_world(|world| {
            world.capacity_providers.values_mut().for_each(|one| one.termination_protection = true);
        });
    };
    let hindrances: [(&str, Hinder<'_>); 3] = [("Standby", &aside), ("protected", &protect), ("protected", &provide)];
    for (word, hinder) in hindrances {
        for (preferences, ends) in [
            (json!({}), "Failed"),
            (json!({ "ScaleInProtectedInstances": "Refresh", "StandbyInstances": "Ignore" }), "Successful"),
            (json!({ "ScaleInProtectedInstances": "Ignore", "StandbyInstances": "Terminate" }), "Successful"),
        ] {
            let fleet = Fleet::of(6, 10);
            hinder(&fleet);
            fleet.account.pass(600);
            fleet.begin(&preferences);
            let told = fleet.until(&["Failed", "Successful"]);
            assert_eq!(told["Status"], ends, "{word} {preferences}: {told:#}");
            let why = told["StatusReason"].as_str().unwrap_or_default();
            assert_eq!(why.contains(word), ends == "Failed", "{told:#}");
            assert_safe(&fleet.account, word);
        }
    }
}

#[test]
fn an_instance_in_standby_is_replaced_and_comes_back_beside_its_successor() {
    let fleet = Fleet::of(4, 11);
    let member = json!({ "InstanceIds": [fleet.a_member()] });
    let mut enter = member.clone();
    enter["ShouldDecrementDesiredCapacity"] = json!(false);
    fleet.ask("EnterStandby", &enter).expect("it can be set aside");
    assert!(fleet.ask("EnterStandby", &enter).expect_err("it is there already").contains("Standby"));
    fleet.account.pass(300);
    assert_eq!(fleet.members(|_, _| true).len(), 4, "another takes its place");
    fleet.ask("ExitStandby", &member).expect("it can come back");
    fleet.account.pass(300);
    let desired = fleet.account.sim().with_world(|world| world.groups[&fleet.group].desired);
    assert_eq!((desired, fleet.members(|_, _| true).len()), (5, 5));
}

#[test]
fn what_a_refresh_cannot_do_is_refused() {
    let fleet = Fleet::of(4, 12);
    for (version, preferences, why) in [
        ("$Latest", json!({ "AutoRollback": true }), "$Latest"),
        ("$Default", json!({ "AutoRollback": true }), "$Default"),
        ("999", json!({}), "999"),
        ("1", json!({ "MaxHealthyPercentage": 110 }), "MinHealthyPercentage"),
        ("1", json!({ "MinHealthyPercentage": 50, "MaxHealthyPercentage": 151 }), "greater than 100"),
        ("1", json!({ "CheckpointPercentages": [50, 20] }), "ascending"),
        ("1", json!({ "CheckpointDelay": 60 }), "CheckpointPercentages"),
        ("1", json!({ "AlarmSpecification": { "Alarms": ["nobody"] } }), "nobody"),
    ] {
        let refused = fleet.start(version, &preferences).expect_err("it is refused");
        assert!(refused.starts_with("Validation") && refused.contains(why), "{preferences}: {refused}");
    }
    let none = fleet.ask("StartInstanceRefresh", &json!({ "Preferences": { "AutoRollback": true } }));
    assert!(none.expect_err("it is refused").contains("no desired configuration"));
    fleet.account.sim().with_world(|world| {
        world.groups.get_mut(&fleet.group).expect("a group").template_version = "$Latest".into();
    });
    let latest = fleet.start("1", &json!({ "AutoRollback": true })).expect_err("the group has no number to go back to");
    assert!(latest.contains("$Latest"), "{latest}");
    fleet.start("1", &json!({})).expect("without a way back it may");
    let back = fleet.ask("RollbackInstanceRefresh", &json!({})).expect_err("there is none");
    assert!(back.starts_with("Irreversible"), "{back}");
    fleet.ask("CancelInstanceRefresh", &json!({})).expect("it can be cancelled");
    let parameter = fleet.account.sim().with_world(|world| {
        world.groups.get_mut(&fleet.group).expect("a group").template_version.clone_from(&fleet.old);
        let template = world.launch_templates.get_mut(&fleet.template).expect("a template");
        let version = template.versions.first_mut().expect("a version");
        version.image_id = "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id".into();
        version.number.to_string()
    });
    fleet.until(&["Cancelled"]);
    let refused = fleet.start(&parameter, &json!({ "AutoRollback": true })).expect_err("it is refused");
    assert!(refused.contains("Systems Manager parameter"), "{refused}");
}

#[test]
fn a_drain_waits_for_a_protected_task() {
    let fleet = Fleet::of(4, 13);
    let (task, instance) = fleet.account.sim().with_world(|world| {
        let task = world.tasks.values().find(|task| task.service.is_some() && task.container_instance.is_some());
        let task = task.expect("a task");
        (world.ecs_arn("task", &task.id), task.container_instance.clone().expect("placed"))
    });
    let tasks = json!({ "cluster": "harbor", "tasks": [task], "protectionEnabled": true, "expiresInMinutes": 60 });
    let told = fleet.account.ask("ecs", "UpdateTaskProtection", &tasks).expect("it can be protected");
    assert_eq!(told["protectedTasks"][0]["protectionEnabled"], json!(true), "{told:#}");
    let drain = json!({ "cluster": "harbor", "containerInstances": [instance], "status": "DRAINING" });
    fleet.account.ask("ecs", "UpdateContainerInstancesState", &drain).expect("it drains");
    let status = || {
        let tasks = json!({ "cluster": "harbor", "tasks": [task] });
        let told = fleet.account.ask("ecs", "DescribeTasks", &tasks).expect("it is there");
        told["tasks"][0]["desiredStatus"].as_str().map(str::to_owned)
    };
    fleet.account.pass(3_000);
    assert_eq!(status().as_deref(), Some("RUNNING"));
    fleet.account.pass(900);
    assert_eq!(status().as_deref(), Some("STOPPED"));
}
