"""Meets a fault on every protocol: faults.py ENDPOINT KIND"""

import sys

from botocore.exceptions import ClientError, HTTPClientError, IncompleteReadError
from botocore.parsers import ResponseParserError

from account import Account

# Code and status by kind of fault and protocol; a failing service has two ways to say so.
EXPECTED = {
    "throttle": {
        "json": {("ThrottlingException", 400)},
        "query": {("Throttling", 400)},
        "ec2": {("RequestLimitExceeded", 503)},
        # A service that once spoke awsQuery keeps its codes.
        "smithy-rpc-v2-cbor": {("Throttling", 400)},
        "compatible json": {("Throttling", 400)},
    },
    "deny": {
        "json": {("AccessDeniedException", 400)},
        "query": {("AccessDenied", 403)},
        "ec2": {("UnauthorizedOperation", 403)},
        "smithy-rpc-v2-cbor": {("AccessDenied", 400)},
        "compatible json": {("AccessDenied", 400)},
    },
    "error": {
        "json": {("InternalFailure", 500), ("ServiceUnavailableException", 503)},
        "query": {("InternalFailure", 500), ("ServiceUnavailable", 503)},
        "ec2": {("InternalError", 500), ("Unavailable", 503)},
        "smithy-rpc-v2-cbor": {("InternalFailure", 500), ("ServiceUnavailable", 503)},
        "compatible json": {("InternalFailure", 500), ("ServiceUnavailable", 503)},
    },
}

CALLS = [
    ("ecs", None, "ListClusters", "json"),
    ("ssm", None, "GetParameter", "json"),
    ("ec2", None, "DescribeInstances", "ec2"),
    ("sts", None, "GetCallerIdentity", "query"),
    ("elbv2", None, "DescribeTargetGroups", "query"),
    ("cloudwatch", "smithy-rpc-v2-cbor", "DescribeAlarms", "smithy-rpc-v2-cbor"),
    ("cloudwatch", "json", "DescribeAlarms", "compatible json"),
    ("cloudwatch", "query", "DescribeAlarms", "query"),
]


def main(endpoint, kind):
    account = Account(endpoint)
    for service, protocol, operation, spoken in CALLS:
        given = {"Name": "/x"} if operation == "GetParameter" else {}
        client = account.client(service, protocol=protocol)
        for _ in range(4):
            try:
                answer = client._make_api_call(operation, given)
            except ClientError as error:
                got = error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
                assert got in EXPECTED[kind][spoken], f"{kind} {service} over {spoken}: {got}"
            except (HTTPClientError, IncompleteReadError, ResponseParserError):
                assert kind not in EXPECTED, f"{kind} {service} over {spoken} breaks the connection"
            else:
                raise AssertionError(f"{kind} {service} over {spoken}: answered {answer}")


main(*sys.argv[1:])
