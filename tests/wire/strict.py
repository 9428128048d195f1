"""Raw answers held against botocore's own models: botocore itself drops what it does not know.

An unknown member, a missing required one, a wrong type or an unlisted enum value is a problem, and so is an answer without the
headers and wrappers of its protocol.
"""

import base64
import binascii
import json
import re
import xml.etree.ElementTree as xml

from botocore.eventstream import EventStreamBuffer
from botocore.parsers import RpcV2CBORParser

ISO_8601 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
CONTENT_TYPES = {
    "json": re.compile(r"application/x-amz-json-1\.[01]"),
    "smithy-rpc-v2-cbor": re.compile(r"application/cbor"),
    "query": re.compile(r"text/xml.*"),
    "ec2": re.compile(r"text/xml.*"),
    "rest-json": re.compile(r"application/json"),
}


EVENT_STREAM = re.compile(r"application/vnd\.amazon\.eventstream")


class Problem(AssertionError):
    """An answer that AWS's model does not allow."""


def check(operation, response):
    """Checks one raw response (botocore's dict of status, headers and body)."""
    protocol = operation.service_model.resolved_protocol
    headers = response["headers"]
    streams = operation.has_event_stream_output and response["status_code"] < 300
    wanted = EVENT_STREAM if streams else CONTENT_TYPES[protocol]
    if not wanted.fullmatch(headers.get("content-type", "")):
        raise Problem(f"{operation.name}: content type {headers.get('content-type')}")
    if not (headers.get("x-amzn-requestid") or headers.get("x-amz-request-id")):
        raise Problem(f"{operation.name}: no request id in {headers}")
    if streams:
        response["body"] = CheckedStream(operation, response["body"])
    elif response["status_code"] < 300:
        CHECKS[protocol](operation, response["body"])
    else:
        ERRORS[protocol](operation, response)


def wrong(path, text):
    raise Problem(f"{path}: {text}")


# Plain values: JSON, and CBOR once it is decoded.


class Plain:
    """Walks a decoded body beside its shape."""

    def __init__(self, timestamp, blob):
        self.timestamp = timestamp
        self.blob = blob

    def walk(self, shape, value, path):
        getattr(self, f"walk_{shape.type_name}", self.walk_scalar)(shape, value, path)

    def walk_structure(self, shape, value, path):
        if shape.is_document_type:
            return
        if not isinstance(value, dict):
            wrong(path, f"{value!r} is no structure")
        members = {member.serialization.get("name", name): (name, member) for name, member in shape.members.items()}
        for key, item in value.items():
            if key not in members:
                wrong(path, f"unknown member {key}")
            if item is None:
                wrong(path, f"{key} is null")
            self.walk(members[key][1], item, f"{path}.{key}")
        present = {members[key][0] for key in value}
        for name in shape.required_members:
            if name not in present:
                wrong(path, f"required {name} is missing")
        if shape.is_tagged_union and len(value) != 1:
            wrong(path, f"a union with the members {sorted(value)}")

    def walk_list(self, shape, value, path):
        if not isinstance(value, list):
            wrong(path, f"{value!r} is no list")
        for place, item in enumerate(value):
            self.walk(shape.member, item, f"{path}[{place}]")

    def walk_map(self, shape, value, path):
        if not isinstance(value, dict):
            wrong(path, f"{value!r} is no map")
        for key, item in value.items():
            self.walk(shape.key, key, f"{path}.{key}")
            self.walk(shape.value, item, f"{path}.{key}")

    def walk_scalar(self, shape, value, path):
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        whole = isinstance(value, int) and not isinstance(value, bool)
        fits = {
            "string": lambda: isinstance(value, str),
            "character": lambda: isinstance(value, str),
            "boolean": lambda: isinstance(value, bool),
            "integer": lambda: whole and -(2**31) <= value < 2**31,
            "long": lambda: whole and -(2**63) <= value < 2**63,
            "float": lambda: number,
            "double": lambda: number,
            "timestamp": lambda: self.timestamp(value, number),
            "blob": lambda: self.blob(value),
        }
        if not fits[shape.type_name]():
            wrong(path, f"{value!r} is no {shape.type_name}")
        check_enum(shape, value, path)


