//! How each service says that a request is wrong.
//!
//! Codes by the services' own error pages: ECS, CloudWatch Logs and SNS have `InvalidParameterException`, EC2 its client
//! error codes (<https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html>), all others the common
//! `ValidationError` of the query protocols, which is `ValidationException` elsewhere.

use super::Protocol;
use super::scalar::Malformed;
use super::validate::{Measure, Rule, Violation};
use crate::sim::call::Fault;
use crate::sim::models::Model;

/// The fault for input that cannot be read.
pub(super) fn malformed(protocol: Protocol, malformed: &Malformed) -> Fault {
    let code = match (protocol, malformed) {
        (Protocol::Ec2, Malformed::Unknown(_)) => "UnknownParameter",
        (Protocol::Ec2 | Protocol::Query, _) => "InvalidParameterValue",
        (Protocol::Json | Protocol::Cbor | Protocol::Rest, _) => "SerializationException",
    };
    let message = match malformed {
        Malformed::Body(reason) => reason.clone(),
        Malformed::Unknown(name) => format!("The parameter {name} is not recognized"),
        Malformed::Value { path, value, wanted } if protocol == Protocol::Ec2 => {
            format!("Invalid value '{value}' for {path}. Expecting a value of type {wanted}.")
        }
        Malformed::Value { path, value, wanted } => format!("Value {value} at '{path}' is not of type {wanted}"),
    };
    Fault::new(code, message)
}

/// The fault for input that the model forbids.
pub(super) fn invalid(model: &Model, violations: &[Violation]) -> Fault {
    match (model.service, violations) {
        ("ec2", [first, ..]) => ec2(first),
        ("ecs", [Violation { path, rule: Rule::Present, .. }, ..]) => {
            Fault::new("InvalidParameterException", format!("{} cannot be empty.", capitalised(path)))
        }
        ("ecs" | "logs" | "sns", _) => Fault::new("InvalidParameterException", detected(violations)),
        _ => Fault::new("ValidationException", detected(violations)),
    }
}

fn ec2(violation: &Violation) -> Fault {
    let Violation { path, value, rule } = violation;
    let value = value.as_deref().unwrap_or_default();
    match rule {
        Rule::Present => {
            let name = capitalised(path);
            Fault::new("MissingParameter", format!("The request must contain the parameter {name}"))
        }
        Rule::AtLeast(Measure::Value, least) => Fault::new(
            "InvalidParameterValue",
            format!(
                "Value ( {value} ) for parameter {path} is invalid. Expecting a value greater than or equal to {least}."
            ),
        ),
        Rule::AtMost(Measure::Value, most) => Fault::new(
            "InvalidParameterValue",
            format!(
                "Value ( {value} ) for parameter {path} is invalid. Expecting a value less than or equal to {most}."
            ),
        ),
        rule => Fault::new("InvalidParameterValue", format!("Invalid value '{value}' for {path}. {rule}")),
    }
}

fn detected(violations: &[Violation]) -> String {
    let each: Vec<String> = violations.iter().map(ToString::to_string).collect();
    let plural = if each.len() == 1 { "" } else { "s" };
    format!("{} validation error{plural} detected: {}", each.len(), each.join("; "))
}

fn capitalised(path: &str) -> String {
    let mut letters = path.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
