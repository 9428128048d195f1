//! Simple Notification Service: topics and what is published to them.

use serde_json::{Value, json};

use super::no_handler;
use super::page::{compact, page, read_token, text};
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::world::World;

/// Topics on a page (<https://docs.aws.amazon.com/sns/latest/api/API_ListTopics.html>).
const PAGE: usize = 100;

/// Bytes of a message (<https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>).
const LARGEST: usize = 262_144;

/// Answers one call.
pub(super) fn call(world: &mut World, call: &Call<'_>) -> Answer {
    match call.operation {
        "ListTopics" => list(world, call),
        "Publish" => publish(world, call),
        _ => no_handler(call),
    }
}

fn invalid(message: impl Into<String>) -> Fault {
    Fault::new("InvalidParameterException", message)
}

fn list(world: &World, call: &Call<'_>) -> Answer {
    let unknown = || invalid("Invalid parameter: NextToken");
    let after = text(call.input, "NextToken").map(|token| read_token(call.operation, token).ok_or_else(unknown));
    let after = after.transpose()?;
    let topics = world.topics.keys().map(|arn| (arn.clone(), json!({ "TopicArn": arn })));
    let (topics, next) = page(call.operation, topics, after.as_deref(), PAGE);
    Ok(compact(json!({ "Topics": topics, "NextToken": next })))
}

/// `Publish`: to a topic of the account
/// (<https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>). Phones and devices are not there.
fn publish(world: &mut World, call: &Call<'_>) -> Answer {
    let word = |name: &str| text(call.input, name);
    let arn = word("TopicArn").or(word("TargetArn"));
    let arn =
        arn.ok_or_else(|| invalid("Invalid parameter: TopicArn or TargetArn Reason: no value for required parameter"))?;
    let message = word("Message").unwrap_or_default();
    if message.is_empty() {
        return Err(invalid("Invalid parameter: Empty message"));
    }
    if message.len() > LARGEST {
        return Err(invalid("Invalid parameter: Message too long"));
    }
    if word("MessageStructure") == Some("json") && !has_default(message) {
        return Err(invalid("Invalid parameter: Message Structure - No default entry in JSON message body"));
    }
    let subject = word("Subject");
    if subject.is_some_and(|subject| !is_subject(subject)) {
        return Err(invalid("Invalid parameter: Subject"));
    }
    let id = world.publish(arn, subject, message);
    let id = id.ok_or_else(|| Fault::new("NotFoundException", "Topic does not exist"))?;
    Ok(json!({ "MessageId": id }))
}

fn has_default(message: &str) -> bool {
    serde_json::from_str::<Value>(message).is_ok_and(|value| value.get("default").is_some_and(Value::is_string))
}

/// ASCII without line breaks and control characters, to 100 of them.
fn is_subject(text: &str) -> bool {
    (1..=100).contains(&text.len()) && text.chars().all(|letter| letter.is_ascii() && !letter.is_ascii_control())
}
