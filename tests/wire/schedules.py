"""Schedules of EventBridge Scheduler: read as the fleet has them, made, changed, refused."""

import datetime
import json

from account import found, refused

START = "arn:aws:scheduler:::aws-sdk:ssm:startAutomationExecution"
ROLE = "arn:aws:iam::111122223333:role/schedules"
ONE = {
    "Name": "wire.one",
    "ScheduleExpression": "rate(5 minutes)",
    "FlexibleTimeWindow": {"Mode": "OFF"},
    "Target": {"Arn": START, "RoleArn": ROLE, "Input": '{"DocumentName": "Nobody"}'},
}


def read(scheduler):
    names = [one["Name"] for one in found(scheduler.list_schedules(NamePrefix="harbor-"), "Schedules")]
    assert names == ["harbor-bake", "harbor-rotate"], names
    told = scheduler.get_schedule(Name="harbor-rotate", GroupName="default")
    assert (told["ScheduleExpression"], told["State"], told["GroupName"]) == ("rate(9 hours)", "ENABLED", "default"), told
    assert told["Target"]["Arn"] == START, told
    given = json.loads(told["Target"]["Input"])
    assert (given["DocumentName"], given["Parameters"]["Cluster"]) == ("RolloutFleet", ["harbor"]), given
    assert told["Target"]["RetryPolicy"] == {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 30}, told
    assert isinstance(told["CreationDate"], datetime.datetime), told


def write(scheduler):
    arn = scheduler.create_schedule(**ONE, ClientToken="one")["ScheduleArn"]
    assert arn.endswith(":schedule/default/wire.one"), arn
    assert scheduler.create_schedule(**ONE, ClientToken="one")["ScheduleArn"] == arn, "the same start is the same one"
    refused("ConflictException", scheduler.create_schedule, **ONE, ClientToken="other")
    told = scheduler.get_schedule(Name="wire.one")
    assert told["Target"]["RetryPolicy"] == {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185}, told
    assert (told["ScheduleExpressionTimezone"], told["ActionAfterCompletion"]) == ("UTC", "NONE"), told
    changed = {**ONE, "ScheduleExpression": "cron(0 8 ? * MON-FRI *)", "State": "DISABLED", "Description": "a + b / é"}
    window = {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15}
    scheduler.update_schedule(**{**changed, "FlexibleTimeWindow": window}, ScheduleExpressionTimezone="Europe/Berlin")
    told = scheduler.get_schedule(Name="wire.one")
    kept = ("ScheduleExpression", "State", "Description", "ScheduleExpressionTimezone", "FlexibleTimeWindow")
    wanted = [changed["ScheduleExpression"], "DISABLED", "a + b / é", "Europe/Berlin", window]
    assert [told[name] for name in kept] == wanted, told
    for state, names in (("DISABLED", ["wire.one"]), ("ENABLED", ["harbor-bake", "harbor-rotate"])):
        assert [one["Name"] for one in scheduler.list_schedules(State=state)["Schedules"]] == names, state
    scheduler.update_schedule(**ONE)
    assert "Description" not in scheduler.get_schedule(Name="wire.one"), "what is not given is what it usually is"
    scheduler.delete_schedule(Name="wire.one", ClientToken="two")
    for call in (scheduler.get_schedule, scheduler.delete_schedule):
        refused("ResourceNotFoundException", call, Name="wire.one")
    refused("ResourceNotFoundException", scheduler.update_schedule, **ONE)


def refuse(scheduler):
    now = datetime.datetime.now(datetime.timezone.utc)
    target = ONE["Target"]
    for wrong in (
        {"ScheduleExpression": "rate(9 weeks)"},
        {"ScheduleExpression": "cron(0 8 * * * *)"},
        {"ScheduleExpressionTimezone": "Mars/Base"},
        {"StartDate": now - datetime.timedelta(hours=1)},
        {"StartDate": now + datetime.timedelta(hours=2), "EndDate": now + datetime.timedelta(hours=1)},
        {"FlexibleTimeWindow": {"Mode": "FLEXIBLE"}},
        {"FlexibleTimeWindow": {"Mode": "OFF", "MaximumWindowInMinutes": 5}},
        {"Target": {**target, "Input": "soon"}},
        {"Target": {**target, "Arn": "arn:aws:scheduler:::aws-sdk:ec2:describeInstances"}},
        {"Target": {**target, "Arn": "arn:aws:scheduler:::aws-sdk:ssm:startNothing"}},
        {"Target": {**target, "Arn": "somewhere"}},
    ):
        refused("ValidationException", scheduler.create_schedule, **{**ONE, **wrong})
    refused("ResourceNotFoundException", scheduler.create_schedule, **ONE, GroupName="other")
    refused("ResourceNotFoundException", scheduler.list_schedules, GroupName="other")


def use(account):
    scheduler = account.client("scheduler")
    read(scheduler)
    write(scheduler)
    refuse(scheduler)
