"""Calls every operation with what the ones before it found: reads.py ENDPOINT

Each answer is checked strictly; an operation that finds nothing in a fleet with a story is a failure too.
"""

import datetime
import json
import sys
import time

from botocore.exceptions import ClientError

import bus
import schedules
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


def write_logs(account):
    logs, names = account.client("logs"), {"logGroupName": "/wire/app", "logStreamName": "web/1"}
    logs.create_log_group(logGroupName="/wire/app")
    refused("ResourceAlreadyExistsException", logs.create_log_group, logGroupName="/wire/app")
    logs.put_retention_policy(logGroupName="/wire/app", retentionInDays=14)
    refused("InvalidParameterException", logs.put_retention_policy, logGroupName="/wire/app", retentionInDays=13)
    logs.create_log_stream(**names)
    now = int(datetime.datetime.now(datetime.timezone.utc).timestamp() * 1000)
    events = [{"timestamp": now - 10 + n, "message": f"line {n}"} for n in range(7)]
    logs.put_log_events(**names, logEvents=events)
    refused("InvalidParameterException", logs.put_log_events, **names, logEvents=events[::-1])
    refused("ResourceNotFoundException", logs.put_log_events, **{**names, "logStreamName": "none"}, logEvents=events)
    told = logs.get_log_events(**names, startFromHead=True, limit=4)
    assert [event["message"] for event in told["events"]] == ["line 0", "line 1", "line 2", "line 3"], told
    told = logs.get_log_events(**names, startFromHead=True, nextToken=told["nextForwardToken"])
    assert [event["message"] for event in told["events"]] == ["line 4", "line 5", "line 6"], told
    again = logs.get_log_events(**names, startFromHead=True, nextToken=told["nextForwardToken"])
    assert (again["events"], again["nextForwardToken"]) == ([], told["nextForwardToken"]), again
    for pattern, count in (("", 7), ("line -4", 6), ("?2 ?3", 2), ('"line 5"', 1), ("nothing", 0)):
        told = logs.filter_log_events(logGroupName="/wire/app", filterPattern=pattern)
        assert len(told["events"]) == count, f"{pattern}: {told}"
    stream = found(logs.describe_log_streams(logGroupName="/wire/app"), "logStreams")[0]
    assert stream["lastEventTimestamp"] == now - 4, stream


def query_logs(account):
    logs, group = account.client("logs"), "/wire/app"
    now = int(time.time())
    asked = {"logGroupName": group, "startTime": now - 60, "endTime": now + 60}
    query = logs.start_query(**asked, queryString="fields @message | filter @message like 'line' | sort @message")["queryId"]
    told = ended(logs, query)
    messages = [{field["field"]: field["value"] for field in row} for row in told["results"]]
    assert [row["@message"] for row in messages] == [f"line {n}" for n in range(7)], told
    statistics = told["statistics"]
    assert (statistics["recordsMatched"], statistics["recordsScanned"]) == (7, 7), statistics
    record = logs.get_log_record(logRecordPointer=messages[3]["@ptr"])["logRecord"]
    assert (record["@message"], record["@logStream"]) == ("line 3", "web/1"), record
    refused("InvalidParameterException", logs.stop_query, queryId=query)
    refused("ResourceNotFoundException", logs.get_query_results, queryId="none")
    first = logs.get_query_results(queryId=query, maxItems=4)
    rest = logs.get_query_results(queryId=query, maxItems=4, nextToken=first["nextToken"])
    assert [len(page["results"]) for page in (first, rest)] == [4, 3] and "nextToken" not in rest, rest
    for language, text in (("PPL", "stats count() as n"), ("SQL", f"SELECT COUNT(*) AS n FROM `{group}`")):
        given = {key: value for key, value in asked.items() if language != "SQL" or key != "logGroupName"}
        told = ended(logs, logs.start_query(**given, queryLanguage=language, queryString=text)["queryId"])
        assert told["queryLanguage"] == language and told["results"] == [[{"field": "n", "value": "7"}]], told
    stopped = logs.start_query(**asked, queryString="stats count(*)")["queryId"]
    assert logs.stop_query(queryId=stopped)["success"]
    for status, wanted in (("Complete", query), ("Cancelled", stopped)):
        listed = logs.describe_queries(logGroupName=group, status=status, queryLanguage="CWLI")["queries"]
        assert [one["queryId"] for one in listed] == [wanted], listed
    refuse_queries(logs, asked)


