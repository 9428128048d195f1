//! Elastic Load Balancing, CloudWatch, CloudWatch Logs, STS and IAM.

use std::collections::BTreeSet;

use ciborium::Value as Cbor;
use serde_json::{Value, json};

use super::canned::{Asked, Canned, Reply};
use crate::aws::request::{Haste, Need};
use crate::fleet::alarm::{AlarmKind, AlarmState};
use crate::fleet::reading::FailureKind;
use crate::fleet::snapshot::Rows;
use crate::fleet::target::{TargetState, TargetType};

fn arn(name: &str) -> String {
    format!("arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/{name}/0123")
}

fn elb_error(code: &str) -> Reply {
    let body = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>no</Message></Error>\
         <RequestId>req-elb</RequestId></ErrorResponse>"
    );
    Reply::Http(400, Vec::new(), body.into_bytes())
}

fn described(arns: &[String]) -> Reply {
    let groups: String = arns
        .iter()
        .map(|arn| {
            format!(
                "<member><TargetGroupArn>{arn}</TargetGroupArn><TargetGroupName>{}</TargetGroupName>\
                 <TargetType>ip</TargetType><Port>80</Port></member>",
                arn.split('/').nth(1).unwrap()
            )
        })
        .collect();
    Reply::query("DescribeTargetGroups", &format!("<TargetGroups>{groups}</TargetGroups>"))
}

fn healthy() -> Reply {
    Reply::query(
        "DescribeTargetHealth",
        "<TargetHealthDescriptions><member><Target><Id>10.0.0.7</Id><Port>80</Port></Target>\
         <TargetHealth><State>unhealthy</State><Reason>Target.Timeout</Reason><Description>Request timed out</Description>\
         </TargetHealth></member></TargetHealthDescriptions>",
    )
}

fn targets(asked: &Asked, gone: &str, denied: &[&str]) -> Reply {
    let one = asked.text("TargetGroupArn").to_owned();
    match asked.operation.as_str() {
        "DescribeTargetGroups" => {
            let arns = asked.numbered("TargetGroupArns.member");
            if arns.contains(&arn(gone)) { elb_error("TargetGroupNotFound") } else { described(&arns) }
        }
        _ if one == arn(gone) => elb_error("TargetGroupNotFound"),
        _ if denied.iter().any(|name| one == arn(name)) => elb_error("AccessDenied"),
        _ => healthy(),
    }
}

fn need(names: &[&str]) -> Need {
    Need::Targets { arns: names.iter().map(|name| arn(name)).collect(), calm: BTreeSet::new(), haste: Haste::Hurried }
}

#[tokio::test]
async fn the_health_of_a_calm_group_is_not_asked_for() {
    let aws = Canned::new(|asked| targets(asked, "gone", &[]));
    let arns = ["web", "api"].map(arn).to_vec();
    let need = Need::Targets { arns, calm: [arn("web")].into(), haste: Haste::Unhurried };
    let (Rows::Targets(rows), missing) = aws.read(need).await.unwrap() else { panic!() };
    assert_eq!(
        rows.iter().map(|row| (row.name.as_str(), row.targets.known())).collect::<Vec<_>>(),
        [("web", false), ("api", true)]
    );
    assert_eq!(missing, []);
    assert_eq!(aws.count("DescribeTargetHealth"), 1);
}

#[tokio::test]
async fn each_target_group_has_its_own_reading() {
    let aws = Canned::new(|asked| targets(asked, "gone", &["shut"]));
    let (Rows::Targets(rows), missing) = aws.read(need(&["web", "gone", "shut", "api", "web"])).await.unwrap() else {
        panic!()
    };
    assert_eq!(rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["web", "shut", "api"]);
    assert!(rows.iter().all(|row| row.target_type == TargetType::Ip && row.port == Some(80)));
    let target = &rows[0].targets.get().unwrap()[0];
    assert_eq!((target.state.clone(), target.reason.as_deref()), (TargetState::Unhealthy, Some("Target.Timeout")));
    assert_eq!(rows[0].targets.read_at.unwrap().to_string(), "2026-03-01T12:00:00Z");
    assert_eq!(rows[1].targets.get(), None);
    assert_eq!(rows[1].targets.failure.as_ref().map(|failure| failure.kind), Some(FailureKind::Denied));
    assert_eq!(missing.len(), 1);
    assert_eq!(missing[0].what, "targets of shut");
}

