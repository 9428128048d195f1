"""Calls every operation with what the ones before it found: reads.py ENDPOINT

Each answer is checked strictly; an operation that finds nothing in a fleet with a story is a failure too.
"""

import datetime
import sys

import bus
import events
import groups
import runs
import schedules
import writes
from account import Account, found, operations, protocols, refused


def read_ecs(account):
    ecs = account.client("ecs")
    cluster = found(ecs.list_clusters(), "clusterArns")[0]
    include = ["ATTACHMENTS", "CONFIGURATIONS", "SETTINGS", "STATISTICS", "TAGS"]
    described = ecs.describe_clusters(clusters=[cluster, "nobody"], include=include)
    assert [failure["reason"] for failure in described["failures"]] == ["MISSING"], described["failures"]
    providers = found(described["clusters"][0], "capacityProviders")
    found(ecs.describe_capacity_providers(capacityProviders=providers, include=["TAGS"]), "capacityProviders")
    instances = found(ecs.list_container_instances(cluster=cluster), "containerInstanceArns")
    health = ["CONTAINER_INSTANCE_HEALTH", "TAGS"]
    answer = ecs.describe_container_instances(cluster=cluster, containerInstances=instances[:100], include=health)
    assert len(found(answer, "containerInstances")) == len(instances[:100])
    read_tasks(ecs, cluster)
    read_services(ecs, cluster)
    drained = ecs.update_container_instances_state(
        cluster=cluster, containerInstances=instances[:2], status="DRAINING"
    )
    assert {instance["status"] for instance in drained["containerInstances"]} == {"DRAINING"}, drained


def read_tasks(ecs, cluster):
    for status in ("RUNNING", "STOPPED"):
        tasks = found(ecs.list_tasks(cluster=cluster, desiredStatus=status), "taskArns")
        described = found(ecs.describe_tasks(cluster=cluster, tasks=tasks[:100], include=["TAGS"]), "tasks")
        for definition in {task["taskDefinitionArn"] for task in described}:
            answer = ecs.describe_task_definition(taskDefinition=definition, include=["TAGS"])
            found(answer["taskDefinition"], "containerDefinitions")


def read_services(ecs, cluster):
    services = found(ecs.list_services(cluster=cluster, maxResults=100), "serviceArns")
    for start in range(0, len(services), 10):
        found(ecs.describe_services(cluster=cluster, services=services[start : start + 10], include=["TAGS"]), "services")
    deployments = []
    for service in services:
        answer = ecs.list_service_deployments(cluster=cluster, service=service)
        deployments += [deployment["serviceDeploymentArn"] for deployment in answer["serviceDeployments"]]
    assert deployments, "no service has a deployment"
    found(ecs.describe_service_deployments(serviceDeploymentArns=deployments[:20]), "serviceDeployments")