def tail_logs(account):
    """Sees an event come in: the first update may be an empty one."""
    logs, names = account.client("logs"), {"logGroupName": "/wire/app", "logStreamName": "web/1"}
    group = found(logs.describe_log_groups(logGroupNamePrefix="/wire/app"), "logGroups")[0]["logGroupArn"]
    stream = logs.start_live_tail(logGroupIdentifiers=[group])["responseStream"]
    events = iter(stream)
    assert next(events)["sessionStart"]["logGroupIdentifiers"] == [group]
    logs.put_log_events(**names, logEvents=[{"timestamp": int(time.time() * 1000), "message": "live"}])
    for event in events:
        told = event["sessionUpdate"]
        if told["sessionResults"]:
            break
    assert [(one["message"], one["logStreamName"]) for one in told["sessionResults"]] == [("live", "web/1")], told
    assert told["sessionMetadata"] == {"sampled": False}, told
    stream.close()


def ended(logs, query):
    """A query's result once it is complete."""
    deadline = time.monotonic() + 30
    while (told := logs.get_query_results(queryId=query))["status"] in ("Scheduled", "Running"):
        assert time.monotonic() < deadline, told
    assert told["status"] == "Complete", told
    return told


def refuse_queries(logs, asked):
    try:
        logs.start_query(**asked, queryString="fields @message | nonsense")
    except ClientError as error:
        compiled = error.response["queryCompileError"]["location"]
        assert error.response["Error"]["Code"] == "MalformedQueryException", error
        assert compiled == {"startCharOffset": 18, "endCharOffset": 26}, error.response
    else:
        raise AssertionError("nonsense is no query")
    some = {"queryString": "limit 1", "startTime": 1, "endTime": 2}
    refused("InvalidParameterException", logs.start_query, **some)
    refused("InvalidParameterException", logs.start_query, **{**asked, "endTime": 1}, queryString="limit 1")
    refused("InvalidParameterException", logs.start_query, **some, logGroupNames=["/a"], logGroupName="/a")
    refused("InvalidParameterException", logs.start_query, **some, logGroupNames=[f"/a{n}" for n in range(51)])
    refused("ResourceNotFoundException", logs.start_query, **some, logGroupIdentifiers=["/nowhere"])
    running = [logs.start_query(**asked, queryString="limit 1")["queryId"] for _ in range(100)]
    refused("LimitExceededException", logs.start_query, **asked, queryString="limit 1")
    for query in running:
        try:
            logs.stop_query(queryId=query)
        except ClientError:
            pass  # It has ended by itself meanwhile.


def write_ecs(account):
    ecs = account.client("ecs")
    cluster = ecs.create_cluster(clusterName="harbor")["cluster"]["clusterArn"]
    container = {"name": "app", "image": "nginx", "cpu": 16, "memory": 32, "portMappings": [{"containerPort": 80}]}
    given = {"family": "wire", "containerDefinitions": [container]}
    for revision in (1, 2):
        told = ecs.register_task_definition(**given)["taskDefinition"]
        assert told["revision"] == revision, told
    for wrong in ({"containerDefinitions": []}, {"family": "a b"}, {"containerDefinitions": [container, container]}):
        refused("ClientException", ecs.register_task_definition, **{**given, **wrong})
    service = {"cluster": cluster, "serviceName": "wire", "taskDefinition": "wire:1"}
    told = ecs.create_service(**service, desiredCount=1)["service"]
    assert (told["desiredCount"], len(told["deployments"])) == (1, 1), told
    refused("InvalidParameterException", ecs.create_service, **service, desiredCount=1)
    told = ecs.update_service(cluster=cluster, service="wire", desiredCount=2, taskDefinition="wire")["service"]
    assert (told["desiredCount"], told["taskDefinition"][-6:], len(told["deployments"])) == (2, "wire:2", 2), told
    roll_back(ecs, cluster)
    constrain(ecs, cluster)
    tasks = ecs.run_task(cluster=cluster, taskDefinition="wire", count=2, startedBy="reads.py")["tasks"]
    assert {task["startedBy"] for task in tasks} == {"reads.py"} and len(tasks) == 2, tasks
    refused("InvalidParameterException", ecs.run_task, cluster=cluster, taskDefinition="wire", count=11)
    refused("ClientException", ecs.run_task, cluster=cluster, taskDefinition="nobody")
    protect(ecs, cluster, tasks[1]["taskArn"])
    told = ecs.stop_task(cluster=cluster, task=tasks[0]["taskArn"], reason="enough")["task"]
    assert (told["desiredStatus"], told["stoppedReason"]) == ("STOPPED", "enough"), told
    refused("ClientException", ecs.register_container_instance, cluster=cluster, instanceIdentityDocument="{}")


