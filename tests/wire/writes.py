"""What is made, changed and deleted: tasks and services, AMIs and templates, targets and parameters."""

import datetime
import json
import time

from account import found, refused


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
    absent = tasks[0][:-4] + "0000"
    assert ecs.get_task_protection(cluster=cluster, tasks=[absent])["failures"][0]["reason"] == "MISSING"


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