def read_ec2(account):
    ec2 = account.client("ec2")
    reservations = found(ec2.describe_instances(), "Reservations")
    instances = [instance for reservation in reservations for instance in reservation["Instances"]]
    ids = [instance["InstanceId"] for instance in instances]
    found(ec2.describe_instances(Filters=[{"Name": "instance-state-name", "Values": ["running"]}]), "Reservations")
    found(ec2.describe_instance_status(InstanceIds=ids[:50], IncludeAllInstances=True), "InstanceStatuses")
    found(ec2.describe_images(ImageIds=list({instance["ImageId"] for instance in instances})), "Images")
    found(ec2.describe_images(Owners=["amazon"], IncludeDeprecated=True), "Images")
    for instance in instances[:3]:
        found(ec2.get_console_output(InstanceId=instance["InstanceId"], Latest=True), "Output")
    refused("InvalidInstanceID.NotFound", ec2.get_console_output, InstanceId="i-0123456789abcdef0")
    refused("InvalidInstanceID.Malformed", ec2.get_console_output, InstanceId="vol-1")
    names = list({instance["InstanceType"] for instance in instances})
    answers = [ec2.describe_instance_types(InstanceTypes=names)]
    answers.append(ec2.describe_instance_types(Filters=[{"Name": "instance-type", "Values": names}]))
    for answer in answers:
        types = found(answer, "InstanceTypes")
        assert sorted(one["InstanceType"] for one in types) == sorted(names), types
        assert all(one["NetworkInfo"]["MaximumNetworkInterfaces"] > 1 for one in types), types
    refused("InvalidInstanceType", ec2.describe_instance_types, InstanceTypes=["t2.nano"])
    groups = list({group["GroupId"] for instance in instances for group in instance["SecurityGroups"]})
    found(ec2.describe_security_groups(GroupIds=groups), "SecurityGroups")
    found(ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": groups}]), "SecurityGroupRules")
    for template in found(ec2.describe_launch_templates(), "LaunchTemplates"):
        answer = ec2.describe_launch_template_versions(
            LaunchTemplateId=template["LaunchTemplateId"], Versions=["$Latest", "$Default"]
        )
        found(answer, "LaunchTemplateVersions")


def read_elbv2(account):
    elbv2 = account.client("elbv2")
    found(elbv2.describe_load_balancers(), "LoadBalancers")
    groups = found(elbv2.describe_target_groups(), "TargetGroups")
    health = [elbv2.describe_target_health(TargetGroupArn=group["TargetGroupArn"]) for group in groups]
    assert any(answer["TargetHealthDescriptions"] for answer in health), "no target anywhere"


def read_autoscaling(account):
    autoscaling = account.client("autoscaling")
    for group in found(autoscaling.describe_auto_scaling_groups(), "AutoScalingGroups"):
        found(group, "Instances")
        name = group["AutoScalingGroupName"]
        autoscaling.describe_scaling_activities(AutoScalingGroupName=name)
        autoscaling.describe_instance_refreshes(AutoScalingGroupName=name)
    found(autoscaling.describe_auto_scaling_instances(), "AutoScalingInstances")


def read_cloudwatch(account, protocol):
    cloudwatch = account.client("cloudwatch", protocol=protocol)
    alarms = found(cloudwatch.describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"]), "MetricAlarms")
    found(cloudwatch.describe_alarms(AlarmNames=[alarms[0]["AlarmName"]]), "MetricAlarms")
    found(cloudwatch.describe_alarm_history(), "AlarmHistoryItems")
    for rule in found(cloudwatch.list_alarm_mute_rules(), "AlarmMuteRuleSummaries"):
        name = rule["AlarmMuteRuleArn"].rpartition(":")[2]
        found(cloudwatch.get_alarm_mute_rule(AlarmMuteRuleName=name)["MuteTargets"], "AlarmNames")
    end = datetime.datetime.now(datetime.timezone.utc)
    metric = next(alarm for alarm in alarms if alarm.get("MetricName"))
    stat = {
        "Metric": {key: metric[key] for key in ("Namespace", "MetricName", "Dimensions")},
        "Period": 300,
        "Stat": "Average",
    }
    answer = cloudwatch.get_metric_data(
        MetricDataQueries=[{"Id": "m1", "MetricStat": stat}],
        StartTime=end - datetime.timedelta(hours=3),
        EndTime=end,
    )
    found(answer["MetricDataResults"][0], "Values")


def read_logs(account):
    logs = account.client("logs")
    groups = found(logs.describe_log_groups(), "logGroups")
    assert len({group["logGroupName"] for group in groups}) == len(groups)
    silent = 0
    # Nothing that rules keep has happened.
    for group in (name for group in groups if not (name := group["logGroupName"]).startswith("/aws/events/")):
        streams = logs.describe_log_streams(logGroupName=group, orderBy="LastEventTime", descending=True)["logStreams"]
        silent += not streams
        for stream in streams[:2]:
            assert stream["firstEventTimestamp"] <= stream["lastEventTimestamp"] <= stream["lastIngestionTime"], stream
            names = {"logGroupName": group, "logStreamName": stream["logStreamName"]}
            assert found(logs.get_log_events(**names, startFromHead=True, limit=3), "events")[0]["timestamp"] == (
                stream["firstEventTimestamp"]
            )
            newest = found(logs.get_log_events(**names, limit=3), "events")[-1]
            assert newest["timestamp"] >= stream["lastEventTimestamp"], "AWS knows of the last event later than readers"
            told = found(logs.filter_log_events(logGroupName=group, logStreamNames=[names["logStreamName"]], limit=9), "events")
            assert all(event["ingestionTime"] > event["timestamp"] for event in told), told
    assert silent == 2, f"{silent} groups without a stream, not those of a service that nothing can place and of bakes"


def read_ssm(account):
    ssm = account.client("ssm")
    name = "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended"
    found(ssm.get_parameter(Name=name)["Parameter"], "Value")
    answer = ssm.get_parameters(Names=[f"{name}/image_id", "/nowhere"])
    assert answer["InvalidParameters"] == ["/nowhere"], answer
    assert found(answer, "Parameters")[0]["Value"].startswith("ami-"), answer


def main(endpoint):
    account = Account(endpoint)
    found(account.client("sts").get_caller_identity(), "Arn")
    found(account.client("iam").list_account_aliases(), "AccountAliases")
    read_ssm(account)
    read_logs(account)
    read_autoscaling(account)
    read_ec2(account)
    read_elbv2(account)
    for protocol in protocols("cloudwatch"):
        read_cloudwatch(account, protocol)
    read_ecs(account)
    schedules.use(account)
    bus.use(account)
    runs.run_documents(account)
    groups.write_groups(account)
    events.write_logs(account)
    events.query_logs(account)
    events.tail_logs(account)
    writes.write_ecs(account)
    writes.write_images(account)
    writes.write_others(account)
    missed = set(operations()) - account.called
    assert not missed, f"never called: {missed}"


main(*sys.argv[1:])
