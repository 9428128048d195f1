//! `quarterdeck iam-policy`: the least that a role needs, from the operations that the program calls.

use serde_json::{Value, json};

use crate::aws::permissions::{ACTS, READS};

/// The role that the fleet's own documents assume.
const AUTOMATION_ROLE: &str = "quarterdeck-automation";

/// The policy: what reading needs, and for an operator what starting, stopping and signalling these runbooks needs beside that.
#[must_use]
pub fn policy(operator: bool, runbooks: &[String]) -> Value {
    let mut statements = vec![json!({
        "Sid": "QuarterdeckReads",
        "Effect": "Allow",
        "Action": READS,
        "Resource": "*",
    })];
    if operator {
        statements.extend(acting(runbooks));
    }
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// Starting takes more than its own permission: the execution that comes of it, the tag by which a lost start is found, and the role that the
/// document assumes (<https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-setup-identity-based-policies.html>). Documents
/// were called automation definitions there before; a partition may still want that name.
fn acting(runbooks: &[String]) -> Vec<Value> {
    let executions = "arn:*:ssm:*:*:automation-execution/*";
    let mut documents: Vec<String> =
        runbooks.iter().flat_map(|name| named(name)).chain([executions.to_owned()]).collect();
    documents.sort();
    documents.dedup();
    let (starts, others): (Vec<&str>, Vec<&str>) = ACTS.iter().copied().partition(|action| action.contains(":Start"));
    vec![
        json!({ "Sid": "QuarterdeckStartsRunbooks", "Effect": "Allow", "Action": starts, "Resource": documents }),
        json!({
            "Sid": "QuarterdeckTagsAndSteersExecutions",
            "Effect": "Allow",
            "Action": others.into_iter().chain(["ssm:AddTagsToResource"]).collect::<Vec<_>>(),
            "Resource": executions,
        }),
        json!({
            "Sid": "QuarterdeckPassesTheAutomationsRole",
            "Effect": "Allow",
            "Action": "iam:PassRole",
            "Resource": format!("arn:*:iam::*:role/{AUTOMATION_ROLE}"),
            "Condition": { "StringEquals": { "iam:PassedToService": "ssm.amazonaws.com" } },
        }),
    ]
}

/// One that somebody shares is named by its ARN, and permitted by its name.
fn named(document: &str) -> [String; 2] {
    let document = document.rsplit('/').next().unwrap_or(document);
    [format!("arn:*:ssm:*:*:document/{document}"), format!("arn:*:ssm:*:*:automation-definition/{document}:*")]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actions::catalogue::Names;

    fn runbooks() -> Vec<String> {
        Names::default().all()
    }

    fn actions(policy: &Value) -> Vec<String> {
        let statements = policy["Statement"].as_array().cloned().unwrap_or_default();
        let each = statements.iter().flat_map(|statement| match &statement["Action"] {
            Value::Array(actions) => actions.clone(),
            one => vec![one.clone()],
        });
        each.filter_map(|action| action.as_str().map(str::to_owned)).collect()
    }

    #[test]
    fn a_reader_may_change_nothing() {
        let actions = actions(&policy(false, &runbooks()));
        assert!(actions.len() > 30 && ACTS.iter().all(|act| !actions.iter().any(|action| action == act)));
    }

    #[test]
    fn an_operator_may_start_the_runbooks_by_name_and_nothing_else() {
        let policy = policy(true, &runbooks());
        let all = actions(&policy);
        for needed in ACTS.iter().chain(&["iam:PassRole", "ssm:AddTagsToResource"]) {
            assert!(all.iter().any(|action| action == needed), "{needed}");
        }
        let starts = &policy["Statement"][1];
        assert_eq!(starts["Action"], json!(["ssm:StartAutomationExecution"]));
        let resources = starts["Resource"].as_array().map_or(0, Vec::len);
        assert_eq!(resources, 2 * runbooks().len() + 1, "each by name, and the executions of them");
        let text = starts["Resource"].to_string();
        assert!(!text.contains("definition/*") && !text.contains("document/*") && text.contains("execution/*"));
    }

    #[test]
    fn runbooks_of_the_configuration_may_be_started_too() {
        let runbooks = ["RotateKeys".to_owned(), "arn:aws:ssm:eu-west-1:444455556666:document/Shared".to_owned()];
        let text = policy(true, &runbooks)["Statement"][1]["Resource"].to_string();
        for name in ["document/RotateKeys\"", "document/Shared\""] {
            assert!(text.contains(name), "{name} in {text}");
        }
    }
}
