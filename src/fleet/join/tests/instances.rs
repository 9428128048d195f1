//! Machines and their AMIs.

use super::{keys, row};
use crate::fleet::fixture::Fixture;
use crate::fleet::image::{ExpectedFrom, ExpectedImage, Image};
use crate::fleet::instance::Ec2State;
use crate::fleet::reading::Panel;
use crate::fleet::view::Known;

#[test]
fn a_machine_is_one_row_with_all_of_its_parts() {
    let fixture = Fixture::healthy(3);
    let fleet = fixture.fleet();
    let ids: Vec<&str> = fixture.ec2_instances.iter().map(|ec2| ec2.id.as_str()).collect();
    assert_eq!(keys(&fleet), ids);
    let row = row(&fleet, ids[1]);
    assert_eq!(fleet.container_instance(row).unwrap().arn, fixture.container_instances[1].arn);
    assert_eq!(fleet.ec2_instance(row).unwrap().id, ids[1]);
    assert_eq!(fleet.member(row).unwrap().instance_id, ids[1]);
    assert_eq!(row.group.as_deref(), Some("prod-web"));
    assert_eq!(row.launched_at, fixture.ec2_instances[1].launched_at);
    assert_eq!(row.tasks.len(), 2);
}

#[test]
fn what_one_side_alone_knows_has_a_row_too() {
    let mut fixture = Fixture::healthy(4);
    let ids: Vec<String> = fixture.ec2_instances.iter().map(|ec2| ec2.id.clone()).collect();
    fixture.container_instances.drain(..3);
    fixture.ec2_instances.remove(3);
    fixture.ec2_instances.remove(0);
    fixture.groups[0].members.drain(2..);
    let fleet = fixture.fleet();
    assert_eq!(keys(&fleet), ids);
    let parts = |n: usize| {
        let row = row(&fleet, &ids[n]);
        (row.container_instance.is_some(), row.ec2_instance.is_some(), row.member.is_some())
    };
    assert_eq!(
        (0..4).map(parts).collect::<Vec<_>>(),
        [(false, false, true), (false, true, true), (false, true, false), (true, false, false),]
    );
    assert_eq!(row(&fleet, &ids[2]).group.as_deref(), Some("prod-web"), "by its tag");
    let unlaunched = row(&fleet, &ids[3]);
    let registered = fixture.container_instances[0].registered_at.unwrap();
    assert_eq!((unlaunched.launched_at, unlaunched.registered_at), (None, Some(registered)));
    assert_eq!(fleet.age(unlaunched, fixture.now), Known::AtLeast(fixture.now.duration_since(registered)));
    assert_eq!(fleet.age(row(&fleet, &ids[0]), fixture.now), Known::Unknown);
}

#[test]
fn strangers_and_the_dead_have_no_row() {
    let mut fixture = Fixture::healthy(3);
    fixture.container_instances.remove(0);
    fixture.ec2_instances[0].state = Ec2State::Terminated;
    fixture.ec2_instances[1].state = Ec2State::Terminated;
    let mut stranger = fixture.ec2_instances[2].clone();
    stranger.id = "i-stranger".to_owned();
    stranger.tags.insert("aws:autoscaling:groupName".to_owned(), "other".to_owned());
    fixture.ec2_instances.push(stranger);
    let expected = [fixture.ec2_instances[1].id.clone(), fixture.ec2_instances[2].id.clone()];
    assert_eq!(keys(&fixture.fleet()), expected, "a terminated one stays while ECS lists it");
}

#[test]
fn the_tag_names_the_fleets_group_when_groups_cannot_be_read() {
    let mut fixture = Fixture::healthy(2);
    fixture.container_instances.remove(1);
    fixture.unread.insert(Panel::Groups);
    assert_eq!(keys(&fixture.fleet()).len(), 2);
}

#[test]
fn of_two_registrations_the_livelier_is_the_machine() {
    let mut fixture = Fixture::healthy(1);
    let mut old = fixture.container_instances[0].clone();
    old.arn = "arn:old".to_owned();
    old.agent_connected = false;
    for at in [0, 1] {
        let mut fixture = fixture.clone();
        fixture.container_instances.insert(at, old.clone());
        let fleet = fixture.fleet();
        assert_eq!(keys(&fleet), ["arn:old", fixture.ec2_instances[0].id.as_str()]);
        assert!(fleet.container_instance(&fleet.view().instances[1]).unwrap().agent_connected);
        assert_eq!(fleet.view().instances[0].ec2_instance, None);
    }
    fixture.container_instances[0].ec2_instance_id = None;
    assert!(keys(&fixture.fleet())[0].starts_with("arn:"));
}