def check_enum(shape, value, path):
    if getattr(shape, "enum", None) and value not in shape.enum:
        wrong(path, f"{value!r} is none of {shape.enum}")


def is_base64(value):
    try:
        return isinstance(value, str) and base64.b64decode(value, validate=True) is not None
    except binascii.Error:
        return False


JSON = Plain(timestamp=lambda value, number: number, blob=is_base64)
CBOR = Plain(timestamp=lambda value, number: hasattr(value, "tzinfo"), blob=lambda value: isinstance(value, bytes))


class CheckedStream:
    """A raw stream of events, each of which is held against the model on its way to botocore."""

    def __init__(self, operation, raw):
        self.operation = operation
        self.raw = raw

    def stream(self, *given, **named):
        buffer = EventStreamBuffer()
        for chunk in self.raw.stream(*given, **named):
            buffer.add_data(chunk)
            for event in buffer:
                check_event(self.operation, event.to_response_dict())
            yield chunk

    def close(self):
        self.raw.close()


def check_event(operation, event):
    headers, path = event["headers"], operation.name
    body = json.loads(event["body"])
    if headers.get(":content-type") != "application/json":
        wrong(path, f"content type of an event in {headers}")
    if headers.get(":event-type") == "initial-response":
        return JSON.walk(operation.output_shape, body, path)
    member = headers.get({"event": ":event-type", "exception": ":exception-type"}.get(headers.get(":message-type")))
    shapes = operation.get_event_stream_output().members
    if member not in shapes:
        wrong(path, f"no event of the stream: {headers}")
    is_exception = shapes[member].metadata.get("exception", False)
    if is_exception != (headers[":message-type"] == "exception"):
        wrong(path, f"events and exceptions mixed up: {headers}")
    JSON.walk(shapes[member], body, f"{path}.{member}")


def decode_cbor(body):
    parser = RpcV2CBORParser()
    stream = parser.get_peekable_stream_from_bytes(body)
    value = parser.parse_data_item(stream)
    if stream.read(1):
        raise Problem("bytes behind the end of a CBOR body")
    return value


def check_json(operation, body):
    if operation.output_shape is None:
        # An operation without output answers with no body, or with an empty structure.
        if body not in (b"", b"{}"):
            wrong(operation.name, f"a body where the model has no output: {body!r}")
        return
    JSON.walk(operation.output_shape, json.loads(body), operation.name)


def check_cbor(operation, body):
    CBOR.walk(operation.output_shape, decode_cbor(body), operation.name)


# XML.


def local(element):
    return element.tag.rpartition("}")[2]


def root_of(operation, body, name):
    root = xml.fromstring(body)
    namespace = root.tag[1:].partition("}")[0]
    expected = operation.service_model.metadata["xmlNamespace"]
    if namespace.rstrip("/") != expected.rstrip("/"):
        wrong(operation.name, f"namespace {namespace}, not {expected}")
    if local(root) != name:
        wrong(operation.name, f"root {local(root)}, not {name}")
    return root


def check_ec2(operation, body):
    root = root_of(operation, body, f"{operation.name}Response")
    ids = [child for child in root if local(child) == "requestId"]
    if len(ids) != 1 or not ids[0].text:
        wrong(operation.name, "no single requestId")
    children = [child for child in root if local(child) != "requestId"]
    if operation.output_shape is None:
        if children:
            wrong(operation.name, f"{local(children[0])}, where the model has no output")
        return
    structure_xml(operation.output_shape, children, operation.name)


def check_query(operation, body):
    root = root_of(operation, body, f"{operation.name}Response")
    *results, metadata = list(root)
    if local(metadata) != "ResponseMetadata" or not metadata[0].text:
        wrong(operation.name, "no request id")
    if operation.output_shape is None:
        if results:
            wrong(operation.name, "a result where the model has none")
        return
    if [local(result) for result in results] != [operation.output_shape.serialization["resultWrapper"]]:
        wrong(operation.name, f"results {[local(result) for result in results]}")
    structure_xml(operation.output_shape, list(results[0]), operation.name)


