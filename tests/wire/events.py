"""Log events: put, read, queried and followed."""

import datetime
import time

from botocore.exceptions import ClientError

from account import found, refused


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
