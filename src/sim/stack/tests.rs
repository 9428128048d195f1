//! What the template says, and that nothing in it is passed over.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{Place, Stack};
use crate::sim::runbook;
use crate::sim::world::automation::runbooks;

fn place() -> Place {
    Place::new("111122223333", "eu-west-1", "harbor")
}

fn stack() -> Stack {
    Stack::new(&place(), &runbooks()).unwrap()
}

/// The template with one text replaced, which has to be there.
fn changed(from: &str, to: &str) -> Result<Stack, String> {
    assert!(super::TEMPLATE.contains(from), "{from}");
    Stack::read(&super::TEMPLATE.replacen(from, to, 1), &place(), &runbooks())
}

#[test]
fn a_schedule_starts_each_of_rotation_and_bake_in_time() {
    let stack = stack();
    for (name, document, every) in
        [("harbor-rotate", "RolloutFleet", "rate(9 hours)"), ("harbor-bake", "BakeAmi", "rate(6 hours)")]
    {
        let schedule = stack.schedule(name).unwrap();
        assert_eq!(schedule.schedule_expression, every);
        assert_eq!(schedule.target.arn, "arn:aws:scheduler:::aws-sdk:ssm:startAutomationExecution");
        let input: Value = serde_json::from_str(&schedule.target.input).unwrap();
        assert_eq!((&input["DocumentName"], &input["Parameters"]["Cluster"][0]), (&document.into(), &"harbor".into()));
        assert!(stack.roles.iter().any(|role| role.description.contains("EventBridge Scheduler")));
    }
}

/// What is wrong with the parameters that a document is started with by itself.
fn misfit(stack: &Stack, name: &str, given: &Value) -> Option<String> {
    let document = stack.documents.iter().find(|document| document.name == name).unwrap();
    let document = runbook::read(&document.content).unwrap();
    let given = given.as_object().unwrap();
    let strange = given.keys().find(|name| !document.parameters.contains_key(*name));
    let mut needed = document.parameters.iter().filter(|(_, parameter)| parameter.default.is_none());
    let missing = needed.find(|(name, _)| !given.contains_key(*name)).map(|(name, _)| name);
    strange.or(missing).map(|parameter| format!("{name}: {parameter}"))
}

#[test]
fn what_starts_by_itself_starts_with_parameters_that_its_runbook_knows() {
    let stack = stack();
    for schedule in &stack.schedules {
        let input: Value = serde_json::from_str(&schedule.target.input).unwrap();
        assert_eq!(misfit(&stack, input["DocumentName"].as_str().unwrap(), &input["Parameters"]), None);
        for alarm in input["Parameters"]["AlarmNames"].as_array().into_iter().flatten() {
            assert!(stack.alarm(alarm.as_str().unwrap()).is_some(), "{alarm}");
        }
    }
    for rule in ["harbor-eject", "harbor-eject-again"] {
        let transformer = stack.rule(rule).unwrap().targets[0].input_transformer.clone().unwrap();
        let input: Value = serde_json::from_str(&transformer.input_template).unwrap();
        assert_eq!(misfit(&stack, "EjectInstance", &input), None, "{rule}");
    }
    let strange = serde_json::json!({ "Cluster": [], "RequestedBy": [], "Reason": [], "RequestId": [], "Speed": [] });
    assert_eq!(misfit(&stack, "BakeAmi", &strange).as_deref(), Some("BakeAmi: Speed"));
}

#[test]
fn every_alarm_tells_the_topic() {
    let stack = stack();
    let topic = "arn:aws:sns:eu-west-1:111122223333:harbor-alarms";
    assert!(stack.alarms.len() > 8, "the alarms were not found");
    for alarm in &stack.alarms {
        assert_eq!(
            (&alarm.alarm_actions[..], &alarm.ok_actions[..]),
            (&[topic.to_owned()][..], &[topic.to_owned()][..])
        );
    }
    assert_eq!(stack.topics[0].subscription[0].endpoint, "oncall@example.com");
}

#[test]
fn what_an_alarm_and_a_failure_start_is_known() {
    let stack = stack();
    let eject = stack.rule("harbor-eject").unwrap();
    let alarms = eject.event_pattern["detail"]["alarmName"].as_array().unwrap();
    assert_eq!(alarms[0]["suffix"], "-unhealthy-targets");
    assert!(stack.alarm("harbor-web-unhealthy-targets").is_some());
    assert!(stack.alarm(alarms[1].as_str().unwrap()).is_some(), "{alarms:?}");
    assert!(eject.targets[0].arn.ends_with(":automation-definition/EjectInstance:$DEFAULT"));
    let again = stack.rule("harbor-eject-again").unwrap();
    let refreshed = &again.event_pattern["$or"][1]["detail"]["AutoScalingGroupName"];
    assert_eq!(refreshed[0]["prefix"], stack.group().unwrap().auto_scaling_group_name.as_str());
    let failed = stack.rule("harbor-automation-failed").unwrap();
    assert_eq!(failed.targets[0].arn, stack.alarms[0].alarm_actions[0]);
}