def write_images(account):
    ec2, ssm = account.client("ec2"), account.client("ssm")
    image = max(ec2.describe_images(Owners=["amazon"])["Images"], key=lambda one: one["CreationDate"])["ImageId"]
    data = {"ImageId": image, "InstanceType": "m7i.large", "UserData": "IyEvYmluL2Jhc2gKc2h1dGRvd24gLWggbm93Cg=="}
    data["TagSpecifications"] = [{"ResourceType": "instance", "Tags": [{"Key": "wire", "Value": "1"}]}]
    made = ec2.create_launch_template(LaunchTemplateName="wire", LaunchTemplateData=data, VersionDescription="first")
    assert made["LaunchTemplate"]["LatestVersionNumber"] == 1, made
    taken = {"LaunchTemplateName": "wire", "LaunchTemplateData": data}
    refused("InvalidLaunchTemplateName.AlreadyExistsException", ec2.create_launch_template, **taken)
    named = {"LaunchTemplateName": "wire"}
    version = ec2.create_launch_template_version(**named, SourceVersion="1", LaunchTemplateData={"InstanceType": "m7i.xlarge"})
    data["InstanceType"] = "m7i.xlarge"
    assert {**data, **version["LaunchTemplateVersion"]["LaunchTemplateData"]} == version["LaunchTemplateVersion"]["LaunchTemplateData"]
    assert ec2.modify_launch_template(**named, DefaultVersion="2")["LaunchTemplate"]["DefaultVersionNumber"] == 2
    told = ec2.delete_launch_template_versions(**named, Versions=["1", "2"])
    assert len(told["SuccessfullyDeletedLaunchTemplateVersions"]) == 1, told
    assert len(told["UnsuccessfullyDeletedLaunchTemplateVersions"]) == 1, told
    instance = ec2.run_instances(LaunchTemplate=named, MinCount=1, MaxCount=1, ClientToken="wire")["Instances"][0]
    assert instance["InstanceType"] == "m7i.xlarge", instance
    ids = [instance["InstanceId"]]
    refused("IncorrectInstanceState", ec2.create_image, InstanceId=ids[0], Name="wire")
    refused("IncorrectInstanceState", ec2.stop_instances, InstanceIds=ids)
    wait_for(lambda: ec2.describe_instances(InstanceIds=ids)["Reservations"][0]["Instances"][0]["State"]["Name"] == "running")
    wait_for(lambda: "InstanceId" in send(ssm, ids))
    told = ec2.stop_instances(InstanceIds=ids)["StoppingInstances"][0]
    assert (told["PreviousState"]["Name"], told["CurrentState"]["Name"]) == ("running", "stopping"), told
    tags = [{"ResourceType": kind, "Tags": [{"Key": "wire", "Value": "1"}]} for kind in ("image", "snapshot")]
    own = ec2.create_image(InstanceId=ids[0], Name="wire", TagSpecifications=tags)["ImageId"]
    refused("InvalidAMIName.Duplicate", ec2.create_image, InstanceId=ids[0], Name="wire")
    refused("InvalidAMIName.Malformed", ec2.create_image, InstanceId=ids[0], Name="w!re")
    refused("InvalidAMIID.Unavailable", ec2.run_instances, ImageId=own, InstanceType="m7i.large", MinCount=1, MaxCount=1)
    filters = [{"Name": "tag:wire", "Values": ["1"]}]
    snapshot = found(ec2.describe_snapshots(OwnerIds=["self"], Filters=filters), "Snapshots")[0]
    assert own in snapshot["Description"] and snapshot["State"] == "pending", snapshot
    refused("InvalidSnapshot.InUse", ec2.delete_snapshot, SnapshotId=snapshot["SnapshotId"])
    refused("AuthFailure", ec2.deregister_image, ImageId=image)
    told = ec2.deregister_image(ImageId=own, DeleteAssociatedSnapshots=True)
    assert told["DeleteSnapshotResults"] == [{"SnapshotId": snapshot["SnapshotId"], "ReturnCode": "success"}], told
    refused("InvalidSnapshot.NotFound", ec2.delete_snapshot, SnapshotId=snapshot["SnapshotId"])
    ec2.terminate_instances(InstanceIds=ids)
    ssm.put_parameter(Name="/wire/history", Value="1", Type="String")
    assert found(ssm.get_parameter_history(Name="/wire/history"), "Parameters")[0]["Version"] == 1


def send(ssm, ids):
    """An invocation of a command on the first of these instances, as it is told at once."""
    command = {"DocumentName": "AWS-RunShellScript", "Parameters": {"commands": ["echo wire"]}, "Comment": "wire"}
    refused("InvalidInstanceId", ssm.send_command, InstanceIds=["i-0123456789abcdef0"], **command)
    refused("InvalidDocument", ssm.send_command, InstanceIds=ids, DocumentName="AWS-Nothing")
    sent = ssm.send_command(InstanceIds=ids, **command)["Command"]
    assert (sent["Status"], sent["InstanceIds"]) == ("Pending", ids), sent
    found(ssm.list_command_invocations(CommandId=sent["CommandId"], Details=True), "CommandInvocations")
    return ssm.get_command_invocation(CommandId=sent["CommandId"], InstanceId=ids[0])


