"""Automation documents and what runs them."""

import json
import time

from account import Account, found, refused


DOCUMENT = """
schemaVersion: '0.3'
description: Waits for somebody, then for nobody.
parameters:
  Word: {type: String, allowedPattern: '[a-z]+', default: keel}
variables:
  seen: {type: Boolean, default: false}
mainSteps:
  - {name: stay, action: 'aws:pause', inputs: {}}
  - {name: see, action: 'aws:updateVariable', inputs: {Name: 'variable:seen', Value: true}}
  - name: look
    action: aws:executeAwsApi
    inputs: {Service: sts, Api: GetCallerIdentity}
    outputs: [{Name: Account, Selector: $.Account}]
outputs: [look.Account]
"""


def reached(status, ssm, execution):
    """An execution once it has a status."""
    deadline = time.monotonic() + 60
    while (told := ssm.get_automation_execution(AutomationExecutionId=execution)["AutomationExecution"])[
        "AutomationExecutionStatus"
    ] != status:
        assert time.monotonic() < deadline, told
    return told


def run_documents(account):
    ssm = account.client("ssm")
    created = {"Name": "Wire", "Content": DOCUMENT, "DocumentType": "Automation", "DocumentFormat": "YAML"}
    ssm.create_document(**created, Tags=[{"Key": "wire", "Value": "yes"}])
    refused("DocumentAlreadyExists", ssm.create_document, **created)
    wrong = {**created, "Name": "Wrong", "Content": DOCUMENT.replace("aws:pause", "aws:executeScript")}
    refused("InvalidDocumentContent", ssm.create_document, **wrong)
    assert ssm.get_document(Name="Wire", DocumentFormat="YAML")["Content"] == DOCUMENT
    told = ssm.get_document(Name="Wire")
    assert told["DocumentFormat"] == "JSON", told
    assert list(json.loads(told["Content"])) [:3] == ["schemaVersion", "description", "parameters"], told
    refused("InvalidDocument", ssm.get_document, Name="Nobody")
    described = ssm.describe_document(Name="Wire")["Document"]
    assert [one["Name"] for one in found(described, "Parameters")] == ["Word"], described
    listed = ssm.list_documents(Filters=[{"Key": "tag:wire", "Values": ["yes"]}])["DocumentIdentifiers"]
    assert [one["Name"] for one in listed] == ["Wire"], listed
    token = "01234567-89ab-4def-8123-456789abcdef"
    start = {"DocumentName": "Wire", "ClientToken": token, "Parameters": {"Word": ["mast"]}}
    start["Tags"] = [{"Key": "quarterdeck-wire", "Value": ""}]
    execution = ssm.start_automation_execution(**start)["AutomationExecutionId"]
    assert ssm.start_automation_execution(**start)["AutomationExecutionId"] == execution
    refused("IdempotentParameterMismatch", ssm.start_automation_execution, **{**start, "Parameters": {"Word": ["keel"]}})
    missing = "AutomationDefinitionNotFoundException"
    refused(missing, ssm.start_automation_execution, DocumentName="Nobody")
    invalid = "InvalidAutomationExecutionParametersException"
    for parameters in ({"Word": ["UPPER"]}, {"Word": ["a", "b"]}, {"Other": ["a"]}):
        refused(invalid, ssm.start_automation_execution, DocumentName="Wire", Parameters=parameters)
    version = "AutomationDefinitionVersionNotFoundException"
    refused(version, ssm.start_automation_execution, DocumentName="Wire", DocumentVersion="7")
    waiting = reached("Waiting", ssm, execution)
    assert waiting["CurrentStepName"] == "stay", waiting
    refused("InvalidAutomationSignalException", ssm.send_automation_signal, AutomationExecutionId=execution, SignalType="Approve")
    ssm.send_automation_signal(AutomationExecutionId=execution, SignalType="Resume")
    ended = reached("Success", ssm, execution)
    assert ended["Outputs"] == {"look.Account": ["111122223333"]}, ended
    assert ended["Variables"] == {"seen": ["true"]}, ended
    steps = ssm.describe_automation_step_executions(AutomationExecutionId=execution)["StepExecutions"]
    assert [step["StepName"] for step in steps] == ["stay", "see", "look"], steps
    filters = [{"Key": "TagKey", "Values": ["quarterdeck-wire"]}]
    listed = ssm.describe_automation_executions(Filters=filters)["AutomationExecutionMetadataList"]
    assert [one["AutomationExecutionId"] for one in listed] == [execution], listed
    refused("InvalidAutomationStatusUpdateException", ssm.stop_automation_execution, AutomationExecutionId=execution)
    nobody = "AutomationExecutionNotFoundException"
    refused(nobody, ssm.get_automation_execution, AutomationExecutionId=token)
    stopped = ssm.start_automation_execution(DocumentName="Wire")["AutomationExecutionId"]
    ssm.stop_automation_execution(AutomationExecutionId=stopped)
    reached("Cancelled", ssm, stopped)
    guarded = {"Alarms": [{"Name": "nobody"}], "IgnorePollAlarmFailure": False}
    stopped = ssm.start_automation_execution(DocumentName="Wire", AlarmConfiguration=guarded)["AutomationExecutionId"]
    told = reached("Cancelled", ssm, stopped)
    assert told["TriggeredAlarms"] == [{"Name": "nobody", "State": "UNKNOWN"}], told
    assert told["AlarmConfiguration"] == guarded, told
    run_for_targets(ssm)


def run_for_targets(ssm):
    targets = [{"Key": "ParameterValues", "Values": ["keel", "mast"]}]
    start = {"DocumentName": "Wire", "TargetParameterName": "Word", "Targets": targets, "MaxConcurrency": "1"}
    execution = ssm.start_automation_execution(**start, MaxErrors="0")["AutomationExecutionId"]
    reached("InProgress", ssm, execution)
    filters = [{"Key": "ParentExecutionId", "Values": [execution]}]
    deadline = time.monotonic() + 60
    while not (children := ssm.describe_automation_executions(Filters=filters)["AutomationExecutionMetadataList"]):
        assert time.monotonic() < deadline, execution
    assert [child["Target"] for child in children] == ["keel"], children
    for key in ("tag:a", "ResourceGroup"):
        refused("InvalidTarget", ssm.start_automation_execution, **{**start, "Targets": [{"Key": key, "Values": ["b"]}]})
    ssm.stop_automation_execution(AutomationExecutionId=execution)
    ended = reached("Cancelled", ssm, execution)
    assert ended["ResolvedTargets"] == {"ParameterValues": ["keel", "mast"], "Truncated": False}, ended
    assert ended["ProgressCounters"]["CancelledSteps"] == 1, ended
