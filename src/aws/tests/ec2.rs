//! EC2 and Auto Scaling.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use super::canned::{Asked, Canned, Reply};
use crate::aws::request::Need;
use crate::fleet::image::{ExpectedFrom, InstanceType};
use crate::fleet::instance::{CheckStatus, Ec2State, LifecycleState};
use crate::fleet::reading::FailureKind;
use crate::fleet::snapshot::Rows;

fn strings(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}

fn instances(ids: &[String]) -> Reply {
    let items: String = ids
        .iter()
        .map(|id| {
            format!(
                "<item><instancesSet><item><instanceId>{id}</instanceId><imageId>ami-1</imageId>\
                 <instanceState><code>16</code><name>running</name></instanceState>\
                 <launchTime>2026-03-01T06:00:00.000Z</launchTime>\
                 <groupSet><item><groupId>sg-1</groupId><groupName>web</groupName></item></groupSet>\
                 <tagSet><item><key>aws:autoscaling:groupName</key><value>g</value></item></tagSet>\
                 </item></instancesSet></item>"
            )
        })
        .collect();
    Reply::xml(&format!(
        "<DescribeInstancesResponse><reservationSet>{items}</reservationSet></DescribeInstancesResponse>"
    ))
}

fn statuses(ids: &[String]) -> Reply {
    let items: String = ids
        .iter()
        .map(|id| {
            format!(
                "<item><instanceId>{id}</instanceId><systemStatus><status>ok</status></systemStatus>\
                 <instanceStatus><status>impaired</status></instanceStatus>\
                 <eventsSet><item><code>instance-retirement</code><description>old host</description></item></eventsSet></item>"
            )
        })
        .collect();
    Reply::xml(&format!(
        "<DescribeInstanceStatusResponse><instanceStatusSet>{items}</instanceStatusSet></DescribeInstanceStatusResponse>"
    ))
}

/// A fleet in which `i-gone` is no more, and the group launched `i-stray`.
fn fleet(asked: &Asked) -> Reply {
    match asked.operation.as_str() {
        "DescribeInstances" if asked.text("Filter.1.Name") == "instance-id" => {
            assert_eq!(asked.text("MaxResults"), "1000");
            let ids = asked.numbered("Filter.1.Value");
            assert!(ids.len() <= 200);
            instances(&ids.into_iter().filter(|id| id != "i-gone").collect::<Vec<_>>())
        }
        "DescribeInstances" => instances(&strings(&["i-1", "i-stray"])),
        "DescribeInstanceStatus" => {
            assert_eq!(asked.text("IncludeAllInstances"), "true");
            let ids = asked.numbered("InstanceId");
            assert!(ids.len() <= 100);
            if ids.contains(&"i-gone".to_owned()) {
                return Reply::ec2_error(400, "InvalidInstanceID.NotFound", "The instance ID 'i-gone' does not exist");
            }
            statuses(&ids)
        }
        other => panic!("{other} was not expected"),
    }
}

#[tokio::test]
async fn instances_of_cluster_and_groups_come_once_with_their_checks() {
    let aws = Canned::new(fleet);
    let need =
        Need::Ec2Instances { ids: strings(&["i-1", "i-2", "mi-9"]), groups: strings(&["g"]), members: BTreeSet::new() };
    let (Rows::Ec2Instances(rows), missing) = aws.read(need).await.unwrap() else { panic!() };
    assert_eq!(missing, []);
    assert_eq!(rows.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["i-1", "i-2", "i-stray"]);
    for row in &rows {
        assert_eq!((row.state.clone(), row.group()), (Ec2State::Running, Some("g")));
        assert_eq!(row.launched_at.unwrap().to_string(), "2026-03-01T06:00:00Z");
        assert_eq!(row.system_check, Some(CheckStatus::Ok), "{}", row.id);
        assert_eq!(row.instance_check, Some(CheckStatus::Impaired));
        assert_eq!((row.events[0].code.as_str(), row.security_groups[0].id.as_str()), ("instance-retirement", "sg-1"));
    }
    assert_eq!((aws.count("DescribeInstances"), aws.count("DescribeInstanceStatus")), (2, 2));
}

