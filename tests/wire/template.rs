//! The fleet's template: as CloudFormation's own linter and Python's YAML read it, and its roles against what they are for.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use quarterdeck::actions::catalogue::Names;
use quarterdeck::cli::iam_policy::policy;
use quarterdeck::sim::Sim;
use quarterdeck::sim::clock::Clock;
use quarterdeck::sim::options::{Options, Scenario};
use quarterdeck::sim::runbook::{self, Step};
use quarterdeck::sim::stack::{Role, Stack, Statement};
use serde_json::Value;

use crate::support::python::python;

fn fleet(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fleet").join(file)
}

fn stack() -> Stack {
    let sim = Sim::new(Options { scenario: Scenario::Empty, ..Options::default() }, Clock::system());
    sim.with_world(|world| world.stack.clone())
}

fn run(script: &str, arguments: &[&Path]) -> Output {
    Command::new(python()).args(["-B", "-c", script]).args(arguments).output().expect("Python can be started")
}

/// Runs cfn-lint on a template. Says what it told; empty: it found nothing.
fn lint(template: &Path) -> String {
    // Its own script names the interpreter that it was installed with, which may have been moved.
    let script = "import sys; from cfnlint.runner import main; \
                  sys.argv[1:] = ['--regions', 'eu-west-1', 'us-east-1', '--include-checks', 'I', '--template', sys.argv[1]]; main()";
    let output = run(script, &[template]);
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn cfn_lint_finds_nothing() {
    let template = fleet("template.yaml");
    assert_eq!(lint(&template), "");
    // It looks at all: a property that there is not.
    let text = std::fs::read_to_string(&template).expect("the template can be read");
    let folder = tempfile::tempdir().expect("a folder can be had");
    let wrong = folder.path().join("template.yaml");
    std::fs::write(&wrong, text.replacen("      MinSize:", "      FewestSize:", 1)).expect("a file can be written");
    let told = lint(&wrong);
    assert!(told.contains("FewestSize"), "{told}");
}

/// CloudFormation includes a runbook as YAML 1.1 reads it, where words such as `on` and dates are no texts.
#[test]
fn runbooks_mean_the_same_to_yaml_of_both_ages() {
    let script = "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1])), default=repr))";
    let documents = stack().documents;
    assert!(documents.len() > 10, "the runbooks were not found");
    for document in &documents {
        let output = run(script, &[&fleet(&format!("runbooks/{}.yaml", document.name))]);
        let old: Value = serde_json::from_slice(&output.stdout).expect("Python reads it");
        let new: Value = serde_json::from_str(&document.content).expect("it is JSON");
        assert_eq!(old, new, "{}", document.name);
    }
}

/// The statements that `quarterdeck iam-policy` prints, for the account and Region of the stack.
fn printed(operator: bool) -> Vec<Statement> {
    let text = policy(operator, &Names::default().all()).to_string();
    let text = text.replace("arn:*:ssm:*:*:", "arn:aws:ssm:eu-west-1:111122223333:");
    let text = text.replace("arn:*:iam::*:", "arn:aws:iam::111122223333:");
    let policy: Value = serde_json::from_str(&text).expect("it is JSON");
    serde_json::from_value(policy["Statement"].clone()).expect("statements")
}

fn role<'s>(stack: &'s Stack, name: &str) -> &'s Role {
    stack.roles.iter().find(|role| role.role_name.as_deref() == Some(name)).expect("the role is in the template")
}

#[test]
fn the_consoles_roles_may_what_iam_policy_prints() {
    let stack = stack();
    for (name, operator) in [("harbor-reader", false), ("harbor-operator", true)] {
        let held: Vec<Statement> = role(&stack, name).statements().cloned().collect();
        assert_eq!(held, printed(operator), "{name}");
    }
}

/// What a step calls, as IAM names it.
fn called(step: &Step) -> Vec<String> {
    let word = |name: &str| step.inputs[name].as_str().unwrap_or_default().to_owned();
    let actions: &[&str] = match step.action.word() {
        "aws:executeAwsApi" | "aws:waitForAwsResourceProperty" | "aws:assertAwsResourceProperty" => {
            let service = word("Service");
            let service = if service == "elbv2" { "elasticloadbalancing" } else { &service };
            return vec![format!("{service}:{}", word("Api"))];
        }
        "aws:changeInstanceState" => match word("DesiredState").as_str() {
            "stopped" => &["ec2:StopInstances", "ec2:DescribeInstances", "ec2:DescribeInstanceStatus"],
            "terminated" => &["ec2:TerminateInstances", "ec2:DescribeInstances", "ec2:DescribeInstanceStatus"],
            _ => &["ec2:StartInstances", "ec2:DescribeInstances", "ec2:DescribeInstanceStatus"],
        },
        "aws:createImage" => &["ec2:CreateImage", "ec2:DescribeImages"],
        "aws:createTags" => &["ec2:CreateTags"],
        "aws:deleteImage" => &["ec2:DeregisterImage", "ec2:DeleteSnapshot", "ec2:DescribeImages"],
        "aws:executeAutomation" => &["ssm:StartAutomationExecution", "ssm:GetAutomationExecution"],
        "aws:runCommand" => {
            &["ssm:SendCommand", "ssm:ListCommands", "ssm:ListCommandInvocations", "ssm:DescribeInstanceInformation"]
        }
        "aws:runInstances" => &["ec2:RunInstances", "ec2:DescribeInstances", "ec2:DescribeInstanceStatus"],
        "aws:approve" => &["sns:Publish"],
        _ => &[],
    };
    actions.iter().map(|action| (*action).to_owned()).collect()
}

/// What AWS wants of a caller beside the operation itself: launching takes the instance's role and its tags
/// (<https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-launch-template-permissions.html>), starting tasks takes
/// theirs (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html>), starting a runbook the role that it
/// assumes (<https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-setup-identity-based-policies.html>).
const BESIDE: &[(&str, &[&str])] = &[
    ("autoscaling:StartInstanceRefresh", &["ec2:RunInstances", "ec2:CreateTags", "iam:PassRole"]),
    // With the snapshots that it was made of (<https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeregisterImage.html>).
    ("ec2:DeregisterImage", &["ec2:DeleteSnapshot"]),
    ("ec2:RunInstances", &["ec2:CreateTags", "iam:PassRole"]),
    ("ecs:RunTask", &["iam:PassRole"]),
    ("ecs:UpdateService", &["iam:PassRole"]),
    ("ssm:StartAutomationExecution", &["iam:PassRole"]),
];

#[test]
fn the_automations_role_may_what_the_runbooks_call_and_no_more() {
    let stack = stack();
    let mut called_for = BTreeSet::new();
    for deployed in &stack.documents {
        let document = runbook::read(&deployed.content).expect("a runbook");
        called_for.extend(document.all_steps().flat_map(called));
    }
    assert!(called_for.len() > 30, "the calls were not found");
    for (action, beside) in BESIDE {
        if called_for.contains(*action) {
            called_for.extend(beside.iter().map(|action| (*action).to_owned()));
        }
    }
    let statements = role(&stack, "quarterdeck-automation").statements();
    let allowed: BTreeSet<String> = statements.flat_map(|statement| statement.action.clone()).collect();
    assert_eq!(allowed.difference(&called_for).collect::<Vec<_>>(), Vec::<&String>::new(), "no runbook calls these");
    assert_eq!(called_for.difference(&allowed).collect::<Vec<_>>(), Vec::<&String>::new(), "these are not allowed");
}
