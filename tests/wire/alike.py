"""Seeds moto and the simulated AWS alike and compares what they answer: alike.py SIM MOTO

Answers are normalised: what differs from account to account (ids, ARNs, times, addresses) becomes a word. Every other difference
has to be in differences.py, with the side that AWS's documentation supports; an entry that matches nothing fails as well.
"""

import datetime
import json
import re
import sys
import time

import botocore.session
from botocore.config import Config

from differences import DIFFERENCES

# Operations whose answers are about what the accounts came with: only which members there are is compared.
PRESENCE = ("DescribeImages",)

VOLATILE = [
    (re.compile(r"arn:aws:[^ \"]+"), "ARN"),
    (re.compile(r"\b(eni-attach|i|r|sg|subnet|vpc|eni|ami|vol)-[0-9a-f]{8,17}\b"), r"\1-ID"),
    (re.compile(r"\b\d+\.\d+\.\d+\.\d+\b"), "ADDRESS"),
    (re.compile(r"\b(ip|ec2)(-\d+){4}\b"), r"\1-ADDRESS"),
    (re.compile(r"\b[0-9a-f]{2}(:[0-9a-f]{2}){5}\b"), "MAC"),
    (re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "UUID"),
    (re.compile(r"\b[0-9a-f]{32,64}\b"), "DIGEST"),
    (re.compile(r"\becs-svc/\d+"), "DEPLOYMENT"),
    (re.compile(r"\b\d{12}\b"), "ACCOUNT"),
]


def client(endpoint, service):
    session = botocore.session.Session()
    session.set_credentials("test", "test")
    config = Config(retries={"total_max_attempts": 1})
    return session.create_client(service, "eu-west-1", endpoint_url=endpoint, config=config)


