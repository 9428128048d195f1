//! A fleet that stands still, in which no two counts are alike and none is zero, and something is wrong with one of each.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::SignedDuration;
use quarterdeck::actions::start::{Outcome, Start};
use quarterdeck::sim::options::{Options, Scenario};
use quarterdeck::sim::world::World;
use quarterdeck::sim::world::alarm::{Alarm, AlarmState, Mute};
use quarterdeck::sim::world::instance::{ContainerStatus, Lifecycle};
use quarterdeck::sim::world::target::TargetState;
use quarterdeck::sim::world::task::TaskStatus;

use crate::account::Account;

/// An account with that fleet.
pub async fn distinctive() -> Account {
    let options = Options {
        scenario: Scenario::Story,
        instances: Some(23),
        services: Some(10),
        limits: false,
        still: true,
        ..Options::default()
    };
    let account = Account::new(options).await;
    account.sim.with_world(|world| {
        instances(world);
        tasks(world);
        targets(world);
        alarms(world);
        document(world);
    });
    runs(&account).await;
    account
}

/// A runbook that checks its word, then asks.
fn document(world: &mut World) {
    let text = "
schemaVersion: '0.3'
parameters:
  Cluster: {type: String}
  Service: {type: String}
  Word: {type: String}
mainSteps:
  - name: check
    action: aws:assertAwsResourceProperty
    inputs:
      Service: ecs
      Api: DescribeClusters
      clusters: ['{{ Cluster }}']
      PropertySelector: $.clusters[0].status
      DesiredValues: ['{{ Word }}']
  - name: agree
    action: aws:approve
    inputs:
      Approvers: ['arn:aws:iam::111122223333:user/ada']
";
    let mut stored = world.documents.values().next().unwrap().clone();
    stored.name = "AskFirst".to_owned();
    stored.content = text.to_owned();
    stored.document = Arc::new(quarterdeck::sim::runbook::read(text).unwrap());
    stored.tags = BTreeMap::from([("quarterdeck:runbook".to_owned(), "yes".to_owned())]);
    world.documents.insert(stored.name.clone(), stored);
}

/// One that fails, and two that wait for somebody.
async fn runs(account: &Account) {
    let services: Vec<String> = account.sim.with_world(|world| world.services.keys().take(3).cloned().collect());
    for (n, (service, word)) in services.iter().zip(["GONE", "ACTIVE", "ACTIVE"]).enumerate() {
        let values = [("Cluster", account.scope.cluster.as_str()), ("Service", service), ("Word", word)];
        let start = Start {
            request_id: format!("00000000-0000-4000-8000-{n:012}"),
            document: "AskFirst".to_owned(),
            version: None,
            values: values.iter().map(|(name, value)| ((*name).to_owned(), vec![(*value).to_owned()])).collect(),
            each: None,
        };
        assert!(matches!(account.aws.start_automation(&start).await, Outcome::Started(_)));
    }
    account.live_on(30);
}

/// 2 past their age, 3, 4, 5 and 9 in the quarters of it; one without agent, 6 draining, 8 on an older AMI, 2 on their way out.
fn instances(world: &mut World) {
    let now = world.now;
    let ages = [(2, 800), (3, 100), (4, 250), (5, 400), (9, 600)];
    let ages = ages.into_iter().flat_map(|(count, minutes)| std::iter::repeat_n(minutes, count));
    let template = &world.launch_templates[&world.groups.values().next().unwrap().template_id];
    let newest = template.versions.last().unwrap().image_id.clone();
    let older = world.images.keys().find(|id| **id != newest).unwrap().clone();
    for ((n, machine), minutes) in world.instances.values_mut().enumerate().zip(ages) {
        machine.launched_at = now - SignedDuration::from_mins(minutes);
        machine.image_id = if n % 3 == 1 { older.clone() } else { newest.clone() };
        let Some(container) = &mut machine.container else { continue };
        container.registered_at = machine.launched_at + SignedDuration::from_mins(3);
        container.agent_connected = n != 3;
        container.status = if n % 4 == 2 { ContainerStatus::Draining } else { ContainerStatus::Active };
        if n % 8 == 5 {
            machine.membership.as_mut().unwrap().lifecycle = Lifecycle::TerminatingWait;
        }
        let attribute = container.attributes.get_mut("ecs.ami-id").unwrap();
        *attribute = Some(machine.image_id.clone());
    }
    world.groups.values_mut().next().unwrap().suspended = vec!["Launch".to_owned()];
    world.log_groups.values_mut().next().unwrap().retention_days = None;
}

fn tasks(world: &mut World) {
    let running = world.tasks.values_mut().filter(|task| task.status == TaskStatus::Running && task.service.is_some());
    for task in running.step_by(3).take(17) {
        task.status = TaskStatus::Pending;
    }
}

fn targets(world: &mut World) {
    for (n, group) in world.target_groups.values_mut().enumerate() {
        for (m, target) in group.targets.values_mut().enumerate() {
            target.state = match (n, m) {
                (0 | 1, _) => TargetState::WrongCode(503),
                (_, 0) => TargetState::TimesOut,
                (_, 1) if n % 2 == 0 => TargetState::Draining,
                (_, 2) => TargetState::Initial,
                _ => target.state,
            };
        }
    }
}

fn alarms(world: &mut World) {
    for (n, alarm) in world.alarms.values_mut().enumerate() {
        match n % 8 {
            0 | 1 | 6 => {
                alarm.state = AlarmState::Alarm;
                alarm.reason = format!("crossed with {} of 7000", 7001 + n);
            }
            2 | 4 => alarm.state = AlarmState::InsufficientData,
            3 => alarm.alarm_actions.clear(),
            _ => {}
        }
    }
    // Of an alarm that fires nobody could tell that it is silenced, so it would count as what it is.
    let quiet = |alarm: &&Alarm| alarm.state != AlarmState::Alarm && !alarm.alarm_actions.is_empty();
    let quiet = world.alarms.values().filter(quiet).map(|alarm| alarm.name.clone());
    let names: Vec<String> = quiet.collect();
    world.mutes.values_mut().for_each(|mute| mute.alarms = names[..1].to_vec());
    let model: Mute = world.mutes.values().next().unwrap().clone();
    let alarms = names.iter().skip(1).step_by(3).cloned().collect();
    world.mutes.insert("second".to_owned(), Mute { name: "second".to_owned(), alarms, ..model });
}
