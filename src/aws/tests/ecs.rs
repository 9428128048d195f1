//! ECS.

use serde_json::{Value, json};

use super::canned::{Asked, Canned, Reply};
use crate::aws::request::Need;
use crate::fleet::focus::{TaskOwner, TaskScope};
use crate::fleet::instance::{CheckStatus, ContainerInstanceStatus, Resources};
use crate::fleet::reading::{FailureKind, Missing};
use crate::fleet::snapshot::Rows;
use crate::fleet::task::{HealthStatus, TaskStatus};

fn arn(kind: &str, number: usize) -> String {
    format!("arn:aws:ecs:eu-west-1:111122223333:{kind}/live/{number:04}")
}

/// A page of a list of `total` ARNs.
fn page(asked: &Asked, member: &str, kind: &str, total: usize) -> Reply {
    assert_eq!(asked.input["maxResults"], 100);
    let from: usize = asked.text("nextToken").parse().unwrap_or_default();
    let to = total.min(from + 100);
    let arns: Vec<String> = (from..to).map(|number| arn(kind, number)).collect();
    let mut body = json!({ member: arns });
    if to < total {
        body["nextToken"] = json!(to.to_string());
    }
    Reply::json(body)
}

fn services(total: usize) -> Canned {
    Canned::new(move |asked| match asked.operation.as_str() {
        "ListServices" => page(asked, "serviceArns", "service", total),
        "DescribeServices" => {
            assert_eq!(asked.text("cluster"), "live");
            let arns = asked.list("services");
            assert!(arns.len() <= 10, "AWS takes ten");
            Reply::json(json!({ "services": arns.iter().map(|arn| json!({ "serviceArn": arn })).collect::<Value>() }))
        }
        other => panic!("{other} was not expected"),
    })
}

#[tokio::test]
async fn every_service_is_read_in_the_fewest_calls() {
    for (total, lists, describes) in [(0, 1, 0), (1, 1, 1), (100, 1, 10), (101, 2, 11), (230, 3, 23)] {
        let aws = services(total);
        let (Rows::Services(rows), missing) = aws.read(Need::Services).await.unwrap() else { panic!() };
        let arns: Vec<String> = rows.into_iter().map(|row| row.arn).collect();
        assert_eq!(arns, (0..total).map(|number| arn("service", number)).collect::<Vec<_>>());
        assert_eq!(missing, []);
        assert_eq!((aws.count("ListServices"), aws.count("DescribeServices")), (lists, describes), "{total}");
    }
}

#[tokio::test]
async fn a_batch_that_fails_costs_its_own_services() {
    let good = services(101);
    let aws = Canned::new(move |asked| {
        let hit = asked.operation == "DescribeServices" && asked.list("services").contains(&arn("service", 15));
        if hit { Reply::error(400, "ServerException", "lost") } else { good.reply(asked) }
    });
    let (Rows::Services(rows), missing) = aws.read(Need::Services).await.unwrap() else { panic!() };
    assert_eq!(rows.len(), 91);
    assert_eq!(missing.len(), 1);
    assert_eq!(missing[0].what, "services 11–20");
    assert_eq!(missing[0].failure.as_ref().unwrap().operation, "ecs:DescribeServices");
    assert_eq!(missing[0].failure.as_ref().unwrap().message, "ServerException: lost");
}

#[tokio::test]
async fn a_page_that_fails_keeps_the_pages_before_it() {
    let good = services(250);
    let aws = Canned::new(move |asked| match asked.text("nextToken") {
        "200" => Reply::error(400, "InvalidParameterException", "token expired"),
        _ => good.reply(asked),
    });
    let (Rows::Services(rows), missing) = aws.read(Need::Services).await.unwrap() else { panic!() };
    assert_eq!(rows.len(), 200);
    assert_eq!(missing[0].what, "services after the first 200");
}

#[tokio::test]
async fn a_token_that_leads_around_ends_the_list() {
    let aws = Canned::new(|asked| match asked.operation.as_str() {
        "ListServices" => Reply::json(json!({ "serviceArns": [arn("service", 1)], "nextToken": "again" })),
        _ => Reply::json(json!({ "services": [{ "serviceArn": arn("service", 1) }] })),
    });
    let (Rows::Services(rows), missing) = aws.read(Need::Services).await.unwrap() else { panic!() };
    assert_eq!(rows.len(), 1);
    assert_eq!(missing.len(), 1);
    assert_eq!((aws.count("ListServices"), aws.count("DescribeServices")), (2, 1));
}

