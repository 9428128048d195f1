//! The services: plain values in and out, from the world alone.

mod autoscaling;
mod cloudwatch;
mod ec2;
mod ecs;
mod elbv2;
mod events;
mod iam;
mod logs;
mod page;
mod scheduler;
mod sns;
mod ssm;
pub(super) mod sts;

use std::time::Duration;

use serde_json::Value;

use super::call::{Answer, Call, Fault, Turn};
use super::world::World;

/// Answers one call; `service` is called as botocore calls it.
///
/// # Errors
/// What the service answers, or `InternalFailure` where an operation of the model has no handler.
pub fn call(world: &mut World, service: &str, call: &Call<'_>) -> Answer {
    match service {
        "autoscaling" => autoscaling::call(world, call),
        "cloudwatch" => cloudwatch::call(world, call),
        "ec2" => ec2::call(world, call),
        "ecs" => ecs::call(world, call),
        "elbv2" => elbv2::call(world, call),
        "events" => events::call(world, call),
        "iam" => iam::call(world, call),
        "logs" => logs::call(world, call),
        "scheduler" => scheduler::call(world, call),
        "sns" => sns::call(world, call),
        "ssm" => ssm::call(world, call),
        "sts" => sts::call(world, call),
        _ => no_handler(call),
    }
}

/// Time between two turns of a stream. Live Tail is the only one so far, and brings an update every second
/// (<https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartLiveTail.html>).
pub(super) const TURN: Duration = Duration::from_secs(1);

/// What a stream of a service brings next; `first` is the event that it began with.
pub fn turn(world: &mut World, service: &str, first: &Value) -> Turn {
    match service {
        "logs" => logs::live::turn(world, first),
        _ => Turn { events: Vec::new(), ends: true },
    }
}

/// Nobody reads a stream any more.
pub fn close(world: &mut World, service: &str, first: &Value) {
    if service == "logs" {
        logs::live::close(world, first);
    }
}

/// How the message of [`no_handler`] begins.
pub(super) const NO_HANDLER: &str = "no handler";

/// The answer to an operation that the model has and the service has not: a hole in this program, which a test finds.
fn no_handler(call: &Call<'_>) -> Answer {
    Err(Fault::new("InternalFailure", format!("{NO_HANDLER} for {}", call.operation)))
}
