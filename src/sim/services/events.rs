//! EventBridge: rules of the default bus and their targets.

mod targets;

use serde_json::{Value, json};

use super::no_handler;
use super::page::{compact, integer, page, read_token, text};
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::world::World;
use crate::sim::world::bus::Rule;
use crate::sim::world::bus::pattern::Pattern;
use crate::sim::world::timetable::Timetable;

/// The bus that every account has.
const BUS: &str = "default";

/// Answers one call.
pub(super) fn call(world: &mut World, call: &Call<'_>) -> Answer {
    expect_bus(world, call)?;
    match call.operation {
        "PutRule" => put(world, call),
        "DescribeRule" => describe(world, call),
        "ListRules" => list(world, call),
        "EnableRule" => switch(world, call, true),
        "DisableRule" => switch(world, call, false),
        "DeleteRule" => delete(world, call),
        "PutTargets" => targets::put(world, call),
        "ListTargetsByRule" => targets::list(world, call),
        "RemoveTargets" => targets::remove(world, call),
        _ => no_handler(call),
    }
}

fn invalid(message: impl Into<String>) -> Fault {
    Fault::new("ValidationException", message)
}

fn absent(what: impl Into<String>) -> Fault {
    Fault::new("ResourceNotFoundException", what)
}

/// There is the default bus alone, by name or by ARN.
fn expect_bus(world: &World, call: &Call<'_>) -> Result<(), Fault> {
    let arn = world.arn("events", "event-bus/default");
    match text(call.input, "EventBusName") {
        None | Some(BUS) => Ok(()),
        Some(other) if other == arn => Ok(()),
        Some(other) => Err(absent(format!("Event bus {other} does not exist."))),
    }
}

fn existing<'w>(world: &'w World, name: &str) -> Result<&'w Rule, Fault> {
    world.rules.get(name).ok_or_else(|| absent(format!("Rule {name} does not exist on EventBus default.")))
}

/// `PutRule`: one of that name is replaced, but for its targets
/// (<https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html>).
fn put(world: &mut World, call: &Call<'_>) -> Answer {
    let word = |name: &str| text(call.input, name).filter(|text| !text.is_empty()).map(str::to_owned);
    let name = word("Name").unwrap_or_default();
    let pattern = word("EventPattern").map(|text| Pattern::read(&text).map(|pattern| (text, pattern))).transpose();
    let pattern = pattern.map_err(|reason| {
        Fault::new("InvalidEventPatternException", format!("Event pattern is not valid. Reason: {reason}"))
    })?;
    let schedule =
        word("ScheduleExpression").map(|text| read_schedule(&text).map(|table| (text, table))).transpose()?;
    if pattern.is_none() && schedule.is_none() {
        return Err(invalid("Parameter(s) EventPattern or ScheduleExpression must be specified."));
    }
    let arn = world.rule_arn(&name);
    world.keep_rule(Rule {
        name,
        description: word("Description"),
        pattern,
        schedule,
        enabled: text(call.input, "State") != Some("DISABLED"),
        role_arn: word("RoleArn"),
        targets: std::collections::BTreeMap::new(),
        put_at: call.now,
        edition: 0,
    });
    Ok(json!({ "RuleArn": arn }))
}

/// Rules have rates and calendars, in UTC; a unit is in the singular for one and in the plural for more
/// (<https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html>).
fn read_schedule(text: &str) -> Result<Timetable, Fault> {
    let refused = || invalid("Parameter ScheduleExpression is not valid.");
    let table = Timetable::read(text, "UTC").map_err(|_| refused())?;
    let single = text.starts_with("rate(1 ");
    let plural = text.ends_with("s)");
    let wrong = table.is_single() || (table.rate().is_some() && single == plural);
    if wrong { Err(refused()) } else { Ok(table) }
}

fn state(rule: &Rule) -> &'static str {
    if rule.enabled { "ENABLED" } else { "DISABLED" }
}

fn shown(world: &World, rule: &Rule) -> Value {
    compact(json!({
        "Name": rule.name,
        "Arn": world.rule_arn(&rule.name),
        "Description": rule.description,
        "EventPattern": rule.pattern.as_ref().map(|(text, _)| text),
        "ScheduleExpression": rule.schedule.as_ref().map(|(text, _)| text),
        "State": state(rule),
        "RoleArn": rule.role_arn,
        "EventBusName": BUS,
    }))
}

fn describe(world: &World, call: &Call<'_>) -> Answer {
    Ok(shown(world, existing(world, text(call.input, "Name").unwrap_or_default())?))
}

fn list(world: &World, call: &Call<'_>) -> Answer {
    let prefix = text(call.input, "NamePrefix").unwrap_or_default();
    let rules = world.rules.values().filter(|rule| rule.name.starts_with(prefix));
    paged(call, "Rules", rules.map(|rule| (rule.name.clone(), shown(world, rule))))
}

/// One page of `member`: a hundred items unless `Limit` says fewer.
fn paged(call: &Call<'_>, member: &str, items: impl IntoIterator<Item = (String, Value)>) -> Answer {
    let limit = integer(call.input, "Limit").and_then(|n| usize::try_from(n).ok()).unwrap_or(100);
    let unknown = || invalid("Parameter NextToken is not valid.");
    let after = text(call.input, "NextToken").map(|token| read_token(call.operation, token).ok_or_else(unknown));
    let after = after.transpose()?;
    let (items, next) = page(call.operation, items, after.as_deref(), limit);
    Ok(compact(json!({ member: items, "NextToken": next })))
}

fn switch(world: &mut World, call: &Call<'_>, on: bool) -> Answer {
    let rule = Rule { enabled: on, ..existing(world, text(call.input, "Name").unwrap_or_default())?.clone() };
    world.keep_rule(rule);
    Ok(json!({}))
}

/// `DeleteRule`: its targets go first, and what is not there is as good as deleted
/// (<https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteRule.html>).
fn delete(world: &mut World, call: &Call<'_>) -> Answer {
    let name = text(call.input, "Name").unwrap_or_default();
    if world.rules.get(name).is_some_and(|rule| !rule.targets.is_empty()) {
        return Err(invalid("Rule can't be deleted since it has targets."));
    }
    world.rules.remove(name);
    Ok(json!({}))
}
