//! What belongs together ends up in one row, whatever the order and the quality of what was read.

mod alarms;
mod instances;
mod rotation;
mod targets;

use crate::fleet::fixture::Fixture;
use crate::fleet::view::{Fleet, InstanceRow};

fn keys(fleet: &Fleet) -> Vec<&str> {
    fleet.view().instances.iter().map(|row| row.key.as_str()).collect()
}

fn row<'a>(fleet: &'a Fleet, key: &str) -> &'a InstanceRow {
    fleet.view().instances.iter().find(|row| row.key == key).unwrap()
}

/// Rows name their parts by position, so they are compared by what they lead to.
fn describe(fleet: &Fleet) -> Vec<String> {
    let snapshot = fleet.snapshot();
    let view = fleet.view();
    let task = |&at: &usize| snapshot.tasks.rows[at].arn.clone();
    let mut lines: Vec<String> = Vec::new();
    for row in &view.instances {
        let mut tasks: Vec<String> = row.tasks.iter().map(task).collect();
        tasks.sort_unstable();
        let member = fleet.member(row).map(|member| &member.instance_id);
        lines.push(format!("{} {:?} {member:?} {:?} {tasks:?}", row.key, row.targets, row.image));
    }
    for row in &view.services {
        let name = fleet.service(row).map(|service| &service.name);
        lines.push(format!("{name:?} {} {:?} {:?}", row.tasks.len(), row.targets, row.log_groups));
    }
    for row in &view.targets {
        let group = &snapshot.targets.rows[row.target_group];
        let target = &group.targets.rows[row.target];
        let task = row.task.as_ref().map(task);
        lines.push(format!("{} {} {:?} {:?} {task:?}", group.name, target.id, target.port, row.instance));
    }
    lines.extend(view.alarms.iter().map(|row| format!("{} {:?}", snapshot.alarms.rows[row.alarm].name, row.subjects)));
    lines.extend(view.findings.iter().map(|finding| format!("{finding:?}")));
    lines
}

#[test]
fn the_order_of_reading_does_not_matter_and_neither_do_duplicates() {
    let seed = fastrand::u64(..);
    let mut random = fastrand::Rng::with_seed(seed);
    let mut fixture = Fixture::healthy(7);
    fixture.alarms[1].state = "ALARM".into();
    fixture.ec2_instances[3].key_name = Some("key".to_owned());
    let expected = describe(&fixture.fleet());
    for _ in 0..20 {
        let twice = |n: usize| n.is_multiple_of(3);
        let (tasks, rows) = (fixture.tasks.clone(), fixture.container_instances.clone());
        let mut mixed = fixture.clone();
        mixed.tasks.extend(tasks.into_iter().enumerate().filter(|(n, _)| twice(*n)).map(|(_, task)| task));
        mixed.container_instances.extend(rows.into_iter().enumerate().filter(|(n, _)| twice(*n)).map(|(_, row)| row));
        random.shuffle(&mut mixed.tasks);
        random.shuffle(&mut mixed.container_instances);
        random.shuffle(&mut mixed.ec2_instances);
        random.shuffle(&mut mixed.groups[0].members);
        random.shuffle(&mut mixed.services);
        random.shuffle(&mut mixed.targets);
        mixed.targets.iter_mut().for_each(|group| random.shuffle(&mut group.targets.rows));
        random.shuffle(&mut mixed.alarms);
        assert_eq!(describe(&mixed.fleet()), expected, "seed {seed}");
    }
}