def wait_for(holds):
    """Waits until something holds."""
    latest = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < latest, "it never came about"
        time.sleep(0.2)


def protect(ecs, cluster, alone):
    """Protects a task of a service; one without a service cannot be."""
    services = ecs.list_services(cluster=cluster)["serviceArns"]
    lists = (ecs.list_tasks(cluster=cluster, serviceName=service)["taskArns"] for service in services)
    tasks = next(filter(None, lists))
    given = {"cluster": cluster, "tasks": [tasks[0], alone], "protectionEnabled": True, "expiresInMinutes": 5}
    told = ecs.update_task_protection(**given)
    assert [task["protectionEnabled"] for task in told["protectedTasks"]] == [True], told
    assert [failure["reason"] for failure in told["failures"]] == ["TASK_NOT_VALID"], told
    told = ecs.get_task_protection(cluster=cluster, tasks=[tasks[0]])["protectedTasks"]
    assert "expirationDate" in told[0], told
    refused("InvalidParameterException", ecs.update_task_protection, **{**given, "expiresInMinutes": 2881})
    refused("InvalidParameterException", ecs.update_task_protection, **{**given, "tasks": tasks[:1] * 11})
    told = ecs.update_task_protection(**{**given, "tasks": tasks[:1], "protectionEnabled": False})["protectedTasks"]
    assert (told[0]["protectionEnabled"], "expirationDate" in told[0]) == (False, False), told


def write_others(account):
    ec2, elbv2, ssm = (account.client(name) for name in ("ec2", "elbv2", "ssm"))
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    launch = {"MinCount": 1, "MaxCount": 2, "InstanceType": "m7i.large"}
    instances = ec2.run_instances(**launch, ImageId=image)["Instances"]
    assert [instance["AmiLaunchIndex"] for instance in instances] == [0, 1], instances
    refused("InvalidAMIID.NotFound", ec2.run_instances, **launch, ImageId="ami-0")
    elsewhere = {"VpcId": instances[0]["VpcId"], "Protocol": "HTTP", "Port": 80}
    group = elbv2.create_target_group(Name="wire", TargetType="ip", **elsewhere)["TargetGroups"][0]["TargetGroupArn"]
    refused("DuplicateTargetGroupName", elbv2.create_target_group, Name="wire", **elsewhere)
    address = {"Id": instances[0]["PrivateIpAddress"], "Port": 80}
    elbv2.register_targets(TargetGroupArn=group, Targets=[address])
    refused("InvalidTarget", elbv2.register_targets, TargetGroupArn=group, Targets=[{"Id": "192.0.2.1"}])
    for state in ("unused", "draining"):
        health = elbv2.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        assert [one["TargetHealth"]["State"] for one in health] == [state], health
        elbv2.deregister_targets(TargetGroupArn=group, Targets=[address])
    ids = [instance["InstanceId"] for instance in instances]
    told = ec2.terminate_instances(InstanceIds=ids)["TerminatingInstances"]
    assert {one["CurrentState"]["Name"] for one in told} == {"shutting-down"}, told
    parameter = {"Name": "/wire/ami", "Value": "ami-1"}
    assert ssm.put_parameter(**parameter, Type="String")["Version"] == 1
    refused("ParameterAlreadyExists", ssm.put_parameter, **parameter, Type="String")
    assert ssm.put_parameter(**parameter, Overwrite=True)["Version"] == 2
    assert ssm.get_parameter(Name="/wire/ami")["Parameter"]["Value"] == "ami-1"
    ends = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=2)
    policy = {"Type": "Expiration", "Version": "1.0", "Attributes": {"Timestamp": ends.isoformat()}}
    passing = {"Name": "/wire/passing", "Value": "1", "Type": "String", "Policies": json.dumps([policy])}
    refused("ValidationException", ssm.put_parameter, **passing)
    refused("InvalidPolicyTypeException", ssm.put_parameter, **{**passing, "Policies": '[{"Type": "Other"}]'}, Tier="Advanced")
    refused("InvalidPolicyAttributeException", ssm.put_parameter, **{**passing, "Policies": "soon"}, Tier="Advanced")
    assert ssm.put_parameter(**passing, Tier="Advanced")["Tier"] == "Advanced"
    assert ssm.get_parameter(Name="/wire/passing")["Parameter"]["Value"] == "1"
    deadline = time.monotonic() + 60
    while ssm.get_parameters(Names=["/wire/passing"])["Parameters"]:
        assert time.monotonic() < deadline, "it stays"
    told = ssm.delete_parameters(Names=["/wire/ami", "/wire/nobody"])
    assert (told["DeletedParameters"], told["InvalidParameters"]) == (["/wire/ami"], ["/wire/nobody"]), told