/// A second description of the same instances is the dearest call of a fleet that does not change.
#[tokio::test]
async fn members_of_a_group_come_with_it_and_are_asked_for_only_if_they_do_not() {
    for (members, by_id) in [(&["i-1"][..], [&["i-2"][..]]), (&["i-1", "i-2"], [&["i-2"]]), (&[], [&["i-1", "i-2"]])] {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = asked.clone();
        let aws = Canned::new(move |asked| {
            if asked.text("Filter.1.Name") == "instance-id" {
                seen.lock().unwrap().push(asked.numbered("Filter.1.Value"));
            }
            fleet(asked)
        });
        let members = strings(members).into_iter().collect();
        let need = Need::Ec2Instances { ids: strings(&["i-1", "i-2"]), groups: strings(&["g"]), members };
        let (Rows::Ec2Instances(rows), missing) = aws.read(need).await.unwrap() else { panic!() };
        assert_eq!(rows.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["i-1", "i-2", "i-stray"]);
        assert_eq!((missing, asked.lock().unwrap().clone()), (Vec::new(), by_id.map(strings).to_vec()));
    }
}

#[tokio::test]
async fn an_instance_that_is_gone_costs_the_others_nothing() {
    let aws = Canned::new(fleet);
    let need =
        Need::Ec2Instances { ids: strings(&["i-1", "i-gone", "i-2"]), groups: Vec::new(), members: BTreeSet::new() };
    let (Rows::Ec2Instances(rows), missing) = aws.read(need).await.unwrap() else { panic!() };
    assert_eq!(missing, []);
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| row.system_check == Some(CheckStatus::Ok)));
}

#[tokio::test]
async fn checks_that_are_denied_leave_the_instances() {
    let aws = Canned::new(|asked| match asked.operation.as_str() {
        "DescribeInstanceStatus" => Reply::ec2_error(403, "UnauthorizedOperation", "You are not authorized."),
        _ => fleet(asked),
    });
    let need = Need::Ec2Instances { ids: strings(&["i-1"]), groups: Vec::new(), members: BTreeSet::new() };
    let (Rows::Ec2Instances(rows), missing) = aws.read(need).await.unwrap() else { panic!() };
    assert_eq!((rows.len(), rows[0].system_check.clone()), (1, None));
    assert_eq!(missing[0].what, "status checks 1");
    assert_eq!(missing[0].failure.as_ref().unwrap().kind, FailureKind::Denied);
    assert_eq!(aws.count("DescribeInstanceStatus"), 1, "what is denied is not asked twice");
}

#[tokio::test]
async fn five_hundred_ids_go_out_in_full_batches() {
    let aws = Canned::new(fleet);
    let ids = (0..500).map(|number| format!("i-{number}")).collect();
    let need = Need::Ec2Instances { ids, groups: Vec::new(), members: BTreeSet::new() };
    let (Rows::Ec2Instances(rows), _) = aws.read(need).await.unwrap() else { panic!() };
    assert_eq!(rows.len(), 500);
    assert_eq!((aws.count("DescribeInstances"), aws.count("DescribeInstanceStatus")), (3, 5));
}

fn group(name: &str, member: &str) -> String {
    format!(
        "<member><AutoScalingGroupName>{name}</AutoScalingGroupName><MinSize>1</MinSize><MaxSize>9</MaxSize>\
         <DesiredCapacity>3</DesiredCapacity><Instances><member><InstanceId>{member}</InstanceId>\
         <LifecycleState>Terminating:Wait</LifecycleState><HealthStatus>Healthy</HealthStatus>\
         <ProtectedFromScaleIn>true</ProtectedFromScaleIn></member></Instances>\
         <MixedInstancesPolicy><LaunchTemplate><LaunchTemplateSpecification>\
         <LaunchTemplateId>lt-1</LaunchTemplateId></LaunchTemplateSpecification></LaunchTemplate></MixedInstancesPolicy>\
         <SuspendedProcesses><member><ProcessName>Launch</ProcessName></member></SuspendedProcesses></member>"
    )
}

