#!/usr/bin/env python3
"""Trim botocore's service models to the operations that the simulated AWS serves.

    trim.py            write the models beside this script
    trim.py --check    fail when a written model is not what this script would write

Needs botocore of exactly the version in BOTOCORE. What is left keeps every trait that
serializes, parses or validates; prose goes. Operations appear in OPERATIONS and nowhere else.
"""

import gzip
import json
import pathlib
import sys

import botocore

BOTOCORE = "1.44.5"

OPERATIONS = {
    "autoscaling": [
        "CancelInstanceRefresh",
        "DescribeAutoScalingGroups",
        "DescribeAutoScalingInstances",
        "DescribeInstanceRefreshes",
        "DescribeScalingActivities",
        "DetachInstances",
        "EnterStandby",
        "ExitStandby",
        "ResumeProcesses",
        "RollbackInstanceRefresh",
        "SetDesiredCapacity",
        "SetInstanceProtection",
        "StartInstanceRefresh",
        "SuspendProcesses",
        "TerminateInstanceInAutoScalingGroup",
    ],
    "cloudwatch": [
        "DeleteAlarmMuteRule",
        "DescribeAlarmHistory",
        "DescribeAlarms",
        "GetAlarmMuteRule",
        "GetMetricData",
        "ListAlarmMuteRules",
        "PutAlarmMuteRule",
    ],
    "ec2": [
        "CreateImage",
        "CreateLaunchTemplate",
        "CreateLaunchTemplateVersion",
        "CreateTags",
        "DeleteLaunchTemplateVersions",
        "DeleteSnapshot",
        "DeleteTags",
        "DeregisterImage",
        "DescribeImages",
        "DescribeInstanceStatus",
        "DescribeInstanceTypes",
        "DescribeInstances",
        "DescribeLaunchTemplateVersions",
        "DescribeLaunchTemplates",
        "DescribeSecurityGroupRules",
        "DescribeSecurityGroups",
        "DescribeSnapshots",
        "GetConsoleOutput",
        "ModifyLaunchTemplate",
        "RunInstances",
        "StopInstances",
        "TerminateInstances",
    ],
    "ecs": [
        "CreateCluster",
        "CreateService",
        "DeleteAttributes",
        "DescribeCapacityProviders",
        "DescribeClusters",
        "DescribeContainerInstances",
        "DescribeServiceDeployments",
        "DescribeServiceRevisions",
        "DescribeServices",
        "DescribeTaskDefinition",
        "DescribeTasks",
        "GetTaskProtection",
        "ListClusters",
        "ListContainerInstances",
        "ListServiceDeployments",
        "ListServices",
        "ListTasks",
        "PutAttributes",
        "RegisterContainerInstance",
        "RegisterTaskDefinition",
        "RunTask",
        "StopServiceDeployment",
        "StopTask",
        "UpdateContainerInstancesState",
        "UpdateService",
        "UpdateTaskProtection",
    ],
    "elbv2": [
        "CreateTargetGroup",
        "DeregisterTargets",
        "DescribeLoadBalancers",
        "DescribeTargetGroups",
        "DescribeTargetHealth",
        "RegisterTargets",
    ],
    "events": [
        "DeleteRule",
        "DescribeRule",
        "DisableRule",
        "EnableRule",
        "ListRules",
        "ListTargetsByRule",
        "PutRule",
        "PutTargets",
        "RemoveTargets",
    ],
    "iam": ["ListAccountAliases"],
    "logs": [
        "CreateLogGroup",
        "CreateLogStream",
        "DescribeLogGroups",
        "DescribeLogStreams",
        "DescribeQueries",
        "FilterLogEvents",
        "GetLogEvents",
        "GetLogRecord",
        "GetQueryResults",
        "PutLogEvents",
        "PutRetentionPolicy",
        "StartLiveTail",
        "StartQuery",
        "StopQuery",
    ],
    "scheduler": [
        "CreateSchedule",
        "DeleteSchedule",
        "GetSchedule",
        "ListSchedules",
        "UpdateSchedule",
    ],
    "sns": ["ListTopics", "Publish"],
    "ssm": [
        "CreateDocument",
        "DeleteParameters",
        "DescribeAutomationExecutions",
        "DescribeAutomationStepExecutions",
        "DescribeDocument",
        "GetAutomationExecution",
        "GetCommandInvocation",
        "GetDocument",
        "GetParameter",
        "GetParameterHistory",
        "GetParameters",
        "ListCommandInvocations",
        "ListDocuments",
        "PutParameter",
        "SendAutomationSignal",
        "SendCommand",
        "StartAutomationExecution",
        "StopAutomationExecution",
    ],
    "sts": ["GetCallerIdentity"],
}

