"""Replays botocore's own examples: examples.py ENDPOINT

The fleet is another one, so that an answer may be that something is not there, but the request has to be understood and the answer
has to be what the model allows.
"""

import sys

import botocore.session
from botocore.exceptions import ClientError, ParamValidationError, UnknownServiceError

from account import Account, operations

# What a service says of things that are not there.
ABSENT = {
    "ClusterNotFoundException",
    "InvalidAMIID.NotFound",
    "InvalidGroup.NotFound",
    "InvalidInstanceID.NotFound",
    "InvalidLaunchTemplateId.NotFound",
    "InvalidSecurityGroupRuleId.NotFound",
    "InvalidSnapshot.NotFound",
    "ClientException",
    "LoadBalancerNotFound",
    "ParameterNotFound",
    "ServiceNotFoundException",
    "TargetGroupNotFound",
    "ValidationError",
}


def examples(loader, service, operation):
    """Inputs that botocore shows an operation with; some services have none."""
    try:
        shown = loader.load_service_model(service, "examples-1")["examples"]
    except UnknownServiceError:
        return []
    return [example.get("input", {}) for example in shown.get(operation, [])]


def main(endpoint):
    account = Account(endpoint)
    loader = botocore.session.Session().get_component("data_loader")
    replayed = 0
    for service, operation in operations():
        client = account.client(service)
        for given in examples(loader, service, operation):
            try:
                client._make_api_call(operation, given)
            except ParamValidationError:
                # An example that botocore itself does not understand.
                continue
            except ClientError as error:
                code = error.response["Error"]["Code"]
                assert code in ABSENT, f"{service} {operation} {given}: {error}"
            replayed += 1
    assert replayed > 20, f"only {replayed} examples"


main(*sys.argv[1:])