DOCUMENT = """
schemaVersion: '0.3'
description: Waits for somebody, then for nobody.
parameters:
  Word: {type: String, allowedPattern: '[a-z]+', default: keel}
variables:
  seen: {type: Boolean, default: false}
mainSteps:
  - {name: stay, action: 'aws:pause', inputs: {}}
  - {name: see, action: 'aws:updateVariable', inputs: {Name: 'variable:seen', Value: true}}
  - name: look
    action: aws:executeAwsApi
    inputs: {Service: sts, Api: GetCallerIdentity}
    outputs: [{Name: Account, Selector: $.Account}]
outputs: [look.Account]
"""


def reached(status, ssm, execution):
    """An execution once it has a status."""
    deadline = time.monotonic() + 60
    while (told := ssm.get_automation_execution(AutomationExecutionId=execution)["AutomationExecution"])[
        "AutomationExecutionStatus"
    ] != status:
        assert time.monotonic() < deadline, told
    return told


def run_documents(account):
    ssm = account.client("ssm")
    created = {"Name": "Wire", "Content": DOCUMENT, "DocumentType": "Automation", "DocumentFormat": "YAML"}
    ssm.create_document(**created, Tags=[{"Key": "wire", "Value": "yes"}])
    refused("DocumentAlreadyExists", ssm.create_document, **created)
    wrong = {**created, "Name": "Wrong", "Content": DOCUMENT.replace("aws:pause", "aws:executeScript")}
    refused("InvalidDocumentContent", ssm.create_document, **wrong)
    assert ssm.get_document(Name="Wire", DocumentFormat="YAML")["Content"] == DOCUMENT
    told = ssm.get_document(Name="Wire")
    assert told["DocumentFormat"] == "JSON", told
    assert list(json.loads(told["Content"])) [:3] == ["schemaVersion", "description", "parameters"], told
    refused("InvalidDocument", ssm.get_document, Name="Nobody")
    described = ssm.describe_document(Name="Wire")["Document"]
    assert [one["Name"] for one in found(described, "Parameters")] == ["Word"], described
    listed = ssm.list_documents(Filters=[{"Key": "tag:wire", "Values": ["yes"]}])["DocumentIdentifiers"]
    assert [one["Name"] for one in listed] == ["Wire"], listed
    token = "01234567-89ab-4def-8123-456789abcdef"
    start = {"DocumentName": "Wire", "ClientToken": token, "Parameters": {"Word": ["mast"]}}
    start["Tags"] = [{"Key": "quarterdeck-wire", "Value": ""}]
    execution = ssm.start_automation_execution(**start)["AutomationExecutionId"]
    assert ssm.start_automation_execution(**start)["AutomationExecutionId"] == execution
    refused("IdempotentParameterMismatch", ssm.start_automation_execution, **{**start, "Parameters": {"Word": ["keel"]}})
    missing = "AutomationDefinitionNotFoundException"
    refused(missing, ssm.start_automation_execution, DocumentName="Nobody")
    invalid = "InvalidAutomationExecutionParametersException"
    for parameters in ({"Word": ["UPPER"]}, {"Word": ["a", "b"]}, {"Other": ["a"]}):
        refused(invalid, ssm.start_automation_execution, DocumentName="Wire", Parameters=parameters)
    version = "AutomationDefinitionVersionNotFoundException"
    refused(version, ssm.start_automation_execution, DocumentName="Wire", DocumentVersion="7")
    waiting = reached("Waiting", ssm, execution)
    assert waiting["CurrentStepName"] == "stay", waiting
    refused("InvalidAutomationSignalException", ssm.send_automation_signal, AutomationExecutionId=execution, SignalType="Approve")
    ssm.send_automation_signal(AutomationExecutionId=execution, SignalType="Resume")
    ended = reached("Success", ssm, execution)
    assert ended["Outputs"] == {"look.Account": ["111122223333"]}, ended
    assert ended["Variables"] == {"seen": ["true"]}, ended
    steps = ssm.describe_automation_step_executions(AutomationExecutionId=execution)["StepExecutions"]
    assert [step["StepName"] for step in steps] == ["stay", "see", "look"], steps
    filters = [{"Key": "TagKey", "Values": ["quarterdeck-wire"]}]
    listed = ssm.describe_automation_executions(Filters=filters)["AutomationExecutionMetadataList"]
    assert [one["AutomationExecutionId"] for one in listed] == [execution], listed
    refused("InvalidAutomationStatusUpdateException", ssm.stop_automation_execution, AutomationExecutionId=execution)
    nobody = "AutomationExecutionNotFoundException"
    refused(nobody, ssm.get_automation_execution, AutomationExecutionId=token)
    stopped = ssm.start_automation_execution(DocumentName="Wire")["AutomationExecutionId"]
    ssm.stop_automation_execution(AutomationExecutionId=stopped)
    reached("Cancelled", ssm, stopped)
    guarded = {"Alarms": [{"Name": "nobody"}], "IgnorePollAlarmFailure": False}
    stopped = ssm.start_automation_execution(DocumentName="Wire", AlarmConfiguration=guarded)["AutomationExecutionId"]
    told = reached("Cancelled", ssm, stopped)
    assert told["TriggeredAlarms"] == [{"Name": "nobody", "State": "UNKNOWN"}], told
    assert told["AlarmConfiguration"] == guarded, told
    run_for_targets(ssm)


