"""Rules of EventBridge with their targets, and topics of SNS: made, read, refused."""

import json

from account import found, refused

PATTERN = {"source": ["aws.cloudwatch"], "detail": {"alarmName": [{"prefix": "harbor-"}]}}
ROLE = "arn:aws:iam::111122223333:role/events"
RUNBOOK = {"Id": "run", "RoleArn": ROLE, "Arn": "arn:aws:ssm:eu-west-1:111122223333:automation-definition/StopTask:$DEFAULT"}


def topics(account):
    sns = account.client("sns")
    arns = [topic["TopicArn"] for topic in found(sns.list_topics(), "Topics")]
    assert arns == ["arn:aws:sns:eu-west-1:111122223333:harbor-alarms"], arns
    assert sns.publish(TopicArn=arns[0], Message="hello", Subject="a test")["MessageId"]
    refused("NotFound", sns.publish, TopicArn=arns[0] + "x", Message="hello")
    for wrong in ({"Message": ""}, {"Subject": "two\nlines"}, {"Message": "x" * 262_145}, {"MessageStructure": "json"}):
        refused("InvalidParameter", sns.publish, **{"TopicArn": arns[0], "Message": "hello", **wrong})
    refused("InvalidParameter", sns.publish, Message="to nobody")
    return arns[0]


def rules(events):
    put = {"Name": "wire.one", "EventPattern": json.dumps(PATTERN)}
    arn = events.put_rule(**put, Description="a test")["RuleArn"]
    assert arn == "arn:aws:events:eu-west-1:111122223333:rule/wire.one", arn
    events.put_rule(Name="wire.two", ScheduleExpression="rate(1 hour)", State="DISABLED")
    assert [one["Name"] for one in found(events.list_rules(NamePrefix="wire."), "Rules")] == ["wire.one", "wire.two"]
    first = events.list_rules(NamePrefix="wire.", Limit=1)
    rest = events.list_rules(NamePrefix="wire.", Limit=1, NextToken=first["NextToken"])
    assert [one["Name"] for one in rest["Rules"]] == ["wire.two"] and "NextToken" not in rest, rest
    for change, state in ((events.disable_rule, "DISABLED"), (events.enable_rule, "ENABLED")):
        change(Name="wire.one", EventBusName="default")
        told = events.describe_rule(Name="wire.one")
        assert (told["State"], json.loads(told["EventPattern"]), told["EventBusName"]) == (state, PATTERN, "default"), told
    for wrong in ({"EventPattern": "{}"}, {"EventPattern": '{"source": "aws.ec2"}'}):
        refused("InvalidEventPatternException", events.put_rule, **{**put, **wrong})
    for expression in ("rate(1 hours)", "rate(2 hour)", "at(2030-01-01T00:00:00)", "soon"):
        refused("ValidationException", events.put_rule, Name="wire.two", ScheduleExpression=expression)
    refused("ValidationException", events.put_rule, Name="wire.two")
    for call in (events.describe_rule, events.enable_rule, events.disable_rule):
        refused("ResourceNotFoundException", call, Name="nobody")
    refused("ResourceNotFoundException", events.list_rules, EventBusName="other")


def targets(events, topic):
    rule = {"Rule": "wire.one"}
    transformer = {"InputPathsMap": {"name": "$.detail.alarmName"}, "InputTemplate": '{"Reason": ["<name> fires"]}'}
    given = [{"Id": "tell", "Arn": topic}, {**RUNBOOK, "InputTransformer": transformer}]
    told = events.put_targets(**rule, Targets=given)
    assert (told["FailedEntryCount"], told["FailedEntries"]) == (0, []), told
    listed = found(events.list_targets_by_rule(**rule), "Targets")
    assert listed == sorted(given, key=lambda target: target["Id"]), listed
    first = events.list_targets_by_rule(**rule, Limit=1)
    rest = events.list_targets_by_rule(**rule, Limit=1, NextToken=first["NextToken"])
    assert [one["Id"] for one in rest["Targets"]] == ["tell"], rest
    unnamed = {**transformer, "InputTemplate": '{"Reason": [<other>]}'}
    for wrong in (
        {"Arn": "somewhere"},
        {"Input": "{"},
        {"Input": "{}", "InputPath": "$"},
        {"InputTransformer": unnamed},
    ):
        refused("ValidationException", events.put_targets, **rule, Targets=[{**RUNBOOK, **wrong}])
    roleless = {key: value for key, value in RUNBOOK.items() if key != "RoleArn"}
    refused("ValidationException", events.put_targets, **rule, Targets=[roleless])
    many = [{"Id": str(number), "Arn": topic} for number in range(4)]
    refused("LimitExceededException", events.put_targets, **rule, Targets=many)
    refused("ValidationException", events.delete_rule, Name="wire.one")
    told = events.remove_targets(**rule, Ids=["tell", "run", "nobody"])
    assert [one["TargetId"] for one in told["FailedEntries"]] == ["nobody"] and told["FailedEntryCount"] == 1, told
    for call in (events.put_targets, events.list_targets_by_rule, events.remove_targets):
        more = {events.put_targets: {"Targets": many}, events.remove_targets: {"Ids": ["a"]}}.get(call, {})
        refused("ResourceNotFoundException", call, Rule="nobody", **more)
    for name in ("wire.one", "wire.two", "nobody"):
        events.delete_rule(Name=name)
    refused("ResourceNotFoundException", events.describe_rule, Name="wire.one")


def use(account):
    topic = topics(account)
    events = account.client("events")
    rules(events)
    targets(events, topic)