def settled(ask, enough):
    """The first answer that is enough."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        answer = ask()
        if enough(answer):
            return answer
        time.sleep(0.05)
    raise AssertionError(f"waited in vain: {answer}")


def seed(endpoint):
    """Every answer to the same calls, by operation."""
    ecs, ec2, elbv2, logs, ssm = (client(endpoint, name) for name in ("ecs", "ec2", "elbv2", "logs", "ssm"))
    told = {}
    told["CreateCluster"] = ecs.create_cluster(clusterName="harbor")
    images = ec2.describe_images(Owners=["amazon"], Filters=[{"Name": "architecture", "Values": ["x86_64"]}])["Images"]
    image = next(image["ImageId"] for image in images if image.get("Platform") != "windows")
    launched = ec2.run_instances(ImageId=image, MinCount=2, MaxCount=2, InstanceType="m7i.large")
    ids = [instance["InstanceId"] for instance in launched["Instances"]]
    ec2.get_waiter("instance_running").wait(InstanceIds=ids, WaiterConfig={"Delay": 1})
    ec2.get_waiter("instance_status_ok").wait(InstanceIds=ids, WaiterConfig={"Delay": 1})
    for one in ids:
        document = json.dumps({"instanceId": one, "region": "eu-west-1"})
        ecs.register_container_instance(
            cluster="harbor", instanceIdentityDocument=document, instanceIdentityDocumentSignature="unused"
        )
    container = {"name": "app", "image": "nginx", "cpu": 16, "memory": 32, "portMappings": [{"containerPort": 80}]}
    told["RegisterTaskDefinition"] = ecs.register_task_definition(family="web", containerDefinitions=[container])
    told["CreateService"] = ecs.create_service(
        cluster="harbor", serviceName="web", taskDefinition="web", desiredCount=0, launchType="EC2"
    )
    told["RunTask"] = ecs.run_task(cluster="harbor", taskDefinition="web", count=2, startedBy="alike", launchType="EC2")
    vpc = launched["Instances"][0]["VpcId"]
    group = elbv2.create_target_group(Name="web", Protocol="HTTP", Port=80, VpcId=vpc, TargetType="instance")
    told["CreateTargetGroup"] = group
    arn = group["TargetGroups"][0]["TargetGroupArn"]
    elbv2.register_targets(TargetGroupArn=arn, Targets=[{"Id": ids[0], "Port": 8080}])
    told["DescribeTargetHealth"] = elbv2.describe_target_health(TargetGroupArn=arn)
    logs.create_log_group(logGroupName="/alike/app")
    logs.put_retention_policy(logGroupName="/alike/app", retentionInDays=14)
    logs.create_log_stream(logGroupName="/alike/app", logStreamName="web/1")
    now = int(time.time() * 1000)
    events = [{"timestamp": now + n, "message": f"line {n}"} for n in range(5)]
    logs.put_log_events(logGroupName="/alike/app", logStreamName="web/1", logEvents=events)
    told["DescribeLogGroups"] = logs.describe_log_groups(logGroupNamePrefix="/alike")
    told["DescribeLogStreams"] = logs.describe_log_streams(logGroupName="/alike/app")
    told["GetLogEvents"] = logs.get_log_events(logGroupName="/alike/app", logStreamName="web/1", startFromHead=True)
    told["FilterLogEvents"] = logs.filter_log_events(logGroupName="/alike/app", filterPattern='"line 3"')
    ssm.put_parameter(Name="/alike/ami", Value="x", Type="String")
    told["GetParameter"] = ssm.get_parameter(Name="/alike/ami")
    groups = ec2.describe_security_groups()["SecurityGroups"]
    told["DescribeSecurityGroups"] = {"SecurityGroups": [one for one in groups if one["VpcId"] == vpc]}
    told["DescribeImages"] = ec2.describe_images(ImageIds=[image])
    told["DescribeInstances"] = ec2.describe_instances(InstanceIds=ids)
    told["DescribeInstanceStatus"] = ec2.describe_instance_status(InstanceIds=ids)
    told["DescribeTargetGroups"] = elbv2.describe_target_groups(Names=["web"])
    told["DescribeServices"] = settled(
        lambda: ecs.describe_services(cluster="harbor", services=["web"]),
        lambda answer: answer["services"][0]["deployments"][0]["rolloutState"] == "COMPLETED",
    )
    told["DescribeTaskDefinition"] = ecs.describe_task_definition(taskDefinition="web")
    told["ListServices"] = ecs.list_services(cluster="harbor")
    told["ListTasks"] = ecs.list_tasks(cluster="harbor")
    told["ListContainerInstances"] = ecs.list_container_instances(cluster="harbor")
    told["DescribeTasks"] = settled(
        lambda: ecs.describe_tasks(cluster="harbor", tasks=told["ListTasks"]["taskArns"]),
        lambda answer: not {task["lastStatus"] for task in answer["tasks"]} & {"PROVISIONING", "PENDING", "ACTIVATING"},
    )
    told["DescribeClusters"] = ecs.describe_clusters(clusters=["harbor"])
    machines = told["ListContainerInstances"]["containerInstanceArns"]
    told["DescribeContainerInstances"] = ecs.describe_container_instances(cluster="harbor", containerInstances=machines)
    return told


def flat(value, path, rows):
    """Every scalar of an answer by its member's path, normalised; lists are bags."""
    if isinstance(value, dict):
        for key, item in value.items():
            flat(item, f"{path}.{key}" if path else key, rows)
    elif isinstance(value, list):
        rows.setdefault(f"{path}[]", []).append(len(value))
        for item in value:
            flat(item, f"{path}[]", rows)
    else:
        rows.setdefault(path, []).append(plain(path, value))


def plain(path, value):
    name = path.rpartition(".")[2]
    if isinstance(value, datetime.datetime) or name.lower().endswith(("timestamp", "time")):
        return "TIME"
    if name.lower().endswith(("token", "eventid")) or path.endswith("deployments[].id"):
        return "TOKEN"
    if isinstance(value, str):
        for pattern, word in VOLATILE:
            value = pattern.sub(word, value)
    return value


def compare(sim, moto):
    """Differences by (operation, member)."""
    found = {}
    for operation in sim:
        rows = []
        for answer in (sim[operation], moto[operation]):
            answer = {key: item for key, item in answer.items() if key != "ResponseMetadata"}
            members = {}
            flat(answer, "", members)
            given = operation in PRESENCE
            rows.append({path: "given" if given else sorted(map(repr, values)) for path, values in members.items()})
        for path in sorted(set(rows[0]) | set(rows[1])):
            if rows[0].get(path) != rows[1].get(path):
                found[operation, path] = (rows[0].get(path), rows[1].get(path))
    return found


def main(sim, moto):
    found = compare(seed(sim), seed(moto))
    wrong = [f"{key}: sim {a}, moto {b}" for key, (a, b) in found.items() if key not in DIFFERENCES]
    wrong += [f"{key}: listed, and no difference" for key in DIFFERENCES if key not in found]
    assert not wrong, "\n" + "\n".join(wrong)


main(*sys.argv[1:])
