"""Live Tail as botocore reads it: live.py ENDPOINT [rates]"""

import sys
import time

from botocore.exceptions import ClientError

from account import Account

GROUPS = ("/live/a", "/live/b")


def refused(code, call, **given):
    try:
        answer = call(**given)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
    else:
        raise AssertionError(f"no {code}: {answer}")


def arns(logs):
    return [group["logGroupArn"] for group in logs.describe_log_groups(logGroupNamePrefix="/live/")["logGroups"]]


def put(logs, group, stream, messages, ago=0):
    """Puts messages whose times lie so many seconds back."""
    at = int(time.time() * 1000) - ago * 1000
    events = [{"timestamp": at, "message": message} for message in messages]
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)


def results(events, wanted):
    """Updates until so many events have come, and all of these events."""
    updates, came = [], []
    while len(came) < wanted:
        updates.append(next(events)["sessionUpdate"])
        came += updates[-1]["sessionResults"]
    return updates, came


def opened(logs, **given):
    stream = logs.start_live_tail(**given)["responseStream"]
    events = iter(stream)
    return stream, events, next(events)["sessionStart"]


def see_what_comes_in(logs):
    first, second = arns(logs)
    put(logs, GROUPS[0], "web/1", ["before"])
    stream, events, start = opened(logs, logGroupIdentifiers=[first, second], logEventFilterPattern="GET -health")
    assert start["logEventFilterPattern"] == "GET -health" and start["sessionId"], start
    began = time.monotonic()
    assert next(events)["sessionUpdate"]["sessionResults"] == []
    assert next(events)["sessionUpdate"]["sessionMetadata"] == {"sampled": False}
    assert time.monotonic() - began > 0.5, "updates come a second apart, empty ones too"
    put(logs, GROUPS[0], "web/1", ["GET /", "GET /health", "POST /"])
    put(logs, GROUPS[1], "db/1", ["GET late"], ago=7200)
    _, came = results(events, 2)
    told = {(one["message"], one["logStreamName"], one["logGroupIdentifier"]) for one in came}
    assert told == {("GET /", "web/1", first), ("GET late", "db/1", second)}, came
    assert all(one["ingestionTime"] >= one["timestamp"] for one in came), came
    stream.close()


def see_some_streams(logs):
    first, _ = arns(logs)
    for given, wanted in (
        ({"logStreamNames": ["web/2"]}, ["of web/2"]),
        ({"logStreamNamePrefixes": ["web/"]}, ["of web/1", "of web/2"]),
    ):
        stream, events, start = opened(logs, logGroupIdentifiers=[first], **given)
        assert given.items() <= start.items(), start
        for name in ("web/1", "web/2", "job/1"):
            put(logs, GROUPS[0], name, [f"of {name}"])
        _, came = results(events, len(wanted))
        assert sorted(one["message"] for one in came) == wanted, came
        stream.close()


def see_a_sample(logs):
    first, _ = arns(logs)
    stream, events, _ = opened(logs, logGroupIdentifiers=[first])
    put(logs, GROUPS[0], "web/1", [f"line {n}" for n in range(1200)])
    updates, came = results(events, 1)
    assert len(came) == 500 and updates[-1]["sessionMetadata"] == {"sampled": True}, len(came)
    assert came[0]["message"] != came[-1]["message"]
    numbers = [int(one["message"].split()[1]) for one in came]
    assert numbers == sorted(numbers) and numbers[-1] > 1000, "the sample is spread over all of them"
    stream.close()


def refuse(logs):
    first, second = arns(logs)
    start = logs.start_live_tail
    refused("InvalidParameterException", start, logGroupIdentifiers=["/live/a"])
    refused("InvalidParameterException", start, logGroupIdentifiers=[f"{first}:*"])
    refused("InvalidParameterException", start, logGroupIdentifiers=[first, first])
    refused("ResourceNotFoundException", start, logGroupIdentifiers=[first + "-none"])
    both = {"logStreamNames": ["a"], "logStreamNamePrefixes": ["b"]}
    refused("InvalidParameterException", start, logGroupIdentifiers=[first], **both)
    refused("InvalidParameterException", start, logGroupIdentifiers=[first, second], logStreamNames=["a"])
    refused("InvalidParameterException", start, logGroupIdentifiers=[first], logEventFilterPattern='"open')
    streams = [start(logGroupIdentifiers=[first])["responseStream"] for _ in range(15)]
    refused("LimitExceededException", start, logGroupIdentifiers=[first])
    for stream in streams:
        stream.close()
    deadline = time.monotonic() + 30
    while True:  # A session ends once the service notices that nobody reads it.
        try:
            start(logGroupIdentifiers=[first])["responseStream"].close()
            return
        except ClientError as error:
            assert error.response["Error"]["Code"] == "LimitExceededException" and time.monotonic() < deadline, error


def exhaust(logs):
    first, _ = arns(logs)
    for _ in range(5):
        logs.start_live_tail(logGroupIdentifiers=[first])["responseStream"].close()
    refused("ThrottlingException", logs.start_live_tail, logGroupIdentifiers=[first])


def main(endpoint, *what):
    logs = Account(endpoint).client("logs")
    for group, names in zip(GROUPS, (("web/1", "web/2", "job/1"), ("db/1",))):
        logs.create_log_group(logGroupName=group)
        for name in names:
            logs.create_log_stream(logGroupName=group, logStreamName=name)
    for step in [exhaust] if what else [refuse, see_what_comes_in, see_some_streams, see_a_sample]:
        step(logs)


main(*sys.argv[1:])
