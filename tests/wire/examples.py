"""Replays botocore's own examples: examples.py ENDPOINT

The fleet is another one, so that an answer may be that something is not there, but the request has to be understood and the answer
has to be what the model allows.
"""

import sys

import botocore.session
from botocore.exceptions import ClientError, ParamValidationError

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


def main(endpoint):
    account = Account(endpoint)
    loader = botocore.session.Session().get_component("data_loader")
    replayed = 0
    for service, operation in operations():
        client = account.client(service)
        for example in loader.load_service_model(service, "examples-1")["examples"].get(operation, []):
            try:
                client._make_api_call(operation, example.get("input", {}))
            except ParamValidationError:
                # An example that botocore itself does not understand.
                continue
            except ClientError as error:
                code = error.response["Error"]["Code"]
                assert code in ABSENT, f"{service} {operation} {example['input']}: {error}"
            replayed += 1
    assert replayed > 20, f"only {replayed} examples"


main(*sys.argv[1:])
