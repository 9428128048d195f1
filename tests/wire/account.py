"""Clients for a simulated account, each answer checked strictly."""

import copy
import json
import pathlib

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

import strict

MODELS = pathlib.Path(__file__).parents[2] / "src/sim/models"


def operations():
    """Every operation that the simulated AWS has, as (service, operation)."""
    for path in sorted(MODELS.glob("*.json")):
        for operation in json.loads(path.read_text())["operations"]:
            yield path.stem, operation


def protocols(service):
    """Every protocol of a service, in botocore's names."""
    return json.loads((MODELS / f"{service}.json").read_text())["metadata"]["protocols"]


def found(answer, member):
    """What an answer lists, which has to be something."""
    assert answer[member], f"no {member} in {answer}"
    return answer[member]


def refused(code, call, **given):
    """Makes a call that has to be refused with this code."""
    try:
        answer = call(**given)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
    else:
        raise AssertionError(f"no {code}: {answer}")


class Account:
    """A simulated account behind an endpoint."""

    def __init__(self, endpoint):
        self.endpoint = endpoint
        self.called = set()

    def client(self, service, protocol=None, validate=True, region="eu-west-1"):
        """A client that does not retry; `protocol` overrules botocore's choice."""
        session = botocore.session.Session()
        if protocol:
            speak_only(session, protocol)
        session.set_credentials("AKID", "secret")
        config = Config(retries={"total_max_attempts": 1}, parameter_validation=validate, inject_host_prefix=False)
        client = session.create_client(service, region, endpoint_url=self.endpoint, config=config)
        client.meta.events.register("before-parse", lambda **given: self.check(service, **given))
        return client

    def check(self, service, operation_model, response_dict, **_):
        self.called.add((service, operation_model.name))
        strict.check(operation_model, response_dict)


def speak_only(session, protocol):
    loader = session.get_component("data_loader")
    load = loader.load_service_model

    def load_with_protocol(name, kind, *arguments, **named):
        model = load(name, kind, *arguments, **named)
        if kind != "service-2":
            return model
        model = copy.deepcopy(model)
        model["metadata"].update(protocol=protocol, protocols=[protocol])
        return model

    loader.load_service_model = load_with_protocol
