"""Fills moto with a fleet through boto3, then prints what boto3 itself reads back.

usage: seed_moto.py ENDPOINT_URL
Prints one JSON document: what `quarterdeck status --json` has to say about the same endpoint.
"""

import json
import sys

import boto3
from botocore.config import Config

REGION = "eu-west-1"
CLUSTER = "harbor"
INSTANCES = 120
BRIDGE_TASKS = 150
AWSVPC_TASKS = 80


def client(name, endpoint):
    return boto3.client(
        name,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"max_attempts": 1}),
    )


def network(ec2):
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsSupport={"Value": True})
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/20", AvailabilityZone="eu-west-1b")["Subnet"]["SubnetId"]
    return vpc, subnet


def launch(ec2, ecs, subnet):
    """Instances of which two have a key pair; every one of them joins the cluster."""
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    ec2.create_key_pair(KeyName="forgotten")
    ids = []
    for count, key in ((INSTANCES - 2, None), (2, "forgotten")):
        extra = {"KeyName": key} if key else {}
        batch = ec2.run_instances(
            ImageId=image, MinCount=count, MaxCount=count, InstanceType="m5.large", SubnetId=subnet, **extra
        )
        ids += [instance["InstanceId"] for instance in batch["Instances"]]
    for instance_id in ids:
        document = json.dumps({"instanceId": instance_id, "region": REGION})
        ecs.register_container_instance(
            cluster=CLUSTER, instanceIdentityDocument=document, instanceIdentityDocumentSignature="unused"
        )
    return ids


def target_group(elbv2, vpc, name, kind):
    created = elbv2.create_target_group(Name=name, Protocol="HTTP", Port=80, VpcId=vpc, TargetType=kind)
    return created["TargetGroups"][0]["TargetGroupArn"]


def start(ecs, elbv2, ids, vpc, subnet, firewall):
    """Two services with target groups, and their tasks, run by hand as moto starts none by itself."""
    bridge = target_group(elbv2, vpc, "web-bridge", "instance")
    awsvpc = target_group(elbv2, vpc, "api-awsvpc", "ip")
    container = {"name": "app", "image": "nginx", "cpu": 16, "memory": 32, "portMappings": [{"containerPort": 80}]}
    ecs.register_task_definition(family="web", networkMode="bridge", containerDefinitions=[container])
    ecs.register_task_definition(family="api", networkMode="awsvpc", containerDefinitions=[container])
    for name, desired, group in (("web", BRIDGE_TASKS, bridge), ("api", AWSVPC_TASKS, awsvpc)):
        balancer = {"targetGroupArn": group, "containerName": "app", "containerPort": 80}
        interfaces = {"subnets": [subnet], "securityGroups": [firewall]}
        extra = {"networkConfiguration": {"awsvpcConfiguration": interfaces}} if name == "api" else {}
        ecs.create_service(
            cluster=CLUSTER,
            serviceName=name,
            taskDefinition=name,
            desiredCount=desired,
            launchType="EC2",
            loadBalancers=[balancer],
            **extra,
        )
        for _ in range(desired // 10):
            ecs.run_task(cluster=CLUSTER, taskDefinition=name, count=10, launchType="EC2", group=f"service:{name}", **extra)
    elbv2.register_targets(TargetGroupArn=bridge, Targets=[{"Id": i, "Port": 32768} for i in ids[:40]])
    addresses = task_addresses(ecs)
    elbv2.register_targets(TargetGroupArn=awsvpc, Targets=[{"Id": ip, "Port": 80} for ip in addresses[:30]])


def task_addresses(ecs):
    """Private addresses of the awsvpc tasks; describing a task also lets moto bring it to RUNNING."""
    details = [
        detail
        for batch in batches(pages(ecs, "list_tasks", "taskArns", cluster=CLUSTER), 100)
        for task in ecs.describe_tasks(cluster=CLUSTER, tasks=batch)["tasks"]
        for attachment in task["attachments"]
        for detail in attachment["details"]
    ]
    return sorted(detail["value"] for detail in details if detail["name"] == "privateIPv4Address")


def pages(client_, operation, key, **arguments):
    paginator = client_.get_paginator(operation)
    return [item for page in paginator.paginate(**arguments) for item in page[key]]


def batches(items, size):
    return [items[at : at + size] for at in range(0, len(items), size)]


def read(ec2, ecs, elbv2, sts):
    """What an AWS client of somebody else's reads: the expectation."""
    arns = pages(ecs, "list_container_instances", "containerInstanceArns", cluster=CLUSTER)
    machines = [
        machine
        for batch in batches(arns, 100)
        for machine in ecs.describe_container_instances(cluster=CLUSTER, containerInstances=batch)["containerInstances"]
    ]
    zones = {
        instance["InstanceId"]: instance["Placement"]["AvailabilityZone"]
        for reservation in pages(ec2, "describe_instances", "Reservations")
        for instance in reservation["Instances"]
    }
    services = ecs.describe_services(cluster=CLUSTER, services=["web", "api"])["services"]
    groups = {group["TargetGroupArn"]: group["TargetGroupName"] for group in elbv2.describe_target_groups()["TargetGroups"]}
    return {
        "fleet": {"account": sts.get_caller_identity()["Account"], "cluster": CLUSTER, "region": REGION},
        "instances": {
            machine["ec2InstanceId"]: {
                "container_instance_arn": machine["containerInstanceArn"],
                "agent_connected": machine["agentConnected"],
                "status": machine["status"],
                "running_tasks": machine["runningTasksCount"],
                "pending_tasks": machine["pendingTasksCount"],
                "availability_zone": zones[machine["ec2InstanceId"]],
            }
            for machine in machines
        },
        "tasks": len(pages(ecs, "list_tasks", "taskArns", cluster=CLUSTER)),
        "services": {
            service["serviceName"]: {key: service[f"{key}Count"] for key in ("desired", "running", "pending")}
            for service in services
        },
        "target_groups": {
            name: sorted(
                [health["Target"]["Id"], health["Target"]["Port"], health["TargetHealth"]["State"]]
                for health in elbv2.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
            )
            for arn, name in groups.items()
        },
    }


def main():
    endpoint = sys.argv[1]
    ec2, ecs, elbv2, sts = (client(name, endpoint) for name in ("ec2", "ecs", "elbv2", "sts"))
    ecs.create_cluster(clusterName=CLUSTER)
    vpc, subnet = network(ec2)
    ids = launch(ec2, ecs, subnet)
    firewall = ec2.create_security_group(GroupName="tasks", Description="tasks", VpcId=vpc)["GroupId"]
    start(ecs, elbv2, ids, vpc, subnet, firewall)
    json.dump(read(ec2, ecs, elbv2, sts), sys.stdout)


main()