PROSE = {
    "deprecated",
    "deprecatedMessage",
    "deprecatedSince",
    "documentation",
    "documentationUrl",
    "readonly",
    "sensitive",
}

NOTICE = {
    "from": f"botocore {BOTOCORE}",
    "copyright": "Amazon.com, Inc. or its affiliates",
    "license": "Apache-2.0",
    "changes": "only some operations and the shapes that they reach, without documentation",
}


def without_prose(traits):
    return {key: value for key, value in traits.items() if key not in PROSE}


def trimmed_shape(shape):
    """The shape without prose; a member may be called like a trait, so members go by themselves."""
    result = without_prose(shape)
    for part in ("member", "key", "value"):
        if part in shape:
            result[part] = without_prose(shape[part])
    if "members" in shape:
        result["members"] = {name: without_prose(member) for name, member in shape["members"].items()}
    return result


def trimmed_operation(operation):
    result = without_prose(operation)
    for part in ("input", "output"):
        if part in operation:
            result[part] = without_prose(operation[part])
    if "errors" in operation:
        result["errors"] = [without_prose(error) for error in operation["errors"]]
    return result


def references(shape):
    yield from (member["shape"] for member in shape.get("members", {}).values())
    yield from (shape[part]["shape"] for part in ("member", "key", "value") if part in shape)


def reachable(model, operations):
    waiting = []
    for operation in operations.values():
        waiting += [operation[part]["shape"] for part in ("input", "output") if part in operation]
        waiting += [error["shape"] for error in operation.get("errors", [])]
    shapes = {}
    while waiting:
        name = waiting.pop()
        if name not in shapes:
            shapes[name] = trimmed_shape(model["shapes"][name])
            waiting += references(shapes[name])
    return shapes


def trimmed(service):
    versions = pathlib.Path(botocore.__file__).parent / "data" / service
    newest = max(versions.iterdir(), key=lambda path: path.name)
    with gzip.open(newest / "service-2.json.gz") as file:
        model = json.load(file)
    operations = {name: trimmed_operation(model["operations"][name]) for name in OPERATIONS[service]}
    return {
        "notice": NOTICE,
        "metadata": model["metadata"],
        "operations": operations,
        "shapes": reachable(model, operations),
    }


def written(model):
    """JSON with one operation or shape a line, so that an update of botocore reads well as a diff."""
    sections = []
    for title, section in model.items():
        lines = [f"  {json.dumps(key)}: {json.dumps(section[key], sort_keys=True)}" for key in sorted(section)]
        sections.append(f" {json.dumps(title)}: {{\n" + ",\n".join(lines) + "\n }")
    return "{\n" + ",\n".join(sections) + "\n}\n"


def main(arguments):
    if botocore.__version__ != BOTOCORE:
        sys.exit(f"botocore {BOTOCORE} is needed, {botocore.__version__} is installed")
    if arguments not in ([], ["--check"]):
        sys.exit(__doc__)
    here = pathlib.Path(__file__).parent
    wanted = {here / f"{service}.json": written(trimmed(service)) for service in OPERATIONS}
    if arguments:
        stale = [path.name for path, text in wanted.items() if not path.exists() or path.read_text() != text]
        stale += [path.name for path in here.glob("*.json") if path not in wanted]
        if stale:
            sys.exit(f"stale, run src/sim/models/trim.py: {', '.join(sorted(stale))}")
        return
    for path, text in wanted.items():
        path.write_text(text)


if __name__ == "__main__":
    main(sys.argv[1:])