#[tokio::test]
async fn what_vanished_is_dropped_and_what_failed_is_named() {
    let aws = Canned::new(|asked| match asked.operation.as_str() {
        "ListServices" => page(asked, "serviceArns", "service", 3),
        _ => Reply::json(json!({
            "services": [{ "serviceArn": arn("service", 0) }],
            "failures": [
                { "arn": arn("service", 1), "reason": "MISSING" },
                { "arn": arn("service", 2), "reason": "INTERNAL", "detail": "try\u{1b}again" },
            ],
        })),
    });
    let (Rows::Services(rows), missing) = aws.read(Need::Services).await.unwrap() else { panic!() };
    assert_eq!(rows.len(), 1);
    assert_eq!(missing.len(), 1);
    assert_eq!(
        (missing[0].what.as_str(), missing[0].failure.as_ref().unwrap().message.as_str()),
        ("0002", "INTERNAL: try␛again")
    );
}

#[tokio::test]
async fn a_container_instance_is_told_in_full() {
    let aws = Canned::new(|asked| match asked.operation.as_str() {
        "ListContainerInstances" => page(asked, "containerInstanceArns", "container-instance", 1),
        _ => {
            assert_eq!(asked.list("include"), ["CONTAINER_INSTANCE_HEALTH"]);
            Reply::json(json!({ "containerInstances": [{
                "containerInstanceArn": arn("container-instance", 0),
                "ec2InstanceId": "i-1",
                "status": "HIBERNATING",
                "agentConnected": true,
                "versionInfo": { "agentVersion": "1.89.2" },
                "runningTasksCount": 3,
                "pendingTasksCount": -1,
                "registeredAt": 1_772_366_400.5,
                "attributes": [
                    { "name": "ecs.ami-id", "value": "ami-1" },
                    { "name": "ecs.availability-zone", "value": "eu-west-1a" },
                    { "name": "ecs.capability.task-eni" },
                ],
                "registeredResources": [
                    { "name": "CPU", "type": "INTEGER", "integerValue": 2048 },
                    { "name": "MEMORY", "type": "LONG", "longValue": 7680 },
                    { "name": "PORTS", "type": "STRINGSET", "stringSetValue": ["22", "2375", "none"] },
                ],
                "healthStatus": { "overallStatus": "INSUFFICIENT_DATA" },
            }] }))
        }
    });
    let (Rows::ContainerInstances(rows), _) = aws.read(Need::ContainerInstances).await.unwrap() else { panic!() };
    let row = &rows[0];
    assert_eq!(row.status, ContainerInstanceStatus::Other("HIBERNATING".to_owned()));
    assert_eq!((row.running_tasks, row.pending_tasks), (3, 0));
    assert_eq!(row.registered_at.unwrap().to_string(), "2026-03-01T12:00:00.5Z");
    assert_eq!((row.ami_id.as_deref(), row.instance_type.as_deref()), (Some("ami-1"), None));
    assert_eq!(row.attributes["ecs.capability.task-eni"], "");
    assert_eq!(row.registered, Resources { cpu: 2_048, memory: 7_680, ports: vec![22, 2_375] });
    assert_eq!(row.remaining, Resources::default());
    assert_eq!(row.health, Some(CheckStatus::InsufficientData));
}

#[tokio::test]
async fn running_and_stopped_tasks_are_both_read_and_none_twice() {
    let aws = Canned::new(|asked| match (asked.operation.as_str(), asked.text("desiredStatus")) {
        ("ListTasks", "RUNNING") => Reply::json(json!({ "taskArns": [arn("task", 1), arn("task", 2)] })),
        ("ListTasks", "STOPPED") => Reply::json(json!({ "taskArns": [arn("task", 2), arn("task", 3)] })),
        _ => Reply::json(json!({ "tasks": asked.list("tasks").iter().map(|arn| json!({
            "taskArn": arn,
            "group": "service:web",
            "lastStatus": "DEACTIVATING",
            "desiredStatus": "STOPPED",
            "cpu": "256",
            "memory": "1 GB",
            "healthStatus": "UNHEALTHY",
            "stoppedReason": "gone\nbad",
            "attachments": [{ "details": [{ "name": "privateIPv4Address", "value": "10.0.0.7" }] }],
            "containers": [{ "name": "app", "exitCode": 137, "networkBindings": [{ "hostPort": 32768, "containerPort": 80 }] }],
        })).collect::<Value>() })),
    });
    let (Rows::Tasks(rows), missing) = aws.read(Need::Tasks(TaskScope::All)).await.unwrap() else { panic!() };
    assert_eq!(rows.iter().map(|row| row.id()).collect::<Vec<_>>(), ["0001", "0002", "0003"]);
    assert_eq!(missing, []);
    let row = &rows[0];
    assert_eq!((row.last_status.clone(), row.wanted()), (TaskStatus::Deactivating, false));
    assert_eq!((row.cpu, row.memory), (Some(256), Some(1_024)));
    assert_eq!(row.health, Some(HealthStatus::Unhealthy));
    assert_eq!(row.stopped_reason.as_deref(), Some("gone␤bad"));
    assert_eq!(row.private_ip.as_deref(), Some("10.0.0.7"));
    assert_eq!((row.containers[0].exit_code, row.containers[0].host_ports[0].host), (Some(137), 32_768));
}

