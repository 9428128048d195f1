//! Client tokens: the same one is the same request
//! (<https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html>).

use serde_json::{Map, Value};

use super::super::page::text;
use crate::sim::call::{Call, Fault};
use crate::sim::world::World;

/// Whether a request has been made before.
pub(super) enum Once {
    /// It has not.
    First,
    /// It has, and made these.
    Again(Vec<String>),
}

fn key(call: &Call<'_>) -> Option<(String, String)> {
    Some((call.operation.to_owned(), text(call.input, "ClientToken")?.to_owned()))
}

fn asked(input: &Map<String, Value>) -> Value {
    Value::Object(input.clone())
}

/// Looks whether a request with its token has been made before.
///
/// # Errors
/// It has, and said something else.
pub(super) fn once(world: &World, call: &Call<'_>) -> Result<Once, Fault> {
    let Some((before, made)) = key(call).and_then(|key| world.tokens.get(&key)) else { return Ok(Once::First) };
    if *before == asked(call.input) {
        return Ok(Once::Again(made.clone()));
    }
    let message = "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).";
    Err(Fault::new("IdempotentParameterMismatch", message))
}

/// Remembers what a request with a token has made.
pub(super) fn remember(world: &mut World, call: &Call<'_>, made: Vec<String>) {
    if let Some(key) = key(call) {
        world.tokens.insert(key, (asked(call.input), made));
    }
}
