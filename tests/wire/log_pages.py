"""Writes streams and events, and walks every read of them to its end: log_pages.py ENDPOINT COUNT

What has to come out is what was written here: every stream and every event once and in order, whatever the size of the pages
and whichever way they are walked.
"""

import datetime
import sys

from account import Account

GROUP = "/wire/pages"
BATCH = 1000


def write(logs, count, now):
    """`count` streams, and as many events in each of two of them, many with the same text in the same millisecond."""
    names = [f"app/{number:05}" for number in range(count)]
    for name in names:
        logs.create_log_stream(logGroupName=GROUP, logStreamName=name)
    written = []
    for name in names[:2]:
        events = [{"timestamp": now - count + n // 7, "message": f"line {n % 3}"} for n in range(count)]
        for first in range(0, count, BATCH):
            logs.put_log_events(logGroupName=GROUP, logStreamName=name, logEvents=events[first : first + BATCH])
        written += [(name, event["timestamp"], event["message"]) for event in events]
    return names, written


def walk(call, member, most, answered="nextToken", **given):
    """Every page. A walk ends where no token is given, or where the one comes back that was asked for."""
    pages, token = [], None
    while True:
        answer = call(**given, **({"nextToken": token} if token else {}))
        assert len(answer[member]) <= most, f"{len(answer[member])} {member} on a page of {most}"
        after = answer.get(answered)
        if after is None or after == token:
            return pages + [answer[member]]
        assert answer[member] or not pages, f"an empty page of {member} and a token that is not the end"
        pages.append(answer[member])
        token = after


def flat(pages):
    return [item for page in pages for item in page]


def walk_streams(logs, names):
    for given, most in (({}, 50), ({"limit": 1}, 1), ({"limit": 37}, 37), ({"limit": 50}, 50)):
        if most > 1 or len(names) <= 101:
            rows = flat(walk(logs.describe_log_streams, "logStreams", most, logGroupName=GROUP, **given))
            assert [row["logStreamName"] for row in rows] == names, f"{given}: {len(rows)} of {len(names)}"
    down = flat(walk(logs.describe_log_streams, "logStreams", 50, logGroupName=GROUP, descending=True))
    assert [row["logStreamName"] for row in down] == names[::-1]
    given = {"logGroupName": GROUP, "orderBy": "LastEventTime", "descending": True}
    recent = flat(walk(logs.describe_log_streams, "logStreams", 50, **given))
    assert sorted(row["logStreamName"] for row in recent) == names
    assert {row["logStreamName"] for row in recent if "lastEventTimestamp" in row} == set(names[:2])
    assert all("lastEventTimestamp" in row for row in recent[: len(names[:2])]), "those with events come first"


def walk_group(logs, written):
    for given, most in (({}, 10_000), ({"limit": 1}, 1), ({"limit": 37}, 37), ({"limit": 10_000}, 10_000)):
        if most > 1 or len(written) <= 202:
            rows = flat(walk(logs.filter_log_events, "events", most, logGroupName=GROUP, **given))
            assert len({row["eventId"] for row in rows}) == len(rows), "an id comes twice"
            assert rows == sorted(rows, key=lambda row: (row["timestamp"], row["eventId"])), "out of order"
            told = [(row["logStreamName"], row["timestamp"], row["message"]) for row in rows]
            for name in {name for name, _, _ in written}:
                mine = [event for event in told if event[0] == name]
                assert mine == [event for event in written if event[0] == name], f"{given}: {name}"
            assert len(told) == len(written), f"{given}: {len(told)} of {len(written)}"
    found = flat(walk(logs.filter_log_events, "events", 37, logGroupName=GROUP, filterPattern='"line 1"', limit=37))
    assert len(found) == sum(message == "line 1" for _, _, message in written)


def walk_stream(logs, written):
    if not written:
        return
    name = written[0][0]
    wanted = [(timestamp, message) for stream, timestamp, message in written if stream == name]
    stream = {"logGroupName": GROUP, "logStreamName": name}
    for limit in (37, 100, 10_000):
        pages = walk(logs.get_log_events, "events", limit, "nextForwardToken", **stream, limit=limit, startFromHead=True)
        assert [(row["timestamp"], row["message"]) for row in flat(pages)] == wanted, f"forward by {limit}"
        pages = walk(logs.get_log_events, "events", limit, "nextBackwardToken", **stream, limit=limit)
        assert [(row["timestamp"], row["message"]) for row in flat(pages[::-1])] == wanted, f"backward by {limit}"
    # There and back again: the page before the second one is the first one.
    first = logs.get_log_events(**stream, limit=7, startFromHead=True)
    second = logs.get_log_events(**stream, limit=7, nextToken=first["nextForwardToken"])
    back = logs.get_log_events(**stream, limit=7, nextToken=second["nextBackwardToken"])
    assert back["events"] == first["events"], (first, back)


def walk_large(logs, now):
    """An answer ends at 1 MB."""
    stream = {"logGroupName": "/wire/large", "logStreamName": "one"}
    logs.create_log_group(logGroupName="/wire/large")
    logs.create_log_stream(**stream)
    for number in range(12):
        logs.put_log_events(**stream, logEvents=[{"timestamp": now - 50 + number, "message": f"{number:02}" + "x" * 200_000}])
    ways = (
        walk(logs.filter_log_events, "events", 5, logGroupName="/wire/large"),
        walk(logs.get_log_events, "events", 5, "nextForwardToken", **stream, startFromHead=True),
        walk(logs.get_log_events, "events", 5, "nextBackwardToken", **stream)[::-1],
    )
    for pages in ways:
        assert [row["message"][:2] for row in flat(pages)] == [f"{number:02}" for number in range(12)]
        assert max(len(page) for page in pages) == 5, [len(page) for page in pages]


def main(endpoint, count):
    logs, count = Account(endpoint).client("logs"), int(count)
    now = int(datetime.datetime.now(datetime.timezone.utc).timestamp() * 1000)
    logs.create_log_group(logGroupName=GROUP)
    names, written = write(logs, count, now)
    walk_streams(logs, names)
    walk_group(logs, written)
    walk_stream(logs, written)
    if count == 1:
        walk_large(logs, now)


main(*sys.argv[1:])