#[tokio::test]
async fn stopped_tasks_that_cannot_be_listed_leave_the_running_ones() {
    let aws = Canned::new(|asked| match (asked.operation.as_str(), asked.text("desiredStatus")) {
        ("ListTasks", "STOPPED") => Reply::error(400, "ServerException", "no"),
        ("ListTasks", _) => Reply::json(json!({ "taskArns": [arn("task", 1)] })),
        _ => Reply::json(json!({ "tasks": [{ "taskArn": arn("task", 1) }] })),
    });
    let (Rows::Tasks(rows), missing) = aws.read(Need::Tasks(TaskScope::All)).await.unwrap() else { panic!() };
    assert_eq!(rows.len(), 1);
    assert_eq!(missing[0].what, "stopped tasks");
}

/// Lists that never end, a page for every token.
fn endless_tasks() -> Canned {
    Canned::new(|asked| match asked.operation.as_str() {
        "ListTasks" => {
            let page = asked.text("nextToken").parse().unwrap_or(0);
            let arns: Vec<String> = (0..100).map(|n| arn("task", page * 100 + n)).collect();
            Reply::json(json!({ "taskArns": arns, "nextToken": (page + 1).to_string() }))
        }
        _ => Reply::json(
            json!({ "tasks": asked.list("tasks").iter().map(|arn| json!({ "taskArn": arn })).collect::<Value>() }),
        ),
    })
}

#[tokio::test]
async fn a_list_that_is_longer_than_wanted_is_cut_and_says_so() {
    let aws = endless_tasks();
    let (Rows::Tasks(rows), missing) = aws.read(Need::Tasks(TaskScope::UpTo(250))).await.unwrap() else { panic!() };
    assert_eq!(rows.len(), 2_000, "the stopped ones have the same ids, and a limit of their own");
    assert_eq!(aws.count("ListTasks"), 3 + 20);
    let left_out = |what: &str| Missing { what: what.to_owned(), failure: None };
    assert_eq!(missing, [left_out("tasks after the first ones"), left_out("stopped tasks after the first ones")]);
}

#[tokio::test]
async fn the_tasks_of_owners_are_listed_one_by_one_and_described_together() {
    let aws = Canned::new(|asked| match (asked.operation.as_str(), asked.text("desiredStatus")) {
        ("ListTasks", "STOPPED") => Reply::json(json!({ "taskArns": [arn("task", 9)] })),
        ("ListTasks", _) => match (asked.text("serviceName"), asked.text("containerInstance")) {
            ("web", "") => Reply::json(json!({ "taskArns": [arn("task", 1), arn("task", 2)] })),
            ("gone", "") => Reply::error(400, "ServiceNotFoundException", "Service not found."),
            ("broken", "") => Reply::error(400, "ServerException", "no"),
            ("", "arn:i/1") => Reply::json(json!({ "taskArns": [arn("task", 2), arn("task", 3)] })),
            other => panic!("{other:?}"),
        },
        _ => Reply::json(
            json!({ "tasks": asked.list("tasks").iter().map(|arn| json!({ "taskArn": arn })).collect::<Value>() }),
        ),
    });
    let service = |name: &str| TaskOwner::Service(name.to_owned());
    let owners =
        vec![service("web"), service("gone"), service("broken"), TaskOwner::ContainerInstance("arn:i/1".into())];
    let scope = TaskScope::Of { owners, awaited: 0 };
    let (Rows::Tasks(rows), missing) = aws.read(Need::Tasks(scope)).await.unwrap() else { panic!() };
    assert_eq!(rows.iter().map(|row| row.id()).collect::<Vec<_>>(), ["0001", "0002", "0003", "0009"]);
    assert_eq!(aws.count("DescribeTasks"), 2);
    let said: Vec<(&str, bool)> = missing.iter().map(|part| (part.what.as_str(), part.failure.is_some())).collect();
    assert_eq!(said, [("tasks of broken", true), ("tasks of what is neither looked at nor in trouble", false)]);
}