def run_for_targets(ssm):
    targets = [{"Key": "ParameterValues", "Values": ["keel", "mast"]}]
    start = {"DocumentName": "Wire", "TargetParameterName": "Word", "Targets": targets, "MaxConcurrency": "1"}
    execution = ssm.start_automation_execution(**start, MaxErrors="0")["AutomationExecutionId"]
    reached("InProgress", ssm, execution)
    filters = [{"Key": "ParentExecutionId", "Values": [execution]}]
    deadline = time.monotonic() + 60
    while not (children := ssm.describe_automation_executions(Filters=filters)["AutomationExecutionMetadataList"]):
        assert time.monotonic() < deadline, execution
    assert [child["Target"] for child in children] == ["keel"], children
    for key in ("tag:a", "ResourceGroup"):
        refused("InvalidTarget", ssm.start_automation_execution, **{**start, "Targets": [{"Key": key, "Values": ["b"]}]})
    ssm.stop_automation_execution(AutomationExecutionId=execution)
    ended = reached("Cancelled", ssm, execution)
    assert ended["ResolvedTargets"] == {"ParameterValues": ["keel", "mast"], "Truncated": False}, ended
    assert ended["ProgressCounters"]["CancelledSteps"] == 1, ended


def constrain(ecs, cluster):
    rules = [{"type": "distinctInstance"}, {"type": "memberOf", "expression": "attribute:retiring !exists"}]
    told = ecs.update_service(cluster=cluster, service="wire", placementConstraints=rules)["service"]
    assert told["placementConstraints"] == rules, told
    for wrong in ({"type": "memberOf"}, {"type": "memberOf", "expression": "attribute:a"}, {"type": "distinctInstance", "expression": "a"}):
        refused("InvalidParameterException", ecs.update_service, cluster=cluster, service="wire", placementConstraints=[wrong])
    assert ecs.update_service(cluster=cluster, service="wire", placementConstraints=[])["service"]["placementConstraints"] == []
    nowhere = [{"type": "memberOf", "expression": "attribute:ecs.instance-type =~ t2.*"}]
    told = ecs.run_task(cluster=cluster, taskDefinition="wire", placementConstraints=nowhere)
    assert not told["tasks"] and {one["reason"] for one in told["failures"]} <= {"MemberOf placement constraint unsatisfied.", "AGENT"}, told


def roll_back(ecs, cluster):
    newest = ecs.list_service_deployments(cluster=cluster, service="wire")["serviceDeployments"][0]
    stop = {"serviceDeploymentArn": newest["serviceDeploymentArn"]}
    assert ecs.stop_service_deployment(**stop, stopType="ROLLBACK")["serviceDeploymentArn"] == newest["serviceDeploymentArn"]
    refused("ConflictException", ecs.stop_service_deployment, **stop)
    absent = newest["serviceDeploymentArn"][:-4] + "0000"
    refused("ServiceDeploymentNotFoundException", ecs.stop_service_deployment, serviceDeploymentArn=absent)
    told = ecs.describe_service_deployments(serviceDeploymentArns=[newest["serviceDeploymentArn"]])["serviceDeployments"][0]
    assert told["status"].startswith("ROLLBACK_"), told
    revisions = [told["targetServiceRevision"]["arn"], told["sourceServiceRevisions"][0]["arn"]]
    told = ecs.describe_service_revisions(serviceRevisionArns=revisions)["serviceRevisions"]
    assert [one["taskDefinition"][-6:] for one in told] == ["wire:2", "wire:1"], told
    service = ecs.describe_services(cluster=cluster, services=["wire"])["services"][0]
    assert service["taskDefinition"].endswith("wire:1"), service
    ecs.stop_service_deployment(**stop, stopType="ABORT")