def structure_xml(shape, children, path):
    members = {}
    for name, member in shape.members.items():
        flattened = member.type_name == "list" and member.serialization.get("flattened")
        named = member.member if flattened and "name" in member.member.serialization else member
        members[named.serialization.get("name", name)] = (name, member, flattened)
    seen = []
    for child in children:
        key = local(child)
        if key not in members:
            wrong(path, f"unknown element {key}")
        name, member, flattened = members[key]
        if name in seen and not flattened:
            wrong(path, f"{key} comes twice")
        seen.append(name)
        element_xml(member.member if flattened else member, child, f"{path}.{key}")
    for name in shape.required_members:
        if name not in seen:
            wrong(path, f"required {name} is missing")


def element_xml(shape, element, path):
    if shape.type_name == "structure":
        structure_xml(shape, list(element), path)
    elif shape.type_name == "list":
        name = shape.member.serialization.get("name", "member")
        for place, child in enumerate(element):
            if local(child) != name:
                wrong(path, f"item {local(child)}, not {name}")
            element_xml(shape.member, child, f"{path}[{place}]")
    elif shape.type_name == "map":
        for entry in element:
            key, value = list(entry)
            element_xml(shape.key, key, f"{path}.key")
            element_xml(shape.value, value, f"{path}.{key.text}")
    else:
        scalar_xml(shape, element, path)


def scalar_xml(shape, element, path):
    if len(element):
        wrong(path, "elements where a text should be")
    text = element.text or ""
    patterns = {
        "boolean": re.compile("true|false"),
        "integer": re.compile(r"-?\d+"),
        "long": re.compile(r"-?\d+"),
        "float": re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?"),
        "double": re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?"),
        "timestamp": ISO_8601,
    }
    pattern = patterns.get(shape.type_name)
    if pattern and not pattern.fullmatch(text):
        wrong(path, f"{text!r} is no {shape.type_name}")
    check_enum(shape, text, path)


# Errors.


def check_plain_error(operation, headers, error):
    if not isinstance(error.get("__type"), str) or not isinstance(error.get("message"), str):
        wrong(operation.name, f"an error without type or message: {error}")
    if operation.service_model.metadata.get("awsQueryCompatible") is not None:
        code, _, fault = headers.get("x-amzn-query-error", "").partition(";")
        if not code or fault not in ("Sender", "Receiver"):
            wrong(operation.name, f"x-amzn-query-error: {headers.get('x-amzn-query-error')}")


def check_json_error(operation, response):
    check_plain_error(operation, response["headers"], json.loads(response["body"]))


def check_cbor_error(operation, response):
    if response["headers"].get("smithy-protocol") != "rpc-v2-cbor":
        wrong(operation.name, "an answer without smithy-protocol")
    check_plain_error(operation, response["headers"], decode_cbor(response["body"]))


def check_rest_error(operation, response):
    error, kind = json.loads(response["body"]), response["headers"].get("x-amzn-errortype")
    if not kind or "__type" in error:
        wrong(operation.name, f"an error of {kind}: {error}")
    shape = next((shape for shape in operation.error_shapes if shape.name == kind), None)
    if shape is not None:
        JSON.walk(shape, error, operation.name)


def check_ec2_error(operation, response):
    root = xml.fromstring(response["body"])
    if [root.tag, *(child.tag for child in root)] != ["Response", "Errors", "RequestID"]:
        wrong(operation.name, f"an error as {response['body']!r}")
    if [child.tag for child in root[0][0]] != ["Code", "Message"]:
        wrong(operation.name, f"an error as {response['body']!r}")


def check_query_error(operation, response):
    root = root_of(operation, response["body"], "ErrorResponse")
    if [local(child) for child in root] != ["Error", "RequestId"]:
        wrong(operation.name, f"an error as {response['body']!r}")
    if [local(child) for child in root[0]][:3] != ["Type", "Code", "Message"]:
        wrong(operation.name, f"an error as {response['body']!r}")


CHECKS = {
    "json": check_json,
    "smithy-rpc-v2-cbor": check_cbor,
    "query": check_query,
    "ec2": check_ec2,
    "rest-json": check_json,
}
ERRORS = {
    "json": check_json_error,
    "smithy-rpc-v2-cbor": check_cbor_error,
    "query": check_query_error,
    "ec2": check_ec2_error,
    "rest-json": check_rest_error,
}