#[tokio::test]
async fn a_task_definition_that_cannot_be_read_is_named() {
    let aws = Canned::new(|asked| match asked.text("taskDefinition") {
        "arn:x/web:7" => Reply::json(json!({ "taskDefinition": {
            "taskDefinitionArn": "arn:x/web:7", "family": "web", "revision": 7, "networkMode": "bridge",
            "containerDefinitions": [{
                "name": "app", "cpu": 128, "memory": 512, "memoryReservation": 256,
                "portMappings": [{ "containerPort": 80, "hostPort": 0 }, { "containerPort": 81, "hostPort": 8081 }],
                "logConfiguration": { "logDriver": "awslogs", "options": { "awslogs-group": "/live/web" } },
            }],
        } })),
        _ => Reply::error(400, "ClientException", "Unable to describe task definition."),
    });
    let arns = ["arn:x/web:7", "arn:x/old:1", "arn:x/web:7"].map(str::to_owned).to_vec();
    let (Rows::TaskDefinitions(rows), missing) = aws.read(Need::TaskDefinitions { arns }).await.unwrap() else {
        panic!()
    };
    assert_eq!(rows.len(), 1);
    let container = &rows[0].containers[0];
    assert_eq!((container.memory, container.host_ports.as_slice()), (Some(256), &[8_081][..]));
    assert_eq!(container.log_group.as_deref(), Some("/live/web"));
    assert_eq!(missing[0].what, "task definition old:1");
    assert_eq!(aws.count("DescribeTaskDefinition"), 2);
}

#[tokio::test]
async fn a_cluster_comes_with_its_capacity_providers() {
    let aws = Canned::new(|asked| match asked.operation.as_str() {
        "DescribeClusters" => Reply::json(json!({ "clusters": [{
            "clusterName": "live", "clusterArn": "arn:c", "status": "ACTIVE",
            "registeredContainerInstancesCount": 5, "capacityProviders": ["cp-a", "FARGATE"],
        }] })),
        _ if asked.text("nextToken").is_empty() => Reply::json(json!({
            "capacityProviders": [{ "name": "cp-a", "autoScalingGroupProvider": {
                "autoScalingGroupArn": "arn:asg", "managedDraining": "ENABLED", "managedScaling": { "status": "DISABLED" },
            } }],
            "nextToken": "2",
        })),
        _ => Reply::json(json!({ "capacityProviders": [{ "name": "FARGATE" }] })),
    });
    let (Rows::Cluster(cluster), missing) = aws.read(Need::Cluster).await.unwrap() else { panic!() };
    assert_eq!(missing, []);
    assert_eq!(cluster.counts.container_instances, 5);
    let [asg, fargate] = cluster.capacity_providers.as_slice() else { panic!("{cluster:?}") };
    assert_eq!((asg.group_arn.as_deref(), asg.managed_draining, asg.managed_scaling), (Some("arn:asg"), true, false));
    assert_eq!((fargate.name.as_str(), fargate.group_arn.as_deref()), ("FARGATE", None));
}

#[tokio::test]
async fn a_cluster_that_does_not_exist_is_a_failure_that_says_so() {
    let aws = Canned::new(|_| {
        Reply::json(json!({ "clusters": [], "failures": [{ "arn": "arn:c/live", "reason": "MISSING" }] }))
    });
    let failure = aws.read(Need::Cluster).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Failed);
    assert_eq!(failure.message, "there is no cluster live in this account and Region");
    assert!(failure.hint.is_some());
}

#[tokio::test]
async fn clusters_are_listed_by_name() {
    let aws = Canned::new(|asked| match asked.operation.as_str() {
        "ListClusters" => Reply::json(json!({ "clusterArns": ["arn:b", "arn:a"] })),
        _ => Reply::json(json!({ "clusters": [
            { "clusterName": "b", "clusterArn": "arn:b" }, { "clusterName": "a", "clusterArn": "arn:a" },
        ] })),
    });
    let clusters = aws.connect().await.clusters().await.unwrap();
    assert_eq!(clusters.iter().map(|cluster| cluster.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
}
