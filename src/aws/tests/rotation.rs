//! Instance refreshes, builds, the promotion and schedules.

use serde_json::json;

use super::canned::{Asked, Canned, Reply};
use crate::aws::request::Need;
use crate::fleet::reading::FailureKind;
use crate::fleet::refresh::RefreshStatus;
use crate::fleet::schedule::ScheduleState;
use crate::fleet::snapshot::Rows;

fn refreshes(asked: &Asked) -> Reply {
    assert_eq!(asked.operation, "DescribeInstanceRefreshes");
    if asked.text("AutoScalingGroupName") == "gone" {
        let body = "<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code>\
                    <Message>no such group</Message></Error></ErrorResponse>";
        return Reply::Http(400, Vec::new(), body.as_bytes().to_vec());
    }
    Reply::query(
        "DescribeInstanceRefreshes",
        "<InstanceRefreshes>\
         <member><InstanceRefreshId>r-1</InstanceRefreshId><AutoScalingGroupName>web</AutoScalingGroupName>\
         <Status>RollbackSuccessful</Status><StatusReason>Rolled\u{202E}back</StatusReason>\
         <StartTime>2026-03-01T01:00:00Z</StartTime><EndTime>2026-03-01T02:00:00Z</EndTime>\
         <PercentageComplete>100</PercentageComplete><InstancesToUpdate>0</InstancesToUpdate>\
         <RollbackDetails><RollbackReason>alarm</RollbackReason><PercentageCompleteOnRollback>20</PercentageCompleteOnRollback>\
         </RollbackDetails></member>\
         <member><InstanceRefreshId>r-2</InstanceRefreshId><AutoScalingGroupName>web</AutoScalingGroupName>\
         <Status>Marinating</Status><StartTime>2026-03-01T10:00:00Z</StartTime>\
         <PercentageComplete>-3</PercentageComplete>\
         <Preferences><MinHealthyPercentage>90</MinHealthyPercentage><CheckpointPercentages><member>20</member>\
         <member>100</member></CheckpointPercentages><AutoRollback>true</AutoRollback>\
         <AlarmSpecification><Alarms><member>web-5xx</member></Alarms></AlarmSpecification>\
         <ScaleInProtectedInstances>Refresh</ScaleInProtectedInstances></Preferences>\
         <DesiredConfiguration><LaunchTemplate><LaunchTemplateId>lt-1</LaunchTemplateId><Version>7</Version>\
         </LaunchTemplate></DesiredConfiguration></member>\
         <member><Status>Pending</Status></member>\
         </InstanceRefreshes>",
    )
}

#[tokio::test]
async fn refreshes_are_read_with_what_matters_and_without_what_is_missing() {
    let aws = Canned::new(refreshes);
    let groups = vec!["gone".to_owned(), "web".to_owned()];
    let (rows, missing) = aws.read(Need::Refreshes { groups }).await.unwrap();
    let Rows::Refreshes(rows) = rows else { panic!("rows of another panel") };
    assert_eq!(rows.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["r-2", "r-1"], "the newest first");
    assert_eq!(rows[0].status, RefreshStatus::Other("Marinating".to_owned()));
    assert_eq!((rows[0].percentage, rows[0].to_update, rows[0].version.as_deref()), (Some(0), None, Some("7")));
    let preferences = &rows[0].preferences;
    assert_eq!((preferences.min_healthy, preferences.max_healthy), (Some(90), None));
    assert_eq!(
        (preferences.checkpoints.as_slice(), preferences.alarms.as_slice()),
        (&[20, 100][..], &["web-5xx".to_owned()][..])
    );
    assert_eq!(preferences.protected.as_deref(), Some("Refresh"));
    assert_eq!(rows[1].reason.as_deref(), Some("Rolled<U+202E>back"));
    assert_eq!(rows[1].rollback.as_ref().unwrap().percentage, Some(20));
    assert_eq!(missing.iter().map(|one| one.what.as_str()).collect::<Vec<_>>(), ["instance refreshes of groups 1"]);
    let (rows, missing) = aws.read(Need::Refreshes { groups: Vec::new() }).await.unwrap();
    assert_eq!((rows, missing), (Rows::Refreshes(Vec::new()), Vec::new()));
}

fn builds(asked: &Asked) -> Reply {
    match asked.operation.as_str() {
        "DescribeImages" => {
            assert_eq!(
                (asked.text("Filter.1.Name"), asked.text("Filter.1.Value.1")),
                ("tag:quarterdeck:fleet", "live")
            );
            assert_eq!(asked.text("Owner.1"), "self");
            Reply::xml(
                "<DescribeImagesResponse><imagesSet><item><imageId>ami-1</imageId><name>live-1</name>\
                 <creationDate>2026-03-01T01:00:00.000Z</creationDate></item>\
                 <item><imageId>ami-2</imageId><name>live-2</name><creationDate>2026-03-01T07:00:00.000Z</creationDate>\
                 <tagSet><item><key>quarterdeck:source</key><value>ami-0</value></item>\
                 <item><key>quarterdeck:bake</key><value>run-2</value></item>\
                 <item><key>quarterdeck:test</key><value>simmering</value></item></tagSet></item>\
                 </imagesSet></DescribeImagesResponse>",
            )
        }
        _ if asked.text("LaunchTemplateId") == "lt-gone" => {
            Reply::ec2_error(400, "InvalidLaunchTemplateId.NotFound", "no such template")
        }
        _ => Reply::xml(
            "<DescribeLaunchTemplateVersionsResponse><launchTemplateVersionSet>\
             <item><launchTemplateId>lt-1</launchTemplateId><versionNumber>1</versionNumber></item>\
             <item><launchTemplateId>lt-1</launchTemplateId><versionNumber>2</versionNumber>\
             <versionDescription>Promoted by ada: weekly</versionDescription><defaultVersion>true</defaultVersion>\
             <launchTemplateData><imageId>ami-2</imageId></launchTemplateData></item>\
             </launchTemplateVersionSet></DescribeLaunchTemplateVersionsResponse>",
        ),
    }
}