#[tokio::test]
async fn groups_are_described_together_and_health_is_asked_once_each() {
    let aws = Canned::new(|asked| targets(asked, "gone", &[]));
    let names: Vec<String> = (0..30).map(|number| format!("tg-{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (Rows::Targets(rows), _) = aws.read(need(&names)).await.unwrap() else { panic!() };
    assert_eq!(rows.len(), 30);
    assert_eq!((aws.count("DescribeTargetGroups"), aws.count("DescribeTargetHealth")), (2, 30));
}

#[tokio::test]
async fn no_health_at_all_is_a_failure() {
    let aws = Canned::new(|asked| targets(asked, "gone", &["web", "api"]));
    let failure = aws.read(need(&["web", "api"])).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Denied);
    assert_eq!(failure.operation, "elasticloadbalancing:DescribeTargetHealth");
}

#[tokio::test]
async fn groups_that_cannot_be_described_are_known_by_their_arns() {
    let aws = Canned::new(|asked| match asked.operation.as_str() {
        "DescribeTargetGroups" => elb_error("AccessDenied"),
        _ => healthy(),
    });
    let (Rows::Targets(rows), missing) = aws.read(need(&["web"])).await.unwrap() else { panic!() };
    assert_eq!((rows[0].name.as_str(), rows[0].targets.rows.len()), ("web", 1));
    assert_eq!(missing[0].what, "target groups 1");
}

fn cbor(body: &Value) -> Reply {
    let mut bytes = Vec::new();
    ciborium::into_writer(body, &mut bytes).unwrap();
    Reply::Http(200, vec![("smithy-protocol", "rpc-v2-cbor"), ("content-type", "application/cbor")], bytes)
}

fn alarm(number: usize) -> Value {
    json!({
        "AlarmName": format!("alarm-{number}"), "AlarmArn": format!("arn:alarm-{number}"), "StateValue": "ALARM",
        "ActionsEnabled": true, "AlarmActions": ["arn:sns"],
        "Metrics": [{ "Id": "m", "MetricStat": { "Period": 60, "Stat": "Sum", "Metric": {
            "Namespace": "AWS/ECS", "MetricName": "CPU", "Dimensions": [{ "Name": "ServiceName", "Value": "web" }],
        } } }],
    })
}

#[tokio::test]
async fn every_page_of_metric_and_composite_alarms_is_read() {
    for total in [0, 1, 100, 101] {
        let aws = Canned::new(move |asked| {
            assert_eq!(asked.list("AlarmTypes"), ["MetricAlarm", "CompositeAlarm"]);
            let from: usize = asked.text("NextToken").parse().unwrap_or_default();
            let to = total.min(from + 100);
            let mut body = json!({ "MetricAlarms": (from..to).map(alarm).collect::<Value>() });
            if to < total {
                body["NextToken"] = json!(to.to_string());
            } else {
                body["CompositeAlarms"] = json!([{
                    "AlarmName": "all", "AlarmArn": "arn:all", "AlarmRule": "ALARM(a)", "StateValue": "PUZZLED",
                }]);
            }
            cbor(&body)
        });
        let (Rows::Alarms(rows), missing) = aws.read(Need::Alarms).await.unwrap() else { panic!() };
        assert_eq!((rows.len(), missing.len()), (total + 1, 0));
        let last = rows.last().unwrap();
        assert_eq!(last.kind, AlarmKind::Composite("ALARM(a)".to_owned()));
        assert_eq!(last.state, AlarmState::Other("PUZZLED".to_owned()));
        if let AlarmKind::Metric(metric) = &rows[0].kind {
            assert_eq!((metric.metric.as_deref(), metric.period), (None, Some(60)));
            assert_eq!(metric.dimensions["ServiceName"], "web");
        }
    }
}

#[tokio::test]
async fn mute_rules_are_asked_for_by_the_name_in_their_arn() {
    let aws = Canned::new(|asked| {
        if asked.operation == "ListAlarmMuteRules" {
            assert_eq!(asked.list("Statuses"), ["ACTIVE", "SCHEDULED"]);
            let arn =
                |name: &str| json!({ "AlarmMuteRuleArn": format!("arn:aws:cloudwatch:r:1:alarm-mute-rule:{name}") });
            return cbor(&json!({ "AlarmMuteRuleSummaries": [arn("deploy"), arn("gone")] }));
        }
        match asked.text("AlarmMuteRuleName") {
            "deploy" => cbor(&json!({
                "Status": "ACTIVE", "Description": "ada: deploy",
                "Rule": { "Schedule": { "Expression": "at(2026-03-01T11:00)", "Duration": "PT2H" } },
                "MuteTargets": { "AlarmNames": ["cpu"] },
            })),
            _ => {
                let mut body = Vec::new();
                let fault = Cbor::Map(vec![(
                    Cbor::Text("__type".to_owned()),
                    Cbor::Text("com.amazonaws.cloudwatch#ResourceNotFoundException".to_owned()),
                )]);
                ciborium::into_writer(&fault, &mut body).unwrap();
                Reply::Http(404, vec![("smithy-protocol", "rpc-v2-cbor")], body)
            }
        }
    });
    let (Rows::Mutes(rows), missing) = aws.read(Need::Mutes).await.unwrap() else { panic!() };
    assert_eq!(missing, []);
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].name.as_str(), rows[0].alarm_names.as_slice()), ("deploy", &["cpu".to_owned()][..]));
    assert_eq!(rows[0].until.unwrap().to_string(), "2026-03-01T13:00:00Z");
}