#[test]
fn the_group_is_the_fleets_and_holds_a_version_by_its_number() {
    let stack = stack();
    let group = stack.group().unwrap();
    assert_eq!((group.auto_scaling_group_name.as_str(), group.launch_template.version), ("harbor", 1));
    assert!(group.tags.iter().any(|tag| tag.key == "quarterdeck:fleet" && tag.value == "harbor"));
    assert_eq!(group.health_check_type, "EC2", "no other check is simulated");
    let provider = &stack.capacity_providers[0].auto_scaling_group_provider;
    assert_eq!((&provider.group, provider.managed_draining.as_str()), (&group.auto_scaling_group_name, "ENABLED"));
    assert!(group.new_instances_protected_from_scale_in && provider.managed_termination_protection == "ENABLED");
}

#[test]
fn nothing_leads_to_a_shell() {
    let stack = stack();
    for template in &stack.launch_templates {
        let data = &template.launch_template_data;
        assert_eq!(data.metadata_options["HttpTokens"], "required", "{}", template.launch_template_name);
    }
    for (name, resource) in stack.resources.iter().filter(|(_, r)| r.kind == "AWS::EC2::SecurityGroup") {
        for rule in resource.properties["SecurityGroupIngress"].as_array().into_iter().flatten() {
            let (from, to) = (rule["FromPort"].as_u64().unwrap(), rule["ToPort"].as_u64().unwrap());
            assert!(!(from..=to).contains(&22), "{name} opens port 22");
        }
    }
    let all = stack.roles.iter().flat_map(|role| role.statements()).flat_map(|statement| &statement.action);
    let shells: Vec<&String> =
        all.filter(|a| a.starts_with("ssmmessages:") || a.starts_with("ssm:StartSession")).collect();
    assert_eq!(shells, Vec::<&String>::new());
    // A property that is not known is an error, so a key pair would be one too.
    assert!(changed("        InstanceType: {Ref: InstanceType}\n", "        KeyName: mine\n").is_err());
}

#[test]
fn log_groups_do_not_grow_for_ever() {
    let stack = stack();
    assert!(stack.log_groups.len() > 3 && stack.log_groups.iter().all(|group| group.retention_in_days > 0));
}

#[test]
fn every_runbook_is_deployed_from_its_own_file() {
    let stack = stack();
    let files = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("fleet/runbooks")).unwrap();
    let mut files: Vec<String> =
        files.map(|file| file.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned()).collect();
    files.sort();
    let deployed: Vec<&String> = stack.documents.iter().map(|document| &document.name).collect();
    let missing: Vec<&String> = files.iter().filter(|file| !deployed.contains(file)).collect();
    assert_eq!(missing, Vec::<&String>::new());
    for document in &stack.documents {
        assert_eq!((document.document_type.as_str(), document.update_method.as_str()), ("Automation", "NewVersion"));
    }
}

/// CloudFormation would turn the numbers and booleans of an object into strings on its way to Systems Manager.
#[test]
fn a_runbook_arrives_as_it_is_written_because_it_arrives_as_text() {
    let written = |name: &str| {
        let (_, text) = runbooks().into_iter().find(|(file, _)| *file == format!("runbooks/{name}.yaml")).unwrap();
        serde_saphyr::from_str::<Value>(text).unwrap()
    };
    for document in &stack().documents {
        assert_eq!(serde_json::from_str::<Value>(&document.content).unwrap(), written(&document.name));
    }
    let include = "{Fn::Transform: {Name: AWS::Include, Parameters: {Location: runbooks/RolloutFleet.yaml}}}";
    let bare = changed(&format!("Fn::ToJsonString: {include}"), &include[1..include.len() - 1]).unwrap();
    let document = bare.documents.iter().find(|document| document.name == "RolloutFleet").unwrap();
    let text: Value = serde_json::from_str(&document.content).unwrap();
    assert_eq!(text["parameters"]["AutoRollback"]["default"], "true", "{text}");
    assert!(runbook::read(&document.content).is_err(), "Systems Manager does not take it");
}

#[test]
fn what_is_not_known_is_an_error_that_names_its_place() {
    let wrong = [
        ("      GroupName: default\n", "      GroupName: default\n      Timezone: UTC\n", "Timezone"),
        ("Fn::Select: [0", "Fn::Split: [0", "Fn::Split"),
        ("Type: AWS::SNS::Topic\n", "Type: AWS::SQS::Queue\n", "AWS::SQS::Queue"),
        ("DependsOn: [HttpListener", "DependsOn: [Listener", "Listener"),
        ("Location: runbooks/StopTask.yaml", "Location: runbooks/StopTasks.yaml", "StopTasks"),
        ("MinSize: {Ref: MinSize}", "MinSize: {Ref: Fewest}", "Fewest"),
        ("\nTransform: AWS::LanguageExtensions\n", "\n", "Fn::ToJsonString"),
        ("\nTransform: AWS::LanguageExtensions\n", "\nTransform: AWS::Serverless-2016-10-31\n", "Serverless"),
    ];
    for (from, to, named) in wrong {
        let error = changed(from, to).unwrap_err();
        assert!(error.contains(named), "{to:?}: {error}");
    }
    let mut place = place();
    place.given.insert("RotateEvery".into(), "24 hours".into());
    let error = Stack::new(&place, &runbooks()).unwrap_err();
    assert!(error.starts_with("RotateEvery: \"24 hours\" does not match"), "{error}");
}
