//! AMIs and refreshes with what belongs to them.

use crate::fleet::build::{Build, Builds, TemplateVersion};
use crate::fleet::execution::ExecutionStatus;
use crate::fleet::fixture::{self, Fixture};
use crate::fleet::promotion::Promotion;
use crate::fleet::reading::Panel;
use crate::fleet::refresh::{InstanceRefresh, RefreshStatus};
use crate::fleet::view::Known;

fn version(number: u64, image: &str) -> TemplateVersion {
    TemplateVersion {
        template: "lt-1".to_owned(),
        number,
        description: None,
        image: Some(image.to_owned()),
        created_at: None,
        created_by: None,
        default: false,
    }
}

/// Three builds: the first runs on nothing, the second was promoted, the third has no version yet.
fn lineage() -> Fixture {
    let mut fixture = Fixture::healthy(3);
    let run = fixture.ec2_instances[0].image_id.clone().unwrap();
    let build = |id: &str, hours: i64| {
        let mut image = fixture.images.images[0].clone();
        image.id = id.to_owned();
        image.created_at = Some(fixture.ago(jiff::SignedDuration::from_hours(hours)));
        Build { image, source: None, bake: Some(format!("run-{id}")), test: None }
    };
    fixture.builds = Builds {
        images: vec![build("ami-new", 1), build(&run, 30), build("ami-old", 40)],
        versions: vec![version(3, &run), version(2, "ami-lost"), version(1, "ami-old")],
    };
    fixture.promotion = Some(Promotion { image: Some(run), ..Promotion::default() });
    fixture.executions = vec![fixture::execution("run-ami-new", "BakeAmi", ExecutionStatus::Success)];
    fixture
}

#[test]
fn an_ami_has_its_build_its_versions_and_its_instances() {
    let fixture = lineage();
    let fleet = fixture.fleet();
    let run = fixture.ec2_instances[0].image_id.clone().unwrap();
    let rows = &fleet.view().lineage;
    let told: Vec<_> = rows
        .iter()
        .map(|row| {
            let versions: Vec<u64> = fleet.versions(row).map(|version| version.number).collect();
            (row.id.as_str(), versions, row.promoted, row.instances)
        })
        .collect();
    let expected = [
        ("ami-new", vec![], false, Known::Exactly(0)),
        (run.as_str(), vec![3], true, Known::Exactly(3)),
        ("ami-old", vec![1], false, Known::Exactly(0)),
        ("ami-lost", vec![2], false, Known::Exactly(0)),
    ];
    assert_eq!(told, expected, "the newest first, and last what nobody knows the age of");
    assert_eq!((rows[0].bake, rows[1].bake), (Some(0), None));
    assert!(fleet.image(&rows[0]).is_some() && fleet.build(&rows[3]).is_none());
}

#[test]
fn instances_are_counted_only_as_far_as_they_were_read() {
    let count = |change: fn(&mut Fixture)| {
        let mut fixture = lineage();
        change(&mut fixture);
        let fleet = fixture.fleet();
        fleet.view().lineage.iter().find(|row| row.promoted).map(|row| row.instances)
    };
    assert_eq!(count(|fixture| _ = fixture.incomplete.insert(Panel::Groups)), Some(Known::AtLeast(3)));
    let unread = |fixture: &mut Fixture| fixture.unread.extend([Panel::Ec2Instances, Panel::ContainerInstances]);
    assert_eq!(count(unread), Some(Known::Unknown));
}

#[test]
fn a_refresh_has_its_group_and_the_execution_that_started_it() {
    let mut fixture = Fixture::healthy(3);
    let refresh = |id: &str, status, hours: i64| InstanceRefresh {
        id: id.to_owned(),
        group: "prod-web".to_owned(),
        status,
        reason: None,
        started_at: Some(fixture.ago(jiff::SignedDuration::from_hours(hours))),
        ended_at: None,
        percentage: None,
        to_update: None,
        template: None,
        version: None,
        preferences: Default::default(),
        rollback: None,
    };
    fixture.refreshes = vec![
        InstanceRefresh { group: "gone".to_owned(), ..refresh("r-0", RefreshStatus::Successful, 1) },
        refresh("r-1", RefreshStatus::Successful, 3),
        refresh("r-2", RefreshStatus::InProgress, 2),
    ];
    let mut run = fixture::execution("run", "RolloutFleet", ExecutionStatus::InProgress);
    let mut step = fixture::step("start", ExecutionStatus::Success);
    step.outputs.insert("InstanceRefreshId".to_owned(), vec!["r-2".to_owned()]);
    run.details.as_mut().unwrap().steps = vec![step];
    fixture.executions = vec![run];
    let versions = ["9", "10", "10"];
    for (member, version) in fixture.groups[0].members.iter_mut().zip(versions) {
        member.launch_template_version = Some(version.to_owned());
    }
    let fleet = fixture.fleet();
    let rows = &fleet.view().refreshes;
    let ids: Vec<_> = rows.iter().map(|row| fleet.refresh(row).unwrap().id.as_str()).collect();
    assert_eq!(ids, ["r-2", "r-0", "r-1"]);
    assert_eq!((rows[0].group, rows[0].execution), (Some(0), Some(0)));
    assert_eq!(rows[0].spread, [(Some("10".to_owned()), 2), (Some("9".to_owned()), 1)]);
    assert_eq!((rows[1].group, rows[2].execution), (None, None));
}