def refresh_group(autoscaling, name):
    refused("ActiveInstanceRefreshNotFound", autoscaling.cancel_instance_refresh, **name)
    refused("ValidationError", autoscaling.start_instance_refresh, **name, Preferences={"AutoRollback": True})
    template = autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"][0]["LaunchTemplate"]
    wanted = {"LaunchTemplate": {"LaunchTemplateId": template["LaunchTemplateId"], "Version": template["Version"]}}
    preferences = {
        "MinHealthyPercentage": 50,
        "MaxHealthyPercentage": 120,
        "CheckpointPercentages": [20, 100],
        "CheckpointDelay": 60,
        "SkipMatching": False,
        "AutoRollback": True,
        "ScaleInProtectedInstances": "Refresh",
        "StandbyInstances": "Ignore",
    }
    start = {"DesiredConfiguration": wanted, "Preferences": preferences}
    started = autoscaling.start_instance_refresh(**name, **start)["InstanceRefreshId"]
    refused("InstanceRefreshInProgress", autoscaling.start_instance_refresh, **name)
    told = found(autoscaling.describe_instance_refreshes(**name), "InstanceRefreshes")[0]
    assert (told["InstanceRefreshId"], told["Status"]) == (started, "Pending"), told
    assert {key: told["Preferences"][key] for key in preferences} == preferences, told
    assert told["DesiredConfiguration"]["LaunchTemplate"] == template, told
    assert autoscaling.rollback_instance_refresh(**name)["InstanceRefreshId"] == started
    told = autoscaling.describe_instance_refreshes(**name)["InstanceRefreshes"][0]
    assert told["Status"] == "RollbackInProgress" and told["RollbackDetails"]["RollbackReason"], told
    assert autoscaling.cancel_instance_refresh(**name, WaitForTransitioningInstances=False)["InstanceRefreshId"] == started


def set_aside(autoscaling, name, instance):
    member = {**name, "InstanceIds": [instance]}
    autoscaling.set_instance_protection(**member, ProtectedFromScaleIn=True)
    told = autoscaling.describe_auto_scaling_instances(InstanceIds=[instance])["AutoScalingInstances"][0]
    assert told["ProtectedFromScaleIn"], told
    autoscaling.set_instance_protection(**member, ProtectedFromScaleIn=False)
    told = autoscaling.enter_standby(**member, ShouldDecrementDesiredCapacity=True)["Activities"]
    assert [instance in one["Description"] for one in told] == [True], told
    refused("ValidationError", autoscaling.enter_standby, **member, ShouldDecrementDesiredCapacity=True)
    told = autoscaling.describe_auto_scaling_instances(InstanceIds=[instance])["AutoScalingInstances"][0]
    assert told["LifecycleState"] == "Standby", told
    autoscaling.exit_standby(**member)
    refused("ValidationError", autoscaling.exit_standby, **member)


def protect_tasks(ecs, cluster):
    tasks = [task for task in ecs.list_tasks(cluster=cluster)["taskArns"]][:10]
    told = ecs.update_task_protection(cluster=cluster, tasks=tasks, protectionEnabled=True, expiresInMinutes=5)
    assert len(told["protectedTasks"]) + len(told["failures"]) == len(tasks), told
    told = found(ecs.get_task_protection(cluster=cluster, tasks=tasks), "protectedTasks")
    assert all(one["protectionEnabled"] and one["expirationDate"] for one in told), told
    told = ecs.update_task_protection(cluster=cluster, tasks=tasks, protectionEnabled=False)["protectedTasks"]
    assert not any(one["protectionEnabled"] for one in told), told
    absent = tasks[0][:-4] + "0000"
    assert ecs.get_task_protection(cluster=cluster, tasks=[absent])["failures"][0]["reason"] == "MISSING"
    forever = {"protectionEnabled": True, "expiresInMinutes": 2881}
    refused("InvalidParameterException", ecs.update_task_protection, cluster=cluster, tasks=tasks, **forever)


def detach(autoscaling, name, instance):
    member = {**name, "InstanceIds": [instance], "ShouldDecrementDesiredCapacity": False}
    told = autoscaling.detach_instances(**member)["Activities"]
    assert [instance in one["Description"] for one in told] == [True], told
    refused("ValidationError", autoscaling.detach_instances, **member)
    assert not autoscaling.describe_auto_scaling_instances(InstanceIds=[instance])["AutoScalingInstances"]


