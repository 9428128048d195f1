"""Sends what the models forbid, and expects each service's own way of saying so: refusals.py ENDPOINT"""

import json
import sys
import urllib.error
import urllib.request

from botocore.exceptions import ClientError

from account import Account, operations, protocols

# How each service says that a required member is missing, and that a value is out of bounds.
CODES = {
    "autoscaling": ("ValidationError", "ValidationError"),
    "cloudwatch": ("ValidationError", "ValidationError"),
    "ec2": ("MissingParameter", "InvalidParameterValue"),
    "ecs": ("InvalidParameterException", "InvalidParameterException"),
    "elbv2": ("ValidationError", "ValidationError"),
    "events": ("ValidationException", "ValidationException"),
    "iam": ("ValidationError", "ValidationError"),
    "logs": ("InvalidParameterException", "InvalidParameterException"),
    "scheduler": ("ValidationException", "ValidationException"),
    "sns": ("InvalidParameter", "InvalidParameter"),
    "ssm": ("ValidationException", "ValidationException"),
    "sts": ("ValidationError", "ValidationError"),
}


def least(shape):
    """The least value that a shape allows."""
    if shape.type_name == "structure":
        return {name: some(shape.members[name]) for name in shape.required_members}
    if shape.type_name == "list":
        return [least(shape.member)] * max(int(shape.metadata.get("min", 0)), 0)
    if shape.type_name == "string":
        return shape.enum[0] if shape.enum else "1" * max(int(shape.metadata.get("min", 1)), 1)
    return {"integer": 1, "long": 1, "double": 1.0, "float": 1.0, "boolean": True, "timestamp": 0, "map": {}}[
        shape.type_name
    ]


def some(shape):
    """The least value with something in it: the query protocols have no way to send an empty list or structure."""
    if shape.type_name == "list":
        return least(shape) or [least(shape.member)]
    if shape.type_name == "structure" and not shape.required_members:
        texts = [name for name, member in shape.members.items() if member.type_name == "string" and not member.enum]
        return {name: least(shape.members[name]) for name in texts[:1]}
    return least(shape)


def unmatched(pattern):
    """A character that a pattern forbids: a control character, unless the pattern only names what it excludes."""
    return "*" if pattern == "[^:*]*" else "\x01"


def violations(shape):
    """Values that a shape forbids, each with what is wrong with it. Nothing that botocore could not send."""
    limits = shape.metadata
    if shape.type_name in ("integer", "long"):
        if "min" in limits:
            yield "too small", int(limits["min"]) - 1
        if "max" in limits:
            yield "too large", int(limits["max"]) + 1
    if shape.type_name == "string":
        if limits.get("min", 0) > 0:
            yield "too short", "1" * (int(limits["min"]) - 1)
        if "max" in limits:
            yield "too long", "1" * (int(limits["max"]) + 1)
        if shape.enum:
            yield "unlisted", "NoSuchValue"
        if "pattern" in limits:
            yield "unmatched", unmatched(limits["pattern"]) * max(int(limits.get("min", 1)), 1)
    if shape.type_name == "list":
        if "max" in limits:
            yield "too many", [least(shape.member)] * (int(limits["max"]) + 1)
        for problem, value in violations(shape.member):
            yield f"item {problem}", [value]
    if shape.type_name == "structure":
        for name in shape.required_members:
            yield f"without {name}", {key: value for key, value in least(shape).items() if key != name}


def refused(call, code, what):
    try:
        answer = call()
    except ClientError as error:
        got, status = error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
        assert (got, status) == (code, 400), f"{what}: {status} {got}, not {code}"
        return
    raise AssertionError(f"{what}: accepted: {answer}")