#[tokio::test]
async fn builds_are_what_is_tagged_and_versions_what_they_became() {
    let aws = Canned::new(builds);
    let (rows, missing) = aws.read(Need::Builds { templates: vec!["lt-1".to_owned()] }).await.unwrap();
    let Rows::Builds(rows) = rows else { panic!("rows of another panel") };
    assert_eq!(missing, []);
    let newest = &rows.images[0];
    assert_eq!(
        (newest.image.id.as_str(), newest.source.as_deref(), newest.bake.as_deref()),
        ("ami-2", Some("ami-0"), Some("run-2"))
    );
    assert_eq!(newest.test.as_ref().unwrap().as_str(), "simmering");
    assert_eq!((&rows.images[1].source, &rows.images[1].test), (&None, &None));
    assert_eq!(rows.versions.iter().map(|version| version.number).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(rows.versions_of("ami-2").next().unwrap().description.as_deref(), Some("Promoted by ada: weekly"));
    assert_eq!((rows.versions[0].default, &rows.versions[1].image), (true, &None));
    let (_, missing) = aws.read(Need::Builds { templates: vec!["lt-gone".to_owned()] }).await.unwrap();
    assert_eq!(missing.iter().map(|one| one.what.as_str()).collect::<Vec<_>>(), ["launch templates 1"]);
}

#[tokio::test]
async fn a_promotion_that_is_not_there_is_none_and_one_that_cannot_be_read_says_what_to_do() {
    let parameter = |value: &str| {
        Reply::json(
            json!({ "Parameter": { "Name": "/quarterdeck/live/ami", "Value": value, "LastModifiedDate": 1_772_366_400.0 } }),
        )
    };
    let whole = Canned::new(move |asked| {
        assert_eq!(asked.text("Name"), "/quarterdeck/live/ami");
        parameter(r#"{"version": 7, "image": "ami-2", "previous": 6}"#)
    });
    let (Rows::Promotion(Some(read)), _) = whole.read(Need::Promotion).await.unwrap() else { panic!("no promotion") };
    assert_eq!((read.version, read.previous, read.image.as_deref()), (Some(7), Some(6), Some("ami-2")));
    assert_eq!(read.at, "2026-03-01T12:00:00Z".parse().ok(), "when it was written");
    let none = Canned::new(|_| Reply::error(400, "ParameterNotFound", "none"));
    assert_eq!(none.read(Need::Promotion).await.unwrap().0, Rows::Promotion(None));
    let failure = Canned::new(move |_| parameter("ami-2")).read(Need::Promotion).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Failed);
    assert!(failure.hint.unwrap().contains("PromoteAmi"));
}

fn schedules(asked: &Asked) -> Reply {
    let name = asked.text("Name");
    assert_eq!(asked.text("groupName"), "default");
    match name {
        "bare-rotate" | "bare-bake" => Reply::Http(
            404,
            vec![("x-amzn-errortype", "ResourceNotFoundException")],
            json!({ "Message": "gone" }).to_string().into_bytes(),
        ),
        "live-bake" => Reply::json(json!({ "Name": name, "ScheduleExpression": "rate(6 hours)", "State": "DOZING" })),
        _ => {
            let cluster = name.trim_end_matches("-rotate");
            let input = json!({ "DocumentName": "RolloutFleet", "Parameters": { "Cluster": [cluster] } });
            let target = json!({
                "Arn": "arn:aws:scheduler:::aws-sdk:ssm:startAutomationExecution",
                "RoleArn": "arn:aws:iam::111122223333:role/scheduler",
                "Input": input.to_string(),
            });
            Reply::json(json!({
                "Name": name,
                "State": "ENABLED",
                "ScheduleExpression": "rate(9 hours)",
                "ScheduleExpressionTimezone": "UTC",
                "CreationDate": 1_772_323_200.0,
                "FlexibleTimeWindow": { "Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5 },
                "Target": target,
            }))
        }
    }
}

#[tokio::test]
async fn the_schedules_of_the_fleets_duties_are_asked_for_by_their_names() {
    let aws = Canned::new(schedules);
    let (rows, missing) = aws.read(Need::Schedules).await.unwrap();
    let Rows::Schedules(rows) = rows else { panic!("rows of another panel") };
    assert_eq!(missing, []);
    assert_eq!(rows.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["live-bake", "live-rotate"]);
    assert_eq!((&rows[0].state, &rows[0].document), (&ScheduleState::Other("DOZING".to_owned()), &None));
    let rotate = &rows[1];
    assert_eq!((rotate.document.as_deref(), rotate.cluster.as_deref()), (Some("RolloutFleet"), Some("live")));
    assert_eq!((rotate.window, rotate.created_at), (Some(5), "2026-03-01T00:00:00Z".parse().ok()));
    let denied = Canned::new(|_| {
        Reply::Http(403, vec![("x-amzn-errortype", "AccessDeniedException")], br#"{"Message": "no"}"#.to_vec())
    });
    assert_eq!(denied.read(Need::Schedules).await.unwrap_err().kind, FailureKind::Denied);
}
