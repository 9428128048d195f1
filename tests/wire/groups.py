"""Auto Scaling groups: processes, sizes, refreshes, standby, members that leave; attributes of container instances and mute rules."""

import datetime

from account import found, refused


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