#[tokio::test]
async fn groups_come_by_arn_by_name_and_by_instance() {
    let aws = Canned::new(|asked| match asked.operation.as_str() {
        "DescribeAutoScalingGroups" => {
            let names = asked.numbered("AutoScalingGroupNames.member");
            let groups: String = names.iter().map(|name| group(name, &format!("i-{name}"))).collect();
            Reply::query(
                "DescribeAutoScalingGroups",
                &format!(
                    "<AutoScalingGroups>{groups}</AutoScalingGroups>\
                 "
                ),
            )
        }
        _ => {
            assert_eq!(asked.numbered("InstanceIds.member"), ["i-stray"], "members of known groups are not asked for");
            Reply::query(
                "DescribeAutoScalingInstances",
                "<AutoScalingInstances><member><InstanceId>i-stray</InstanceId>\
                 <AutoScalingGroupName>third</AutoScalingGroupName></member></AutoScalingInstances>\
                 ",
            )
        }
    });
    let need = Need::Groups {
        arns: strings(&["arn:aws:autoscaling:eu-west-1:1:autoScalingGroup:uuid:autoScalingGroupName/first"]),
        instance_ids: strings(&["i-first", "i-stray", "mi-1"]),
        names: strings(&["second", "first"]),
    };
    let (Rows::Groups(rows), missing) = aws.read(need).await.unwrap() else { panic!() };
    assert_eq!(missing, []);
    assert_eq!(rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["first", "second", "third"]);
    let row = &rows[0];
    assert_eq!((row.min, row.max, row.desired), (1, 9, 3));
    assert_eq!(
        (row.members[0].lifecycle_state.clone(), row.members[0].protected),
        (LifecycleState::TerminatingWait, true)
    );
    assert_eq!(row.launch_template.as_ref().map(|t| (t.id.as_str(), t.version.as_str())), Some(("lt-1", "$Default")));
    assert_eq!(row.suspended_processes, ["Launch"]);
    assert_eq!((aws.count("DescribeAutoScalingGroups"), aws.count("DescribeAutoScalingInstances")), (2, 1));
}

fn images(names: &[(&str, &str)]) -> Reply {
    let items: String = names
        .iter()
        .map(|(id, name)| {
            format!(
                "<item><imageId>{id}</imageId><name>{name}</name><imageOwnerId>591542846629</imageOwnerId>\
                 <imageState>available</imageState><creationDate>2026-02-01T00:00:00.000Z</creationDate>\
                 <architecture>arm64</architecture></item>"
            )
        })
        .collect();
    Reply::xml(&format!("<DescribeImagesResponse><imagesSet>{items}</imagesSet></DescribeImagesResponse>"))
}

/// Three builds of one lineage, of which the second is in use.
fn builds(asked: &Asked) -> Reply {
    assert_eq!(asked.text("IncludeDeprecated"), "true");
    match asked.text("Filter.1.Name") {
        "image-id" => images(&[("ami-2", "base-20260102")]),
        _ => {
            assert_eq!((asked.text("Filter.1.Value.1"), asked.text("Owner.1")), ("base-*", "591542846629"));
            images(&[("ami-1", "base-20260101"), ("ami-2", "base-20260102"), ("ami-3", "base-20260103")])
        }
    }
}

#[tokio::test]
async fn the_lineage_of_what_is_in_use_is_read() {
    let aws = Canned::new(|asked| match asked.operation.as_str() {
        "GetParameter" => Reply::json(serde_json::json!({ "Parameter": { "Value": "ami-3" } })),
        _ => builds(asked),
    });
    let need = Need::Images {
        ids: strings(&["ami-2"]),
        templates: Vec::new(),
        parameter: Some("/live/ami".to_owned()),
        types: Vec::new(),
    };
    let (Rows::Images(read), missing) = aws.read(need).await.unwrap() else { panic!() };
    assert_eq!(missing, []);
    let mut ids: Vec<&str> = read.images.iter().map(|image| image.id.as_str()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["ami-1", "ami-2", "ami-3"]);
    assert_eq!(read.expected[0].image_id, "ami-3");
    assert_eq!(read.expected[0].from, ExpectedFrom::Parameter("/live/ami".to_owned()));
    assert_eq!(aws.count("DescribeImages"), 2);
}