def refuse_forbidden(account, service, name, protocol):
    """How many forbidden inputs were refused."""
    client = account.client(service, protocol=protocol, validate=False)
    operation = client.meta.service_model.operation_model(name)
    shape = operation.input_shape
    missing, invalid = CODES[service]
    base = least(shape) if shape else {}
    count = 0

    def expect(code, problem, given):
        nonlocal count
        refused(lambda: client._make_api_call(name, given), code, f"{protocol} {service} {name}: {problem}")
        count += 1

    # There is no path without its labels.
    labels = {name for name, part in shape.members.items() if part.serialization.get("location") == "uri"} if shape else set()
    for member in [name for name in shape.required_members if name not in labels] if shape else []:
        expect(missing, f"without {member}", {key: value for key, value in base.items() if key != member})
    for member, member_shape in shape.members.items() if shape else []:
        for problem, value in violations(member_shape):
            # The query protocols have no way to send a list or an item with nothing in it.
            unsayable = protocol in ("query", "ec2") and value in ([], [{}]) or (member in labels and not value)
            code = missing if "without" in problem else invalid
            if not unsayable:
                expect(code, f"{member} {problem}", {**base, member: value})
    return count


def raw(endpoint, service, headers, body, path="/"):
    scope = f"AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-west-1/{service}/aws4_request, Signature=0"
    headers = {"Authorization": scope, **headers}
    request = urllib.request.Request(endpoint + path, data=body, headers=headers, method="POST")
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, dict(response.headers), response.read()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read()


def refuse_wrong_types(endpoint):
    """What no client of AWS's would send."""
    for service, target in (("ecs", "AmazonEC2ContainerServiceV20141113"), ("logs", "Logs_20140328")):
        for _, name in (pair for pair in operations() if pair[0] == service):
            for body in (b"[]", b"{", b'"text"', b'{"nextToken": 7', b"\xff"):
                status, _, answer = raw(endpoint, service, {"X-Amz-Target": f"{target}.{name}"}, body)
                kind = json.loads(answer)["__type"]
                assert (status, kind) == (400, "SerializationException"), f"{name} {body}: {status} {answer}"
    cbor = {"smithy-protocol": "rpc-v2-cbor", "Content-Type": "application/cbor"}
    path = "/service/GraniteServiceVersion20100801/operation/DescribeAlarms"
    for body in (b"\x80", b"\xa1\x6aAlarmNames\x07", b"\xa1", b"\xff", b"\xa1\x6aMaxRecords\x61x"):
        status, _, answer = raw(endpoint, "monitoring", cbor, body, path)
        assert status == 400 and b"SerializationException" in answer, f"{body}: {status} {answer}"
    status, _, _ = raw(endpoint, "monitoring", cbor, b"\xa1\x63Foo\x07", path)
    assert status == 200, "an unknown member is ignored"
    for text, code in (("MaxResults=many", b"InvalidParameterValue"), ("Colour=red", b"UnknownParameter")):
        form = f"Action=DescribeInstances&Version=2016-11-15&{text}".encode()
        status, _, answer = raw(endpoint, "ec2", {"Content-Type": "application/x-www-form-urlencoded"}, form)
        assert status == 400 and code in answer, f"{form}: {status} {answer}"


def refuse_strange_tokens(account):
    for service, name, token in (
        ("autoscaling", "DescribeAutoScalingGroups", "NextToken"),
        ("cloudwatch", "DescribeAlarms", "NextToken"),
        ("ec2", "DescribeInstances", "NextToken"),
        ("ecs", "ListTasks", "nextToken"),
        ("elbv2", "DescribeTargetGroups", "Marker"),
        ("events", "ListRules", "NextToken"),
        ("logs", "DescribeLogGroups", "nextToken"),
        ("scheduler", "ListSchedules", "NextToken"),
        ("sns", "ListTopics", "NextToken"),
    ):
        given = {token: "bm9uZSBvZiB5b3Vycw=="}
        if service == "ecs":
            given["cluster"] = account.client("ecs").list_clusters()["clusterArns"][0]
        try:
            account.client(service)._make_api_call(name, given)
        except ClientError as error:
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400, error
        else:
            raise AssertionError(f"{name} takes a token that nobody gave it")


def main(endpoint):
    account = Account(endpoint)
    count = 0
    for service, name in operations():
        for protocol in protocols(service):
            count += refuse_forbidden(account, service, name, protocol)
    assert count > 150, f"only {count} forbidden inputs: do the models lack their limits?"
    refuse_wrong_types(endpoint)
    refuse_strange_tokens(account)


main(*sys.argv[1:])
