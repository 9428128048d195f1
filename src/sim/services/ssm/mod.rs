//! Systems Manager: parameters, documents and their executions.

mod commands;
mod documents;
mod executions;
mod parameters;
mod signals;
mod steps;

use serde_json::Value;

use super::no_handler;
use super::page::{integer, page, read_token, text};
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::world::World;

/// Answers one call.
pub(super) fn call(world: &mut World, call: &Call<'_>) -> Answer {
    match call.operation {
        "GetParameter" => parameters::get(world, call),
        "GetParameterHistory" => parameters::history(world, call),
        "GetParameters" => Ok(parameters::get_several(world, call)),
        "DeleteParameters" => Ok(parameters::delete(world, call)),
        "PutParameter" => parameters::put(world, call),
        "CreateDocument" => documents::create(world, call),
        "GetDocument" => documents::get(world, call),
        "DescribeDocument" => documents::describe(world, call),
        "ListDocuments" => documents::list(world, call),
        "SendCommand" => commands::send(world, call),
        "GetCommandInvocation" => commands::get(world, call),
        "ListCommandInvocations" => commands::list(world, call),
        "StartAutomationExecution" => executions::start(world, call),
        "GetAutomationExecution" => executions::get(world, call),
        "DescribeAutomationExecutions" => executions::describe(world, call),
        "DescribeAutomationStepExecutions" => steps::describe(world, call),
        "StopAutomationExecution" => signals::stop(world, call),
        "SendAutomationSignal" => signals::send(world, call),
        _ => no_handler(call),
    }
}

/// One page of items in the order of their keys, and the token to go on with.
fn paged(
    call: &Call<'_>,
    items: impl IntoIterator<Item = (String, Value)>,
) -> Result<(Vec<Value>, Option<String>), Fault> {
    let limit = integer(call.input, "MaxResults").and_then(|n| usize::try_from(n).ok()).unwrap_or(50);
    let after = match text(call.input, "NextToken") {
        None => None,
        Some(token) => {
            let invalid = || Fault::new("InvalidNextToken", "The specified token is not valid.");
            Some(read_token(call.operation, token).ok_or_else(invalid)?)
        }
    };
    Ok(page(call.operation, items, after.as_deref(), limit))
}