#[tokio::test]
async fn log_groups_come_by_name_even_where_all_are_listed() {
    let aws = Canned::new(|asked| {
        assert!(asked.list("logGroupIdentifiers").len() <= 50);
        Reply::json(json!({ "logGroups": [
            { "logGroupName": "/live/web", "retentionInDays": 30, "storedBytes": 7 },
            { "logGroupName": "/other" },
        ] }))
    });
    let names = (0..60).map(|number| format!("/g/{number}")).chain(["/live/web".to_owned()]).collect();
    let (Rows::LogGroups(rows), _) = aws.read(Need::LogGroups { names }).await.unwrap() else { panic!() };
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].retention_days, rows[0].stored_bytes), (Some(30), Some(7)));
    assert_eq!(aws.count("DescribeLogGroups"), 2);
}

fn identity(asked: &Asked, aliases: Reply) -> Reply {
    match asked.operation.as_str() {
        "GetCallerIdentity" => Reply::query(
            "GetCallerIdentity",
            "<Arn>arn:aws:sts::111122223333:assumed-role/OnCall/ada</Arn>\
             <Account>111122223333</Account>",
        ),
        _ => aliases,
    }
}

#[tokio::test]
async fn the_account_is_known_with_and_without_its_alias() {
    let named = "<AccountAliases><member>live</member></AccountAliases><IsTruncated>false</IsTruncated>";
    let aws = Canned::new(move |asked| identity(asked, Reply::query("ListAccountAliases", named)));
    let (Rows::Identity(who), missing) = aws.read(Need::Identity).await.unwrap() else { panic!() };
    assert_eq!(
        (who.account.as_str(), who.account_alias.as_deref(), who.role()),
        ("111122223333", Some("live"), "OnCall")
    );
    assert_eq!(missing, []);

    let aws = Canned::new(|asked| identity(asked, elb_error("AccessDenied")));
    let (Rows::Identity(who), missing) = aws.read(Need::Identity).await.unwrap() else { panic!() };
    assert_eq!((who.account.as_str(), who.account_alias), ("111122223333", None));
    assert_eq!(missing[0].failure.as_ref().unwrap().kind, FailureKind::Denied);
}