def write_groups(account):
    ecs, cloudwatch = account.client("ecs"), account.client("cloudwatch")
    autoscaling, ec2 = account.client("autoscaling"), account.client("ec2")
    group = found(autoscaling.describe_auto_scaling_groups(), "AutoScalingGroups")[0]
    name = {"AutoScalingGroupName": group["AutoScalingGroupName"]}
    autoscaling.suspend_processes(**name, ScalingProcesses=["Launch"])
    told = autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"][0]
    assert [one["ProcessName"] for one in told["SuspendedProcesses"]] == ["Launch"], told
    autoscaling.resume_processes(**name)
    assert not autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"][0]["SuspendedProcesses"]
    refused("ValidationError", autoscaling.suspend_processes, **name, ScalingProcesses=["Lunch"])
    refused("ValidationError", autoscaling.set_desired_capacity, **name, DesiredCapacity=group["MaxSize"] + 1)
    autoscaling.set_desired_capacity(**name, DesiredCapacity=group["DesiredCapacity"])
    member = {"InstanceId": group["Instances"][0]["InstanceId"], "ShouldDecrementDesiredCapacity": False}
    ec2.create_tags(Resources=[member["InstanceId"]], Tags=[{"Key": "wire", "Value": "1"}])
    for tag, left in (({"Key": "wire", "Value": "2"}, 1), ({"Key": "wire"}, 0)):
        ec2.delete_tags(Resources=[member["InstanceId"]], Tags=[tag])
        told = ec2.describe_instances(InstanceIds=[member["InstanceId"]])["Reservations"][0]["Instances"][0]["Tags"]
        assert sum(one["Key"] == "wire" for one in told) == left, told
    refresh_group(autoscaling, name)
    in_service = [one["InstanceId"] for one in group["Instances"] if one["LifecycleState"] == "InService"]
    set_aside(autoscaling, name, in_service[2])
    protect_tasks(ecs, ecs.list_clusters()["clusterArns"][0])
    detach(autoscaling, name, group["Instances"][1]["InstanceId"])
    refused("InvalidParameterValue", ec2.create_tags, Resources=[member["InstanceId"]], Tags=[{"Key": "aws:x", "Value": ""}])
    told = autoscaling.terminate_instance_in_auto_scaling_group(**member)["Activity"]
    assert member["InstanceId"] in told["Description"], told
    refused("ScalingActivityInProgress", autoscaling.terminate_instance_in_auto_scaling_group, **member)
    cluster = ecs.list_clusters()["clusterArns"][0]
    target = ecs.list_container_instances(cluster=cluster)["containerInstanceArns"][0]
    attribute = {"name": "retiring", "value": "wire", "targetType": "container-instance", "targetId": target}
    ecs.put_attributes(cluster=cluster, attributes=[attribute])
    told = ecs.describe_container_instances(cluster=cluster, containerInstances=[target])["containerInstances"][0]
    assert {"name": "retiring", "value": "wire"} in told["attributes"], told
    ecs.delete_attributes(cluster=cluster, attributes=[attribute])
    refused("TargetNotFoundException", ecs.delete_attributes, cluster=cluster, attributes=[attribute])
    refused("InvalidParameterException", ecs.put_attributes, cluster=cluster, attributes=[attribute] * 11)
    starts = datetime.datetime.now(datetime.timezone.utc).strftime("at(%Y-%m-%dT%H:%M)")
    rule = {"Schedule": {"Expression": starts, "Duration": "PT30M", "Timezone": "UTC"}}
    cloudwatch.put_alarm_mute_rule(Name="wire", Rule=rule, MuteTargets={"AlarmNames": ["a"]})
    assert cloudwatch.get_alarm_mute_rule(AlarmMuteRuleName="wire")["Status"] == "ACTIVE"
    again = {"Schedule": {"Expression": "cron(* * * JAN-DEC *)", "Duration": "PT1M"}}
    cloudwatch.put_alarm_mute_rule(Name="wire", Rule=again, MuteTargets={"AlarmNames": ["a"]})
    told = cloudwatch.get_alarm_mute_rule(AlarmMuteRuleName="wire")
    assert (told["Status"], told["MuteType"], "ExpireDate" in told) == ("ACTIVE", "RECURRING", False), told
    for wrong in ({"Expression": "cron(0 1 * *)"}, {"Expression": "cron(61 * * * *)"}, {"Duration": "P16D"}, {"Duration": "PT1S"}, {"Expression": "at(noon)"}, {"Timezone": "Mars/Base"}):
        refused("ValidationError", cloudwatch.put_alarm_mute_rule, Name="wire", Rule={"Schedule": {**rule["Schedule"], **wrong}})
    for _ in range(2):
        cloudwatch.delete_alarm_mute_rule(AlarmMuteRuleName="wire")
    refused("ResourceNotFoundException", cloudwatch.get_alarm_mute_rule, AlarmMuteRuleName="wire")


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
    run_documents(account)
    write_groups(account)
    write_logs(account)
    query_logs(account)
    tail_logs(account)
    write_ecs(account)
    write_images(account)
    write_others(account)
    missed = set(operations()) - account.called
    assert not missed, f"never called: {missed}"


main(*sys.argv[1:])
