"""Shows that strict.py finds what is wrong with an answer: strictness.py ENDPOINT (which is not called)"""

import sys

import strict
from account import Account

HEADERS = {"x-amzn-requestid": "id", "smithy-protocol": "rpc-v2-cbor"}
QUERY = (
    '<ListAccountAliasesResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ListAccountAliasesResult>{}'
    "</ListAccountAliasesResult><ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></ListAccountAliasesResponse>"
)
EC2 = (
    '<DescribeImagesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>id</requestId>'
    "<imagesSet><item>{}</item></imagesSet></DescribeImagesResponse>"
)
# Of several protocols botocore would take another one.
PROTOCOL = {"cloudwatch": "smithy-rpc-v2-cbor"}
ALIASES = "<AccountAliases><member>a</member></AccountAliases>"

# (service, operation, content type, good body, bad bodies with what is wrong with them)
CASES = [
    (
        "ssm",
        "GetParameter",
        "application/x-amz-json-1.1",
        '{"Parameter": {"Name": "/x", "Type": "String", "Version": 1, "LastModifiedDate": 1.5}}',
        {
            '{"Parameter": {"Colour": "red"}}': "unknown member Colour",
            '{"Parameter": {"Version": "1"}}': "is no long",
            '{"Parameter": {"Type": "Wish"}}': "is none of",
            '{"Parameter": {"LastModifiedDate": "2026-01-01"}}': "is no timestamp",
            '{"Parameter": []}': "is no structure",
        },
    ),
    (
        "iam",
        "ListAccountAliases",
        "text/xml",
        QUERY.format(ALIASES + "<IsTruncated>false</IsTruncated>"),
        {
            QUERY.format(""): "required AccountAliases is missing",
            QUERY.format(ALIASES + "<Colour/>"): "unknown element Colour",
            QUERY.format(ALIASES + ALIASES): "comes twice",
            QUERY.format(ALIASES + "<IsTruncated>no</IsTruncated>"): "is no boolean",
            QUERY.format("<AccountAliases><item>a</item></AccountAliases>"): "not member",
            QUERY.format(ALIASES).replace("2010-05-08", "2011-05-08"): "namespace",
        },
    ),
    (
        "ec2",
        "DescribeImages",
        "text/xml;charset=UTF-8",
        EC2.format("<imageId>ami-1</imageId><imageState>available</imageState>"),
        {
            EC2.format("<imageState>tired</imageState>"): "is none of",
            EC2.format("<ImageId>ami-1</ImageId>"): "unknown element ImageId",
            EC2.format("").replace("<requestId>id</requestId>", ""): "no single requestId",
        },
    ),
    (
        "cloudwatch",
        "ListAlarmMuteRules",
        "application/cbor",
        b"\xa1\x69NextToken\x61x",
        {
            b"\xa1\x69NextToken\x01": "is no string",
            b"\xa1\x66Colour\x61x": "unknown member Colour",
            b"\xa1\x69NextToken\x61x\x00": "bytes behind the end",
        },
    ),
]

# Events of Live Tail: (headers, body, what is wrong)
EVENTS = [
    ({":message-type": "event", ":event-type": "initial-response"}, "{}", None),
    ({":message-type": "event", ":event-type": "sessionUpdate"}, '{"sessionResults": [{"timestamp": 1}]}', None),
    ({":message-type": "exception", ":exception-type": "SessionTimeoutException"}, '{"message": "over"}', None),
    ({":message-type": "event", ":event-type": "sessionUpdate"}, '{"colour": 1}', "unknown member colour"),
    ({":message-type": "event", ":event-type": "sessionUpdate"}, '{"sessionResults": {}}', "is no list"),
    ({":message-type": "event", ":event-type": "sessionBreak"}, "{}", "no event of the stream"),
    ({":message-type": "event", ":event-type": "SessionTimeoutException"}, "{}", "mixed up"),
    ({":message-type": "exception", ":exception-type": "sessionUpdate"}, "{}", "mixed up"),
    ({":message-type": "error"}, "{}", "no event of the stream"),
]


def check_events(account):
    operation = account.client("logs").meta.service_model.operation_model("StartLiveTail")
    for headers, body, problem in EVENTS:
        event = {"headers": {":content-type": "application/json", **headers}, "body": body}
        found_in(lambda: strict.check_event(operation, event), problem, f"{headers} {body}")
    untyped = {"headers": EVENTS[0][0], "body": "{}"}
    found_in(lambda: strict.check_event(operation, untyped), "content type", "an event without a type")


def found_in(check, problem, what):
    """Runs a check that finds this problem, or none."""
    try:
        check()
    except strict.Problem as found:
        assert problem and problem in str(found), f"{what}: {found}, not {problem}"
    else:
        assert problem is None, f"{what}: nothing found"


def main(endpoint):
    for service, name, content_type, good, bad in CASES:
        operation = Account(endpoint).client(service, protocol=PROTOCOL.get(service)).meta.service_model.operation_model(name)
        response = {"status_code": 200, "headers": {**HEADERS, "content-type": content_type}}
        strict.check(operation, {**response, "body": good})
        for body, problem in bad.items():
            found_in(lambda: strict.check(operation, {**response, "body": body}), problem, body)
    check_events(Account(endpoint))


main(*sys.argv[1:])