#[tokio::test]
async fn a_launch_template_says_what_its_groups_should_run() {
    let aws = Canned::new(|asked| match asked.operation.as_str() {
        "DescribeLaunchTemplateVersions" => {
            assert_eq!((asked.text("LaunchTemplateVersion.1"), asked.text("ResolveAlias")), ("$Latest", "true"));
            Reply::xml(
                "<DescribeLaunchTemplateVersionsResponse><launchTemplateVersionSet><item><versionNumber>7</versionNumber>\
                 <launchTemplateData><imageId>resolve:ssm:/live/ami:3</imageId></launchTemplateData></item>\
                 </launchTemplateVersionSet></DescribeLaunchTemplateVersionsResponse>",
            )
        }
        "GetParameter" => {
            assert_eq!(asked.text("Name"), "/live/ami:3");
            Reply::json(serde_json::json!({ "Parameter": { "Value": "{\"image_id\":\"ami-3\"}" } }))
        }
        _ => builds(asked),
    });
    let template = |group: &str| (group.to_owned(), "lt-1".to_owned(), "$Latest".to_owned());
    let need = Need::Images {
        ids: strings(&["ami-2"]),
        templates: vec![template("a"), template("b")],
        parameter: None,
        types: Vec::new(),
    };
    let (Rows::Images(read), missing) = aws.read(need).await.unwrap() else { panic!() };
    assert_eq!(missing, []);
    let expected: Vec<_> = read.expected.iter().map(|e| (e.group.as_deref(), e.image_id.as_str())).collect();
    assert_eq!(expected, [(Some("a"), "ami-3"), (Some("b"), "ami-3")]);
    assert_eq!(read.expected[0].from, ExpectedFrom::LaunchTemplate("lt-1".to_owned(), "7".to_owned()));
    assert_eq!(aws.count("DescribeLaunchTemplateVersions"), 1, "groups of one template share its call");
}

#[tokio::test]
async fn without_configuration_the_optimized_image_of_the_architecture_is_expected() {
    let aws = Canned::new(|asked| match asked.operation.as_str() {
        "GetParameter" => {
            assert_eq!(asked.text("Name"), "/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended");
            Reply::json(serde_json::json!({ "Parameter": { "Value": "{\"image_id\":\"ami-3\"}" } }))
        }
        _ => builds(asked),
    });
    let need = Need::Images { ids: strings(&["ami-2"]), templates: Vec::new(), parameter: None, types: Vec::new() };
    let (Rows::Images(read), _) = aws.read(need).await.unwrap() else { panic!() };
    assert_eq!((read.expected.len(), read.expected[0].group.as_deref()), (1, None));
}

#[tokio::test]
async fn types_are_read_beside_the_images_and_a_failure_of_theirs_leaves_these() {
    let with = |types: fn() -> Reply| {
        Canned::new(move |asked| match asked.operation.as_str() {
            "GetParameter" => Reply::json(serde_json::json!({ "Parameter": { "Value": "ami-3" } })),
            "DescribeInstanceTypes" => {
                assert_eq!(
                    (asked.text("Filter.1.Name"), asked.text("Filter.1.Value.1")),
                    ("instance-type", "m7i.large")
                );
                types()
            }
            _ => builds(asked),
        })
    };
    let need = Need::Images {
        ids: strings(&["ami-2"]),
        templates: Vec::new(),
        parameter: Some("/live/ami".to_owned()),
        types: strings(&["m7i.large", "x9.none"]),
    };
    let aws = with(|| {
        Reply::xml(
            "<DescribeInstanceTypesResponse><instanceTypeSet><item><instanceType>m7i.large</instanceType><networkInfo>\
         <maximumNetworkInterfaces>3</maximumNetworkInterfaces></networkInfo></item></instanceTypeSet>\
         </DescribeInstanceTypesResponse>",
        )
    });
    let (Rows::Images(read), missing) = aws.read(need.clone()).await.unwrap() else { panic!() };
    assert_eq!(missing, []);
    assert_eq!(read.types, [InstanceType { name: "m7i.large".to_owned(), interfaces: Some(3) }]);
    assert_eq!(aws.count("DescribeInstanceTypes"), 1);

    let aws = with(|| Reply::error(403, "UnauthorizedOperation", "no"));
    let (Rows::Images(read), missing) = aws.read(need).await.unwrap() else { panic!() };
    assert_eq!((read.images.len(), read.types.len()), (3, 0));
    assert_eq!(missing[0].what, "instance types");
}

#[tokio::test]
async fn a_parameter_that_cannot_be_read_is_not_replaced_by_a_guess() {
    let aws = Canned::new(|asked| match asked.operation.as_str() {
        "GetParameter" => Reply::error(400, "ParameterNotFound", ""),
        _ => builds(asked),
    });
    let template = ("a".to_owned(), "lt-1".to_owned(), "1".to_owned());
    let need = Need::Images {
        ids: strings(&["ami-2"]),
        templates: vec![template],
        parameter: Some("/x".to_owned()),
        types: Vec::new(),
    };
    let (Rows::Images(read), missing) = aws.read(need).await.unwrap() else { panic!() };
    assert_eq!(read.expected, []);
    assert_eq!(missing[0].what, "the AMI that instances should run");
    assert_eq!(aws.count("DescribeLaunchTemplateVersions"), 0);
}