fn standing(fixture: &Fixture) -> (Option<u32>, Option<u32>, Option<String>) {
    let image = fixture.fleet().view().instances[0].image.clone();
    (image.builds_behind, image.days_behind, image.expected)
}

fn expect(group: Option<&str>, image: &str, from: ExpectedFrom) -> ExpectedImage {
    ExpectedImage { group: group.map(str::to_owned), image_id: image.to_owned(), from }
}

#[test]
fn configuration_comes_before_the_group_and_the_group_before_aws() {
    let mut fixture = Fixture::healthy(1);
    let expected = |fixture: &Fixture| standing(fixture).2.unwrap_or_default();
    let template = || ExpectedFrom::LaunchTemplate("lt-1".to_owned(), "1".to_owned());
    let parameter = || ExpectedFrom::Parameter("/fleet/ami".to_owned());
    fixture.images.expected = vec![expect(None, "ami-1", ExpectedFrom::EcsOptimized("/aws".to_owned()))];
    assert_eq!(expected(&fixture), "ami-1");
    fixture.images.expected.push(expect(Some("other"), "ami-2", template()));
    assert_eq!(expected(&fixture), "ami-1");
    fixture.images.expected.push(expect(Some("prod-web"), "ami-2", template()));
    assert_eq!(expected(&fixture), "ami-2");
    fixture.images.expected.push(expect(None, "ami-3", parameter()));
    assert_eq!(expected(&fixture), "ami-3");
    fixture.images.expected.push(expect(Some("prod-web"), "ami-1", parameter()));
    assert_eq!(expected(&fixture), "ami-1");
}

#[test]
fn builds_of_the_lineage_are_counted_and_no_others() {
    let mut fixture = Fixture::healthy(1);
    fixture.ec2_instances[0].image_id = Some("ami-1".to_owned());
    let other = |id: &str, change: fn(&mut Image)| {
        let mut image = fixture.images.images[1].clone();
        image.id = id.to_owned();
        change(&mut image);
        image
    };
    let strangers = [
        other("ami-a", |image| image.owner = "999".to_owned()),
        other("ami-b", |image| image.architecture = Some("arm64".to_owned())),
        other("ami-c", |image| image.name = "special-20251231-0900".to_owned()),
        other("ami-d", |image| image.state = "failed".to_owned()),
    ];
    fixture.images.images.extend(strangers);
    assert_eq!((standing(&fixture).0, standing(&fixture).1), (Some(2), Some(0)));

    fixture.images.images[0].created_at = Some(fixture.ago(jiff::SignedDuration::from_hours(24 * 3 + 13)));
    assert_eq!(standing(&fixture).1, Some(3));
    // The expected build counts even when it is no longer there for all.
    fixture.images.images[2].state = "deregistered".to_owned();
    assert_eq!(standing(&fixture).0, Some(2));
    fixture.images.expected[0].image_id = "ami-2".to_owned();
    assert_eq!(standing(&fixture).0, Some(1));
    fixture.ec2_instances[0].image_id = Some("ami-3".to_owned());
    assert_eq!((standing(&fixture).0, standing(&fixture).1), (Some(0), Some(0)), "ahead");
}

#[test]
fn what_cannot_be_told_is_not_told() {
    let mut fixture = Fixture::healthy(1);
    fixture.ec2_instances[0].image_id = Some("ami-gone".to_owned());
    assert_eq!(standing(&fixture), (None, None, Some("ami-3".to_owned())));
    fixture.ec2_instances[0].image_id = Some("ami-1".to_owned());
    fixture.images.images[0].name = "hand-made".to_owned();
    assert_eq!(standing(&fixture).0, None);
    fixture.images.images[0].created_at = None;
    assert_eq!(standing(&fixture), (None, None, Some("ami-3".to_owned())));
    fixture.unread.insert(Panel::Images);
    assert_eq!(standing(&fixture), (None, None, None));
    let mut fixture = Fixture::healthy(1);
    fixture.ec2_instances[0].image_id = Some("ami-1".to_owned());
    fixture.incomplete.insert(Panel::Images);
    assert_eq!(standing(&fixture).0, None);
}
