//! `quarterdeck iam-policy`: the least that a role needs, from the operations that the program calls.

use serde_json::{Value, json};

use crate::actions::catalogue::Names;
use crate::aws::permissions::{ACTS, READS};

/// The role that the fleet's own documents assume.
const AUTOMATION_ROLE: &str = "quarterdeck-automation";

/// The policy: what reading needs, and for an operator what starting, stopping and signalling the runbooks needs beside that.
#[must_use]
pub fn policy(operator: bool, names: &Names) -> Value {
    let mut statements = vec![json!({
        "Sid": "QuarterdeckReads",
        "Effect": "Allow",
        "Action": READS,
        "Resource": "*",
    })];
    if operator {
        statements.extend(acting(names));
    }
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// Starting takes more than its own permission: the execution that comes of it, the tag by which a lost start is found, and the role that the
/// document assumes (<https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-setup-identity-based-policies.html>). Documents
/// were called automation definitions there before; a partition may still want that name.
fn acting(names: &Names) -> Vec<Value> {
    let executions = "arn:*:ssm:*:*:automation-execution/*";
    let mut documents: Vec<String> =
        names.all().iter().flat_map(|name| named(name)).chain([executions.to_owned()]).collect();
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

fn named(document: &str) -> [String; 2] {
    [format!("arn:*:ssm:*:*:document/{document}"), format!("arn:*:ssm:*:*:automation-definition/{document}:*")]
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let actions = actions(&policy(false, &Names::default()));
        assert!(actions.len() > 30 && ACTS.iter().all(|act| !actions.iter().any(|action| action == act)));
    }

    #[test]
    fn an_operator_may_start_the_runbooks_by_name_and_nothing_else() {
        let policy = policy(true, &Names::default());
        let all = actions(&policy);
        for needed in ACTS.iter().chain(&["iam:PassRole", "ssm:AddTagsToResource"]) {
            assert!(all.iter().any(|action| action == needed), "{needed}");
        }
        let starts = &policy["Statement"][1];
        assert_eq!(starts["Action"], json!(["ssm:StartAutomationExecution"]));
        let resources = starts["Resource"].as_array().map_or(0, Vec::len);
        assert_eq!(resources, 2 * Names::default().all().len() + 1, "each by name, and the executions of them");
        let text = starts["Resource"].to_string();
        assert!(!text.contains("definition/*") && !text.contains("document/*") && text.contains("execution/*"));
    }
}
