"""Walks every paged operation to its end: pages.py ENDPOINT COUNTS

COUNTS is JSON: how many items the world has, by operation; others are walked without a number to meet. Every walk, whatever
the size of its pages, has to find the same items in the same order, each once.
"""

import json
import sys

from account import Account

# (service, operation, list, token asked for, token given, size, largest page)
PAGED = [
    ("autoscaling", "DescribeAutoScalingGroups", "AutoScalingGroups", "NextToken", "NextToken", "MaxRecords", 100),
    ("autoscaling", "DescribeAutoScalingInstances", "AutoScalingInstances", "NextToken", "NextToken", "MaxRecords", 50),
    ("autoscaling", "DescribeScalingActivities", "Activities", "NextToken", "NextToken", "MaxRecords", 100),
    ("cloudwatch", "DescribeAlarms", "MetricAlarms", "NextToken", "NextToken", "MaxRecords", 100),
    ("cloudwatch", "DescribeAlarmHistory", "AlarmHistoryItems", "NextToken", "NextToken", "MaxRecords", 100),
    ("cloudwatch", "ListAlarmMuteRules", "AlarmMuteRuleSummaries", "NextToken", "NextToken", "MaxRecords", 100),
    ("ec2", "DescribeImages", "Images", "NextToken", "NextToken", "MaxResults", 1000),
    ("ec2", "DescribeInstances", "Reservations", "NextToken", "NextToken", "MaxResults", 1000),
    ("ec2", "DescribeInstanceStatus", "InstanceStatuses", "NextToken", "NextToken", "MaxResults", 1000),
    ("ec2", "DescribeInstanceTypes", "InstanceTypes", "NextToken", "NextToken", "MaxResults", 100),
    ("ec2", "DescribeLaunchTemplates", "LaunchTemplates", "NextToken", "NextToken", "MaxResults", 200),
    ("ec2", "DescribeSecurityGroupRules", "SecurityGroupRules", "NextToken", "NextToken", "MaxResults", 1000),
    ("ec2", "DescribeSecurityGroups", "SecurityGroups", "NextToken", "NextToken", "MaxResults", 1000),
    ("ecs", "DescribeCapacityProviders", "capacityProviders", "nextToken", "nextToken", "maxResults", 10),
    ("ecs", "ListClusters", "clusterArns", "nextToken", "nextToken", "maxResults", 100),
    ("ecs", "ListContainerInstances", "containerInstanceArns", "nextToken", "nextToken", "maxResults", 100),
    ("ecs", "ListServices", "serviceArns", "nextToken", "nextToken", "maxResults", 100),
    ("ecs", "ListTasks", "taskArns", "nextToken", "nextToken", "maxResults", 100),
    ("elbv2", "DescribeLoadBalancers", "LoadBalancers", "Marker", "NextMarker", "PageSize", 400),
    ("elbv2", "DescribeTargetGroups", "TargetGroups", "Marker", "NextMarker", "PageSize", 400),
    ("logs", "DescribeLogGroups", "logGroups", "nextToken", "nextToken", "limit", 50),
    ("events", "ListRules", "Rules", "NextToken", "NextToken", "Limit", 100),
    ("scheduler", "ListSchedules", "Schedules", "NextToken", "NextToken", "MaxResults", 100),
]

CLUSTERED = ("ListContainerInstances", "ListServices", "ListTasks")


def walk(client, operation, given, names, size):
    """Every item, page by page."""
    member, asked, answered, size_member = names
    items, token, tokens = [], None, set()
    while True:
        page = {**given, **({size_member: size} if size else {}), **({asked: token} if token else {})}
        answer = client._make_api_call(operation, page)
        if size:
            assert len(answer[member]) <= size, f"{operation}: {len(answer[member])} items on a page of {size}"
        items += answer[member]
        token = answer.get(answered)
        if not token:
            return items
        assert token not in tokens, f"{operation}: a token comes twice"
        assert answer[member], f"{operation}: an empty page with a token"
        tokens.add(token)


def main(endpoint, counts):
    account, counts = Account(endpoint), json.loads(counts)
    cluster = account.client("ecs").list_clusters()["clusterArns"][0]
    for service, operation, member, asked, answered, size, largest in PAGED:
        client = account.client(service)
        given = {"cluster": cluster} if operation in CLUSTERED else {}
        if operation == "DescribeInstanceStatus":
            given["IncludeAllInstances"] = True
        names = (member, asked, answered, size)
        walks = [walk(client, operation, given, names, pages) for pages in (None, largest, min(largest, 37))]
        texts = [[json.dumps(item, sort_keys=True, default=str) for item in items] for items in walks]
        assert texts[0] == texts[1] == texts[2], f"{operation}: walks differ: {[len(text) for text in texts]}"
        assert len(set(texts[0])) == len(texts[0]), f"{operation}: an item comes twice"
        if operation in counts:
            assert len(walks[0]) == counts[operation], f"{operation}: {len(walks[0])} of {counts[operation]}"
            del counts[operation]
    assert not counts, f"not walked: {counts}"


main(*sys.argv[1:])
